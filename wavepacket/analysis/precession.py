"""How the mean spin of packets in a group of bands turns."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from wavepacket.analysis.ballistic import Ballistic
from wavepacket.analysis.internal import spin_sums
from wavepacket.analysis.source import number
from wavepacket.arrays import Float
from wavepacket.observables import Observable, entry

__all__ = ["has_spin", "mean_spin", "precession", "turned"]

_NO_SPIN = 1e-9  # ħ
_STILL = 1e-9  # of the largest spin: what turns by less between saves is rounding


def precession(spin: Float, time: Float) -> Float:
    """ω (3,) in rad per unit of time that fits dS/dt = ω×S best to the mean spin (T, 3) at even times.

    Steps are fitted by S' − S = g×(S + S'), which is exact for an even rotation, tan(|ω|Δt/2) along ω. Zero where the
    spin keeps its direction. NaN where a step turns by more than a right angle: saves are too far apart to follow it.
    """
    if not np.all(np.isfinite(spin)):
        return np.full(3, np.nan)
    step, sums = np.diff(spin, axis=0), spin[1:] + spin[:-1]
    square = np.eye(3) * np.sum(sums * sums) - sums.T @ sums
    g = np.linalg.pinv(square, rcond=1e-10) @ np.cross(sums, step).sum(axis=0)
    size = float(np.linalg.norm(g))
    if not size > _STILL:
        return np.zeros(3) if size == size else np.full(3, np.nan)
    rate = g * (2.0 * math.atan(size) / (size * (time[1] - time[0])))
    followed = np.abs(np.diff(turned(spin, rate))).max() <= 0.5 * np.pi
    return rate if followed else np.full(3, np.nan)


def turned(spin: Float, rate: Float) -> Float:
    """Angle (T,) by which the spin (T, 3) has turned about the axis of ω (3,), by the right hand, rad."""
    size = np.linalg.norm(rate)
    axis = rate / (size if size > 0 else 1.0)
    across = spin - np.outer(spin @ axis, axis)
    sine = np.cross(across[:-1], across[1:]) @ axis
    steps = np.arctan2(sine, np.sum(across[:-1] * across[1:], axis=1)) if size > 0 else 0.0 * sine
    return np.append(0.0, np.cumsum(steps))


def mean_spin(population: Float, spin: Float) -> Float:
    """Mean spin (T, 3), ħ, from sums by sign of E and valley; NaN where nothing is left."""
    weight = population[0].sum(axis=0)[:, None]
    return np.asarray(spin[0].sum(axis=0) / np.where(weight > 0, weight, np.nan))


def has_spin(of: Ballistic) -> bool:
    """Whether packets start with a mean spin, and not with one that cancels but for rounding."""
    estimator = of.once(spin_sums)
    if estimator is None:
        return False
    spin = mean_spin(*(each.sum(axis=0) for each in estimator.sums[:2]))[0]
    return bool(np.linalg.norm(spin) > _NO_SPIN)


def _of_mean(of: Ballistic, function: Callable[[Float], Float]) -> Observable | None:
    """A function of the mean spin against time with its uncertainty; None where it has no value."""
    estimator = of.once(spin_sums)
    if estimator is None or not of.once(has_spin):
        return None

    def value(population: Float, spin: Float, *_: Float) -> Float:
        return np.asarray(function(mean_spin(population, spin)))

    with np.errstate(invalid="ignore", divide="ignore"):
        found, error = estimator.estimate(value)
    if not np.all(np.isfinite(found)) or not np.any(found):
        return None
    return Observable("", number(found), None if error is None else number(error), convention=of.how)


@entry("ballistic", unit="rad/fs", symbol=r"$\omega_s$", needs=("spin of a group",),
    convention="omega that fits d<S>/dt = omega x <S> best to the mean spin at the saves, E as given")  # fmt: skip
def spin_precession(of: Ballistic) -> Observable | None:
    """Precession of the mean spin, not where saves are too far apart to follow it."""
    return _of_mean(of, lambda spin: precession(spin, of.run.time))


@entry("ballistic", unit="rad", symbol=r"$\varphi_s$", needs=("spin of a group",),
    convention="angle by which the mean spin has turned about spin_precession at the end, all turns counted")  # fmt: skip
def precession_angle(of: Ballistic) -> Observable | None:
    """Angle of the precession."""
    found = _of_mean(of, lambda spin: turned(spin, precession(spin, of.run.time)))
    if found is None:
        return None
    value, error = np.asarray(found.value), found.uncertainty
    last = replace(found, value=float(value[-1]), uncertainty=None if error is None else float(error[-1]))  # type: ignore[index]
    return replace(last, series=Observable("", value))
