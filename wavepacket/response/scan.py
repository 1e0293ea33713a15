"""From collected spectral weights to numbers with uncertainties on the grid of μ and T."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from wavepacket.arrays import Flags, Float
from wavepacket.response.collect import Collected, Task
from wavepacket.response.histogram import Histogram
from wavepacket.response.lattice_rule import REPLICAS
from wavepacket.response.states import pair_sums

__all__ = ["EXTRAPOLATED", "Estimate", "Kind", "Scan", "combined", "joined"]

_ARRAYS = ("rows", "raised", "lowered", "pairs")
EXTRAPOLATED = 1 / 3
"""Of the last halving's gain: what is left of an error that falls as the square of the step."""
_LEAST_RATIO = 1.2
FIXED = 4 + REPLICAS
"""Channels of an `Estimate` before those of random sign."""
Kind = Literal["sea", "surface", "grand", "entropy", "warming"]


@dataclass(frozen=True, eq=False)
class Estimate:
    """Numbers with channels last: the value, a systematic error, the last two changes of the value from a mesh to a finer
    one, the later first, errors of random sign on the mesh before, and those on the last one. It is linear.

    `floor`, without channels, bounds what rounding and interpolation do to the value.
    """

    channels: Float
    floor: Float

    @property
    def value(self) -> Float:
        """Best value; what is no more than rounding is zero."""
        value = self.channels[..., 0]
        return np.where(np.abs(value) <= self.floor, 0.0, value)

    @property
    def statistical(self) -> Float:
        """|systematic| + twice the root mean square of those of random sign; no less than what changes leave.

        Shifted meshes of a crystal may all err alike (see `lattice_rule`), and only other meshes tell: the value changes by
        more than what those before differ by. An error that falls exponentially falls by more than it did by the last
        step: twice the last change times its ratio to the one before.
        """
        error = np.abs(self.channels[..., 1])
        if self.channels.shape[-1] > FIXED:
            error = error + 2 * np.sqrt(np.mean(self.channels[..., FIXED:] ** 2, axis=-1))
        last, before = np.abs(self.channels[..., 2]), np.abs(self.channels[..., 3])
        falls = np.divide(last, before, out=np.ones_like(last), where=before > last)
        expected = 2 * np.sqrt(np.mean(self.channels[..., 4:FIXED] ** 2, axis=-1))
        return np.asarray(np.where(last > expected, np.maximum(error, 2 * falls * last), error))

    @property
    def uncertainty(self) -> Float:
        """Uncertainty of the sum over k, at least that of rounding."""
        return np.maximum(self.statistical, self.floor)

    def __add__(self, other: "Estimate") -> "Estimate":
        return Estimate(self.channels + other.channels, self.floor + other.floor)

    def __sub__(self, other: "Estimate") -> "Estimate":
        return Estimate(self.channels - other.channels, self.floor + other.floor)

    def __rmul__(self, factor: float) -> "Estimate":
        return Estimate(factor * self.channels, abs(factor) * self.floor)

    def mapped(self, matrix: Float) -> "Estimate":
        """Apply (n, columns) to the last axis before the channels."""
        channels = np.swapaxes(np.swapaxes(self.channels, -1, -2) @ matrix.T, -1, -2)
        return Estimate(channels, self.floor @ np.abs(matrix).T)

    def shaped(self, *shape: int) -> "Estimate":
        """Give the last axis before the channels another shape."""
        channels = self.channels.reshape(*self.channels.shape[:-2], *shape, self.channels.shape[-1])
        return Estimate(channels, self.floor.reshape(*self.floor.shape[:-1], *shape))

    def component(self, index: int) -> "Estimate":
        """One entry of the last axis before the channels."""
        return Estimate(self.channels[..., index, :], self.floor[..., index])

    def at(self, temperatures: Flags) -> "Estimate":
        """Some temperatures of an estimate (M, T, ...)."""
        return Estimate(self.channels[:, temperatures], self.floor[:, temperatures])


def joined(estimates: Sequence[Estimate], axis: int) -> Estimate:
    """Put estimates behind each other along an axis that is not of the channels."""
    width = max(each.channels.shape[-1] for each in estimates)
    return Estimate(
        np.concatenate([_widened(each.channels, width) for each in estimates], axis=axis),
        np.concatenate([each.floor for each in estimates], axis=axis),
    )


def _widened(channels: Float, width: int) -> Float:
    """Channels with more errors of random sign, some of them zero, of the same mean square."""
    errors, missing = channels.shape[-1] - FIXED, width - channels.shape[-1]
    if missing == 0:
        return channels
    scale = np.sqrt((width - FIXED) / max(errors, 1))
    scaled = np.concatenate([channels[..., :FIXED], channels[..., FIXED:] * scale], axis=-1)
    return np.concatenate([scaled, np.zeros((*channels.shape[:-1], missing))], axis=-1)


def combined(collected: Collected) -> Collected:
    """Turn the channels of an adaptive pass into those of an `Estimate`.

    A midpoint rule on cells errs by h²: a third of Σ e, the last halving's gain, is extrapolated. Where the order is not
    h² yet, at a Fermi surface in coarse cells, another part of it is left: half of it, if the error falls as h^1.2 only.
    """

    def moved(array: Float) -> Float:
        value = array[..., :1] + EXTRAPOLATED * array[..., 1:2]
        return np.concatenate([value, array[..., 1:2] / 2, array[..., 2:]], axis=-1)

    rows, raised, lowered, pairs = (moved(getattr(collected, name)) for name in _ARRAYS)
    return replace(collected, rows=rows, raised=raised, lowered=lowered, pairs=pairs)


def _with_changes(channels: Float, changes: Float) -> Float:
    """The channels of an `Estimate` from those that are collected and what `_changes` finds."""
    return np.concatenate([channels[..., :2], changes, channels[..., 2:]], axis=-1)


@dataclass(frozen=True, eq=False)
class _Average:
    """A thermal average: of what, at which μ (M,) and T, and the temperature of the scan that T stands for.

    `which` are the rows of a `Collected` that are averaged.
    """

    kind: Kind
    mu: Float
    temperature: float
    asked: float
    which: str = "rows"


@dataclass(frozen=True, eq=False)
class Scan:
    """Integrals ∫[dk] Σ_n on a grid of chemical potentials (M,) and temperatures (T,).

    Attributes
    ----------
    projectors : column → matrix on its components that keeps what symmetry allows; all is kept of others
    apart : temperature → what was collected for it elsewhere
    """

    task: Task
    mu: Float
    temperature: Float
    collected: Collected
    projectors: Mapping[str, Float] = field(default_factory=dict)
    apart: Mapping[float, Collected] = field(default_factory=dict)

    def integral(self, kind: Kind, column: str, which: str = "rows") -> Estimate:
        """Return (M, T, columns) of a named column; `which` of the histograms it is in."""
        parts = [self._at(column, _Average(kind, self.mu, t, t, which)) for t in map(float, self.temperature)]
        stacked = [Estimate(part.channels[:, None], part.floor[:, None]) for part in parts]
        return joined(stacked, axis=1)

    def cold(self, kind: Kind, column: str) -> Estimate:
        """Return (M, columns) at T = 0, whatever the temperatures of the scan."""
        return self._at(column, _Average(kind, self.mu, 0.0, 0.0))

    def shifted(
        self, kind: Kind, column: str, mu_steps: float, t_steps: float, temperature: float
    ) -> Estimate:
        """Return (M, columns) at one temperature with μ and T shifted, for numerical derivatives."""
        average = _Average(kind, self.mu + mu_steps, temperature + t_steps, temperature)
        return self._at(column, average)

    def pair_moment(self) -> Float:
        """Return Ω·(μ − mean energy) of occupied–empty pairs at T = 0, channels (M, components, channels)."""
        mu, components = self.task.axis.mu, len(self.task.columns.components)
        found = pair_sums(self._collected(0.0).pairs, mu, components)[1][np.searchsorted(mu, self.mu)]
        return _with_changes(found, np.zeros((*found.shape[:-1], FIXED - 2)))

    def flat(self) -> Flags:
        """At which μ (M,) part of a band is flat."""
        return np.asarray(self.collected.flat[self.task.axis.nearest(self.mu)] > 0)

    def _at(self, column: str, average: _Average) -> Estimate:
        """Return (M, columns) of a named column."""
        collected, whole = self._collected(average.asked), average.which == "rows"
        columns = self.task.columns.slices[column if whole else "one"]
        channels = _with_changes(
            self._channels(collected, columns, average), self._changes(collected, columns, average)
        )
        # In a field ±B the same nodes are met: what interpolation does cancels in the difference.
        doubt = self._histogram(collected.doubt[:, columns], average.asked)
        estimate = Estimate(channels, self._floor(collected, doubt, average, interpolated=whole))
        return estimate.mapped(self.projectors[column]) if column in self.projectors else estimate

    def _channels(self, collected: Collected, columns: slice, average: _Average) -> Float:
        """Channels (M, columns, channels) of columns.

        Cells whose energy is linear over them err by h², alike on all shifted meshes, so that a part of the change since
        a coarser mesh is extrapolated. By what that moves the result from one mesh to the next, with steps r times as
        long, over r − 1 the result is off if its error falls as h or faster.
        """
        channels = self._summed(collected, columns, average)
        before = collected.coarser
        if before is None:
            return channels
        # A mesh of one point has no coarser one.
        ratio = max((collected.points / before.points) ** (1 / self.task.domain.dimension), _LEAST_RATIO)
        part = self._unresolved(collected, before, ratio, average.mu, average.asked)[:, None, None]
        if not part.any():
            return channels
        change = channels - self._summed(before, columns, average)
        channels = channels + part / (ratio**2 - 1) * change
        moved = channels - self._channels(before, columns, average)
        channels[..., 1] += part[..., 0] / (ratio - 1) * moved[..., 0]
        return np.asarray(channels)

    def _summed(self, collected: Collected, columns: slice, average: _Average) -> Float:
        """Channels (M, columns, channels) of one mesh as they are."""
        rows = getattr(collected, average.which)[:, columns if average.which == "rows" else slice(None)]
        return self._sum(self._histogram(rows, average.asked), average)

    def _changes(self, collected: Collected, columns: slice, average: _Average) -> Float:
        """The last two changes of the value and the errors of random sign before them (M, columns, 2 + REPLICAS).

        They are 0 where the mesh before did not resolve the states at μ, and above 0 K, where values that vanish by symmetry
        change by what the interpolation of energies leaves of them. Where there is no mesh before that one, its value is the
        change.
        """
        before = collected.coarser
        changes = np.zeros((len(average.mu), columns.stop - columns.start, FIXED - 2))
        if before is None or average.asked > 0:
            return changes
        meshes = (collected, before, before.coarser)
        now, last, first = (
            np.zeros((1, 1, 1)) if one is None else self._summed(one, columns, average) for one in meshes
        )
        changes[..., 0], changes[..., 1] = now[..., 0] - last[..., 0], last[..., 0] - first[..., 0]
        changes[..., 2:] = last[..., 2:]
        resolved = self._linear(before, average.mu, average.asked) == 0
        return np.asarray(changes * resolved[:, None, None])

    def _linear(self, collected: Collected, mu: Float, temperature: float) -> Float:
        """How many cells are linear in energy at or near μ (M,), as part of all states."""
        group = collected.wide[self.task.axis.group(temperature)] if temperature > 0 else collected.cut
        return np.asarray(group[self.task.axis.nearest(mu)])

    def _unresolved(
        self, now: Collected, before: Collected, ratio: float, mu: Float, temperature: float
    ) -> Float:
        """How many cells are linear in energy at or near μ, of those of a coarser mesh, (M,).

        By itself their part of all states falls as the step, that of cells on a surface.
        """
        less, more = (self._linear(one, mu, temperature) for one in (now, before))
        return np.asarray(np.minimum(np.divide(ratio * less, more, out=np.sign(less), where=more > 0), 1.0))

    def _histogram(self, rows: Float, temperature: float) -> Histogram:
        """That of T = 0, or of the group of a temperature."""
        histogram = Histogram(self.task.axis, rows)
        return histogram.group(temperature) if temperature > 0 else histogram

    def _sum(self, histogram: Histogram, average: _Average) -> Float:
        if average.temperature > 0:
            return np.asarray(getattr(histogram, average.kind)(average.mu, average.temperature))
        if average.kind in ("entropy", "warming"):
            return np.zeros((len(average.mu), *histogram.rows.shape[1:]))
        return histogram.cold(average.kind)[histogram.axis.nearest(average.mu)]

    def _collected(self, temperature: float) -> Collected:
        return self.apart.get(temperature, self.collected)

    def _floor(
        self, collected: Collected, doubt: Histogram, average: _Average, *, interpolated: bool
    ) -> Float:
        """What rounding can do, (M, columns): errors of every state, of the sum over n of them (a factor √n, N. Higham
        and T. Mary, SIAM J. Sci. Comput. 41, A2815 (2019)), of energies at a step, and of interpolation.
        """
        epsilon = float(np.finfo(np.float64).eps)
        kind, mu, temperature = average.kind, average.mu, average.temperature
        if temperature > 0:
            size = doubt.size(kind, mu, temperature)
            more = interpolated * doubt.interpolation(kind, mu, temperature)[..., 1]
        else:
            size = np.abs(self._sum(doubt, average))
            more = np.zeros(size.shape[:-1])
            if kind == "sea":
                more = (
                    4
                    * epsilon
                    * collected.reach
                    * np.abs(self._sum(doubt, replace(average, kind="surface")))[..., 1]
                )
        states = collected.points * self.task.domain.hamiltonian.size
        return np.asarray(size[..., 0] + epsilon * np.sqrt(states) * size[..., 1] + more)
