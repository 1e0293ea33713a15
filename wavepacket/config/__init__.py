"""The config: a YAML file, checked against a schema, in internal units. Imports no numpy, to be quick."""

from wavepacket.config.checks import check_steps, fixed_steps, pulse_span, resolving_step
from wavepacket.config.reader import ConfigLike, config_from_mapping, json_schema, load_config
from wavepacket.config.schema import Band, Config, Limits, Output, TimeSpan
from wavepacket.config.schema_ensemble import (
    Arrays,
    Ensemble,
    FermiDirac,
    FermiSurface,
    FilledBand,
    Gaussian,
    Optical,
    Packets,
    Zone,
)
from wavepacket.config.schema_fields import (
    CircularField,
    ElectricTerm,
    Fields,
    PulseField,
    RampField,
    SampledField,
    SinusoidField,
    UniformField,
    period,
)
from wavepacket.config.schema_integrator import Integrator, Tableau
from wavepacket.config.schema_model import (
    FileModel,
    Hopping,
    KPModel,
    KPTerm,
    LatticeModel,
    LibraryModel,
    Model,
    resolve_parameters,
)
from wavepacket.config.schema_potential import Harmonic, Potential, PotentialTerm
from wavepacket.config.schema_response import Boundary, Quantum, Term
from wavepacket.config.schema_scattering import EnergyLaw, MonteCarlo, Scattering

__all__ = [
    "Arrays",
    "Band",
    "Boundary",
    "CircularField",
    "Config",
    "ConfigLike",
    "ElectricTerm",
    "EnergyLaw",
    "Ensemble",
    "FermiDirac",
    "FermiSurface",
    "Fields",
    "FileModel",
    "FilledBand",
    "Gaussian",
    "Harmonic",
    "Hopping",
    "Integrator",
    "KPModel",
    "KPTerm",
    "LatticeModel",
    "LibraryModel",
    "Limits",
    "Model",
    "MonteCarlo",
    "Optical",
    "Output",
    "Packets",
    "Potential",
    "PotentialTerm",
    "PulseField",
    "Quantum",
    "RampField",
    "SampledField",
    "Scattering",
    "SinusoidField",
    "Tableau",
    "Term",
    "TimeSpan",
    "UniformField",
    "Zone",
    "check_steps",
    "config_from_mapping",
    "fixed_steps",
    "json_schema",
    "load_config",
    "period",
    "pulse_span",
    "resolve_parameters",
    "resolving_step",
]
