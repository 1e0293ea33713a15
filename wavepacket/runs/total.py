"""What is added up over the shards of a run, one after another."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wavepacket.errors import InputError
from wavepacket.runs.content import Arrays, scales_of
from wavepacket.runs.journal import ShardEntry
from wavepacket.runs.layout import SUMS, measure


@dataclass(eq=False)
class Total:
    """Times, sums, and identities of stored paths of the shards that were added, in the order of their numbers."""

    entries: list[ShardEntry] = field(default_factory=list)
    _sums: Arrays = field(default_factory=dict)
    _paths: list[NDArray[Any]] = field(default_factory=list)

    def add(self, entry: ShardEntry, content: Mapping[str, NDArray[Any]]) -> None:
        """Add the arrays of the next shard, those of `layout.SUMS`, ``time`` and ``path``; others are left alone.

        Without ``path`` all its paths are stored, or none.
        """
        part = {name: content[name] for name in ("time", *SUMS) if name in content}
        total = self._sums
        if total and (set(part) != set(total) or not np.array_equal(part["time"], total["time"])):
            raise InputError(f"shard {entry.name}: has other times or sums than the first shard")
        for name, values in part.items():
            total[name] = total[name] + values if name in total and name != "time" else values
        self.entries.append(entry)
        if entry.paths:
            self._paths.append(content["path"] if "path" in content else content["trajectory"])

    def content(self) -> Arrays:
        """What `run.h5` itself holds of the layout: time, scales, sums, ``path`` where some are stored."""
        found = dict(self._sums)
        if 0 < sum(entry.paths for entry in self.entries) < sum(entry.count for entry in self.entries):
            found["path"] = np.concatenate(self._paths)
        return {**found, **scales_of(measure({name: values.shape for name, values in found.items()}, False))}
