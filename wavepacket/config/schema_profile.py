"""Schema of the profiles λ(r, t) of textures.

A kind of profile is one class, which says by `function` and `numbers` what is evaluated in ``kernels/motion/profiles.py``.
"""

import math
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from wavepacket.config.schema_profile_base import BaseProfile
from wavepacket.config.schema_space import ORIGIN, Direction, Scale
from wavepacket.config.types import Integer, Misfit, WavevectorVector
from wavepacket.units import Angle, AngularFrequency, Number

__all__ = [
    "DomainWallProfile",
    "HelixProfile",
    "LinearProfile",
    "LoopProfile",
    "SkyrmionProfile",
    "StepProfile",
    "VortexProfile",
    "WaveProfile",
]

Winding = Annotated[Integer, Field(ge=-3, le=3)]


class LinearProfile(BaseProfile):
    """λ = offset + gradient · r + rate of change · t: strain that grows along a direction, or with time."""

    kind: Literal["linear"]
    offset: Number = 0.0
    gradient: WavevectorVector = ORIGIN
    change: AngularFrequency = 0.0

    def numbers(self) -> tuple[float, ...]:
        """Offset, gradient, change."""
        return self.offset, *self.gradient[:2], self.change

    @property
    def cell(self) -> tuple[float, float] | None:
        """Without a gradient it is the same everywhere."""
        return None if any(self.gradient) else (math.inf, math.inf)

    @property
    def is_static(self) -> bool:
        """Without change."""
        return not self.change and super().is_static


class _Wave(BaseProfile):
    """A phase wavevector · r - frequency t + phase."""

    wavevector: WavevectorVector = ORIGIN
    frequency: AngularFrequency = 0.0
    phase: Angle = 0.0

    def _wave(self) -> tuple[float, ...]:
        return *self.wavevector[:2], self.frequency, self.phase

    @property
    def _half_wave(self) -> float:
        return math.pi * self._turn

    @property
    def _turn(self) -> float:
        strength = math.hypot(*self.wavevector)
        return 1.0 / strength if strength else math.inf

    @property
    def length(self) -> float:
        """The wavelength over 2π."""
        return self._turn

    @property
    def cell(self) -> tuple[float, float] | None:
        """A wavelength along each axis."""
        x, y = (2.0 * math.pi / abs(q) if q else math.inf for q in self.wavevector[:2])
        return x, y


class WaveProfile(_Wave):
    """λ = offset + amplitude cos(wavevector · r - frequency t + phase): a pump, or a wave that travels."""

    kind: Literal["wave"]
    amplitude: Number = 1.0
    offset: Number = 0.0

    def numbers(self) -> tuple[float, ...]:
        """Offset, amplitude, the wave, half a wavelength."""
        return self.offset, self.amplitude, *self._wave(), self._half_wave


class StepProfile(BaseProfile):
    """From `low` at the center to `high` at `width` beyond it along `direction`."""

    kind: Literal["step"]
    width: Scale
    direction: Direction = (1.0, 0.0, 0.0)
    low: Number = 0.0
    high: Number = 1.0

    def numbers(self) -> tuple[float, ...]:
        """Low, change, direction, 1/width."""
        return self.low, self.high - self.low, *self.direction[:2], 1.0 / self.width

    @property
    def length(self) -> float:
        """Its width."""
        return self.width


class LoopProfile(BaseProfile):
    """(first cos α, second sin α), where α turns by `turn` over `width` along `direction`, from `phase` on."""

    kind: Literal["loop"]
    width: Scale
    direction: Direction = (1.0, 0.0, 0.0)
    first: Number = 1.0
    second: Number = 1.0
    turn: Angle = 2.0 * math.pi
    phase: Angle = 0.0
    components: ClassVar[int] = 2

    def numbers(self) -> tuple[float, ...]:
        """Both amplitudes, turn, direction, 1/width, phase."""
        return self.first, self.second, self.turn, *self.direction[:2], 1.0 / self.width, self.phase

    @property
    def length(self) -> float:
        """Where it turns by about one radian."""
        return self.width / max(abs(self.turn), 1.0)


class HelixProfile(_Wave):
    """n = (sin β cos ψ, sin β sin ψ, cos β) with ψ = wavevector · r - frequency t + phase; β = `cone`."""

    kind: Literal["helix"]
    cone: Angle = 0.5 * math.pi
    components: ClassVar[int] = 3
    is_direction: ClassVar[bool] = True

    def numbers(self) -> tuple[float, ...]:
        """Cos β, sin β, the wave, half a wavelength."""
        return math.cos(self.cone), math.sin(self.cone), *self._wave(), self._half_wave


class DomainWallProfile(_Wave):
    """n = (sin θ cos ψ, sin θ sin ψ, cos θ): θ from 0 to π over `width` along `direction`, ψ as of a helix."""

    kind: Literal["domain_wall"]
    width: Scale
    direction: Direction = (1.0, 0.0, 0.0)
    components: ClassVar[int] = 3
    is_direction: ClassVar[bool] = True

    def numbers(self) -> tuple[float, ...]:
        """Direction, 1/width, the wave, half a wavelength."""
        return *self.direction[:2], 1.0 / self.width, *self._wave(), self._half_wave

    @property
    def length(self) -> float:
        """Where it turns by one radian."""
        return min(self.width / math.pi, self._turn)

    @property
    def cell(self) -> tuple[float, float] | None:
        """There is one wall."""
        return None


class _Centred(BaseProfile):
    """A direction whose azimuth is `winding` φ + `helicity` around the center."""

    radius: Scale
    wall: Scale | None = None
    winding: Winding = 1
    helicity: Angle = 0.0
    polarity: Literal[1, -1] = 1
    components: ClassVar[int] = 3
    is_direction: ClassVar[bool] = True

    @model_validator(mode="after")
    def _inside(self) -> Self:
        if self.wall is not None and self.wall > self.radius:
            raise Misfit("must be at most the radius", "wall")
        return self

    def _around(self, periods: tuple[float, float] | None = None) -> tuple[float, ...]:
        inverse = (1.0 / periods[0], 1.0 / periods[1]) if periods else (0.0, 0.0)
        return (
            self.radius, self.radius - self._wall, 1.0 / self._wall, float(self.winding), math.cos(self.helicity),
            math.sin(self.helicity), *(periods or (0.0, 0.0)), *inverse,
        )  # fmt: skip

    @property
    def _wall(self) -> float:
        return self.radius if self.wall is None else self.wall

    @property
    def length(self) -> float:
        """Where n turns, over π."""
        return self._wall / math.pi


class SkyrmionProfile(_Centred):
    """n along `polarity` z outside `radius`, against it at the center; its azimuth is `winding` φ + `helicity`.

    It turns over `wall` within the radius, by default from the center on; a thin wall makes a bubble. By `shape` the cosine
    of the polar angle or the angle itself follows a smooth step. With `periods` it is a lattice.
    """

    kind: Literal["skyrmion"]
    shape: Literal["cosine", "angle"] = "cosine"
    periods: tuple[Scale, Scale] | None = None

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if self.periods is not None and min(self.periods) < 2.0 * self.radius:
            raise Misfit("must be at least twice the radius", "periods")
        return self

    @property
    def function(self) -> str:
        """By the shape."""
        return "skyrmion" if self.shape == "cosine" else "swirl"

    def numbers(self) -> tuple[float, ...]:
        """As the kernel's function says."""
        if self.shape == "cosine":
            return *self._around(self.periods), float(self.polarity)
        first = math.pi if self.polarity > 0 else 0.0
        return *self._around(self.periods), first, -self.polarity * math.pi

    @property
    def cell(self) -> tuple[float, float] | None:
        """That of the lattice."""
        return self.periods


class VortexProfile(_Centred):
    """n along `polarity` z at the center, in the plane from `radius` on; its azimuth is `winding` φ + `helicity`.

    Its polar angle follows a smooth step.
    """

    kind: Literal["vortex"]

    @property
    def function(self) -> str:
        """That of a skyrmion by its angle."""
        return "swirl"

    def numbers(self) -> tuple[float, ...]:
        """As the kernel's function says."""
        first = 0.0 if self.polarity > 0 else math.pi
        return *self._around(), first, 0.5 * self.polarity * math.pi
