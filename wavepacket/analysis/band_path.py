"""All bands along a path through k space, with Ω and m of each."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wavepacket.analysis.points import find_point, point_label
from wavepacket.analysis.quantities import isolated_vectors
from wavepacket.bands import band
from wavepacket.errors import InputError
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian

__all__ = ["BandPath", "band_path"]

Float = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class BandPath:
    """All bands along a path through k space.

    Parameters
    ----------
    distance : (n,) length of the path, 1/Å
    k : (n, 3) wavevectors, 1/Å
    energies, curvature, moment : (n, N) in eV, Å², μ_B; Ω and m are NaN where a band touches another one
    tick_positions, tick_labels : distance and label of each corner of the path
    component : which component of Ω and m
    """

    distance: Float
    k: Float
    energies: Float
    curvature: Float
    moment: Float
    tick_positions: tuple[float, ...]
    tick_labels: tuple[str, ...]
    component: str = "z"


def band_path(
    hamiltonian: Hamiltonian, path: str = "", points: int = 300, *, component: str = "z", threads: int = 1
) -> BandPath:
    """Follow all bands along straight lines between named points.

    Parameters
    ----------
    path : names of special points or valleys, or coordinates (reduced; Cartesian for k·p), such as
        ``"G K M G"`` or ``"G 1/2,0,0"``; default: the path of the Hamiltonian, else from Γ along each axis
    points : about how many in all; every corner of the path is one of them
    """
    if component not in ("x", "y", "z"):
        raise InputError(f"unknown component {component!r}: x, y or z")
    names = (path or hamiltonian.path or _axes_path(hamiltonian)).split()
    corners = np.array([find_point(hamiltonian, name) for name in names])
    lengths = np.linalg.norm(np.diff(corners, axis=0), axis=1)
    if len(names) < 2 or not np.all(lengths > 0):
        raise InputError(f"path {' '.join(names)!r} must join two or more different points")
    ticks = np.concatenate([[0.0], np.cumsum(lengths)])
    counts = np.maximum(1, np.round((points - 1) * lengths / ticks[-1]).astype(int))
    pieces = [ticks[i] + lengths[i] * np.arange(n) / n for i, n in enumerate(counts)]
    distance = np.concatenate([*pieces, ticks[-1:]])
    k = np.stack([np.interp(distance, ticks, corners[:, axis]) for axis in range(3)], axis=1)
    bands = [band(hamiltonian, index).geometry(k, threads) for index in range(hamiltonian.size)]
    letter = "xyz".index(component)
    return BandPath(
        distance=distance,
        k=k,
        energies=np.stack([one.energy for one in bands], axis=1),
        curvature=np.stack([isolated_vectors(one, "berry_curvature")[:, letter] for one in bands], axis=1),
        moment=np.stack([isolated_vectors(one, "orbital_moment")[:, letter] for one in bands], axis=1),
        tick_positions=tuple(ticks.tolist()),
        tick_labels=tuple(point_label(name) for name in names),
        component=component,
    )


def _axes_path(hamiltonian: Hamiltonian) -> str:
    """Path for a crystal that names none: through Γ along each reciprocal vector, for k·p across the model."""
    if isinstance(hamiltonian, LatticeHamiltonian):
        return " 0,0,0 ".join(["1/2,0,0", "0,1/2,0", "0,0,1/2"][: hamiltonian.dimension])
    radius = f"{hamiltonian.cutoff or np.pi / hamiltonian.length_scale:.3g}"
    return f"-{radius},0,0 0,0,0 {radius},0,0"
