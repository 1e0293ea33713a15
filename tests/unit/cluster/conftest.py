"""A scheduler and two workers as processes of their own, over TCP with TLS, as a user starts them."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from wavepacket.cluster.keys import write_keys

ROOT = Path(__file__).resolve().parents[3]


@dataclass
class Cluster:
    """``file``: of the scheduler."""

    file: Path
    scheduler: subprocess.Popen
    workers: subprocess.Popen


@contextmanager
def cluster_in(folder, workers=2):
    """Start one in a folder, with keys that lie there; without workers, ``workers`` is the scheduler once more."""
    keys = write_keys(folder / "keys")
    environment = os.environ | {"DASK_CONFIG": str(keys), "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    file = folder / "scheduler.json"

    def begun(what, *options):
        command = [
            sys.executable,
            "-m",
            f"distributed.cli.dask_{what}",
            "--scheduler-file",
            file,
            "--no-dashboard",
        ]
        return subprocess.Popen(
            [*command, *options], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip

    scheduler = begun("scheduler", "--host", "127.0.0.1", "--port", "0", "--dashboard-address", "127.0.0.1:0")
    crew = (
        begun("worker", "--nthreads", "1", "--nworkers", str(workers), "--memory-limit", "0")
        if workers
        else scheduler
    )
    try:
        while not file.exists():
            assert scheduler.poll() is None
            time.sleep(0.02)
        assert json.loads(file.read_text())["address"].startswith("tls://")
        yield Cluster(file, scheduler, crew)
    finally:
        for process in (crew, scheduler):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@pytest.fixture
def keys_of():
    """Give a function after which this process has the keys of a cluster, as with DASK_CONFIG in its environment."""
    import dask.config

    def use(cluster):
        certificate, key = (
            str(cluster.file.parent / "keys" / name) for name in ("certificate.pem", "key.pem")
        )
        names = {"ca-file": certificate, "client.cert": certificate, "client.key": key}
        stack.enter_context(
            dask.config.set({f"distributed.comm.tls.{name}": file for name, file in names.items()})
        )

    with ExitStack() as stack:
        yield use


@pytest.fixture(scope="session")
def remote(tmp_path_factory):
    with cluster_in(tmp_path_factory.mktemp("cluster")) as found:
        yield found
