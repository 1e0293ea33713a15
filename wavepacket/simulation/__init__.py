"""Run an ensemble: from a config to trajectories, in memory or in a run folder."""

from wavepacket.simulation.engine import Block, integrate
from wavepacket.simulation.problem import Problem, build_problem
from wavepacket.simulation.run import resume, run
from wavepacket.threads import available_threads

__all__ = ["Block", "Problem", "available_threads", "build_problem", "integrate", "resume", "run"]
