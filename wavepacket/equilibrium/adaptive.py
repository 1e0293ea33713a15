"""Cells that are divided where the integral is uncertain: metals, avoided crossings, Fermi surfaces.

A cell is known by the midpoint rule on its 2^d children; what that differs from the midpoint rule on the cell itself
is its error e. Cells of large e are divided: each child becomes a cell with children of its own. The uncertainty of
a number is |Σ e|/2 + 2√(Σ e²): the first is more than what is extrapolated (see `scan.combined`), the second what errors
of random sign do. Σ e² of every number at every μ and T comes from sums of ±e with signs at random for each cell,
whose mean square it is.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wavepacket.equilibrium.domain import Points
from wavepacket.equilibrium.spread import Spread, widths_of
from wavepacket.equilibrium.states import States
from wavepacket.equilibrium.uniform import mesh_points
from wavepacket.equilibrium.work import Collected, Task, collect, in_order
from wavepacket.fermi import fermi
from wavepacket.units import BOLTZMANN

__all__ = ["SKETCHES", "Adaptive"]

Float = npt.NDArray[np.float64]
Progress = Callable[[int, int], None]

SKETCHES = 8
_PROBES = 41
"""Chemical potentials at which the errors of cells are compared."""
_SHARE = 0.7
"""Of Σ e², of the cells that are divided in one round."""


@dataclass(frozen=True, eq=False)
class _Cells:
    """Leaves: centre (n, d) in the unit cube, level (n,) of division, error (n, drivers)."""

    centre: Float
    level: npt.NDArray[np.int64]
    error: Float

    def only(self, which: npt.NDArray[np.bool_]) -> "_Cells":
        return _Cells(self.centre[which], self.level[which], self.error[which])


class Adaptive:
    """An integral that is refined round by round.

    Attributes
    ----------
    collected : channels: value, Σ e, and `SKETCHES` sums of ±e
    """

    def __init__(
        self,
        task: Task,
        mesh: int,
        drivers: dict[str, slice],
        *,
        threads: int = 1,
        progress: Progress = lambda done, total: None,
    ) -> None:
        self._task, self._drivers, self._threads, self._progress = task, drivers, threads, progress
        self._mesh, self._dimension = mesh, task.domain.dimension
        self._columns = np.concatenate([np.arange(s.start, s.stop) for s in drivers.values()])
        count = len(task.axis.mu)
        self._probes = np.unique(np.linspace(0, count - 1, min(count, _PROBES)).round().astype(np.int64))
        self.collected = Collected.empty(task, 2 + SKETCHES)
        self._cells = self._run(mesh_points(mesh, self._dimension, 0.5, 0, mesh**self._dimension), None)

    def scale_errors(self, scales: dict[str, float]) -> Float:
        """Largest error of each cell relative to the scale of its quantity, (n,)."""
        start, worst = 0, np.zeros(len(self._cells.centre))
        for name, place in self._drivers.items():
            width = place.stop - place.start
            if width and scales[name] > 0:
                part = self._cells.error[:, start : start + width].max(axis=1, initial=0.0)
                worst = np.maximum(worst, part / scales[name])
            start += width
        return worst

    def refine(self, scales: dict[str, float], budget: int) -> bool:
        """Divide the cells of the largest error; False where the budget of points allows none."""
        worst = self.scale_errors(scales)
        order = np.argsort(-worst, kind="stable")
        power = np.cumsum(worst[order] ** 2)
        if not len(power) or power[-1] == 0.0:
            return False
        wanted = int(np.searchsorted(power, _SHARE * power[-1])) + 1
        family = 2**self._dimension
        affordable = (budget - self.collected.points) // (1 + family + family**2)
        chosen = order[: min(wanted, affordable)]
        if not len(chosen):
            return False
        which = np.zeros(len(worst), dtype=bool)
        which[chosen] = True
        parents, rest = self._cells.only(which), self._cells.only(~which)
        made = self._run(parents.centre, parents.level)
        self._cells = _Cells(
            *(np.concatenate([getattr(rest, n), getattr(made, n)]) for n in ("centre", "level", "error"))
        )
        return True

    def _run(self, centre: Float, level: npt.NDArray[np.int64] | None) -> _Cells:
        """Make cells: the first ones of the mesh, or the children of divided ones."""
        family = 2**self._dimension
        size = 1 + family if level is None else 1 + family + family**2
        step = max(1, self._task.block // size)
        starts = range(0, len(centre), step)

        def one(first: int) -> tuple[Collected, _Cells]:
            chosen = slice(first, first + step)
            return (
                self._first(centre[chosen]) if level is None else self._divide(centre[chosen], level[chosen])
            )

        made = []
        total = self.collected.points + size * len(centre)
        for collected, cells in in_order(one, starts, self._threads):
            self.collected = self.collected.add(collected)
            self._progress(self.collected.points, total)
            made.append(cells)
        return _Cells(*(np.concatenate([getattr(m, n) for m in made]) for n in ("centre", "level", "error")))

    def _children(self, centre: Float, level: npt.NDArray[np.int64]) -> Float:
        """Centres (n, 2^d, d) of the children."""
        corners = mesh_points(2, self._dimension, 0.0, 0, 2**self._dimension) - 0.25
        return np.asarray(centre[:, None] + corners * self._side(level)[:, None, None])

    def _side(self, level: npt.NDArray[np.int64]) -> Float:
        return np.asarray(0.5**level / self._mesh)

    def _first(self, centre: Float) -> tuple[Collected, _Cells]:
        level = np.zeros(len(centre), dtype=np.int64)
        family = 2**self._dimension
        u = np.concatenate([centre[:, None], self._children(centre, level)], axis=1)
        side = np.full(u.shape[:2], 1.0 / self._mesh)
        side[:, 1:] /= 2
        sign = _signs(centre, level)[:, None]
        role = np.zeros((*u.shape[:2], 2 + SKETCHES))
        role[:, 1:, 0] = 1.0
        role[:, :, 1] = [-1.0] + [1.0] * family
        role[:, :, 2:] = sign * role[:, :, 1:2]
        collected, contribution = self._evaluate(u, side, role)
        error = np.abs(contribution[:, 1:].sum(axis=1) - contribution[:, 0]).max(axis=2, initial=0.0)
        return collected, _Cells(centre, level, error)

    def _divide(self, centre: Float, level: npt.NDArray[np.int64]) -> tuple[Collected, _Cells]:
        n, d = centre.shape
        family = 2**d
        child = self._children(centre, level)
        young = np.repeat(level + 1, family)
        grand = self._children(child.reshape(-1, d), young)
        u = np.concatenate([centre[:, None], child, grand.reshape(n, -1, d)], axis=1)
        side = np.repeat(self._side(level)[:, None], u.shape[1], axis=1)
        side[:, 1:] /= 2
        side[:, 1 + family :] /= 2
        old = _signs(centre, level)
        new = _signs(child.reshape(-1, d), young).reshape(n, family, SKETCHES)
        role = np.zeros((*u.shape[:2], 2 + SKETCHES))
        # The parent's error leaves the sums, those of its children enter; the value gains the children's errors.
        role[:, 0, 1], role[:, 0, 2:] = 1.0, old
        role[:, 1 : 1 + family, 0], role[:, 1 : 1 + family, 1] = -1.0, -2.0
        role[:, 1 : 1 + family, 2:] = -old[:, None] - new
        role[:, 1 + family :, :2] = 1.0
        role[:, 1 + family :, 2:] = np.repeat(new, family, axis=1)
        collected, contribution = self._evaluate(u, side, role)
        young_sum = (
            contribution[:, 1 + family :].reshape(n, family, family, *contribution.shape[2:]).sum(axis=2)
        )
        error = np.abs(young_sum - contribution[:, 1 : 1 + family]).max(axis=3, initial=0.0)
        return collected, _Cells(child.reshape(-1, d), young, error.reshape(n * family, -1))

    def _evaluate(self, u: Float, side: Float, role: Float) -> tuple[Collected, Float]:
        """Collect cells of points u (n, p, d); return also what each point adds to the drivers, (n, p, drivers, probes)."""
        flat = u.reshape(-1, u.shape[2])
        points = self._task.domain.points(flat)
        states = self._task.states(points.k)
        volume = points.weight * side.ravel() ** self._dimension
        edges = points.edges * side.reshape(-1, 1, 1)
        measure = volume[:, None] * role.reshape(len(flat), -1)
        collected = collect(self._task, states, points, edges, measure)
        contribution = self._contribution(states, points, edges, volume)
        return collected, contribution.reshape(*u.shape[:2], *contribution.shape[1:])

    def _contribution(self, states: States, points: Points, edges: Float, volume: Float) -> Float:
        """Drivers (n, drivers, probes) at the lowest temperature."""
        weights = self._task.columns.of(states, points.k)[..., self._columns] * volume[:, None, None]
        mu = self._task.axis.mu[self._probes]
        lowest = float(self._task.axis.temperature.min())
        if lowest > 0:
            occupied = fermi((states.energy[..., None] - mu) / (BOLTZMANN * lowest))
        else:
            occupied = self._cold_occupation(states, edges, mu)
        return np.asarray(np.swapaxes(weights, 1, 2) @ occupied)

    def _cold_occupation(self, states: States, edges: Float, mu: Float) -> Float:
        """Occupation (n, N, probes) at T = 0 of cells that μ may cut."""
        distance = mu - states.energy[..., None]
        if not self._task.linear:
            return (distance > 0).astype(np.float64)
        widths = widths_of(states.slope, edges)
        cut = np.abs(distance) < widths.sum(axis=2)[..., None] / 2
        occupied = (distance > 0).astype(np.float64)
        point, band, _ = np.nonzero(cut)
        occupied[cut] = Spread(distance[cut], widths[point, band]).sea
        return occupied


def _signs(centre: Float, level: npt.NDArray[np.int64]) -> Float:
    """Signs ±1 (n, SKETCHES) that look random and belong to a cell for ever: a hash of its place and level."""
    # The centre of a cell is an odd multiple of half its side: rounding it to 2⁻⁴⁰ tells all cells apart.
    words = np.round(centre * 2.0**40).astype(np.uint64)
    state = level.astype(np.uint64)
    with np.errstate(over="ignore"):
        for axis in range(words.shape[1]):
            state = _mixed(state + words[:, axis] * np.uint64(0x9E3779B97F4A7C15))
    bits = (state[:, None] >> np.arange(SKETCHES, dtype=np.uint64)) & np.uint64(1)
    return 1.0 - 2.0 * bits.astype(np.float64)


def _mixed(word: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Finaliser of splitmix64 (S. Vigna): every bit of the result depends on every bit of the word."""
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))
