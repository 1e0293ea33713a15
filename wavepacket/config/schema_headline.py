"""Schema of ``headline``: what a run is about."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from wavepacket.units import Number

__all__ = ["Wanted", "how_not_what"]

_Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*(\.[^.\s]+)*$", max_length=100)]


def _with_values(given: object) -> object:
    """A name, or a list of them, stands for names without an exact value."""
    if isinstance(given, str):
        return {given: None}
    if isinstance(given, list | tuple) and all(isinstance(name, str) for name in given):
        return dict.fromkeys(given)
    if isinstance(given, list | tuple):
        raise ValueError("must be a name, a list of names, or a mapping from names to exact values")
    return {} if given is None else given


Wanted = Annotated[
    dict[_Name, Number | None],
    BeforeValidator(_with_values, json_schema_input_type=dict[str, float | None] | list[str] | str),
    Field(max_length=6),
]
"""The exact value, or None, by the name of an observable or of one of its components, such as ``valley_drift.K.y``."""

_HOW = (
    "band.accuracy", "band.grid", "band.source", "ensemble.grid", "ensemble.number", "ensemble.places", "ensemble.replicas",
    "headline", "integrator", "limits", "local.grid", "name", "quantum.sites", "seed", "time.saves",
    "title",
)  # fmt: skip


def how_not_what(key: str) -> bool:
    """Whether a key changes how something is computed, and how well, but not what."""
    return any(key == each or key.startswith(f"{each}.") for each in _HOW)
