"""Schema of what times between collisions depend on: energy, wavevector, temperature."""

import math
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    Field,
    PlainSerializer,
    PlainValidator,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from wavepacket.config.registered import Registered
from wavepacket.config.types import GridShape, Section
from wavepacket.errors import InputError
from wavepacket.units import Energy, Number, Temperature, Time, shown

__all__ = [
    "LONGEST",
    "Duration",
    "EnergyLaw",
    "EnergyTable",
    "Mechanism",
    "OwnTimeMap",
    "TimeMap",
    "ascending",
]

LONGEST = 1e12
"""Of all times, fs."""

Duration = Annotated[Time, Field(gt=0, le=LONGEST)]


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


def ascending(values: tuple[float, ...]) -> tuple[float, ...]:
    """Refuse values that do not rise."""
    if any(b <= a for a, b in pairwise(values)):
        raise ValueError("must ascend")
    return values


class EnergyTable(Section):
    """τ(𝓔) = relaxation_time · factor: ln τ is linear in 𝓔 between entries, and constant beyond the last ones."""

    energy: Annotated[tuple[Energy, ...], Field(min_length=2), AfterValidator(ascending)]
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
    map is periodic; of a k·p model grids reach from −cutoff to +cutoff along each axis, both ends included. The factors are
    written out, or are the array in a `file`: .npy, or `factor` in a .npz or HDF5 file.
    """

    factor: (
        Annotated[
            tuple[object, ...],
            PlainValidator(_map, json_schema_input_type=list[float | list[float | list[float]]]),
        ]
        | None
    ) = None
    file: Annotated[Path, PlainSerializer(str)] | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.factor is None) == (self.file is None):
            raise ValueError("give either 'factor', numbers in nested lists, or 'file', where they are")
        return self

    @property
    def data(self) -> "TimeMap":
        """With the factors themselves; InputError where the file has none."""
        if self.file is None:
            return self
        from wavepacket.arrays import load_array  # numpy takes a while to load

        return self.of(load_array(self.file, "factor"), str(self.file))

    @classmethod
    def of(cls, factor: Any, what: str) -> Self:
        """The map of an array; InputError where it cannot be one, which calls it as ``what`` says."""
        try:
            return cls(factor=factor.tolist())
        except ValidationError as error:
            raise InputError(
                f"{what}: factor {error.errors()[0]['msg'].removeprefix('Value error, ')}"
            ) from None


class OwnTimeMap(Registered):
    """τ(k) of a registered kind: its function gives the factors at the points of `grid`, which are those of a map."""

    grid: GridShape


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
