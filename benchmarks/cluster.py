"""What a cluster costs the process that drives it: ``python -m benchmarks.cluster [WORKERS ...]``.

Workers are real ones of Dask, with connections of their own over TCP, many to a process; their pieces of work are empty, so
that what is left is the cost of giving and answering. Printed are processor time of the driver and of the scheduler, bytes
through the scheduler for each, and their memory. With DASK_CONFIG as in docs/cluster.md connections are over TLS.
Workers send heartbeats as often as they always do; what else they would measure of this machine is off.
"""

import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import dask.config
import distributed  # noqa: F401  (else what is set before its defaults are there takes them along)

import benchmarks.cluster  # workers know it by this name
from wavepacket.cluster import Work, chosen, computed_on
from wavepacket.cluster.connection import UNWATCHED
from wavepacket.cluster.task import code_digest

_EACH = 100  # workers in a process
_QUIET = UNWATCHED | {
    "distributed.worker.use-file-locking": False
}  # else each looks at the locks of all others

_PATIENT = {f"DASK_DISTRIBUTED__COMM__TIMEOUTS__{name}": "600s" for name in ("CONNECT", "TCP")}


def _nothing(folder, threads):
    begun = []

    def piece(index, stop):
        while not begun and not (folder / "go").exists():  # until all workers are there
            time.sleep(2.0)
        begun.append(index)
        return {
            "index": index, "name": f"{index:06d}.h5", "sha256": "0" * 64, "first": 4096 * index, "count": 4096,
            "size": 40_000_000, "paths": 4096,
        }  # fmt: skip

    return piece


def many_workers() -> None:
    """Serve a scheduler with many workers in this process: ``_ FILE NUMBER``."""
    from distributed import Worker

    async def serve() -> None:
        with dask.config.set(_QUIET):  # else their clocks alone take all of this machine
            workers = [
                Worker(
                    scheduler_file=sys.argv[2], nthreads=1, memory_limit=0, dashboard_address="127.0.0.1:0"
                )
                for _ in range(int(sys.argv[3]))
            ]
            for worker in workers:
                await worker
            await asyncio.gather(*(worker.finished() for worker in workers))

    code_digest()  # once, not by all at the same time
    asyncio.run(serve())


@contextmanager
def _started(number: int, folder: Path):
    """The file of a scheduler in a process of its own, the process, and what begins some workers more, up to a number.

    Called when those before are there: where two cores stand for hundreds of machines, all at once would drown them.
    """
    with ExitStack() as stack:
        file = folder / "scheduler.json"

        def begun(*command: str) -> subprocess.Popen:
            process = subprocess.Popen(
                [sys.executable, "-m", *command], stderr=subprocess.DEVNULL, env=os.environ | _PATIENT
            )
            stack.callback(process.wait)
            stack.callback(process.kill)
            return process

        scheduler = begun(
            "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(file),
            "--no-dashboard", "--dashboard-address", "127.0.0.1:0",
        )  # fmt: skip
        while not file.exists():
            time.sleep(0.05)

        def more(there: int) -> None:
            begun("benchmarks.cluster", "_", str(file), str(min(_EACH, number - there)))

        more(0)
        yield file, scheduler, more


def _spent(process: int) -> float:
    """Processor time of a process, s."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _passed(file: Path) -> int:
    """Bytes that have gone through the connections which a scheduler has now, both ways."""
    port = json.loads(file.read_text())["address"].rpartition(":")[2]
    told = subprocess.run(
        ["ss", "-tniH", f"sport = :{port}"], capture_output=True, text=True, check=True
    ).stdout
    return sum(map(int, re.findall(r"bytes_(?:acked|received):(\d+)", told)))


def _peak(process: int) -> float:
    """Most memory of a process, MB."""
    return int(re.findall(r"VmHWM:\s+(\d+)", Path(f"/proc/{process}/status").read_text())[0]) / 1e3


def measure(number: int, pieces_each: int = 5) -> dict[str, float]:
    """Cost of a piece with so many workers."""
    with tempfile.TemporaryDirectory() as name, _started(number, Path(name)) as (file, scheduler, more):
        begin, asked = [], [min(number, _EACH)]

        def noted(now) -> None:
            if now.workers == number and not begin:
                begin.extend((time.perf_counter(), *_state(scheduler.pid, file)))
                (Path(name) / "go").touch()
            elif now.workers == asked[-1] < number:
                print(f"{now.workers} workers", file=sys.stderr)
                asked.append(min(number, now.workers + _EACH))
                more(now.workers)

        count = number * pieces_each
        cluster, work = chosen(None, str(file)), Work(benchmarks.cluster._nothing, Path(name))
        with dask.config.set({"distributed.comm.timeouts": {"connect": "600s", "tcp": "600s"}}):
            for _ in computed_on(cluster, work, range(count), noted=noted, report=print):
                pass
        end = time.perf_counter(), *_state(scheduler.pid, file)
        wall, driver, middle, passed = (after - before for before, after in zip(begin, end, strict=True))
        return {
            "workers": number, "pieces": count, "ms of the driver": 1e3 * driver / count,
            "ms of the scheduler": 1e3 * middle / count, "ms between two answers": 1e3 * wall / count,
            "bytes through the scheduler": passed / count, "MB of the driver": _peak(os.getpid()),
            "MB of the scheduler": _peak(scheduler.pid),
        }  # fmt: skip


def _state(scheduler: int, file: Path) -> tuple[float, float, int]:
    return time.process_time(), _spent(scheduler), _passed(file)


if __name__ == "__main__":
    if sys.argv[1:2] == ["_"]:
        many_workers()
    else:
        for wanted in map(int, sys.argv[1:] or ["1", "10", "100", "1000"]):
            print(json.dumps({key: round(value, 2) for key, value in measure(wanted).items()}), flush=True)
