"""Worker processes of this machine, as the process that starts them sees them; they end with it, however it ends."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from wavepacket.cluster.choice import Choice
from wavepacket.errors import WavepacketError

__all__ = ["MODULE", "ONE_THREAD", "ROOT", "Processes", "begun"]

MODULE: Final = "wavepacket.cluster.host"
ROOT: Final = str(Path(__file__).resolve().parents[2])
"""Where workers find this package."""
ONE_THREAD: Final = MappingProxyType(
    dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
)
"""Environment of workers: their threads are ours, not those of libraries."""

_STILLBORN = 3  # times that they may end before any has begun to work
# They reach the process that gives the orders; blocked ones stay blocked in a new process.
_BLOCKED = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)
_PATIENCE = 10.0  # s that they may take to end


class Processes:
    """The process of `host`, which makes the workers; where it ends, another one is put in its place.

    Parameters
    ----------
    choice : number of workers, and threads of each
    module : imported before any work is known
    """

    def __init__(self, choice: Choice, module: str) -> None:
        path = os.pathsep.join(filter(None, (ROOT, os.environ.get("PYTHONPATH", ""))))
        own = {"NUMBA_NUM_THREADS": str(choice.threads), "PYTHONPATH": path}
        # Else macOS ends copies of a process that has loaded some of its libraries.
        own["OBJC_DISABLE_INITIALIZE_FORK_SAFETY"] = "YES"
        self._environment = {**os.environ, **ONE_THREAD, **own}
        self._command = [sys.executable, "-m", MODULE, str(choice.number), module]
        self._orders, self._ended = "", 0
        self._running = self._begun()

    def _begun(self) -> "subprocess.Popen[str]":
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _BLOCKED)
        try:
            return subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=sys.stderr.fileno() if _has_descriptor() else subprocess.DEVNULL,
                text=True,
                env=self._environment,
            )
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def serve(self, orders: dict[str, Any]) -> None:
        """Tell these, and those that come later, whom to serve."""
        self._orders = json.dumps(orders) + "\n"
        self._tell()

    def _tell(self) -> None:
        assert self._running.stdin is not None
        with suppress(OSError):
            self._running.stdin.write(self._orders)
            self._running.stdin.flush()

    async def tend(self, greeted: int) -> None:
        """Begin again where all have ended, told how many workers have ever begun to work."""
        code = self._running.poll()
        if code is None:
            return
        self._ended += 1
        if not greeted and (code > 0 or self._ended >= _STILLBORN):
            why = f"it was ended by signal {-code}" if code < 0 else f"exit {code}"
            raise WavepacketError(f"a worker process could not begin: {why}")
        self.end()
        self._running = self._begun()
        self._tell()

    def end(self) -> None:
        """End all, and see that they have: what they do is to be dropped, and no file is ever half written."""
        assert self._running.stdin is not None
        with suppress(OSError):
            self._running.stdin.close()
        if not self._orders:  # it may still be importing, for nobody
            self._running.kill()
        try:
            self._running.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._running.kill()
            self._running.wait()


@contextmanager
def begun(choice: Choice | None, module: str) -> Iterator[Choice | None]:
    """Begin workers of this machine before their work is known, so that both sides import side by side.

    Parameters
    ----------
    module : what their work will need
    """
    if choice is None or choice.kind != "local":
        yield choice
        return
    processes = Processes(choice, module)
    try:
        yield replace(choice, begun=[processes])
    finally:
        processes.end()


def _has_descriptor() -> bool:
    """Whether messages go to a file of the system, which a process can inherit."""
    try:
        return sys.stderr.fileno() >= 0
    except (OSError, ValueError, AttributeError):
        return False
