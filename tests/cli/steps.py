"""Kills at publishing steps, within one process: whatever a command would do after it, no file hears of it.

A publishing step is a call that makes, replaces, deletes or synchronises a file or a folder. Between two of them a kill
leaves nothing else than at the next one, but for bytes in a file under a temporary name.
"""

import errno
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

_PUBLISHING = ("fsync", "mkdir", "replace", "rename", "rmdir", "unlink", "write", "link", "symlink")
_COUNTED = frozenset(_PUBLISHING) - {"write"}


class Killed(BaseException):
    """Ends what is being done, as no error does that code may handle."""


class Steps:
    """Counts publishing steps and refuses those from one on.

    Parameters
    ----------
    last : the number of the first step that does not happen, from 1; 0: all happen
    """

    def __init__(self, last: int) -> None:
        self.taken, self._last, self._lock = 0, last, threading.Lock()

    @property
    def killed(self) -> bool:
        """Whether the kill has come."""
        return 0 < self._last <= self.taken

    def take(self, name: str) -> None:
        """Take a step, or raise."""
        with self._lock:
            if self.killed:
                raise OSError(errno.EIO, "this process is dead")  # what still tidies up: locks must fall
            self.taken += name in _COUNTED or name == "open"
            if self.killed:
                raise Killed

    def counted(self, name: str) -> Any:
        """Return a function of `os` that takes a step first."""
        action = getattr(os, name)

        def call(*arguments: Any, **options: Any) -> Any:
            makes = name != "open" or (len(arguments) > 1 and arguments[1] & os.O_CREAT)
            if makes:
                self.take(name)
            return action(*arguments, **options)

        return call


@contextmanager
def dying(patch: pytest.MonkeyPatch, last: int) -> Iterator[Steps]:
    """Within, the process is killed before a step; what it leaves in memory does not count."""
    steps = Steps(last)
    with patch.context() as within:
        for name in (*_PUBLISHING, "open"):
            within.setattr(os, name, steps.counted(name))
        try:
            yield steps
        except (Killed, Exception):
            if not steps.killed:
                raise
