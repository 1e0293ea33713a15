"""The Schrödinger equation of a packet on the lattice, beside the semiclassical equations for the same packet."""

from wavepacket.schroedinger.budget import ErrorBudget, error_budget
from wavepacket.schroedinger.comparison import Comparison, rms
from wavepacket.schroedinger.counterpart import SemiclassicalPath
from wavepacket.schroedinger.exact import ExactPath, exact_path
from wavepacket.schroedinger.run import quantum
from wavepacket.schroedinger.setting import Setting, build_setting

__all__ = [
    "Comparison",
    "ErrorBudget",
    "ExactPath",
    "SemiclassicalPath",
    "Setting",
    "build_setting",
    "error_budget",
    "exact_path",
    "quantum",
    "rms",
]
