"""Models by name: each is a function that builds a crystal from parameters, registered by `model`."""

import inspect
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, TypeVar

from wavepacket.config.messages import unknown_key
from wavepacket.errors import InputError
from wavepacket.hamiltonians.high_symmetry import with_high_symmetry
from wavepacket.hamiltonians.kp import KPHamiltonian
from wavepacket.hamiltonians.lattice import LatticeHamiltonian
from wavepacket.scripts import OWN, called

__all__ = ["CATALOGUE", "build_model", "builder_of", "defaults_of", "is_shipped", "model"]

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
    name = builder.__name__
    if not re.fullmatch("[A-Za-z0-9_]{1,100}", name):
        raise InputError(f"a model needs a function with a name of letters, digits and '_', not {name!r}")
    if name in CATALOGUE and is_shipped(name) and builder.__module__ != CATALOGUE[name].__module__:
        raise InputError(f"the package has a model {name!r} already: give yours another name")
    for key, parameter in inspect.signature(builder).parameters.items():
        if parameter.default is inspect.Parameter.empty or parameter.annotation is inspect.Parameter.empty:
            raise InputError(
                f"the parameter {key!r} of the model {name!r} needs a type and a default, such as '{key}: Energy = 1.0'"
            )
        if isinstance(parameter.default, str) and parameter.annotation is not str:
            raise InputError(
                f"the default of {key!r} of the model {name!r} must be a number in internal units (eV, Å, fs, rad), not text"
            )
    CATALOGUE[name] = builder
    return builder


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
