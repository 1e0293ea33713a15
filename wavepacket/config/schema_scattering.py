"""Schema of ``scattering``: how long packets fly freely, and what a collision does."""

from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, PlainValidator, ValidationInfo, model_validator

from wavepacket.config.schema_times import (
    LONGEST,
    Duration,
    EnergyLaw,
    EnergyTable,
    Mechanism,
    TimeMap,
    ascending,
)
from wavepacket.config.types import Integer, Section
from wavepacket.units import AngularFrequency, Energy, Number, Wavevector, parse_quantity, shown

__all__ = [
    "CARRIERS", "EnergyLaw", "EnergyTable", "Kernel", "Mechanism", "MonteCarlo", "Scattering", "TimeMap", "TimesOfBand",
]  # fmt: skip

CARRIERS = ("electrons", "holes")
"""Names that stand for the bands that carry them."""


def _one_for_each_transfer(chances: tuple[float, ...], info: ValidationInfo) -> tuple[float, ...]:
    transfers = info.data.get("transfer")
    if transfers is not None and len(chances) != len(transfers):
        raise ValueError(f"must have {len(transfers)} entries, one for each transfer, not {len(chances)}")
    return chances


class Kernel(Section):
    """The chance that a collision takes place, against |k' − k|, the shortest modulo reciprocal vectors.

    Linear between entries, constant beyond the last: proportional to |V(q)|² in Born's approximation. Chance 1 everywhere
    is isotropic scattering; a collision that does not take place leaves the packet as it is.
    """

    transfer: Annotated[
        tuple[Annotated[Wavevector, Field(ge=0)], ...], Field(min_length=1), AfterValidator(ascending)
    ]
    chance: Annotated[
        tuple[Annotated[Number, Field(ge=0, le=1)], ...], AfterValidator(_one_for_each_transfer)
    ]


class MonteCarlo(Section):
    """Collisions as events at random times, `flights` − 1 in each packet's life.

    One flight stands for collisions that lead to equilibrium: what follows the first one adds nothing. With more, packets go
    on from anywhere on their energy shell of half-width `shell`, in their own valley, or by the rows of `valleys` (the
    chance to come from the first name to the second), or in any valley with the share of the intervalley rate; each time
    with the chance that `kernel` gives to the change of wavevector. Where `momentum` is `kept`, a collision that leads to
    another valley keeps the wavevector from the centre of the valley, instead of one anywhere on the shell.
    """

    flights: Annotated[Integer, Field(ge=1, le=10_000)] = 1
    shell: Annotated[Energy, Field(gt=0)] = 1e-3
    valleys: dict[str, dict[str, Annotated[Number, Field(ge=0, le=1)]]] | None = None
    kernel: Kernel | None = None
    momentum: Literal["random", "kept"] = "random"

    @model_validator(mode="after")
    def _rows_add_up(self) -> Self:
        for name, row in (self.valleys or {}).items():
            if abs(sum(row.values()) - 1) > 1e-9:
                raise ValueError(f"valleys.{name}: the chances add up to {sum(row.values()):g}, not to 1")
        return self


def _relaxation_time(value: object) -> float | dict[str, float]:
    """Read one time, or one for each valley."""
    if not isinstance(value, dict):
        return _positive(value)
    if not value:
        raise ValueError("give one relaxation time, or one for each valley by its name")
    return {str(name): _positive(time) for name, time in value.items()}


def _positive(value: object) -> float:
    time = parse_quantity(value, "time")
    if not 0 < time <= LONGEST:
        raise ValueError(f"must be a time between 0 and {LONGEST:g} fs, not {shown(value)}")
    return time


def _only_within_valleys(time: float | None, info: ValidationInfo) -> float | None:
    if time is not None and info.data.get("energy") is not None:
        raise ValueError("an intervalley time needs relaxation times that do not depend on energy")
    return time


_RelaxationTime = Annotated[
    float | dict[str, float],
    PlainValidator(_relaxation_time, json_schema_input_type=float | str | dict[str, float | str]),
]


class TimesOfBand(Section):
    """What one band of a run of several has of its own; what is not given here is as for all bands."""

    relaxation_time: _RelaxationTime | None = None
    energy: EnergyLaw | None = None
    table: EnergyTable | None = None
    map: TimeMap | None = None
    matthiessen: tuple[Mechanism, ...] | None = None


def _to_others(given: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    for name, others in given.items():
        if name in others:
            raise ValueError(f"from {name} to itself packets come in relaxation_time: leave it out here")
    return given


def _of_bands(given: dict[str, TimesOfBand]) -> dict[str, TimesOfBand]:
    for name in given:
        if name not in CARRIERS and not (name.isdecimal() and str(int(name)) == name):
            raise ValueError(
                f"names bands by their numbers, or those that carry {' or '.join(CARRIERS)}, not by {shown(name)}"
            )
    return given


class Scattering(Section):
    """Collisions that restore equilibrium after a relaxation time.

    relaxation_time : τ, or a mapping of valley names to theirs (a packet keeps that of the valley it starts in)
    energy : how τ depends on the energy; constant without
    table, map : the same as a table of factors by energy, and by wavevector; factors of all three multiply
    matthiessen : further causes of collisions, whose rates add
    bands : of a run of several bands, what single ones have of their own, by their numbers or by what they carry
    intervalley_time : where given, `relaxation_time` conserves the number in each valley, and this one does not; in a linear
        response, or in a steady state in a static field
    between : times of collisions that lead from one valley, or band, to another at the same energy: {from: {to: time}}; the
        way back follows from detailed balance, and `relaxation_time` conserves the number in each
    frequency : of the probing field, for the linear response; 0 for a static one
    heat : whether the linear response also has heat: Seebeck, Nernst and Peltier effect, thermal conductivity
    monte_carlo : where given, collisions are random events instead of a weight along the path
    """

    relaxation_time: _RelaxationTime
    energy: EnergyLaw | None = None
    table: EnergyTable | None = None
    map: TimeMap | None = None
    matthiessen: tuple[Mechanism, ...] = ()
    bands: Annotated[dict[str, TimesOfBand], AfterValidator(_of_bands)] | None = None
    intervalley_time: Annotated[Duration | None, AfterValidator(_only_within_valleys)] = None
    between: Annotated[dict[str, dict[str, Duration]], AfterValidator(_to_others)] | None = None
    frequency: Annotated[AngularFrequency, Field(ge=0)] = 0.0
    heat: bool = Field(default=False, strict=True)
    monte_carlo: MonteCarlo | None = None

    @property
    def by_state(self) -> str:
        """Key of what makes rates of states that no kernel knows along a flight; empty where there is none."""
        for key in ("table", "map"):
            if getattr(self, key) is not None:
                return key
        energetic = any(each.energy is not None or each.table is not None for each in self.matthiessen)
        return "matthiessen" if energetic or (self.matthiessen and self.energy is not None) else ""

    @property
    def times(self) -> tuple[float, ...]:
        """Every relaxation time, fs."""
        given = [self.relaxation_time, *(each.relaxation_time for each in (self.bands or {}).values())]
        times = [each.values() if isinstance(each, dict) else [each] for each in given if each is not None]
        return tuple(time for some in times for time in some)

    def of_band(self, name: int | str) -> Self:
        """What one of several bands has, by its number or by what it carries."""
        own = (self.bands or {}).get(str(name))
        given = {} if own is None else {name: getattr(own, name) for name in type(own).model_fields}
        known = {name: value for name, value in given.items() if value is not None}
        return self.model_copy(update={"bands": None, "between": None, **known})

    def by_valley(self, names: Sequence[str]) -> tuple[float, ...]:
        """Relaxation time of each of these valleys, fs."""
        given = self.relaxation_time
        return tuple(given[name] if isinstance(given, dict) else given for name in names)
