"""What a kill leaves of a folder at each publishing step of some work, found while the work runs once.

A publishing step is a call that makes, replaces, deletes, writes or synchronises a file or a folder. A kill by the kernel of
the machine leaves the files as they are at that moment, so a copy of them is what it would leave. Steps after which the
folder is as it was before (such as synchronising, or what threads do elsewhere) leave nothing new to be tried.
"""

import hashlib
import os
import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

_MAKING = (
    "fsync", "ftruncate", "link", "mkdir", "open", "pwrite", "rename", "replace", "rmdir", "symlink", "unlink", "write",
)  # fmt: skip
_CREATING = os.O_CREAT | os.O_TRUNC
_TOKEN = re.compile(r"\.[0-9a-f]{16}\.part|tmp[0-9a-z_]{8}\.part")
"""Names of unfinished files differ each time."""


class Steps:
    """The steps of some work, and the states between them.

    Attributes
    ----------
    taken : number of steps
    states : copies of the folder, each different from all before, in order; one that was not there has no copy

    """

    def __init__(self, folder: Path, copies: Path) -> None:
        self.taken, self.states = 0, list[Path]()
        self._folder, self._copies = folder, copies
        self._known, self._lock, self._copying = set[str](), threading.RLock(), False

    def observed(self, name: str) -> Any:
        """Return a function of `os` that has the folder looked at first; nothing else is published meanwhile."""
        action = getattr(os, name)

        def call(*arguments: Any, **options: Any) -> Any:
            if name == "open" and not (len(arguments) > 1 and arguments[1] & _CREATING):
                return action(*arguments, **options)
            with self._lock:
                if not self._copying:
                    self.taken += 1
                    self.look()
                return action(*arguments, **options)

        return call

    def look(self) -> None:
        """Keep a copy of the folder if it is in a new state."""
        self._copying = True
        try:
            if (state := _digest(self._folder)) not in self._known:
                self._known.add(state)
                self.states.append(self._copies / str(len(self.states)))
                if self._folder.exists():
                    shutil.copytree(self._folder, self.states[-1])
        finally:
            self._copying = False


@contextmanager
def observed(patch: pytest.MonkeyPatch, folder: Path, copies: Path) -> Iterator[Steps]:
    """Look at a folder before each step of the work within, and after the last."""
    steps = Steps(folder, copies)
    with patch.context() as within:
        for name in _MAKING:
            within.setattr(os, name, steps.observed(name))
        yield steps
    steps.look()


def _digest(folder: Path) -> str:
    """Digest of what is in a folder; of unfinished files, which nobody reads, only whether anything is in them."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        name = _TOKEN.sub(".part", str(path))
        content = path.read_bytes() if path.is_file() else b""
        content = content[: len(content) if name == str(path) else 1]
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest() if folder.exists() else ""
