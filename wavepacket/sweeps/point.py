"""A point of a sweep beside what its sweep says that it is."""

from pathlib import Path
from typing import Any

from wavepacket.config import Config, load_config
from wavepacket.hamiltonians import as_data, resolved
from wavepacket.runs.durable import shown
from wavepacket.runs.layout import RESOLVED

__all__ = ["foreign", "with_last_resort"]


def foreign(here: Path, config: Config) -> str:
    """Say in what a run differs from the config of its point, but for how far an uncertainty made it grow; else empty.

    Raises
    ------
    InputError : its resolved config cannot be read
    """
    found, wanted = _said(load_config(here / RESOLVED, large=True)), _said(resolved(as_data(config)))
    keys = sorted(key for key in {*found, *wanted} if found.get(key) != wanted.get(key))
    if not keys:
        return ""
    return with_last_resort(
        f"{shown(here)}: was run with another config than its sweep has ({', '.join(keys)})", here
    )


def with_last_resort(error: object, here: Path) -> str:
    """A sentence on a point that cannot be used, with what always helps."""
    return f"{error}; put the original back, or delete {shown(here)}: `wavepacket resume` then runs this point anew"


def _said(config: Config) -> dict[str, Any]:
    """What a config says, by section."""
    said = config.model_dump()
    if file := said["model"].get("file"):
        said["model"]["file"] = Path(file).name  # of one file, whatever the folder that a path begins at
    if (said["ensemble"] or {}).get("uncertainty") is not None:
        said["ensemble"] |= {"number": None, "grid": None}  # they grew
    return said
