"""Uniform meshes: exponentially accurate for smooth periodic integrands, such as those of insulators or of T > 0.

Five meshes, shifted against each other by points of a lattice rule and all of them by numbers that no symmetry of a
crystal maps onto each other. Their mean is the value. Where the mesh resolves the integrand the shifts show the
slowest harmonic that it does not integrate, which their mean does; where it does not (a Fermi surface at T = 0) they
are five estimates with independent errors, and Student's t with four degrees of freedom, 95 % two-sided, is the
uncertainty of their mean.
"""

from collections.abc import Callable, Iterator

import numpy as np

from wavepacket.arrays import Float
from wavepacket.response.collect import Collected, Task, collect, in_order
from wavepacket.response.kept import Kept
from wavepacket.response.weighing import Weighing

__all__ = ["REPLICAS", "mesh_points", "on_mesh", "on_shifted_meshes", "replica_channels", "replica_shift"]

Progress = Callable[[int, int], None]

REPLICAS = 5
_STUDENT = 2.776
_RULE = np.array([1.0, 2.0, 3.0]) / REPLICAS
_START = np.array([0.0471953, 0.1573281, 0.0916408])
"""Of a step: no symmetry of a lattice makes one of the shifted meshes another one."""


def on_shifted_meshes(
    task: Task,
    mesh: int,
    *,
    threads: int = 1,
    progress: Progress = lambda done, total: None,
    kept: Kept | None = None,
) -> Collected:
    """Integrate over `REPLICAS` meshes of mesh^d points; channels: mean, nothing, deviations (see `scan.Estimate`).

    Each mesh is ``kept`` when it is finished; raises Stopped where somebody asks to stop.
    """
    d, kept = task.domain.dimension, kept or Kept()
    total = Collected.empty(task, 2 + REPLICAS)
    for part in range(REPLICAS):
        name = f"mesh {mesh} {part}"
        one = kept.sums.get(name) or Collected.empty(task, 1)
        if not one.points:
            for collected in _blocks(task, mesh, replica_shift(part, d), 1 / REPLICAS, threads):
                kept.check()
                one = one.add(collected)
                progress(total.points + one.points, REPLICAS * mesh**d)
            kept.put(name, one)
        total = total.add(one.mapped(np.insert(replica_channels(part), 1, 0.0)[None]))
    return total


def replica_shift(part: int, dimension: int) -> Float:
    """Where the first point of a replica is, (d,), in steps of its mesh."""
    return np.asarray((_START + part * _RULE)[:dimension] % 1.0)


def replica_channels(part: int) -> Float:
    """What a replica counts in the mean and in the deviations from it, (1 + REPLICAS,).

    Twice the root mean square of the deviations is Student's 95 % of the mean.
    """
    deviations = np.eye(REPLICAS)[part] - 1 / REPLICAS
    return np.append(1 / REPLICAS, _STUDENT / (2 * np.sqrt(REPLICAS - 1)) * deviations)


def on_mesh(task: Task, mesh: int, shift: float = 0.0, *, threads: int = 1) -> Collected:
    """Integrate over one mesh whose first point is `shift` steps from the origin; one channel."""
    total = Collected.empty(task, 1)
    for collected in _blocks(task, mesh, shift, 1.0, threads):
        total = total.add(collected)
    return total


def mesh_points(mesh: int, dimension: int, shift: float | Float, first: int, last: int) -> Float:
    """Points u (last − first, d) of a mesh by their numbers, the last direction fastest."""
    index = np.unravel_index(np.arange(first, last), (mesh,) * dimension)
    return (np.stack(index, axis=1) + shift) / mesh


def _blocks(task: Task, mesh: int, shift: float | Float, share: float, threads: int) -> Iterator[Collected]:
    """Parts of the sum over a mesh, in one channel, of which a value gets a share."""
    dimension = task.domain.dimension
    size = mesh**dimension

    def one(first: int) -> Collected:
        u = mesh_points(mesh, dimension, shift, first, min(first + task.block, size))
        u[:, 0] = (u[:, 0] + task.domain.bricks(u, mesh)) % 1.0
        points = task.domain.points(u)
        weighing = Weighing.alone(points.weight / size, share)
        states, edges = task.states(points.k), points.edges / mesh
        return collect(task, states, task.columns.of(states, points.k, edges), edges, weighing)

    yield from in_order(one, range(0, size, task.block), threads)
