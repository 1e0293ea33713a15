"""What a cluster costs the process that drives it: ``python -m benchmarks.cluster [WORKERS ...]``.

Workers are real ones of Dask, with connections of their own over TCP, many to a process; their pieces of work are empty, so
that what is left is the cost of giving and answering. Printed are processor time of the driver and of the scheduler, and
bytes through the scheduler, for each piece. With DASK_CONFIG as in docs/cluster.md connections are over TLS.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import benchmarks.cluster  # workers know it by this name
from wavepacket.cluster import Work, chosen, computed_on
from wavepacket.cluster.connection import UNWATCHED
from wavepacket.cluster.task import code_digest

_EACH = 125  # workers in a process


def _nothing(folder, threads):
    def piece(index, stop):
        while not (folder / "go").exists():  # until all workers are there
            time.sleep(0.2)
        return {
            "index": index, "name": f"{index:06d}.h5", "sha256": "0" * 64, "first": 4096 * index, "count": 4096,
            "size": 40_000_000, "paths": 4096,
        }  # fmt: skip

    return piece


def many_workers() -> None:
    """Serve a scheduler with many workers in this process: ``_ FILE NUMBER``."""
    from distributed import Worker

    async def serve() -> None:
        import dask.config

        with dask.config.set(UNWATCHED):  # else their clocks alone take all of this machine
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
    """The file of a scheduler in a process of its own, with so many workers; the scheduler's process, too."""
    with ExitStack() as stack:
        file = folder / "scheduler.json"

        def begun(*command: str) -> subprocess.Popen:
            process = subprocess.Popen([sys.executable, "-m", *command], stderr=subprocess.DEVNULL)
            stack.callback(process.wait)
            stack.callback(process.kill)
            return process

        scheduler = begun(
            "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(file),
            "--no-dashboard", "--dashboard-address", "127.0.0.1:0",
        )  # fmt: skip
        while not file.exists():
            time.sleep(0.05)
        for first in range(0, number, _EACH):
            begun("benchmarks.cluster", "_", str(file), str(min(_EACH, number - first)))
        yield file, scheduler


def _spent(process: int) -> float:
    """Processor time of a process, s."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _read_and_written(process: int) -> int:
    """Bytes that a process has passed through its calls of the system: those of its connections, here."""
    lines = dict(line.split(": ") for line in Path(f"/proc/{process}/io").read_text().splitlines())
    return int(lines["rchar"]) + int(lines["wchar"])


def measure(number: int, pieces_each: int = 5) -> dict[str, float]:
    """Cost of a piece with so many workers."""
    with tempfile.TemporaryDirectory() as name, _started(number, Path(name)) as (file, scheduler):
        begin = []

        def noted(now) -> None:
            if now.workers == number and not begin:
                begin.extend((time.perf_counter(), *_state(scheduler.pid)))
                (Path(name) / "go").touch()

        count = number * pieces_each
        cluster, work = chosen(None, str(file)), Work(benchmarks.cluster._nothing, Path(name))
        for _ in computed_on(cluster, work, range(count), noted=noted, report=print):
            pass
        end = time.perf_counter(), *_state(scheduler.pid)
        wall, driver, middle, passed = (after - before for before, after in zip(begin, end, strict=True))
        return {
            "workers": number, "pieces": count, "ms of the driver": 1e3 * driver / count,
            "ms of the scheduler": 1e3 * middle / count, "ms between two answers": 1e3 * wall / count,
            "bytes through the scheduler": passed / count,
        }  # fmt: skip


def _state(scheduler: int) -> tuple[float, float, int]:
    return time.process_time(), _spent(scheduler), _read_and_written(scheduler)


if __name__ == "__main__":
    if sys.argv[1:2] == ["_"]:
        many_workers()
    else:
        for wanted in map(int, sys.argv[1:] or ["1", "10", "100", "1000"]):
            print(json.dumps({key: round(value, 2) for key, value in measure(wanted).items()}), flush=True)
