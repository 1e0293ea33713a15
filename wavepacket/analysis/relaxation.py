"""How long the mean spin of packets in a group of bands lasts, by a fit to how it fades."""

import math
from dataclasses import dataclass

import numpy as np

from wavepacket.analysis.ballistic import Ballistic
from wavepacket.analysis.internal import spin_sums
from wavepacket.analysis.precession import has_spin, mean_spin, precession
from wavepacket.analysis.source import number
from wavepacket.arrays import Float
from wavepacket.observables import Observable, entry
from wavepacket.protocols import protocol_of

__all__ = ["Relaxation", "damped", "faded", "fading", "relaxation"]

_HELD = 0.999  # a spin that keeps this share of its start has no lifetime that could be told
_FEWEST = 3  # saves for a fit
_BETTER = 0.5  # times the misfit: a precession is taken out where it explains that much
_NEAR = 1e-6  # of the aperiodic limit: both forms of the solution lose digits there
_STARTS = (0.02, 0.25, 2.0)  # of R tau that a fit begins from


@dataclass(frozen=True)
class Relaxation:
    """h(t) of τh″ + h′ + Rh = 0, h(0) = 1, h′(0) = 0, that fits best.

    Attributes
    ----------
    rate : R, 1/fs: 1/τ_s of motional narrowing, <Ω²>τ of the precession across the spin
    memory : τ, fs, after which the field that the spin precesses about is another
    misfit : root mean square of what is left, in units of the spin at the start
    """

    rate: float
    memory: float
    misfit: float

    @property
    def lifetime(self) -> float:
        """One over the real part of the slow root of τλ² − λ + R, fs: 1/R for a short memory, 2τ where h oscillates."""
        inside = 1.0 - 4.0 * self.rate * self.memory
        if inside <= 0:
            return 2.0 * self.memory
        return (1.0 + math.sqrt(inside)) / (2.0 * self.rate)

    @property
    def frequency(self) -> float:
        """At which h oscillates, rad/fs; 0 where it does not."""
        square = self.rate / self.memory - 0.25 / self.memory**2 if self.memory > 0 else 0.0
        return math.sqrt(max(square, 0.0))


def damped(rate: float, memory: float, time: Float) -> Float:
    """h(t) of τh″ + h′ + Rh = 0, h(0) = 1, h′(0) = 0, with R and τ."""
    if memory <= 0:
        return np.asarray(np.exp(-rate * time))
    half = 0.5 / memory
    root = math.sqrt(abs(rate / memory - half * half))
    if root < _NEAR * half:
        return np.asarray((1.0 + half * time) * np.exp(-half * time))
    if rate / memory > half * half:
        return np.asarray(np.exp(-half * time) * (np.cos(root * time) + half / root * np.sin(root * time)))
    slow = rate / memory / (half + root)  # half − root without loss of digits
    share = 0.5 * (1.0 + half / root)
    return np.asarray(share * np.exp(-slow * time) + (1.0 - share) * np.exp(-(half + root) * time))


def faded(spin: Float, time: Float, rate: Float | None = None) -> Float:
    """Share (T,) that is left of a mean spin (T, 3): along its start, which turns with ω (3,), rad/fs."""
    size = np.linalg.norm(spin[0])
    with np.errstate(invalid="ignore", divide="ignore"):
        start = spin[0] / size
    whole = 0.0 if rate is None else float(np.linalg.norm(rate))
    if rate is None or not whole > 0:
        return np.asarray(spin @ start / size)
    axis = rate / whole
    angle = (whole * (time - time[0]))[:, None]
    along = axis * (axis @ start)
    turned = along + (start - along) * np.cos(angle) + np.cross(axis, start) * np.sin(angle)
    return np.asarray((spin * turned).sum(axis=1) / size)


def _turning(spin: Float, time: Float) -> Float:
    """How the mean spin precesses as a whole until it is below 1/e, rad/fs."""
    size = np.linalg.norm(spin, axis=1)
    below = np.flatnonzero(~(size >= math.exp(-1.0) * size[0]))
    end = int(below[0]) if len(below) else len(size)
    return precession(spin[:end], time[:end]) if end >= _FEWEST else np.zeros(3)


def fading(spin: Float, time: Float) -> tuple[Relaxation, Float] | None:
    """The best fit to a mean spin (T, 3), and with which precession, rad/fs: none, or that of the spin as a whole."""
    still = relaxation(faded(spin, time), time)
    rate = _turning(spin, time)
    if not np.all(np.isfinite(rate)):
        return None  # saves are too far apart to follow it
    turned = relaxation(faded(spin, time, rate), time) if rate.any() else None
    if turned is None or (still is not None and not turned.misfit < _BETTER * still.misfit):
        return None if still is None else (still, np.zeros(3))
    return turned, rate


def relaxation(share: Float, time: Float, near: Relaxation | None = None) -> Relaxation | None:
    """The best fit by least squares to what is left of a spin (T,); None where it lasts, or is not known.

    Parameters
    ----------
    near : where to begin; default a few values of R τ
    """
    from scipy.optimize import least_squares  # takes a while to load

    if not np.all(np.isfinite(share)) or len(share) < _FEWEST or not share.min() < _HELD:
        return None
    since = time - time[0]
    # R follows from the area below h, which is 1/R: as far as the times go.
    area = abs(float(np.trapezoid(share, since))) + 1e-3 * since[-1]
    starts = [(1.0 / area, product * area) for product in _STARTS]
    if near is not None:
        starts = [(near.rate, near.memory)]
    unit = np.array([1.0 / area, area])
    fits = [
        least_squares(
            lambda p: damped(p[0] * unit[0], p[1] * unit[1], since) - share, np.array(start) / unit,
            bounds=(0.0, np.inf), xtol=1e-12, ftol=1e-12, gtol=1e-12, max_nfev=400,
        )
        for start in starts
    ]  # fmt: skip
    best = min(fits, key=lambda fit: float(fit.cost))
    rate, memory = (best.x * unit).tolist()
    return Relaxation(rate, memory, math.sqrt(2.0 * best.cost / len(share))) if rate > 0 else None


@entry("ballistic", unit="fs", symbol=r"$\tau_s$", needs=("spin of a group",),
    convention="1/Re(lambda) of the slow root of tau lambda^2 - lambda + R, by the fit of tau h'' + h' + R h = 0, h(0) = 1, "
    "h'(0) = 0 to the mean spin along its start, or turned with its precession where that explains half of the misfit: 1/R, "
    "R = <Omega^2> tau across the spin, where the field soon changes; 2 tau where it oscillates; E as given")  # fmt: skip
def spin_lifetime(of: Ballistic) -> Observable | None:
    """How long the mean spin lasts: dephasing of packets that precess apart."""
    estimator, time = of.once(spin_sums), of.run.time
    collide = protocol_of(of.config).paths_collide
    alone = len(getattr(of.config.ensemble, "wavevectors", ())) == 1 and not collide
    if estimator is None or alone or not of.once(has_spin):
        return None
    best = fading(mean_spin(*(each.sum(axis=0) for each in estimator.sums[:2])), time)
    if best is None:
        return None
    fit, turn = best

    def value(population: Float, spin: Float, *_: Float) -> Float:
        found = relaxation(faded(mean_spin(population, spin), time, turn), time, fit)
        return np.array(math.nan if found is None else found.lifetime)

    lifetime, error = estimator.estimate(value)
    facts = {"misfit": fit.misfit, "rate_times_memory": fit.rate * fit.memory}
    if not math.isfinite(float(lifetime)):
        return None
    # What the fit leaves is a share of the spin at the start, that is e times as much of what is left at the lifetime.
    wrong = math.e * fit.misfit * float(lifetime)
    spread = None if error is None else number(np.hypot(error, wrong))
    return Observable("", number(lifetime), spread, convention=of.how, facts=facts)
