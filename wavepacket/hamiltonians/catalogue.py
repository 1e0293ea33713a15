"""Models by name: each is a function that builds a crystal from parameters, registered by `model`."""

import inspect
import re
import types
import typing
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, TypeVar

from wavepacket.config.messages import unknown_key
from wavepacket.config.signatures import parameters_of
from wavepacket.errors import InputError
from wavepacket.hamiltonians.high_symmetry import with_high_symmetry
from wavepacket.hamiltonians.kp import KPHamiltonian
from wavepacket.hamiltonians.lattice import LatticeHamiltonian
from wavepacket.scripts import OWN, called
from wavepacket.units import parameter_dimensions as dimensions_of_hints

__all__ = [
    "CATALOGUE",
    "build_model",
    "builder_of",
    "defaults_of",
    "is_shipped",
    "model",
    "parameter_dimensions",
]

Builder = Callable[..., LatticeHamiltonian | KPHamiltonian]
_AnyBuilder = TypeVar("_AnyBuilder", bound=Builder)

CATALOGUE: Final[dict[str, Builder]] = {}
"""Name in a config → builder."""

_SHIPPED = "wavepacket.hamiltonians.library."


def model(builder: _AnyBuilder) -> _AnyBuilder:
    """Register a function as a model of configs, under its own name; a decorator.

    Each parameter needs a default and, for its unit, an annotation such as ``wavepacket.units.Energy``; ``float`` is a
    pure number, ``int`` an integer, ``str`` text. The first line of the docstring is what ``wavepacket models`` shows.

    Raises
    ------
    InputError
        for a parameter without default or annotation, and for the name of a model of the package

    Examples
    --------
    >>> import wavepacket
    >>> from wavepacket.units import Energy, Length
    >>> @wavepacket.model
    ... def chain(hopping: Energy = 1.0, spacing: Length = 3.0):
    ...     '''One orbital in each cell of a line.'''
    ...     return wavepacket.hamiltonians.LatticeHamiltonian.from_hoppings([[spacing]], {(1,): [[-hopping]]})
    >>> "chain" in wavepacket.models
    True
    """
    parameters = parameters_of(builder, "model")
    name = builder.__name__
    if not re.fullmatch("[A-Za-z0-9_]{1,100}", name):
        raise InputError(f"a model needs a function with a name of letters, digits and '_', not {name!r}")
    if name in CATALOGUE and is_shipped(name) and builder.__module__ != CATALOGUE[name].__module__:
        raise InputError(f"the package has a model {name!r} already: give yours another name")
    for key, (hint, default) in parameters.items():
        of = f"the parameter {key!r} of the model {name!r}"
        if default is inspect.Parameter.empty or hint is inspect.Parameter.empty:
            raise InputError(f"{of} needs a type and a default, such as '{key}: Energy = 1.0'")
        if key == "name":
            raise InputError(f"{of} needs another name")
        if _bare(hint) not in (float, int, str):
            raise InputError(
                f"{of} must be a number, such as Energy or int, or text: a config gives no others"
            )
    CATALOGUE[name] = builder
    return builder


def parameter_dimensions(builder: Callable[..., object]) -> dict[str, str]:
    """Return parameter → dimension as `wavepacket.units.parameter_dimensions`, also of ``Energy | None``."""

    def plain() -> None: ...

    hints = typing.get_type_hints(builder, include_extras=True)
    plain.__annotations__ = {key: _without_none(hint) for key, hint in hints.items()}
    return dimensions_of_hints(plain)


def _without_none(hint: Any) -> Any:
    if not isinstance(hint, types.UnionType) and typing.get_origin(hint) is not typing.Union:
        return hint
    kept = [each for each in typing.get_args(hint) if each is not types.NoneType]
    return kept[0] if len(kept) == 1 else hint


def _bare(hint: Any) -> Any:
    """Return a type without its unit and without None."""
    inner = _without_none(hint)
    return _bare(typing.get_args(inner)[0]) if typing.get_origin(inner) is typing.Annotated else inner


def is_shipped(name: str) -> bool:
    """Whether a model is not one that a script has registered."""
    return name not in CATALOGUE or CATALOGUE[name].__module__.startswith(_SHIPPED)


def builder_of(name: str) -> Builder:
    """Return the builder of a model; InputError where there is none of that name."""
    if name not in CATALOGUE:
        sentence = unknown_key(name, sorted(CATALOGUE), "model")
        raise InputError(f"{sentence}; {OWN}")
    return CATALOGUE[name]


def defaults_of(name: str) -> dict[str, Any]:
    """Return parameter → default."""
    parameters = inspect.signature(builder_of(name)).parameters.items()
    return {key: parameter.default for key, parameter in parameters}


def build_model(name: str, parameters: dict[str, Any]) -> LatticeHamiltonian | KPHamiltonian:
    """Build a model; one of a user's is given its name, its parameters and the special points of its lattice."""
    builder = builder_of(name)
    if is_shipped(name):
        return builder(**parameters)
    crystal = called(builder, f"the model {name!r}", **parameters)
    if not isinstance(crystal, LatticeHamiltonian | KPHamiltonian):
        raise InputError(
            f"the model {name!r} returned an object of type {type(crystal).__name__}, not a Hamiltonian"
        )
    crystal = replace(crystal, name=name, parameters={**defaults_of(name), **parameters})
    return with_high_symmetry(crystal) if isinstance(crystal, LatticeHamiltonian) else crystal
