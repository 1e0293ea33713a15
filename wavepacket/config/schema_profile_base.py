"""What the profiles λ(r, t) of textures share."""

import math
from typing import Annotated, ClassVar

from wavepacket.config.schema_space import ORIGIN
from wavepacket.config.types import LengthVector, Section, Vector
from wavepacket.units import Quantity

__all__ = ["BaseProfile"]

VelocityVector = Annotated[tuple[Annotated[float, Quantity("velocity")], ...], *Vector]


class BaseProfile(Section):
    """A profile in the frame that is at `center` at t = 0 and moves with `velocity`."""

    center: LengthVector = ORIGIN
    velocity: VelocityVector = ORIGIN
    components: ClassVar[int] = 1
    is_direction: ClassVar[bool] = False

    @property
    def function(self) -> str:
        """Name of the kernel's function."""
        return str(getattr(self, "kind", ""))

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
