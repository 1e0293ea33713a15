"""A last line in each HDF5 file with the SHA-256 of everything before it.

HDF5 ignores bytes after its own end, so every tool still opens the file, while we can tell a whole file from
a damaged one without any table, and one shard from another by reading 84 bytes. By hand:
`head -c -84 FILE | sha256sum`.
"""

import hashlib
import os
import re
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from wavepacket.errors import InputError
from wavepacket.runs.durable import PIECE, publish, regular_file, shown

_SEAL = re.compile(rb"\nwavepacket-sha256 ([0-9a-f]{64})\n")
SEAL_BYTES = len("\nwavepacket-sha256 \n") + 64
_TICK = 50_000_000  # ns, some times what the clock of a file system goes by
_REMEMBERED = 1 << 18
_sound: dict[tuple[int, ...], str] = {}
_SIGNATURE = b"\x89HDF\r\n\x1a\n"


def write_sealed(path: Path, pieces: Iterable[bytes | memoryview]) -> str:
    """Publish a file with its seal and return the digest."""
    digest = hashlib.sha256()

    def sealed() -> Iterator[bytes | memoryview]:
        for piece in pieces:
            digest.update(piece)  # each while it is still in the cache for being written
            yield piece
        yield f"\nwavepacket-sha256 {digest.hexdigest()}\n".encode()

    publish(path, sealed())
    return digest.hexdigest()


def read_seal(path: Path) -> tuple[int, str]:
    """Return size in bytes and digest as a file states them, without checking its content."""
    with regular_file(path) as (descriptor, size):
        return size, _read_seal(path, descriptor, size)


def check_seal(path: Path, limit: int, *, again: bool = False) -> tuple[int, str]:
    """Return size and digest of a file of at most `limit` bytes after reading all of it and comparing.

    A file that this process has compared before and that has not been changed since is read again only if asked for.
    """
    with regular_file(path) as (descriptor, size):
        stated, state = _read_seal(path, descriptor, size), _state(descriptor)
        if not again and _sound.get(state) == stated:
            return size, stated
        if size > limit:
            raise InputError(f"{shown(path)}: {size} bytes are more than the {limit} that it may have")
        digest, position, end = hashlib.sha256(), 0, size - SEAL_BYTES
        while position < end:
            piece = os.pread(descriptor, min(PIECE, end - position), position)
            if not piece:
                break
            digest.update(piece)
            position += len(piece)
    if digest.hexdigest() != stated:
        raise InputError(f"{shown(path)}: damaged: its SHA-256 is not the one it was sealed with")
    # A change within the same tick of the clock would not show: what has just been written is not remembered.
    if time.time_ns() - state[-1] > _TICK:
        if len(_sound) >= _REMEMBERED:
            _sound.clear()
        _sound[state] = stated
    return size, stated


def _state(descriptor: int) -> tuple[int, ...]:
    """Return what changes with a file; its last entry, the time of the last change in ns, cannot be set at will."""
    status = os.fstat(descriptor)
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _read_seal(path: Path, descriptor: int, size: int) -> str:
    """Return the digest of the last line; both ends are looked at before anything large is read."""
    match = _SEAL.fullmatch(os.pread(descriptor, SEAL_BYTES, max(0, size - SEAL_BYTES)))
    if match is None or os.pread(descriptor, len(_SIGNATURE), 0) != _SIGNATURE:
        raise InputError(f"{shown(path)}: damaged: truncated, changed, or not written by wavepacket")
    return match[1].decode()
