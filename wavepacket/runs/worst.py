"""What the diagnostics of all trajectories come to: collected while shards are written, and kept in `run.h5`."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from wavepacket.errors import COMPLETE, STATUS_SENTENCES, Status
from wavepacket.runs.reader import RunArray

__all__ = ["DEPARTURE", "DIAGNOSTICS", "LIMITS", "MONITORS", "Worst", "limits_of"]

DEPARTURE: Final = 0.1
"""|D − 1| from which on semiclassics is at the end of its range: the next order in B is a hundredth."""
LIMITS: Final = "monitor_limit"
"""Array of the run: the limits that weights beyond them are counted with, DEPARTURE and that of the mixing."""
MONITORS: Final = "monitors"
"""Array of the run: all of `Worst`, number by number."""
_EXTREMES = (
    "minimum_density_of_states_factor",
    "maximum_density_of_states_factor",
    "minimum_gap",
    "energy_drift",
    "interband_mixing",
)
DIAGNOSTICS: Final = ("status", "weight", *(f"diagnostics/{name}" for name in _EXTREMES))
"""Fields of a shard that all of this follows from."""
_WEIGHTS = ("total", "far", "mixed", "stopped")
_CODES = sorted(Status)


def limits_of(mixing: float) -> dict[str, RunArray]:
    """The array of limits, with the one that a config sets."""
    text = "limits of |D - 1| and of the interband mixing"
    return {LIMITS: RunArray(np.array([DEPARTURE, mixing]), "1", text, (LIMITS,))}


@dataclass
class Worst:
    """What the diagnostics of a run's trajectories come to.

    Attributes
    ----------
    lows, highs : smallest and largest value of each of them
    counts : trajectories by status
    total, far, mixed, stopped : weight of all, and of those beyond a limit of D, of mixing, and that stopped early

    """

    lows: dict[str, float] = field(default_factory=dict)
    highs: dict[str, float] = field(default_factory=dict)
    counts: Counter[int] = field(default_factory=Counter)
    total: float = 0.0
    far: float = 0.0
    mixed: float = 0.0
    stopped: float = 0.0

    def share(self, part: float) -> float:
        """Part of the ensemble's weight."""
        return part / self.total if self.total > 0 else 0.0

    @property
    def reasons(self) -> dict[str, int]:
        """Trajectories that stopped early, by the reason."""
        codes = sorted(self.counts.items())
        return {STATUS_SENTENCES[Status(code)]: number for code, number in codes if code not in COMPLETE}

    def add(self, arrays: Mapping[str, NDArray[Any]], limits: RunArray) -> None:
        """Take in some trajectories by their DIAGNOSTICS."""
        departure, mixing = limits.values
        weight = np.abs(np.asarray(arrays["weight"], dtype=np.float64))
        self.total += float(weight.sum())
        self.far += float(weight[_departure(arrays) > departure].sum())
        mixed = np.asarray(arrays["diagnostics/interband_mixing"], dtype=np.float64)
        self.mixed += float(weight[mixed > mixing].sum())
        self.stopped += float(weight[~np.isin(arrays["status"], COMPLETE)].sum())
        for name in _EXTREMES:
            values = np.asarray(arrays[f"diagnostics/{name}"], dtype=np.float64)
            values = values[np.isfinite(values)]
            if len(values):
                self.lows[name] = min(self.lows.get(name, math.inf), float(values.min()))
                self.highs[name] = max(self.highs.get(name, -math.inf), float(values.max()))
        codes, numbers = np.unique(np.asarray(arrays["status"], dtype=np.int64), return_counts=True)
        self.counts.update(dict(zip(codes.tolist(), numbers.tolist(), strict=True)))

    def merged(self, other: "Worst") -> "Worst":
        """What both come to, those of the other one after ours."""
        ends = []
        for choose, ours, theirs in ((min, self.lows, other.lows), (max, self.highs, other.highs)):
            both = {name: choose(ours[name], theirs[name]) for name in ours if name in theirs}
            ends.append({**ours, **theirs, **both})
        weights = (getattr(self, name) + getattr(other, name) for name in _WEIGHTS)
        lows, highs = ends
        return Worst(lows, highs, self.counts + other.counts, *weights)

    def numbers(self) -> list[float]:
        """The same as numbers in a fixed order."""
        extremes = [found.get(name, math.nan) for found in (self.lows, self.highs) for name in _EXTREMES]
        weights = (getattr(self, name) for name in _WEIGHTS)
        return [*extremes, *weights, *(float(self.counts[code]) for code in _CODES)]

    def arrays(self) -> dict[str, RunArray]:
        """The same as an array of the run: a dataset takes half a millisecond, whatever its size."""
        text = (
            f"smallest, then largest {', '.join(_EXTREMES)}; weight of {', '.join(_WEIGHTS)} (far, mixed: beyond limits; "
            f"stopped: early); trajectories by status {', '.join(str(int(code)) for code in _CODES)}"
        )
        return {MONITORS: RunArray(np.array(self.numbers()), "", text, (MONITORS,))}

    @classmethod
    def stored(cls, arrays: Mapping[str, RunArray], limits: RunArray) -> "Worst | None":
        """What a run has stored; None where it has not, or with other limits."""
        if MONITORS not in arrays or not np.array_equal(arrays[LIMITS].values, limits.values):
            return None
        return cls.of_numbers(arrays[MONITORS].values.tolist())

    @classmethod
    def of_numbers(cls, numbers: list[float]) -> "Worst | None":
        """What `numbers` has told; None where a version with other ways to end has."""
        size = len(_EXTREMES)
        low, high, rest = numbers[:size], numbers[size : 2 * size], numbers[2 * size :]
        weights, counts = rest[: len(_WEIGHTS)], rest[len(_WEIGHTS) :]
        if len(counts) != len(_CODES):
            return None
        lows, highs = (
            {n: v for n, v in zip(_EXTREMES, end, strict=True) if not math.isnan(v)} for end in (low, high)
        )
        found = Counter({int(code): int(n) for code, n in zip(_CODES, counts, strict=True) if n})
        return cls(lows, highs, found, *weights)


def _departure(arrays: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
    """|D − 1| of each trajectory, the largest met; not-a-number where D was not watched."""
    low, high = (
        np.asarray(arrays[f"diagnostics/{side}_density_of_states_factor"], dtype=np.float64)
        for side in ("minimum", "maximum")
    )
    # Infinite where no step was accepted: such a packet stopped where it started, and says so by its status.
    seen = np.isfinite(low) & np.isfinite(high)
    return np.where(seen, np.maximum(np.abs(low - 1), np.abs(high - 1)), np.nan)
