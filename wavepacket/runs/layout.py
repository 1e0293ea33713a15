"""What the files of a run contain: names, types, dimensions, units. Data only; nothing here touches a file.

A dimension carries the path of the dataset that is its scale. Signs of the applied electric field are in the
order +1, -1; the last valley bin, labelled -1, holds what belongs to no valley.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from wavepacket.errors import Status
from wavepacket.runs.fields import BINS, Field, of_cells, of_groups

FORMAT_VERSION = 2
"""Of new runs. From 2 on chunks of components across the crystal may lack; a run keeps the version that it began with."""

CONFIG = "config.yaml"
RESOLVED = "resolved.yaml"
DESCRIPTION = "run.json"
INDEX = "run.h5"
JOURNAL = "journal.jsonl"
LOCK = ".lock"
SHARDS = "shards"
PARTIAL = "sums"
SWEEP = "sweep.json"  # of a folder whose runs are points of a sweep

CHUNK_BYTES = 600_000

MANY = 512
"""A run of more shards is opened by the names of its shards alone, and `run.h5` does not join them for other tools: HDF5
keeps all joined files open at once, and shows NaN in silence for those beyond what a process may open, often 1024."""


_ENDINGS = ", ".join(f"{status.value} {status.name.lower().replace('_', ' ')}" for status in Status)


def _scalars() -> Iterator[Field]:
    """Yield the datasets with one number per trajectory."""
    per_trajectory = ("trajectory",)
    for name, dtype, units, long_name in (
        ("trajectory", "<i8", "1", "identity of the trajectory"),
        ("weight", "<f8", "1{per}", "number of states that the trajectory stands for"),
        ("band", "<i4", "1", "band index, 0 is the lowest"),
        ("valley", "<i4", "1", "index into valley_names at the start, -1 for none"),
        ("replica", "<i4", "1", "independent replica of the starting points"),
        ("electric_sign", "|i1", "1", "sign of the applied electric field"),
        ("status", "<i4", "1", f"how the trajectory ended: {_ENDINGS}"),
        ("diagnostics/minimum_density_of_states_factor", "<f8", "1", "smallest density-of-states factor met"),
        ("diagnostics/maximum_density_of_states_factor", "<f8", "1", "largest density-of-states factor met"),
        ("diagnostics/minimum_gap", "<f8", "eV", "smallest gap to a neighbouring band met"),
        (
            "diagnostics/energy_drift",
            "<f8",
            "eV",
            "largest change of the conserved energy, NaN where none is conserved",
        ),
        ("diagnostics/interband_mixing", "<f8", "1", "largest interband mixing at the ends of steps"),
        ("diagnostics/steps", "<i8", "1", "integration steps taken"),
    ):
        yield Field(name, dtype, per_trajectory, units, long_name)


_PATHS = ("path", "time", "axis")
_FROM_TO = ("sums/sign", "sums/replica", "sums/emitter", "sums/contact")


FIELDS: dict[str, Field] = {
    field.name: field
    for field in (
        *_scalars(),
        Field(
            "diagnostics/contact",
            "<i4",
            ("trajectory",),
            "1",
            "contact that it ended at, -1 for none",
            required=False,
        ),
        Field(
            "diagnostics/contact_time",
            "<f8",
            ("trajectory",),
            "fs",
            "when it ended at a contact",
            required=False,
        ),
        Field(
            "diagnostics/reflections", "<i8", ("trajectory",), "1", "reflections from walls", required=False
        ),
        Field("time", "<f8", ("time",), "fs", "time"),
        Field("axis", "|S1", ("axis",), "", "Cartesian axis"),
        Field("path", "<i8", ("path",), "1", "identity of a trajectory whose path is stored", required=False),
        Field("position", "<f8", _PATHS, "angstrom", "position of the wavepacket centre", required=False),
        Field(
            "wavevector", "<f8", _PATHS, "1/angstrom", "gauge-invariant wavevector, unfolded", required=False
        ),
        Field("sums/sign", "|i1", ("sums/sign",), "1", "sign of the applied electric field", required=False),
        Field("sums/replica", "<i4", ("sums/replica",), "1", "independent replica", required=False),
        Field(
            "sums/valley",
            "<i4",
            ("sums/valley",),
            "1",
            "index into valley_names, -1 for none",
            required=False,
        ),
        Field(
            "sums/current",
            "<f8",
            (*BINS, "axis"),
            "angstrom/fs{per}",
            "sum of weight times velocity, carrier charge not included",
            required=False,
        ),
        Field(
            "sums/displacement",
            "<f8",
            (*BINS, "axis"),
            "angstrom{per}",
            "sum of weight times displacement since the start",
            required=False,
        ),
        Field("sums/population", "<f8", BINS, "1{per}", "sum of weight", required=False),
        Field(
            "sums/occupation",
            "<f8",
            BINS,
            "1{per}",
            "sum of weight by the valley nearest at the time instead of at the start",
            required=False,
        ),
        Field(
            "sums/emitter", "<i4", ("sums/emitter",), "1", "contact that packets come from", required=False
        ),
        Field(
            "sums/contact",
            "<i4",
            ("sums/contact",),
            "1",
            "contact that they end at, -1 for none",
            required=False,
        ),
        Field("sums/transmission", "<f8", _FROM_TO, "1{per}", "sum of weight by contacts", required=False),
        Field("sums/quantity", "<i4", ("sums/quantity",), "1", "row of storage/transport.py", required=False),
        Field(
            "sums/transport",
            "<f8",
            ("sums/sign", "sums/replica", "sums/valley", "sums/quantity", "axis"),
            "",
            "weighted sums over free flights, rows as in storage/transport.py",
            required=False,
        ),
        *of_groups(),
        *of_cells(),
    )
}
"""Every dataset that a shard may hold, by name."""

MADE = (
    "axis", "sums/sign", "sums/replica", "sums/valley", "sums/emitter", "sums/contact", "sums/quantity",
    "diagnostics/component", "sums/value", "sums/cell_x", "sums/cell_y", "sums/corner_x", "sums/corner_y",
)  # fmt: skip
"""Scales that follow from the shapes and are written without being handed over."""

SUMS = (
    "sums/current", "sums/displacement", "sums/population", "sums/occupation", "sums/transmission", "sums/transport",
    "sums/spin", "sums/spin_current", "sums/spin_displacement", "sums/polarised",
    "sums/value_population", "sums/value_current", "sums/value_displacement",
    *(field.name for field in of_cells() if field.dtype == "<f8"),
)  # fmt: skip
VECTORS = ("position", "wavevector")
SPIN_SUMS = SUMS[6:10]
"""Those of packets in a group of bands whose spin is known."""
VALUE_SUMS = SUMS[10:13]
"""Those of packets whose sums are resolved by the value of the spin."""
CELL_SUMS = SUMS[13:]
"""Those of a run with ``local``."""
PATH_FIELDS = ("path", *VECTORS)
TRAJECTORY_FIELDS = tuple(field.name for field in FIELDS.values() if field.dims == ("trajectory",))
GROUPS = frozenset(name.split("/")[0] for name in FIELDS if "/" in name)

_SHARD_NAME = re.compile(r"(\d{6}|[1-9]\d{6,8})\.h5")


def shard_name(index: int) -> str:
    """Return the file name of a shard, ``000042.h5``."""
    return f"{index:06d}.h5"


def shard_path(folder: Path, index: int) -> Path:
    """Return where a shard of a run lies."""
    return folder / SHARDS / shard_name(index)


def shard_index(name: str) -> int | None:
    """Return the number of a shard from its file name, None for any other file."""
    match = _SHARD_NAME.fullmatch(name)
    return int(match[1]) if match else None


def dims_of(field: Field, paths_of_all: bool) -> tuple[str, ...]:
    """Return the scales of a dataset; where all paths are stored they lie along ``trajectory``."""
    return tuple("trajectory" if paths_of_all and dim == "path" else dim for dim in field.dims)


def measure(shapes: Mapping[str, tuple[int, ...]], paths_of_all: bool) -> dict[str, int]:
    """Return the size of every dimension, or raise ValueError where shapes contradict the layout.

    Parameters
    ----------
    shapes : shape of each dataset by name
    paths_of_all : whether paths lie along ``trajectory`` instead of ``path``
    """
    sizes = {"axis": 3, "sums/sign": 2}
    for name, shape in shapes.items():
        dims = dims_of(FIELDS[name], paths_of_all)
        if len(shape) != len(dims):
            raise ValueError(f"{name} has {len(shape)} axes instead of {len(dims)}")
        for dim, size in zip(dims, shape, strict=True):
            if sizes.setdefault(dim, max(size, 1)) != size:
                raise ValueError(f"{name} has {size} along {dim} instead of {sizes[dim]}")
    return sizes


def chunk_shape(shape: tuple[int, ...], itemsize: int, *, apart: bool = False) -> tuple[int, ...]:
    """Return chunks of about `CHUNK_BYTES` that cut the slowest axes first, so that trajectories stay whole.

    Parameters
    ----------
    apart : give each place of the last axis chunks of its own

    >>> chunk_shape((4096, 201, 3), 8), chunk_shape((4096, 201, 3), 8, apart=True)
    ((121, 201, 3), (342, 201, 1))
    """
    if apart:
        return (*chunk_shape(shape[:-1], itemsize), 1)
    chunk = list(shape)
    for axis, size in enumerate(shape):
        inner = itemsize
        for other in shape[axis + 1 :]:
            inner *= other
        rows = max(1, CHUNK_BYTES // inner)
        # Equal parts: the last chunk is stored in full, so a short one would be padding.
        chunk[axis] = -(-size // -(-size // rows))
        if inner <= CHUNK_BYTES:
            break
    return tuple(chunk)
