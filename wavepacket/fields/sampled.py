"""E(t) that a script gives as samples."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import packed
from wavepacket.config import SampledField
from wavepacket.time_spline import time_spline

__all__ = ["sampled_field"]


def sampled_field(time: npt.ArrayLike, field: npt.ArrayLike, *, scale: float = 1.0) -> SampledField:
    """Return a term of ``fields.electric`` for samples of E(t); the folder of the run keeps them to the last bit.

    Parameters
    ----------
    time : (n,) fs, ascending, six or more; before the first and after the last E is zero
    field : (n, 3) V/Å
    scale : factor of E

    Raises
    ------
    InputError
        for arrays of other shapes, not finite numbers, and times that do not ascend

    Examples
    --------
    >>> import numpy as np, wavepacket
    >>> t = np.linspace(0, 100, 201)
    >>> pulse = 1e-3 * np.exp(-((t - 50) / 12) ** 2)
    >>> term = wavepacket.sampled_field(t, np.stack([pulse, 0 * t, 0 * t], axis=1))
    >>> config = {"fields": {"electric": term}}

    """
    arrays = {"time": np.asarray(time), "field": np.asarray(field)}
    time_spline(arrays)
    return SampledField(file=Path("field.npz"), scale=scale).holding(packed(arrays))
