"""Schema of ``model.textures``: H = H_0(k) + Σ_a λ_a(r, t) H_a(k) with parameters λ that vary in space and time.

A kind of profile is one class here, which says by `numbers` what its function in ``kernels/motion/profiles.py`` reads.
"""

import math
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from wavepacket.config.schema_space import ORIGIN, Direction, Scale
from wavepacket.config.schema_terms import Hoppings, KPTerms
from wavepacket.config.types import Integer, LengthVector, Matrix, Misfit, Section, Vector, WavevectorVector
from wavepacket.units import Angle, AngularFrequency, Energy, Number, Quantity

__all__ = ["Profile", "Texture", "TextureTerm", "Textures"]

VelocityVector = Annotated[tuple[Annotated[float, Quantity("velocity")], ...], *Vector]


class _Profile(Section):
    """A profile in the frame that is at `center` at t = 0 and moves with `velocity`."""

    center: LengthVector = ORIGIN
    velocity: VelocityVector = ORIGIN
    components: ClassVar[int] = 1

    def numbers(self) -> tuple[float, ...]:
        """What the kernel's function reads behind strength, centre and velocity."""
        raise NotImplementedError

    @property
    def length(self) -> float:
        """Shortest length over which it varies, Å."""
        return math.inf

    @property
    def cell(self) -> tuple[float, float] | None:
        """Lengths along x and y after which it repeats, Å: infinite where nothing varies; None where it does not repeat."""
        return None

    @property
    def rate(self) -> float:
        """Angular frequency at a place that moves along, rad/fs."""
        return getattr(self, "frequency", 0.0)

    @property
    def is_static(self) -> bool:
        """Whether it does not depend on time."""
        return not self.rate and not any(self.velocity)

    @property
    def is_flat(self) -> bool:
        """Whether nothing in it depends on z."""
        vectors = ("gradient", "direction", "wavevector", "center", "velocity")
        return not any(getattr(self, name, ORIGIN)[2] for name in vectors)


class LinearProfile(_Profile):
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


class _Wave(_Profile):
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


class StepProfile(_Profile):
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


class LoopProfile(_Profile):
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

    def numbers(self) -> tuple[float, ...]:
        """Cos β, sin β, the wave, half a wavelength."""
        return math.cos(self.cone), math.sin(self.cone), *self._wave(), self._half_wave


class DomainWallProfile(_Wave):
    """n = (sin θ cos ψ, sin θ sin ψ, cos θ): θ from 0 to π over `width` along `direction`, ψ as of a helix."""

    kind: Literal["domain_wall"]
    width: Scale
    direction: Direction = (1.0, 0.0, 0.0)
    components: ClassVar[int] = 3

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


class SkyrmionProfile(_Profile):
    """n along `polarity` z outside `radius`, against it at the center; in between its azimuth is `winding` φ + `helicity`.

    By `shape` the cosine of the polar angle or the angle itself follows a smooth step. With `periods` it is a lattice.
    """

    kind: Literal["skyrmion"]
    radius: Scale
    winding: Annotated[Integer, Field(ge=-3, le=3)] = 1
    helicity: Angle = 0.0
    polarity: Literal[1, -1] = 1
    shape: Literal["cosine", "angle"] = "cosine"
    periods: tuple[Scale, Scale] | None = None
    components: ClassVar[int] = 3

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if self.periods is not None and min(self.periods) < 2.0 * self.radius:
            raise Misfit("must be at least twice the radius", "periods")
        return self

    def numbers(self) -> tuple[float, ...]:
        """As the kernel's function says."""
        periods = self.periods or (0.0, 0.0)
        inverse = (1.0 / periods[0], 1.0 / periods[1]) if self.periods else (0.0, 0.0)
        return (
            self.radius, 1.0 / self.radius, float(self.winding), math.cos(self.helicity), math.sin(self.helicity),
            float(self.polarity), float(self.shape == "angle"), *periods, *inverse,
        )  # fmt: skip

    @property
    def length(self) -> float:
        """Its radius over π."""
        return self.radius / math.pi

    @property
    def cell(self) -> tuple[float, float] | None:
        """That of the lattice."""
        return self.periods


Profile = Annotated[
    LinearProfile
    | WaveProfile
    | StepProfile
    | LoopProfile
    | HelixProfile
    | DomainWallProfile
    | SkyrmionProfile,
    Field(discriminator="kind"),
]


class TextureTerm(Section):
    """H_a as one constant `matrix`, as `hoppings` on the lattice of the model, or as terms of a `kp` model."""

    matrix: Matrix | None = None
    hoppings: Hoppings | None = None
    kp: KPTerms | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(each is not None for each in (self.matrix, self.hoppings, self.kp)) != 1:
            raise Misfit("needs one of matrix, hoppings and kp")
        return self


class Texture(Section):
    """`strength` times Σ_a n_a(r, t) H_a, one term for each component of the profile.

    A direction n without `terms` acts on the spin: its terms are the Pauli matrices (times unity where there are orbitals).
    """

    profile: Profile
    term: TextureTerm | None = None
    terms: Annotated[tuple[TextureTerm, ...], Field(min_length=1, max_length=3)] | None = None
    strength: Energy = 1.0

    @model_validator(mode="after")
    def _fits(self) -> Self:
        needed = self.profile.components
        if self.term is not None and self.terms is not None:
            raise Misfit("stands beside term: give one of the two", "terms")
        if (given := len(self.own_terms)) not in ((0, needed) if needed == 3 else (needed,)):
            key = "terms" if self.terms is not None else "term"
            kind = self.profile.kind
            raise Misfit(
                f"a profile of the kind {kind!r} has {needed} component(s), and {given} term(s) are given",
                key,
            )
        return self

    @property
    def own_terms(self) -> tuple[TextureTerm, ...]:
        """The terms that are given."""
        return self.terms or (() if self.term is None else (self.term,))


Textures = Annotated[tuple[Texture, ...], Field(min_length=1, max_length=8)]
