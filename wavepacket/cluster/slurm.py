"""A scheduler in this process and one worker in each of some Slurm jobs, through dask-jobqueue.

The site's settings (queue, account, walltime, cores, memory, directives) are those of dask-jobqueue: files in
``~/.config/dask``, or variables ``DASK_JOBQUEUE__SLURM__...``.
"""

import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from wavepacket.cluster.choice import Choice
from wavepacket.cluster.connection import Engine, Unusable, connected, dashboard
from wavepacket.cluster.processes import ONE_THREAD, ROOT
from wavepacket.cluster.task import Work

__all__ = ["load_jobqueue", "slurm"]

_MEMORY, _WALLTIME = "4GiB", "01:00:00"  # of a job, where Dask's settings say nothing
_WORKER = ("--memory-limit", "0", "--no-dashboard")  # Slurm itself holds a job to its memory
_KEYS = ".keys-"
_ROOM = 180  # s before the end of a job at which its worker leaves


def load_jobqueue() -> None:
    """Import dask-jobqueue, if it is there: it sets a handler of SIGINT, which only the main thread can, and ours stays."""
    before = signal.getsignal(signal.SIGINT)
    with suppress(ImportError):
        import dask_jobqueue  # noqa: F401
    if signal.getsignal(signal.SIGINT) is not before:
        signal.signal(signal.SIGINT, before)


@asynccontextmanager
async def slurm(choice: Choice, work: Work, report: Callable[[str], None]) -> AsyncIterator[Engine]:
    """Jobs that end, whatever ended them, are replaced."""
    from dask_jobqueue import SLURMCluster

    from wavepacket.cluster.keys import new_keys, security_of

    cores = choice.threads or _setting("cores", None)
    if cores is None:
        raise Unusable(
            "--cluster slurm: say how many cores a job has: by --threads, or by DASK_JOBQUEUE__SLURM__CORES"
        )
    if shutil.which("sbatch") is None:
        raise Unusable("--cluster slurm: there is no sbatch here; start it where jobs are submitted")
    walltime = _setting("walltime", _WALLTIME)
    for stale in work.folder.glob(f"{_KEYS}*"):  # of a process that was killed
        shutil.rmtree(stale, ignore_errors=True)
    # Keys lie where only their owner may read, in the folder that every job sees.
    with tempfile.TemporaryDirectory(prefix=_KEYS, dir=work.folder) as private:
        cluster = SLURMCluster(
            job_name="wavepacket", cores=cores, processes=1, memory=_setting("memory", _MEMORY), walltime=walltime,
            job_script_prologue=[*_setting("job-script-prologue", []), *_environment(cores)],
            worker_extra_args=[*_setting("worker-extra-args", []), *_WORKER, *_lifetime(walltime)],
            protocol="tls://", security=security_of(new_keys()), shared_temp_directory=private,
            scheduler_options={"allowed_failures": 1 << 30, **dashboard(choice)}, n_workers=0, asynchronous=True,
        )  # fmt: skip
        async with cluster:
            if choice.dashboard:
                report(f"Dask's dashboard: {cluster.dashboard_link}")
            cluster.adapt(minimum=choice.number, maximum=choice.number, interval="2s")
            async with connected(cluster.scheduler_address, cluster.security) as client:
                yield Engine(client)


def _setting(name: str, otherwise: Any) -> Any:
    import dask.config

    found = dask.config.get(f"jobqueue.slurm.{name}", None)
    return otherwise if found is None else found


def _environment(cores: int) -> list[str]:
    """Lines of a job: where this package lies, and one thread for each core, not for each library."""
    lines = [f"export {name}={value}" for name, value in {**ONE_THREAD, "NUMBA_NUM_THREADS": cores}.items()]
    return [*lines, f'export PYTHONPATH="{ROOT}${{PYTHONPATH:+:$PYTHONPATH}}"']


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
