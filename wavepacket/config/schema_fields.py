"""Schema of ``fields``: the terms of the electric field and of a potential, each summed, and a uniform magnetic field."""

import math
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, PrivateAttr, Tag, model_validator

from wavepacket.config.files import FileSection
from wavepacket.config.registered import Registered
from wavepacket.config.schema_magnetic import LinearMagnetic, MagneticTerm
from wavepacket.config.schema_potential import PotentialTerm
from wavepacket.config.schema_space import SpaceTerm
from wavepacket.config.schema_spin import Zeeman
from wavepacket.config.types import (
    POLAR_TAG,
    VECTOR_TAG,
    ElectricVector,
    MagneticSlope,
    MagneticVector,
    Misfit,
    NumberVector,
    Section,
    integer,
)
from wavepacket.units import Angle, AngularFrequency, ElectricField, MagneticField, Number, Time

if TYPE_CHECKING:
    from wavepacket.time_spline import TimeSpline

__all__ = [
    "CircularField",
    "CircularPulseField",
    "ElectricTerm",
    "Fields",
    "OwnField",
    "PolarVector",
    "PulseField",
    "RampField",
    "SampledField",
    "SinusoidField",
    "UniformField",
]

Frequency = Annotated[AngularFrequency, Field(gt=0)]
Duration = Annotated[Time, Field(gt=0)]


def _turn(angle: float) -> float:
    """Leave out whole turns: sines and cosines of the kernels are for angles of some turns."""
    return angle if abs(angle) <= math.tau else math.remainder(angle, math.tau)


Phase = Annotated[Angle, AfterValidator(_turn)]


def _direction(normal: tuple[float, ...]) -> tuple[float, ...]:
    if not any(normal):
        raise ValueError("must not be the zero vector")
    return normal


class UniformField(Section):
    """E(t) = amplitude, in V/Å."""

    kind: Literal["uniform"] = "uniform"
    amplitude: ElectricVector


class RampField(Section):
    """Rises from 0 at `start` to the amplitude at `start + duration` and stays there."""

    kind: Literal["ramp"] = "ramp"
    amplitude: ElectricVector
    start: Time = 0.0
    duration: Duration
    shape: Literal["smooth", "linear"] = "smooth"


class SinusoidField(Section):
    """E(t) = amplitude · cos(frequency · t + phase); the frequency is angular, in rad/fs."""

    kind: Literal["sinusoid"] = "sinusoid"
    amplitude: ElectricVector
    frequency: Frequency
    phase: Phase = 0.0


class CircularField(Section):
    """A field of constant magnitude that turns in the plane across `normal`, by the right hand for +1."""

    kind: Literal["circular"] = "circular"
    amplitude: ElectricField
    frequency: Frequency
    phase: Phase = 0.0
    handedness: Annotated[Literal[1, -1], BeforeValidator(integer)] = 1
    normal: Annotated[NumberVector, AfterValidator(_direction)] = (0.0, 0.0, 1.0)


class PulseField(Section):
    """A Gaussian of standard deviation `width`, times cos(frequency · (t − center) + phase)."""

    kind: Literal["pulse"] = "pulse"
    amplitude: ElectricVector
    center: Time
    width: Duration
    frequency: Annotated[AngularFrequency, Field(ge=0)] = 0.0
    phase: Phase = 0.0


class CircularPulseField(Section):
    """A Gaussian of standard deviation `width`, times a field that turns across `normal`, by the right hand for +1."""

    kind: Literal["circular_pulse"] = "circular_pulse"
    amplitude: ElectricField
    center: Time
    width: Duration
    frequency: Frequency
    phase: Phase = 0.0
    handedness: Annotated[Literal[1, -1], BeforeValidator(integer)] = 1
    normal: Annotated[NumberVector, AfterValidator(_direction)] = (0.0, 0.0, 1.0)


class SampledField(FileSection):
    """Scale times a quintic spline through the samples in a ``.npz`` file, `time` (n,) in fs and `field` (n, 3) in V/Å."""

    kind: Literal["sampled"] = "sampled"
    scale: Number = 1.0
    _spline: Any = PrivateAttr(default=None)

    @property
    def spline(self) -> "TimeSpline":
        """The spline, read when first asked for; InputError where there are no such samples."""
        from wavepacket.arrays import load_arrays  # numpy takes a while to load
        from wavepacket.time_spline import time_spline

        if self._spline is None:
            self._spline = time_spline(load_arrays(self.file, self.content))
        return self._spline  # type: ignore[no-any-return]


class OwnField(Registered):
    """A field of a registered kind: its function makes the samples of E(t), which `scale` multiplies."""

    scale: Number = 1.0
    _data: SampledField | None = PrivateAttr(default=None)

    @property
    def data(self) -> SampledField:
        """The samples, made when first asked for; InputError where the function fails."""
        if self._data is None:
            data = self.made(SampledField, "wavepacket.sampled_field(...)")
            self._data = data.model_copy(update={"scale": data.scale * self.scale})
        return self._data

    @property
    def spline(self) -> "TimeSpline":
        """As that of `SampledField`."""
        return self.data.spline


ElectricTerm = Annotated[
    UniformField | RampField | SinusoidField | CircularField | PulseField | CircularPulseField | SampledField,
    Field(discriminator="kind"),
]


def _or_one(schema: dict[str, Any]) -> None:
    """Tell editors that one mapping will do."""
    term = schema.pop("items")
    del schema["type"]
    schema["anyOf"] = [term, {"type": "array", "items": term}]


def _shorthand(schema: dict[str, Any]) -> None:
    """Tell editors of the shorter forms: a vector, or one mapping."""
    term = schema.pop("items")
    del schema["type"]
    component = {"anyOf": [{"type": "number"}, {"type": "string"}]}
    vector = {"type": "array", "items": component, "minItems": 1, "maxItems": 3}
    schema["anyOf"] = [vector, term, {"type": "array", "items": {"anyOf": [vector, term]}}]


class PolarVector(Section):
    """A magnetic field by its strength, its angle `polar` to the z axis, and `azimuth` of its projection from x to y."""

    strength: Annotated[MagneticField, Field(ge=0)]
    polar: Angle = 0.0
    azimuth: Angle = 0.0


def _components(field: object) -> object:
    if not isinstance(field, PolarVector):
        return field
    across, along = math.sin(field.polar), math.cos(field.polar)
    unit = (across * math.cos(field.azimuth), across * math.sin(field.azimuth), along)
    # Angles such as 90 degrees are rounded: what is left of a component that vanishes is no field.
    return tuple(field.strength * (0.0 if abs(part) < 1e-15 else part) for part in unit)


def _form(field: object) -> str:
    return POLAR_TAG if isinstance(field, dict | PolarVector) else VECTOR_TAG


if TYPE_CHECKING:
    _Magnetic = MagneticVector  # what both forms become
else:
    _Magnetic = Annotated[
        Annotated[MagneticVector, Tag(VECTOR_TAG)] | Annotated[PolarVector, Tag(POLAR_TAG)],
        Discriminator(_form),
        AfterValidator(_components),
    ]


class Fields(Section):
    """External fields; all are zero by default.

    A potential is the energy V(r, t) of the carrier, eV; a magnetic gradient is ∂B_z/∂r on a layer, T/Å, from r = 0 on, and
    magnetic terms are further ones of B_z(r). With `zeeman` the uniform field acts on the spin of the crystal, too.
    """

    electric: tuple[ElectricTerm, ...] = Field(default=(), max_length=100, json_schema_extra=_shorthand)
    magnetic: _Magnetic = (0.0, 0.0, 0.0)
    magnetic_gradient: MagneticSlope = (0.0, 0.0, 0.0)
    magnetic_terms: tuple[MagneticTerm, ...] = Field(default=(), max_length=100, json_schema_extra=_or_one)
    potential: tuple[PotentialTerm, ...] = Field(default=(), max_length=100, json_schema_extra=_or_one)
    zeeman: Zeeman | None = None

    @model_validator(mode="after")
    def _one_field_for_spins(self) -> Self:
        if self.zeeman is not None and self.magnetic_in_space:
            told = "needs a uniform magnetic field: leave out magnetic_gradient and magnetic_terms"
            raise Misfit(f"{told}, or give spins in B(r) as a texture of the model", "zeeman")
        return self

    @property
    def is_magnetic(self) -> bool:
        """Whether there is a magnetic field anywhere."""
        return any(self.magnetic) or bool(self.magnetic_in_space)

    @property
    def magnetic_in_space(self) -> tuple[MagneticTerm, ...]:
        """Terms of B_z(r), the gradient among them."""
        if not any(self.magnetic_gradient):
            return self.magnetic_terms
        return LinearMagnetic(kind="linear", gradient=self.magnetic_gradient), *self.magnetic_terms

    @property
    def vary_in_space(self) -> bool:
        """Whether what a packet feels depends on where it is, or on its valley."""
        return bool(self.potential) or bool(self.magnetic_in_space)

    def in_space(self) -> dict[str, SpaceTerm]:
        """Key → term of V(r, t) and B_z(r)."""
        both = (("potential", self.potential), ("magnetic_terms", self.magnetic_terms))
        return {f"fields.{name}[{i}]": term for name, terms in both for i, term in enumerate(terms)}


def period(fields: Fields) -> float | None:
    """Period of E(t) in fs, None where it is static; ValueError where E(t) is not periodic with one frequency."""
    frequencies = set()
    for term in fields.electric:
        if isinstance(term, PulseField | CircularPulseField | RampField | SampledField | OwnField):
            raise ValueError(
                f"a {term.kind} is over too soon for a steady state: use static or periodic fields"
            )
        if isinstance(term, SinusoidField | CircularField):
            frequencies.add(term.frequency)
    if len(frequencies) > 1:
        raise ValueError("a steady state needs one frequency for all terms of the electric field")
    return 2 * math.pi / frequencies.pop() if frequencies else None
