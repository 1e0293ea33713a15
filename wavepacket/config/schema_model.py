"""Schema of ``model``: a library model by name, a Wannier90 file, hoppings on a lattice, or k·p matrices.

Only shapes are checked first; `resolve_parameters` reads parameters once the model's builder has said what they are.
"""

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, ConfigDict, Discriminator, Field, PlainSerializer, Tag, model_validator

from wavepacket.config.files import FileSection
from wavepacket.config.messages import unknown_key
from wavepacket.config.schema_spin import CrystalSpin
from wavepacket.config.schema_terms import Hoppings, KPTerms
from wavepacket.config.schema_texture import Textures
from wavepacket.config.source import Node, Place
from wavepacket.config.types import (
    Integer,
    LengthVector,
    Misfit,
    Name,
    NumberVector,
    Points,
    Section,
    Text,
    integer,
)
from wavepacket.errors import ConfigError
from wavepacket.units import Energy, Length, Number, Wavevector, parse_quantity, shown

__all__ = [
    "CrystalSymmetry",
    "FileModel",
    "KPModel",
    "LatticeModel",
    "LibraryModel",
    "Model",
    "resolve_parameters",
]

Flag = Annotated[bool, Field(strict=True)]


def _somewhere(flags: tuple[bool, ...]) -> tuple[bool, ...]:
    if not any(flags):
        raise ValueError("must be true along one lattice vector or more")
    return flags


PathText = Annotated[str, Field(min_length=1, max_length=500)] | None
Remark = Annotated[str, Field(min_length=1, max_length=1000)] | None


def _parameter(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"must be a number or text with a unit, not {shown(value)}")
    return value


class CrystalSymmetry(Section):
    """Operations under which the crystal is made exactly symmetric: all of the lattice that hold within `tolerance` (eV).

    Or those that `operations` generate, on Cartesian axes: ``-y, x, z``, and ``-x, -y, z, T`` with time reversal.
    """

    tolerance: Annotated[Energy, Field(gt=0, le=1)] = 5e-3
    operations: Annotated[tuple[Text, ...], Field(min_length=1, max_length=96)] | None = None


class _WithCell(Section):
    """A model with a cell: energies are counted from the Fermi level of its `electrons` per cell, where these are given."""

    electrons: Annotated[Number, Field(gt=0, le=1e5)] | None = None
    symmetry: CrystalSymmetry | None = None


class LibraryModel(_WithCell):
    """A model of the library; its other keys are the parameters, kept as given until the builder is known."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Annotated[Any, AfterValidator(_parameter)]] = Field(init=False)

    name: Name
    textures: Textures | None = None

    @property
    def parameters(self) -> dict[str, float | int | str]:
        """Return the parameters as given: plain numbers, or text with a unit."""
        return dict(self.__pydantic_extra__)


class FileModel(FileSection, _WithCell):
    """A Wannier90 file, or a ``.npz`` file that `hamiltonians.write_npz` wrote.

    A collinear magnet has a file of each spin; `spin` names the spin of the orbitals of one file of both.
    """

    spin_down: Annotated[Path, PlainSerializer(str)] | None = None
    position_elements: Flag = True
    periodic: Annotated[tuple[Flag, Flag, Flag], AfterValidator(_somewhere)] = (True, True, True)
    spin: CrystalSpin | None = None
    textures: Textures | None = None


class _Matrices(Section):
    """Shared checks of models that are lists of matrices."""

    def _check_sizes(self, where: str, matrices: list[Any]) -> int:
        sizes = [len(matrix) for matrix in matrices]
        if len(set(sizes)) > 1:
            odd = next(i for i, size in enumerate(sizes) if size != sizes[0])
            sentence = f"this one is {sizes[odd]}x{sizes[odd]} and the first is {sizes[0]}x{sizes[0]}"
            raise Misfit(f"all matrices must have one size, but {sentence}", where, odd, "matrix")
        return sizes[0]


class LatticeModel(_Matrices, _WithCell):
    """Hoppings on a lattice (rows in Å); positions and points in units of the (reciprocal) vectors."""

    lattice: Annotated[tuple[LengthVector, ...], Field(min_length=1, max_length=3)]
    periodic: Annotated[tuple[Flag, ...], Field(min_length=1, max_length=3), AfterValidator(_somewhere)] = (
        Field(default_factory=lambda data: (True,) * len(data.get("lattice", ())))
    )
    positions: tuple[NumberVector, ...] | None = None
    hoppings: Hoppings
    spin: CrystalSpin | None = None
    valleys: Points = Field(default_factory=dict)
    special_points: Points | None = None
    path: PathText = None
    reference: Remark = None
    textures: Textures | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        size = self._check_sizes("hoppings", [hopping.matrix for hopping in self.hoppings])
        cells = [hopping.cell for hopping in self.hoppings]
        for index, cell in enumerate(cells):
            if cells.index(cell) < index:
                message = f"the cell {list(cell)} is listed twice, first as hoppings[{cells.index(cell)}]: add the two up"
                raise Misfit(message, "hoppings", index, "cell")
        if self.positions is not None and len(self.positions) != size:
            raise Misfit(f"{len(self.positions)} positions are given for {size} orbitals", "positions")
        if len(self.periodic) != len(self.lattice):
            counts = f"{len(self.periodic)} entries for {len(self.lattice)} lattice vectors"
            raise Misfit(f"has {counts}", "periodic")
        if not all(first or not second for first, second in pairwise(self.periodic)):
            raise Misfit(
                "must have the periodic directions first: put their lattice vectors there", "periodic"
            )
        return self


def _dimension(data: dict[str, Any]) -> int:
    return max([axis + 1 for term in data.get("kp", ()) for axis in range(3) if term.powers[axis]], default=1)


class KPModel(_Matrices):
    """H(k) = Σ k^powers · matrix, meant for |k| below `cutoff`; valleys and special points in 1/Å."""

    kp: KPTerms
    dimension: Annotated[Integer, Field(ge=1, le=3)] = Field(default_factory=_dimension)
    length_scale: Annotated[Length, Field(gt=0)] = 1.0
    cutoff: Annotated[Wavevector, Field(gt=0)] | None = None
    spin: CrystalSpin | None = None
    valleys: Points = Field(default_factory=dict)
    special_points: Points | None = None
    path: PathText = None
    reference: Remark = None
    textures: Textures | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        self._check_sizes("kp", [term.matrix for term in self.kp])
        needed = _dimension({"kp": self.kp})
        if self.dimension < needed:
            raise Misfit(f"is {self.dimension}, but the powers need {needed}", "dimension")
        return self


_SIGNS: dict[str, type[Section]] = {
    "kp": KPModel,
    "hoppings": LatticeModel,
    "lattice": LatticeModel,
    "file": FileModel,
    "name": LibraryModel,
    "position_elements": FileModel,
    "spin_down": FileModel,
}


def _form(model: Any) -> str | None:
    """Tell the forms apart by the keys that only one of them has; the tags are the names of the classes."""
    if isinstance(model, Section):
        return type(model).__name__
    keys = model if isinstance(model, dict) else ()
    return next((form.__name__ for sign, form in _SIGNS.items() if sign in keys), None)


Model = Annotated[
    Annotated[LibraryModel, Tag("LibraryModel")]
    | Annotated[FileModel, Tag("FileModel")]
    | Annotated[LatticeModel, Tag("LatticeModel")]
    | Annotated[KPModel, Tag("KPModel")],
    Discriminator(_form),
]


MODEL_KEYS = ("textures", "electrons", "symmetry")
"""Of a library model that are no parameters."""

Parameters = dict[str, float | int | str]


def resolve_parameters(
    given: Mapping[str, object], dimensions: Mapping[str, str], source: Node | None = None
) -> Parameters:
    """Return the given parameters in internal units.

    Parameters
    ----------
    given : parameter → number, or text with a unit
    dimensions : parameter → a key of `wavepacket.units.DIMENSIONS`, ``integer`` or ``text``
    source : the node of the mapping, for the places of problems

    Raises
    ------
    ConfigError
        with all unknown parameters and unreadable values
    """
    source = source or Node({}, Place("", path="model"))
    resolved: Parameters = {}
    problems = []
    for name, value in given.items():
        place = source.where((name,))
        if name not in dimensions:
            key = node.key if (node := source.child(name)) else None
            problems.append((key or place).problem(unknown_key(name, dimensions, "parameter")))
            continue
        try:
            resolved[name] = _resolve(value, dimensions[name])
        except ValueError as error:
            problems.append(place.problem(str(error)))
    if problems:
        raise ConfigError(problems)
    return resolved


def _resolve(value: object, dimension: str) -> float | int | str:
    if dimension == "text":
        if not isinstance(value, str):
            raise ValueError(f"must be text, not {shown(value)}")
        return value
    if dimension == "integer":
        return int(str(integer(value)))
    number = parse_quantity(value, dimension)
    if dimension == "length" and number < 0:
        raise ValueError(f"must be at least 0, not {shown(value)}")
    return number
