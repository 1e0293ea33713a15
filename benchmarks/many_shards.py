"""A run of very many shards with one packet in each: what each command on it takes.

``python -m benchmarks.many_shards FOLDER [--shards 100000]`` makes the run in FOLDER unless it is there, and prints a table:
seconds, those of the processor, peak memory, most open files, and how many bytes were read. One packet is computed and
written as every shard, each with its own number, by the package, which adds up their sums as they come.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from wavepacket.analysis import analyze
from wavepacket.config import config_from_mapping
from wavepacket.runs import ShardBuilder, ShardEntry, finish_run, open_run, run_progress, verify
from wavepacket.runs import size as sizes
from wavepacket.runs.journal import _line
from wavepacket.runs.layout import INDEX, JOURNAL, PARTIAL, SHARDS, shard_name, shard_path
from wavepacket.runs.partial import kept_total
from wavepacket.runs.total import BLOCK
from wavepacket.runs.worst import LIMITS
from wavepacket.simulation import build_problem, integrate, layout
from wavepacket.simulation.provenance import reload_problem, resolved_text
from wavepacket.simulation.run import begin, limits, whole
from wavepacket.simulation.shard_writer import shard_arrays

CONFIG = {
    "name": "many_shards",
    "model": {"name": "haldane"},
    "band": 0,
    "fields": {"electric": [1e-4, 0], "magnetic": [0, 0, 1.0]},
    "ensemble": {"kind": "filled_band", "field_reversal": False},
    "time": {"end": 5.0, "saves": 3},
    "integrator": {"tolerance": 1e-5},
    "output": {"trajectories": 0},
}


def config(shards: int) -> Any:
    ensemble = {"kind": "filled_band", "number": shards, "field_reversal": False}
    return config_from_mapping(CONFIG | {"ensemble": ensemble})


def one_packet_each() -> None:
    sizes.SHARD_BYTES = 1
    layout.TASKS = dict.fromkeys(layout.TASKS, 1)


def made(folder: Path, shards: int, quick: bool) -> None:
    """The folder of a run whose shards are all there, with the sums that are left of them."""
    problem = build_problem(config(shards), threads=1)
    begin(problem, folder, resolved_text(problem, folder), None)
    arrays = shard_arrays(problem, integrate(problem, 0, 1))
    builder, total = ShardBuilder(folder), kept_total(folder, limits(problem)[LIMITS])
    with (folder / JOURNAL).open("wb") as journal:
        for index in range(shards):
            if not quick or index >= shards >> BLOCK << BLOCK or not index:
                image = builder.image(index, arrays | {"trajectory": np.array([index])})
                content = b"".join(map(bytes, image.pieces))
            else:
                content = content[:-8] + index.to_bytes(8, "little")
            digest = hashlib.sha256(content).hexdigest()
            seal = f"\nwavepacket-sha256 {digest}\n".encode()
            shard_path(folder, index).write_bytes(content + seal)  # `image.write` would wait for the disk
            made = ShardEntry(index, shard_name(index), digest, index, 1, image.size, 0)
            journal.write(_line(made))
            total.add(made, arrays)
    shutil.copytree(folder / PARTIAL, folder / "kept")


def finish(folder: Path) -> None:
    """As a run that has added up nothing itself, from the sums that were left."""
    shutil.copytree(folder / "kept", folder / PARTIAL, dirs_exist_ok=True)
    problem = reload_problem(folder, 1)
    began = time.monotonic()
    finish_run(folder, arrays=whole(problem, 1))
    print(f"without the problem {time.monotonic() - began:.2f} s", file=sys.stderr)


def unfinished(folder: Path) -> None:
    """Look at the run as it was before its end."""
    index, aside = folder / INDEX, folder / "aside"
    if index.exists():
        index.rename(aside)
    run_progress(folder)
    if aside.exists():
        aside.rename(index)


STEPS: dict[str, Callable[[Path], Any]] = {
    "status before": unfinished,
    "finish": finish,
    "open": open_run,
    "analyze": analyze,
    "status": run_progress,
    "verify": verify,
}


def measured(name: str, folder: Path) -> dict[str, float]:
    """Seconds, bytes and open files of one step in this process."""
    files, ended = [0], threading.Event()

    def watch() -> None:
        while not ended.wait(0.01):
            files[0] = max(files[0], len(os.listdir("/proc/self/fd")))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    before, began, work = _read(), time.monotonic(), time.process_time()
    STEPS[name](folder)
    seconds, work = time.monotonic() - began, time.process_time() - work
    ended.set()
    watcher.join()
    status = Path("/proc/self/status").read_text().splitlines()
    peak = 1024 * next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    return {"seconds": seconds, "processor": work, "peak": peak, "files": files[0], "read": _read() - before}


def _read() -> int:
    return int(Path("/proc/self/io").read_text().split()[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--shards", type=int, default=100_000)
    parser.add_argument("--steps", nargs="+", default=list(STEPS), choices=STEPS)
    parser.add_argument(
        "--quick", action="store_true", help="sound seals alone where sums are left: not for verify"
    )
    parser.add_argument("--here", choices=STEPS)
    given = parser.parse_args()
    one_packet_each()
    if given.here:
        print(json.dumps(measured(given.here, given.folder)))
        return
    if not given.folder.exists():
        began = time.monotonic()
        made(given.folder, given.shards, given.quick)
        print(f"made in {time.monotonic() - began:.0f} s")
    shards = given.folder / SHARDS
    some = next(shards.iterdir()).stat().st_size
    print(f"{len(os.listdir(shards))} shards of {some} bytes", flush=True)
    for step in given.steps:
        command = [sys.executable, "-m", "benchmarks.many_shards", str(given.folder), "--here", step]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        found = json.loads(told.splitlines()[-1])
        print(
            f"{step:13} {found['seconds']:8.2f} s {found['processor']:8.2f} s "
            f"{found['peak'] / 1e6:8.0f} MB {found['files']:6.0f} files "
            f"{found['read'] / 1e6:10.1f} MB read",
            flush=True,
        )
    print(f"{INDEX}: {(given.folder / INDEX).stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
