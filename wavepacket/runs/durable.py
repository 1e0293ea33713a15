"""Files that are either complete on the disk or not there, and operating-system errors as sentences.

Every file of a run goes through `publish`, so a kill or a full disk can only leave a `.part` file behind.
"""

import errno
import os
import re
import secrets
import shlex
import stat
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
    """Append a line in one write, which is not waited for: only for what can be found out anew."""
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
