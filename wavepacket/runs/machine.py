"""What the machine offers: memory that this process may take, and whether a disk has the room that a run needs."""

import os
import resource
import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from wavepacket.errors import InputError
from wavepacket.runs.durable import file_errors, shown
from wavepacket.runs.size import in_words

_MACHINE = Path("/proc/meminfo")
_MEMBERSHIP = Path("/proc/self/cgroup")
_GROUPS = Path("/sys/fs/cgroup")


def memory_limit() -> int | None:
    """Return the memory limit of this process in bytes; None if unknown."""
    return min(_limits(), default=None)


def _limits() -> Iterator[int]:
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    if soft != resource.RLIM_INFINITY:
        yield soft
    for line in _lines(_MACHINE):
        if line.startswith("MemTotal:"):
            yield 1024 * int(line.split()[1])
    if not _MACHINE.exists() and "SC_PHYS_PAGES" in os.sysconf_names:
        yield os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    for line in _lines(_MEMBERSHIP):
        yield from _group_limits(line)


def _group_limits(line: str) -> Iterator[int]:
    """Limits of a group and all above it, from a line ``number:controllers:path``; version 2 names no controllers.

    In a container the path may be one of the host: the groups that can be seen count.
    """
    _, controllers, path = (*line.split(":", 2), "", "")[:3]
    if controllers and "memory" not in controllers.split(","):
        return
    root = _GROUPS / "memory" if controllers else _GROUPS
    name = "memory.limit_in_bytes" if controllers else "memory.max"
    group = PurePosixPath(path)
    for folder in (group, *group.parents):
        for text in _lines(root / str(folder).lstrip("/") / name):
            if text.isdecimal():
                yield int(text)


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text().splitlines()
    except OSError:
        return []


_CURE = "choose another disk with -o, or store fewer paths with output.trajectories"


def refuse_full_disk(
    folder: Path, needed: int, freed: int = 0, *, word: str = "about", cure: str = _CURE
) -> None:
    """Raise InputError where the disk of a folder, which need not exist, has less room than needed.

    Parameters
    ----------
    needed, freed : bytes that will be written, bytes that will be deleted before
    word : how well it is known what is needed, such as "at least"
    cure : what helps
    """
    existing = folder.absolute()
    while not os.path.exists(existing):  # unlike the method of Path, False for a name that is too long
        existing = existing.parent
    with file_errors("measure the disk of", folder):
        free = shutil.disk_usage(existing).free
    if needed > free + freed:
        raise InputError(
            f"{shown(folder)}: the run needs {word} {in_words(needed)} and the disk has {in_words(free)} left; {cure}"
        )


def occupied(folder: Path) -> int:
    """Return the bytes of the files in a folder and below; 0 where there is none."""
    with file_errors("read", folder):
        return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
