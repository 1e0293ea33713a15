"""The config: a YAML file, checked against a schema, in internal units. Imports no numpy, to be quick."""

from wavepacket.config.checks import check_steps, fixed_steps, pulse_span, resolving_step, warn_of_idle_fields
from wavepacket.config.kinds import ensemble_kind, field_kind, profile_kind, tableau, times_kind
from wavepacket.config.reader import ConfigLike, config_from_mapping, json_schema, load_config
from wavepacket.config.schema import Band, Config, Limits, Output, TimeSpan
from wavepacket.config.schema_ensemble import (
    Arrays,
    Confined,
    ContactEnsemble,
    Ensemble,
    FermiDirac,
    FermiSurface,
    FilledBand,
    Gaussian,
    Optical,
    OwnEnsemble,
    Packets,
    Zone,
)
from wavepacket.config.schema_fields import (
    CircularField,
    CircularPulseField,
    ElectricTerm,
    Fields,
    OwnField,
    PulseField,
    RampField,
    SampledField,
    SinusoidField,
    UniformField,
    period,
)
from wavepacket.config.schema_integrator import Integrator, Tableau
from wavepacket.config.schema_internal import Internal
from wavepacket.config.schema_local import Local
from wavepacket.config.schema_magnetic import GridMagnetic, LinearMagnetic, MagneticTerm
from wavepacket.config.schema_model import (
    FileModel,
    KPModel,
    LatticeModel,
    LibraryModel,
    Model,
    resolve_parameters,
)
from wavepacket.config.schema_potential import Harmonic, PotentialTerm
from wavepacket.config.schema_profile_grid import GridProfile, OwnProfile
from wavepacket.config.schema_response import Boundary, Quantum, Term
from wavepacket.config.schema_sample import CircleWall, LineWall, PolygonWall, Sample
from wavepacket.config.schema_scattering import (
    CARRIERS,
    EnergyLaw,
    EnergyTable,
    MonteCarlo,
    Scattering,
    TimeMap,
    TimesOfBand,
)
from wavepacket.config.schema_space import GridTerm, SpaceTerm
from wavepacket.config.schema_texture import Texture, TextureTerm
from wavepacket.config.schema_times import OwnTimeMap

__all__ = [
    "CARRIERS",
    "Arrays",
    "Band",
    "Boundary",
    "CircleWall",
    "CircularField",
    "CircularPulseField",
    "Config",
    "ConfigLike",
    "Confined",
    "ContactEnsemble",
    "ElectricTerm",
    "EnergyLaw",
    "EnergyTable",
    "Ensemble",
    "FermiDirac",
    "FermiSurface",
    "Fields",
    "FileModel",
    "FilledBand",
    "Gaussian",
    "GridMagnetic",
    "GridProfile",
    "GridTerm",
    "Harmonic",
    "Integrator",
    "Internal",
    "KPModel",
    "LatticeModel",
    "LibraryModel",
    "Limits",
    "LineWall",
    "LinearMagnetic",
    "Local",
    "MagneticTerm",
    "Model",
    "MonteCarlo",
    "Optical",
    "Output",
    "OwnEnsemble",
    "OwnField",
    "OwnProfile",
    "OwnTimeMap",
    "Packets",
    "PolygonWall",
    "PotentialTerm",
    "PulseField",
    "Quantum",
    "RampField",
    "Sample",
    "SampledField",
    "Scattering",
    "SinusoidField",
    "SpaceTerm",
    "Tableau",
    "Term",
    "Texture",
    "TextureTerm",
    "TimeMap",
    "TimeSpan",
    "TimesOfBand",
    "UniformField",
    "Zone",
    "check_steps",
    "config_from_mapping",
    "ensemble_kind",
    "field_kind",
    "fixed_steps",
    "json_schema",
    "load_config",
    "period",
    "profile_kind",
    "pulse_span",
    "resolve_parameters",
    "resolving_step",
    "tableau",
    "times_kind",
    "warn_of_idle_fields",
]
