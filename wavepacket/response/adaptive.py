"""Cells that are divided where the integral is uncertain: metals, avoided crossings, Fermi surfaces.

A cell is known by the midpoint rule on its 2^d children; what that differs from the midpoint rule on the cell itself
is its error e. Cells of large e are divided: each child becomes a cell with children of its own. Those that are left
are cells of small e, also by accident, so that their e say too little of their true errors. Therefore the zone is
divided five times over, from meshes that are shifted as in `uniform`: five replicas with errors of their own, whose
spread is the uncertainty of their mean. What they have in common, the order of the rule, |Σ e|/2 covers (see
`scan.combined`).

What is extrapolated, a third of e, is right for a mesh as a whole, not for a cell: over a cell that a Fermi surface cuts e
changes its sign with the place of the cut. If the cells of small e were left, all replicas would leave those of the same
places of the cut and err alike, which no spread shows; most where a band varies along one direction only, so that all
cells along a Fermi surface are cut at the same place. Therefore a cell is judged by the errors of all replicas at its place,
whose cuts are elsewhere (see `leaves`).

A cell whose energy is far from linear may hold a part of a Fermi surface that neither it nor its children see: no error
would ever divide it. Fermi surfaces are continuous, so that it lies beside cells that do see one: neighbours never
differ by more than one division.
"""

from collections.abc import Callable, Sequence
from dataclasses import fields

import numpy as np

from wavepacket.arrays import Flags, Float, Integer
from wavepacket.response.cells import Cells, Division, Single
from wavepacket.response.collect import Collected, Task
from wavepacket.response.kept import Kept, Stopped
from wavepacket.response.leaves import Leaves
from wavepacket.response.scan import EXTRAPOLATED
from wavepacket.response.targets import Target
from wavepacket.response.uniform import REPLICAS, mesh_points, replica_channels
from wavepacket.threads import ONE_THREAD, InOrder

__all__ = ["Adaptive"]

Progress = Callable[[int, int], None]

_SHARE = 0.7
"""Of Σ e², of the cells that are divided in one round."""


class Adaptive:
    """An integral that is refined round by round."""

    def __init__(
        self,
        task: Task,
        mesh: int,
        targets: Sequence[Target],
        mu: Float,
        *,
        in_order: InOrder = ONE_THREAD,
        progress: Progress = lambda done, total: None,
        kept: Kept | None = None,
    ) -> None:
        self._task, self._in_order, self._progress = task, in_order, progress
        self._mesh, self._dimension = mesh, task.domain.dimension
        self._division = Division(task, mesh, tuple(targets), mu)
        self._total = Collected.empty(task, 2 * REPLICAS)
        self._kept = kept or Kept()
        self._before = self._total
        if self._name in self._kept.sums:
            self._total = self._before = self._kept.sums[self._name].copy()
            self._cells = Cells(*(self._kept.arrays[each.name] for each in fields(Cells)))
            return
        centre = mesh_points(mesh, self._dimension, 0.5, 0, mesh**self._dimension)
        every = np.tile(centre, (REPLICAS, 1))
        self._cells = self._run(every, np.repeat(np.arange(REPLICAS), len(centre)), None)
        self._keep()

    @property
    def _name(self) -> str:
        return f"cells {self._mesh}"

    def _keep(self) -> None:
        """Remember this round."""
        self._before = self._total.copy()
        self._kept.put(self._name, self._before)
        self._kept.arrays.update({each.name: getattr(self._cells, each.name) for each in fields(Cells)})

    @property
    def points(self) -> int:
        """Wavevectors so far."""
        return self._total.points

    @property
    def collected(self) -> Collected:
        """Channels: value, Σ e, and the deviations of the replicas (see `uniform.replica_channels`)."""
        return self._total.mapped(_channels())

    def refine(self, sizes: Float, budget: int) -> bool:
        """Divide the cells of the largest errors; False where the budget of points allows none.

        Raises Stopped where somebody asks to stop; what was known before the round is kept.

        Parameters
        ----------
        sizes : (targets, 2 probes) that errors are relative to at the lowest, then at the highest temperature, internal
            units; infinite for what is known well enough
        budget : wavevectors in all
        """
        leaves = Leaves(self._task.domain, self._mesh, self._cells)
        relative = leaves.typical(_relative(self._cells.error, sizes))
        wanted = np.zeros(len(relative), dtype=bool)
        worst = np.zeros(len(relative))
        # Each target divides the cells that it needs, whatever the others': a hard one must not take everything.
        for error in relative.T:
            order = np.argsort(-error, kind="stable")
            power = np.cumsum(error[order] ** 2)
            if len(power) and power[-1] > 0:
                wanted[order[: int(np.searchsorted(power, _SHARE * power[-1])) + 1]] = True
                worst = np.maximum(worst, error / np.sqrt(power[-1]))
        family = 2**self._dimension
        affordable = (budget - self.points) // (1 + family + family**2)
        order = np.argsort(-worst, kind="stable")
        count = max(0, min(np.count_nonzero(wanted), affordable))
        which = self._balanced(leaves, order[:count])
        while count and np.count_nonzero(which) > affordable:
            count //= 2
            which = self._balanced(leaves, order[:count])
        if not count:
            return False
        parents, rest = self._cells.only(which), self._cells.only(~which)
        try:
            made = self._run(parents.centre, parents.replica, parents.level)
        except Stopped:
            self._total = self._before
            raise
        self._cells = Cells.joined([rest, made])
        self._keep()
        return True

    def _balanced(self, leaves: Leaves, chosen: Integer) -> Flags:
        """Flags of the cells that must be divided with the chosen ones: neighbours that were divided less."""
        cells, d, domain = self._cells, self._dimension, self._task.domain
        bricks = domain.bricks(cells.centre, self._mesh)
        which = np.zeros(len(cells.level), dtype=bool)
        while len(chosen):
            which[chosen] = True
            deep = chosen[cells.level[chosen] > 0]
            side = (self._mesh << cells.level[deep])[:, None]
            neighbours = []
            for step in (*np.eye(d, dtype=np.int64), *-np.eye(d, dtype=np.int64)):
                u = (cells.centre[deep] + step / side) % 1.0
                u[:, 0] = (u[:, 0] + bricks[deep] - domain.bricks(u, self._mesh)) % 1.0
                neighbours.append(leaves.find(u, cells.level[deep] - 1, cells.replica[deep]))
            chosen = np.unique(np.concatenate(neighbours))
            chosen = chosen[chosen >= 0]
            chosen = chosen[~which[chosen]]
        return which

    def _run(self, centre: Float, replica: Integer, level: Integer | None) -> Cells:
        """Make cells: the first ones of the mesh, or the children of divided ones."""
        family = 2**self._dimension
        size = 1 + family if level is None else 1 + family + family**2
        step = max(1, self._task.block // size)
        chosen = [slice(first, first + step) for first in range(0, len(centre), step)]
        parts = ((centre[c], replica[c], None if level is None else level[c]) for c in chosen)
        made = []
        total = self.points + size * len(centre)
        for collected, cells in self._in_order(self._division, parts):
            self._kept.check()
            self._total = self._total.add(collected)
            self._progress(self.points, total)
            made.append(cells)
        return Cells.joined(made)


def _channels() -> Float:
    """From what each replica has as value and as Σ e, (2 REPLICAS, 2 + REPLICAS)."""
    rows = []
    for part in range(REPLICAS):
        mean, *apart = replica_channels(part)
        # Σ e counts as it is extrapolated, in each replica (see `scan.combined`).
        rows += [[mean, 0.0, *apart], [0.0, mean, *(EXTRAPOLATED * one for one in apart)]]
    return np.array(rows)


def _relative(error: Single, sizes: Float) -> Float:
    """Largest over the probes of errors (n, targets, probes) over sizes (targets, probes): (n, targets)."""
    known = sizes > np.finfo(error.dtype).tiny  # an error below that is none, either
    inverse = np.divide(1.0, sizes, out=np.zeros_like(sizes), where=known)
    columns = [(error[:, i] * inverse[i]).max(axis=1, initial=0.0) for i in range(len(sizes))]
    return np.stack(columns, axis=1)
