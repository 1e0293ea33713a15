"""Who wants to know that kernels have to be compiled, and signals that come meanwhile. Nothing heavy is imported here."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_calls: list[Callable[[], None]] = []
_each: list[Callable[[str], None]] = []
_damages: list[Callable[[str], None]] = [lambda sentence: warnings.warn(sentence, stacklevel=4)]
_depth = 0
_waiting: list[Exception] = []


def when_compiling(*calls: Callable[[], None], each: Callable[[str], None] | None = None) -> None:
    """Have each called once, before this process compiles its first kernel that is not in the cache.

    They take the place of those named before; ``each`` is called with the name of every kernel.
    """
    _calls[:] = calls
    _each[:] = [] if each is None else [each]


def compilation_begins(kernel: str) -> None:
    """Call those that wait for it, with the module that a kernel stands in."""
    while _calls:
        _calls.pop(0)()
    for call in _each:
        call(kernel)


def when_damaged(call: Callable[[str], None]) -> None:
    """Have it called once, with a sentence, when a file in the cache of kernels turns out to be damaged.

    It takes the place of the one before, and of the warning that is given by default.
    """
    _damages[:] = [call]


def damage_found(path: Path) -> None:
    """Say so, once."""
    while _damages:
        _damages.pop(0)(
            f"the cache of kernels is damaged ({path}): what is wrong there is compiled anew; "
            "`wavepacket doctor --prune` deletes it"
        )


@contextmanager
def undisturbed() -> Iterator[None]:
    """Keep back what `interrupt` raises until the end: compilers turn exceptions in their midst into errors of their own."""
    global _depth
    _depth += 1
    try:
        yield
    finally:
        _depth -= 1
    if _waiting and not _depth:
        raise _waiting.pop()


def interrupt(error: Exception) -> None:
    """Raise an error from the handler of a signal, at once or when the kernel that is being compiled is done."""
    if not _depth:
        raise error
    _waiting[:] = [error]
