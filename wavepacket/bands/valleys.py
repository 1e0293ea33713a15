"""Valleys found: the extrema of a band that face its gap, each with a name."""

from dataclasses import dataclass

import numpy as np

from wavepacket.arrays import Float
from wavepacket.bands.extrema import Extremum, Kind, find_extrema
from wavepacket.bands.search import band_energies, search_grid
from wavepacket.hamiltonians import Hamiltonian
from wavepacket.hamiltonians.zone import face_vectors, fold_by_faces, lattice_point_group, point_frame

__all__ = ["Valley", "find_valleys", "valley_kind"]


_SAME = 0.01  # of a reciprocal vector: an extremum this close to a named point carries its name


@dataclass(frozen=True, eq=False)
class Valley:
    """A named extremum of a band."""

    name: str
    extremum: Extremum


def find_valleys(
    hamiltonian: Hamiltonian, index: int, kind: Kind | None = None, *, grid: int | None = None
) -> tuple[Valley, ...]:
    """Valleys of band ``index``, the deepest first: minima of a conduction-like band, maxima of a valence-like one.

    Parameters
    ----------
    kind : ``minimum`` or ``maximum``; default: the edge that faces the nearest gap, see `valley_kind`

    Notes
    -----
    An extremum on a valley or special point of the model carries its name; one where a symmetry of the lattice takes such
    a point carries the name with a number, ``X_2``, ``X_3``; the others are ``V1``, ``V2``, ... in order.

    Examples
    --------
    >>> from wavepacket.hamiltonians import haldane
    >>> [valley.name for valley in find_valleys(haldane(), 1)]
    ['K', "K'"]
    """
    chosen = kind or valley_kind(hamiltonian, index)
    extrema = find_extrema(hamiltonian, index, chosen, grid=grid)
    return tuple(map(Valley, _names(hamiltonian, extrema), extrema))


def valley_kind(hamiltonian: Hamiltonian, index: int) -> Kind:
    """Which edge of a band carries its valleys: ``maximum`` below the nearest gap of the spectrum, else ``minimum``.

    A gap is an interval of energy without states (a touching point is one of zero width), nearest in the number of bands;
    of two equally near the wider one counts. Without any gap a band has its valleys at the bottom.
    """
    energy = band_energies(hamiltonian, search_grid(hamiltonian)).reshape(-1, hamiltonian.size)
    low, high = energy.min(axis=0), energy.max(axis=0)
    slack = 0.01 * float(high[-1] - low[0])
    gaps = np.flatnonzero(low[1:] - high[:-1] > -slack)  # gap i lies between bands i and i + 1
    if len(gaps) == 0:
        return "minimum"
    distance = np.where(gaps >= index, gaps - index, index - 1 - gaps)
    nearest = gaps[distance == distance.min()]
    chosen = nearest[np.argmax(low[nearest + 1] - high[nearest])]
    return "maximum" if chosen >= index else "minimum"


def _names(hamiltonian: Hamiltonian, extrema: tuple[Extremum, ...]) -> list[str]:
    points = {
        name: np.array(point) @ point_frame(hamiltonian)
        for name, point in (hamiltonian.valleys | hamiltonian.special_points).items()
    }
    special = {name: points[name] for name in hamiltonian.special_points}
    scale = 2 * np.pi / hamiltonian.length_scale
    faces, operations = face_vectors(hamiltonian), lattice_point_group(hamiltonian)
    names: list[str] = []
    for extremum in extrema:
        near = [
            name
            for name, point in points.items()
            if np.linalg.norm(fold_by_faces(extremum.wavevector - point, faces)) < _SAME * scale
        ]
        names.append(next((name for name in near if name not in names), ""))
    number = 0
    for i, extremum in enumerate(extrema):
        if names[i]:
            continue
        partner = _partner(extremum.wavevector, special, operations, faces, _SAME * scale)
        number += partner is None
        names[i] = f"V{number}" if partner is None else _numbered(partner, names)
    return names


def _partner(
    wavevector: Float, points: dict[str, Float], operations: Float, faces: Float, tolerance: float
) -> str | None:
    """The named point that a symmetry of the lattice takes to this wavevector."""
    for name, point in points.items():
        offsets = fold_by_faces(operations @ point - wavevector, faces)
        if np.linalg.norm(offsets, axis=1).min() < tolerance:
            return name
    return None


def _numbered(name: str, taken: list[str]) -> str:
    number = 2
    while f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}"
