"""Schema of ``fields.magnetic_terms``: terms of B(r), in T, which are summed with ``fields.magnetic``.

A kind of term is one class here, as those of a potential. On a layer B_z alone acts, and `numbers` are of that; in other
crystals all components do, and `vector_numbers` are of them.
"""

import math
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag

from wavepacket.config.schema_space import ORIGIN, Direction, Extent, GridTerm, SpaceTerm
from wavepacket.config.types import (
    MATRIX_TAG,
    NUMBER_TAG,
    VECTOR_TAG,
    LengthVector,
    MagneticSlope,
    MagneticVector,
    Vector,
)
from wavepacket.units import BIOT_SAVART, ELEMENTARY_CHARGE, Current, MagneticField, MagneticMoment

if TYPE_CHECKING:
    from wavepacket.space_spline import SpaceSpline

__all__ = ["DipoleMagnetic", "GridMagnetic", "LinearMagnetic", "MagneticTerm", "WireMagnetic"]

_DIPOLE = BIOT_SAVART * ELEMENTARY_CHARGE * 1e20  # μ₀/4π in T Å³ for a moment in eV/T
_ROUNDING = 1e-9  # of the largest slope: what may be left of a divergence

Rows = tuple[tuple[float, ...], ...]


def _is_list(value: object) -> bool:
    return isinstance(value, list | tuple)


def _divergence(rows: Rows) -> float:
    """∂B_x/∂x + ∂B_y/∂y + ∂B_z/∂z, T/Å, 0 to rounding."""
    found = rows[0][0] + rows[1][1] + rows[2][2]
    return found if abs(found) > _ROUNDING * max(abs(slope) for row in rows for slope in row) else 0.0


def _without_divergence(rows: Rows) -> Rows:
    if divergence := _divergence(rows):
        raise ValueError(
            f"∂B_x/∂x + ∂B_y/∂y + ∂B_z/∂z is {divergence:.6g} T/angstrom, and no magnetic field has a divergence: change "
            "the diagonal of these rows so that its sum is 0"
        )
    return rows


class _MagneticTerm(SpaceTerm):
    @property
    def in_plane(self) -> bool:
        """Whether components across z were written down, which do nothing to a layer."""
        return False

    def vector_numbers(self) -> tuple[float, ...]:
        """What the kernel's function of all three components reads."""
        return self.numbers(-1.0)


class UniformMagnetic(_MagneticTerm):
    """B = field everywhere, one number for B_z: with factors of valleys the pseudo-magnetic field of strain."""

    kind: Literal["uniform"]
    field: Annotated[
        Annotated[Annotated[MagneticField, Field(ge=-1e12, le=1e12)], Tag(NUMBER_TAG)]
        | Annotated[MagneticVector, Tag(VECTOR_TAG)],
        Discriminator(lambda value: VECTOR_TAG if _is_list(value) else NUMBER_TAG),
    ]
    function: ClassVar[str] = "linear"

    @property
    def vector(self) -> tuple[float, ...]:
        """All three components."""
        return self.field if isinstance(self.field, tuple) else (0.0, 0.0, self.field)

    @property
    def in_plane(self) -> bool:
        """Whether B has a part across z."""
        return any(self.vector[:2])

    def numbers(self, charge: float) -> tuple[float, ...]:
        """No gradient, and B_z."""
        return *ORIGIN, self.vector[2]

    def vector_numbers(self) -> tuple[float, ...]:
        """No gradients, and B."""
        return *ORIGIN, *ORIGIN, *ORIGIN, *self.vector


class LinearMagnetic(_MagneticTerm):
    """B_z = gradient · (r - center), or for three rows each component so: ∂B_x/∂r, ∂B_y/∂r, ∂B_z/∂r."""

    kind: Literal["linear"]
    gradient: Annotated[
        Annotated[MagneticSlope, Tag(VECTOR_TAG)]
        | Annotated[
            tuple[MagneticSlope, ...],
            Field(min_length=3, max_length=3),
            AfterValidator(_without_divergence),
            Tag(MATRIX_TAG),
        ],
        Discriminator(
            lambda value: MATRIX_TAG if _is_list(value) and any(map(_is_list, value)) else VECTOR_TAG
        ),
    ]
    center: LengthVector = ORIGIN
    function: ClassVar[str] = "linear"

    @property
    def rows(self) -> Rows:
        """∂B_c/∂r, one row for each component."""
        first = self.gradient[0]
        return self.gradient if isinstance(first, tuple) else (ORIGIN, ORIGIN, self.gradient)  # type: ignore[return-value]

    @property
    def in_plane(self) -> bool:
        """Whether B_x or B_y has a slope."""
        return any(slope for row in self.rows[:2] for slope in row)

    @property
    def divergence(self) -> float:
        """That of B_z alone, T/Å: on a layer it needs no other components, which do not act."""
        return _divergence(self.rows)

    def _at_origin(self, row: tuple[float, ...]) -> float:
        return -sum(g * c for g, c in zip(row, self.center, strict=True))

    def numbers(self, charge: float) -> tuple[float, ...]:
        """Gradient of B_z, and B_z at r = 0."""
        return *self.rows[2], self._at_origin(self.rows[2])

    def vector_numbers(self) -> tuple[float, ...]:
        """All gradients, and B at r = 0."""
        return *(slope for row in self.rows for slope in row), *map(self._at_origin, self.rows)


class DipoleMagnetic(_MagneticTerm):
    """B of a magnetic moment at `position`, spread over a `core`."""

    kind: Literal["dipole"]
    moment: Annotated[tuple[MagneticMoment, ...], *Vector]
    position: LengthVector
    core: Extent = 0.0
    function: ClassVar[str] = "dipole"

    def numbers(self, charge: float) -> tuple[float, ...]:
        """Moment in T Å³, position, core squared."""
        return *(_DIPOLE * m for m in self.moment), *self.position, self.core * self.core

    @property
    def length(self) -> float:
        """Its core."""
        return self.core

    @property
    def length_on_layer(self) -> float:
        """Its height over the layer, and the core."""
        return math.hypot(self.position[2], self.core)


class WireMagnetic(_MagneticTerm):
    """B of a `current` that flows along `direction` on a straight line through `position`, of the radius `core`."""

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
        """Its core."""
        return self.core

    @property
    def length_on_layer(self) -> float:
        """Its height over the layer, which it may cross, and the core."""
        return math.hypot(0.0 if self.direction[2] else self.position[2], self.core)


class GridMagnetic(GridTerm, _MagneticTerm):
    """B on a grid: the samples are `magnetic`, in T, B_z over x and y, or three components, the last axis, over x, y and z.

    It is static: a change would induce E.
    """

    quantity: ClassVar[str] = "magnetic"
    unit: ClassVar[str] = "T"
    axes: ClassVar[str] = "xy"

    @property
    def components(self) -> "tuple[SpaceSpline, ...]":
        """B_z, or B_x, B_y and B_z; InputError where there are no such samples."""
        if self._spline is None:
            self._spline = self._read()
        return self._spline  # type: ignore[no-any-return]

    @property
    def spline(self) -> "SpaceSpline":
        """B_z."""
        return self.components[-1]

    def _read(self) -> "tuple[SpaceSpline, ...]":
        from wavepacket.space_spline import space_spline  # numpy takes a while to load

        arrays = self.arrays()
        samples = arrays.get(self.quantity)
        there = sum(axis in arrays for axis in "xyz")
        if samples is None or samples.shape[there:] != (3,):
            return (space_spline(arrays, self.quantity, self.unit, self.periodic, axes=self.axes),)
        each = [{**arrays, self.quantity: samples[..., c]} for c in range(3)]
        return tuple(space_spline(one, self.quantity, self.unit, self.periodic, axes="xyz") for one in each)

    @property
    def length(self) -> float:
        """Shortest of the components."""
        return min(spline.length for spline in self.components)

    @property
    def narrowest(self) -> tuple[float, ...]:
        """That of this component."""
        return min(self.components, key=lambda spline: spline.length).narrowest


MagneticTerm = Annotated[
    UniformMagnetic | LinearMagnetic | DipoleMagnetic | WireMagnetic | GridMagnetic,
    Field(discriminator="kind"),
]
