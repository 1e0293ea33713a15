"""Run an ensemble: from a config to trajectories, in memory or in a run folder."""

from wavepacket.simulation.engine import Block, integrate, merge
from wavepacket.simulation.problem import Problem, available_threads, build_problem, with_terms
from wavepacket.simulation.run import resume, run

__all__ = [
    "Block",
    "Problem",
    "available_threads",
    "build_problem",
    "integrate",
    "merge",
    "resume",
    "run",
    "with_terms",
]
