"""Schema of ``fields.magnetic_terms``: terms of B_z(r) on a layer, in T, which are summed with ``fields.magnetic``.

A kind of term is one class here, as those of a potential.
"""

import math
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from wavepacket.config.schema_space import ORIGIN, Direction, Extent, GridTerm, SpaceTerm
from wavepacket.config.types import LengthVector, MagneticSlope, Vector
from wavepacket.units import BIOT_SAVART, ELEMENTARY_CHARGE, Current, MagneticField, MagneticMoment

__all__ = ["GridMagnetic", "MagneticTerm"]

_DIPOLE = BIOT_SAVART * ELEMENTARY_CHARGE * 1e20  # μ₀/4π in T Å³ for a moment in eV/T


class UniformMagnetic(SpaceTerm):
    """B_z = field everywhere: with factors of valleys the pseudo-magnetic field of strain."""

    kind: Literal["uniform"]
    field: Annotated[MagneticField, Field(ge=-1e12, le=1e12)]
    function: ClassVar[str] = "linear"

    def numbers(self, charge: float) -> tuple[float, ...]:
        """No gradient, and B_z."""
        return *ORIGIN, self.field


class LinearMagnetic(SpaceTerm):
    """B_z = gradient · (r - center)."""

    kind: Literal["linear"]
    gradient: MagneticSlope
    center: LengthVector = ORIGIN
    function: ClassVar[str] = "linear"

    def numbers(self, charge: float) -> tuple[float, ...]:
        """Gradient, and B_z at r = 0."""
        return *self.gradient, -sum(g * c for g, c in zip(self.gradient, self.center, strict=True))


class DipoleMagnetic(SpaceTerm):
    """B_z of a magnetic moment at `position`, above or below the layer."""

    kind: Literal["dipole"]
    moment: Annotated[tuple[MagneticMoment, ...], *Vector]
    position: LengthVector
    function: ClassVar[str] = "dipole"

    def numbers(self, charge: float) -> tuple[float, ...]:
        """Moment in T Å³, position."""
        return *(_DIPOLE * m for m in self.moment), *self.position

    @property
    def length(self) -> float:
        """Its height over the layer."""
        return abs(self.position[2])


class WireMagnetic(SpaceTerm):
    """B_z of a `current` that flows along `direction` on a straight line through `position`, of the radius `core`."""

    kind: Literal["wire"]
    current: Current
    direction: Direction
    position: LengthVector = ORIGIN
    core: Extent = 0.0
    function: ClassVar[str] = "wire"

    def numbers(self, charge: float) -> tuple[float, ...]:
        """Strength in T Å, direction, position, core squared."""
        return 2.0 * BIOT_SAVART * self.current, *self.direction, *self.position, self.core * self.core

    @property
    def length(self) -> float:
        """Its height over the layer, which it may cross, and the core."""
        return math.hypot(0.0 if self.direction[2] else self.position[2], self.core)


class GridMagnetic(GridTerm):
    """B_z on a grid in the plane: the samples are `magnetic`, in T. It is static: a change would induce E."""

    quantity: ClassVar[str] = "magnetic"
    unit: ClassVar[str] = "T"
    axes: ClassVar[str] = "xy"


MagneticTerm = Annotated[
    UniformMagnetic | LinearMagnetic | DipoleMagnetic | WireMagnetic | GridMagnetic,
    Field(discriminator="kind"),
]
