"""Run an ensemble: from a config to trajectories, in memory or in a run folder."""

from wavepacket.simulation.blocks import Block, merge
from wavepacket.simulation.build import build_problem, check_packets
from wavepacket.simulation.engine import integrate
from wavepacket.simulation.problem import Problem, with_terms
from wavepacket.simulation.repair import repair
from wavepacket.simulation.run import estimate_of, resume, run
from wavepacket.simulation.share import Share, how_to_finish, run_share

__all__ = [
    "Block",
    "Problem",
    "Share",
    "build_problem",
    "check_packets",
    "estimate_of",
    "how_to_finish",
    "integrate",
    "merge",
    "repair",
    "resume",
    "run",
    "run_share",
    "with_terms",
]
