"""Descent to a minimum of a smooth function of k by a damped Newton method, many starts at once."""

from collections.abc import Callable

import numpy as np

from wavepacket.arrays import Float
from wavepacket.bands.levels import Level

__all__ = ["Function", "minimise"]

Function = Callable[[Float], Level]

_STEPS = 60
_FLAT = 1e-12


def minimise(function: Function, start: Float, dimension: int, reach: float) -> tuple[Float, Float]:
    """Walk from each start (n, 3) down to a minimum with steps of at most ``reach`` (1/Å): places, and last steps.

    Newton's step on the Hessian with its eigenvalues made positive; a step that leads up is taken back and its bound
    quartered, so that cusps, where bands touch, are approached too.
    """
    k, bound = start.copy(), np.full(len(start), reach)
    here = function(k)
    value, gradient, hessian = here.value.copy(), here.gradient.copy(), here.hessian.copy()
    moving = np.arange(len(k))
    for _ in range(_STEPS):
        if moving.size == 0:
            break
        step = _newton(gradient[moving], hessian[moving], dimension, bound[moving])
        there = function(k[moving] + step)
        down = there.value <= value[moving] + 1e-15 * np.abs(value[moving])
        won, lost = moving[down], moving[~down]
        k[won] += step[down]
        value[won], gradient[won], hessian[won] = (
            there.value[down], there.gradient[down], there.hessian[down],
        )  # fmt: skip
        length = np.linalg.norm(step, axis=1)
        bound[won] = np.minimum(reach, 2 * bound[won])
        bound[lost] = length[~down] / 4
        moving = moving[(length > _FLAT * reach) & (bound[moving] > _FLAT * reach)]
    return k, value


def _newton(gradient: Float, hessian: Float, dimension: int, bound: Float) -> Float:
    stiffness, axes = np.linalg.eigh(hessian[:, :dimension, :dimension])
    size = np.abs(stiffness)
    along = np.einsum("nia,ni->na", axes, gradient[:, :dimension])
    # No part of a step longer than a thousand bounds: at a cusp the Hessian may vanish.
    size = np.maximum(size, np.abs(along) / (1e3 * bound[:, None]) + 1e-300)
    step = np.zeros((len(gradient), 3))
    step[:, :dimension] = -np.einsum("nia,na->ni", axes, along / size)
    length = np.linalg.norm(step, axis=1)
    return np.asarray(step * np.minimum(1.0, bound / np.maximum(length, 1e-300))[:, None])
