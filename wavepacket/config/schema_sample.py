"""Schema of ``sample``: hard walls and contacts in the xy plane, and how contacts are wired."""

import math
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from wavepacket.config.types import Section, Text
from wavepacket.units import Length

__all__ = ["CircleWall", "LineWall", "PolygonWall", "Sample", "Wall"]


def _in_plane(point: tuple[float, ...]) -> tuple[float, ...]:
    if any(abs(component) > 1e10 for component in point):
        raise ValueError("must be at most 1 m (10^10 angstrom) away: check its unit")
    return point


def _apart(points: tuple[tuple[float, ...], ...]) -> tuple[tuple[float, ...], ...]:
    if any(math.dist(one, other) == 0.0 for one, other in pairwise(points)):
        raise ValueError("two points that follow each other are the same")
    return points


def _opened(points: tuple[tuple[float, ...], ...]) -> tuple[tuple[float, ...], ...]:
    """Corners of a polygon without a last one that is the first."""
    return points[:-1] if points[0] == points[-1] else points


_MOST = 300  # corners of a polygon whose edges are looked at for crossings: each pair of them


def _simple(points: tuple[tuple[float, ...], ...]) -> tuple[tuple[float, ...], ...]:
    """Refuse a polygon whose edges cross: two corners in the wrong order close it to all packets."""
    if len(points) > _MOST:
        return points
    edges = list(zip(points, (*points[1:], points[0]), strict=True))
    for i, (a, b) in enumerate(edges):
        for j in range(i + 2, len(edges) - (i == 0)):
            c, d = edges[j]
            if _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0:
                raise ValueError(
                    f"the edge from point {i + 1} crosses that from point {j + 1}: give the corners in order along the wall"
                )
    return points


def _side(a: tuple[float, ...], b: tuple[float, ...], point: tuple[float, ...]) -> float:
    """Positive where a point lies to the left of the line from a to b."""
    return (b[0] - a[0]) * (point[1] - a[1]) - (b[1] - a[1]) * (point[0] - a[0])


Corner = Annotated[tuple[Length, ...], Field(min_length=2, max_length=2), AfterValidator(_in_plane)]
Chain = Annotated[tuple[Corner, ...], Field(min_length=2, max_length=10_000), AfterValidator(_apart)]


class _Wall(Section):
    """A wall, and how packets leave it: with k along it kept, or in any state of their energy that moves away from it.

    Parameters
    ----------
    reflection : ``specular``, or ``diffuse``
    specularity : share of the packets that a diffuse wall reflects like a mirror

    """

    reflection: Literal["specular", "diffuse"] = "specular"
    specularity: Annotated[float, Field(ge=0, le=1)] = 0.0

    @property
    def mirrored(self) -> float:
        """Share of the packets that are reflected like by a mirror."""
        return 1.0 if self.reflection == "specular" else self.specularity

    @model_validator(mode="after")
    def _of_diffuse(self) -> Self:
        if self.specularity and self.reflection == "specular":
            raise ValueError("specularity: is that of a diffuse wall, give 'reflection: diffuse'")
        return self


class LineWall(_Wall):
    """Straight edges from point to point, open at both ends."""

    kind: Literal["line"]
    points: Chain

    @property
    def edges(self) -> tuple[tuple[tuple[float, ...], tuple[float, ...]], ...]:
        """Ends of each edge."""
        return tuple(pairwise(self.points))


class PolygonWall(_Wall):
    """Straight edges from point to point and back to the first, which may be given once more at the end."""

    kind: Literal["polygon"]
    points: Annotated[Chain, AfterValidator(_opened), Field(min_length=3), AfterValidator(_simple)]

    @property
    def edges(self) -> tuple[tuple[tuple[float, ...], tuple[float, ...]], ...]:
        """Ends of each edge."""
        return tuple(zip(self.points, (*self.points[1:], self.points[0]), strict=True))


class CircleWall(_Wall):
    """A circle, which reflects on both sides."""

    kind: Literal["circle"]
    center: Corner = (0.0, 0.0)
    radius: Annotated[Length, Field(gt=0, le=1e10)]


Wall = Annotated[LineWall | PolygonWall | CircleWall, Field(discriminator="kind")]
Ends = Annotated[tuple[Corner, ...], Field(min_length=2, max_length=2), AfterValidator(_apart)]
Pair = Annotated[tuple[Text, ...], Field(min_length=2, max_length=2)]


class Sample(Section):
    """Walls that reflect packets, and contacts by name, each from one point to another, which absorb them.

    A contact may lie on a wall. `current` names the contacts through which a current is driven, from the first to the
    second, `voltage` those between which a voltage is measured, and `voltages` several such pairs by name; all others
    float.
    """

    walls: Annotated[tuple[Wall, ...], Field(max_length=1000)] = ()
    contacts: Annotated[dict[Text, Ends], Field(max_length=100)] = Field(default_factory=dict)
    current: Pair | None = None
    voltage: Pair | None = None
    voltages: Annotated[dict[Text, Pair], Field(max_length=100)] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _known(self) -> Self:
        if not self.walls and not self.contacts:
            raise ValueError("give 'walls', 'contacts' or both")
        if self.voltage and self.voltages:
            raise ValueError("give 'voltage' or 'voltages', not both")
        pairs = {"current": self.current, "voltage": self.voltage}
        pairs |= {f"voltages.{name}": pair for name, pair in self.voltages.items()}
        for key, pair in pairs.items():
            for name in pair or ():
                if name not in self.contacts:
                    raise ValueError(
                        f"{key}: no contact {name!r}; there are: {', '.join(self.contacts) or 'none'}"
                    )
            if pair and len(set(pair)) == 1:
                raise ValueError(f"{key}: name two contacts")
        return self
