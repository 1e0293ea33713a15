"""Observables of a finished run: currents, valleys, orbits, and the monitors of validity."""

from wavepacket.analysis.analyze import analyze, config_of, warnings
from wavepacket.analysis.own import RunPaths, RunSums, observable
from wavepacket.observables import Observable, forget_own

__all__ = [
    "Observable",
    "RunPaths",
    "RunSums",
    "analyze",
    "config_of",
    "forget_own",
    "observable",
    "warnings",
]
