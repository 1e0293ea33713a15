"""Signals that ask a run to stop: what is finished stays, what is under way is dropped, and the exit code is 75."""

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from wavepacket.errors import Interrupted, WavepacketError
from wavepacket.kernels.jit.notice import interrupt

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)
_PATIENCE = 8.0  # seconds from the signal to the end, whatever is being computed


class Stop:
    """Asked by a run whether to stop; before it asks for the first time, a signal interrupts at once.

    Attributes
    ----------
    cure : how to go on, for a process that does not end in time and is killed; empty where there is nothing to go on with
    """

    def __init__(self, cure: str = "") -> None:
        self.asked = False
        self.received: str | None = None
        self.cure = cure

    def __call__(self) -> bool:
        """Return whether a signal has come."""
        self.asked = True
        return self.received is not None

    def receive(self, number: int, _frame: FrameType | None) -> None:
        """Handle a signal; the second one is obeyed at once, since every file of a run is whole at any time."""
        if self.received is not None:
            os._exit(Interrupted.exit_code)
        self.received = signal.Signals(number).name
        if not self.asked:
            interrupt(Interrupted(self._sentence()))

    def _sentence(self) -> str:
        return f"stopped by {self.received} before the first result"

    def disguised(self, error: Exception) -> Interrupted | None:
        """Return the interruption behind an error that a library raised in its place."""
        if self.received is None or self.asked or isinstance(error, WavepacketError):
            return None
        return Interrupted(self._sentence())


@contextmanager
def stoppable(cure: str = "") -> Iterator[Stop]:
    """Yield the function that tells a run to stop; a process that does not end in time is killed, and says the cure."""
    stop, (reader, writer) = Stop(cure), socket.socketpair()
    writer.setblocking(False)
    # Python runs handlers between two of its own instructions only; this thread hears of a signal at once.
    threading.Thread(target=_end_in_time, args=(reader, stop), daemon=True).start()
    before = {number: signal.signal(number, stop.receive) for number in _SIGNALS}
    wakeup = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    try:
        yield stop
    except Exception as error:
        if meant := stop.disguised(error):
            raise meant from error
        raise
    finally:
        signal.set_wakeup_fd(wakeup)
        for number, handler in before.items():
            signal.signal(number, handler)
        if stop.received is None:
            writer.close()


def go_on_with(folder: Path | str) -> str:
    """Return how to go on with what a folder, or a file, holds."""
    from wavepacket.runs.durable import typed

    return f"go on with `wavepacket resume {typed(folder)}`"


def _end_in_time(reader: socket.socket, stop: Stop) -> None:
    """End the process some seconds after a signal; leave where there will be none."""
    if reader.recv(1):
        time.sleep(_PATIENCE)
        with suppress(OSError):
            print(f"stopped: {stop.cure}" if stop.cure else "stopped", file=sys.stderr, flush=True)
        os._exit(Interrupted.exit_code)
    reader.close()
