"""Schema of profiles that are a strain of a layer: their components are u_xx, u_yy and u_xy."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from wavepacket.config.schema_profile_base import BaseProfile
from wavepacket.config.schema_space import Direction, Scale
from wavepacket.units import Length, Number, Wavevector

__all__ = ["BendProfile", "BumpProfile", "UniaxialProfile"]

Poisson = Annotated[Number, Field(ge=-1, le=1)]


class BumpProfile(BaseProfile):
    """½ ∂_ih ∂_jh of a height h = `height` exp(-ρ²/2 `width`²) that the layer follows without moves in its plane."""

    kind: Literal["bump"]
    height: Length
    width: Scale
    components: ClassVar[int] = 3

    def numbers(self) -> tuple[float, ...]:
        """A²/(2w²), 1/w, w."""
        ratio = self.height / self.width
        return 0.5 * ratio * ratio, 1.0 / self.width, self.width

    @property
    def length(self) -> float:
        """Over which u turns by about itself."""
        return 0.5 * self.width


class _Even(BaseProfile):
    """A strain u(r) along `direction`, and -`poisson` times as much across."""

    direction: Direction = (1.0, 0.0, 0.0)
    poisson: Poisson = 0.0
    components: ClassVar[int] = 3

    @property
    def function(self) -> str:
        """The same for all."""
        return "uneven_strain"

    def _numbers(self, value: float, gradient: tuple[float, float]) -> tuple[float, ...]:
        x, y = self.direction[:2]
        tensor = (x * x - self.poisson * y * y, y * y - self.poisson * x * x, (1.0 + self.poisson) * x * y)
        return *(each * value for each in tensor), *(each * slope for each in tensor for slope in gradient)


class UniaxialProfile(_Even):
    """A strain `strain` + `gradient` s along `direction`, where s is how far a place lies along it from the center."""

    kind: Literal["uniaxial"]
    strain: Number = 0.0
    gradient: Wavevector = 0.0

    def numbers(self) -> tuple[float, ...]:
        """Value and gradient of each component."""
        x, y = self.direction[:2]
        return self._numbers(self.strain, (self.gradient * x, self.gradient * y))


class BendProfile(_Even):
    """A ribbon along `direction` that is bent in its plane: a strain `curvature` times the distance from its middle line.

    The distance counts to the left of the direction.
    """

    kind: Literal["bend"]
    curvature: Wavevector

    def numbers(self) -> tuple[float, ...]:
        """Value and gradient of each component."""
        x, y = self.direction[:2]
        return self._numbers(0.0, (-self.curvature * y, self.curvature * x))
