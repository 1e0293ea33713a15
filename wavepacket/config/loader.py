"""YAML text to a tree of nodes, by a hardened subclass of PyYAML's pure SafeLoader.

YAML 1.2 scalars (``1e-3`` is a number, ``on`` is text), no tags, anchors or aliases; size, depth and count
are bounded. Nothing is constructed but text, numbers, booleans, null, lists and mappings with text keys.
"""

import math
import re
from pathlib import Path as FilePath
from typing import Any

import yaml
from yaml.events import AliasEvent
from yaml.nodes import MappingNode, ScalarNode

from wavepacket.config.source import DEPTH_LIMIT, Node, Place, path_text
from wavepacket.errors import ConfigError, Problem

__all__ = ["dump", "explained", "parse", "read"]

SIZE_LIMIT = 2**19
NODE_LIMIT = 20_000  # the pure loader reads some 5e4 nodes per second
KEY_LIMIT = 100
DIGIT_LIMIT = 19

_FLOAT = r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"


class _Scalars(yaml.resolver.BaseResolver):
    """The scalars of YAML 1.2 in place of those of 1.1; int comes before float, which would match it too."""


for _name, _pattern, _first in (
    ("bool", "true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("null", "~|null|Null|NULL|", [*"~nN", ""]),
    ("int", "[-+]?[0-9]+", list("-+0123456789")),
    ("float", _FLOAT, list("-+.0123456789")),
):
    _Scalars.add_implicit_resolver(f"tag:yaml.org,2002:{_name}", re.compile(rf"(?:{_pattern})\Z"), _first)


class _Loader(_Scalars, yaml.SafeLoader):
    depth = 0
    count = 0
    node_limit: float = NODE_LIMIT

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Compose one node after the checks that keep a hostile file cheap."""
        event = self.peek_event()  # type: ignore[no-untyped-call]
        self.depth += 1
        self.count += 1
        refusals = {
            "anchors and aliases are not allowed": isinstance(event, AliasEvent) or event.anchor is not None,
            "tags are not allowed": getattr(event, "tag", None) is not None,
            f"nested deeper than {DEPTH_LIMIT} levels": self.depth > DEPTH_LIMIT,
            f"more than {self.node_limit} values": self.count > self.node_limit,
        }
        for refusal in (sentence for sentence, refused in refusals.items() if refused):
            raise yaml.MarkedYAMLError(problem=refusal, problem_mark=event.start_mark)
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


class _Dumper(_Scalars, yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        """Write equal values out again: the loader takes no aliases."""
        return True


def dump(value: object) -> str:
    """Return plain values as YAML that `parse` reads back."""
    flow = None  # flow style for the innermost lists and mappings only
    return str(yaml.dump(value, Dumper=_Dumper, sort_keys=False, default_flow_style=flow, allow_unicode=True))


def read(file: FilePath, large: bool = False) -> tuple[Node, list[Problem]]:
    """Read a config file; see `parse`."""
    try:
        with file.open("rb") as stream:
            raw = stream.read(-1 if large else SIZE_LIMIT + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError([Place(str(file)).problem(f"cannot be read: {reason}")]) from None
    if len(raw) > SIZE_LIMIT and not large:
        raise ConfigError([_place(str(file)).problem(f"larger than {SIZE_LIMIT // 1024} KiB")])
    try:
        return parse(raw.decode("utf-8-sig"), str(file), large)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - raw.rfind(b"\n", 0, error.start)
        raise ConfigError([Place(str(file), line, column).problem("not UTF-8 text")]) from None


def parse(text: str, file: str, large: bool = False, path: str = "") -> tuple[Node, list[Problem]]:
    """Return the tree of a YAML text, and the problems that do not stop its reading.

    Parameters
    ----------
    text, file : the text, and how to call it in messages
    large : lift the bounds on size and count, for a file that this package wrote
    path : of the whole text in the config
    """
    try:
        loader = _Loader(text)
        loader.node_limit = math.inf if large else NODE_LIMIT
        root = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        sentence, mark = explained(error)
        raise ConfigError([_place(file, mark).problem(sentence)]) from None
    except yaml.reader.ReaderError as error:
        at = error.position
        place = Place(file, text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))
        raise ConfigError([place.problem(f"character U+{ord(text[at]):04X} is not allowed")]) from None
    except (ValueError, OverflowError) as error:  # PyYAML lets them out of \U escapes and version numbers
        raise ConfigError([_place(file).problem(f"cannot be read as YAML: {error}")]) from None
    if root is None:
        raise ConfigError([_place(file).problem("the file is empty")])
    problems: list[Problem] = []
    return _tree(root, file, path, problems), problems


def _place(file: str, mark: Any = None, path: str = "") -> Place:
    return Place(file, mark.line + 1, mark.column + 1, path) if mark else Place(file, 1, 1, path)


def _tree(node: Any, file: str, path: str, problems: list[Problem]) -> Node:
    place = _place(file, node.start_mark, path)
    if isinstance(node, MappingNode):
        return Node(_mapping(node, file, path, problems), place)
    if isinstance(node, ScalarNode):
        return Node(_scalar(node, place, problems), place)
    items = enumerate(node.value)
    return Node([_tree(item, file, path_text((i,), path), problems) for i, item in items], place)


def _mapping(node: MappingNode, file: str, path: str, problems: list[Problem]) -> dict[str, Node]:
    children: dict[str, Node] = {}
    for key, value in node.value:
        if not isinstance(key, ScalarNode) or len(key.value) > KEY_LIMIT or not key.value.isprintable():
            sentence = f"a key must be printable text of at most {KEY_LIMIT} characters"
            problems.append(_place(file, key.start_mark, path).problem(sentence))
            continue
        name: str = key.value
        place = _place(file, key.start_mark, path_text((name,), path))
        if name in children:
            first = children[name].key
            problems.append(
                place.problem(f"duplicate key; first given on line {first.line if first else '?'}")
            )
            continue
        if node.flow_style and name[:1].isdigit() and _is_empty(value):
            sentence = "a comma ends a number: write decimals with a point, as in 0.5"
            problems.append(place.problem(sentence))
            continue
        children[name] = _tree(value, file, place.path, problems)
        children[name].key = place
    return children


def _is_empty(node: Any) -> bool:
    return isinstance(node, ScalarNode) and not node.value and node.style is None


def _scalar(node: ScalarNode, place: Place, problems: list[Problem]) -> object:
    text: str = node.value
    kind = node.tag.rpartition(":")[2]
    if kind == "int":
        if len(text) <= DIGIT_LIMIT + 1:
            return int(text)
        problems.append(place.problem(f"an integer of {len(text)} digits is too large"))
        return 0
    if kind == "float":
        return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    if kind in ("bool", "null"):
        return text.lower() == "true" if kind == "bool" else None
    odd = next((character for character in text if not character.isprintable()), None)
    if odd is not None:
        problems.append(place.problem(f"text has the unprintable character U+{ord(odd):04X}"))
    return text if odd is None else ""


_MOVED = "indented otherwise than the keys around it: those of one mapping begin in one column"


def explained(error: yaml.MarkedYAMLError) -> tuple[str, Any]:
    """Return a sentence, and the mark of the place where the mistake is to be mended."""
    context, problem = error.context or "", error.problem or ""
    here, opened = error.problem_mark or error.context_mark, error.context_mark or error.problem_mark
    character = problem.rpartition("found ")[2]
    if "cannot start any token" in problem:
        tab = "'\\t'" in problem
        return "a tab: indent with spaces" if tab else f"text with {character.split()[1]} wants quotes", here
    if problem == "could not find expected ':'":
        return "a key needs a colon and a space behind it, as in 'band: 0'", opened
    if "quoted scalar" in context and "end of stream" in problem:
        return "the quote that opens here is not closed", opened
    if context in ("while parsing a flow mapping", "while parsing a flow sequence"):
        bracket = "{" if "mapping" in context else "["
        return f"the {bracket!r} that opens here is not closed, or a comma is missing in it", opened
    if context == "while parsing a flow node" and "stream end" in problem:
        return "the text ends inside of a '[' or '{'", here
    if problem == "mapping values are not allowed here":
        return f"a second ': ' on one line (text with it wants quotes), or a line {_MOVED}", here
    if context in ("while parsing a block mapping", "while parsing a block collection"):
        return f"one {character} too many" if character in ("'}'", "']'") else _MOVED, here
    return ", ".join(part for part in (context, problem) if part)[:200], here
