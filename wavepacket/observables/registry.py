"""The table of observables: all that results have, each with name, unit, convention, symbol, needs and function.

An entry stands at the function that computes it. ``analyze``, ``response`` and ``quantum`` evaluate those of their kind, and
JSON, CSV, sweeps, figures and the table in ``docs/results.md`` take names, units and symbols from here. Units and
conventions are texts with ``{words}`` for what depends on the dimension, the charge or the run.
"""

import importlib
import warnings
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeVar

from wavepacket.conventions import (
    DENSITY_OF_STATES_FACTOR,
    carriers,
    current_density,
    over_hbar,
    with_carrier,
)
from wavepacket.errors import InputError
from wavepacket.observables.observable import Observable, Observables, Value

__all__ = [
    "KINDS", "RUNS", "UNITS", "Entry", "Plain", "Source", "check_name", "entries", "entry", "forget_own", "known_names",
    "observables_of", "own_observables", "package_observables", "rows", "symbol_of", "words_of",
]  # fmt: skip

_Function = TypeVar("_Function", bound=Callable[..., Any])

RUNS: Final = ("ballistic", "linear_response", "steady_state")
KINDS: Final = (
    *RUNS, "sweep", "response", "ribbon", "quantum", "error_budget", "bands", "extremum", "gap_minimum", "weyl_point",
)  # fmt: skip
"""What observables are of: runs by their protocol, and results of other commands."""

UNITS: Final[Mapping[str, Mapping[int, str]]] = {
    "conductivity": {1: "e^2 angstrom/(eV fs)", 2: "e^2/h", 3: "S/cm"},
    "resistivity": {1: "eV fs/(e^2 angstrom)", 2: "h/e^2", 3: "ohm cm"},
    "current": {1: "A", 2: "A/m", 3: "A/m^2"},
    "thermoelectric": {1: "A m/K", 2: "A/K", 3: "A/(m K)"},
    "thermal": {1: "W m/K", 2: "W/K", 3: "W/(m K)"},
    "power": {1: "W m/K^2", 2: "W/K^2", 3: "W/(m K^2)"},
    "dipole": {1: "angstrom^2", 2: "angstrom", 3: "1"},
    "spin_conductivity": {1: "(hbar/2e) e^2 angstrom/(eV fs)", 2: "(hbar/2e) e^2/h", 3: "(hbar/e) S/cm"},
    "magnetoelectric_response": {1: "A m^2/V", 2: "A m/V", 3: "A/V"},
}
"""Of quantities whose unit depends on the dimension of the crystal."""


_ROWS: Final = (
    "analysis", "bandstructure.summary", "quantum.budget", "quantum.comparison", "response.flux", "response.respond",
    "response.ribbons", "sweeps.magnetoresistance",
)  # fmt: skip
"""Modules with rows of the table, which stand on higher floors and are imported when all names are asked for."""


class Source(Protocol):
    """What observables are computed from: ``has`` names what is there, ``words`` are those of units and conventions."""

    @property
    def has(self) -> frozenset[str]:
        """What entries may need."""

    @property
    def words(self) -> Mapping[str, str]:
        """Texts by the names that stand in braces."""


@dataclass(frozen=True)
class Entry:
    """A row of the table, of one kind of result.

    Attributes
    ----------
    function : of a source; returns an observable without name and unit, a value, or None where there is none
    unit, convention : texts with words in braces
    symbol : of figures, in TeX; empty where the name is all there is
    needs : what its source must have
    old : names that it had in the last version
    asked : whether it takes long, and is evaluated only where it is asked for by name
    own : whether a script has registered it
    """

    kind: str
    name: str
    function: Callable[[Any], Observable | Value | None]
    unit: str
    convention: str
    symbol: str = ""
    needs: tuple[str, ...] = ()
    old: tuple[str, ...] = ()
    asked: bool = False
    own: bool = False

    def made(self, source: Source) -> Observable | None:
        """Evaluate it; None where the source lacks something."""
        if not source.has.issuperset(self.needs):
            return None
        found = self.function(source)
        if found is None:
            return None
        found = found if isinstance(found, Observable) else Observable("", found)
        unit, convention = (text.format_map(source.words) for text in (self.unit, self.convention))
        return found.named(self.name, unit, convention, self.old)


_TABLE: dict[tuple[bool, str, str], Entry] = {}


def entry(
    *kinds: str,
    unit: str,
    convention: str | Mapping[str, str],
    name: str = "",
    own: bool = False,
    **more: Any,
) -> Callable[[_Function], _Function]:
    """Put a function into the table, under its own name if none is given; a decorator.

    Parameters
    ----------
    kinds : of the results that have it
    convention : text, or that of each kind
    more : symbol, needs, old and asked, see `Entry`
    """

    def registered(function: _Function) -> _Function:
        called = name or function.__name__
        for kind in kinds:
            text = convention if isinstance(convention, str) else convention[kind]
            _TABLE[own, kind, called] = Entry(kind, called, function, unit, text, own=own, **more)
        return function

    return registered


def rows(kind: str, *of: tuple[str, str, str, str, Callable[[Any], Any]], **more: Any) -> None:
    """Put functions of a line into the table: name, unit, symbol, convention and function of each; more as of `entry`."""
    for name, unit, symbol, convention, function in of:
        entry(kind, unit=unit, convention=convention, name=name, symbol=symbol, **more)(function)


def entries(kind: str = "") -> list[Entry]:
    """Rows of the table, of one kind or all; those of scripts are the last."""
    found = [each for each in _TABLE.values() if kind in ("", each.kind)]
    return sorted(found, key=lambda each: each.own)


def forget_own() -> None:
    """Take all observables of scripts out of the table."""
    for key in [key for key, each in _TABLE.items() if each.own]:
        del _TABLE[key]


@dataclass(frozen=True, eq=False)
class Plain:
    """A source that has all that its entries need, and no words."""

    given: Any
    has: frozenset[str] = frozenset()
    words: Mapping[str, str] = field(default_factory=dict)


def observables_of(kind: str, source: Source, asked: Collection[str] = ()) -> Observables:
    """All observables of a kind that a source has; those of scripts as in `own_observables`.

    Parameters
    ----------
    asked : names of those that are evaluated only where they are asked for
    """
    return Observables(package_observables(kind, source, asked) | own_observables(kind, source))


def package_observables(kind: str, source: Source, asked: Collection[str] = ()) -> dict[str, Observable]:
    """Those of the package alone."""
    wanted = (each for each in entries(kind) if not each.own and (not each.asked or each.name in asked))
    made = (each.made(source) for each in wanted)
    return {each.name: each for each in made if each is not None}


def known_names(*, own: bool = True) -> set[str]:
    """Names of all observables, of any result, and those that they had in the last version; those of scripts if ``own``."""
    for module in _ROWS:
        importlib.import_module(f"wavepacket.{module}")
    return {name for each in entries() if own or not each.own for name in (each.name, *each.old)}


def check_name(name: str) -> None:
    """Raise InputError where the package has an observable of this name, of any result, or had it in the last version.

    Tables and figures of sweeps know observables by their names alone.
    """
    if name in known_names(own=False):
        raise InputError(f"the package has an observable {name!r} already: give the function another name")


def own_observables(kind: str, source: Source) -> dict[str, Observable]:
    """Those that scripts of this process have registered; one that fails is left out, with a warning.

    Hours of computing may stand behind the other results.
    """
    found = {}
    for name, each in ((each.name, each) for each in entries(kind) if each.own):
        try:
            made = each.made(source)
        except (Exception, SystemExit) as error:
            text = f"the observable {name!r} of this script is left out: {type(error).__name__}: {error}"
            warnings.warn(text, UserWarning, stacklevel=2)
            continue
        if made is not None:
            found[name] = made
    return found


def symbol_of(name: str, *, own: bool = False) -> str:
    """What figures call an observable, in TeX where it has a symbol; with ``own`` empty if no script has registered it."""
    found = [each for each in _TABLE.values() if each.name == name and (each.own or not own)]
    symbol = next((each.symbol for each in found if each.symbol), name.replace("_", " "))
    return symbol if found or not own else ""


def words_of(dimension: int, charge: float) -> dict[str, str]:
    """Words of units and conventions for a dimension of the crystal, and a charge of the carriers in e."""
    return {
        **{name: units[dimension] for name, units in UNITS.items()},
        "d": str(dimension),
        "volume": "1/angstrom" if dimension == 1 else f"1/angstrom^{dimension}",
        "per_volume": "/angstrom" if dimension == 1 else f"/angstrom^{dimension}",
        "current_text": current_density(charge),
        "density_of_states_factor": with_carrier(DENSITY_OF_STATES_FACTOR, charge),
        "carriers": carriers(charge),
        "square": over_hbar(charge, 2),
        "minus_q": over_hbar(-charge),
        "plus_minus_q": over_hbar(-charge, signed=True),
    }
