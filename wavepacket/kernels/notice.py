"""Who wants to know that kernels have to be compiled. Nothing heavy is imported here."""

from collections.abc import Callable

_calls: list[Callable[[], None]] = []


def when_compiling(*calls: Callable[[], None]) -> None:
    """Have each called once, before this process compiles its first kernel that is not in the cache.

    They take the place of those named before.
    """
    _calls[:] = calls


def compilation_begins() -> None:
    """Call those that wait for it."""
    while _calls:
        _calls.pop(0)()
