"""Schema of the spin of a crystal's orbitals."""

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from wavepacket.config.types import MATRICES_TAG, PAIRS_TAG, SPIN_TAG, Integer, Matrix, Section
from wavepacket.units import Number

__all__ = ["CrystalSpin", "Spin", "SpinPairs", "Zeeman"]

_Orbital = Annotated[Integer, Field(ge=0, le=10**4)]
_Size = Annotated[Literal["1/2", "3/2"], Tag(SPIN_TAG)]
_Matrices = Annotated[tuple[Matrix, Matrix, Matrix], Tag(MATRICES_TAG)]


class SpinPairs(Section):
    """Orbitals of a spin 1/2: pairs of the numbers of one with spin up and the same one with spin down."""

    pairs: Annotated[tuple[tuple[_Orbital, _Orbital], ...], Field(min_length=1, max_length=1000)]


def _form(value: object) -> str:
    if isinstance(value, str):
        return SPIN_TAG
    return PAIRS_TAG if isinstance(value, dict | SpinPairs) else MATRICES_TAG


Spin = Annotated[_Size | _Matrices, Discriminator(_form)]
CrystalSpin = Annotated[_Size | _Matrices | Annotated[SpinPairs, Tag(PAIRS_TAG)], Discriminator(_form)]


class Zeeman(Section):
    """The energy -(q/e) g mu_B S·B of the spin in the uniform magnetic field, +g mu_B S·B for electrons; 2 is the free g."""

    g: Number = 2.0
