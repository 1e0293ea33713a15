"""Schema of ``response`` (what is integrated over the zone, at which μ and T) and of ``quantum`` (the exact packet)."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from wavepacket.config.scan import scan
from wavepacket.config.types import Cell, Count, Integer, LengthVector, Misfit, NumberVector, Section
from wavepacket.errors import InputError
from wavepacket.units import Energy, Length, MagneticField, Number, Temperature, Wavevector

__all__ = [
    "DEFAULT_QUANTITIES", "QUANTITIES", "SPIN_QUANTITIES", "SURFACE_QUANTITIES",
    "Boundary", "PhaseDiagram", "Quantity", "Quantum", "Region", "Response", "Ribbon", "Term",
]  # fmt: skip

Quantity = Literal[
    "density",
    "anomalous_hall_conductivity",
    "anomalous_nernst_conductivity",
    "orbital_magnetization",
    "berry_curvature_dipole",
    "quantum_metric",
    "identities",
    "drude_weight",
    "ordinary_hall_conductivity",
    "nonlinear_drude_conductivity",
    "berry_curvature_dipole_sea",
    "intrinsic_spin_hall_conductivity",
    "spin_drude_conductivity",
    "spin_magnetization",
    "kinetic_magnetoelectric",
]

QUANTITIES: tuple[Quantity, ...] = Quantity.__args__  # type: ignore[attr-defined]
SURFACE_QUANTITIES: tuple[Quantity, ...] = (
    "drude_weight", "ordinary_hall_conductivity", "nonlinear_drude_conductivity",
)  # fmt: skip
"""Of carriers with a constant relaxation time: they know nothing of Ω."""
SPIN_QUANTITIES: tuple[Quantity, ...] = (
    "intrinsic_spin_hall_conductivity",
    "spin_drude_conductivity",
    "spin_magnetization",
    "kinetic_magnetoelectric",
)
"""The first three need a crystal that has spin."""
DEFAULT_QUANTITIES: tuple[Quantity, ...] = tuple(
    each
    for each in QUANTITIES
    if each not in (*SURFACE_QUANTITIES, *SPIN_QUANTITIES, "berry_curvature_dipole_sea")
)
"""Those of a response that names none; the others need spins or derivatives of the bands."""


def _values(value: object) -> object:
    """Let one value stand for a list of one, and read a range such as ``"-1:1:0.01 eV"``."""
    if isinstance(value, str):
        try:
            return list(scan(value))
        except InputError as error:
            raise ValueError(str(error)) from None
    return value if isinstance(value, list | tuple) else [value]


def _one_or_more(item: Any) -> Any:
    return {"anyOf": [{"type": "number"}, {"type": "string"}, {"type": "array", "items": item}]}


_SCAN = _one_or_more({"anyOf": [{"type": "number"}, {"type": "string"}]})
Energies = Annotated[
    tuple[Energy, ...],
    BeforeValidator(_values),
    Field(min_length=1, max_length=10_000),
    WithJsonSchema(_SCAN),
]
Temperatures = Annotated[
    tuple[Annotated[Temperature, Field(ge=0, le=1e5)], ...],
    BeforeValidator(_values),
    Field(min_length=1, max_length=100),
    WithJsonSchema(_SCAN),
]


class Region(Section):
    """A ball in k space: `center` in reduced coordinates (k·p: 1/Å), `radius` in 1/Å."""

    center: NumberVector
    radius: Annotated[Wavevector, Field(gt=0)]


def _texts(value: object) -> object:
    """Values of each key of a phase diagram, as one would write them in the config."""
    if not isinstance(value, Mapping):
        return value
    try:
        return {
            key: scan(values) if isinstance(values, str) else tuple(map(str, _values(values)))  # type: ignore[call-overload]
            for key, values in value.items()
        }
    except InputError as error:
        raise ValueError(str(error)) from None


class PhaseDiagram(Section):
    """Chern number of the lowest `filling` bands at all values of two keys of the config."""

    axes: Annotated[dict[str, tuple[str, ...]], BeforeValidator(_texts), Field(min_length=2, max_length=2)]
    filling: Annotated[Integer, Field(ge=1, le=10**4)] = 1


class Ribbon(Section):
    """A strip of the crystal, for ``--ribbon``: `along` which lattice vector, how wide if no potential says so.

    `bias` is the chemical potential of the lower edge (to the right of `along`) less that of the upper one, `smoothing` the
    standard deviation of the Gaussian that profiles are smoothed by.
    """

    along: Cell | None = None
    width: Annotated[Length, Field(gt=0)] | None = None
    smoothing: Annotated[Length, Field(gt=0)] | None = None
    bias: Energy = 0.0


class Response(Section):
    """Integrals over the zone as functions of chemical potential (eV) and temperature (K).

    `uncertainty` is the target of each quantity, relative to each of its values; `floors` are sizes, in the unit that
    it is printed in, below which a value need be known to `uncertainty` of the floor only. `points` bounds the
    wavevectors. `mesh` is the number of points along each axis to start with.
    """

    chemical_potential: Energies = (0.0,)
    temperature: Temperatures = (0.0,)
    quantities: Annotated[tuple[Quantity, ...], Field(min_length=1)] = DEFAULT_QUANTITIES
    method: Literal["auto", "uniform", "adaptive", "folded"] = "auto"
    mesh: Annotated[Integer, Field(ge=2, le=10**4)] | None = None
    uncertainty: Annotated[Number, Field(ge=1e-14, le=1)] = 1e-3
    floors: dict[Quantity, Annotated[Number, Field(gt=0)]] = Field(default_factory=dict)
    points: Count = 300_000
    by_band: bool = Field(default=False, strict=True)
    regions: dict[str, Region] = Field(default_factory=dict)
    magnetic_field_step: Annotated[MagneticField, Field(gt=0)] | None = None
    phase_diagram: PhaseDiagram | None = None
    ribbon: Ribbon | None = None

    @model_validator(mode="after")
    def _parts_of_the_zone(self) -> Self:
        """What symmetry turns into something else cannot be known from one part of the zone."""
        for name in ("by_band", "regions"):
            if self.method == "folded" and getattr(self, name):
                raise Misfit(
                    "is not known from one part of the zone: leave it out, or take another method", name
                )
        return self


Term = Literal[
    "moment", "moment_sign", "moment_force", "curvature", "curvature_sign", "density_of_states",
    "place_curvature", "mixed_curvature", "time_curvature", "gradient_energy",
]  # fmt: skip
_Cells = Annotated[Integer, Field(ge=4, le=10**6)]


def _distinct(terms: tuple[str, ...] | None) -> tuple[str, ...] | None:
    if terms is not None and len(set(terms)) < len(terms):
        raise ValueError("a term is listed twice")
    return terms


class Boundary(Section):
    """How much of the packet (its norm) may come within how many cells of the open ends of the box."""

    cells: Annotated[Integer, Field(ge=1, le=10**4)] = 4
    norm: Annotated[Number, Field(gt=0, le=1)] = 1e-5


class Quantum(Section):
    """A box of cells, and the terms of the equations of motion that the exact path puts to the test.

    The packet is the one of ``ensemble``, which must be a Gaussian: its centre, and its width in k, from which the width in
    space follows as 1/(2 width). The middle of the box is `center`, or the place of the packet.
    """

    sites: Annotated[tuple[_Cells, ...], Field(min_length=1, max_length=3)]
    center: LengthVector | None = None
    boundary: Boundary = Boundary()
    tolerance: Annotated[Number, Field(ge=1e-12, le=1e-2)] = 1e-7
    terms: Annotated[tuple[Term, ...] | None, AfterValidator(_distinct)] = None
