"""Progress of long work: a bar on a terminal, a line every 30 seconds in a log."""

import gc
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from wavepacket.cli.options import say

_INTERVAL = 30.0
_SELDOM = 50_000  # new objects; by default some hundred


@contextmanager
def shown_progress(what: str, quiet: bool = False) -> Iterator[Callable[[int, int], None]]:
    """Yield a function (done, total) to call as work goes on."""
    if quiet:
        yield lambda done, total: None
    elif sys.stderr.isatty():
        yield from _bar(what)
    else:
        yield _lines(what)


@contextmanager
def starting(show: Callable[[int, int], None]) -> Iterator[Callable[[int, int], None]]:
    """Yield the function once more; until it is called for the first time, or all is over, garbage is seldom collected.

    What a command loads it keeps to its end, and looking through all of it again and again is a tenth of a small run.
    """
    usual = gc.get_threshold()

    def began(done: int, total: int) -> None:
        gc.set_threshold(*usual)
        show(done, total)

    gc.set_threshold(_SELDOM, *usual[1:])
    try:
        yield began
    finally:
        gc.set_threshold(*usual)


def _bar(what: str) -> Iterator[Callable[[int, int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def _lines(what: str) -> Callable[[int, int], None]:
    start = last = time.monotonic()

    def show(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _INTERVAL:
            last = now
            left = f", about {(now - start) * (total - done) / done:.0f} s left" if done else ""
            say(f"{what}: {done} of {total}{left}")

    return show
