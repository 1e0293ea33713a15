"""Work counted instead of timed: the same number on every machine, however busy it is."""

import sys
from collections.abc import Callable
from typing import Any, TypeVar

_T = TypeVar("_T")


class Work:
    """Counts the calls of functions, of Python and of C, while it is entered; nothing of other threads.

    A second of a present machine is some ten million.
    """

    def __init__(self) -> None:
        self.calls = 0

    def __enter__(self) -> "Work":
        def count(_frame: Any, event: str, _argument: Any) -> None:
            self.calls += event in ("call", "c_call")

        sys.setprofile(count)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)


def calls(function: Callable[[], object]) -> int:
    """Return how many calls a function makes."""
    with Work() as work:
        function()
    return work.calls
