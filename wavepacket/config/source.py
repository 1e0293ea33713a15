"""The tree of a config as it was written: plain values that remember their line, column and path.

What values mean is the schema's business; what text means is the loader's.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from wavepacket.errors import ConfigError, Problem

__all__ = ["Key", "Node", "Path", "Place", "from_python", "path_text", "split_path"]

Key = str | int
Path = tuple[Key, ...]

DEPTH_LIMIT = 32
PROBLEM_LIMIT = 100


class Place(NamedTuple):
    """Where something was written: file or override, line and column from 1 (or None), path as written."""

    file: str
    line: int | None = None
    column: int | None = None
    path: str = ""

    def problem(self, message: str) -> Problem:
        """Return a problem at this place."""
        return Problem(self.file, self.line, self.column, self.path, message)


@dataclass
class Node:
    """A scalar, a list of nodes or a mapping of nodes; `key` is the place of its own key."""

    value: object
    place: Place
    key: Place | None = None

    @property
    def mapping(self) -> "dict[str, Node] | None":
        """The children by key, or None when this is no mapping."""
        return self.value if isinstance(self.value, dict) else None

    @property
    def items(self) -> "list[Node] | None":
        """The children in order, or None when this is no list."""
        return self.value if isinstance(self.value, list) else None

    def plain(self) -> object:
        """Return the bare values."""
        if self.mapping is not None:
            return {key: node.plain() for key, node in self.mapping.items()}
        return [node.plain() for node in self.items] if self.items is not None else self.value

    def child(self, key: Key) -> "Node | None":
        """Return the child at a key or index, or None."""
        if isinstance(key, str):
            return self.mapping.get(key) if self.mapping is not None else None
        return self.items[key] if self.items is not None and 0 <= key < len(self.items) else None

    def find(self, path: Path) -> "tuple[Node, Path]":
        """Return the deepest node on the path, and what remains of the path."""
        node = self
        for depth, key in enumerate(path):
            below = node.child(key)
            if below is None:
                return node, path[depth:]
            node = below
        return node, ()

    def where(self, path: Path) -> Place:
        """Return the place of a path; what was never written has the place of its nearest parent."""
        node, rest = self.find(path)
        return node.place._replace(path=path_text(rest, node.place.path))


def from_python(value: object, place: Place, depth: int = 0) -> Node:
    """Return plain Python values (numpy arrays and scalars too) as a tree with paths but without lines."""
    if depth > DEPTH_LIMIT:
        raise ConfigError([place.problem(f"nested deeper than {DEPTH_LIMIT} levels")])
    if hasattr(value, "tolist"):
        value = value.tolist()

    def below(key: Key, item: object) -> Node:
        return from_python(item, place._replace(path=path_text((key,), place.path)), depth + 1)

    if isinstance(value, dict):
        return Node(
            {str(key): replace(node := below(str(key), item), key=node.place) for key, item in value.items()},
            place,
        )
    if isinstance(value, list | tuple):
        return Node([below(index, item) for index, item in enumerate(value)], place)
    return Node(value, place)


def path_text(path: Iterable[Key], start: str = "") -> str:
    """Return ``fields.magnetic[2]`` for ("fields", "magnetic", 2)."""
    for key in path:
        start += f"[{key}]" if isinstance(key, int) else f".{key}" if start else key
    return start


def split_path(text: str) -> Path:
    """Return ("fields", "magnetic", 2) for ``fields.magnetic[2]`` or ``fields.magnetic.2``."""
    parts = re.sub(r"\[(\d{1,9})\]", r".\1", text).split(".")
    return tuple(int(part) if re.fullmatch("[0-9]{1,9}", part) else part for part in parts)
