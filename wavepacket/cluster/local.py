"""A scheduler in this process and worker processes beside it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from wavepacket.cluster.choice import Choice
from wavepacket.cluster.connection import UNWATCHED, Engine, connected, dashboard
from wavepacket.cluster.processes import Processes
from wavepacket.cluster.task import Work

__all__ = ["local"]


@asynccontextmanager
async def local(choice: Choice, work: Work, report: Callable[[str], None]) -> AsyncIterator[Engine]:
    """A scheduler in this process, and worker processes beside it; others on this machine cannot use them."""
    # They start up while this process does.
    crew = choice.begun.pop() if choice.begun else Processes(choice, work.prepare.__module__)
    try:
        import dask.config
        from distributed import Scheduler

        from wavepacket.cluster.keys import new_keys, security_of

        keys = new_keys()
        with dask.config.set({} if choice.dashboard else UNWATCHED):
            scheduler = Scheduler(
                host="127.0.0.1", protocol="tls", security=security_of(keys), allowed_failures=1 << 30, **dashboard(choice),
            )  # fmt: skip
        async with scheduler, connected(scheduler.address, scheduler.security) as client:
            if choice.dashboard:  # another port than the usual one where that is taken
                report(f"Dask's dashboard: http://127.0.0.1:{scheduler.services['dashboard'].port}/status")
            crew.serve({"address": scheduler.address, "threads": choice.threads, "keys": keys})
            try:
                yield Engine(client, crew.tend, queued=False)
            finally:
                crew.end()
    finally:
        crew.end()
