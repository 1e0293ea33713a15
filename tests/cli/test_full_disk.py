"""A disk that fills while a run is at work: a sentence, nothing half written, and the run goes on once there is room."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.interruption import CONFIG, digest
from wavepacket.runs import verify

pytestmark = pytest.mark.slow


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """Mount a file system in memory there, or skip where that is not permitted."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(folder)]
    try:
        made = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        made = False
    if not made:
        pytest.skip("a small file system can be mounted only by the superuser, where mounting is permitted")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def resize(folder: Path, size: int) -> None:
    subprocess.run(["mount", "-o", f"remount,size={size}", str(folder)], check=True)


def used(folder: Path) -> int:
    status = os.statvfs(folder)
    return (status.f_blocks - status.f_bfree) * status.f_frsize


def test_a_disk_that_fills_stops_a_run_which_goes_on_later(runner, tmp_path, trials):
    config, disk = tmp_path / "config.yaml", tmp_path / "disk"
    config.write_text(CONFIG)
    points = trials(2, 20)
    with small_disk(disk):
        runner.timed("run", config, "-o", disk / "whole", "-q")
        expected, whole = digest(disk / "whole"), used(disk)
        subprocess.run(["rm", "-r", disk / "whole"], check=True)
        for point in range(points):
            # From no room at all to a page less than is needed: the texts, a shard, the journal, the index may not fit.
            run, size = disk / f"run{point}", max(4096, (whole - 4096) * point // max(points - 1, 1))
            resize(disk, size)
            result = runner.perform("run", config, "-o", run, "-q")
            assert result["code"] == 2, (point, size, result["output"])
            assert "no space is left on the disk; free some and resume" in result["output"]
            assert "Traceback" not in result["output"]
            assert not [file for file in disk.rglob("*") if file.name.endswith(".part")]
            assert not (run / "run.h5").exists()
            resize(disk, 2 * whole)
            if (run / "run.json").exists() and (run / "resolved.yaml").exists():
                assert verify(run) == []
                runner.timed("resume", run, "-q")
            else:
                overwrite = ("--overwrite",) if (run / "run.json").exists() else ()
                runner.timed("run", config, "-o", run, "-q", *overwrite)
            assert digest(run) == expected
            subprocess.run(["rm", "-r", run], check=True)


def test_a_run_that_the_disk_cannot_hold_is_refused_before_it_begins(wavepacket, configs, tmp_path):
    with small_disk(tmp_path / "disk"):
        resize(tmp_path / "disk", 8 << 20)
        config, run = configs / "haldane_hall.yaml", tmp_path / "disk" / "run"
        occupied = (
            "ensemble={kind: fermi_dirac, chemical_potential: 2 eV, temperature: 300 K, grid: [64, 64]}"
        )
        # How many states are occupied is known only when the kernels are there.
        for change, word in (("ensemble.grid=[64,64]", "at least"), (occupied, "about")):
            refused = wavepacket("run", config, "-o", run, "-q", "--set", change)
            assert refused.code == 2
            assert f"the run needs {word}" in refused.err
            assert "MB left" in refused.err
            assert list((tmp_path / "disk").iterdir()) == []
