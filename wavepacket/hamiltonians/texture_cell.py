"""The rectangle after which textures repeat."""

import math
from collections.abc import Sequence

from wavepacket.config import Texture
from wavepacket.errors import InputError

__all__ = ["texture_cell"]

_MOST = 12  # repeats of one texture in a cell of all
_SAME = 1e-9  # of a period


def texture_cell(textures: Sequence[Texture]) -> tuple[float, float]:
    """Lengths along x and y in Å after which all textures repeat; infinite where nothing varies along an axis.

    Raises
    ------
    InputError
        where one does not repeat, or where they do not repeat together
    """
    lengths = []
    for axis in range(2):
        periods = []
        for i, texture in enumerate(textures):
            cell = texture.profile.cell
            if cell is None:
                raise InputError(
                    f"model.textures[{i}] does not repeat in space: give a texture with a cell, such as a skyrmion with "
                    "periods or a helix"
                )
            periods.append(cell[axis])
        lengths.append(_common([period for period in periods if math.isfinite(period)], "xy"[axis]))
    return lengths[0], lengths[1]


def _common(periods: Sequence[float], axis: str) -> float:
    """The smallest multiple of all periods."""
    longest = max(periods, default=math.inf)
    for times in range(1, _MOST + 1):
        whole = [times * longest / period for period in periods]
        if all(abs(each - round(each)) < _SAME * each for each in whole):
            return times * longest
    lengths = ", ".join(f"{period:g}" for period in periods)
    raise InputError(
        f"the textures do not repeat together along {axis}: their periods are {lengths} angstrom"
    )
