"""Compiled kernels on the disk, each in a file that carries a digest of its content and of what it was made from.

What is read is either, bit for bit, what this version of the code wrote for this very kernel and CPU, or it is not used. A
file may be deleted at any time. Nothing here loads numba.
"""

import fcntl
import hashlib
import os
import secrets
import stat
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

_MAGIC = b"wavepacket kernel 1\n"
_DIGEST = 64
_HEAD = len(_MAGIC) + 2 * (_DIGEST + 1)
_LARGEST = 1 << 28  # bytes; no kernel comes near
_WRITING = 3600.0  # s; a file that was begun earlier will not be finished


def cache_root() -> Path:
    """The folder of everything that can be made again."""
    chosen = os.environ.get("WAVEPACKET_CACHE_DIR") or os.environ.get("NUMBA_CACHE_DIR")
    if chosen:
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "wavepacket"


def spare_root() -> Path:
    """The folder of this user, and of all its processes, for what the usual one cannot take."""
    return Path(tempfile.gettempdir()) / f"wavepacket-{os.getuid()}"


@dataclass(frozen=True)
class Unusable:
    """A file in a folder of kernels that is of no use: its place and bytes."""

    file: Path
    size: int


@dataclass(eq=False)
class Store:
    """Kernels of one state of the sources.

    Parameters
    ----------
    name : of the folder, which tells the state of the sources
    found : how many kernels were read from each folder
    """

    name: str
    found: Counter[Path] = field(default_factory=Counter)

    @property
    def usual(self) -> Path:
        """Where kernels belong; it is read even where it cannot be written."""
        return cache_root() / self.name

    def folders(self) -> Iterator[Path]:
        """Yield where kernels are looked for and kept, the first one that will do."""
        yield self.usual
        if _is_private(spare_root()):
            yield spare_root() / self.name

    def load(self, kernel: str, identity: str) -> tuple[bytes | None, list[Path]]:
        """Return the content of a kernel's file, None where there is none to rely on, and the files that are damaged."""
        damaged = []
        for folder in self.folders():
            path = folder / _file_name(kernel, identity)
            content = _read(path)
            if content is None:
                continue
            if _is_sound(content, identity):
                self.found[folder] += 1
                return content[_HEAD:], damaged
            damaged.append(path)
        return None, damaged

    def save(self, kernel: str, identity: str, content: bytes) -> Path | None:
        """Keep a kernel in the first folder that takes it; return that folder, None where no disk has room for it."""
        rest = identity.encode() + b"\n" + content
        whole = _MAGIC + hashlib.sha256(rest).hexdigest().encode() + b"\n" + rest
        for folder in self.folders():
            with suppress(OSError):
                folder.mkdir(parents=True, exist_ok=True)
                _write(folder / _file_name(kernel, identity), whole)
                return folder
        return None

    @contextmanager
    def claim(self, kernel: str) -> Iterator[None]:
        """Keep other processes from compiling the same kernel meanwhile, where files can be made and locked."""
        descriptor = -1
        for folder in self.folders():
            with suppress(OSError):
                folder.mkdir(parents=True, exist_ok=True)
                descriptor = os.open(
                    folder / f"{kernel}.lock", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o666
                )
                break
        try:
            if descriptor >= 0:
                with suppress(OSError):  # then both compile, which does no harm
                    fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            if descriptor >= 0:
                os.close(descriptor)

    def place(self) -> Path | None:
        """Return the folder that takes a file now, None where none does."""
        for folder in self.folders():
            with suppress(OSError):
                folder.mkdir(parents=True, exist_ok=True)
                with tempfile.TemporaryFile(dir=folder) as file:
                    file.write(b"x" * 4096)
                return folder
        return None

    def unusable(self) -> list[Unusable]:
        """Return files that are damaged, exchanged, foreign, or were left half-written."""
        paths = []
        for folder in self.folders():
            for path in sorted(folder.iterdir()) if folder.is_dir() else ():
                if path.suffix == ".lock" or (_is_being_written(path)):
                    continue
                content = _read(path)
                if content is None or not _is_sound(content, None, path.name):
                    paths.append(Unusable(path, len(content or b"")))
        return paths

    def prune(self) -> list[Unusable]:
        """Delete those files, and return the ones that are gone."""
        gone = []
        for one in self.unusable():
            with suppress(OSError):
                one.file.unlink()
                gone.append(one)
        return gone


def _file_name(kernel: str, identity: str) -> str:
    return f"{kernel}-{identity[:16]}.kernel"


def _read(path: Path) -> bytes | None:
    """Return the content of a plain file, None where it cannot be read; one that is no plain file counts as empty."""
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST:
                return b""
            with open(descriptor, "rb", closefd=False) as file:
                return file.read(_LARGEST)
        finally:
            os.close(descriptor)
    return None


def _is_sound(content: bytes, identity: str | None, name: str = "") -> bool:
    """Whether a file is whole and of the kernel that is looked for, or, where none is, of that in its name."""
    start = len(_MAGIC) + _DIGEST + 1
    stated, rest = content[len(_MAGIC) : start - 1], content[start:]
    digest = rest[:_DIGEST].decode("ascii", "replace")
    wanted = digest == identity if identity is not None else name.endswith(f"-{digest[:16]}.kernel")
    whole = content.startswith(_MAGIC) and hashlib.sha256(rest).hexdigest().encode() == stated
    return whole and wanted and len(content) > _HEAD


def _write(path: Path, content: bytes) -> None:
    """Write a file so that it appears under its name only when all of it is on the disk."""
    part = path.with_name(f".{secrets.token_hex(8)}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def _is_being_written(path: Path) -> bool:
    with suppress(OSError):
        return path.suffix == ".part" and time.time() - path.lstat().st_mtime < _WRITING
    return False


def _is_private(folder: Path) -> bool:
    """Whether a folder in a place that is open to all is ours alone, made if need be: what lies in it is executed."""
    with suppress(OSError):
        folder.mkdir(mode=0o700)
    with suppress(OSError):
        status = folder.lstat()
        return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and not status.st_mode & 0o022
    return False
