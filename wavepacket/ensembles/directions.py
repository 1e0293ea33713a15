"""Directions all round, at which the edge of a domain is looked at."""

import numpy as np

from wavepacket.arrays import Float

__all__ = ["all_round"]

_NUMBER = 256
_TURN = np.pi * (3 - np.sqrt(5))  # between neighbours on a sphere, so that they are spread evenly


def all_round(dimension: int) -> Float:
    """Unit vectors (n, 3), evenly spread."""
    number = np.arange(_NUMBER)
    height = (2 * number + 1) / _NUMBER - 1 if dimension == 3 else np.zeros(_NUMBER)
    angle = _TURN * number if dimension > 1 else np.pi * number
    across = np.sqrt(1 - height**2)
    found = np.stack([across * np.cos(angle), across * np.sin(angle), height], axis=1)
    return found if dimension > 1 else found * np.array([1.0, 0.0, 0.0])
