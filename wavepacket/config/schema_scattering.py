"""Schema of ``scattering``: how long packets fly freely, and what a collision does."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, PlainValidator, ValidationInfo, model_validator

from wavepacket.config.types import Integer, Section
from wavepacket.units import (
    AngularFrequency,
    Energy,
    Number,
    Temperature,
    Time,
    Wavevector,
    parse_quantity,
    shown,
)

__all__ = ["EnergyLaw", "EnergyTable", "Kernel", "Mechanism", "MonteCarlo", "Scattering", "TimeMap"]

_LONGEST = 1e12

Duration = Annotated[Time, Field(gt=0, le=_LONGEST)]


class EnergyLaw(Section):
    """τ(𝓔) = relaxation_time · (|𝓔 − origin|/unit)^exponent, that of `floor` closer to the origin than that.

    Acoustic phonons in three dimensions have −1/2, ionised impurities about 3/2.
    """

    exponent: Annotated[Number, Field(ge=-10, le=10)]
    origin: Energy = 0.0
    unit: Annotated[Energy, Field(gt=0)]
    floor: Annotated[Energy, Field(gt=0)] = 1e-3


_Factor = Annotated[Number, Field(ge=1e-9, le=1e9)]


def _one_for_each_energy(factors: tuple[float, ...], info: ValidationInfo) -> tuple[float, ...]:
    energies = info.data.get("energy")
    if energies is not None and len(factors) != len(energies):
        raise ValueError(f"must have {len(energies)} entries, one for each energy, not {len(factors)}")
    return factors


def _ascending(values: tuple[float, ...]) -> tuple[float, ...]:
    if any(b <= a for a, b in pairwise(values)):
        raise ValueError("must ascend")
    return values


class EnergyTable(Section):
    """τ(𝓔) = relaxation_time · factor: ln τ is linear in 𝓔 between entries, and constant beyond the last ones."""

    energy: Annotated[tuple[Energy, ...], Field(min_length=2), AfterValidator(_ascending)]
    factor: Annotated[tuple[_Factor, ...], AfterValidator(_one_for_each_energy)]


_MOST_IN_MAP = 100_000


def _shape(value: object) -> tuple[int, ...]:
    """Lengths of nested lists of numbers; ValueError where they are none, or not of equal lengths."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        if not 1e-9 <= value <= 1e9:
            raise ValueError(f"must be numbers between 1e-9 and 1e9, not {shown(value)}")
        return ()
    if not isinstance(value, list | tuple) or not value:
        raise ValueError("must be numbers in nested lists, a level for each axis")
    (first, *others) = (_shape(each) for each in value)
    if any(each != first for each in others):
        raise ValueError("must be nested lists of equal lengths, a level for each axis")
    return (len(value), *first)


def _map(value: object) -> tuple[object, ...]:
    """Numbers in nested lists, one level for each axis, as nested tuples."""
    shape = _shape(value)
    if not 1 <= len(shape) <= 3 or min(shape) < 4 or math.prod(shape) > _MOST_IN_MAP:
        raise ValueError(
            f"must have one to three axes of 4 points or more, and at most {_MOST_IN_MAP} numbers"
        )

    def plain(part: object) -> object:
        return tuple(plain(each) for each in part) if isinstance(part, list | tuple) else part

    assert isinstance(value, list | tuple)
    return tuple(plain(each) for each in value)


class TimeMap(Section):
    """τ(k) = relaxation_time · factor over a grid, with cubic splines of ln τ in between.

    Of a lattice the point [i, j] of an n × m grid is at i/n of the first and j/m of the second reciprocal vector, and the
    map is periodic; of a k·p model grids reach from −cutoff to +cutoff along each axis, both ends included.
    """

    factor: Annotated[
        tuple[object, ...],
        PlainValidator(_map, json_schema_input_type=list[float | list[float | list[float]]]),
    ]


class Mechanism(Section):
    """A further cause of collisions: 1/τ = (T/reference_temperature)^power/relaxation_time, at the unit of its energy law.

    `power` 0 are impurities, 1 phonons well above their Debye temperature, 2 collisions between electrons.
    """

    relaxation_time: Duration
    power: Annotated[Number, Field(ge=0, le=10)] = 0.0
    reference_temperature: Annotated[Temperature, Field(gt=0)] = 300.0
    energy: EnergyLaw | None = None
    table: EnergyTable | None = None

    def rate(self, temperature: float) -> float:
        """1/τ in 1/fs at a temperature in K, at the unit of energy where it depends on that."""
        return float((temperature / self.reference_temperature) ** self.power / self.relaxation_time)


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
        tuple[Annotated[Wavevector, Field(ge=0)], ...], Field(min_length=1), AfterValidator(_ascending)
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
    if not 0 < time <= _LONGEST:
        raise ValueError(f"must be a time between 0 and {_LONGEST:g} fs, not {shown(value)}")
    return time


def _only_within_valleys(time: float | None, info: ValidationInfo) -> float | None:
    if time is not None and info.data.get("energy") is not None:
        raise ValueError("an intervalley time needs relaxation times that do not depend on energy")
    return time


class Scattering(Section):
    """Collisions that restore equilibrium after a relaxation time.

    relaxation_time : τ, or a mapping of valley names to theirs (a packet keeps that of the valley it starts in)
    energy : how τ depends on the energy; constant without
    table, map : the same as a table of factors by energy, and by wavevector; factors of all three multiply
    matthiessen : further causes of collisions, whose rates add
    intervalley_time : where given, `relaxation_time` conserves the number in each valley, and this one does not; in a linear
        response, or in a steady state in a static field
    frequency : of the probing field, for the linear response; 0 for a static one
    heat : whether the linear response also has heat: Seebeck, Nernst and Peltier effect, thermal conductivity
    monte_carlo : where given, collisions are random events instead of a weight along the path
    """

    relaxation_time: Annotated[
        float | dict[str, float],
        PlainValidator(_relaxation_time, json_schema_input_type=float | str | dict[str, float | str]),
    ]
    energy: EnergyLaw | None = None
    table: EnergyTable | None = None
    map: TimeMap | None = None
    matthiessen: tuple[Mechanism, ...] = ()
    intervalley_time: Annotated[Duration | None, AfterValidator(_only_within_valleys)] = None
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
        given = self.relaxation_time
        return tuple(given.values()) if isinstance(given, dict) else (given,)

    def by_valley(self, names: Sequence[str]) -> tuple[float, ...]:
        """Relaxation time of each of these valleys, fs."""
        given = self.relaxation_time
        return tuple(given[name] if isinstance(given, dict) else given for name in names)
