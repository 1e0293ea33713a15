"""All bands along a path through k space, with Ω and m of each."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wavepacket.analysis.points import find_point, point_label
from wavepacket.analysis.quantities import isolated_vectors
from wavepacket.bands import band
from wavepacket.errors import InputError
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian

__all__ = ["DEGENERACY", "BandPath", "band_path"]

Float = npt.NDArray[np.float64]


DEGENERACY = 1e-3
"""eV; bands closer than this are drawn as one line, and Ω and m mean something only for all of them together."""


@dataclass(frozen=True, eq=False)
class BandPath:
    """All bands along a path through k space.

    Parameters
    ----------
    distance : (n,) length of the path, 1/Å; a jump has none
    k : (n, 3) wavevectors, 1/Å
    energies, curvature, moment : (n, N) in eV, Å², μ_B; Ω and m are means over bands closer than `DEGENERACY`, and NaN
        where a band touches another one
    tick_positions, tick_labels : distance and label of each corner of the path
    component : which component of Ω and m
    starts : indices of the first points of the unbroken pieces of the path
    """

    distance: Float
    k: Float
    energies: Float
    curvature: Float
    moment: Float
    tick_positions: tuple[float, ...]
    tick_labels: tuple[str, ...]
    component: str = "z"
    starts: tuple[int, ...] = (0,)


def band_path(
    hamiltonian: Hamiltonian,
    path: str = "",
    points: int = 300,
    *,
    component: str = "z",
    position_elements: bool = True,
    threads: int = 1,
) -> BandPath:
    """Follow all bands along straight lines between named points.

    Parameters
    ----------
    path : names of special points or valleys, or coordinates (reduced; Cartesian for k·p), such as
        ``"G K M G"`` or ``"G 1/2,0,0"``, with ``|`` where it jumps, as in ``"L G X U|K G"``; default: the path of the
        Hamiltonian, else through Γ along each axis
    points : about how many in all; every corner of the path is one of them
    """
    if component not in ("x", "y", "z"):
        raise InputError(f"unknown component {component!r}: x, y or z")
    pieces = _pieces(hamiltonian, path or _own_path(hamiltonian))
    lengths = [np.linalg.norm(np.diff(corners, axis=0), axis=1) for _, corners in pieces]
    step = sum(float(piece.sum()) for piece in lengths) / (points - 1)
    sampled = [_sampled(corners, piece, step) for (_, corners), piece in zip(pieces, lengths, strict=True)]
    begins = np.concatenate([[0.0], np.cumsum([piece.sum() for piece in lengths])])
    distance = np.concatenate([begin + along for begin, (along, _) in zip(begins, sampled, strict=False)])
    k = np.concatenate([points_of for _, points_of in sampled])
    bands = [
        band(hamiltonian, index, position_elements=position_elements).geometry(k, threads)
        for index in range(hamiltonian.size)
    ]
    letter = "xyz".index(component)
    energies = np.stack([one.energy for one in bands], axis=1)
    vectors = [
        np.stack([isolated_vectors(one, name)[:, letter] for one in bands], axis=1)
        for name in ("berry_curvature", "orbital_moment")
    ]
    positions, labels = _ticks(pieces, lengths, begins)
    return BandPath(
        distance=distance,
        k=k,
        energies=energies,
        curvature=_means_over_levels(vectors[0], energies),
        moment=_means_over_levels(vectors[1], energies),
        tick_positions=positions,
        tick_labels=labels,
        component=component,
        starts=tuple(np.cumsum([0, *(len(along) for along, _ in sampled[:-1])]).tolist()),
    )


def _pieces(hamiltonian: Hamiltonian, path: str) -> list[tuple[list[str], Float]]:
    """Names and corners (m, 3) of each unbroken piece of a path."""
    pieces = []
    for piece in path.split("|"):
        names = piece.split()
        corners = np.array([find_point(hamiltonian, name) for name in names]).reshape(-1, 3)
        if len(names) < 2 or not np.all(np.linalg.norm(np.diff(corners, axis=0), axis=1) > 0):
            raise InputError(f"path {' '.join(names)!r} must join two or more different points")
        pieces.append((names, corners))
    return pieces


def _sampled(corners: Float, lengths: Float, step: float) -> tuple[Float, Float]:
    """Distances (n,) from the first corner and wavevectors (n, 3), about a step apart, corners among them."""
    ticks = np.concatenate([[0.0], np.cumsum(lengths)])
    counts = np.maximum(1, np.round(lengths / step).astype(int))
    parts = [ticks[i] + lengths[i] * np.arange(n) / n for i, n in enumerate(counts)]
    distance = np.concatenate([*parts, ticks[-1:]])
    return distance, np.stack([np.interp(distance, ticks, corners[:, axis]) for axis in range(3)], axis=1)


def _ticks(
    pieces: list[tuple[list[str], Float]], lengths: list[Float], begins: Float
) -> tuple[tuple[float, ...], tuple[str, ...]]:
    """Distances and labels of the corners; the two of a jump share one."""
    positions: list[float] = []
    labels: list[str] = []
    for (names, _), piece, begin in zip(pieces, lengths, begins, strict=False):
        places = (begin + np.concatenate([[0.0], np.cumsum(piece)])).tolist()
        printed = [point_label(name) for name in names]
        if labels:
            labels[-1] = f"{labels[-1]}|{printed[0]}"
            places, printed = places[1:], printed[1:]
        positions += places
        labels += printed
    return tuple(positions), tuple(labels)


def _means_over_levels(values: Float, energies: Float) -> Float:
    """Replace the values (n, N) of bands that follow each other closely by their mean, in which their mixing cancels."""
    level = np.concatenate(
        [np.zeros((len(energies), 1)), np.cumsum(np.diff(energies, axis=1) > DEGENERACY, axis=1)], axis=1
    )
    same = level[:, :, None] == level[:, None, :]
    unknown = np.any(same & np.isnan(values)[:, None, :], axis=2)
    means: Float = np.einsum("nij,nj->ni", same, np.nan_to_num(values)) / same.sum(axis=2)
    return np.where(unknown, np.nan, means)


def _own_path(hamiltonian: Hamiltonian) -> str:
    """Path that the crystal or its lattice names; for k·p without one, across the model."""
    if hamiltonian.path:
        return hamiltonian.path
    if isinstance(hamiltonian, LatticeHamiltonian):
        return " 0,0,0 ".join(["1/2,0,0", "0,1/2,0", "0,0,1/2"][: hamiltonian.dimension])
    radius = f"{hamiltonian.cutoff or np.pi / hamiltonian.length_scale:.3g}"
    return f"-{radius},0,0 0,0,0 {radius},0,0"
