"""What a person asks first of a band: where its extrema and smallest gap are, its Chern number, its valleys."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from wavepacket.analysis.points import named_points
from wavepacket.analysis.quantities import DEGENERATE, isolated_vectors
from wavepacket.analysis.zone import face_vectors, fold_by_faces
from wavepacket.bands import Band, BandGeometry, band
from wavepacket.bands.chern import chern_number
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian

__all__ = ["band_summary", "chern_number"]

Float = npt.NDArray[np.float64]

_GRID = {1: 360, 2: 48, 3: 16}  # points along each axis of the first, coarse search
_HALVINGS = 40


def band_summary(hamiltonian: Hamiltonian, index: int, *, threads: int = 1) -> dict[str, Any]:
    """Facts of one band as plain values that can be written as JSON.

    Returns
    -------
    dict
        ``energy_minimum``, ``energy_maximum``, ``band_width``, ``smallest_gap`` (eV; a gap of None: there is no other
        band) with the place as ``wavevector`` (1/Å) and ``reduced``; ``chern_number`` (2D crystals whose band touches
        no other, else None); ``valleys``: energy, gap, Ω (Å²) and m (μ_B) of each
    """
    source = band(hamiltonian, index)
    k = _coarse_grid(hamiltonian)
    coarse = source.geometry(k, threads)
    lowest = _refined(source, k[coarse.energy.argmin()], lambda geometry: geometry.energy)
    highest = _refined(source, k[coarse.energy.argmax()], lambda geometry: -geometry.energy)
    closest = _refined(source, k[coarse.gap.argmin()], lambda geometry: geometry.gap)
    energies = source.geometry(np.stack([lowest, highest])).energy.tolist()
    gap = float(source.geometry(closest).gap[0])
    chern = chern_number(hamiltonian, index) if gap > DEGENERATE else None
    return {
        "hamiltonian": hamiltonian.name,
        "band": index,
        "energy_minimum": {"value": energies[0], "unit": "eV"} | _place(hamiltonian, lowest),
        "energy_maximum": {"value": energies[1], "unit": "eV"} | _place(hamiltonian, highest),
        "band_width": {"value": energies[1] - energies[0], "unit": "eV"},
        "smallest_gap": {"value": gap if np.isfinite(gap) else None, "unit": "eV"}
        | _place(hamiltonian, closest),
        "chern_number": {"value": chern, "unit": "1", "convention": "C = (1/2π) ∫ Ω_z d²k, Ω = i⟨∂u|×|∂u⟩"},
        "valleys": _valleys(source),
    }


def _coarse_grid(hamiltonian: Hamiltonian) -> Float:
    """Points over the zone (k·p: the cutoff, else π / length scale), and all named points."""
    n, dimension = _GRID[hamiltonian.dimension], hamiltonian.dimension
    # Not shifted: the grid holds Γ, and as its numbers of points are even the centres of the zone's faces.
    steps = np.arange(n) / n if isinstance(hamiltonian, LatticeHamiltonian) else np.linspace(-1.0, 1.0, n + 1)
    points = np.zeros((len(steps) ** dimension, 3))
    points[:, :dimension] = np.stack(np.meshgrid(*[steps] * dimension, indexing="ij"), axis=-1).reshape(
        -1, dimension
    )
    if isinstance(hamiltonian, LatticeHamiltonian):
        points = points @ hamiltonian.reciprocal
    else:
        points = _radius(hamiltonian) * points[np.linalg.norm(points, axis=1) <= 1]
    return np.concatenate([*(point[None] for point in named_points(hamiltonian).values()), points])


def _radius(hamiltonian: Hamiltonian) -> float:
    """Where to look in a model without a zone."""
    cutoff = None if isinstance(hamiltonian, LatticeHamiltonian) else hamiltonian.cutoff
    return cutoff or np.pi / hamiltonian.length_scale


def _refined(source: Band, start: Float, value: Callable[[BandGeometry], Float]) -> Float:
    """Walk from a point of the coarse grid to the nearest minimum, with steps that halve where no step leads down."""
    hamiltonian = source.hamiltonian
    dimension = hamiltonian.dimension
    directions = np.array(np.meshgrid(*[(-1.0, 0.0, 1.0)] * dimension)).reshape(dimension, -1).T
    steps = np.pad(directions, ((0, 0), (0, 3 - dimension)))
    length = np.pi / hamiltonian.length_scale / _GRID[dimension]
    best, lowest = start, float(value(source.geometry(start))[0])
    halvings = 0
    for _ in range(4 * _HALVINGS):
        around = best + length * steps
        if not isinstance(hamiltonian, LatticeHamiltonian):
            around = around[np.linalg.norm(around, axis=1) <= _radius(hamiltonian)]
        values = value(source.geometry(around)) if len(around) else np.array([np.inf])
        # A step that gains nothing but rounding would walk away from a point of high symmetry.
        if values.min() < lowest - 1e-13 * max(1.0, abs(lowest)):
            best, lowest = around[values.argmin()], float(values.min())
            continue
        length, halvings = length / 2, halvings + 1
        if halvings == _HALVINGS:
            break
    return best


def _place(hamiltonian: Hamiltonian, k: Float) -> dict[str, Any]:
    folded = fold_by_faces(k, face_vectors(hamiltonian))
    place: dict[str, Any] = {"wavevector": (np.round(folded, 9) + 0.0).tolist()}
    if isinstance(hamiltonian, LatticeHamiltonian):
        place["reduced"] = (np.round(folded @ hamiltonian.lattice.T / (2 * np.pi), 9) + 0.0).tolist()
    return place


def _valleys(source: Band) -> dict[str, Any]:
    points, facts = named_points(source.hamiltonian), {}
    for name in source.hamiltonian.valleys:
        geometry = source.geometry(points[name])
        gap = float(geometry.gap[0])
        facts[name] = {
            "energy": {"value": float(geometry.energy[0]), "unit": "eV"},
            "gap": {"value": gap if np.isfinite(gap) else None, "unit": "eV"},
            "berry_curvature": {
                "value": _plain(isolated_vectors(geometry, "berry_curvature")[0]),
                "unit": "angstrom^2",
            },
            "orbital_moment": {
                "value": _plain(isolated_vectors(geometry, "orbital_moment")[0]),
                "unit": "mu_B",
            },
        }
    return facts


def _plain(vector: Float) -> list[float | None]:
    return [float(x) if np.isfinite(x) else None for x in vector]
