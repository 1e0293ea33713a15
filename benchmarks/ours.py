"""Everything that these benchmarks ask of wavepacket's internals; no other file here touches its kernels."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np

from wavepacket import simulation
from wavepacket.config import config_from_mapping
from wavepacket.integrators import control
from wavepacket.kernels import advance as loop
from wavepacket.kernels import dop853_coefficients as tableau
from wavepacket.kernels.layout import GEOMETRY, LANES, STATE
from wavepacket.kernels.motion import rates as rates_block
from wavepacket.simulation.problem import Problem
from wavepacket.simulation.run import layout_of


def build(sections: Mapping[str, Any], *, number: int, end: float, saves: int, tolerance: float = 1e-10) -> Problem:
    """Problem of ``number`` packets spread over the zone; sections are those of a config."""
    mapping = {
        "version": 1,
        "name": "benchmark",
        "band": 0,
        "ensemble": {"kind": "zone", "number": number},
        "time": {"end": end, "saves": saves},
        "integrator": {"tolerance": tolerance},
    }
    return simulation.build_problem(config_from_mapping({**mapping, **sections}), threads=1)


def restated(problem: Problem, tolerance: float, times: np.ndarray) -> Problem:
    """The same problem, its band source kept, with another tolerance and other saves."""
    config, crystal = problem.config, problem.hamiltonian
    fresh = control(
        config.integrator.model_copy(update={"tolerance": tolerance}), config.limits, times,
        length_scale=crystal.length_scale, cutoff=getattr(crystal, "cutoff", None),
        longest_step=problem.control.values[loop.MAXIMUM_STEP],
    )  # fmt: skip
    return replace(problem, control=fresh, times=times)


class Integration:
    """The plain integration of packets that start at given k and r = 0: no observables, one thread, results kept."""

    def __init__(self, problem: Problem, wavevectors: np.ndarray) -> None:
        number, saves = len(wavevectors), len(problem.times)
        self.problem = problem
        self.starts = np.concatenate([wavevectors, np.zeros_like(wavevectors)], axis=1)
        self.position, self.wavevector = np.empty((2, number, saves, 3))
        self.status, self.steps = np.empty((2, number), dtype=np.int64)
        self.monitors = np.empty((number, loop.MONITORS))
        self.arrays = problem.band.arguments(moment=has_magnetic_field(problem))

    def __call__(self) -> "Integration":
        """Integrate; called as ``simulation.integrate`` does it."""
        problem, (integers, reals) = self.problem, self.arrays
        loop.advance(
            problem.method.step, problem.method.dense, problem.band.kernel, problem.dimension, integers, reals,
            problem.environment, problem.control.scale, problem.control.values, problem.band.scratch_size,
            problem.times, self.starts, np.ones(len(self.starts)), self.position, self.wavevector, self.status,
            self.steps, self.monitors,
        )  # fmt: skip
        return self

    @property
    def smallest_gap(self) -> np.ndarray:
        """Smallest gap (eV) of each packet; 0 where it stopped early."""
        return np.where(self.status == 0, self.monitors[:, loop.GAP_LOW], 0.0)


def has_magnetic_field(problem: Problem) -> bool:
    """Whether m is needed."""
    return bool(np.any(problem.config.fields.magnetic))


class RightHandSide:
    """Rates of one block of LANES packets, straight from the kernel that the integrator calls."""

    def __init__(self, problem: Problem) -> None:
        integers, reals = problem.band.arguments(moment=has_magnetic_field(problem))
        scratch = np.empty(problem.band.scratch_size)
        self.fixed = (problem.band.kernel, LANES, problem.dimension, integers, reals, scratch, problem.environment)
        self.geometry_arguments = (problem.band.kernel, integers, reals, scratch)
        self.block = np.zeros(GEOMETRY * LANES), np.zeros(3 * LANES)

    def __call__(self, times: np.ndarray, wavevectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(k̇, ṙ), both (n, 3), at times (n,) and wavevectors (n, 3); n is a multiple of LANES."""
        out, result = np.zeros(STATE * LANES), np.empty((len(times), STATE))
        for first in range(0, len(times), LANES):
            part = slice(first, first + LANES)
            k = np.ascontiguousarray(wavevectors[part].T).ravel()
            rates_block(*self.fixed, np.ascontiguousarray(times[part]), np.ones(LANES), k, *self.block, out)
            result[part] = out.reshape(STATE, LANES).T
        return result[:, :3], result[:, 3:]


def simulate(problem: Problem, threads: int) -> None:
    """The whole simulation of all packets in memory, observables included, cut into tasks as a run does it."""
    layout = layout_of(problem)
    tasks = [task for shard in range(layout.shards) for task in layout.tasks(shard)]
    with ThreadPoolExecutor(threads) as pool:
        for future in [pool.submit(_discard, problem, *task) for task in tasks]:
            future.result()


def _discard(problem: Problem, first: int, number: int) -> None:
    """Integrate without keeping the block, so that the memory held does not grow."""
    simulation.integrate(problem, first, number)


def advance_in_blocks(problem: Problem, wavevectors: np.ndarray, block: int) -> list[Integration]:
    """The plain integration cut into blocks for threads."""
    return [Integration(problem, wavevectors[i : i + block]) for i in range(0, len(wavevectors), block)]


def useful_operations(dimension: int, right_hand_side: int, steps: float, dense_steps: float, saves: int) -> float:
    """Floating-point operations of one trajectory, counted from the tableau; right_hand_side is that of one rate."""
    rows = 2 * dimension
    entries = [len(row) for row in tableau.STAGES]
    step = 12 * right_hand_side + 2 * dimension * sum(entries[1:12]) + 2 * rows * entries[12]
    step += 2 * rows * (len(tableau.ERROR_3) + len(tableau.ERROR_5))
    dense = 3 * right_hand_side + 2 * dimension * sum(entries[13:])
    dense += rows * (8 + 2 * sum(len(row) for row in tableau.DENSE))
    return steps * step + dense_steps * dense + saves * rows * 14
