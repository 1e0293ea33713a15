"""Valleys of a run: found in its band where it asks for that, and which of them a wavevector belongs to."""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from wavepacket.arrays import Float, Integer
from wavepacket.bands import find_valleys, followed
from wavepacket.config import Config, Gaussian
from wavepacket.errors import InputError
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian
from wavepacket.hamiltonians.arrays import combined
from wavepacket.hamiltonians.zone import face_vectors, fold_by_faces, point_frame

Points = dict[str, tuple[float, ...]]
Valleys = Mapping[str, Sequence[float]] | Literal["auto"] | None
"""Points as in a config: reduced coordinates, Cartesian for a k·p model."""


def locate_valleys(config: Config, hamiltonian: Hamiltonian) -> Config:
    """Replace ``auto`` in ``valleys`` and in ``ensemble.valley`` by what is found in the band of the config.

    Raises
    ------
    ConfigError
        at the key that asks, if the band has no extremum of its kind

    """
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
