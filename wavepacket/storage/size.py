"""How much room a run takes, from numbers alone, before anything is computed."""

from dataclasses import dataclass

import numpy as np

from wavepacket.storage.layout import FIELDS, PATH_FIELDS, chunk_shape, dims_of

SHARD_BYTES = 40_000_000
LARGEST_TASK = 1024  # trajectories that one thread integrates together
_MOST = 1 << 16  # trajectories in a shard
_FRAME = 1500  # bytes of names, units and bookkeeping for each dataset, measured
_CHECKSUM = 4
_SHARDS = 4  # in memory at once: two being computed, two being written


@dataclass(frozen=True)
class Extent:
    """What the size of a run follows from.

    Parameters
    ----------
    trajectories : all of them, counted twice where E is also reversed
    paths : those whose whole path is stored
    saves : times at which each is saved
    replicas, valleys : bins of the sums
    shard : trajectories in a shard
    fullest : paths that are stored in the shard that has most of them
    together : trajectories that are integrated at once, each with its whole path
    """

    trajectories: int
    paths: int
    saves: int
    replicas: int
    valleys: int
    shard: int
    fullest: int
    together: int = LARGEST_TASK

    @property
    def disk(self) -> int:
        """Bytes of the run folder."""
        whole, rest = divmod(self.trajectories, self.shard)
        counts = [self.shard] * min(whole, 1) + [rest] * (rest > 0)
        sizes = [self._shard_bytes(count) for count in counts]
        return sum(sizes) + (whole - 1) * sizes[0] if whole > 1 else sum(sizes)

    def _shard_bytes(self, count: int) -> int:
        paths = -(-count * self.paths // self.trajectories)
        sizes = {
            "trajectory": count, "path": paths, "time": self.saves, "axis": 3,
            "sums/sign": 2, "sums/replica": self.replicas, "sums/valley": self.valleys + 1,
        }  # fmt: skip
        total = 0
        for field in FIELDS.values():
            if field.name in PATH_FIELDS and (paths == 0 or (field.name == "path" and paths == count)):
                continue
            shape = tuple(sizes.get(dim, 1) for dim in dims_of(field, paths == count))
            item = np.dtype(field.dtype).itemsize
            chunk = chunk_shape(shape, item)
            chunks = int(np.prod([-(-size // length) for size, length in zip(shape, chunk, strict=True)]))
            total += chunks * (int(np.prod(chunk)) * item + _CHECKSUM) + _FRAME
        return total

    @property
    def memory(self) -> int:
        """Bytes of arrays that are held at once by one process, beyond the program itself."""
        kept = 48 * self.saves * min(self.paths, _SHARDS * self.fullest)
        passing = 48 * self.saves * min(self.together, self.trajectories) * (self.paths < self.trajectories)
        return kept + 150 * min(self.trajectories, _SHARDS * self.shard) + passing


def shard_length(saves: int, task: int) -> int:
    """Return the number of trajectories in a shard of about `SHARD_BYTES`: whole tasks."""
    return max(1, min(SHARD_BYTES // (48 * saves + 120), _MOST) // task) * task


def in_words(number: float) -> str:
    """Return a number of bytes as a person reads it.

    >>> in_words(123_456_789)
    '123 MB'
    """
    for unit in ("bytes", "kB", "MB", "GB"):
        if number < 1000:
            return f"{number:.3g} {unit}"
        number /= 1000
    return f"{number:.3g} TB"
