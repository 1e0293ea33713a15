"""Schema of ``ensemble``: where packets start and how many there are."""

import math
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, model_validator

from wavepacket.config.files import FileSection
from wavepacket.config.registered import Registered
from wavepacket.config.schema_confined import FARTHEST, Confined, Place
from wavepacket.config.types import BandOrBands, Count, GridShape, Section, Text, Vector, integer
from wavepacket.units import Energy, Length, Number, Temperature, Wavevector, shown

__all__ = [
    "Arrays",
    "Confined",
    "ContactEnsemble",
    "Ensemble",
    "FermiDirac",
    "FermiSurface",
    "FilledBand",
    "Gaussian",
    "Optical",
    "OwnEnsemble",
    "Packets",
    "Zone",
]


def _plain_if_reduced(value: object, info: ValidationInfo) -> object:
    if isinstance(value, str) and info.data.get("coordinates") == "reduced":
        raise ValueError(f"reduced coordinates are plain numbers, not {shown(value)}")
    return value


def _one_per_packet(values: tuple[object, ...] | None, info: ValidationInfo) -> tuple[object, ...] | None:
    packets = info.data.get("wavevectors")
    if values is not None and packets is not None and len(values) != len(packets):
        raise ValueError(f"must have {len(packets)} entries, one for each wavevector, not {len(values)}")
    return values


Coordinates = Literal["cartesian", "reduced"]
KPoint = Annotated[tuple[Annotated[Wavevector, BeforeValidator(_plain_if_reduced)], ...], *Vector]
Weight = Annotated[Number, Field(ge=0)]
Replicas = Annotated[Count, Field(le=10_000)]
Uncertainty = Annotated[Number, Field(ge=1e-12, le=1)]


class Packets(Section):
    """A list of packets; wavevectors in 1/Å (cartesian) or in units of the reciprocal vectors (reduced)."""

    kind: Literal["packets"] = "packets"
    coordinates: Coordinates = "cartesian"
    wavevectors: Annotated[tuple[KPoint, ...], Field(min_length=1)]
    positions: Annotated[tuple[Place, ...] | None, AfterValidator(_one_per_packet)] = None
    weights: Annotated[tuple[Weight, ...] | None, AfterValidator(_one_per_packet)] = None
    field_reversal: bool = Field(default=False, strict=True)


class Arrays(FileSection):
    """Packets from a ``.npz`` or ``.h5`` file: `wavevector` (n, 3) in 1/Å, `weight` (n,) in states per Å^d; `position`
    (n, 3) in Å and `replica` (n,) from 0 may be left out.
    """

    kind: Literal["arrays"] = "arrays"
    field_reversal: bool = Field(default=False, strict=True)


class _OverZone(Section):
    """Packets over the whole zone: a uniform grid, or a number of low-discrepancy points.

    With `valley_radius` only over the balls of that radius round the valleys, and the grid is that of the cube round each.
    With a relative `uncertainty`, a run is repeated with more of them until its main result has it.
    """

    grid: GridShape | None = None
    number: Count | None = None
    replicas: Replicas = 8
    uncertainty: Uncertainty | None = None
    valley_radius: Annotated[Wavevector, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _one_of_grid_and_number(self) -> Self:
        if (self.grid is None) == (self.number is None):
            raise ValueError("give either 'grid' or 'number'" + (", not both" if self.grid else ""))
        if math.prod(self.grid or ()) > 10**9:
            raise ValueError("the grid has more than 10^9 points")
        return self


class Zone(_OverZone):
    """Uniform over the zone, with the weight of a full band."""

    kind: Literal["zone"] = "zone"
    field_reversal: bool = Field(default=False, strict=True)


class FilledBand(_OverZone):
    """A full band; by default every packet runs a second time with E reversed."""

    kind: Literal["filled_band"] = "filled_band"
    field_reversal: bool = Field(default=True, strict=True)


class _Equilibrium(_OverZone):
    """In textures each of `number` wavevectors starts from a grid of `places` over their cell, by default 6 × 6."""

    places: GridShape | None = None

    @model_validator(mode="after")
    def _two_places(self) -> Self:
        if self.places is not None and len(self.places) != 2:
            raise ValueError("'places' needs two numbers, those along x and y")
        if math.prod(self.places or ()) * (self.number or 1) > 10**9:
            raise ValueError("'places' times 'number' are more than 10^9 packets")
        return self

    @property
    def places_over_cell(self) -> tuple[int, ...]:
        """Along x and y of a cell of textures."""
        return self.places or (6, 6)


class FermiDirac(_Equilibrium):
    """Occupation by the Fermi function of 𝓔 − μ."""

    kind: Literal["fermi_dirac"] = "fermi_dirac"
    chemical_potential: Energy
    temperature: Annotated[Temperature, Field(ge=0, le=1e6)]
    field_reversal: bool = Field(default=True, strict=True)


_AT_FERMI_SURFACE = 20_000


class FermiSurface(_Equilibrium):
    """States at the Fermi surface, weighted by −∂f/∂𝓔: sums over them are per eV.

    Without `grid` or `number` there are 20 000 points in independent replicas, whose spread tells their error at any
    temperature; a grid is better only where its step is small against k_BT/ħv. At 0 K packets start exactly on the surface:
    on triangles or lines of about `number` points, or of the cells of `grid` along the longest edge of the zone.
    """

    kind: Literal["fermi_surface"] = "fermi_surface"
    chemical_potential: Energy
    temperature: Annotated[Temperature, Field(ge=0, le=1e6)]
    field_reversal: bool = Field(default=True, strict=True)

    @property
    def is_cold(self) -> bool:
        """Whether packets start exactly on the surface."""
        return self.temperature == 0.0

    @model_validator(mode="before")
    @classmethod
    def _scattered_unless_told(cls, given: object) -> object:
        if isinstance(given, dict) and given.get("grid") is None and given.get("number") is None:
            return {**given, "number": _AT_FERMI_SURFACE}
        return given


class Optical(_OverZone):
    """States that circularly polarised light of a photon energy fills or empties, in relative numbers.

    Of a band above `valence` the electrons that light lifts from there; of a band below `conduction` the holes that it
    leaves. Several successive bands in place of one are summed over. Weights are |⟨upper|ê·∂H/∂k|lower⟩|² times a Gaussian
    line of standard deviation `width`; `handedness` as that of a circular field across z.
    """

    kind: Literal["optical"] = "optical"
    valence: BandOrBands | None = None
    conduction: BandOrBands | None = None
    photon_energy: Annotated[Energy, Field(gt=0)]
    width: Annotated[Energy, Field(gt=0)]
    handedness: Annotated[Literal[1, -1], BeforeValidator(integer)] = 1
    field_reversal: bool = Field(default=False, strict=True)

    @model_validator(mode="after")
    def _one_of_valence_and_conduction(self) -> Self:
        if (self.valence is None) == (self.conduction is None):
            raise ValueError(
                "give either 'valence', the band that light lifts electrons from, or 'conduction', the one that it lifts "
                "them to for packets that are the holes it leaves"
            )
        return self

    @property
    def partner_key(self) -> Literal["valence", "conduction"]:
        """Which of the two keys names the other band."""
        return "valence" if self.conduction is None else "conduction"

    @property
    def partners(self) -> tuple[int, ...]:
        """The other bands."""
        given = getattr(self, self.partner_key)
        return given if isinstance(given, tuple) else (given,)


_Covariance = Annotated[tuple[Annotated[tuple[Number, ...], Field(min_length=6, max_length=6)], ...],
                        Field(min_length=6, max_length=6)]  # fmt: skip


class Gaussian(Section):
    """A cloud around a wavevector or a named valley, of standard deviations `width` and `position_width`.

    `covariance` of (k, r), in 1/Å and Å, takes the place of both widths. A `balanced` cloud is made of low-discrepancy
    points in pairs opposite to each other, so that each replica has exactly the mean and the covariance that are asked for.
    """

    kind: Literal["gaussian"] = "gaussian"
    coordinates: Coordinates = "cartesian"
    center: KPoint | None = None
    valley: Text | None = None
    width: Annotated[Wavevector, Field(ge=0)]
    position: Place = (0.0, 0.0, 0.0)
    position_width: Annotated[Length, Field(ge=0, le=FARTHEST)] = 0.0
    covariance: _Covariance | None = None
    balanced: bool = Field(default=False, strict=True)
    number: Count
    replicas: Replicas = 8
    uncertainty: Uncertainty | None = None
    field_reversal: bool = Field(default=False, strict=True)

    @model_validator(mode="after")
    def _one_of_center_and_valley(self) -> Self:
        if (self.center is None) == (self.valley is None):
            raise ValueError("give either 'center' or 'valley'" + (", not both" if self.center else ""))
        return self


class ContactEnsemble(Section):
    """States that the contacts of the sample send into it, at the Fermi surface: weights are states per time and energy.

    About `number` packets for each contact that emits, all of nearly equal weight, spread over its length, over the part of
    k along it and over -∂f/∂𝓔 of 𝓔 + V(r). `emitters` names the contacts; default all.
    """

    kind: Literal["contact"] = "contact"
    chemical_potential: Energy
    temperature: Annotated[Temperature, Field(ge=0, le=1e6)] = 0.0
    number: Count
    replicas: Replicas = 8
    emitters: Annotated[tuple[Text, ...], Field(min_length=1)] | None = None
    field_reversal: Literal[False] = False


class OwnEnsemble(Registered):
    """An ensemble of a registered kind: its function makes the packets."""

    field_reversal: bool = Field(default=False, strict=True)

    def data(self, **offered: object) -> Arrays:
        """Return the packets; InputError where the function fails."""
        data = self.made(Arrays, "wavepacket.packets(...)", **offered)
        return data.model_copy(update={"field_reversal": data.field_reversal or self.field_reversal})


Ensemble = Annotated[
    Packets
    | Arrays
    | Zone
    | FilledBand
    | FermiDirac
    | FermiSurface
    | Confined
    | Optical
    | Gaussian
    | ContactEnsemble,
    Field(discriminator="kind"),
]
