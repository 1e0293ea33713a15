"""The list of finished shards, one line each, so that a resumed run need not read them all again.

A cache: a line that is torn, damaged or missing is made up for by looking at the shard itself.
"""

import json
import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from wavepacket.runs.durable import append, publish, read_small
from wavepacket.runs.layout import JOURNAL, shard_name

_LIMIT = 1 << 28


@dataclass(frozen=True)
class ShardEntry:
    """One row of the table of shards.

    Parameters
    ----------
    index : number of the shard
    name : file name inside `shards/`
    sha256 : digest of the file up to its seal
    first : identity of the first trajectory
    count : number of trajectories, with consecutive identities
    size : bytes of the file
    paths : number of trajectories whose whole path is stored
    """

    index: int
    name: str
    sha256: str
    first: int
    count: int
    size: int
    paths: int


_CHECKED = (
    '{"count": %(count)d, "first": %(first)d, "index": %(index)d, "name": "%(name)s", "paths": %(paths)d, '
    '"sha256": "%(sha256)s", "size": %(size)d}'
)
_NUMBER = rb"(\d{1,18})"
_FORM = re.compile(
    rb'\{"index": %b, "name": "([\w.]{1,80})", "sha256": "([0-9a-f]{64})", "first": %b, "count": %b, "size": %b, '
    rb'"paths": %b, "check": %b\}' % (_NUMBER, _NUMBER, _NUMBER, _NUMBER, _NUMBER, _NUMBER)
)


def append_entry(folder: Path, entry: ShardEntry) -> None:
    """Note that a shard is on the disk."""
    append(folder / JOURNAL, _line(entry))


def rewrite_journal(folder: Path, entries: Iterable[ShardEntry]) -> None:
    """Replace the journal by one that holds exactly these entries."""
    publish(folder / JOURNAL, map(_line, entries))


def read_journal(folder: Path) -> dict[int, ShardEntry]:
    """Return the last sound line of each shard; no journal is an empty one."""
    path = folder / JOURNAL
    lines = read_small(path, _LIMIT).splitlines() if path.exists() else []
    entries = (_parsed(line) for line in lines)
    return {entry.index: entry for entry in entries if entry is not None}


def _line(entry: ShardEntry) -> bytes:
    """Return an entry as a line that carries its own check sum."""
    return json.dumps({**vars(entry), "check": _check_of(entry)}).encode() + b"\n"


def _check_of(entry: ShardEntry) -> int:
    """Return the check sum of an entry."""
    return zlib.crc32((_CHECKED % vars(entry)).encode())


def _parsed(line: bytes) -> ShardEntry | None:
    """Return the entry of a line, None where the line cannot be trusted."""
    match = _FORM.fullmatch(line)
    if match is None:
        return None
    index, name, sha256, first, count, size, paths, check = match.groups()
    numbers = int(first), int(count), int(size), int(paths)
    entry = ShardEntry(int(index), name.decode(), sha256.decode(), *numbers)
    return entry if entry.name == shard_name(entry.index) and _check_of(entry) == int(check) else None
