"""Numbers with unit, sign convention and uncertainty, and the table of all that results have."""

from wavepacket.observables.components import by_number, components, items_of, largest
from wavepacket.observables.headline import Headline, headlines
from wavepacket.observables.observable import Observable, Observables, Value, plain
from wavepacket.observables.registry import (
    KINDS,
    RUNS,
    UNITS,
    Entry,
    Plain,
    Source,
    check_name,
    entries,
    entry,
    forget_own,
    known_names,
    observables_of,
    own_observables,
    package_observables,
    rows,
    symbol_of,
    words_of,
)  # fmt: skip

__all__ = [
    "KINDS", "RUNS", "UNITS", "Entry", "Headline", "Observable", "Observables", "Plain", "Source", "Value", "by_number",
    "check_name", "components", "entries", "entry", "forget_own", "headlines", "items_of", "known_names", "largest",
    "observables_of",
    "own_observables", "package_observables", "plain", "rows", "symbol_of", "words_of",
]  # fmt: skip
