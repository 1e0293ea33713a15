"""How much memory this process may take: of the machine, of its control group, of its limits."""

import os
import resource
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

_MACHINE = Path("/proc/meminfo")
_MEMBERSHIP = Path("/proc/self/cgroup")
_GROUPS = Path("/sys/fs/cgroup")


def memory_limit() -> int | None:
    """Return bytes of memory that this process may take at most; None where nothing tells."""
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
    place = PurePosixPath(path)
    for folder in (place, *place.parents):
        for text in _lines(root / str(folder).lstrip("/") / name):
            if text.isdecimal():
                yield int(text)


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text().splitlines()
    except OSError:
        return []
