"""Tables on disk, by what they were made from: a table is built once for a crystal, band and grid.

A file is one line of JSON (what it is, the shape, what was measured, the SHA-256 of all that and of the rest) and the
numbers as little-endian doubles. The folder is ``$WAVEPACKET_TABLE_DIR``, else ``tables`` in the cache folder of compiled
kernels; it can be deleted at any time, and nothing deletes from it but `prune`.
"""

import contextlib
import errno
import hashlib
import json
import os
import stat
import tempfile
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from wavepacket.arrays import Float
from wavepacket.bands.source import Band
from wavepacket.hamiltonians import LatticeHamiltonian

_FORMAT = 2
_WRITING = 3600.0  # s; a file that was begun earlier will not be finished
_SOURCES = ("bands/*.py", "kernels/**/*.py")  # all that may decide on a number of a table


@dataclass(frozen=True, eq=False)
class Entry:
    """A table on the disk: the arrays of its kernel, and its description."""

    integers: list[int]
    reals: Float
    facts: dict[str, float]
    notes: list[str]


def folder() -> Path:
    """The folder of tables."""
    from wavepacket.kernels.jit.store import cache_root

    chosen = os.environ.get("WAVEPACKET_TABLE_DIR")
    return Path(chosen) if chosen else cache_root() / "tables"


@cache
def _code() -> str:
    """Hash of the sources that bands are made by."""
    digest, package = hashlib.sha256(), Path(__file__).parents[1]
    for file in sorted(file for pattern in _SOURCES for file in package.glob(pattern)):
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()


def key_of(source: Band, grid: tuple[int, ...] | None, accuracy: float) -> str:
    """Name of a table: a hash of crystal, band, position elements, grid or accuracy, and the code that makes tables."""
    hamiltonian = source.hamiltonian
    assert isinstance(hamiltonian, LatticeHamiltonian)
    parts = [_FORMAT, _code(), hamiltonian.content_hash(), source.index, int(source.integers[4])]
    if hamiltonian.operations is not None:  # values at images differ by rounding
        parts.append(hamiltonian.operations.tolist())
    text = json.dumps([*parts, list(grid) if grid else None, None if grid else float(accuracy).hex()])
    return hashlib.sha256(text.encode()).hexdigest()


def store(key: str, entry: Entry) -> bool:
    """Write a table to a temporary file and rename it; False if the folder cannot be written."""
    numbers = np.ascontiguousarray(entry.reals, dtype="<f8")
    head: dict[str, Any] = {
        "key": key,
        "code": _code(),
        "integers": entry.integers,
        "count": len(numbers),
        "facts": entry.facts,
        "notes": entry.notes,
    }
    head["sha256"] = _digest(head, numbers)
    temporary = ""
    try:
        folder().mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder(), suffix=".part", delete=False) as file:
            temporary = file.name
            file.write(json.dumps(head).encode() + b"\n")
            numbers.tofile(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, _file(key))
    except OSError:
        with contextlib.suppress(OSError):
            Path(temporary).unlink()
        return False
    return True


def load(key: str) -> Entry | None:
    """Read a table; None where there is none, or where its file is not what was written."""
    try:
        with _opened(_file(key)) as file:
            head = json.loads(file.readline(1 << 20))
            numbers = np.fromfile(file, dtype="<f8")
        digest = head.pop("sha256")
        if head["key"] != key or _digest(head, numbers) != digest:
            return None
        return Entry(head["integers"], numbers.astype(np.float64, copy=False), head["facts"], head["notes"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


@dataclass(frozen=True)
class Kept:
    """A file in the folder of tables.

    Attributes
    ----------
    file, size : its place and bytes
    usable : whether this version may read it; not one of another version, and nothing that was left half-written

    """

    file: Path
    size: int
    usable: bool


def kept() -> list[Kept]:
    """All files that tables were written to, finished or not."""
    tables = []
    for file in sorted([*folder().glob("*.table"), *folder().glob("tmp*.part")]):
        with contextlib.suppress(OSError):
            tables.append(Kept(file, file.stat().st_size, file.suffix == ".table" and _is_ours(file)))
    return tables


def prune() -> list[Kept]:
    """Delete the files that this version cannot use; those that were deleted. What is being written is left alone."""
    gone = []
    for one in kept():
        with contextlib.suppress(OSError):
            busy = one.file.suffix == ".part" and time.time() - one.file.stat().st_mtime < _WRITING
            if not (one.usable or busy):
                one.file.unlink()
                gone.append(one)
    return gone


def _opened(file: Path) -> BinaryIO:
    """Open a plain file to read it; a pipe is refused instead of being waited for."""
    descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "is not a plain file", str(file))
    return open(descriptor, "rb")


def _is_ours(file: Path) -> bool:
    try:
        with _opened(file) as opened:
            return bool(json.loads(opened.readline(1 << 20))["code"] == _code())
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _digest(head: dict[str, Any], numbers: Float) -> str:
    digest = hashlib.sha256(json.dumps(head, sort_keys=True).encode())
    digest.update(numbers.view(np.uint8).data)
    return digest.hexdigest()


def _file(key: str) -> Path:
    return folder() / f"{key}.table"
