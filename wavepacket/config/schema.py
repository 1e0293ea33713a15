"""Schema of a whole config. Every value is in internal units once it is here."""

import html
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PrivateAttr,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapSerializer,
    WrapValidator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from wavepacket.config.loader import dump
from wavepacket.config.schema_band import Band
from wavepacket.config.schema_ensemble import ContactEnsemble, Ensemble, FermiSurface
from wavepacket.config.schema_fields import Fields
from wavepacket.config.schema_headline import Wanted
from wavepacket.config.schema_integrator import Integrator
from wavepacket.config.schema_internal import Internal
from wavepacket.config.schema_local import Local
from wavepacket.config.schema_model import MODEL_KEYS, FileModel, LibraryModel, Model, resolve_parameters
from wavepacket.config.schema_response import Quantum, Response
from wavepacket.config.schema_sample import Sample
from wavepacket.config.schema_scattering import Scattering, TimesOfBand
from wavepacket.config.schema_texture import Texture
from wavepacket.config.source import Node, Place, split_path
from wavepacket.config.types import Integer, Name, PointsOrFound, Section, integer
from wavepacket.errors import ConfigError
from wavepacket.units import DIMENSIONS, Energy, Number, Time

__all__ = ["TWO_MODELS", "Band", "Config", "Limits", "Output", "TimeSpan"]

TWO_MODELS = "a Hamiltonian is given too, and a run has one crystal: leave out this section or the argument hamiltonian"


def _not_zero(charge: float) -> float:
    if not charge:
        raise ValueError("must not be 0")
    return charge


class TimeSpan(Section):
    """From 0 to `end` (fs), with `saves` equidistant times that include both."""

    end: Annotated[Time, Field(ge=1e-9, le=1e15)]
    saves: Annotated[Integer, Field(ge=2, le=10**7)]


# With scattering the collisions end a flight; what remains to choose is how much of the stored paths is shown.
_SHOWN_FLIGHTS = 5.0
_SHOWN_SAVES = 201


def _or_flights(span: object, info: ValidationInfo) -> object:
    if span is not None:
        return span
    if "scattering" not in info.data:  # it has an error of its own
        return {"end": 1.0, "saves": 2}
    scattering = info.data["scattering"]
    if scattering is None or isinstance(info.data.get("ensemble"), ContactEnsemble):
        return None
    return {"end": _SHOWN_FLIGHTS * max(scattering.times), "saves": _SHOWN_SAVES}


class Limits(Section):
    """Where semiclassics ends: a packet stops below D or gap (eV); the others are warned of."""

    density_of_states_factor: Annotated[Number, Field(ge=0, lt=1)] = 0.1
    gap: Annotated[Energy, Field(ge=0)] = 1e-6
    interband_mixing: Annotated[Number, Field(gt=0)] = 0.1
    energy_drift: Annotated[Energy, Field(gt=0)] = 1e-3
    excluded_fraction: Annotated[Number, Field(ge=0, le=1)] = 0.01


def _all_is_none(value: object) -> object:
    return None if value is None or value == "all" else integer(value)


class Output(Section):
    """How many full trajectories are stored; None means all."""

    trajectories: Annotated[
        Annotated[int, Field(ge=0, le=10**9)] | None,
        BeforeValidator(_all_is_none, json_schema_input_type=int | Literal["all"]),
    ] = None


def _or_index(schema: dict[str, Any]) -> None:
    schema["anyOf"] = [{"type": "integer", "minimum": 0}, {"$ref": schema.pop("$ref")}]


def _needed_by_runs(value: object, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> object:
    """A config of a crystal alone, or with a response, needs no packets: what a run needs may then be missing."""
    if value is not None:
        return handler(value)
    # A response section that is itself wrong is not among the data.
    if info.data.get("response", True) is None and (info.context or {}).get("moves"):
        raise PydanticCustomError("missing", "Field required")
    return Band(index=0) if info.field_name == "band" else None


_NeededByRuns = WrapValidator(_needed_by_runs)
_Absent = WrapSerializer(lambda value, handler: None if value is None else handler(value))


class Config(Section):
    """One run: a model, a band, fields, an ensemble and a time span.

    The title stands over figures, movies and pages; by default that is the name. With `spin` a run also has what packets
    of single bands carry of spin, where the crystal knows it.

    Read one by `load_config` or `config_from_mapping`, which report every problem with its place.
    """

    version: Annotated[Literal[1], BeforeValidator(integer)] = 1
    name: Name
    title: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    model: Model
    charge: Annotated[Number, Field(ge=-100, le=100), AfterValidator(_not_zero)] = -1.0
    spin: bool = Field(default=False, strict=True)
    response: Response | None = None
    band: Annotated[Band, _NeededByRuns] = Field(
        default=None, validate_default=True, json_schema_extra=_or_index
    )
    fields: Fields = Fields()
    sample: Sample | None = None
    internal: Internal | None = None
    ensemble: Annotated[Ensemble, _NeededByRuns, _Absent] = Field(default=None, validate_default=True)
    valleys: PointsOrFound = Field(default_factory=dict)
    scattering: Scattering | None = None
    time: Annotated[TimeSpan, _NeededByRuns, BeforeValidator(_or_flights), _Absent] = Field(
        default=None, validate_default=True
    )
    integrator: Integrator = Integrator()
    limits: Limits = Limits()
    output: Output = Output()
    local: Local | None = None
    quantum: Quantum | None = None
    reference: Literal["drude_hall", "weyl_nodes", "zone_integrals"] | None = None
    headline: Wanted | None = None
    seed: Annotated[Integer, Field(ge=0, le=2**63 - 1)] = 1

    _source: Node = PrivateAttr(default_factory=lambda: Node(None, Place("")))

    @model_validator(mode="after")
    def _once_about_no_field(self) -> Self:
        """A linear response is about E = 0, where packets with E reversed are the same ones: they run once unless told."""
        ensemble = self.ensemble
        given = not isinstance(ensemble, FermiSurface) or "field_reversal" in ensemble.model_fields_set
        if self.scattering is not None and not given:
            object.__setattr__(self, "ensemble", ensemble.model_copy(update={"field_reversal": False}))
        return self

    def __eq__(self, other: object) -> bool:
        """Compare values, not their positions in files."""
        return self.model_dump() == other.model_dump() if isinstance(other, Config) else NotImplemented

    def where(self, path: str) -> Place:
        """Return where a key such as ``model.file``, or its nearest parent, was written."""
        return self._source.where(split_path(path))

    @property
    def heading(self) -> str:
        """What stands over figures."""
        return self.title or self.name.replace("_", " ")

    @property
    def bands(self) -> tuple[int, ...]:
        """Bands that carry packets of their own in one run; none in a run of one band or group, or before they are found."""
        each = self.band.each
        return each if isinstance(each, tuple) else ()

    @property
    def finds_bands(self) -> bool:
        """Whether several bands carry packets and only a run makes a list of them: ``auto`` or ``all``."""
        return self.band.each is not None and not self.bands

    def of_band(self, index: int) -> "Config":
        """Return the config of one band of a run of several."""
        alone = self.band.model_copy(update={"index": index, "each": None, "others": None})
        times = None if self.scattering is None else self.scattering.of_band(index)
        return self.model_copy(update={"band": alone, "scattering": times})

    def with_times(self, own: Mapping[str, TimesOfBand]) -> "Config":
        """Return the config with what single bands have of their own in scattering."""
        assert self.scattering is not None
        return self.model_copy(update={"scattering": self.scattering.model_copy(update={"bands": dict(own)})})

    @property
    def time_maps(self) -> dict[str, Any]:
        """Maps of relaxation times, for all bands and for single ones, by their key."""
        if self.scattering is None:
            return {}
        found = {
            f"scattering.bands.{name}.map": own.map for name, own in (self.scattering.bands or {}).items()
        }
        return {
            key: each
            for key, each in {"scattering.map": self.scattering.map, **found}.items()
            if each is not None
        }

    def with_time_maps(self, maps: Mapping[str, Any]) -> "Config":
        """Return the config with other maps of relaxation times, by their keys as in `time_maps`."""
        assert self.scattering is not None
        given = self.scattering
        bands = given.bands and {
            name: own.model_copy(update={"map": maps.get(f"scattering.bands.{name}.map", own.map)})
            for name, own in given.bands.items()
        }
        changed = {"map": maps.get("scattering.map", given.map), "bands": bands}
        return self.model_copy(update={"scattering": given.model_copy(update=changed)})

    def with_exchange(self, between: dict[str, dict[str, float]]) -> "Config":
        """Return the config with other times between populations."""
        assert self.scattering is not None
        return self.model_copy(update={"scattering": self.scattering.model_copy(update={"between": between})})

    @property
    def vary_in_space(self) -> bool:
        """Whether what a packet feels depends on where it is: by its fields or by textures of its crystal."""
        return self.fields.vary_in_space or self.model.textures is not None

    @property
    def textures(self) -> tuple[Texture, ...]:
        """Those of the model; none without."""
        return self.model.textures or ()

    def refuse_textures(self, what: str) -> None:
        """Raise ConfigError where the model has textures, which ``what`` knows nothing of."""
        if self.textures:
            raise self.problem(
                "model.textures", f"{what} is of a crystal that is the same everywhere: leave them out"
            )

    def problem(self, path: str, message: str) -> ConfigError:
        """Return an error about a key, for checks that only later floors can make."""
        return ConfigError([self.where(path).problem(message)])

    def two_models(self) -> ConfigError:
        """Return the error about a Hamiltonian object that is given as well as the model of a config."""
        return self.problem("model", TWO_MODELS)

    def check_run(self) -> None:
        """Raise where the sections that only a run needs are missing."""
        missing = [name for name in ("ensemble", "time") if getattr(self, name) is None]
        if missing:
            here = self.where("")
            raise ConfigError([here.problem(f"missing key {name!r}: a run needs it") for name in missing])

    def model_file(self) -> Path:
        """Return the file of the model, or raise a ConfigError where it is named."""
        if not isinstance(self.model, FileModel):
            raise self.problem("model", "names no file")
        if not self.model.file.is_file():
            what = "is not a file" if self.model.file.exists() else "no such file"
            raise self.problem("model.file", f"{what}: {self.model.file}")
        return self.model.file

    def resolve_parameters(self, dimensions: Mapping[str, str]) -> dict[str, float | int | str]:
        """Return the parameters of a library model in internal units; see `resolve_parameters`."""
        given = self.model.parameters if isinstance(self.model, LibraryModel) else {}
        return resolve_parameters(given, dimensions, self._source.find(("model",))[0])

    def with_parameters(self, parameters: Mapping[str, float | int | str]) -> "Config":
        """Return the config with other parameters of its library model, such as all the resolved ones."""
        if not isinstance(self.model, LibraryModel):
            return self
        model = LibraryModel.model_validate({"name": self.model.name, **parameters})
        model = model.model_copy(update={key: getattr(self.model, key) for key in MODEL_KEYS})
        return self.model_copy(update={"model": model})

    def __str__(self) -> str:
        """Return `to_yaml`."""
        return self.to_yaml()

    def _repr_html_(self) -> str:
        """Return the same for notebooks."""
        return f"<b>{html.escape(self.heading)}</b><pre>{html.escape(self.to_yaml())}</pre>"

    def to_yaml(self) -> str:
        """Return the config with every default filled in, as text that reads back to an equal config."""
        units = "\n".join(
            f"#   {dimension.replace('_', ' ')}: {unit}" for dimension, unit in DIMENSIONS.items()
        )
        header = f"# Every default is filled in. Plain numbers are in these units:\n{units}\n"
        values = self.model_dump(exclude_none=True)
        values["output"].setdefault("trajectories", "all")
        return header + dump(values)
