"""Memory and disk that a run takes, estimated before anything is computed."""

from dataclasses import dataclass

import numpy as np

from wavepacket.errors import InputError
from wavepacket.runs.fields import Field
from wavepacket.runs.layout import CELL_SUMS, FIELDS, MANY, PATH_FIELDS, SUMS, VECTORS, chunk_shape, dims_of
from wavepacket.runs.transport import AT_ENERGIES, ORDERS, SPIN_ROWS, WEIGHTS
from wavepacket.runs.transport import ROWS as TRANSPORT_ROWS

SHARD_BYTES = 40_000_000
TASKS = {"two_band": 1024, "texture": 512, "table": 512, "hybrid": 512, "direct": 32, "texture_direct": 32}
"""Trajectories that one thread integrates together, by the kind of the band, or where flights of all are begun together."""
LARGEST_TASK = max(TASKS.values())
_MOST = 1 << 16  # trajectories in a shard
PROGRAM = 250_000_000
"""Bytes of memory that the program takes itself, before anything is computed."""
_FRAME = 1500  # bytes of names, units and bookkeeping for each dataset, measured
_CHECKSUM = 4
_SHARDS = 4  # in memory at once: two being computed, two being written
_VIRTUAL = 3000  # bytes in run.h5 for each shard: its parts of the joined datasets and its row of the table
_ROW = 200  # bytes of a row of the table
LARGEST_FILE = 1 << 30  # a larger shard would be refused when it is read
_LARGEST_PATHS = LARGEST_FILE // 2  # of a piece of work whose paths would not fit into a file
_ONE_GROUP = 32  # packets that are integrated more precisely, all together; of more packets there are groups


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
    task : trajectories of a piece of work, which has sums of its own
    kept_sums : names of the sums that a shard keeps
    text : bytes of the config with every default filled in
    signs : signs of E that packets run with, 1 or 2
    components : how many of a position and of a wavevector are stored: 3, or without those across the crystal
    cells : along x and y, of a run with ``local``
    internal : real numbers of an internal state that is stored at every save, 0 if none is; None for packets in one band
    values : of the spin by which sums are resolved
    heat : whether sums over flights are there with the weights of heat, too
    spin : whether they are there of what packets carry of spin
    energies : at which populations exchange packets
    """

    trajectories: int
    paths: int
    saves: int
    replicas: int
    valleys: int
    shard: int
    fullest: int
    together: int = LARGEST_TASK
    task: int = LARGEST_TASK
    kept_sums: tuple[str, ...] = SUMS[:5]
    text: int = 0
    signs: int = 2
    components: tuple[int, int] = (3, 3)
    cells: tuple[int, int] = (0, 0)
    internal: int | None = None
    values: int = 0
    heat: bool = False
    spin: bool = False
    energies: int = 0

    @property
    def disk(self) -> int:
        """Bytes of the run folder."""
        whole, rest = divmod(self.trajectories, self.shard)
        counts = [self.shard] * min(whole, 1) + [rest] * (rest > 0)
        sizes = [self._shard_bytes(count) for count in counts]
        shards = sum(sizes) + (whole - 1) * sizes[0] if whole > 1 else sum(sizes)
        number = whole + (rest > 0)
        table = (_VIRTUAL if number <= MANY else _ROW) * number + 8 * self.paths * (
            self.paths < self.trajectories
        )
        groups = 1 if self.trajectories // self.signs <= _ONE_GROUP else 4
        return (
            shards
            + self.sums * (1 + number // 256)
            + groups * (self.sums - self._in_cells) // self.replicas
            + table
            + 4 * self.text
        )

    @property
    def largest_file(self) -> int:
        """Bytes of the largest shard."""
        count = min(self.shard, self.trajectories)
        more = max(0, self.fullest - self._paths_of(count))
        return self._shard_bytes(count) + 8 * sum(self.components) * self.saves * more

    @property
    def sums(self) -> int:
        """Bytes of the sums of a shard, which are those of the whole run, too."""
        return sum(
            int(np.prod(self._shape(field, 0, 0))) * 8 for field in FIELDS.values() if self._is_summed(field)
        )

    @property
    def _in_cells(self) -> int:
        """Bytes of those sums that are made of whole shards."""
        names = [name for name in CELL_SUMS if name in self.kept_sums]
        return sum(8 * int(np.prod(self._shape(FIELDS[name], 0, 0))) for name in names)

    def _is_summed(self, field: Field) -> bool:
        if field.name == "sums/occupation" and self.valleys == 0:
            return False
        return field.name in self.kept_sums

    def _paths_of(self, count: int) -> int:
        return -(-count * self.paths // self.trajectories)

    def _shape(self, field: Field, count: int, paths: int) -> tuple[int, ...]:
        quantities = TRANSPORT_ROWS * (WEIGHTS if self.heat else 1) + 2 * self.valleys
        quantities += SPIN_ROWS * self.spin + AT_ENERGIES * self.energies * (ORDERS if self.heat else 1)
        sizes = {
            "trajectory": count, "path": paths, "time": self.saves, "axis": 3, "sums/sign": 2,
            "sums/replica": self.replicas, "sums/valley": self.valleys + 1, "sums/quantity": quantities,
            "diagnostics/component": self.internal or 0, "sums/value": self.values,
        } | {
            f"sums/{place}_{axis}": n + (place == "corner" and n > 1)
            for place in ("cell", "corner") for axis, n in zip("xy", self.cells, strict=True)
        }  # fmt: skip
        return tuple(sizes.get(dim, 1) for dim in dims_of(field, paths == count))

    def _shard_bytes(self, count: int) -> int:
        paths = self._paths_of(count)
        total = 0
        for field in FIELDS.values():
            if field.name in PATH_FIELDS and (paths == 0 or (field.name == "path" and paths == count)):
                continue
            if field.name in SUMS and not self._is_summed(field):
                continue
            if field.name.startswith("diagnostics/state_") and self.internal is None:
                continue
            if "diagnostics/component" in field.dims and not self.internal:
                continue
            if field.name.startswith(("sums/cell_", "sums/corner_")) and self.cells == (0, 0):
                continue
            if field.name == "sums/value" and not self.values:
                continue
            if field.name == "sums/quantity" and "sums/transport" not in self.kept_sums:
                continue
            shape = self._shape(field, count, paths)
            item, apart = np.dtype(field.dtype).itemsize, field.name in VECTORS and min(self.components) < 3
            if apart:
                shape = (*shape[:-1], self.components[VECTORS.index(field.name)])
            chunk = chunk_shape(shape, item, apart=apart)
            chunks = int(np.prod([-(-size // length) for size, length in zip(shape, chunk, strict=True)]))
            total += chunks * (int(np.prod(chunk)) * item + _CHECKSUM) + _FRAME
        return total

    @property
    def memory(self) -> int:
        """Bytes of arrays that are held at once by one process, beyond the program itself."""
        kept = 48 * self.saves * min(self.paths, _SHARDS * self.fullest)
        passing = 48 * self.saves * min(self.together, self.trajectories) * (self.paths < self.trajectories)
        kept += 8 * (self.internal or 0) * self.saves * min(self.trajectories, _SHARDS * self.shard)
        return kept + 150 * min(self.trajectories, _SHARDS * self.shard) + passing + self._sums_in_memory

    @property
    def _sums_in_memory(self) -> int:
        """Of each piece of work in two shards those bins that it can reach; then whole ones, of shards and of the run."""
        shards = -(-self.trajectories // self.shard)
        pieces = -(-min(self.trajectories, 2 * self.shard) // self.task)
        reached = (self.sums - self._in_cells) * self.signs * max(self.valleys, 1) // (2 * (self.valleys + 1))
        # Of the run as many as there may be nodes of a tree.
        whole = min(shards, _SHARDS) + shards.bit_length() if shards > 1 or pieces > 1 else 0
        return pieces * reached + whole * self.sums

    def check(self) -> None:
        """Raise InputError where a shard, or what is kept of the whole run, is larger than a file may be."""
        largest = max(self.largest_file, self.sums + 2 * self.text)
        if largest > LARGEST_FILE:
            raise InputError(
                f"{self.saves} saves make files of {in_words(largest)}, {in_words(self.sums)} of it sums by replica and "
                f"valley; {in_words(LARGEST_FILE)} is the most: take fewer saves"
            )


def task_length(saves: int, task: int) -> int:
    """Return the number of trajectories that are integrated together: fewer where their paths would not fit into a file."""
    return task if 48 * saves * task <= LARGEST_FILE else max(1, _LARGEST_PATHS // (48 * saves))


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
