"""Progress of long work: a bar on a terminal, a line every 30 seconds in a log."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from wavepacket.cli.options import say

_INTERVAL = 30.0


@contextmanager
def shown_progress(what: str, quiet: bool = False) -> Iterator[Callable[[int, int], None]]:
    """Yield a function (done, total) to call as work goes on."""
    if quiet:
        yield lambda done, total: None
    elif sys.stderr.isatty():
        yield from _bar(what)
    else:
        yield _lines(what)


def _bar(what: str) -> Iterator[Callable[[int, int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    rate, start = TextColumn("{task.fields[rate]}"), time.monotonic()
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), rate, TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task, first = progress.add_task(what, total=None, rate=""), None

        def show(done: int, total: int) -> None:
            nonlocal first
            first = done if first is None else first
            pace = _pace(done - first, time.monotonic() - start)
            progress.update(task, completed=done, total=total, rate=pace)

        yield show


def _pace(done: int, seconds: float) -> str:
    """Return how many a second in words, nothing where none is done."""
    rate = done / seconds if seconds > 0 else 0.0
    return (f"{rate:,.0f} a second" if rate >= 10 else f"{rate:.2g} a second") if done > 0 else ""


def _lines(what: str) -> Callable[[int, int], None]:
    start = last = time.monotonic()
    first: int | None = None  # what was done before: a run that goes on tells of what it does now

    def show(done: int, total: int) -> None:
        nonlocal first, last
        now = time.monotonic()
        first = done if first is None else first
        if now - last >= _INTERVAL:
            last, new = now, done - first
            left = f"about {(now - start) * (total - done) / new:.0f} s left" if new > 0 else ""
            say(", ".join(filter(None, (f"{what}: {done} of {total}", _pace(new, now - start), left))))

    return show
