"""Which band, and which plane of its zone, the map under the paths of a run shows."""

import numpy as np

from wavepacket.arrays import Float, Integer
from wavepacket.bandstructure.zone import Plane
from wavepacket.config import Config

__all__ = ["of_most_paths", "plane_of"]


def of_most_paths(config: Config, valley: Integer, bins: int) -> Config:
    """The config of the band that is mapped: of several the one that most of the paths belong to."""
    if not config.bands:
        return config
    place = np.bincount(valley * len(config.bands) // bins, minlength=1).argmax()
    return config.of_band(config.bands[place])


def plane_of(centres: Float, valley: Integer) -> str | Plane:
    """Plane of the map: that of z and of the valley of all packets, where it lies beside the planes of the axes."""
    # Those of several bands are numbered band by band.
    there = centres[np.unique(valley[valley >= 0] % max(len(centres), 1))] if len(centres) else centres
    if not np.any(there[:, 2]):
        return "xy"
    flat = there[0] * [1, 1, 0]
    return Plane.spanned(flat, [0, 0, 1]) if len(there) == 1 and np.any(flat) else "xz"
