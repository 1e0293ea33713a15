"""Uniform meshes: exponentially accurate for smooth periodic integrands, such as those of insulators or of T > 0.

Two meshes shifted against each other by half a step; their mean is the value, their difference the uncertainty.
"""

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from wavepacket.equilibrium.work import Collected, Task, collect, in_order

__all__ = ["mesh_points", "on_mesh", "on_two_meshes"]

Float = npt.NDArray[np.float64]
Progress = Callable[[int, int], None]


def on_two_meshes(
    task: Task, mesh: int, *, threads: int = 1, progress: Progress = lambda done, total: None
) -> Collected:
    """Integrate over two meshes of mesh^d points; channels: mean, difference."""
    total = Collected.empty(task, 2)
    every = 2 * mesh**task.domain.dimension
    for part, (shift, sign) in enumerate(((0.0, 1.0), (0.5, -1.0))):
        channels = np.array([0.5, sign])
        for collected in _blocks(task, mesh, shift, channels, threads):
            total = total.add(collected)
            progress(total.points, every)
        assert total.points == (part + 1) * every // 2
    return total


def on_mesh(task: Task, mesh: int, shift: float = 0.0, *, threads: int = 1) -> Collected:
    """Integrate over one mesh whose first point is `shift` steps from the origin; one channel."""
    total = Collected.empty(task, 1)
    for collected in _blocks(task, mesh, shift, np.ones(1), threads):
        total = total.add(collected)
    return total


def mesh_points(mesh: int, dimension: int, shift: float, first: int, last: int) -> Float:
    """Points u (last − first, d) of a mesh by their numbers, the last direction fastest."""
    index = np.unravel_index(np.arange(first, last), (mesh,) * dimension)
    return (np.stack(index, axis=1) + shift) / mesh


def _blocks(task: Task, mesh: int, shift: float, channels: Float, threads: int) -> Iterator[Collected]:
    dimension = task.domain.dimension
    size = mesh**dimension

    def one(first: int) -> Collected:
        u = mesh_points(mesh, dimension, shift, first, min(first + task.block, size))
        points = task.domain.points(u)
        measure = points.weight[:, None] * channels / size
        return collect(task, task.states(points.k), points, points.edges / mesh, measure)

    yield from in_order(one, range(0, size, task.block), threads)
