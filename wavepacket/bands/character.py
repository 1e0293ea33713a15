"""A band followed by its character through crossings: the part of the crystal that its states belong to.

States of one part are never mixed with those of another, by H(k) as little as by a field, so that bands of two parts cross
without noticing each other. A band is named by its index at one point; its part is a crystal of its own, in which the band
keeps one index everywhere.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from wavepacket.arrays import Float
from wavepacket.bands.extrema import find_gap_minima
from wavepacket.bands.search import reduced_coordinates
from wavepacket.config import Config
from wavepacket.config.messages import did_you_mean
from wavepacket.errors import InputError
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian
from wavepacket.hamiltonians.parts import Parts, find_parts
from wavepacket.hamiltonians.zone import point_frame

__all__ = ["Followed", "each_followed", "follow", "followed"]

At = str | Sequence[float] | None

_DEGENERATE = 1e-6  # eV; bands nearer to each other than this at a point cannot be told apart there
_SEARCH = {1: 120, 2: 36, 3: 12}  # points along each axis of the search for the place that a refusal names
_WEAK = 1e-2  # of the largest element: couplings below this are worth a word
_GAMMA = ("G", "Gamma", "Γ")


@dataclass(frozen=True, eq=False)
class Followed:
    """A band by its character.

    Attributes
    ----------
    hamiltonian : the crystal in which the band has one index: a part of the whole, or the whole
    index : of the band there
    part, parts : which of how many parts, from 0
    indices : for every band of the whole crystal, counted where the band was named: its index in the same part, None for
        bands of other parts
    across : whether fields other than E in the plane and B across it would mix parts
    """

    hamiltonian: Hamiltonian
    index: int
    part: int
    parts: int
    indices: tuple[int | None, ...]
    across: bool = False


def followed(config: Config, hamiltonian: Hamiltonian) -> Followed:
    """The band of a config: by its index in the whole crystal, or by its character where the config asks for that.

    Raises
    ------
    ConfigError
        where the band has no character to follow, or none that its index tells
    """
    chosen = config.band
    if chosen.follow == "index":
        return Followed(hamiltonian, chosen.index, 0, 1, tuple(range(hamiltonian.size)))
    try:
        return follow(hamiltonian, chosen.index, chosen.at, position_elements=chosen.position_elements)
    except InputError as error:
        raise config.problem("band", str(error)) from error


def each_followed(config: Config, hamiltonian: Hamiltonian) -> dict[int, Followed]:
    """The bands of a config by the numbers that it gives them: one, or several with packets of their own.

    Raises
    ------
    ConfigError
        as `followed`
    """
    ones = [config.of_band(index) for index in config.bands] or [config]
    return {one.band.index: followed(one, hamiltonian) for one in ones}


def follow(
    hamiltonian: Hamiltonian, index: int, at: At = None, *, position_elements: bool = True
) -> Followed:
    """The part of a crystal that band ``index`` belongs to, and its index there.

    Parameters
    ----------
    at : where ``index`` is counted from the bottom: the name of a special point or valley, or coordinates (reduced;
        Cartesian in 1/Å for k·p); default Γ
    position_elements : whether r(R), where known, may not mix the parts either; without, it is left out of them

    Raises
    ------
    InputError
        where the crystal has no parts or no such band, where bands of several parts coincide at the point, or for an
        unknown point
    """
    if not position_elements and getattr(hamiltonian, "position_matrices", None) is not None:
        assert isinstance(hamiltonian, LatticeHamiltonian)
        hamiltonian = replace(hamiltonian, position_matrices=None)
    if not 0 <= index < hamiltonian.size:
        raise InputError(
            f"band {index} does not exist: {hamiltonian.name} has bands 0 to {hamiltonian.size - 1}"
        )
    k = _point(hamiltonian, at)
    parts = find_parts(hamiltonian)
    if hamiltonian.size == 1:
        return Followed(hamiltonian, 0, 0, 1, (0,))
    if len(parts.parts) == 1:
        raise InputError(_no_parts(hamiltonian, index, parts))
    owners = _owners(hamiltonian, parts, k)
    part, position = owners[index][0]
    if len({parts.parts[owner].kind for owner, _ in owners[index]}) > 1:
        raise InputError(_ambiguous(hamiltonian, parts, index, _label(at)))
    indices = tuple(
        next((other for owner, other in candidates if owner == part), None) for candidates in owners
    )
    crystal = parts.parts[part].hamiltonian
    note = (
        f"band {index} at {_label(at)} is followed by its character: it is band {position} of the {crystal.size} of part "
        f"{part} of the crystal, one of {len(parts.parts)} that neither H nor r connects"
    )
    if parts.across:
        note += "; positions across the plane are left out of it"
    crystal = replace(crystal, notes=(*crystal.notes, note))
    return Followed(crystal, position, part, len(parts.parts), indices, parts.across)


def _owners(hamiltonian: Hamiltonian, parts: Parts, k: Float) -> list[list[tuple[int, int]]]:
    """For each band at k the (part, index there) that it may be: several where bands of parts coincide."""
    levels = [np.linalg.eigvalsh(part.hamiltonian.hamiltonian(k)[0]) for part in parts.parts]
    whole = np.sort(np.concatenate(levels))
    owners = []
    for number, energy in enumerate(whole):
        first = int(np.searchsorted(whole, energy - _DEGENERATE))
        candidates = []
        for part, values in enumerate(levels):
            near = np.flatnonzero(np.abs(values - energy) < _DEGENERATE)
            if near.size:
                # Bands of one part that touch at k are counted on.
                candidates.append((part, int(near[min(number - first, near.size - 1)])))
        owners.append(candidates)
    return owners


def _point(hamiltonian: Hamiltonian, at: At) -> Float:
    """Cartesian wavevector (3,), 1/Å."""
    if at is None or (isinstance(at, str) and at in _GAMMA):
        return np.zeros(3)
    if isinstance(at, str):
        named = {**hamiltonian.special_points, **hamiltonian.valleys}
        if at not in named:
            raise InputError(f"unknown point {at[:50]!r}{did_you_mean(at, named)}")
        at = named[at]
    numbers = np.array([*at, 0.0, 0.0][:3], dtype=np.float64)
    return np.asarray(numbers @ point_frame(hamiltonian))


def _label(at: At) -> str:
    if at is None or isinstance(at, str):
        return "Γ" if at is None or at in _GAMMA else at
    return str([round(float(x), 9) for x in at])


def _ambiguous(hamiltonian: Hamiltonian, parts: Parts, index: int, label: str) -> str:
    """Say that an index at a point is not enough, and where it would be."""
    sentence = (
        f"at {label} bands of several parts of the crystal coincide with band {index}, so that its index does not tell its "
        "character"
    )
    named: dict[str, Sequence[float]] = {**hamiltonian.special_points, **hamiltonian.valleys}
    between = itertools.combinations(named.values(), 2)
    points = [((np.array(a) + np.array(b)) / 2).tolist() for a, b in between]
    for group in (named, {str(np.round(point, 4).tolist()): point for point in points}):
        apart = {name: _separation(parts, index, _point(hamiltonian, at)) for name, at in group.items()}
        best = max(apart, key=lambda name: round(apart[name], 6), default=None)
        if best is not None and apart[best] > _DEGENERATE:
            return f"{sentence}: count it elsewhere, such as 'at: {best}'"
    return f"{sentence}, nor at any named point or between two of them: choose a model of one part alone"


def _separation(parts: Parts, index: int, k: Float) -> float:
    """Distance in energy from a band to the nearest one of another part that is no copy of its own, eV."""
    energies = [np.linalg.eigvalsh(part.hamiltonian.hamiltonian(k)[0]) for part in parts.parts]
    kinds = np.repeat([part.kind for part in parts.parts], [len(one) for one in energies])
    every = np.concatenate(energies)
    own = np.argsort(every, kind="stable")[index]
    return float(np.abs(every[kinds != kinds[own]] - every[own]).min(initial=np.inf))


def _no_parts(hamiltonian: Hamiltonian, index: int, parts: Parts) -> str:
    """Why a band cannot be followed, and where that shows."""
    sentence = f"band {index} has no character to follow: H and r connect all {hamiltonian.size} states of the crystal"
    scale = max(float(np.abs(hamiltonian.hamiltonian(np.zeros(3))).max()), 1e-300)
    if parts.weakest < _WEAK * scale:
        sentence += f", some of them only by couplings of the order of {parts.weakest:.0e} eV"
    nearest = [
        minima[0]
        for lower in (index - 1, index)
        if 0 <= lower < hamiltonian.size - 1
        and (minima := find_gap_minima(hamiltonian, lower, grid=_SEARCH[hamiltonian.dimension]))
    ]
    if not nearest:
        return sentence
    least = min(nearest, key=lambda one: one.gap)
    other = least.lower if least.lower != index else index + 1
    reduced = reduced_coordinates(hamiltonian, least.wavevector)
    shown = least.wavevector if reduced is None else reduced
    where = f"at {np.round(shown, 4).tolist()} ({'1/angstrom' if reduced is None else 'reduced'})"
    if least.gap < _DEGENERATE:
        return f"{sentence}; it touches band {other} {where}, where neither of them goes on as one band"
    sentence += f"; it avoids band {other} by {least.gap:.2e} eV {where}"
    return f"{sentence}: by its index, without band.follow, it turns aside there"
