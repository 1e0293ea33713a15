"""Paths of packets with an internal state, and what is summed of their spin."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Float, Integer
from wavepacket.ensembles import Packets
from wavepacket.integrators import sizes_of
from wavepacket.kernels.integrate import advance as loop
from wavepacket.kernels.integrate import control as offsets
from wavepacket.kernels.integrate import retire
from wavepacket.kernels.layout import NEED_MIXING
from wavepacket.simulation.batch import valley_in_space
from wavepacket.simulation.edges import group_edges_between
from wavepacket.simulation.group import Group
from wavepacket.simulation.group_start import expectation, unit_vectors
from wavepacket.simulation.path_buffers import PathBuffer, new_path_buffer

if TYPE_CHECKING:
    from wavepacket.simulation.batch import Batch
    from wavepacket.simulation.problem import Problem

__all__ = [
    "VELOCITY", "GroupPaths", "Moved", "follow_group", "move_group", "spin_sums", "starts_of", "state_diagnostics",
]  # fmt: skip

VELOCITY = 3  # numbers of a save in front of those of u, as in ``kernels/integrate/group.py``


@dataclass(frozen=True, eq=False)
class GroupPaths:
    """What came of n packets; their paths lie in a buffer.

    Attributes
    ----------
    velocity : (n, T, 3) Å/fs
    state : (n, T, 2N) internal state, (Re, Im) of each orbital
    status, steps : (n,)
    monitors : (n, MONITORS) as in ``kernels/integrate/retire.py``
    marks : (n, 2) largest | |u| − 1 | and largest part of u outside the group
    outcome : (n, 3) of a sample, as in ``kernels/integrate/at_edges.py``; else (n, 0)

    """

    velocity: Float
    state: Float
    status: Integer
    steps: Integer
    monitors: Float
    marks: Float
    outcome: Float

    @classmethod
    def of(cls, moved: "Moved", times: int, size: int) -> "GroupPaths":
        """From what was saved of so many times, with so many numbers of u."""
        found = moved.saves.reshape(-1, times, VELOCITY + size)
        velocity, state = np.ascontiguousarray(found[:, :, :VELOCITY]), found[:, :, VELOCITY:]
        return cls(velocity, state, moved.status, moved.steps, moved.monitors, moved.marks, moved.outcome)


@dataclass(frozen=True, eq=False)
class Moved:
    """What the kernels make of n packets.

    Attributes
    ----------
    saves : (n, T·(3 + 2N)) velocity and u at each of the times
    ends : (n, 6 + 2N) k, r and u at the end
    status, steps, monitors, marks, outcome : as of `GroupPaths`

    """

    saves: Float
    ends: Float
    status: Integer
    steps: Integer
    monitors: Float
    marks: Float
    outcome: Float


def follow_group(
    problem: "Problem", group: Group, packets: Packets, signs: Integer, buffer: PathBuffer
) -> GroupPaths:
    """Move packets through all saves of the problem; steps end at them."""
    number, times = len(packets.weight), problem.times
    own = np.zeros((number, 4))
    own[:, 0], own[:, 2], own[:, 3] = signs, times[0], times[-1]
    own[:, 1] = valley_in_space(problem, packets.wavevector)
    moved = move_group(problem, group, starts_of(group, packets), own, times, buffer=buffer)
    return GroupPaths.of(moved, len(times), 2 * group.hamiltonian.size)


def starts_of(group: Group, packets: Packets) -> Float:
    """k, r and u of packets at their start (n, 6 + 2N)."""
    u = group.states(packets.wavevector, packets.internal, packets.position)
    return np.concatenate([packets.wavevector, packets.position, u], axis=1)


def move_group(
    problem: "Problem",
    group: Group,
    starts: Float,
    own: Float,
    times: Float,
    *,
    buffer: PathBuffer | None = None,
) -> Moved:
    """Move packets from k, r and u (n, 6 + 2N); what they pass of times, fs, is saved.

    Parameters
    ----------
    own : (n, 4) sign of E, valley, and times of beginning and end, fs
    buffer : for r and k at these times; where none is given they are not kept
    """
    from wavepacket.kernels.integrate.group import MARKS, group_method  # compiled when first needed

    number, size = len(starts), 2 * group.hamiltonian.size
    buffer = buffer or new_path_buffer(number, len(times))
    (integers, reals), between, space, dimension = _source(problem, group)
    values = problem.control.values.copy()
    values[offsets.INTERPOLATES] = 0.0
    in_space = problem.config.vary_in_space
    sizes = sizes_of(dimension, space, space=in_space, extra=size, flow=size, rows=group.rows)
    saves = np.full((number, len(times) * (VELOCITY + size)), np.nan)
    edges = group_edges_between(problem, number, times, saves)
    status, steps = np.zeros((2, number), dtype=np.int64)
    monitors, ends = np.empty((number, retire.MONITORS)), np.empty((number, starts.shape[1]))
    loop.advance(
        group_method(group.rows), problem.rates, between, between, edges.after_steps,
        (integers, reals, problem.environment, integers, problem.control.scale, sizes, integers, values, times),
        (np.ascontiguousarray(starts), own),
        (buffer.wavevector, buffer.position, ends, status, steps, monitors),
        edges.followed,
    )  # fmt: skip
    assert edges.outcome is not None
    outcome, marks = np.split(edges.outcome, [-int(MARKS)], axis=1)
    return Moved(saves, ends, status, steps, monitors, marks, outcome)


def _source(problem: "Problem", group: Group) -> tuple[tuple[Integer, Float], Callable[..., None], int, int]:
    """Arrays of the group, the compiled gap between the ends of a step, scratch space, and dimensions of the motion."""
    if group.texture is not None:
        from wavepacket.kernels.motion.texture_rates import unseen_geometry  # compiled when first needed

        texture = group.texture
        integers = texture.integers.copy()
        integers[0] = NEED_MIXING
        return (integers, texture.reals), unseen_geometry, texture.scratch_size, 2
    from wavepacket.kernels.bands.group import scratch_size
    from wavepacket.kernels.bands.group_gap import group_gap

    integers = group.arguments(moment=problem.config.fields.is_magnetic, switched=problem.switched)
    space = scratch_size(group.hamiltonian.size, int(integers[3]), group.has_positions)
    return (integers, group.reals), group_gap, space, 3


def spin_sums(
    problem: "Problem", batch: "Batch", counted: Integer, paths: GroupPaths, position: Float
) -> dict[str, Float]:
    """Weighted sums of the spin, of its current, and of displacements by the spin at the start; none without a spin."""
    from wavepacket.kernels.reduce.sample import accumulate

    group = problem.group
    assert group is not None
    if group.spin is None:
        return {}
    spin = expectation(group.spin, paths.state)
    along = (spin * unit_vectors(np.array(group.internal.axis)[None])).sum(axis=2)
    sign = group.start_signs(batch.packets.wavevector, paths.state[:, 0])[:, None, None]
    moved = position - position[:, :1]
    vectors = {
        "spin": spin,
        "spin_current": along[:, :, None] * paths.velocity,
        "spin_displacement": sign * moved,
        "polarised": np.broadcast_to(np.abs(sign), spin.shape),
    }
    totals = {}
    for name, each in vectors.items():
        total = np.zeros((batch.bins, len(problem.times), 3))
        accumulate(
            np.ascontiguousarray(each),
            batch.packets.weight,
            batch.bin,
            counted,
            total,
            np.zeros(total.shape[:2]),
        )
        totals[name] = total.reshape(*batch.shape, len(problem.times), 3)
    return totals


def state_diagnostics(problem: "Problem", paths: GroupPaths | None) -> dict[str, npt.NDArray[np.generic]]:
    """What shards keep of the internal state of each packet, by names of diagnostics; nothing of packets in one band."""
    if paths is None or problem.group is None:
        return {}
    stored = {"state": np.ascontiguousarray(paths.state)} if problem.group.stored else {}
    return {"state_norm": paths.marks[:, 0], "state_leak": paths.marks[:, 1], **stored}
