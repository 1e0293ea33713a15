"""Orbits in a harmonic trap, measured on stored paths.

In a trap of stiffness K a packet turns about the centre in two senses, at frequencies that the Berry curvature makes differ:
ω² - ωKΩ(k)/ħ - K (∂ε/∂k)/(ħ² k) = 0 on a circular orbit of wavevector k in an isotropic band without magnetic field.
"""

import numpy as np

from wavepacket.analysis.source import Source, finished_paths
from wavepacket.arrays import Float
from wavepacket.config import Harmonic
from wavepacket.observables import Observable, entry
from wavepacket.units import E_OVER_HBAR, HBAR

__all__ = ["trap_frequency"]

_HALFWAY = 0.3  # a quarter of a turn between saves on a circle makes 0.19


def _paths(of: Source) -> Float | None:
    """Paths (n, T, 2) in the xy plane about the centre of the trap, where there is one and nothing else."""
    terms = of.config.fields.potential
    if len(terms) != 1 or not isinstance(terms[0], Harmonic) or of.config.fields.electric:
        return None
    if of.config.sample is not None:  # orbits may end at walls, or turn there
        return None
    trap, position = terms[0], of.once(finished_paths)[1]
    if trap.stiffness[0] != trap.stiffness[1] or not trap.stiffness[0] > 0 or len(position) == 0:
        return None
    return np.asarray(position[..., :2] - trap.center[:2])


def _uneven(turned: Float) -> Float:
    """Range (n,) of angles less those of an even rotation, rad: what parts of a turn that is no circle may be off by."""
    angle = np.cumsum(turned, axis=1)
    even = angle[:, -1:] * np.arange(1, turned.shape[1] + 1) / turned.shape[1]
    return np.asarray(np.ptp(angle - even, axis=1))


def _missed(of: Source, paths: Float) -> Float:
    """How far ħΔk between saves is from the push at the mean place, over the largest push (n,): 1 if turns are missed."""
    config, time = of.config, of.run.time
    (trap,) = config.fields.potential
    assert isinstance(trap, Harmonic)
    stiffness, k = trap.stiffness[0], of.once(finished_paths)[2][..., :2]
    step, moved = np.diff(time)[:, None], np.diff(paths, axis=1)
    lorentz = (
        config.charge
        * E_OVER_HBAR
        * config.fields.magnetic[2]
        * np.stack([moved[..., 1], -moved[..., 0]], axis=-1)
    )
    pushed = -stiffness / HBAR * step * 0.5 * (paths[:, 1:] + paths[:, :-1])
    off = np.linalg.norm(np.diff(k, axis=1) - lorentz - pushed, axis=-1).max(axis=1)
    largest = stiffness / HBAR * step.max() * np.linalg.norm(paths, axis=-1).max(axis=1)
    return np.asarray(off / largest)


@entry("ballistic", unit="rad/fs", symbol=r"$\omega$", needs=("2D or 3D",),
    convention="angle about the centre of an isotropic trap over the time of the run, of each stored path, counterclockwise "
    "positive; null where saves are too far apart to follow it; uncertainty: tolerance times the way, "
    "and how unevenly an orbit turns")  # fmt: skip
def trap_frequency(of: Source) -> Observable | None:
    """ω of each orbit."""
    paths = _paths(of)
    if paths is None:
        return None
    z = paths[..., 0] + 1j * paths[..., 1]
    span, radius = float(of.run.time[-1] - of.run.time[0]), np.abs(z)
    with np.errstate(divide="ignore", invalid="ignore"):
        turned = np.angle(z[:, 1:] / z[:, :-1])
        way = np.abs(np.diff(z, axis=1)).sum(axis=1)
        error = of.config.integrator.tolerance * (1.0 + way / radius.min(axis=1)) / span
        error += 2.0 * _uneven(turned) / span
        missed = _missed(of, paths) > _HALFWAY
    unclear = ~np.isfinite(turned).all(axis=1) | (np.abs(turned).max(axis=1) > 0.5 * np.pi) | missed
    return Observable("", np.where(unclear, np.nan, turned.sum(axis=1) / span), error)
