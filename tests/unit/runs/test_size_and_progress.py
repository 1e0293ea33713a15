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
from click.testing import CliRunner

from wavepacket.cli.validate import validate
from wavepacket.config import config_from_mapping
from wavepacket.errors import InputError
from wavepacket.runs import hold_run, machine, run_progress, write_shard
from wavepacket.runs.machine import occupied, refuse_full_disk
from wavepacket.runs.size import PROGRAM, in_words
from wavepacket.simulation import build_problem, resume, run
from wavepacket.simulation.layout import layout_of
from wavepacket.simulation.preflight import Estimate, estimate, extent
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
        ({"kind": "packets", "wavevectors": [[0.1, 0.1]] * 9, "positions": [[0, 0, -0.0]] * 9}, 2001, "all"),
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
    expected = extent(problem, layout_of(problem)).disk
    run(config, tmp_path / "run")
    taken = occupied(tmp_path / "run")
    # Names and bookkeeping of HDF5 are known on the average only: some kilobytes a file.
    assert abs(expected - taken) < 0.02 * taken + 50_000


def test_the_last_packet_that_starts_beside_its_layer_is_seen() -> None:
    """By all that store three components of its shard."""
    places = [[0.0, 0.0, 0.0]] * 1500
    for height, components in ((0.0, 2), (-0.0, 3), (1.0, 3)):
        ensemble = {
            "kind": "packets",
            "wavevectors": [[0.1, 0.1]] * 1501,
            "positions": [*places, [0, 0, height]],
        }
        mapping = {"name": "x", "model": {"name": "haldane"}, "band": 0, "ensemble": ensemble}
        problem = build_problem(config_from_mapping({**mapping, "time": {"end": 20.0, "saves": 2}}))
        assert extent(problem, layout_of(problem)).components == (components, 2)


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
if sys.argv[4] == "replicas":
    mapping["ensemble"] = {"kind": "zone", "number": grid * grid, "replicas": 500}
run(config_from_mapping(mapping), sys.argv[5], threads=2, report=lambda text: print(text))
# Not ru_maxrss, which begins with what the parent process had.
status = open("/proc/self/status").read().splitlines()
print(1024 * next(int(line.split()[1]) for line in status if line.startswith("VmHWM")))
"""


@pytest.mark.parametrize(
    ("grid", "saves", "paths", "collisions"),
    [
        pytest.param(4, 2, "all", "", marks=pytest.mark.full),
        (128, 101, "all", ""),
        pytest.param(64, 2001, "0", "", marks=pytest.mark.full),
        (128, 101, "20", "collisions"),
        pytest.param(40, 301, "all", "replicas", marks=pytest.mark.full),
    ],
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
    assert 0.8 * int(taken) < expected < 1.2 * int(taken), told


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
    cut = layout_of(large)
    assert estimate(small, layout_of(small), 1).seconds is None
    alone, shared = estimate(large, cut, 1), estimate(large, cut, 8, workers=2)
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


def _large(saves: int, **sections: Any) -> dict[str, Any]:
    return {
        "name": "large",
        "model": {"name": "haldane"},
        "band": 0,
        "ensemble": {"kind": "filled_band", "grid": [40, 40]},
        "time": {"end": 20.0, "saves": saves},
    } | sections


def test_a_run_that_needs_more_memory_than_there_is_does_not_begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the numbers and a cure, and nothing on the disk; resuming it says the same."""
    config = config_from_mapping(_large(51))
    run(config, tmp_path / "fine")
    (tmp_path / "fine" / "run.h5").unlink()
    monkeypatch.setattr("wavepacket.simulation.preflight.memory_limit", lambda: 10_000_000)
    with pytest.raises(
        InputError, match=r"needs about \S+ [MG]B of memory and there are 10 MB: take fewer saves"
    ):
        run(config, tmp_path / "run")
    assert not (tmp_path / "run").exists()
    with pytest.raises(InputError, match="fewer workers with -j"):
        run(config, tmp_path / "run", workers=2)
    with pytest.raises(InputError, match="of memory and there are 10 MB"):
        resume(tmp_path / "fine")


@pytest.mark.parametrize(
    ("saves", "sections"),
    [
        (10**7, {}),
        (10**6, {"output": {"trajectories": 0}}),
        (10**6, {"ensemble": {"kind": "zone", "number": 2000, "replicas": 100}}),
    ],
)
def test_files_that_could_not_be_read_again_are_refused_before(
    tmp_path: Path, saves: int, sections: dict[str, Any]
) -> None:
    """Sums by sign, replica and valley have 64 bytes a save: they alone may be larger than a file may be."""
    with pytest.raises(InputError, match=r"saves make files of .*B, .*B of it sums by replica and valley"):
        run(config_from_mapping(_large(saves, **sections)), tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_the_limit_of_files_is_the_one_of_their_readers() -> None:
    from wavepacket.runs import index, shard, size

    assert size.LARGEST_FILE == shard.SHARD_LIMIT == index.INDEX_LIMIT


def test_paths_with_many_saves_are_cut_into_files_of_their_own() -> None:
    """A task of 1024 packets with 30 000 saves each would be a file of 1.5 GB, which nothing reads."""
    made = build_problem(config_from_mapping(_large(30_000)))
    cut = layout_of(made)
    assert cut.shard == cut.task < 1024
    assert extent(made, cut).largest_file < 1 << 30
    usual = layout_of(build_problem(config_from_mapping(_large(20_000))))
    assert (usual.task, usual.shard) == (1024, 1024)


@pytest.mark.parametrize(
    "sections",
    [
        {},
        {"output": {"trajectories": 10}},
        {"ensemble": {"kind": "zone", "number": 5000, "replicas": 50}},
        {"scattering": {"relaxation_time": 5.0}},
        {"band": {"index": 0, "source": "direct"}},
    ],
    ids=["all paths", "few paths", "replicas", "collisions", "direct"],
)
def test_validate_says_what_the_run_says(tmp_path: Path, sections: dict[str, Any]) -> None:
    """The same bytes on the disk; memory but for what the program itself takes."""
    mapping = _large(301, **sections)
    file = tmp_path / "config.yaml"
    file.write_text(json.dumps(mapping))
    said = CliRunner().invoke(validate, [str(file)]).output
    made = build_problem(config_from_mapping(mapping))
    needs = extent(made, layout_of(made), available_threads())
    disk, memory = (_bytes(part) for part in said.split("about ")[1].split(";")[0].split(" on the disk, "))
    assert disk == pytest.approx(needs.disk, rel=0.01)
    assert memory - PROGRAM == pytest.approx(needs.memory, rel=0.05, abs=5e-3 * memory)


def _bytes(text: str) -> float:
    number, unit = text.split()[:2]
    return float(number) * {"kB": 1e3, "MB": 1e6, "GB": 1e9}[unit]


def test_limits_of_the_machine_and_its_control_groups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Version 2 with a limit of a group above, version 1 of memory alone; the smallest counts."""
    meminfo, membership = tmp_path / "meminfo", tmp_path / "cgroup"
    meminfo.write_text("MemTotal:       2000 kB\nMemFree:        1 kB\n")
    for name, path in (("_MACHINE", meminfo), ("_MEMBERSHIP", membership), ("_GROUPS", tmp_path / "groups")):
        monkeypatch.setattr(machine, name, path)
    assert machine.memory_limit() == 2_048_000
    inner = tmp_path / "groups" / "job" / "step"
    inner.mkdir(parents=True)
    membership.write_text("0::/job/step\n")
    (inner / "memory.max").write_text("max\n")
    assert machine.memory_limit() == 2_048_000
    (inner.parent / "memory.max").write_text("1000000\n")
    assert machine.memory_limit() == 1_000_000
    old = tmp_path / "groups" / "memory" / "job"
    old.mkdir(parents=True)
    (old / "memory.limit_in_bytes").write_text("7000\n")
    membership.write_text("5:cpu,cpuacct:/job\n4:memory:/job\n")
    assert machine.memory_limit() == 7000
