"""Packets that are integrated step by step, between the walls of a sample where there is one."""

from dataclasses import dataclass

import numpy as np

from wavepacket.arrays import Float, Integer
from wavepacket.ensembles import Packets
from wavepacket.integrators import sizes_of
from wavepacket.kernels.integrate import advance as loop
from wavepacket.kernels.integrate import retire
from wavepacket.kernels.reduce.sample import KNOWN
from wavepacket.simulation.batch import valley_in_space
from wavepacket.simulation.edges import Edges, edges_between
from wavepacket.simulation.group_paths import GroupPaths
from wavepacket.simulation.lines import Followed
from wavepacket.simulation.path_buffers import PathBuffer
from wavepacket.simulation.problem import Problem

__all__ = ["Paths", "step_through", "stepped", "worse"]


@dataclass(frozen=True, eq=False)
class Paths:
    """n integrated paths: position, wavevector (n, T, 3), status and steps (n,), monitors (n, MONITORS).

    Of a sample also the contact that each ended at, when, and reflections, (n, 3), as in ``kernels/integrate/at_edges.py``.
    """

    position: Float
    wavevector: Float
    status: Integer
    steps: Integer
    monitors: Float
    outcome: Float | None = None
    followed: Followed | None = None
    group: GroupPaths | None = None

    def rows(self, problem: Problem) -> Integer:
        """Where the velocities of each packet come from, as the kernel `observe` asks."""
        if self.group is not None:
            return np.full(len(self.steps), KNOWN)
        rows = problem.plan.rows(self.steps)
        return rows if self.followed is None else np.where(self.followed.is_known, KNOWN, rows)


def stepped(
    problem: Problem, packets: Packets, signs: Integer, buffer: PathBuffer, numbers: Integer
) -> Paths:
    """Integrate packets of some numbers over the times of the problem; their paths go into the buffer."""
    starts = np.concatenate([packets.wavevector, packets.position], axis=1)
    own = np.zeros((len(starts), 4))
    own[:, 0], own[:, 2], own[:, 3] = signs, problem.times[0], problem.times[-1]
    own[:, 1] = valley_in_space(problem, packets.wavevector)
    edges = edges_between(problem, numbers)
    return step_through(problem, (starts, own), (problem.times, buffer), edges, np.empty((len(starts), 0)))


def step_through(
    problem: Problem, packets: tuple[Float, Float], saves: tuple[Float, PathBuffer], edges: Edges, ends: Float
) -> Paths:
    """Integrate packets from their own beginnings to their own ends.

    Parameters
    ----------
    packets : k and r at the start (n, 6); sign of E, valley, beginning and end of each (n, 4), fs
    saves : times, fs, and where paths go; what comes of times before the beginning of a packet means nothing
    edges : of a sample; what became of each packet is written there
    ends : (n, 6) for k and r at the end, or (n, 0)
    """
    (starts, own), (times, buffer) = packets, saves
    number, band, moving = len(starts), problem.band, problem.moving
    paths = Paths(
        buffer.position, buffer.wavevector, np.empty(number, dtype=np.int64), np.empty(number, dtype=np.int64),
        np.empty((number, retire.MONITORS)), edges.outcome,
    )  # fmt: skip
    moment = problem.config.fields.is_magnetic
    integers, reals = moving.arguments(moment=moment)
    watched, _ = band.arguments(moment=False, mixing=True)
    # A frozen band does not give the interband mixing; any other gives it with the rest of what ends a step.
    mixed = moving is band or band.is_textured
    last = band.arguments(moment=moment, mixing=True)[0] if mixed else integers
    scratch, space = max(moving.scratch_size, band.scratch_size), problem.config.vary_in_space
    sizes = sizes_of(problem.dimension, scratch, space=space)
    loop.advance(
        problem.method.kernel, problem.rates, moving.kernel, band.kernel, edges.after_steps,
        (integers, reals, problem.environment, last, problem.control.scale, sizes, watched, problem.control.values,
         times),
        (np.ascontiguousarray(starts), own),
        (paths.wavevector, paths.position, ends, paths.status, paths.steps, paths.monitors), edges.followed,
    )  # fmt: skip
    return paths


def worse(one: Float, other: Float) -> Float:
    """The worse of the monitors (n, MONITORS) of two parts of the way of packets."""
    monitors = np.maximum(one, other)
    low = [retire.FACTOR_LOW, retire.GAP_LOW]
    monitors[:, low] = np.minimum(one[:, low], other[:, low])
    return monitors
