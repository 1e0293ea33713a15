"""A scheduler in this process and worker processes beside it, which end with it, however it ends."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from wavepacket.cluster.choice import Choice
from wavepacket.cluster.connection import ONE_THREAD, ROOT, UNWATCHED, Engine, connected, dashboard
from wavepacket.cluster.task import Work
from wavepacket.errors import WavepacketError

__all__ = ["MODULE", "local"]

MODULE = "wavepacket.cluster.host"

_STILLBORN = 3  # processes that may end before any has begun to work
# They reach the process that gives the orders; blocked ones stay blocked in a new process.
_BLOCKED = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)


@asynccontextmanager
async def local(choice: Choice, work: Work, report: Callable[[str], None]) -> AsyncIterator[Engine]:
    """A scheduler in this process, and worker processes beside it; others on this machine cannot use them."""
    crew = _Processes(choice, work.prepare.__module__)  # they start up while this process does
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


class _Processes:
    """Worker processes of this machine; one that ends is replaced."""

    def __init__(self, choice: Choice, module: str) -> None:
        self._threads, self._command = (choice.threads, [sys.executable, "-m", MODULE, module])
        self._orders, self._ended, self._running = "", 0, list[subprocess.Popen[str]]()
        for _ in range(choice.number):
            self._running.append(self._begun())

    def _begun(self) -> "subprocess.Popen[str]":
        path = os.pathsep.join(filter(None, (ROOT, os.environ.get("PYTHONPATH", ""))))
        own = {**ONE_THREAD, "NUMBA_NUM_THREADS": str(self._threads), "PYTHONPATH": path}
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _BLOCKED)
        try:
            return subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=sys.stderr.fileno() if _has_descriptor() else subprocess.DEVNULL,
                text=True,
                env={**os.environ, **own},
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
