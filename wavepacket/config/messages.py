"""From pydantic's errors to problems with a place and a sentence of ours."""

import typing
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import BaseModel, ValidationError

from wavepacket.config.source import PROBLEM_LIMIT, Node, Path
from wavepacket.config.types import (
    BAND_TAG,
    BANDS_TAG,
    FACTORS_TAG,
    FOUND_TAG,
    MATRICES_TAG,
    MATRIX_TAG,
    NAME_TAG,
    NEAR_TAG,
    NUMBER_TAG,
    PAIRS_TAG,
    POINT_TAG,
    POINTS_TAG,
    POLAR_TAG,
    RULE_TAG,
    SPIN_TAG,
    VECTOR_TAG,
    Misfit,
)
from wavepacket.errors import Problem
from wavepacket.scripts import OWN
from wavepacket.units import shown

__all__ = ["did_you_mean", "in_order", "problems_of", "unknown_key"]

_TAGS = {
    BAND_TAG, BANDS_TAG, FACTORS_TAG, FOUND_TAG, MATRICES_TAG, MATRIX_TAG, NAME_TAG, NEAR_TAG, NUMBER_TAG, PAIRS_TAG,
    POINTS_TAG, POINT_TAG, POLAR_TAG, RULE_TAG, SPIN_TAG, VECTOR_TAG,
}  # fmt: skip


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ``; did you mean 'x'?``, or the list of what is known."""
    import difflib  # only needed for a message; costs start-up time

    names = [str(one) for one in known]
    close = [one for one in names if one.casefold() == name.casefold()] or difflib.get_close_matches(
        name[:50], names, n=1
    )
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; known: {', '.join(names)}" if names else ""


def unknown_key(name: str, known: Iterable[str], what: str = "key") -> str:
    """Return the sentence for a key that the schema lacks."""
    return f"unknown {what} {shown(name)}{did_you_mean(name, known)}"


_BOUNDS = {
    "greater_than": ("greater than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("at most", "le"),
}
_NO_MAPPING = ("union_tag_not_found", "model_attributes_type", "model_type", "dict_type")
_DUTIES = {
    "path_type": "be a path",
    "string_pattern_mismatch": "be made of letters, digits, '_', '.' and '-', the first no '.' or '-'",
}


# What a list or a mapping looks like where people most often write something else.
_SHAPES: dict[Path, str] = {
    ("band",): "be the number of a band, or a mapping",
    ("band", "group"): "be a list of bands such as [2, 3], or auto",
    ("band", "each"): "be a list of bands such as [3, 4], or auto, or all",
    ("internal", "spin"): "be 1/2, 3/2 or a list of three matrices",
    ("fields", "electric"): "be a list such as [1 kV/cm, 0, 0]",
    (
        "fields",
        "potential",
    ): "be a mapping such as {kind: harmonic, stiffness: 1 meV/angstrom^2}, or a list of them",
    ("fields", "magnetic"): "be a list such as [0, 0, 2 T]",
    ("ensemble", "grid"): "be a list such as [96, 96]",
}


def problems_of(error: ValidationError, root: Node, schema: type[BaseModel]) -> list[Problem]:
    """Return one problem for each error of the schema, at the place where its value was written."""
    details = error.errors(include_url=False)
    problems = [_problem(detail, root, schema) for detail in details if not _is_echo(detail)]
    # A key that is missing because it was misspelt is one problem, not two.
    meant = {one.message.partition("did you mean ")[2].rstrip("?") for one in problems}
    return [one for one in problems if one.message.removeprefix("missing key ") not in meant]


def in_order(problems: list[Problem], unreadable: list[Problem]) -> list[Problem]:
    """Sort by place; a value that the loader could not read is not complained about twice."""
    spoken = {(one.file, one.line, one.column) for one in unreadable if one.line}
    every = unreadable + [one for one in problems if (one.file, one.line, one.column) not in spoken]
    every = list(dict.fromkeys(every))  # a short form may stand for two keys, and be wrong for both
    every.sort(key=lambda one: (one.line is None, one.line or 0, one.column or 0))
    if len(every) > PROBLEM_LIMIT:
        more = f"and {len(every) - PROBLEM_LIMIT} more problems"
        every[PROBLEM_LIMIT:] = [Problem("", None, None, "", more)]
    return every


def _is_echo(detail: Any) -> bool:
    """Complaints that follow from others: a default that needs them, a list called short by the entries that failed."""
    if detail["type"] == "default_factory_not_called":
        return True
    return bool(detail["type"] == "too_short" and len(detail["input"]) > detail["ctx"]["actual_length"])


def _problem(detail: Any, root: Node, schema: type[BaseModel]) -> Problem:
    kind, context = detail["type"], detail.get("ctx", {})
    path, models = _follow(detail["loc"], schema)
    if kind == "extra_forbidden":
        name = str(path[-1])
        parent, rest = root.find(path[:-1])
        node = parent.child(name) if not rest else None
        known = [field for model in models for field in model.model_fields]
        return (node.key if node and node.key else root.where(path)).problem(unknown_key(name, known))
    if kind == "missing":
        node, rest = root.find(path)
        if not rest and node.key is not None:
            return node.key.problem("has no value")
        lacks = f"has no entry {path[-1]}" if isinstance(path[-1], int) else f"missing key {path[-1]!r}"
        return root.where(path[:-1]).problem(lacks)
    inner = context["error"].path if isinstance(context.get("error"), Misfit) else ()
    return root.where(path + inner).problem(_sentence(kind, context, detail["msg"], root, path))


def _sentence(kind: str, context: dict[str, Any], message: str, root: Node, path: Path) -> str:
    node, rest = root.find(path)
    value = None if rest else node.plain()
    if kind == "value_error":
        return str(context["error"])
    if kind in _NO_MAPPING and isinstance(value, dict):
        keys = (
            "one of the keys 'name', 'file', 'hoppings' and 'kp'" if path == ("model",) else "the key 'kind'"
        )
        return f"must have {keys}"
    if kind == "union_tag_invalid":
        known = [tag.strip(" '") for tag in context["expected_tags"].split(",")]
        hint = did_you_mean(context["tag"], known)
        return f"unknown kind {shown(context['tag'])}{hint}" + ("" if "did you mean" in hint else f"; {OWN}")
    if kind in ("too_short", "too_long"):
        least, most = context.get("min_length"), context.get("max_length")
        bound = f"at least {least}" if kind == "too_short" else f"at most {most}"
        return f"must have {bound} entries, not {context['actual_length']}"
    return f"must {_duty(kind, context, message, path)}, not {shown(value)}"


def _duty(kind: str, context: dict[str, Any], message: str, path: Path) -> str:
    if kind in _BOUNDS:
        phrase, bound = _BOUNDS[kind]
        return f"be {phrase} {context[bound]:.12g}"
    if kind == "literal_error":
        return f"be {context['expected']}"
    known = _DUTIES | {"tuple_type": _SHAPES.get(path, "be a list")}
    known |= dict.fromkeys(_NO_MAPPING, _SHAPES.get(path, "be a mapping"))
    return known.get(kind) or message.replace("Input should ", "").replace("String should ", "")


def _follow(loc: Path, schema: type[BaseModel]) -> tuple[Path, list[type[BaseModel]]]:
    """Drop the tags of unions from pydantic's location; return also the models of the last key."""
    path: list[str | int] = []
    models: list[type[BaseModel]] = [schema]
    inside = models
    for key in loc:
        if key in _TAGS:
            continue
        tagged = [model for model in models if len(models) > 1 and _tag(model) == key]
        if tagged:
            models = tagged
            continue
        path.append(key)
        if isinstance(key, str):
            inside = models
            fields = [model.model_fields[key] for model in models if key in model.model_fields]
            models = [model for field in fields for model in _models_in(field.annotation)]
    return tuple(path), inside


def _tag(model: type[BaseModel]) -> str:
    kind = model.model_fields.get("kind")
    return model.__name__ if kind is None else str((*typing.get_args(kind.annotation), kind.default)[0])


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in typing.get_args(annotation):
        yield from _models_in(argument)
