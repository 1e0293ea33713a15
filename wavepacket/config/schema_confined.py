"""Schema of ``ensemble: {kind: confined}``, and of places."""

import math
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from wavepacket.config.schema_local import Region
from wavepacket.config.types import GridShape, LengthVector, NumberVector, Section
from wavepacket.units import Energy, Temperature

__all__ = ["FARTHEST", "Beyond", "Confined", "Place"]

# 1 m: farther from the origin a double number does not resolve the paths of packets.
FARTHEST = 1e10


def _within_reach(position: tuple[float, ...]) -> tuple[float, ...]:
    if any(abs(component) > FARTHEST for component in position):
        raise ValueError("must be at most 1 m (10^10 angstrom): check its unit")
    return position


Place = Annotated[LengthVector, AfterValidator(_within_reach)]


class Beyond(Section):
    """Another chemical potential where direction · (r − position) > 0: that of the other edge."""

    chemical_potential: Energy
    direction: NumberVector
    position: Place = (0.0, 0.0, 0.0)


class Confined(Section):
    """Equilibrium of a layer in a potential: f(𝓔 + V(r) − μ) D, at `places` over `region` times a `grid` over the zone.

    Weights are numbers of states. One place along an axis means that nothing varies along it; the region must reach to where
    V leaves no states along the others.
    """

    kind: Literal["confined"] = "confined"
    chemical_potential: Energy
    temperature: Annotated[Temperature, Field(gt=0, le=1e6)]
    region: Region
    places: GridShape
    grid: GridShape
    beyond: Beyond | None = None
    field_reversal: bool = Field(default=False, strict=True)

    @model_validator(mode="after")
    def _not_too_many(self) -> Self:
        if len(self.places) != 2:
            raise ValueError("'places' needs two numbers, those along x and y")
        if math.prod(self.places) * math.prod(self.grid) > 10**8:
            raise ValueError("'places' times 'grid' are more than 10^8 points")
        return self
