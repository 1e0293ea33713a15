"""How the run folders beside this file were made; they are never made again, since old runs must be read for ever.

    python tests/data/make_runs.py FOLDER

``format_1`` is a run of two of three shards (the middle one as if it had failed three times) with some of the paths,
``format_1_paths`` one of a few listed packets with all of them, ``format_2`` the same in the format that leaves out
components across a layer. ``format_0`` is artificial: there never was such a
format, and it serves to test the way from an older format to the present one. ``expected.json`` holds digests of what
must come out of reading, bit for bit.
"""

import hashlib
import importlib
import json
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from wavepacket.config import config_from_mapping
from wavepacket.runs import StoredRun, open_run, size
from wavepacket.simulation.local import Failure

COMMON = {
    "model": {"name": "haldane"},
    "band": 0,
    "fields": {"electric": [1e-4, 2e-4], "magnetic": [0, 0, 1.0]},
    "time": {"end": 20.0, "saves": 4},
}
RUNS = {
    "format_1": {"ensemble": {"kind": "filled_band", "grid": [4, 4]}, "output": {"trajectories": 6}},
    "format_1_paths": {"ensemble": {"kind": "packets", "wavevectors": [[0.1, 0.2], [1.0, 0.5], [-0.3, 0.0]]}},
    "format_2": {"ensemble": {"kind": "packets", "wavevectors": [[0.1, 0.2], [1.0, 0.5], [-0.3, 0.0]]}},
}


def digests(run: StoredRun) -> dict[str, str]:
    """Return digests of all numbers and texts of a run."""
    content = {f"sums/{name}": values for name, values in run.sums.items()} | run.trajectories()
    found = {name: hashlib.sha256(np.ascontiguousarray(each).tobytes()) for name, each in content.items()}
    found["resolved"] = hashlib.sha256(run.resolved_text.encode())
    return {name: each.hexdigest() for name, each in sorted(found.items())}


def make(folder: Path) -> None:
    """Make all runs."""
    runs = importlib.import_module("wavepacket.simulation.run")
    computed = runs.computed_here
    size.SHARD_BYTES, runs._TASK = 1, dict.fromkeys(runs._TASK, 12)

    def without_second(*arguments):  # type: ignore[no-untyped-def]
        for index, block in computed(*arguments):
            yield index, Failure("left out on purpose") if index == 1 else block

    runs.computed_here = without_second
    expected = {}
    for name, sections in RUNS.items():
        config = config_from_mapping({"name": name} | COMMON | sections)
        expected[name] = digests(runs.run(config, folder / name, threads=1))
    (folder / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")
    make_format_0(open_run(folder / "format_1"), folder / "format_0")


def make_format_0(run: StoredRun, folder: Path) -> None:
    """Write a run in the artificial format: one description with the texts in it, one archive of arrays a shard."""
    folder.mkdir()
    described = {
        "format_version": 0,
        "title": run.name,
        "dimension": run.dimension,
        "valleys": list(run.valley_names),
        "config": run.config_text,
        "resolved": run.resolved_text,
        "failed": list(run.quarantined),
    }
    (folder / "run.json").write_text(json.dumps(described, indent=1) + "\n")
    for entry, content in zip(run.entries, run.shards(), strict=True):
        np.savez(
            folder / f"part{entry.index}.npz",
            **{name.replace("/", "."): each for name, each in content.items()},
        )


if __name__ == "__main__":
    make(Path(sys.argv[1]))
