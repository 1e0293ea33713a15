"""Which stored paths of a run pictures are made from: some of all, by weight, with those of the same starts under −E."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from wavepacket.arrays import Float, Integer
from wavepacket.plots.paths import shown_packets
from wavepacket.runs import StoredRun

__all__ = ["Stored", "drawn", "some_paths"]

_PATHS = 2000  # stored paths that pictures are made from
_OF_TRAJECTORY = ("valley", "weight", "trajectory")
_OF_PATH = ("position", "wavevector", "state")


@dataclass(frozen=True, eq=False)
class Stored:
    """Stored paths with E as given, and those of the same starts under −E, where a run has them.

    Attributes
    ----------
    forward : position, wavevector (n, T, 3), valley, weight, trajectory (n,), and state in a group of bands
    backward : position and wavevector (m, T, 3) under −E
    partner : (n,) row of ``backward`` for each path, −1 for none

    """

    forward: dict[str, Any]
    backward: dict[str, Any]
    partner: Integer

    @property
    def differ(self) -> bool:
        """Whether there are paths under −E, and not the same ones as under E, as without E."""
        rows = np.flatnonzero(self.partner >= 0)
        return any(
            not np.array_equal(
                self.forward[name][rows], self.backward[name][self.partner[rows]], equal_nan=True
            )
            for name in ("wavevector", "position")
        )


def some_paths(run: StoredRun) -> Stored:
    """Evenly chosen stored paths of a run."""
    stride = max(1, run.path_count // _PATHS)
    forward, backward = list[dict[str, Any]](), list[dict[str, Any]]()
    met = 0
    names = ("electric_sign", *_OF_TRAJECTORY, "path", "position", "wavevector", "diagnostics/state")
    for shard in run.shards(names):
        rows = np.searchsorted(shard["trajectory"], shard["path"])
        sign = shard["electric_sign"][rows]
        found = {name: shard[name][rows] for name in _OF_TRAJECTORY} | {
            name: shard[key] for name, key in (*((each, each) for each in _OF_PATH[:2]), ("state", "diagnostics/state"))
            if key in shard
        }  # fmt: skip
        ahead = np.flatnonzero(sign > 0)
        keep = ahead[(met + np.arange(len(ahead))) % stride == 0]
        met += len(ahead)
        forward.append({name: values[keep] for name, values in found.items()})
        # The twin of a trajectory under −E follows it.
        twins = np.flatnonzero((sign < 0) & np.isin(found["trajectory"] - 1, found["trajectory"][keep]))
        backward.append({name: found[name][twins] for name in ("position", "wavevector", "trajectory")})
    ahead_of, behind = (
        {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        for parts in (forward, backward)
    )
    twin = ahead_of["trajectory"] + 1
    place = np.searchsorted(behind["trajectory"], twin)
    known = np.isin(twin, behind["trajectory"])
    return Stored(ahead_of, behind, np.where(known, place, -1))


def drawn(
    stored: Stored, most: int, labels: Integer | None, weight: Float, spin: Float | None = None
) -> dict[str, Any]:
    """At most so many paths, by weight, and behind them those of the same starts under −E.

    Parameters
    ----------
    labels : (n,) of the valleys of the paths with E as given
    weight : (n,) of these
    spin : (n, T, 3) of these; with spins there are no paths under −E

    Returns
    -------
    dict
        position, wavevector, valley, weight, spin, and ``sign`` of E, None where all are with E as given

    """
    pairs = spin is None and stored.differ
    rows = shown_packets(len(weight), max(most // 2, 1) if pairs else most, weight)
    other = rows[stored.partner[rows] >= 0] if pairs else rows[:0]
    both = np.concatenate([rows, other])
    found: dict[str, Any] = {
        "valley": None if labels is None else np.asarray(labels)[both],
        "weight": weight[both],
        "spin": None if spin is None else spin[rows],
        "sign": np.repeat([1, -1], [len(rows), len(other)]) if pairs else None,
    }
    for name in ("position", "wavevector"):
        found[name] = np.concatenate(
            [stored.forward[name][rows], stored.backward[name][stored.partner[other]]]
        )
    return found
