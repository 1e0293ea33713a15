"""Uniform meshes: exponentially accurate for smooth periodic integrands, such as those of insulators or of T > 0.

Five meshes, shifted against each other by points of a lattice rule and all of them by numbers that no symmetry of a
crystal maps onto each other. Their mean is the value. Where the mesh resolves the integrand the shifts show the
slowest harmonic that it does not integrate, which their mean does; where it does not (a Fermi surface at T = 0) they
are five estimates with independent errors, and Student's t with four degrees of freedom, 95 % two-sided, is the
uncertainty of their mean.
"""

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from wavepacket.equilibrium.work import Collected, Task, collect, in_order

__all__ = ["SHIFTS", "mesh_points", "on_mesh", "on_shifted_meshes"]

Float = npt.NDArray[np.float64]
Progress = Callable[[int, int], None]

SHIFTS = 5
_STUDENT = 2.776
_RULE = np.array([1.0, 2.0, 3.0]) / SHIFTS
_START = np.array([0.0471953, 0.1573281, 0.0916408])
"""Of a step: no symmetry of a lattice makes one of the shifted meshes another one."""


def on_shifted_meshes(
    task: Task, mesh: int, *, threads: int = 1, progress: Progress = lambda done, total: None
) -> Collected:
    """Integrate over `SHIFTS` meshes of mesh^d points; channels: mean, nothing, deviations (see `scan.Estimate`)."""
    d = task.domain.dimension
    total = Collected.empty(task, 2 + SHIFTS)
    for part in range(SHIFTS):
        channels = np.zeros(2 + SHIFTS)
        channels[0] = 1 / SHIFTS
        channels[2:] = _STUDENT / (2 * np.sqrt(SHIFTS - 1)) * (np.eye(SHIFTS)[part] - 1 / SHIFTS)
        shift = (_START + part * _RULE)[:d] % 1.0
        for collected in _blocks(task, mesh, shift, channels, threads):
            total = total.add(collected)
            progress(total.points, SHIFTS * mesh**d)
    return total


def on_mesh(task: Task, mesh: int, shift: float = 0.0, *, threads: int = 1) -> Collected:
    """Integrate over one mesh whose first point is `shift` steps from the origin; one channel."""
    total = Collected.empty(task, 1)
    for collected in _blocks(task, mesh, shift, np.ones(1), threads):
        total = total.add(collected)
    return total


def mesh_points(mesh: int, dimension: int, shift: float | Float, first: int, last: int) -> Float:
    """Points u (last − first, d) of a mesh by their numbers, the last direction fastest."""
    index = np.unravel_index(np.arange(first, last), (mesh,) * dimension)
    return (np.stack(index, axis=1) + shift) / mesh


def _blocks(
    task: Task, mesh: int, shift: float | Float, channels: Float, threads: int
) -> Iterator[Collected]:
    dimension = task.domain.dimension
    size = mesh**dimension

    def one(first: int) -> Collected:
        u = mesh_points(mesh, dimension, shift, first, min(first + task.block, size))
        points = task.domain.points(u)
        measure = points.weight[:, None] * channels / size
        return collect(task, task.states(points.k), points, points.edges / mesh, measure)

    yield from in_order(one, range(0, size, task.block), threads)
