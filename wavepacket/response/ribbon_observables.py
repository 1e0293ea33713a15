"""Observables of a strip: currents of its edges and profiles, with uncertainties, beside those that M of the bulk gives."""

from dataclasses import dataclass

import numpy as np

from wavepacket.arrays import Float
from wavepacket.observables import Observable, rows
from wavepacket.response.edges import Filling, Local, gaussian, smoothed, summed_to
from wavepacket.response.strip_of_config import Cut
from wavepacket.units import E2_OVER_H

__all__ = ["Bulk", "Source"]

AMPERES = 2 * np.pi * E2_OVER_H
"""Of (e/ħ) eV."""
_PER_METRE = 1e10
_PROFILE, _FINE = 4, 32
"""Points of profiles, and of the bulk's M for them, on the height of a row of cells."""
_CUTS = 41
"""Places between the edges that are tried for the cut."""
_ROUNDING = 1e-12


@dataclass(frozen=True, eq=False)
class Bulk:
    """M of the bulk per area against the local μ, (e/ħ) eV, [μ, T]."""

    level: Float
    value: Float
    uncertainty: Float

    def at(self, level: Float) -> tuple[Float, Float]:
        """M and its uncertainty at levels of any shape, with T as the last axis but those of one level before it."""
        found = [
            np.stack([np.interp(level, self.level, column) for column in table.T], axis=-1)
            for table in (self.value, self.uncertainty)
        ]
        return found[0], found[1]


@dataclass(frozen=True, eq=False)
class Source:
    """What observables of a strip are made of; currents in A, arrays [μ, T, ...]."""

    charge: float
    cut: Cut
    filling: Filling
    local: Local
    bulk: Bulk
    width: float

    @property
    def current(self) -> Float:
        """Of each orbital, A."""
        return self.charge * AMPERES * self.local.current

    @property
    def place(self) -> Float:
        """Of profiles, Å."""
        strip = self.cut.strip
        step = strip.frame.pitch / _PROFILE
        reach = np.abs(strip.place - self.cut.middle).max() + 3 * self.width
        number = int(np.ceil(reach / step))
        return np.asarray(self.cut.middle + step * np.arange(-number, number + 1))

    def _cuts(self) -> Float:
        """Places in the middle half of the flat part between the edges; the first is the middle."""
        reach = max(0.5 * self.cut.flat, self.cut.strip.frame.pitch)
        return np.append(0.0, reach * np.linspace(-1, 1, _CUTS)) + self.cut.middle

    def edge_current(self) -> Observable:
        """∫J dy from below to the middle."""
        sums = summed_to(self.cut.strip, self.current, self._cuts())
        change = self.charge * AMPERES * self.local.change
        error = np.abs(sums - sums[..., :1]).max(axis=-1)
        error += np.abs(summed_to(self.cut.strip, change, self._cuts()[:1]))[..., 0]
        return Observable("", sums[..., 0], error + self._rounding())

    def _rounding(self) -> Float:
        return np.asarray(_ROUNDING * np.abs(self.current).sum(axis=-1))

    def magnetization(self) -> Observable:
        """M of the bulk between the edges, at the μ of the lower one."""
        value, error = self._bulk_at(0.5)
        return Observable("", value, error)

    def _bulk_at(self, share: float) -> tuple[Float, Float]:
        level = self.filling.chemical_potential + share * self.filling.bias - self.cut.lowest
        value, error = self.bulk.at(level)
        return AMPERES * value, AMPERES * error

    def difference(self) -> Observable:
        """Of the two."""
        one, other = self.edge_current(), self.magnetization()
        error = np.asarray(one.uncertainty) + np.asarray(other.uncertainty)
        return Observable("", np.asarray(one.value) - np.asarray(other.value), error)

    def net_current(self) -> Observable:
        """∫J dy over the whole strip."""
        error = np.abs(self.charge * AMPERES * self.local.change.sum(axis=-1))
        return Observable("", self.current.sum(axis=-1), error + self._rounding())

    def expected_net_current(self) -> Observable:
        """M at the μ of the lower edge less M at that of the upper one."""
        (one, first), (other, second) = self._bulk_at(0.5), self._bulk_at(-0.5)
        return Observable("", one - other, (first + second) * bool(self.filling.bias))

    def profile(self) -> Float:
        """J, A/m."""
        return _PER_METRE * smoothed(self.cut.strip, self.current, self.place, self.width)

    def expected_profile(self) -> Float:
        """∂M(μ − V)/∂y under the same smoothing, A/m; each half at its own μ."""
        place, bias = self.place, self.filling.bias
        lower = self._slope(0.5)
        return lower if not bias else np.where(place < self.cut.middle, lower, self._slope(-0.5))

    def _slope(self, share: float) -> Float:
        """∂M/∂y under the same Gaussian: M under its slope."""
        pitch, ends, place = self.cut.strip.frame.pitch, self.cut.strip.place, self.place
        step = pitch / _FINE
        low, high = ends.min() - 0.5 * pitch, ends.max() + 0.5 * pitch  # M ends where the crystal does
        y = low + step * (np.arange(round((high - low) / step)) + 0.5)
        level = self.filling.chemical_potential[:, None] + share * self.filling.bias - self.cut.potential(y)
        m = np.moveaxis(self.bulk.at(level)[0], -1, 1)
        x = place - y[:, None]
        slope = -x / self.width**2 * gaussian(x, self.width)
        return np.asarray(_PER_METRE * AMPERES * step * (m @ slope))

    def deviation(self) -> Float:
        """Largest difference of the profiles over the largest of the expected one."""
        expected = self.expected_profile()
        size = np.abs(expected).max(axis=-1)
        apart = np.abs(self.profile() - expected).max(axis=-1)
        return np.asarray(np.divide(apart, size, out=np.full_like(apart, np.nan), where=size > 0))

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences."""
        edge, said = self.edge_current(), []
        size = np.abs(self.profile()).max() * self.cut.strip.frame.pitch / _PER_METRE
        if np.asarray(edge.uncertainty).max() > 1e-2 * max(np.abs(np.asarray(edge.value)).max(), size):
            said.append(
                "the edge current is not settled: the edges overlap (make the strip wider), or k_BT is too small for the "
                "mesh of k (a higher temperature, or more response.points)"
            )
        return tuple(said)


_SMOOTH = (
    "smoothed by a Gaussian of response.ribbon.smoothing, by default three times the height of a row of cells"
)
rows(
    "ribbon",
    ("edge_current", "A", "$I$",
     "J_x integrated over y from outside to the middle of a strip along x, y a quarter turn to the left of x, {carriers}; "
     "equals M; uncertainty: last doubling of the mesh in k, and places of the cut between the edges",
     lambda of: of.given.edge_current()),
    ("bulk_magnetization", "A", "$M$", "M_z per area of `response`, at mu - V in the middle of the strip",
     lambda of: of.given.magnetization()),
    ("edge_current_difference", "A", "", "edge_current - bulk_magnetization; sum of their uncertainties",
     lambda of: of.given.difference()),
    ("net_current", "A", "$I$", "J_x integrated over the whole strip, {carriers}; 0 where both edges have the same mu",
     lambda of: of.given.net_current()),
    ("expected_net_current", "A", "",
     "M at the lower edge's mu less M at the upper one's: C e/h times their difference in a gap",
     lambda of: of.given.expected_net_current()),
    ("profile_deviation", "1", "",
     "max |local_current_density - expected_current_density| over the largest of the latter; falls with the width of a wall",
     lambda of: of.given.deviation()),
    ("place", "angstrom", "$y$", "across the strip, of profiles", lambda of: of.given.place),
    ("local_current_density", "A/m", "$J_x$", "along the strip, {carriers}, [mu, T, place], " + _SMOOTH,
     lambda of: of.given.profile()),
    ("expected_current_density", "A/m", r"$\partial_y M(\mu-V)$",
     "slope of M(mu - V) of the bulk, [mu, T, place], " + _SMOOTH,
     lambda of: of.given.expected_profile()),
    ("local_density", "{volume}", "$n$", "electrons per area, [mu, T, place], " + _SMOOTH,
     lambda of: smoothed(of.given.cut.strip, of.given.local.electrons, of.given.place, of.given.width)),
    ("local_potential", "eV", "$V$", "potential energy of the carrier, [place]",
     lambda of: of.given.cut.potential(of.given.place)),
)  # fmt: skip
