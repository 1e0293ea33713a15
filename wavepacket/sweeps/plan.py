"""What a sweep is to do: its axes, kept in the folder so that it can go on, and whether a point is what they say."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import islice, product
from pathlib import Path
from typing import Any

from wavepacket.config import CARRIERS, Config, LibraryModel, load_config
from wavepacket.config.files import contents, placed
from wavepacket.config.scan import VALUES_LIMIT, Axis
from wavepacket.errors import InputError
from wavepacket.hamiltonians import as_data, builder_of, resolved
from wavepacket.runs.description import TEXT_LIMIT, digest_of_record, read_text
from wavepacket.runs.durable import publish, read_small, shown
from wavepacket.runs.layout import RESOLVED, SWEEP
from wavepacket.scripts import OWN, digest_of_script

__all__ = [
    "SWEEP",
    "DamagedPlan",
    "Plan",
    "foreign",
    "is_sweep",
    "read_plan",
    "with_last_resort",
    "write_plan",
]

CONFIG = "config.yaml"
POINTS = "points"
FORMAT_VERSION = 1

_SIZE_LIMIT = 2**24
_RESTORED = "the same `wavepacket sweep` with the original config puts it back"
_ANEW = "or begin anew by `wavepacket sweep` with --overwrite"


class DamagedPlan(InputError):
    """A plan that is not what was written."""


@dataclass(frozen=True)
class Plan:
    """Axes of a sweep, the last one fastest, and the overrides that all points share.

    ``config_sha256`` is the digest of the config in its folder, empty in sweeps of versions that did not note it; ``loaded``
    are path and digest of the scripts that its points need.
    """

    axes: tuple[Axis, ...]
    overrides: tuple[str, ...] = ()
    config_sha256: str = field(default="", compare=False)
    loaded: Mapping[str, str] = field(default_factory=dict, compare=False)

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
        """Return the config of one point, from the text kept in the folder, after comparing it with its digest."""
        self.check_config(folder)
        self.check_scripts(folder)
        return load_config(folder / CONFIG, self.overrides_of(index), large=True)

    def check_scripts(self, folder: Path) -> None:
        """Raise InputError, with the cure, unless the scripts that points need are here, as they were at the start."""
        for file, digest in self.loaded.items():
            present = digest_of_script(file)
            if not present:
                raise InputError(
                    f"{shown(folder)}: its points need what {file} registers: give that file by --load, or import it"
                )
            if present != digest:
                raise InputError(
                    f"{shown(folder)}: {file} was changed after the sweep began: give the old file by --load, or begin "
                    "another sweep in a new folder with -o"
                )

    def lacks_parts(self, folder: Path) -> bool:
        """Whether points have own parts that this process does not know, so that only their runs say what they are."""
        self.check_config(folder)
        try:
            self.check_scripts(folder)
        except InputError:
            return True
        try:
            model = load_config(folder / CONFIG, self.overrides_of(0), large=True).model
            if isinstance(model, LibraryModel):
                builder_of(model.name)
        except InputError as error:
            return OWN in str(error)
        return False

    def check_config(self, folder: Path) -> None:
        """Raise InputError, with the cure, unless the config in the folder is the one that the sweep began with.

        Of a sweep without digests only that it is there is known.
        """
        path = folder / CONFIG
        try:
            if self.config_sha256:
                read_text(path, self.config_sha256)
                return
            if read_small(path, TEXT_LIMIT).strip():
                return
        except InputError:
            pass
        cure = _RESTORED if self.config_sha256 else "put the original back"
        raise InputError(f"{shown(path)}: is lost or was changed after the sweep began; {cure}, {_ANEW}")

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
        "config_sha256": plan.config_sha256,
        **({"loaded": dict(plan.loaded)} if plan.loaded else {}),
    }
    publish(folder / SWEEP, [json.dumps({**record, "check": digest_of_record(record)}, indent=1).encode()])


def read_plan(folder: Path) -> Plan:
    """Return the plan of a sweep.

    Raises
    ------
    InputError : there is none, or it cannot be read
    """
    path = folder / SWEEP
    if not path.is_file():
        raise InputError(f"{folder}: holds no sweep (no {SWEEP})")
    try:
        return _plan_of(json.loads(read_small(path, _SIZE_LIMIT)))
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise DamagedPlan(f"{shown(path)}: is damaged; {_RESTORED}, {_ANEW}") from error


def _plan_of(record: dict[str, Any]) -> Plan:
    """Return the plan that a record states; one without digests is of an older version."""
    if record["format_version"] != FORMAT_VERSION:
        raise InputError(f"{SWEEP}: format version {record['format_version']!r} is not known")
    noted = record.pop("check", None)
    if (noted or "config_sha256" in record) and noted != digest_of_record(record):
        raise ValueError("its content is not what was written")
    axes = tuple(Axis(str(axis["path"]), tuple(map(str, axis["values"]))) for axis in record["axes"])
    loaded = {str(file): str(digest) for file, digest in record.get("loaded", {}).items()}
    return Plan(axes, tuple(map(str, record["overrides"])), str(record.get("config_sha256", "")), loaded)


def foreign(here: Path, config: Config) -> str:
    """Say in what a run differs from the config of its point, but for how far an uncertainty made it grow; else empty.

    Raises
    ------
    InputError : its resolved config cannot be read
    """
    made = placed(resolved(as_data(config)), here)
    stored, wanted = _said(load_config(here / RESOLVED, large=True)), _said(made)
    _forgive_choices(stored, wanted)
    keys = sorted(key for key in {*stored, *wanted} if stored.get(key) != wanted.get(key))
    own = {name: content for name, content in contents(made, here).items() if (here / name).exists()}
    keys += [name for name, content in own.items() if (here / name).read_bytes() != content]
    if not keys:
        return ""
    return with_last_resort(
        f"{shown(here)}: was run with another config than its sweep has ({', '.join(keys)})", here
    )


def _forgive_choices(stored: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Let what a run found itself count as what its config says: valleys and bands for ``auto``, and times of collisions."""
    _forgive_times(stored["scattering"] or {}, wanted["scattering"] or {})
    if wanted["valleys"] == "auto":
        stored["valleys"] = "auto"
    if (wanted["ensemble"] or {}).get("valley") == "auto":
        stored["ensemble"] |= {key: wanted["ensemble"][key] for key in ("valley", "center", "coordinates")}
    band, asked = stored["band"], wanted["band"]
    if band["each"] is not None and isinstance(asked["each"], str):
        stored["band"] = band | {key: asked[key] for key in ("index", "each", "others")}
    elif band["each"] is not None and asked["each"] is not None and asked["others"] is None:
        stored["band"] = band | {"others": None}  # its default was filled in
    if asked["group"] != "auto" or asked["index"] not in (band["group"] or (band["index"],)):
        return
    if band["group"] is None:
        stored["internal"] = wanted["internal"]  # has no effect on one band
    stored["band"] = band | {key: asked[key] for key in ("index", "group", "source", "grid")}


def _forgive_times(stored: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Bands that a run named in place of carriers, and the ways back that it added between populations."""
    own, found = wanted.get("bands") or {}, stored.get("bands") or {}
    carriers = [own[name] for name in CARRIERS if name in own]
    if own and all(times in ([own[name]] if name in own else carriers) for name, times in found.items()):
        stored["bands"] = own
    asked, told = wanted.get("between") or {}, stored.get("between") or {}
    if asked and all(told.get(start, {}).items() >= ends.items() for start, ends in asked.items()):
        stored["between"] = asked


def with_last_resort(error: object, here: Path) -> str:
    """A sentence on a point that cannot be used, with what always helps."""
    return f"{error}; put the original back, or delete {shown(here)}: `wavepacket resume` then runs this point anew"


def _said(config: Config) -> dict[str, Any]:
    """Sections of a config as plain values."""
    said = config.model_dump()
    if file := said["model"].get("file"):
        said["model"]["file"] = Path(file).name  # of one file, whatever the folder that a path begins at
    if (said["ensemble"] or {}).get("uncertainty") is not None:
        said["ensemble"] |= {"number": None, "grid": None}  # they grew
    return said
