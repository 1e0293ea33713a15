"""Run an ensemble: from a config to trajectories, in memory or in a run folder."""

from wavepacket.simulation.engine import Block, integrate
from wavepacket.simulation.local import Stop, never
from wavepacket.simulation.problem import Problem, available_threads, build_problem
from wavepacket.simulation.repair import repair
from wavepacket.simulation.run import estimate_of, resume, run

__all__ = [
    "Block",
    "Problem",
    "Stop",
    "available_threads",
    "build_problem",
    "estimate_of",
    "integrate",
    "never",
    "repair",
    "resume",
    "run",
]
