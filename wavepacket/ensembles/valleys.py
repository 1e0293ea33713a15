"""Valleys of a run: found in its band where it asks for that, and which of them a wavevector belongs to."""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from wavepacket.arrays import Float, Integer
from wavepacket.bands import find_valleys, followed
from wavepacket.config import Config, Gaussian
from wavepacket.config.types import CHIRALITY
from wavepacket.errors import InputError
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian
from wavepacket.hamiltonians.arrays import combined
from wavepacket.hamiltonians.zone import face_vectors, fold_by_faces, point_frame

_PAIR = 2
_SAME = 1e-3  # over the longest lattice vector

Points = dict[str, tuple[float, ...]]
Valleys = Mapping[str, Sequence[float]] | Literal["auto"] | None
"""Points as in a config: reduced coordinates, Cartesian for a k·p model."""


def locate_valleys(config: Config, hamiltonian: Hamiltonian) -> Config:
    """Replace ``auto`` in ``valleys`` and in ``ensemble.valley`` by what is found in the band, ``chirality`` by signs.

    Raises
    ------
    ConfigError
        at the key that asks, if the band has no extremum of its kind, or valleys have no signs

    """
    return with_signs(_located(config, hamiltonian), hamiltonian)


def with_signs(config: Config, hamiltonian: Hamiltonian) -> Config:
    """Replace ``chirality`` in fields by the sign of each valley, see `chirality`; ConfigError where they have none."""
    terms = config.fields.in_space()
    asked = [key for key, term in terms.items() if term.valleys == CHIRALITY]
    if not asked:
        return config
    try:
        signs = chirality(hamiltonian, *valley_centres(hamiltonian, config.valleys))
    except InputError as error:
        raise config.problem(f"{asked[0]}.valleys", str(error)) from error
    given = {
        name: tuple(
            term.model_copy(update={"valleys": signs}) if term.valleys == CHIRALITY else term
            for term in getattr(config.fields, name)
        )
        for name in ("potential", "magnetic_terms")
    }
    return config.model_copy(update={"fields": config.fields.model_copy(update=given)})


def chirality(hamiltonian: Hamiltonian, names: Sequence[str], centres: Float) -> dict[str, float]:
    """Sign of each of two valleys at k and −k, which time reversal exchanges: that of the field that strain makes there.

    It is 1 in the one that the crystal declares first, K, or of valleys that are a run's own in the first of these; and
    −1 in the other. Neither Ω nor m tells it: both have one sign in all valleys of a Chern insulator.

    Raises
    ------
    InputError : there are no two valleys that are each other's partners
    """
    if len(names) != _PAIR or not _is_origin(hamiltonian, centres.sum(axis=0)):
        listed = ", ".join(names) if len(names) else "none"
        raise InputError(
            f"chirality needs two valleys, at k and at -k, and those of this run are {listed}: give a factor for each"
        )
    if _is_origin(hamiltonian, 2 * centres[0]):
        raise InputError(
            f"chirality is not known of {names[0]}, where k and -k are the same: give a factor for each"
        )
    first = next((name for name in hamiltonian.valleys if name in names), names[0])
    return {name: 1.0 if name == first else -1.0 for name in names}


def _is_origin(hamiltonian: Hamiltonian, k: Float) -> bool:
    """Whether a wavevector is a reciprocal lattice vector, or zero where there is no lattice."""
    offset = fold_by_faces(k, face_vectors(hamiltonian))
    return bool(np.linalg.norm(offset) * hamiltonian.length_scale < _SAME)


def _located(config: Config, hamiltonian: Hamiltonian) -> Config:
    automatic = config.valleys == "auto"
    cloud = config.ensemble if isinstance(config.ensemble, Gaussian) else None
    deepest = cloud is not None and cloud.valley == "auto"
    if not automatic and not deepest:
        return config
    chosen = followed(config, hamiltonian)
    found = _found(chosen.hamiltonian, chosen.index)
    if not found:
        key = "valleys" if automatic else "ensemble.valley"
        raise config.problem(key, f"band {config.band.index} is flat or has no extremum inside: give points")
    changes: dict[str, object] = {"valleys": found} if automatic else {}
    if cloud is not None and deepest:
        point = next(iter(found.values()))
        coordinates = "reduced" if isinstance(hamiltonian, LatticeHamiltonian) else "cartesian"
        changes["ensemble"] = cloud.model_copy(
            update={"valley": None, "center": point, "coordinates": coordinates}
        )
    return config.model_copy(update=changes)


def _found(hamiltonian: Hamiltonian, index: int) -> Points:
    points: Points = {}
    for valley in find_valleys(hamiltonian, index):
        extremum = valley.extremum
        place = extremum.wavevector if extremum.reduced is None else extremum.reduced
        points[valley.name] = tuple(place.tolist())
    return points


def valley_centres(hamiltonian: Hamiltonian, chosen: Valleys = None) -> tuple[tuple[str, ...], Float]:
    """Names and Cartesian centres (V, 3) in 1/Å of the chosen valleys, or else of the Hamiltonian's own."""
    if isinstance(chosen, str):
        raise InputError("valleys: auto has to be looked for in a band first, by locate_valleys")
    points = dict(chosen) if chosen else dict(hamiltonian.valleys)
    centres = np.array(list(points.values()), dtype=np.float64).reshape(-1, 3)
    return tuple(points), combined(centres, point_frame(hamiltonian))


def nearest_valley(hamiltonian: Hamiltonian, k: Float, centres: Float) -> Integer:
    """Index (n,) of the nearest centre, over all reciprocal lattice vectors; −1 where there are no valleys."""
    if len(centres) == 0:
        return np.full(len(k), -1, dtype=np.int64)
    offset = fold_by_faces(k[:, None, :] - centres[None, :, :], face_vectors(hamiltonian))
    # Rounding must not choose between two centres that are equally far.
    distance = np.round(np.sum(offset**2, axis=2) * hamiltonian.length_scale**2, 12)
    return np.asarray(np.argmin(distance, axis=1), dtype=np.int64)
