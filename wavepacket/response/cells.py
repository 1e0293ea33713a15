"""Cells of the unit cube that are divided, and what the wavevectors in them add; see `adaptive` for which are, and why."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Flags, Float, Integer
from wavepacket.response.collect import Collected, Task, collect
from wavepacket.response.targets import Sample, Target, contributions
from wavepacket.response.uniform import REPLICAS, mesh_points
from wavepacket.response.weighing import Weighing

__all__ = ["Cells", "Division", "Single"]

Single = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Cells:
    """Leaves: centre (n, d) in the unit cube before its shift, replica (n,), level (n,) of division, and
    error (n, targets, 2 probes) of the largest component in internal units.
    """

    centre: Float
    replica: Integer
    level: Integer
    error: Single

    def only(self, which: Flags) -> "Cells":
        """Those that are flagged."""
        return Cells(self.centre[which], self.replica[which], self.level[which], self.error[which])

    @staticmethod
    def joined(parts: Sequence["Cells"]) -> "Cells":
        """All of some parts, in their order."""
        return Cells(
            *(np.concatenate([getattr(part, each.name) for part in parts]) for each in fields(Cells))
        )


@dataclass(frozen=True, eq=False)
class Division:
    """How cells are divided: from some, as (centre, replica, level), to what is collected and the cells that are made.

    Attributes
    ----------
    mesh : that the cells of level 0 are those of; without a level these are made
    mu : where targets are compared, eV
    """

    task: Task
    mesh: int
    targets: tuple[Target, ...]
    mu: Float

    def __call__(self, some: tuple[Float, Integer, Integer | None]) -> tuple[Collected, Cells]:
        """Make first cells, or divide."""
        centre, replica, level = some
        return self._first(centre, replica) if level is None else self._divide(centre, replica, level)

    def _children(self, centre: Float, level: Integer) -> Float:
        """Centres (n, 2^d, d) of the children."""
        corners = mesh_points(2, self.task.domain.dimension, 0.0, 0, 2**self.task.domain.dimension) - 0.25
        return np.asarray(centre[:, None] + corners * self._side(level)[:, None, None])

    def _side(self, level: Integer) -> Float:
        return np.asarray(0.5**level / self.mesh)

    def _first(self, centre: Float, replica: Integer) -> tuple[Collected, Cells]:
        level = np.zeros(len(centre), dtype=np.int64)
        family = 2**self.task.domain.dimension
        u = np.concatenate([centre[:, None], self._children(centre, level)], axis=1)
        side = np.full(u.shape[:2], 1.0 / self.mesh)
        side[:, 1:] /= 2
        role = np.zeros((*u.shape[:2], 2))
        role[:, 1:, 0] = 1.0
        role[:, :, 1] = [-1.0] + [1.0] * family
        collected, contribution = self._evaluate(u, replica, side, role)
        error = self._largest(contribution[:, 1:].sum(axis=1) - contribution[:, 0])
        return collected, Cells(centre, replica, level, error)

    def _divide(self, centre: Float, replica: Integer, level: Integer) -> tuple[Collected, Cells]:
        n, d = centre.shape
        family = 2**d
        child = self._children(centre, level)
        young = np.repeat(level + 1, family)
        grand = self._children(child.reshape(-1, d), young)
        u = np.concatenate([centre[:, None], child, grand.reshape(n, -1, d)], axis=1)
        side = np.repeat(self._side(level)[:, None], u.shape[1], axis=1)
        side[:, 1:] /= 2
        side[:, 1 + family :] /= 2
        role = np.zeros((*u.shape[:2], 2))
        # The parent's error leaves the sum, those of its children enter; the value gains the children's errors.
        role[:, 0, 1] = 1.0
        role[:, 1 : 1 + family, 0], role[:, 1 : 1 + family, 1] = -1.0, -2.0
        role[:, 1 + family :] = 1.0
        collected, contribution = self._evaluate(u, replica, side, role)
        young_sum = (
            contribution[:, 1 + family :].reshape(n, family, family, *contribution.shape[2:]).sum(axis=2)
        )
        error = self._largest(young_sum - contribution[:, 1 : 1 + family])
        made = Cells(
            child.reshape(-1, d),
            np.repeat(replica, family),
            young,
            error.reshape(n * family, *error.shape[2:]),
        )
        return collected, made

    def _evaluate(self, u: Float, replica: Integer, side: Float, role: Float) -> tuple[Collected, Float]:
        """Collect cells of points u (n, p, d); return also what each adds to the targets, (n, p, components, probes).

        `role` (n, p, 2) is what a point counts in the value and in Σ e of its replica.
        """
        shift = self.task.domain.shifts / self.mesh
        flat = u + shift[replica][:, None]
        flat[..., 0] += self.task.domain.bricks(u.reshape(-1, u.shape[2]), self.mesh).reshape(u.shape[:2])
        flat = (flat % 1.0).reshape(-1, u.shape[2])
        points = self.task.domain.points(flat)
        states = self.task.states(points.k)
        volume = points.weight * side.ravel() ** self.task.domain.dimension
        edges = points.edges * side.reshape(-1, 1, 1)
        known = np.abs(role).max(axis=-1).ravel() * volume / REPLICAS
        channel = np.repeat(2 * replica, u.shape[1])
        weighing = Weighing(volume[:, None] * role.reshape(-1, 2), known, channel, 2 * REPLICAS)
        weights = self.task.columns.of(states, points.k, edges)
        collected = collect(self.task, states, weights, edges, weighing)
        sample = Sample(self.task, states, edges, weights[:, :, 0] * volume[:, None, None], self.mu)
        temperature = self.task.axis.temperature
        contributed = []
        for target in self.targets:
            kelvin = target.temperatures(temperature)[target.extremes(temperature)].tolist()
            made = {t: contributions(target, sample, t) for t in set(kelvin)}
            contributed.append(np.concatenate([made[t] for t in kelvin], axis=2))
        contribution = np.concatenate(contributed, axis=1)
        return collected, contribution.reshape(*u.shape[:2], *contribution.shape[1:])

    def _largest(self, error: Float) -> Single:
        """Largest component (..., targets, probes) of errors (..., components, probes)."""
        starts = np.cumsum([0, *(target.width(self.task) for target in self.targets[:-1])])
        return np.maximum.reduceat(np.abs(error), starts, axis=-2).astype(np.float32)
