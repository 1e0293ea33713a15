"""Components of paths across a layer or a chain, which are 0 and need no place in the files.

What is left out reads as 0 in every tool, since HDF5 shows chunks that are not there so; our reader puts back the NaN that
follow an early end, so that it gives the bits that were handed over. Components that are not 0 are stored like others.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wavepacket.arrays import Float
from wavepacket.runs.description import RunDescription
from wavepacket.runs.layout import VECTORS

COMMENT = "components across the crystal that are 0 are not stored; they read as 0, also where x is NaN"
_FIRST_VERSION = 2  # of the format; runs that began with an older one keep it


def has_across(description: RunDescription) -> bool:
    """Whether components may be left out of the shards of a run."""
    return description.dimension < 3 and description.format_version >= _FIRST_VERSION


def components_of(content: Mapping[str, NDArray[Any]], description: RunDescription) -> dict[str, int]:
    """Return how many components of the paths of a shard have to be stored, by name; nothing where that is not asked."""
    if not has_across(description):
        return {}
    return {name: _needed(content[name], description.dimension) for name in VECTORS if name in content}


def fill_across(values: Float, stored: int) -> None:
    """Give components (n, T, 3) that were not stored the NaN of the first one."""
    if stored < values.shape[-1]:
        ended = np.isnan(values[:, -1, 0])  # NaN lead up to the last save
        values[ended, :, stored:] = _across(values[ended, :, 0])[..., None]


def _needed(values: Float, dimension: int) -> int:
    """Count the first components of (n, T, 3) without which the others are not known."""
    ended = np.isnan(values[:, -1, 0])
    expected = _across(values[ended, :, 0]).view(np.int64)
    count = int(values.shape[-1])
    while count > dimension:
        bits = values[..., count - 1].view(np.int64)  # -0.0 is not 0
        if (bits[~ended] if ended.any() else bits).any() or not np.array_equal(bits[ended], expected):
            break
        count -= 1
    return count


def _across(along: Float) -> Float:
    """Return 0, and NaN where the first component is NaN."""
    return np.where(np.isnan(along), np.nan, 0.0)
