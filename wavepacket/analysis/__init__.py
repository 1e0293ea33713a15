"""Observables of a finished run: currents, valleys, orbits, and the monitors of validity."""

from wavepacket.analysis.analyze import analyze, config_of
from wavepacket.analysis.cautions import warnings
from wavepacket.observable import Observable

__all__ = ["Observable", "analyze", "config_of", "warnings"]
