"""Packets whose k moves along straight lines: r and the velocities at all saves by quadrature."""

import threading
from dataclasses import dataclass

import numpy as np

from wavepacket.arrays import Flags, Float, Integer
from wavepacket.ensembles import Packets
from wavepacket.integrators import evaluation_order, series_rules, sizes_of
from wavepacket.kernels.integrate import retire
from wavepacket.simulation.path_buffers import PathBuffer
from wavepacket.simulation.problem import Problem

__all__ = ["Followed", "follow_lines"]


@dataclass(frozen=True, eq=False)
class Followed:
    """What came of n packets.

    Attributes
    ----------
    velocity : (n, T, 3) Å/fs, in memory that the next packets of this thread get
    is_known : (n,) whether the rest is right; the other packets are left to steps
    status, steps : (n,) Status.OK, and how many windows each has tried
    monitors : (n, MONITORS)

    """

    velocity: Float
    is_known: Flags
    status: Integer
    steps: Integer
    monitors: Float


_own = threading.local()


def _velocities(number: int, saves: int) -> Float:
    """Memory of this thread for velocities: fresh pages would cost more than what is written."""
    found: Float | None = getattr(_own, "velocity", None)
    if found is None or found.shape != (number, saves, 3):
        _own.velocity = found = np.empty((number, saves, 3))
    return found


def follow_lines(problem: Problem, packets: Packets, signs: Integer, buffer: PathBuffer) -> Followed:
    """Move packets from their starts through all saves of the problem; their paths go into the buffer."""
    from wavepacket.kernels.integrate.straight import straight  # compiled when first needed

    starts = np.concatenate([packets.wavevector, packets.position], axis=1)
    number, band, moving = len(starts), problem.band, problem.moving
    velocity = _velocities(number, len(problem.times))
    status, steps = np.zeros((2, number), dtype=np.int64)
    monitors = np.empty((number, retire.MONITORS))
    integers, reals = moving.arguments(moment=False)
    watched, _ = band.arguments(moment=False, mixing=True)
    sizes = sizes_of(problem.dimension, max(moving.scratch_size, band.scratch_size))
    straight(
        problem.rates, moving.kernel, band.kernel,
        (integers, reals, problem.environment, problem.control.scale, sizes, watched, problem.control.values,
         problem.times, series_rules(), evaluation_order()),
        (np.ascontiguousarray(starts), np.ascontiguousarray(signs[:, None], dtype=np.float64)),
        (buffer.wavevector, buffer.position, velocity, status, steps, monitors),
    )  # fmt: skip
    return Followed(velocity, status == 0, status, steps, monitors)
