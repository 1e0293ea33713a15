"""Closed curves of constant energy in a plane across B: led onto ε = μ, and integrated with spectral accuracy.

A curve is an analytic function of a parameter s in [0, 1), known at equidistant values of s: sums over them are integrals
around the curve whose error falls exponentially with their number. With g the gradient of ε in the plane and g_∥ its
component along B, the area A of the curve, taken positive, has

    dA/dε = ± ∮ dk/|g|,     dA/dk_∥ = ∓ ∮ g_∥ dk/|g|,

the upper sign where ε grows outwards.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from wavepacket.arrays import Complex, Float
from wavepacket.bands import Band
from wavepacket.units import HBAR

__all__ = ["Curve", "Section", "resolved", "smoothed"]

_FIRST, _MOST = 128, 4096  # points of a curve
_STEPS = 60  # of Newton's method
_QUADRATIC = 1e-9  # of the reach: after so small a step what is left is its square
_CONVERGED = 1e-12  # relative change of the integrals when points are doubled
_ON = 1e-9  # relative; farther from ε = μ nothing has converged


@dataclass(frozen=True, eq=False)
class Section:
    """Planes across B in k space, with complex coordinates z, in which electrons turn counterclockwise.

    Attributes
    ----------
    band : whose levels are cut
    axis : (3,) unit vector along −qB
    first, second : (3,) unit vectors; first × second = axis
    charge : |q| of the carriers, e
    """

    band: Band
    axis: Float
    first: Float
    second: Float
    charge: float = 1.0

    @classmethod
    def across(cls, band: Band, axis: Float, charge: float = 1.0) -> "Section":
        """Planes across a direction, with x and y as axes where it is z."""
        unit = axis / np.linalg.norm(axis)
        first = np.cross([0.0, 1.0, 0.0], unit)
        if np.linalg.norm(first) < 0.1:
            first = np.cross(unit, [1.0, 0.0, 0.0])
        first = first / np.linalg.norm(first)
        return cls(band, unit, first, np.cross(unit, first), charge)

    def points(self, z: Complex, along: float) -> Float:
        """Wavevectors (n, 3) of coordinates z (n,) in the plane at k_∥."""
        return np.asarray(np.outer(z.real, self.first) + np.outer(z.imag, self.second) + along * self.axis)

    def energies(self, z: Complex, along: float) -> tuple[Float, Complex, Float]:
        """ε (n,), its gradient in the plane as complex numbers, and along B, eV Å."""
        found = self.band.geometry(self.points(z, along), slopes=False)
        gradient = HBAR * found.group_velocity
        return (
            found.energy,
            np.asarray(gradient @ self.first + 1j * (gradient @ self.second)),
            gradient @ self.axis,
        )


@dataclass(frozen=True, eq=False)
class Curve:
    """A closed curve on ε = level, counterclockwise about the axis.

    Attributes
    ----------
    z : (n,) coordinates in the plane at k_∥ = along
    gradient, rise : (n,) slopes of ε in the plane and along B, eV Å
    miss : (n,) ε − level that is left, eV
    reach : 1/Å, how far a point may move in one step of Newton's method
    """

    section: Section
    z: Complex
    along: float
    level: float
    gradient: Complex
    rise: Float
    miss: Float
    reach: float

    @property
    def k(self) -> Float:
        """Wavevectors (n, 3)."""
        return self.section.points(self.z, self.along)

    @cached_property
    def tangent(self) -> Complex:
        """dz/ds."""
        return np.asarray(np.fft.ifft(2j * np.pi * _frequencies(len(self.z)) * np.fft.fft(self.z)))

    @cached_property
    def weights(self) -> Float:
        """dk/|g| of each point, so that sums of them are integrals, 1/(eV Å²)."""
        return np.asarray(np.abs(self.tangent) / np.abs(self.gradient) / len(self.z))

    @cached_property
    def sign(self) -> float:
        """1 where ε grows outwards, as on an orbit of electrons, −1 for holes."""
        return float(np.sign(np.sum((np.conj(self.gradient) * -1j * self.tangent).real)))

    @property
    def area(self) -> float:
        """A ≥ 0, 1/Å²."""
        modes = np.fft.fft(self.z - self.z.mean()) / len(self.z)
        return float(np.pi * np.sum(_frequencies(len(self.z)) * np.abs(modes) ** 2))

    @property
    def energy_slope(self) -> float:
        """dA/dε, 1/(eV Å²)."""
        return self.sign * float(self.weights.sum())

    @property
    def along_slope(self) -> float:
        """dA/dk_∥, 1/Å."""
        return -self.sign * float((self.rise * self.weights).sum())

    @property
    def area_miss(self) -> float:
        """Area between the curve and ε = level, 1/Å²."""
        return float((np.abs(self.miss) * self.weights).sum())

    def moved(self, *, along: float | None = None, level: float | None = None) -> "Curve | None":
        """The curve in another plane or on another level, None where it is not found beside this one."""
        to = self.along if along is None else along
        return led(
            self.section, self.z, to, self.level if level is None else level, reach=self.reach, like=self
        )

    def thinned(self) -> "Curve":
        """The same curve by every second point."""
        return replace(
            self, z=self.z[::2], gradient=self.gradient[::2], rise=self.rise[::2], miss=self.miss[::2]
        )

    def doubled(self) -> "Curve | None":
        """The same curve by twice as many points."""
        n = len(self.z)
        modes = np.fft.fft(self.z)
        modes[n // 2] *= 0.5
        padded = np.concatenate([modes[: n // 2 + 1], np.zeros(n - 1), modes[n // 2 :]])
        return led(self.section, 2 * np.fft.ifft(padded), self.along, self.level, reach=self.reach, like=self)


def led(
    section: Section, z: Complex, along: float, level: float, *, reach: float, like: Curve | None = None
) -> Curve | None:
    """Lead points onto ε = level along the gradient; None where they do not arrive, or no simple closed curve is left.

    With ``like`` the curve must enclose states on the same side as that one.
    """
    z = np.array(z)
    for _ in range(_STEPS):
        energy, gradient, _ = section.energies(z, along)
        slope = np.abs(gradient)
        if not np.all(np.isfinite(energy)) or slope.min() == 0.0:
            return None
        step = (energy - level) / np.conj(gradient)
        size = np.abs(step)
        z -= step * np.minimum(1.0, reach / np.maximum(size, 1e-300))
        if size.max() <= _QUADRATIC * reach:
            break
    energy, gradient, rise = section.energies(z, along)
    curve = Curve(section, z, along, level, gradient, rise, energy - level, reach)
    if np.max(np.abs(curve.miss / np.abs(gradient))) > _ON * reach or not _is_simple(curve):
        return None
    return None if like is not None and like.sign != curve.sign else curve


def resolved(curve: Curve) -> tuple[Curve, float, float] | None:
    """Double points until every second one is enough; with the uncertainties of A and dA/dε. None where curves are lost."""
    while True:
        half = curve.thinned()
        change, slope = abs(half.area - curve.area), abs(half.energy_slope - curve.energy_slope)
        known = change <= _CONVERGED * curve.area and slope <= _CONVERGED * abs(curve.energy_slope)
        if known or len(curve.z) >= _MOST:
            break
        finer = curve.doubled()
        if finer is None:
            return None
        curve = finer
    rounding = 1e-15 * len(curve.z) ** 0.5
    area_error = change + curve.area_miss + rounding * float(np.abs(curve.z).max()) ** 2
    return curve, area_error, slope + 10 * rounding * abs(curve.energy_slope)


def smoothed(polygon: Complex, points: int = _FIRST) -> Complex:
    """Points at equal distances along a closed polygon (its first point repeated), without its corners."""
    length = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(polygon)))])
    where = np.arange(points) / points * length[-1]
    z = np.interp(where, length, polygon.real) + 1j * np.interp(where, length, polygon.imag)
    if np.sum((np.conj(z) * np.roll(z, -1)).imag) < 0:
        z = z[::-1]
    fall = np.clip((np.abs(_frequencies(points)) - points / 8) / (points / 4), 0.0, 1.0)
    return np.asarray(np.fft.ifft(np.fft.fft(z) * np.cos(np.pi / 2 * fall) ** 2))


def _frequencies(n: int) -> Float:
    """Whole numbers of turns of the n modes, none for the middle one, whose sign is not known."""
    found = np.fft.fftfreq(n, 1 / n)
    found[n // 2] = 0.0
    return np.asarray(found, dtype=np.float64)


def _is_simple(curve: Curve) -> bool:
    """Whether the tangent turns once, counterclockwise, and the gradient points to one side of it."""
    turned = np.sum(np.angle(np.roll(curve.tangent, -1) / curve.tangent)) / (2 * np.pi)
    outward = (np.conj(curve.gradient) * -1j * curve.tangent).real
    return bool(abs(turned - 1.0) < 0.1 and (np.all(outward > 0) or np.all(outward < 0)))
