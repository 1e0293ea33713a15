"""What a run is told to take is what it takes; what it is told to have done it has done."""

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wavepacket.config import config_from_mapping
from wavepacket.errors import InputError
from wavepacket.simulation import build_problem, run
from wavepacket.simulation.layout import layout_of
from wavepacket.simulation.preflight import Estimate, estimate, extent, refuse_full_disk
from wavepacket.storage import hold_run, run_progress, write_shard
from wavepacket.storage.size import in_words
from wavepacket.threads import available_threads

Make = Callable[..., Any]


@pytest.mark.parametrize(
    ("ensemble", "saves", "paths"),
    [
        ({"kind": "filled_band", "grid": [40, 40]}, 51, "all"),
        ({"kind": "filled_band", "grid": [40, 40]}, 51, 100),
        ({"kind": "filled_band", "grid": [40, 40]}, 11, 0),
        ({"kind": "fermi_dirac", "grid": [60, 60], "chemical_potential": -3, "temperature": 900}, 201, 301),
        ({"kind": "packets", "wavevectors": [[0.1, 0.1]]}, 2001, "all"),
    ],
)
def test_the_disk_that_a_run_takes_is_known_before(
    tmp_path: Path, ensemble: dict[str, Any], saves: int, paths: object
) -> None:
    config = config_from_mapping(
        {
            "name": "size",
            "model": {"name": "haldane"},
            "band": 0,
            "ensemble": ensemble,
            "time": {"end": 20.0, "saves": saves},
            "output": {"trajectories": paths},
        }
    )
    problem = build_problem(config)
    expected = extent(problem, layout_of(problem).shard).disk
    run(config, tmp_path / "run")
    taken = sum(file.stat().st_size for file in (tmp_path / "run" / "shards").iterdir())
    # Names and bookkeeping of HDF5 are known on the average only: some kilobytes a file.
    assert abs(expected - taken) < 0.02 * taken + 15_000


_MEMORY = """
import sys
from wavepacket.config import config_from_mapping
from wavepacket.simulation import run

grid, saves, paths, scattering = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4] == "collisions"
mapping = {
    "name": "memory", "model": {"name": "haldane"}, "band": 0, "fields": {"electric": [1e-4, 0]},
    "ensemble": {"kind": "filled_band", "grid": [grid, grid]}, "time": {"end": 20.0, "saves": saves},
    "output": {"trajectories": int(paths) if paths.isdigit() else paths},
}
if scattering:
    mapping["scattering"] = {"relaxation_time": 5.0}
run(config_from_mapping(mapping), sys.argv[5], threads=2, report=lambda text: print(text))
# Not ru_maxrss, which begins with what the parent process had.
status = open("/proc/self/status").read().splitlines()
print(1024 * next(int(line.split()[1]) for line in status if line.startswith("VmHWM")))
"""


@pytest.mark.parametrize(
    ("grid", "saves", "paths", "collisions"),
    [(4, 2, "all", ""), (128, 101, "all", ""), (64, 2001, "0", ""), (128, 101, "20", "collisions")],
)
def test_the_memory_that_a_run_takes_is_known_before(
    tmp_path: Path, grid: int, saves: int, paths: str, collisions: str
) -> None:
    """Against the largest resident size of a process of its own; how threads interleave is worth some of it."""
    # Twice: compiling, where nobody has yet, takes more memory than the run.
    for name, points in (("first", 4), ("second", grid)):
        arguments = [str(points), str(saves), paths, collisions, str(tmp_path / name)]
        done = subprocess.run(
            [sys.executable, "-c", _MEMORY, *arguments], capture_output=True, text=True, check=True
        )
    *_, told, taken = done.stdout.splitlines()  # what the grid does not resolve comes before
    size, unit = told.split(", ")[-1].split()[:2]
    expected = float(size) * {"MB": 1e6, "GB": 1e9}[unit]
    assert 0.75 * int(taken) < expected < 1.4 * int(taken), told


def test_a_disk_without_room_is_refused_with_the_numbers(tmp_path: Path) -> None:
    status = os.statvfs(tmp_path)
    free = status.f_bavail * status.f_frsize
    refuse_full_disk(tmp_path / "not" / "there", 1000)
    refuse_full_disk(tmp_path, 10 * free, freed=10 * free)
    with pytest.raises(
        InputError, match=r"the run needs about .*B and the disk has .*B left; choose another disk"
    ):
        refuse_full_disk(tmp_path / "not" / "there", 10 * free)


def test_estimates_are_sentences() -> None:
    assert str(Estimate(7, 1_500_000, 250, 7200.0)) == (
        "7 trajectories: about 2 hours, 1.5 MB on the disk, 250 bytes of memory"
    )
    assert str(Estimate(7, 1_500_000, 250)) == "7 trajectories: about 1.5 MB on the disk, 250 bytes of memory"
    assert [in_words(10.0**n) for n in (0, 5, 13, 16)] == ["1 bytes", "100 kB", "10 TB", "1e+04 TB"]


def test_the_time_is_measured_on_a_few_trajectories_of_a_large_run_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On a clock that says a second more each time it is asked: 64 of 10^5 trajectories in one second, on each thread."""
    clock = itertools.count()
    monkeypatch.setattr("wavepacket.simulation.preflight.time.thread_time", lambda: float(next(clock)))
    mapping = {
        "name": "time",
        "model": {"name": "haldane"},
        "band": 0,
        "fields": {"electric": [1e-4, 0]},
        "time": {"end": 100.0, "saves": 3},
    }
    small = build_problem(config_from_mapping(mapping | {"ensemble": {"kind": "zone", "number": 100}}))
    large = build_problem(config_from_mapping(mapping | {"ensemble": {"kind": "zone", "number": 100_000}}))
    assert estimate(small, 100, 1).seconds is None
    alone, shared = estimate(large, 1000, 1), estimate(large, 1000, 8, workers=2)
    assert alone.seconds == pytest.approx(100_000 / 64)
    assert shared.seconds == pytest.approx(100_000 / 64 / 16)
    assert shared.memory > alone.memory
    assert available_threads() >= 1


def test_progress_of_a_run_from_outside(
    tmp_path: Path, new_run: Make, shard_arrays: Make, finished_run: Make
) -> None:
    folder = new_run(tmp_path / "run", provenance={"shards": "3", "trajectories": "18"})
    found = run_progress(folder)
    assert (found.state, found.owner, found.shards, found.shards_total) == ("stopped", "", 0, 3)
    assert (found.rate, found.seconds_left) == (None, None)
    for index in range(2):
        write_shard(folder, index, shard_arrays(6 * index))
        os.utime(folder / f"shards/00000{index}.h5", (1000.0 + 2 * index, 1000.0 + 2 * index))
    with hold_run(folder):
        found = run_progress(folder)
        assert found.state == "running"
        assert found.owner.startswith(f"process {os.getpid()} on ")
        assert (found.trajectories, found.trajectories_total) == (12, 18)
        assert found.rate == pytest.approx(3.0)
        assert found.seconds_left == pytest.approx(2.0)
    (folder / ".lock").write_text(
        json.dumps({"process": 2**22 + 1, "host": os.uname().nodename, "boot": "old"})
    )
    assert run_progress(folder).state == "stopped"
    done = run_progress(finished_run(tmp_path / "done"))
    assert (done.state, done.shards, done.shards_total, done.seconds_left) == ("finished", 3, None, None)


@pytest.mark.parametrize("record", [b"", b"{", b"[1]", b"\xff" * 9000, b'{"process": "x", "host": 5}'])
def test_an_odd_lock_file_never_raises(tmp_path: Path, new_run: Make, record: bytes) -> None:
    folder = new_run(tmp_path / "run")
    (folder / ".lock").write_bytes(record)
    assert run_progress(folder).state in ("running", "stopped")
