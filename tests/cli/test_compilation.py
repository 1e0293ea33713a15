"""Commands whose kernels are not in the cache, or lie on disks that take no more."""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress

import numpy as np
import pytest
from numba.core.config import DISABLE_JIT

from tests.cli.free import PAIR
from tests.cli.interruption import ROOT
from tests.cli.test_full_disk import resize, small_disk, used
from wavepacket.kernels.jit.decorators import STORE

pytestmark = [pytest.mark.slow, pytest.mark.skipif(bool(DISABLE_JIT), reason="compilation is switched off")]


@pytest.fixture
def command(tmp_path):
    """A run in a process of its own, with a cache and a temporary folder of its own."""
    (tmp_path / "config.yaml").write_text(PAIR)
    (tmp_path / "temporary").mkdir()
    folders = {"WAVEPACKET_CACHE_DIR": str(tmp_path / "cache"), "TMPDIR": str(tmp_path / "temporary")}
    return {
        "args": [sys.executable, "-m", "wavepacket", "run", tmp_path / "config.yaml", "-o", tmp_path / "run", "-q"],
        "env": os.environ | {"PYTHONPATH": str(ROOT)} | folders,
        "stderr": subprocess.PIPE, "stdout": subprocess.DEVNULL, "text": True,
    }  # fmt: skip


def test_a_run_that_is_told_to_stop_while_it_compiles_ends_as_one_that_was_stopped(command, tmp_path, trials):
    """What one trial has compiled is there for the next, so that each comes to other kernels."""
    random, stops = np.random.default_rng(3), 0
    while stops < trials(1, 14):
        with subprocess.Popen(**command, start_new_session=True) as process:
            try:
                first = process.stderr.readline()
                if "compiling" in first:
                    time.sleep(random.uniform(0.0, 4.0))
                    process.send_signal(signal.SIGTERM)
                process.wait()
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)  # also what compiles beside it
            said = first + process.stderr.read()
        assert "Traceback" not in said
        assert process.returncode == 75 or (process.returncode, said.count("\n")) == (
            0,
            "compiling" in first,
        ), said
        if process.returncode == 75:
            stops += 1
            assert "stopped" in said
        else:
            shutil.rmtree(tmp_path / "cache")
        shutil.rmtree(tmp_path / "run", ignore_errors=True)


@pytest.fixture
def kernels(wavepacket, command, tmp_path):
    """The folder of all kernels that this run needs, and others."""
    assert wavepacket("run", tmp_path / "config.yaml", "-o", tmp_path / "here", "-q").code == 0
    (folder,) = [each for each in STORE.folders() if list(each.glob("*.kernel"))][:1]
    return folder


def finished_without_compiling(command):
    done = subprocess.run(**command, check=False)
    return (done.returncode, [line.split(": ")[0] for line in done.stderr.splitlines()]) == (
        0,
        ["2 trajectories"],
    )


def test_a_full_disk_under_the_cache_stops_no_run_whose_own_disk_has_room(command, kernels, tmp_path):
    cache, spare = tmp_path / "cache", tmp_path / "temporary" / f"wavepacket-{os.getuid()}"
    spare.mkdir(mode=0o700)
    shutil.copytree(kernels, spare / STORE.name)
    with small_disk(cache):
        (cache / "rubbish").write_bytes(bytes(1 << 20))
        resize(cache, used(cache))
        assert finished_without_compiling(command)
        assert [file.name for file in cache.iterdir()] == ["rubbish"]


@pytest.mark.full
def test_a_filled_cache_on_a_read_only_disk_is_used(command, kernels, tmp_path):
    cache = tmp_path / "cache"
    with small_disk(cache):
        shutil.copytree(kernels, cache / STORE.name)
        subprocess.run(["mount", "-o", "remount,ro", str(cache)], check=True)
        assert finished_without_compiling(command)
        assert not list((tmp_path / "temporary").rglob("*.kernel"))
