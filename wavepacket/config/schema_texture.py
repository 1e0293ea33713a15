"""Schema of ``model.textures``: H = H_0(k) + Σ_a λ_a(r, t) H_a(k) with parameters λ that vary in space and time."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from wavepacket.config.schema_profile import (
    DomainWallProfile,
    HelixProfile,
    LinearProfile,
    LoopProfile,
    SkyrmionProfile,
    StepProfile,
    VortexProfile,
    WaveProfile,
)
from wavepacket.config.schema_profile_grid import GridProfile, OVFProfile, OwnProfile
from wavepacket.config.schema_strain import BendProfile, BumpProfile, UniaxialProfile
from wavepacket.config.schema_terms import Hoppings, KPTerms
from wavepacket.config.types import Matrix, Misfit, Section
from wavepacket.units import Energy, Number

__all__ = ["Profile", "Texture", "TextureTerm", "Textures"]

Profile = Annotated[
    LinearProfile
    | WaveProfile
    | StepProfile
    | LoopProfile
    | HelixProfile
    | DomainWallProfile
    | SkyrmionProfile
    | VortexProfile
    | BumpProfile
    | BendProfile
    | UniaxialProfile
    | GridProfile
    | OVFProfile,
    Field(discriminator="kind"),
]


class TextureTerm(Section):
    """H_a as one constant `matrix`, as `hoppings` on the lattice of the model, or as terms of a `kp` model.

    `gruneisen` stands for the three terms of a strain: β = -d ln t/d ln d of the model's hoppings t over distances d.
    """

    matrix: Matrix | None = None
    hoppings: Hoppings | None = None
    kp: KPTerms | None = None
    gruneisen: Number | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(each is not None for each in (self.matrix, self.hoppings, self.kp, self.gruneisen)) != 1:
            raise Misfit("needs one of matrix, hoppings, kp and gruneisen")
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
        if self.term is not None and self.terms is not None:
            raise Misfit("stands beside term: give one of the two", "terms")
        if any(term.gruneisen is not None for term in self.terms or ()):
            raise Misfit("gruneisen stands for all three terms of a strain: give it as term", "terms")
        if not isinstance(self.profile, GridProfile | OwnProfile) and (
            told := self.misfit(self.profile.components)
        ):
            raise Misfit(told, "terms" if self.terms is not None else "term")
        return self

    def misfit(self, components: int) -> str | None:
        """What is wrong with the number of terms for so many components; of a grid they are known when it is read."""
        strain = self.term is not None and self.term.gruneisen is not None
        given = 3 if strain else len(self.own_terms)
        if given == components or (not given and self.profile.is_direction):
            return None
        kind = self.profile.kind
        return f"a profile of the kind {kind!r} has {components} component(s), and {given} term(s) are given"

    @property
    def own_terms(self) -> tuple[TextureTerm, ...]:
        """The terms that are given."""
        return self.terms or (() if self.term is None else (self.term,))


Textures = Annotated[tuple[Texture, ...], Field(min_length=1, max_length=8)]
