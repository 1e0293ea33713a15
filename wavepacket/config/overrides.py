"""Changes to the tree before it is validated: overrides ``a.b.c=YAML value``, shorter forms written out."""

import os
from dataclasses import replace
from pathlib import Path as FilePath

from wavepacket.config.loader import parse
from wavepacket.config.source import DEPTH_LIMIT, Key, Node, Path, Place, path_text, split_path
from wavepacket.config.types import Section
from wavepacket.errors import ConfigError, Problem

__all__ = ["apply_override", "expand"]

_AXES: dict[Key, int] = {"x": 0, "y": 1, "z": 2}
# A component of these may be given although the vector itself was not.
_VECTORS = {
    "magnetic", "electric", "amplitude", "normal", "center", "position", "direction", "gradient",
    "magnetic_gradient", "moment", "stiffness", "wavevector",
}  # fmt: skip


def apply_override(root: Node, text: str) -> list[Problem]:
    """Set one value in the tree, making the mappings on the way to it; return what is wrong with it."""
    label = f"--set {text if len(text) <= 60 else text[:57] + '...'}"
    written, equals, value_text = text.partition("=")
    path = split_path(written.strip())
    if not equals or "" in path or len(path) > DEPTH_LIMIT:
        return [Place(label).problem("must be KEY=VALUE, such as fields.magnetic=[0,0,2 T]")]
    here = Place(label, path=path_text(path))
    try:
        value, problems = parse(value_text if value_text.strip() else "null", label, path=here.path)
        _forget_lines(value)
        _set(root, path, value)
    except ConfigError as error:
        problems = list(error.problems)
    return [replace(one, line=None, column=None, path=one.path or here.path) for one in problems]


def _forget_lines(node: Node) -> None:
    node.place = node.place._replace(line=None, column=None)
    node.key = node.key and node.key._replace(line=None, column=None)
    for child in node.mapping.values() if node.mapping is not None else node.items or ():
        _forget_lines(child)


def _set(node: Node | None, path: Path, value: Node, above: Path = ()) -> Node:
    """Return the node with the value put at the path; a scalar in the way gives way."""
    if not path:
        return value
    key, rest = path[0], path[1:]
    if above == ("fields", "electric") and key in _AXES and node is not None and (terms := _fields_in(node)):
        _set(_only_vector(terms, value, above), path, value, (*above, 0, "amplitude"))
        return node
    if (
        above == ("fields", "electric")
        and isinstance(key, str)
        and node is not None
        and node.items is not None
    ):
        terms = _fields_in(node)
        if (
            key not in _AXES and len(terms) == len(node.items) == 1
        ):  # a single field is written as a mapping, too
            _set(terms[0], path, value, (*above, 0))
            return node
    here = value.place._replace(path=path_text(above))
    is_list = node is not None and node.items is not None
    axis = key in _AXES and (is_list if node is not None else bool(above) and above[-1] in _VECTORS)
    key = _AXES[key] if axis else key
    if node is None or not isinstance(node.value, list | dict):
        shorthand = {"index": node} if node is not None and above == ("band",) else {}
        node = Node([] if axis else shorthand, here)
    if node.items is not None:
        _set_item(node.items, key, rest, value, above, axis=axis)
    elif node.mapping is not None:
        child = _set(node.mapping.get(str(key)), rest, value, (*above, str(key)))
        child.key = child.key if rest and child.key else child.place
        node.mapping[str(key)] = child
    return node


def _fields_in(node: Node) -> list[Node]:
    """The fields of an electric field that is written as a mapping or a list of them, not as a vector."""
    return [item for item in node.items or [node] if item.mapping is not None]


def _only_vector(terms: list[Node], value: Node, above: Path) -> Node:
    """The amplitude that a component of the whole electric field can mean."""
    vector = terms[0].child("amplitude") if len(terms) == 1 else None
    if vector is None or vector.items is None:
        sentence = (
            f"{path_text(above)} is not one vector; name a field of it, such as electric[0].amplitude.x"
        )
        raise ConfigError([value.place.problem(sentence)])
    return vector


def _set_item(items: list[Node], key: Key, rest: Path, value: Node, above: Path, *, axis: bool) -> None:
    if axis and isinstance(key, int):
        items += [Node(0, value.place) for _ in range(key - len(items))]
    if not isinstance(key, int) or key > len(items):
        sentence = f"{path_text(above)} is a list of {len(items)}; there is no element {key!r}"
        raise ConfigError([value.place.problem(sentence)])
    items[key : key + 1] = [_set(items[key] if key < len(items) else None, rest, value, (*above, key))]


def expand(root: Node, folder: FilePath) -> None:
    """Write shorter forms out in full, and make files absolute.

    A file named in the config lies beside the config; one named in an override, or by a script, is relative
    to the current directory.
    """
    band = root.child("band")
    if band is not None and not isinstance(band.value, list | dict) and band.value is not None:
        band.value = {"index": replace(band)}
    _expand_group(root)
    electric, rest = root.find(("fields", "electric"))
    if not rest and isinstance(electric.value, list | dict | Section):
        electric.value = _terms(electric)
    named: list[Path] = [
        ("model", "file"),
        ("model", "spin_down"),
        ("ensemble", "file"),
        ("scattering", "map", "file"),
    ]
    bands, rest = root.find(("scattering", "bands"))
    named += [("scattering", "bands", name, "map", "file") for name in (() if rest else bands.mapping or ())]
    for key in ("electric", "potential", "magnetic_terms"):
        terms, rest = root.find(("fields", key))
        if not rest and key != "electric" and isinstance(terms.value, dict | Section):
            terms.value = [replace(terms)]
        named += [("fields", key, i, "file") for i in range(len(() if rest else terms.items or ()))]
    textures, rest = root.find(("model", "textures"))
    named += [
        ("model", "textures", i, "profile", "file") for i in range(len(() if rest else textures.items or ()))
    ]
    for path in named:
        file, rest = root.find(path)
        if not rest and isinstance(file.value, str | os.PathLike):
            base = folder if file.place.line is not None else FilePath.cwd()
            file.value = os.path.abspath(base / file.value)


def _expand_group(root: Node) -> None:
    """A list of ``bands`` is the group of the section ``band``, whose lowest one is its index; ``near`` is the index of an
    automatic one; ``each`` are bands with packets of their own, and so are ``auto`` and ``all``.
    """
    bands = root.child("bands")
    if root.mapping is None or bands is None:
        return
    if root.child("band") is not None:
        sentence = "belongs to packets in one band, and 'bands' names several: leave one of the two out"
        raise ConfigError([root.where(("band",)).problem(sentence)])
    near, each = bands.child("near"), bands.child("each")
    if bands.value in ("auto", "all"):
        section = {"index": Node(0, bands.place), "each": bands}
    elif each is not None and bands.mapping is not None:
        first = each.items[0] if each.items else Node(0, each.place)
        section = {"index": first, **bands.mapping}
    elif bands.items:
        section = {"index": bands.items[0], "group": bands}
    elif near is not None and bands.mapping is not None:
        rest = {key: node for key, node in bands.mapping.items() if key != "near"}
        section = {"index": near, **rest, "group": Node("auto", near.place)}
    else:
        raise ConfigError([bands.place.problem(_which(bands))])
    del root.mapping["bands"]
    root.mapping["band"] = replace(bands, value=section)


def _which(bands: Node) -> str:
    """What to write in place of something that names no bands."""
    if isinstance(bands.value, int) and not isinstance(bands.value, bool):
        one = bands.value
        return (
            f"must be a list such as [{one}, {one + 1}]; one band is 'band: {one}', and with the bands that come near it "
            f"'bands: {{near: {one}}}'"
        )
    return (
        "must be a list of successive bands that are one group such as [2, 3], or a band and those that come near it: "
        "{near: 2}; bands with packets of their own are auto, all or {each: [2, 3]}"
    )


def _terms(electric: Node) -> list[Node]:
    items = electric.items
    if items is None or (items and not any(isinstance(item.value, list | dict | Section) for item in items)):
        return [_term(replace(electric))]
    return [_term(item) for item in items]


def _term(node: Node) -> Node:
    """A vector is a uniform static field."""
    uniform = {"kind": Node("uniform", node.place), "amplitude": node}
    return node if node.items is None else Node(uniform, node.place)
