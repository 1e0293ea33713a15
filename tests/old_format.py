"""The artificial format 0 of ``data/make_runs.py`` and its reader, as an older format would have one."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from wavepacket.runs import OldRun
from wavepacket.runs.shard import Arrays

FOLDER = Path(__file__).parent / "data" / "format_0"


def read_format_0(folder: Path) -> OldRun:
    """Read a run of it."""
    described = json.loads((folder / "run.json").read_text())
    return OldRun(
        name=described["title"],
        dimension=described["dimension"],
        valley_names=tuple(described["valleys"]),
        provenance={},
        config_text=described["config"].encode(),
        resolved_text=described["resolved"],
        shards=_shards(folder),
        quarantined=tuple(described["failed"]),
    )


def _shards(folder: Path) -> Iterator[tuple[int, Arrays]]:
    for part in sorted(folder.glob("part*.npz")):
        with np.load(part, allow_pickle=False) as archive:
            arrays = {name.replace(".", "/"): archive[name] for name in archive.files}
            yield int(part.stem.removeprefix("part")), arrays
