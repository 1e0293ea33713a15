"""What a sweep is to do: its axes, kept in the folder so that it can go on with nothing else."""

import json
import math
from dataclasses import dataclass
from itertools import islice, product
from pathlib import Path

from wavepacket.config import Config, load_config
from wavepacket.config.scan import VALUES_LIMIT, Axis
from wavepacket.errors import InputError
from wavepacket.storage.durable import publish
from wavepacket.storage.layout import SWEEP

__all__ = ["SWEEP", "Plan", "is_sweep", "read_plan", "write_plan"]

CONFIG = "config.yaml"
POINTS = "points"
FORMAT_VERSION = 1

_SIZE_LIMIT = 2**24


@dataclass(frozen=True)
class Plan:
    """Axes of a sweep, the last one fastest, and the overrides that all points share."""

    axes: tuple[Axis, ...]
    overrides: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what is no sweep."""
        paths = [axis.path for axis in self.axes]
        if not paths:
            raise InputError(
                "a sweep needs at least one -s KEY=VALUES, such as -s fields.magnetic.z=0:10:0.5T"
            )
        twice = sorted({path for path in paths if paths.count(path) > 1})
        if twice:
            raise InputError(f"swept more than once: {', '.join(twice)}")
        if self.size > VALUES_LIMIT:
            raise InputError(f"{self.size} points; at most {VALUES_LIMIT} make one sweep")

    @property
    def size(self) -> int:
        """Number of points."""
        return math.prod(len(axis.values) for axis in self.axes)

    def settings(self, index: int) -> dict[str, str]:
        """Key → value of one point."""
        values = next(islice(product(*(axis.values for axis in self.axes)), index, None))
        return dict(zip((axis.path for axis in self.axes), values, strict=True))

    def config(self, folder: Path, index: int) -> Config:
        """Return the config of one point, from the text kept in the folder."""
        return load_config(folder / CONFIG, self.overrides_of(index), large=True)

    def overrides_of(self, index: int) -> tuple[str, ...]:
        """Return all that one point changes of the config."""
        return (*self.overrides, *(f"{path}={value}" for path, value in self.settings(index).items()))


def is_sweep(folder: Path) -> bool:
    """Whether the folder holds a sweep."""
    return (folder / SWEEP).is_file()


def write_plan(folder: Path, plan: Plan) -> None:
    """Keep a plan in its folder."""
    record = {
        "format_version": FORMAT_VERSION,
        "axes": [{"path": axis.path, "values": axis.values} for axis in plan.axes],
        "overrides": plan.overrides,
    }
    publish(folder / SWEEP, [json.dumps(record, indent=1).encode()])


def read_plan(folder: Path) -> Plan:
    """Return the plan of a sweep.

    Raises
    ------
    InputError : there is none, or it cannot be read
    """
    path = folder / SWEEP
    if not path.is_file():
        raise InputError(f"{folder}: holds no sweep (no {SWEEP})")
    if path.stat().st_size > _SIZE_LIMIT:
        raise InputError(f"{path}: larger than any sweep's plan")
    try:
        record = json.loads(path.read_bytes())
        if record["format_version"] != FORMAT_VERSION:
            raise InputError(f"{path}: format version {record['format_version']!r} is not known")
        axes = tuple(Axis(str(axis["path"]), tuple(map(str, axis["values"]))) for axis in record["axes"])
        return Plan(axes, tuple(map(str, record["overrides"])))
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise InputError(f"{path}: cannot be read: {error!r}") from error
