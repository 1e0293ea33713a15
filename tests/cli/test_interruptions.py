"""Runs that are killed or asked to stop at random moments lose nothing and end with the bytes of an unbroken run."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from tests.cli.interruption import CONFIG, ROOT, Forks, digest
from wavepacket.runs import finished_shards, hold_run
from wavepacket.runs.durable import leftovers
from wavepacket.runs.layout import shard_path


@pytest.fixture(scope="module")
def unbroken(runner, tmp_path_factory):
    """The config, the digest of its run, and the seconds that it takes once everything is warm."""
    folder = tmp_path_factory.mktemp("unbroken")
    (folder / "config.yaml").write_text(CONFIG)
    runner.timed("run", folder / "config.yaml", "-o", folder / "run", "-q")
    seconds = runner.timed("run", folder / "config.yaml", "-o", folder / "run", "-q", "--overwrite")
    assert len(finished_shards(folder / "run")) == 29
    return folder / "config.yaml", digest(folder / "run"), seconds


def finished(folder: Path) -> dict[Path, int]:
    """Return when each finished shard was written."""
    if not (folder / "run.json").exists():
        return {}
    files = [shard_path(folder, index) for index in finished_shards(folder)]
    return {file: file.stat().st_mtime_ns for file in files}


def begin_or_go_on(config: Path, folder: Path) -> tuple[object, ...]:
    """Return the command that brings a run to its end, wherever it was cut off."""
    if (folder / "run.json").exists() and (folder / "resolved.yaml").exists():
        return "resume", folder, "-q"
    overwrite = ("--overwrite",) if (folder / "run.json").exists() else ()
    return "run", config, "-o", folder, "-q", *overwrite


def interrupt(runner: Forks, config: Path, folder: Path, number: int, after: float) -> dict[str, object]:
    """Interrupt a run and see that what was finished before is still there, untouched."""
    before = finished(folder)
    result = runner.perform(*begin_or_go_on(config, folder), signal=number, after=after)
    kept = finished(folder)
    assert before.items() <= kept.items()
    return result


def test_kills_at_random_moments_lose_nothing(runner, unbroken, tmp_path, trials):
    config, expected, seconds = unbroken
    random, kills, folder = np.random.default_rng(1), 0, tmp_path / "run"
    number = trials(2, 200)
    while kills < number:
        result = interrupt(runner, config, folder, signal.SIGKILL, random.uniform(0.0, seconds))
        kills += result["code"] == -signal.SIGKILL
        assert result["code"] in (0, -signal.SIGKILL), result["output"]
        if result["code"] == 0 or kills == number:
            runner.timed(*begin_or_go_on(config, folder))
            assert digest(folder) == expected
            assert not leftovers(folder)
            assert not leftovers(folder / "shards")
            shutil.rmtree(folder)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGUSR1", pytest.param("SIGINT", marks=pytest.mark.full)])
def test_a_run_asked_to_stop_does_so_in_time_and_goes_on_later(runner, unbroken, tmp_path, trials, name):
    config, expected, seconds = unbroken
    random, stops, folder = np.random.default_rng(2), 0, tmp_path / "run"
    number = trials(2 if name == "SIGTERM" else 1, 50 if name == "SIGTERM" else 5)
    while stops < number:
        # Handlers are there from the first moment of the command on, which a fork needs a few milliseconds to reach.
        result = interrupt(
            runner, config, folder, getattr(signal, name), random.uniform(0.05, 0.05 + seconds)
        )
        assert result["code"] in (0, 75), result["output"]
        assert "Traceback" not in result["output"]
        if result["code"] == 75:
            stops += 1
            assert f"wavepacket resume {folder}" in result["output"] or "before the first" in result["output"]
            assert not leftovers(folder / "shards")
        if result["code"] == 0 or stops == number:
            runner.timed(*begin_or_go_on(config, folder))
            assert digest(folder) == expected
            shutil.rmtree(folder)


@pytest.mark.parametrize("name", ["SIGTERM", pytest.param("SIGUSR1", marks=pytest.mark.full)])
@pytest.mark.full
def test_a_sweep_asked_to_stop_does_so_and_goes_on_later(runner, tmp_path, name):
    """Stopped in its second point, whose first one stays as it is."""
    (tmp_path / "config.yaml").write_text(CONFIG.replace("[30, 30]", "[12, 12]").replace("900", "144"))
    order = (
        "sweep",
        tmp_path / "config.yaml",
        "-s",
        "fields.magnetic.z=0:3:1T",
        "-q",
        "--threads",
        "1",
        "-o",
    )
    runner.timed(*order, tmp_path / "warm")
    seconds = runner.timed(*order, tmp_path / "whole")
    folder, wanted = tmp_path / "cut", {"index.csv", "observables.csv"}
    for share in (0.5, 0.7, 0.6, 0.4, 0.3):
        result = runner.perform(*order, folder, signal=getattr(signal, name), after=share * seconds)
        assert result["code"] in (0, 75), result["output"]
        kept = {file: file.stat().st_mtime_ns for file in folder.glob("points/*/run.h5")}
        if result["code"] == 75 and kept:
            break
        shutil.rmtree(folder)
    assert result["code"] == 75
    assert f"wavepacket resume {folder}" in result["output"]
    runner.timed("resume", folder, "-q")
    assert kept == {file: file.stat().st_mtime_ns for file in kept}
    for point in sorted((tmp_path / "whole" / "points").iterdir()):
        assert digest(folder / "points" / point.name) == digest(point)
    for file in wanted:
        assert (folder / file).read_bytes() == (tmp_path / "whole" / file).read_bytes()


def test_a_second_run_in_the_folder_is_refused_and_a_stale_lock_is_not_obeyed(runner, unbroken, tmp_path):
    config, expected, seconds = unbroken
    folder = tmp_path / "run"
    while not finished(folder):
        runner.perform(*begin_or_go_on(config, folder), signal=signal.SIGKILL, after=0.8 * seconds)
    assert (folder / ".lock").exists() or (folder / "run.h5").exists()
    assert not runner.perform("status", folder)["output"].startswith("interrupted: running")
    with hold_run(folder):
        told = runner.perform("status", folder)["output"]
        assert told.startswith(f"interrupted: running (process {os.getpid()} on ")
        refused = runner.perform("resume", folder, "-q")
        assert refused["code"] == 2
        assert f"another run is at work in it (process {os.getpid()} on " in refused["output"]
    runner.timed("resume", folder, "-q")
    assert digest(folder) == expected


@pytest.mark.full
@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM"])
def test_workers_end_with_the_process_that_gives_their_orders(wavepacket, configs, tmp_path, name):
    """Signal that one process alone, as soon as workers have written a shard."""
    changes = ("--set", "ensemble.grid=[30,30]", "--set", "time.saves=1001", "-q")
    config = configs / "haldane_hall.yaml"
    command = [
        sys.executable,
        "-m",
        "wavepacket",
        "run",
        config,
        "-o",
        "cut",
        "-j",
        "2",
        "--threads",
        "1",
        *changes,
    ]
    with subprocess.Popen(
        command, env=os.environ | {"PYTHONPATH": str(ROOT)}, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
    ) as process:
        deadline = time.monotonic() + 120
        while not list((tmp_path / "cut" / "shards").glob("*.h5")) and time.monotonic() < deadline:
            time.sleep(0.01)
        workers = [str(each.pid) for each in psutil.Process(process.pid).children(recursive=True)]
        assert len(workers) >= 3  # two, and the process that they are copies of
        process.send_signal(getattr(signal, name))
        code = process.wait()
    assert code == (75 if name == "SIGTERM" else -signal.SIGKILL)
    while any(Path("/proc", worker).exists() for worker in workers):  # for ever, where they live on
        time.sleep(0.05)
    assert wavepacket("resume", "cut", "-q").code == 0
    assert wavepacket("run", config, "-o", "whole", *changes).code == 0
    assert digest(tmp_path / "cut") == digest(tmp_path / "whole")
