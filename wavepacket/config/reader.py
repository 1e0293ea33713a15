"""From a file or a mapping to a validated config, with every problem at once."""

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from wavepacket.config.files import crystal_form
from wavepacket.config.kinds import load_package_parts, load_parts_of
from wavepacket.config.loader import read
from wavepacket.config.messages import in_order, problems_of
from wavepacket.config.overrides import apply_override, expand
from wavepacket.config.schema import TWO_MODELS, Config
from wavepacket.config.schema_headline import how_not_what
from wavepacket.config.source import Node, Place, from_python
from wavepacket.errors import ConfigError, InputError, Problem

__all__ = ["ConfigLike", "config_from_mapping", "json_schema", "load_config"]

ConfigLike = Config | str | os.PathLike[str] | Mapping[str, Any]
"""A config, the path of its file, or a mapping with its keys."""

Beyond = Callable[[Config], Iterable[Problem]]
"""What is wrong with a config that fits the schema."""

_MODEL = re.compile(r"[a-z][a-z_]{0,49}")
_BANDS = {
    "description": "In place of band: a group of successive bands, or a band and those that come near it; or bands with "
    "packets of their own, by number, all of them, or those with states in the window of the ensemble (auto).",
    "anyOf": [
        {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 1},
        {"type": "object", "properties": {"near": {"type": "integer", "minimum": 0}}, "required": ["near"]},
        {"type": "object", "properties": {"each": {"type": "array"}}, "required": ["each"]},
        {"type": "string", "enum": ["auto", "all"]},
    ],
}  # a short form, which the schema of values does not know
_MOVES = {"ensemble", "time", "scattering"}  # with one of these a config means to run packets
_CRYSTAL = {"name", "model", "band", "bands", "valleys"}  # the sections that need no other


def load_config(
    path: str | os.PathLike[str],
    overrides: Sequence[str] = (),
    large: bool = False,
    *,
    model: Mapping[str, Any] | None = None,
    beyond: Beyond | None = None,
) -> Config:
    """Read a config file.

    Parameters
    ----------
    path : YAML file; the model's file is looked for beside it. A Wannier90 file (``NAME_tb.dat``, ``NAME_hr.dat``, or
        of any name) stands for a config that says nothing but that it is the model, and so does the bare name of a
        library model.
    overrides : changes such as ``fields.magnetic=[0,0,2 T]`` or ``fields.magnetic.z=2 T``, applied in order
    large : lift the bounds on size and count, for a file that `Config.to_yaml` wrote
    model : the section ``model``, where the file has none
    beyond : finds what else is wrong, in the sections that are right where others do not fit the schema

    Raises
    ------
    ConfigError
        with every problem, each as ``file:line:column: path: message``
    """
    if not isinstance(path, str | os.PathLike):
        raise InputError(
            f"a config is a mapping or the path of its file, not an object of type {type(path).__name__}; "
            "a Hamiltonian is given by its name: hamiltonian=..."
        )
    file = Path(path)
    crystal = _crystal(file)
    if crystal is not None:
        return _validated(
            from_python(crystal, Place(str(file))), [], overrides, Path.cwd(), model=model, beyond=beyond
        )
    root, problems = read(file, large)
    return _validated(root, problems, overrides, file.parent, model=model, beyond=beyond)


def _crystal(file: Path) -> dict[str, Any] | None:
    """Return a config for a crystal file or the name of a library model; None if it is neither."""
    if crystal_form(file):
        if not file.is_file():
            raise ConfigError([Place(str(file)).problem("no such file")])
        return {"name": re.sub(r"[^A-Za-z0-9_]", "_", file.stem)[-100:], "model": {"file": str(file)}}
    if _MODEL.fullmatch(str(file)) and not file.exists():
        return {"name": str(file), "model": {"name": str(file)}}
    return None


def config_from_mapping(
    mapping: Mapping[str, Any],
    overrides: Sequence[str] = (),
    *,
    model: Mapping[str, Any] | None = None,
    beyond: Beyond | None = None,
) -> Config:
    """Return the config that a mapping of Python values (or numpy arrays) describes.

    Parameters
    ----------
    mapping : the keys of a config file; quantities are numbers in the default units, or text with a unit such as ``"2 ps"``
    overrides : changes such as ``time.end=1 ps``, applied in order
    model : the section ``model``, where the mapping has none
    beyond : finds what else is wrong, as in `load_config`

    Raises
    ------
    ConfigError
        with every problem, each with the path of its key
    """
    return _validated(
        from_python(dict(mapping) if hasattr(mapping, "keys") else mapping, Place("")),
        [],
        overrides,
        Path.cwd(),
        model=model,
        beyond=beyond,
    )


def json_schema() -> dict[str, Any]:
    """Return the JSON schema of a config, for editors."""
    load_package_parts()
    schema = Config.model_json_schema()
    schema["properties"]["bands"] = _BANDS
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _validated(
    root: Node,
    problems: list[Problem],
    overrides: Sequence[str],
    folder: Path,
    *,
    model: Mapping[str, Any] | None,
    beyond: Beyond | None,
) -> Config:
    if root.mapping is None:
        raise ConfigError([root.place.problem("must be a mapping with keys such as 'model' and 'time'")])
    for text in overrides:
        problems = problems + apply_override(root, text)
    if model is not None:
        if "model" in root.mapping:
            raise ConfigError([root.where(("model",)).problem(TWO_MODELS)])
        root.mapping["model"] = from_python(dict(model), Place("the given Hamiltonian", path="model"))
    expand(root, folder)
    load_parts_of(root)
    found = list[Problem]()
    try:
        config = _of(root)
    except ValidationError as error:
        found = problems_of(error, root, Config)
    if problems or found:
        more = [] if beyond is None else _more(root, [*problems, *found], beyond)
        raise ConfigError(in_order(found + more, problems))
    return _about(config, overrides)


def _of(root: Node) -> Config:
    """The config of a tree that fits the schema."""
    assert root.mapping is not None
    config = Config.model_validate(root.plain(), context={"moves": not _MOVES.isdisjoint(root.mapping)})
    config._source = root
    return config


def _more(root: Node, problems: Iterable[Problem], beyond: Beyond) -> list[Problem]:
    """What is wrong with the sections that are right by themselves, or else with the crystal alone."""
    assert root.mapping is not None
    wrong = {one.path.partition(".")[0].partition("[")[0] for one in problems}
    if not _CRYSTAL.isdisjoint(wrong):
        return []
    right = root.mapping.keys() - wrong
    for kept in (right, right & _CRYSTAL):
        try:
            config = _of(Node({key: node for key, node in root.mapping.items() if key in kept}, root.place))
        except ValidationError:
            continue
        return list(beyond(config))
    return []


def _about(config: Config, overrides: Sequence[str]) -> Config:
    """The config without its exact values where something was changed on which they may depend."""
    keys = [text.partition("=")[0].strip() for text in overrides]
    if not config.headline or all(map(how_not_what, keys)) or any(key.startswith("headline") for key in keys):
        return config
    return config.model_copy(update={"headline": dict.fromkeys(config.headline)})
