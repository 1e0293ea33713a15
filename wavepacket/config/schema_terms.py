"""Schema of the matrices that models and textures are lists of."""

from typing import Annotated

from pydantic import Field

from wavepacket.config.types import Cell, Matrix, Powers, Section

__all__ = ["Hoppings", "KPTerms"]


class Hopping(Section):
    """⟨0 i|H|R j⟩ in eV for one cell R; the Hermitian partner is implied."""

    cell: Cell
    matrix: Matrix


class KPTerm(Section):
    """A matrix in eV Å^p times k_x^a k_y^b k_z^c, with p = a + b + c."""

    powers: Powers
    matrix: Matrix


Hoppings = Annotated[tuple[Hopping, ...], Field(min_length=1)]
KPTerms = Annotated[tuple[KPTerm, ...], Field(min_length=1)]
