"""Uniform meshes: exponentially accurate for smooth periodic integrands, such as those of insulators or of T > 0.

Five meshes, shifted against each other by points of a lattice rule and all of them by numbers that no symmetry of a
crystal maps onto each other. Their mean is the value. Where the mesh resolves the integrand the shifts show the
slowest harmonic that it does not integrate, which their mean does; where it does not (a Fermi surface at T = 0) they
are five estimates with independent errors, and Student's t with four degrees of freedom, 95 % two-sided, is the
uncertainty of their mean.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from wavepacket.arrays import Float
from wavepacket.response.collect import Collected, Task, collect
from wavepacket.response.kept import Kept
from wavepacket.response.lattice_rule import REPLICAS
from wavepacket.response.weighing import Weighing
from wavepacket.threads import ONE_THREAD, InOrder

__all__ = ["REPLICAS", "mesh_points", "on_mesh", "on_shifted_meshes", "replica_channels"]

Progress = Callable[[int, int], None]

_STUDENT = 2.776


def on_shifted_meshes(
    task: Task,
    mesh: int,
    *,
    in_order: InOrder = ONE_THREAD,
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
            for collected in _blocks(_Mesh(task, mesh, task.domain.shifts[part], 1 / REPLICAS), in_order):
                kept.check()
                one = one.add(collected)
                progress(total.points + one.points, REPLICAS * mesh**d)
            kept.put(name, one)
        total = total.add(one.mapped(np.insert(replica_channels(part), 1, 0.0)[None]))
    return total


def replica_channels(part: int) -> Float:
    """What a replica counts in the mean and in the deviations from it, (1 + REPLICAS,).

    Twice the root mean square of the deviations is Student's 95 % of the mean.
    """
    deviations = np.eye(REPLICAS)[part] - 1 / REPLICAS
    return np.append(1 / REPLICAS, _STUDENT / (2 * np.sqrt(REPLICAS - 1)) * deviations)


def on_mesh(task: Task, mesh: int, shift: float = 0.0, *, in_order: InOrder = ONE_THREAD) -> Collected:
    """Integrate over one mesh whose first point is `shift` steps from the origin; one channel."""
    total = Collected.empty(task, 1)
    for collected in _blocks(_Mesh(task, mesh, shift, 1.0), in_order):
        total = total.add(collected)
    return total


def mesh_points(mesh: int, dimension: int, shift: float | Float, first: int, last: int) -> Float:
    """Points u (last − first, d) of a mesh by their numbers, the last direction fastest."""
    index = np.unravel_index(np.arange(first, last), (mesh,) * dimension)
    return (np.stack(index, axis=1) + shift) / mesh


@dataclass(frozen=True, eq=False)
class _Mesh:
    """A mesh in one channel, of which a value gets a share."""

    task: Task
    mesh: int
    shift: float | Float
    share: float

    @property
    def size(self) -> int:
        """Number of its points."""
        return int(self.mesh**self.task.domain.dimension)

    def __call__(self, first: int) -> Collected:
        """Collect the block that begins with a point."""
        task, mesh, last = self.task, self.mesh, min(first + self.task.block, self.size)
        u = mesh_points(mesh, task.domain.dimension, self.shift, first, last)
        u[:, 0] = (u[:, 0] + task.domain.bricks(u, mesh)) % 1.0
        points = task.domain.points(u)
        weighing = Weighing.alone(points.weight / self.size, self.share)
        states, edges = task.states(points.k), points.edges / mesh
        return collect(task, states, task.columns.of(states, points.k, edges), edges, weighing)


def _blocks(mesh: _Mesh, in_order: InOrder) -> Iterator[Collected]:
    """Parts of the sum over a mesh."""
    return in_order(mesh, range(0, mesh.size, mesh.task.block))
