"""Schedulers and workers: those of this machine, jobs of Slurm, or what runs already."""

import asyncio
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wavepacket.cluster.choice import Choice
from wavepacket.cluster.task import Work
from wavepacket.errors import InputError, WavepacketError

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["Engine", "started"]

_CONNECT = 10.0  # s to reach a scheduler that runs already
_STILLBORN = 3  # processes that may end before any has begun to work
_ROOM = 180  # s before the end of a Slurm job at which its worker leaves
_MEMORY = "4GiB"  # of a Slurm job, where Dask's settings say nothing
# They reach the process that gives the orders; blocked ones stay blocked in a new process.
_BLOCKED = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


async def _nothing(greeted: int) -> None:
    """Others look after the workers."""


@dataclass(frozen=True)
class Engine:
    """A client of a scheduler, and what looks after its workers, told how many have ever begun to work.

    ``queued``: workers may come late, without anything being wrong.
    """

    client: "Client"
    tend: Callable[[int], Awaitable[None]] = _nothing
    queued: bool = True


@asynccontextmanager
async def started(choice: Choice, work: Work, report: Callable[[str], None]) -> AsyncIterator[Engine]:
    """Start, or reach, what a choice names; what was started ends with the context.

    Raises
    ------
    InputError : Dask is not installed, the scheduler cannot be reached, or Slurm's settings are incomplete
    """
    ways = {"local": _local, "slurm": _slurm}
    with _silent():
        async with ways.get(choice.kind, _reached)(choice, work, report) as engine:
            yield engine


def require_dask(choice: Choice) -> None:
    """Raise InputError unless the packages that a choice needs are there; import them."""
    try:
        import cryptography  # noqa: F401
        import distributed  # noqa: F401

        if choice.kind == "slurm":
            import dask_jobqueue  # noqa: F401
    except ImportError as error:
        raise InputError(
            f"--cluster and -j need {error.name}: pip install 'berry-wavepacket[distributed]'; "
            "without them a run uses threads of one process"
        ) from error


class _silent:
    """Dask's remarks on workers that come and go are made by us."""

    def __enter__(self) -> None:
        self._level = logging.getLogger("distributed").level
        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        self._named = {
            logger: logger.level
            for name, logger in logging.root.manager.loggerDict.items()
            if name.startswith(("distributed.", "tornado")) and isinstance(logger, logging.Logger)
        }
        for logger in self._named:
            logger.setLevel(logging.CRITICAL)

    def __exit__(self, *_: object) -> None:
        logging.getLogger("distributed").setLevel(self._level)
        for logger, level in self._named.items():
            logger.setLevel(level)


@asynccontextmanager
async def _client(address: str, security: Any) -> AsyncIterator["Client"]:
    from distributed import Client

    client = Client(
        address,
        security=security,
        asynchronous=True,
        set_as_default=False,
        timeout=_CONNECT,
        name="wavepacket",
    )
    try:
        await client
        yield client
    finally:
        with suppress(Exception):
            await asyncio.wait_for(client.close(), 5)


@asynccontextmanager
async def _local(choice: Choice, work: Work, _: Callable[[str], None]) -> AsyncIterator[Engine]:
    """A scheduler in this process, and worker processes beside it; others on this machine cannot use them."""
    crew = _Processes(choice, work.prepare.__module__)  # they start up while this process does
    try:
        require_dask(choice)
        import dask.config
        from distributed import Scheduler

        from wavepacket.cluster.keys import new_keys, security_of

        keys = new_keys()
        routes: dict[str, object] = {} if choice.dashboard else {"distributed.scheduler.http.routes": []}
        with dask.config.set(routes):
            scheduler = Scheduler(
                host="127.0.0.1", protocol="tls", security=security_of(keys), allowed_failures=1 << 30,
                dashboard=choice.dashboard, dashboard_address="127.0.0.1:8787" if choice.dashboard else "127.0.0.1:0",
            )  # fmt: skip
        async with scheduler, _client(scheduler.address, scheduler.security) as client:
            crew.serve({"address": scheduler.address, "threads": choice.threads, "keys": keys})
            try:
                yield Engine(client, crew.tend, queued=False)
            finally:
                crew.end()
    finally:
        crew.end()


class _Processes:
    """Worker processes of this machine; one that ends is replaced."""

    def __init__(self, choice: Choice, module: str) -> None:
        self._threads, self._command = (
            choice.threads,
            [sys.executable, "-m", "wavepacket.cluster.host", module],
        )
        self._orders, self._ended, self._running = "", 0, list[subprocess.Popen[str]]()
        for _ in range(choice.number):
            self._running.append(self._begun())

    def _begun(self) -> "subprocess.Popen[str]":
        paths = [str(Path(__file__).resolve().parents[2]), os.environ.get("PYTHONPATH", "")]
        alone = dict.fromkeys(_ONE_THREAD, "1") | {"NUMBA_NUM_THREADS": str(self._threads)}
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _BLOCKED)
        try:
            return subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=sys.stderr.fileno() if _has_descriptor() else subprocess.DEVNULL,
                text=True,
                env={**os.environ, **alone, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
            )
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def serve(self, orders: dict[str, Any]) -> None:
        """Tell all, and those that come later, whom to serve."""
        self._orders = json.dumps(orders) + "\n"
        for process in self._running:
            self._tell(process)

    def _tell(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdin is not None
        with suppress(OSError):
            process.stdin.write(self._orders)
            process.stdin.flush()

    async def tend(self, greeted: int) -> None:
        """Put another process in the place of each that ended."""
        for place, process in enumerate(self._running):
            code = process.poll()
            if code is None:
                continue
            self._ended += 1
            if not greeted and self._ended >= _STILLBORN:
                why = f"it was ended by signal {-code}" if code < 0 else f"exit {code}"
                raise WavepacketError(f"a worker process could not begin: {why}")
            _close(process)
            self._running[place] = self._begun()
            self._tell(self._running[place])

    def end(self) -> None:
        """End all: what they do is to be dropped, and no file is ever half written."""
        while self._running:
            process = self._running.pop()
            process.kill()
            process.wait()
            _close(process)


def _close(process: "subprocess.Popen[str]") -> None:
    assert process.stdin is not None
    with suppress(OSError):
        process.stdin.close()


def _has_descriptor() -> bool:
    """Whether messages go to a file of the system, which a process can inherit."""
    try:
        return sys.stderr.fileno() >= 0
    except (OSError, ValueError, AttributeError):
        return False


@asynccontextmanager
async def _reached(choice: Choice, work: Work, report: Callable[[str], None]) -> AsyncIterator[Engine]:
    """The scheduler of somebody else."""
    require_dask(choice)
    from distributed import Security

    address: str = choice.place
    security = Security()
    if choice.client is not None:
        address, security = choice.client.scheduler.address, choice.client.security
    elif choice.kind == "file":
        try:
            address = str(json.loads(Path(choice.place).read_bytes())["address"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(f"--cluster {choice.place}: is no file of a Dask scheduler") from error
    if address.startswith("tcp://") and not _is_here(address):
        report(
            f"warning: {address} is not encrypted: anyone who reaches it runs code as you; "
            "`python -m wavepacket.cluster.keys FOLDER` makes keys for tls://"
        )
    with _unreachable(address):
        client = _client(address, security)
        engine = Engine(await client.__aenter__())
    try:
        yield engine
    finally:
        await client.__aexit__(None, None, None)


@asynccontextmanager
async def _slurm(choice: Choice, work: Work, report: Callable[[str], None]) -> AsyncIterator[Engine]:
    """A scheduler in this process, and one worker in each of some Slurm jobs; jobs that end are replaced.

    The site's settings (queue, account, walltime, cores, memory, directives) are those of dask-jobqueue, from
    ``~/.config/dask`` or variables ``DASK_JOBQUEUE__SLURM__...``.
    """
    require_dask(choice)
    import dask.config
    from dask_jobqueue import SLURMCluster

    from wavepacket.cluster.keys import new_keys, security_of

    cores = choice.threads or dask.config.get("jobqueue.slurm.cores", None)
    if cores is None:
        raise InputError(
            "--cluster slurm: say how many cores a job has: by --threads, or by DASK_JOBQUEUE__SLURM__CORES"
        )
    if shutil.which("sbatch") is None:
        raise InputError("--cluster slurm: there is no sbatch here; start it where jobs are submitted")
    memory = dask.config.get("jobqueue.slurm.memory", None) or _MEMORY
    walltime = dask.config.get("jobqueue.slurm.walltime", None) or "01:00:00"
    # Keys lie where only their owner may read, in the folder that every job sees.
    with tempfile.TemporaryDirectory(prefix=".keys-", dir=work.folder) as private:
        extra = ["--memory-limit", "0", "--no-dashboard", *_lifetime(walltime)]
        cluster = SLURMCluster(
            job_name="wavepacket", n_workers=0, cores=cores, processes=1, memory=memory, walltime=walltime, security=security_of(new_keys()),
            protocol="tls://", shared_temp_directory=private, worker_extra_args=extra, asynchronous=True,
            job_script_prologue=[*(dask.config.get("jobqueue.slurm.job-script-prologue", None) or []), *_environment(cores)],
            scheduler_options={
                "dashboard": choice.dashboard, "allowed_failures": 1 << 30,
                "dashboard_address": "127.0.0.1:8787" if choice.dashboard else "127.0.0.1:0",
            },
        )  # fmt: skip
        async with cluster:
            cluster.adapt(minimum=choice.number, maximum=choice.number, interval="2s")
            async with _client(cluster.scheduler_address, cluster.security) as client:
                yield Engine(client)


def _environment(cores: int) -> list[str]:
    """Lines of a job: where this package lies, and one thread for each core, not for each library."""
    root = str(Path(__file__).resolve().parents[2])
    lines = [f"export {name}=1" for name in _ONE_THREAD]
    return [
        *lines,
        f"export NUMBA_NUM_THREADS={cores}",
        f'export PYTHONPATH="{root}${{PYTHONPATH:+:$PYTHONPATH}}"',
    ]


def _lifetime(walltime: str) -> list[str]:
    """A worker leaves before Slurm ends it, at another time than the others, so that no piece of work is lost."""
    days, _, clock = walltime.rpartition("-")
    parts = [int(part) for part in clock.split(":")]
    if days:
        hours, minutes, seconds = (*parts, 0, 0)[:3]
    else:  # Slurm: MM, MM:SS, HH:MM:SS
        hours, minutes, seconds = {1: (0, *parts, 0), 2: (0, *parts)}.get(len(parts), tuple(parts))
    total = ((24 * int(days or 0) + hours) * 60 + minutes) * 60 + seconds
    room = min(_ROOM, total // 4)
    return ["--lifetime", f"{total - room}s", "--lifetime-stagger", f"{room // 2}s"]


def _is_here(address: str) -> bool:
    return address.removeprefix("tcp://").startswith(("127.", "localhost", "[::1]"))


class _unreachable:
    """Turn what Dask says of a scheduler that cannot be reached into a sentence."""

    def __init__(self, address: str) -> None:
        self._address = address

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        if isinstance(error, OSError | TimeoutError | ValueError | RuntimeError):
            reason = " ".join(str(error).split())[:200] or type(error).__name__
            cure = (
                "is it running, and are the keys its own?"
                if self._address.startswith("tls")
                else "is it running?"
            )
            raise InputError(
                f"the scheduler at {self._address} cannot be reached within {_CONNECT:.0f} s; {cure} ({reason})"
            ) from error
