"""One run at a time in a folder, and no lock that outlives its run.

The kernel's own lock (`flock`) is the authority, since it falls with the process, however that dies. The
record in the file serves the message, and the file systems where `flock` does not reach other machines.
"""

import errno
import fcntl
import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from wavepacket.errors import InputError
from wavepacket.runs.durable import file_errors, refuse_link, shown
from wavepacket.runs.layout import LOCK, SHARDS

_ROOM = 512  # bytes of a record

_held: set[tuple[int, str]] = set()
_UNSUPPORTED = (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL)


@contextmanager
def hold_run(folder: str | os.PathLike[str], *, create: bool = False) -> Iterator[None]:
    """Keep every other process and thread from working in the folder of a run.

    Entering again in the same thread is allowed. The folder may be a link to where it lies; its shards may not, since
    another folder's lock does not keep them.

    Parameters
    ----------
    create : make the folder where it does not exist

    Raises
    ------
    InputError : another run is at work there, the folder cannot be written, or its shards lie behind a link
    """
    path = Path(folder)
    key = threading.get_ident(), os.path.realpath(path)
    if key in _held:
        yield
        return
    refuse_link(path / SHARDS)
    with file_errors("make" if create else "lock", path):
        if create:
            path.mkdir(parents=True, exist_ok=True)
        descriptor = _acquire(path / LOCK)
    _held.add(key)
    try:
        yield
    finally:
        _held.discard(key)
        try:
            with suppress(OSError):
                (path / LOCK).unlink()
        finally:  # a signal may interrupt the line before
            os.close(descriptor)


def proof_of_hold() -> tuple[str, str]:
    """Name of the lock file of a folder that this process holds, and what stands in it while it does."""
    return LOCK, json.dumps(_ourselves())[:-1]


def note_crew(folder: Path, workers: int, lost: int) -> None:
    """Note in the lock of a folder, which must be held, how many workers are at work and how many were lost."""
    record = json.dumps({**_ourselves(), "workers": workers, "lost": lost}).ljust(_ROOM).encode()
    with suppress(OSError):  # nobody but a spectator needs it
        descriptor = os.open(folder / LOCK, os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
        try:
            os.pwrite(
                descriptor, record, 0
            )  # never shorter than what is there: whoever reads meanwhile sees a whole record
        finally:
            os.close(descriptor)


def owner_at_work(folder: Path) -> str | None:
    """Return the owner of a folder's lock, such as ``process 7 on HOST``, or None. The lock is not touched."""
    owner = _owner_alive(folder)
    return None if owner is None else _name_of(owner)


def crew_at_work(folder: Path) -> tuple[int, int] | None:
    """Return how many workers the owner of a folder's lock has, and how many it has lost; None where it has none."""
    owner = _owner_alive(folder) or {}
    workers, lost = owner.get("workers"), owner.get("lost")
    return (workers, lost) if isinstance(workers, int) and isinstance(lost, int) else None


def _owner_alive(folder: Path) -> dict[str, Any] | None:
    with suppress(OSError):
        descriptor = os.open(folder / LOCK, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            owner = _read_owner(descriptor)
        finally:
            os.close(descriptor)
        if owner is not None and (not _same_machine(owner) or _process_lives(owner)):
            return owner
    return None


def _name_of(owner: dict[str, Any]) -> str:
    return shown(f"process {owner.get('process', '?')} on {owner.get('host', 'this machine')}")[:200]


def _acquire(path: Path) -> int:
    """Return the descriptor of the lock file once it is ours."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)
        try:
            _claim(path, descriptor)
            # The former owner may have removed the name between our opening and our locking it.
            if os.path.samestat(os.fstat(descriptor), os.stat(path)):
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, json.dumps(_ourselves()).encode(), 0)
                return descriptor
        except FileNotFoundError:
            pass
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _claim(path: Path, descriptor: int) -> None:
    """Lock the descriptor, or raise InputError naming the owner."""
    owner = _read_owner(descriptor)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        alive = owner is not None and not _same_machine(owner)
    except BlockingIOError:
        alive, owner = True, owner or {}
    except OSError as error:
        if error.errno not in _UNSUPPORTED:
            raise
        alive = owner is not None and (not _same_machine(owner) or _process_lives(owner))
    if alive and owner is not None:
        raise InputError(
            f"{shown(path.parent)}: another run is at work in it ({_name_of(owner)}); wait for it, or, if it is gone, "
            f"delete {shown(path)}"
        )


def _ourselves() -> dict[str, Any]:
    """Return what identifies this process."""
    boot = ""
    with suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return {"process": os.getpid(), "host": socket.gethostname(), "boot": boot}


def _read_owner(descriptor: int) -> dict[str, Any] | None:
    """Return the record in a lock file, None where there is none that can be read."""
    try:
        owner = json.loads(os.pread(descriptor, 4096, 0))
    except (ValueError, RecursionError):
        return None
    return owner if isinstance(owner, dict) else None


def _same_machine(owner: dict[str, Any]) -> bool:
    """Return whether this machine wrote the record, be it before a restart or in another container."""
    us = _ourselves()
    return owner.get("host") == us["host"] or (bool(us["boot"]) and owner.get("boot") == us["boot"])


def _process_lives(owner: dict[str, Any]) -> bool:
    """Return whether the process of a record of this machine still exists."""
    if owner.get("boot") != _ourselves()["boot"]:
        return False
    try:
        os.kill(int(owner.get("process", 0)) or os.getpid(), 0)
    except (ProcessLookupError, ValueError, TypeError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
