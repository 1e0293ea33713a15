"""The parameters of a script's function as keys of a config: what cannot be one is refused where it is registered."""

import inspect
import typing
from collections.abc import Callable
from typing import Any

from wavepacket.errors import InputError

__all__ = ["parameters_of"]


def parameters_of(function: Callable[..., Any], what: str) -> dict[str, tuple[Any, Any]]:
    """Return parameter → type and default, each `inspect.Parameter.empty` where there is none.

    Raises
    ------
    InputError
        for what no ``def`` made, parameters that cannot be given by name, and annotations that cannot be read
    """
    if not inspect.isfunction(function) or not function.__name__.isidentifier():
        raise InputError(f"a {what} has the name of its function: define one by def")
    of = f"of the {what} {function.__name__!r}"
    try:
        hints = typing.get_type_hints(function, include_extras=True)
    except Exception as error:
        raise InputError(f"the annotations {of} cannot be read: {type(error).__name__}: {error}") from error
    found = {}
    for key, parameter in inspect.signature(function).parameters.items():
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise InputError(
                f"the parameter {key!r} {of} cannot be a key: keys are parameters given by name, no * and no /"
            )
        hint, default = hints.get(key, parameter.empty), parameter.default
        if isinstance(default, str) and hint is not str:
            raise InputError(
                f"the default of {key!r} {of} must be a number in internal units (eV, Å, fs, rad), not text"
            )
        found[key] = (hint, default)
    return found
