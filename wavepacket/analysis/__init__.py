"""Observables of a finished run: currents, valleys, orbits, and the monitors of validity."""

from wavepacket.analysis.analyze import analyze, config_of, warnings
from wavepacket.analysis.each_band import table_of_bands
from wavepacket.analysis.headline import check_headline, headline_of, health
from wavepacket.analysis.own import RunPaths, RunSums, observable
from wavepacket.observables import Observable, forget_own

__all__ = [
    "Observable",
    "RunPaths",
    "RunSums",
    "analyze",
    "check_headline",
    "config_of",
    "forget_own",
    "headline_of",
    "health",
    "observable",
    "table_of_bands",
    "warnings",
]
