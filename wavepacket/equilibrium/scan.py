"""From collected spectral weights to numbers with uncertainties on the grid of μ and T."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from wavepacket.equilibrium.axis import EnergyAxis
from wavepacket.equilibrium.pairs import pair_sums
from wavepacket.equilibrium.tally import Tally
from wavepacket.equilibrium.work import Collected, Task

__all__ = ["Estimate", "Kind", "Scan", "combined", "compared"]

Float = npt.NDArray[np.float64]
_ARRAYS = ("rows", "raised", "lowered", "pairs")
Kind = Literal["sea", "surface", "grand", "entropy", "warming"]


@dataclass(frozen=True, eq=False)
class Estimate:
    """Numbers with channels last: the value, a systematic error, errors of random sign. It is linear."""

    channels: Float

    @property
    def value(self) -> Float:
        """Best value."""
        return self.channels[..., 0]

    @property
    def uncertainty(self) -> Float:
        """|systematic| + twice the root mean square of the others."""
        error = np.abs(self.channels[..., 1])
        if self.channels.shape[-1] > 2:
            error = error + 2 * np.sqrt(np.mean(self.channels[..., 2:] ** 2, axis=-1))
        return np.asarray(error)

    def __add__(self, other: "Estimate") -> "Estimate":
        return Estimate(self.channels + other.channels)

    def __sub__(self, other: "Estimate") -> "Estimate":
        return Estimate(self.channels - other.channels)

    def __rmul__(self, factor: float) -> "Estimate":
        return Estimate(factor * self.channels)

    def mapped(self, matrix: Float) -> "Estimate":
        """Apply (n, columns) to the last axis before the channels."""
        return Estimate(np.swapaxes(np.swapaxes(self.channels, -1, -2) @ matrix.T, -1, -2))

    def shaped(self, *shape: int) -> "Estimate":
        """Give the last axis before the channels another shape."""
        return Estimate(self.channels.reshape(*self.channels.shape[:-2], *shape, self.channels.shape[-1]))


def combined(collected: Collected) -> Collected:
    """Turn the channels of an adaptive pass into those of an `Estimate`.

    A midpoint rule on cells errs by h²: a third of Σ e, the last halving's gain, is extrapolated. Half of
    Σ e, more than that, stands for what is left: at a Fermi surface in coarse cells the order is not h² yet.
    """

    def moved(array: Float) -> Float:
        value = array[..., :1] + array[..., 1:2] / 3
        return np.concatenate([value, array[..., 1:2] / 2, array[..., 2:]], axis=-1)

    return Collected(
        moved(collected.rows), moved(collected.raised), moved(collected.lowered), moved(collected.pairs),
        collected.points, collected.coarse,
    )  # fmt: skip


def compared(collected: Collected, before: Collected) -> Collected:
    """Add the change since a coarser mesh to the uncertainty: two meshes may agree by chance at a Fermi surface."""

    def with_change(now: Float, then: Float) -> Float:
        return np.concatenate([now[..., :2], (now[..., :1] - then[..., :1]) / 2], axis=-1)

    rows, raised, lowered, pairs = (
        with_change(getattr(collected, name), getattr(before, name)) for name in _ARRAYS
    )
    return Collected(rows, raised, lowered, pairs, collected.points, collected.coarse)


@dataclass(frozen=True, eq=False)
class Scan:
    """Integrals ∫[dk] Σ_n on the grid of the chemical potentials (M,) and temperatures (T,) that were asked for."""

    task: Task
    mu: Float
    temperature: Float
    collected: Collected

    def integral(self, kind: Kind, column: str, which: str = "rows") -> Estimate:
        """Return (M, T, columns) of a named column; `which` of the tallies it is in."""
        place = slice(None) if which != "rows" else self.task.columns.places[column]
        tally = Tally(self.task.axis, getattr(self.collected, which)[:, place])
        parts = [self._at(tally, kind, self.mu, float(t)) for t in self.temperature]
        return Estimate(np.stack(parts, axis=1))

    def shifted(
        self, kind: Kind, column: str, mu_steps: float, t_steps: float, temperature: float
    ) -> Estimate:
        """Return (M, columns) at one temperature with μ and T shifted, for numerical derivatives."""
        tally = Tally(self.task.axis, self.collected.rows[:, self.task.columns.places[column]])
        return Estimate(self._at(tally, kind, self.mu + mu_steps, temperature + t_steps))

    def pair_sums(self) -> tuple[Estimate, Estimate, Estimate]:
        """Return Ω, Ω·(μ − mean energy) (M, components) and the metric (M, d²) at T = 0."""
        mu, components = self.task.axis.mu, len(self.task.columns.components)
        places = np.searchsorted(mu, self.mu)
        hall, moment, metric = pair_sums(self.collected.pairs, mu, components)
        return Estimate(hall[places]), Estimate(moment[places]), Estimate(metric[places])

    def _at(self, tally: Tally, kind: Kind, mu: Float, temperature: float) -> Float:
        if temperature > 0:
            return np.asarray(getattr(tally, kind)(mu, temperature))
        places = nearest(tally.axis, mu)
        if kind in ("entropy", "warming"):
            return np.zeros((len(mu), *tally.rows.shape[1:]))
        return tally.cold(kind)[places]


def nearest(axis: EnergyAxis, mu: Float) -> npt.NDArray[np.int64]:
    """Index of the chemical potentials of the axis that are closest to the given ones."""
    after = np.clip(np.searchsorted(axis.mu, mu), 1, max(len(axis.mu) - 1, 1))
    if len(axis.mu) == 1:
        return np.zeros(len(mu), dtype=np.int64)
    before = np.abs(axis.mu[after - 1] - mu) <= np.abs(axis.mu[np.minimum(after, len(axis.mu) - 1)] - mu)
    return np.asarray(np.where(before, after - 1, after), dtype=np.int64)
