"""Schema of ``fields.potential``: terms of the potential energy V(r, t) of the carrier, in eV, which are summed.

A kind of term is one class here, which says by `numbers` what its function in ``kernels/motion/potentials.py`` reads.
"""

import math
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field

from wavepacket.config.schema_space import ORIGIN, Direction, Extent, GridTerm, Scale, SpaceTerm
from wavepacket.config.types import GradientVector, LengthVector, Vector, WavevectorVector
from wavepacket.units import COULOMB, Angle, AngularFrequency, Energy, Number, Stiffness, parse_quantity

__all__ = ["GridPotential", "Harmonic", "PotentialTerm"]

_PLANE, _AXIS, _CENTER = (0.0, 1.0), (1.0, -1.0), (1.0, 0.0)  # what a distance is taken from

Height = Annotated[Energy, Field(ge=-1e6, le=1e6)]


def _isotropic(stiffness: object) -> object:
    if isinstance(stiffness, bool) or not isinstance(stiffness, int | float | str):
        return stiffness
    return [parse_quantity(stiffness, "stiffness")] * 3


class Linear(SpaceTerm):
    """V = gradient · r: the force is -gradient everywhere."""

    kind: Literal["linear"]
    gradient: GradientVector
    function: ClassVar[str] = "linear"

    def numbers(self, charge: float) -> tuple[float, ...]:
        """Gradient, and V at r = 0."""
        return *self.gradient, 0.0


class Harmonic(SpaceTerm):
    """V = ½ Σ_a stiffness_a (r - center)_a²; one number is the same stiffness along all axes."""

    kind: Literal["harmonic"]
    stiffness: Annotated[tuple[Stiffness, ...], *Vector, BeforeValidator(_isotropic)]
    center: LengthVector = ORIGIN
    function: ClassVar[str] = "harmonic"

    def numbers(self, charge: float) -> tuple[float, ...]:
        """Stiffness and centre."""
        return *self.stiffness, *self.center


class Step(SpaceTerm):
    """From 0 at `position` to `height` at `rise` beyond it along `direction`, and so on both sides; a soft wall."""

    kind: Literal["step"]
    height: Height
    rise: Scale
    direction: Direction
    position: LengthVector = ORIGIN
    function: ClassVar[str] = "step"

    def numbers(self, charge: float) -> tuple[float, ...]:
        """Height, 1/rise, rise, direction, position."""
        return self.height, 1.0 / self.rise, self.rise, *self.direction, *self.position

    @property
    def length(self) -> float:
        """Where it rises."""
        return self.rise


class _Shell(SpaceTerm):
    """A step of the distance from a plane, an axis or a point."""

    height: Height
    rise: Scale
    center: LengthVector = ORIGIN
    function: ClassVar[str] = "shell"

    def _numbers(
        self, inside: float, outside: float, radius: float, normal: tuple[float, ...]
    ) -> tuple[float, ...]:
        around = _PLANE if isinstance(self, Channel | Barrier) else _AXIS
        return inside, outside - inside, radius, 1.0 / self.rise, self.rise, *around, *normal, *self.center

    @property
    def length(self) -> float:
        """Where it rises."""
        return self.rise


class Channel(_Shell):
    """0 within a channel of `width` across `direction`; on both sides it rises to `height` over `rise`."""

    kind: Literal["channel"]
    width: Extent
    direction: Direction

    def numbers(self, charge: float) -> tuple[float, ...]:
        """As of a shell."""
        return self._numbers(0.0, self.height, 0.5 * self.width, self.direction)


class Barrier(_Shell):
    """`height` within `width` across `direction`; on both sides it falls to 0 over `rise`."""

    kind: Literal["barrier"]
    width: Extent
    direction: Direction

    def numbers(self, charge: float) -> tuple[float, ...]:
        """As of a shell."""
        return self._numbers(self.height, 0.0, 0.5 * self.width, self.direction)


class Disk(_Shell):
    """0 within `radius` of the axis through `center` along `normal`; outside it rises to `height` over `rise`."""

    kind: Literal["disk"]
    radius: Extent
    normal: Direction = (0.0, 0.0, 1.0)

    def numbers(self, charge: float) -> tuple[float, ...]:
        """As of a shell."""
        return self._numbers(0.0, self.height, self.radius, self.normal)


class Wave(SpaceTerm):
    """V = amplitude cos(wavevector · r - frequency t + phase): a superlattice, or a wave that travels along wavevector."""

    kind: Literal["wave"]
    amplitude: Height
    wavevector: WavevectorVector
    frequency: AngularFrequency = 0.0
    phase: Angle = 0.0
    function: ClassVar[str] = "wave"

    def numbers(self, charge: float) -> tuple[float, ...]:
        """Amplitude, wavevector, frequency, phase, half a wavelength."""
        return self.amplitude, *self.wavevector, self.frequency, self.phase, math.pi * self.length

    @property
    def length(self) -> float:
        """The wavelength over 2π."""
        strength = math.hypot(*self.wavevector)
        return 1.0 / strength if strength else math.inf

    @property
    def rate(self) -> float:
        """Its frequency."""
        return abs(self.frequency)


class PointCharge(SpaceTerm):
    """V = q Q/(4πε₀ permittivity √(|r - center|² + core²)) for a carrier of charge q and a charge Q = `charge`, in e."""

    kind: Literal["point_charge"]
    charge: Number
    core: Scale
    center: LengthVector = ORIGIN
    permittivity: Annotated[Number, Field(gt=0)] = 1.0
    function: ClassVar[str] = "point_charge"

    def numbers(self, charge: float) -> tuple[float, ...]:
        """Strength in eV Å, core squared, centre."""
        return charge * self.charge * COULOMB / self.permittivity, self.core * self.core, *self.center

    @property
    def length(self) -> float:
        """The core."""
        return self.core


class GridPotential(GridTerm):
    """V on a grid: the samples are `potential`, in eV."""

    quantity: ClassVar[str] = "potential"
    unit: ClassVar[str] = "eV"


PotentialTerm = Annotated[
    Linear | Harmonic | Step | Channel | Barrier | Disk | Wave | PointCharge | GridPotential,
    Field(discriminator="kind"),
]
