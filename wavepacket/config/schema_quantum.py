"""Schema of ``quantum``: the exact packet that is laid beside the semiclassical ones."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from wavepacket.config.types import Integer, Section
from wavepacket.units import Number

__all__ = ["Boundary", "Quantum", "Term"]

Term = Literal["moment", "moment_sign", "curvature", "curvature_sign", "density_of_states"]
_Cells = Annotated[Integer, Field(ge=4, le=10**6)]


def _distinct(terms: tuple[str, ...] | None) -> tuple[str, ...] | None:
    if terms is not None and len(set(terms)) < len(terms):
        raise ValueError("a term is listed twice")
    return terms


class Boundary(Section):
    """How much of the packet (its norm) may come within how many cells of the open ends of the box."""

    cells: Annotated[Integer, Field(ge=1, le=10**4)] = 4
    norm: Annotated[Number, Field(gt=0, le=1)] = 1e-5


class Quantum(Section):
    """A box of cells, and the terms of the equations of motion that the exact path puts to the test.

    The packet is the one of ``ensemble``, which must be a Gaussian: its centre, and its width in k, from which the width in
    space follows as 1/(2 width).
    """

    sites: Annotated[tuple[_Cells, ...], Field(min_length=1, max_length=3)]
    boundary: Boundary = Boundary()
    tolerance: Annotated[Number, Field(ge=1e-12, le=1e-2)] = 1e-7
    terms: Annotated[tuple[Term, ...] | None, AfterValidator(_distinct)] = None
