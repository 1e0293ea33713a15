"""Sums over the shards of a run, added as a tree over their numbers: the same bits in whatever order shards come.

Node (level, n) stands for the shards n 2^level to (n + 1) 2^level − 1. It is the sum of the two nodes below it, the left one
first; where there are no shards below one of them, it is the other. What is kept at any time are the largest nodes that are
whole, some log2 of the number of shards where these come in order.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wavepacket.errors import InputError
from wavepacket.runs.journal import ShardEntry
from wavepacket.runs.layout import SUMS, measure
from wavepacket.runs.reader import RunArray
from wavepacket.runs.shard import Arrays, scales_of
from wavepacket.runs.worst import Worst

BLOCK = 8
"""Level of the nodes that are handed to ``keep``: 256 shards, some 10 GB."""

_FEW = 64
_MEMORY = 1 << 30  # bytes of nodes; more only where so few are larger

Key = tuple[int, int]
"""Level and number of a node."""


@dataclass(frozen=True, eq=False)
class Node:
    """Sums, by the names of the layout, and diagnostics of the shards below a node."""

    sums: Arrays
    worst: Worst

    def plus(self, right: "Node") -> "Node":
        """The node of these shards and those to the right of them."""
        sums = {name: values + right.sums[name] for name, values in self.sums.items()}
        return Node(sums, self.worst.merged(right.worst))


def below(key: Key) -> range:
    """Numbers of the shards that a node stands for."""
    level, number = key
    return range(number << level, (number + 1) << level)


@dataclass(eq=False)
class Total:
    """Times, sums, diagnostics, and identities of stored paths of the shards that were added, in any order.

    Parameters
    ----------
    limits : as in `runs.worst`, that diagnostics are compared with; None where nobody asks for them
    keep : called with each node of level `BLOCK` when it is whole

    Attributes
    ----------
    entries : of the shards that were added, by number
    paths : identities of stored paths of those shards that store some, by number
    nodes : largest nodes that are whole

    """

    limits: RunArray | None = None
    keep: Callable[["Total", Key], None] = lambda total, key: None
    entries: dict[int, ShardEntry] = field(default_factory=dict)
    paths: dict[int, NDArray[Any]] = field(default_factory=dict)
    nodes: dict[Key, Node] = field(default_factory=dict)
    time: NDArray[Any] | None = None

    def add(self, entry: ShardEntry, content: Mapping[str, NDArray[Any]]) -> None:
        """Add the arrays of a shard, those of `layout.SUMS`, diagnostics, ``time`` and ``path``, and no others.

        Without ``path`` all its paths are stored, or none.
        """
        sums, worst = {name: content[name] for name in SUMS if name in content}, Worst()
        if not self.alike(content["time"], sums):
            raise InputError(f"shard {entry.name}: has other times or sums than the first shard")
        if self.limits is not None:
            worst.add(content, self.limits)
        if 0 < entry.paths < entry.count:
            self.paths[entry.index] = content["path"]
        self.take((0, entry.index), Node(sums, worst), [entry], content["time"])
        self._forget(sum(values.nbytes for values in sums.values()))

    def _forget(self, size: int) -> None:
        """Forget small nodes where too many are kept, since shards between them do not come: they have to be read again."""
        if len(self.nodes) > max(_FEW, _MEMORY // max(size, 1)):
            key = min(self.nodes)
            del self.nodes[key]
            for index in below(key):
                del self.entries[index]
                self.paths.pop(index, None)

    def alike(self, time: NDArray[Any], sums: Arrays) -> bool:
        """Whether times and shapes are those of what was added before."""
        first = next(iter(self.nodes.values()), None)
        shapes = {name: values.shape for name, values in sums.items()}
        return first is None or (
            shapes == {name: values.shape for name, values in first.sums.items()}
            and np.array_equal(time, self.time)  # type: ignore[arg-type]
        )

    def take(self, key: Key, node: Node, entries: list[ShardEntry], time: NDArray[Any]) -> None:
        """Put a node of shards none of which was added before, and join it with what is there."""
        self.entries |= {entry.index: entry for entry in entries}
        self.time = time
        level, number = key
        while True:
            self.nodes[level, number] = node
            if level == BLOCK:
                self.keep(self, (level, number))
            beside = self.nodes.get((level, number ^ 1))
            if beside is None:
                return
            del self.nodes[level, number], self.nodes[level, number ^ 1]
            node = beside.plus(node) if number % 2 else node.plus(beside)
            level, number = level + 1, number // 2

    def root(self) -> Node:
        """The sum of all."""
        nodes, level = dict(self.nodes), 0
        while len(nodes) > 1:
            for number in sorted(number for at, number in nodes if at == level):
                node, above = nodes.pop((level, number)), (level + 1, number // 2)
                nodes[above] = nodes[above].plus(node) if above in nodes else node
            level += 1
        return next(iter(nodes.values()), Node({}, Worst()))

    def content(self) -> Arrays:
        """What `run.h5` itself holds of the layout: time, scales, sums, ``path`` where some are stored."""
        arrays = {**({} if self.time is None else {"time": self.time}), **self.root().sums}
        entries = [self.entries[index] for index in sorted(self.entries)]
        if 0 < sum(entry.paths for entry in entries) < sum(entry.count for entry in entries):
            arrays["path"] = np.concatenate([self._paths_of(entry) for entry in entries if entry.paths])
        return {
            **arrays,
            **scales_of(measure({name: values.shape for name, values in arrays.items()}, False)),
        }

    def _paths_of(self, entry: ShardEntry) -> NDArray[Any]:
        """Identities of the stored paths of a shard."""
        return self.paths.get(entry.index, np.arange(entry.first, entry.first + entry.count))
