"""Files that are either complete on the disk or not there, sealed ones, and operating-system errors as sentences.

Every file of a run goes through `publish`, so a kill or a full disk can only leave a `.part` file behind. HDF5 files end
with a line that has the SHA-256 of everything before it. HDF5 ignores bytes after its own end, so every tool still opens
the file, while we can tell a whole file from a damaged one without any table, and one shard from another by reading 84
bytes. By hand: `head -c -84 FILE | sha256sum`.
"""

import errno
import hashlib
import os
import re
import secrets
import shlex
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from wavepacket.errors import InputError

PIECE = 1 << 20  # larger writes were measured to be several times slower

_APPENDING = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
_LEFTOVER = re.compile(r"\..+\.[0-9a-f]{16}\.part")
_SENTENCES = {
    errno.ENOSPC: "no space is left on the disk; free some and resume",
    errno.EDQUOT: "the disk quota is used up; free some space and resume",
    errno.EFBIG: "the file would be larger than allowed here",
    errno.EROFS: "the file system is read-only; choose another folder with -o",
    errno.EACCES: "permission denied",
    errno.EPERM: "permission denied",
    errno.ENAMETOOLONG: "the name is too long for this file system (often 255 bytes)",
    errno.ENOTDIR: "a part of the path is a file, not a folder",
    errno.EEXIST: "a file of that name is in the way",
    errno.ENOENT: "there is no such file or folder",
    errno.ELOOP: "a symbolic link is in the way; nothing is written through it",
    errno.EIO: "the disk reports an input/output error",
}


def shown(path: Path | str) -> str:
    """Return a path, or any text, as one printable line."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(path))


def typed(path: Path | str) -> str:
    """Return a path as it is typed in a command, whatever is in its name."""
    text = str(path)
    return shown(shlex.quote(f"./{text}" if text.startswith("-") else text))


def refuse_link(path: Path) -> None:
    """Raise InputError where a folder that files are written into or deleted from is a link to another one."""
    if os.path.islink(path):  # unlike the method of Path, False for a name that is too long
        raise InputError(
            f"{shown(path)}: is a symbolic link; nothing is written or deleted through it: put the folder itself there"
        )


@contextmanager
def file_errors(action: str, path: Path) -> Iterator[None]:
    """Turn an OSError inside the block into an InputError of one sentence."""
    try:
        yield
    except OSError as error:
        reason = _SENTENCES.get(error.errno or 0) or error.strerror or str(error)
        raise InputError(f"cannot {action} {shown(path)}: {reason}") from error


def publish(path: Path, pieces: Iterable[bytes | memoryview]) -> None:
    """Write a file so that it appears under its name only when all of it is on the disk.

    Parameters
    ----------
    path : final name; an existing file is replaced in one step
    pieces : the content in order
    """
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    with file_errors("write", path):
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(part, flags, 0o666)
        try:
            try:
                for piece in pieces:
                    _write_all(descriptor, memoryview(piece))
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            os.replace(part, path)
        except BaseException:
            with suppress(OSError):
                part.unlink()
            raise
        sync_folder(path.parent)


def append(path: Path, line: bytes) -> None:
    """Append a line in one write without fsync: only for what can be reconstructed."""
    with file_errors("write", path):
        descriptor = os.open(path, _APPENDING, 0o666)
        try:
            _write_all(descriptor, memoryview(line))
        finally:
            os.close(descriptor)


def _write_all(descriptor: int, content: memoryview) -> None:
    """Write everything in pieces of at most `PIECE` bytes."""
    start = 0
    while start < len(content):
        start += os.write(descriptor, content[start : start + PIECE])


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable; file systems that cannot do it are left alone."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
    finally:
        os.close(descriptor)


@contextmanager
def regular_file(path: Path) -> Iterator[tuple[int, int]]:
    """Open a plain file for reading and give its descriptor and size in bytes.

    A pipe or a device is refused instead of being waited for.
    """
    with file_errors("read", path):
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise InputError(f"{shown(path)}: is not a plain file")
            yield descriptor, status.st_size
        finally:
            os.close(descriptor)


def read_small(path: Path, limit: int) -> bytes:
    """Return the content of a plain file of at most `limit` bytes."""
    with regular_file(path) as (descriptor, size):
        if size > limit:
            raise InputError(f"{shown(path)}: {size} bytes are more than the {limit} that it may have")
        with open(descriptor, "rb", closefd=False) as stream:
            return stream.read(limit)


def leftovers(folder: Path) -> list[Path]:
    """Return the unfinished files that a kill left in a folder."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if _LEFTOVER.fullmatch(path.name))


def clean(*folders: Path) -> None:
    """Delete the unfinished files that a kill left in folders, which must be held."""
    for folder in folders:
        with file_errors("clean", folder):
            for part in leftovers(folder):
                part.unlink(missing_ok=True)


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
