"""Everything that these benchmarks ask of wavepacket's internals; no other file here touches its kernels."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numba
import numpy as np
from numba import types

from wavepacket import simulation
from wavepacket.bands import Band, can_freeze, frozen
from wavepacket.config import config_from_mapping
from wavepacket.integrators import control, sizes_of
from wavepacket.kernels.bands import spline
from wavepacket.kernels.integrate import advance as loop
from wavepacket.kernels.integrate import dop853_coefficients as tableau
from wavepacket.kernels.integrate import retire
from wavepacket.kernels.integrate.control import MAXIMUM_STEP
from wavepacket.kernels.integrate.valley_crossing import cross_no_border
from wavepacket.kernels.jit.decorators import INTEGER, REAL
from wavepacket.kernels.layout import GEOMETRY, GEOMETRY_POINTER, LANES, RATES_POINTER, RATES_SOURCE, STATE
from wavepacket.simulation.layout import layout_of
from wavepacket.simulation.local import computed_here
from wavepacket.simulation.path_buffers import PathBuffers
from wavepacket.simulation.problem import Problem
from wavepacket.simulation.transits import NO_VALLEYS


def build(
    sections: Mapping[str, Any], *, number: int, end: float, saves: int, tolerance: float = 1e-10
) -> Problem:
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
        longest_step=problem.control.values[MAXIMUM_STEP],
    )  # fmt: skip
    return replace(problem, control=fresh, times=times)


def with_output(problem: Problem, *, tolerance: float, trajectories: int | None) -> Problem:
    """The same problem with another tolerance, of which a run stores so many paths; None: all."""
    config = problem.config
    changes = {
        "integrator": config.integrator.model_copy(update={"tolerance": tolerance}),
        "output": config.output.model_copy(update={"trajectories": trajectories}),
    }
    return replace(problem, config=config.model_copy(update=changes))


def starts_of(problem: Problem) -> tuple[np.ndarray, np.ndarray]:
    """Wavevectors (n, 3) in 1/Å and weights (n,) of all packets."""
    packets = problem.ensemble.packets(0, problem.ensemble.size)
    return packets.wavevector, packets.weight


def for_large_ensembles(problem: Problem) -> Problem:
    """The problem with the band kernel that the simulation uses from 200,000 packets on; the same where there is none."""
    if not can_freeze(problem.band):
        return problem
    return replace(problem, moving=frozen(problem.band, moment=has_magnetic_field(problem)))


class Integration:
    """The plain integration of packets that start at given k and r = 0: no observables, one thread, results kept."""

    def __init__(self, problem: Problem, wavevectors: np.ndarray) -> None:
        number, saves, moving = len(wavevectors), len(problem.times), problem.moving
        self.problem = problem
        self.position, self.wavevector = np.empty((2, number, saves, 3))
        self.status, self.steps = np.empty((2, number), dtype=np.int64)
        self.monitors = np.empty((number, retire.MONITORS))
        integers, reals = moving.arguments(moment=has_magnetic_field(problem))
        own = np.tile([1.0, 0.0, problem.times[0], problem.times[-1]], (number, 1))
        self.packets = np.concatenate([wavevectors, np.zeros_like(wavevectors)], axis=1), own
        self.arrays = (
            integers, reals, problem.environment, integers, problem.control.scale,
            sizes_of(problem.dimension, moving.scratch_size), integers, problem.control.values, problem.times,
        )  # fmt: skip
        self.results = (
            self.wavevector, self.position, np.empty((number, 0)), self.status, self.steps, self.monitors,
        )  # fmt: skip

    def __call__(self) -> "Integration":
        """Integrate, called as ``simulation.integrate`` does it but for the interband mixing, which no peer computes."""
        problem, geometry = self.problem, self.problem.moving.kernel
        loop.advance(
            problem.method.kernel, problem.rates, geometry, geometry, cross_no_border, self.arrays, self.packets,
            self.results, NO_VALLEYS,
        )  # fmt: skip
        return self

    @property
    def smallest_gap(self) -> np.ndarray:
        """Smallest gap (eV) of each packet; 0 where it stopped early."""
        return np.where(self.status == 0, self.monitors[:, retire.GAP_LOW], 0.0)


def has_magnetic_field(problem: Problem) -> bool:
    """Whether m is needed."""
    return bool(np.any(problem.config.fields.magnetic))


class RightHandSide:
    """Rates of one block of LANES packets, straight from the kernel that the integrator calls."""

    def __init__(self, problem: Problem) -> None:
        integers, reals = problem.band.arguments(moment=has_magnetic_field(problem))
        scratch = np.empty(problem.band.scratch_size)
        self.rates = problem.rates
        self.fixed = (problem.band.kernel, LANES, (integers, reals, scratch, problem.environment))
        self.block = np.zeros(GEOMETRY * LANES), np.zeros(3 * LANES)

    def __call__(self, times: np.ndarray, wavevectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(k̇, ṙ), both (n, 3), at times (n,) and wavevectors (n, 3); n is a multiple of LANES."""
        out, result = np.zeros(STATE * LANES), np.empty((len(times), STATE))
        for first in range(0, len(times), LANES):
            part = slice(first, first + LANES)
            k = np.ascontiguousarray(wavevectors[part].T).ravel()
            self.rates(*self.fixed, np.ascontiguousarray(times[part]), np.ones(LANES), k, *self.block, out)
            result[part] = out.reshape(STATE, LANES).T
        return result[:, :3], result[:, 3:]


def simulate(problem: Problem, threads: int) -> None:
    """The whole simulation of all packets, observables included: as a run does it, in the same memory, but not written."""
    layout, rooms = layout_of(problem), PathBuffers(len(problem.times))
    shards = [(index, layout.tasks(index)) for index in range(layout.shards)]
    for index, _ in computed_here(problem, shards, threads, rooms):
        rooms.give(index)


def advance_in_blocks(problem: Problem, wavevectors: np.ndarray, block: int) -> list[Integration]:
    """The plain integration cut into blocks for threads."""
    return [Integration(problem, wavevectors[i : i + block]) for i in range(0, len(wavevectors), block)]


def useful_operations(
    dimension: int, right_hand_side: int, steps: float, dense_steps: float, saves: int
) -> float:
    """Floating-point operations of one trajectory, counted from the tableau; right_hand_side is that of one rate."""
    rows = 2 * dimension
    entries = [len(row) for row in tableau.STAGES]
    step = 12 * right_hand_side + 2 * dimension * sum(entries[1:12]) + 2 * rows * entries[12]
    step += 2 * rows * (len(tableau.ERROR_3) + len(tableau.ERROR_5))
    dense = 3 * right_hand_side + 2 * dimension * sum(entries[13:])
    dense += rows * (8 + 2 * sum(len(row) for row in tableau.DENSE))
    return steps * step + dense_steps * dense + saves * rows * 14


def table_arrays(band: Band) -> tuple[np.ndarray, np.ndarray]:
    """Spline coefficients (n₁ + 5, n₂ + 5, n₃ + 5, fields) of a 3D table and the matrix from k to grid coordinates."""
    to_cells, padded = band.reals[:9].reshape(3, 3), band.integers[2:5] + spline.SUPPORT - 1
    end = spline.FIRST_COEFFICIENT + int(padded.prod()) * spline.FIELDS
    coefficients = band.reals[spline.FIRST_COEFFICIENT : end].reshape(*padded, spline.FIELDS)
    return coefficients, to_cells


_PATH = 300  # evaluations before packets go back to where they began, about one Bloch period


@numba.njit(
    types.void(RATES_POINTER, GEOMETRY_POINTER, RATES_SOURCE, REAL, REAL, REAL, REAL, REAL, REAL, REAL, types.float64,
               types.int64)
)  # fmt: skip
def _repeat_rates(rates, geometry, source, t, sign, k, band, field, out, home, stride, repeats):
    """The right-hand side of one block, again and again, while its packets move by ``stride`` along every axis."""
    for i in range(repeats):
        moved = stride * (i % _PATH)  # outside the loop: a remainder costs more than a packet's closed form
        for j in range(k.size):
            k[j] = home[j] + moved
        rates(geometry, t.size, source, t, sign, k, band, field, out)


@numba.njit(types.void(GEOMETRY_POINTER, INTEGER, REAL, REAL, REAL, REAL, REAL, types.float64, types.int64))
def _repeat_geometry(geometry, integers, reals, scratch, k, band, home, stride, repeats):
    """The same for the geometry of the band alone."""
    for i in range(repeats):
        moved = stride * (i % _PATH)  # outside the loop: a remainder costs more than a packet's closed form
        for j in range(k.size):
            k[j] = home[j] + moved
        geometry(k, k.size // 3, integers, reals, scratch, band)


class Repeated:
    """The right-hand side, or the geometry alone, inside a compiled loop, for packets that move as on their paths."""

    def __init__(
        self, problem: Problem, *, stride: float, geometry_only: bool, together: bool = False
    ) -> None:
        self.arguments = RightHandSide(problem)
        self.home = np.random.default_rng(2).uniform(-1, 1, 3 * LANES)
        if together:
            self.home = np.repeat(self.home[:3], LANES)
        if problem.dimension == 2:
            self.home[2 * LANES :] = 0.0
        self.geometry_only, self.stride = geometry_only, stride

    def __call__(self, repeats: int) -> None:
        """Evaluate a block ``repeats`` times."""
        geometry, _, source = self.arguments.fixed
        k, (band, field) = self.home.copy(), self.arguments.block
        tail = self.home, self.stride, repeats
        if self.geometry_only:
            _repeat_geometry(geometry, *source[:3], k, band, *tail)
            return
        t, sign, out = np.zeros(LANES), np.ones(LANES), np.zeros(STATE * LANES)
        _repeat_rates(self.arguments.rates, geometry, source, t, sign, k, band, field, out, *tail)
