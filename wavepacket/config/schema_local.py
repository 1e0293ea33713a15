"""Schema of ``local``: the cells that densities and currents of a layer are given in, and lines that currents cross."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from wavepacket.config.types import GridShape, Section
from wavepacket.units import Length

__all__ = ["Interval", "Local", "Region"]


def _ascending(interval: tuple[float, float]) -> tuple[float, float]:
    if not interval[0] < interval[1]:
        raise ValueError("must go from a smaller to a larger coordinate")
    return interval


_Reach = Annotated[Length, Field(ge=-1e10, le=1e10)]
Interval = Annotated[tuple[_Reach, _Reach], AfterValidator(_ascending)]
Region = tuple[Interval, Interval]
"""Extent along x and along y, Å."""
_Point = tuple[_Reach, _Reach]
_SectionName = Annotated[str, Field(pattern="^[A-Za-z0-9_][A-Za-z0-9_.-]*$", max_length=50)]


class Local(Section):
    """Densities and currents of a layer as functions of the place, at the last saved time.

    `grid` has the cells along x and y, of which the smoothing kernel is the cubic B-spline; one cell along an axis means
    that nothing varies along it. Currents through `cross_sections` (from, to) count from their left to their right.
    """

    grid: GridShape
    region: Region | None = None
    cross_sections: dict[_SectionName, tuple[_Point, _Point]] = Field(default_factory=dict)

    def region_in(self, ensemble: object) -> Region | None:
        """The region of the cells: that of a confined sample where none is given."""
        found: Region | None = self.region or getattr(ensemble, "region", None)
        return found

    @model_validator(mode="after")
    def _cells_of_a_layer(self) -> Self:
        if len(self.grid) != 2 or any(1 < n < 4 for n in self.grid):
            raise ValueError("'grid' needs two numbers, the cells along x and y, each 1 or at least 4")
        return self
