"""Maps of relaxation times as numbers: of files, and of kinds of a script, at the points of a crystal's grid."""

from collections.abc import Callable

import numpy as np

from wavepacket.arrays import Float
from wavepacket.config import Config, OwnTimeMap, TimeMap
from wavepacket.config.registered import FUNCTIONS
from wavepacket.errors import InputError
from wavepacket.hamiltonians.kp import KPHamiltonian
from wavepacket.hamiltonians.lattice import LatticeHamiltonian
from wavepacket.scripts import called

__all__ = ["with_time_maps"]

Crystal = LatticeHamiltonian | KPHamiltonian


def with_time_maps(config: Config, crystal: Callable[[], Crystal]) -> Config:
    """The config with the factors of its maps of times, for the whole and for single bands.

    Raises
    ------
    ConfigError : a file cannot be read, or a function fails
    """
    changes: dict[str, TimeMap] = {}
    for key, given in config.time_maps.items():
        try:
            made = _made(given, crystal) if isinstance(given, OwnTimeMap) else given.data
        except InputError as error:
            raise config.problem(key, str(error)) from error
        if made is not given:
            changes[key] = made
    return config.with_time_maps(changes) if changes else config


def _made(given: OwnTimeMap, crystal: Callable[[], Crystal]) -> TimeMap:
    """Call the function of a kind at all points."""
    keys = {name: getattr(given, name) for name in type(given).model_fields if name not in ("kind", "grid")}
    k, what = _points(crystal(), given.grid), f"the kind {given.kind!r}"
    found = np.asarray(called(FUNCTIONS[type(given)], what, k=k, **keys))
    if found.shape != (len(k),) or found.dtype.kind not in "iuf":
        raise InputError(
            f"{what} must return a real number for each of {len(k)} wavevectors, not shape {found.shape}"
        )
    return TimeMap.of(found.astype(np.float64).reshape(given.grid), what)


def _points(crystal: Crystal, shape: tuple[int, ...]) -> Float:
    """Wavevectors (n, 3) of a map's points, 1/Å."""
    if len(shape) != crystal.dimension:
        raise InputError(f"grid has {len(shape)} axes, but the crystal is {crystal.dimension}D")
    if isinstance(crystal, LatticeHamiltonian):
        axes = [np.arange(n) / n for n in shape]
        places = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(shape))
        return np.asarray(places @ crystal.reciprocal[: len(shape)])
    if crystal.cutoff is None:
        raise InputError("a k·p model needs model.cutoff, up to which the map reaches")
    axes = [crystal.cutoff * np.linspace(-1.0, 1.0, n) for n in shape]
    places = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(shape))
    return np.concatenate([places, np.zeros((len(places), 3 - len(shape)))], axis=1)
