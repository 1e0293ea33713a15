"""Observables of a finished run: currents, valleys, orbits, and the monitors of validity."""

from wavepacket.analysis.analyze import analyze, config_of
from wavepacket.analysis.cautions import warnings
from wavepacket.analysis.own import OWN_OBSERVABLES, RunPaths, RunSums, observable
from wavepacket.observables import Observable

__all__ = [
    "OWN_OBSERVABLES",
    "Observable",
    "RunPaths",
    "RunSums",
    "analyze",
    "config_of",
    "observable",
    "warnings",
]
