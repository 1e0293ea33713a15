"""Tables on disk, by what they were made from: a table is built once for a crystal, band and grid.

A file is one line of JSON (what it is, the shape, the SHA-256 of the rest) and the numbers as little-endian doubles. The
folder is ``$WAVEPACKET_TABLE_DIR``, else ``tables`` in the cache folder of compiled kernels; it can be deleted at any time.
"""

import contextlib
import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from wavepacket.bands.geometry import Float
from wavepacket.bands.source import Band
from wavepacket.hamiltonians import LatticeHamiltonian

_FORMAT = 1
_SOURCES = ("bands/*.py", "kernels/*.py")  # all that may decide on a number of a table


@dataclass(frozen=True, eq=False)
class Entry:
    """What is kept of a table: the numbers of the kernel, and what is said of it."""

    integers: list[int]
    reals: Float
    facts: dict[str, float]
    notes: list[str]


def folder() -> Path:
    """The folder of tables."""
    from wavepacket.kernels._jit import cache_root

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
    text = json.dumps([*parts, list(grid) if grid else None, None if grid else float(accuracy).hex()])
    return hashlib.sha256(text.encode()).hexdigest()


def store(key: str, entry: Entry) -> bool:
    """Write a table beside its place and move it there; False where the folder cannot be written."""
    numbers = np.ascontiguousarray(entry.reals, dtype="<f8")
    head = {
        "key": key,
        "integers": entry.integers,
        "count": len(numbers),
        "facts": entry.facts,
        "notes": entry.notes,
        "sha256": _digest(numbers),
    }
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
        with _file(key).open("rb") as file:
            head = json.loads(file.readline(1 << 20))
            numbers = np.fromfile(file, dtype="<f8")
        whole = (head["key"], head["count"]) == (key, len(numbers))
        if not whole or _digest(numbers) != head["sha256"]:
            return None
        return Entry(head["integers"], numbers.astype(np.float64, copy=False), head["facts"], head["notes"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _digest(numbers: Float) -> str:
    return hashlib.sha256(numbers.view(np.uint8).data).hexdigest()


def _file(key: str) -> Path:
    return folder() / f"{key}.table"
