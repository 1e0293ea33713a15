"""What one pass over wavevectors collects: blocks are cut by numbers alone and added in their order, wherever made."""

from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np

from wavepacket.arrays import Float, Integer
from wavepacket.formulas import density_of_states_factor
from wavepacket.response.axis import EnergyAxis
from wavepacket.response.columns import Columns
from wavepacket.response.domain import Domain
from wavepacket.response.histogram import TAILS, histogram_rows, histogram_states, resolved_width, wide_cells
from wavepacket.response.spin_states import SpinBands
from wavepacket.response.spread import LEAST_WIDTH, cell_spread, widths_of
from wavepacket.response.states import Bands, States, pair_rows
from wavepacket.response.weighing import Weighing
from wavepacket.units import BOLTZMANN, E_OVER_HBAR

__all__ = ["Collected", "Task", "collect"]

FLAT = 10.0
"""Of the least width: below it a cell is flat."""


@dataclass(frozen=True, eq=False)
class Task:
    """What to collect of every wavevector.

    Attributes
    ----------
    axis : energies; for T = 0 all μ at which anything is wanted
    columns : weights of a state
    field : B along z of the finite difference, T; None where no identity is wanted
    pairs : occupied–empty pairs at T = 0
    linear : spread states over their cells at T = 0 (see `spread`), else count points
    """

    domain: Domain
    axis: EnergyAxis
    columns: Columns
    field: float | None = None
    pairs: bool = False
    linear: bool = True
    position_elements: bool = True

    def __getstate__(self) -> dict[str, object]:
        """Return what a worker is sent: what is made of it once is made there."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def states(self, k: Float) -> States:
        """All bands at wavevectors (n, 3)."""
        found = self._bands.states(k, metric=self.columns.metric, mu=self.axis.mu if self.pairs else None)
        if not (self.columns.mass or self.columns.dipole_sea):
            return found
        return self._bands.with_slopes(found, k, curvature=self.columns.dipole_sea)

    @cached_property
    def _bands(self) -> Bands:
        if self.columns.spin is not None:
            return SpinBands(self.domain.hamiltonian, self.position_elements, self.columns.spin)
        return Bands(self.domain.hamiltonian, self.position_elements)

    @property
    def pair_width(self) -> int:
        """Columns of the pairs."""
        return 2 * len(self.columns.components) if self.pairs else 0

    @property
    def block(self) -> int:
        """Wavevectors that are worked on at once, some tens of megabytes."""
        size, dimension = self.domain.hamiltonian.size, self.domain.dimension
        per_point = size * (10 * self.columns.count + 30 * self.columns.metric + dimension + 40)
        return int(np.clip(4_000_000 // per_point, 16, 4096))


@dataclass(frozen=True, eq=False)
class Collected:
    """Spectral weights of a pass; arrays end with the channels.

    Attributes
    ----------
    rows : (R, columns, channels), see `histogram`
    raised, lowered : (R, 1, channels) number of states with D and energy in the field ±B
    pairs : (M, pair columns, channels) steps, see `states.pair_rows`
    doubt : (R, columns, 2) rounding errors and sizes of what `rows` sums, see `columns`
    cut, flat : (M,) part of the states whose cell μ cuts, and of those among them whose energy does not vary, 1/Å^d
    wide : (groups, M) part of the states whose cell a group of temperatures does not resolve, with μ in it or its tails
    steep : (groups,) largest width of those cells over the width that the group resolves
    points : wavevectors diagonalised
    reach : largest energy, without its sign, eV
    coarser : the same from a mesh with fewer points along each axis
    """

    rows: Float
    raised: Float
    lowered: Float
    pairs: Float
    doubt: Float
    cut: Float
    flat: Float
    wide: Float
    steep: Float
    points: int
    reach: float
    coarser: "Collected | None" = None

    @classmethod
    def empty(cls, task: Task, channels: int) -> "Collected":
        """Nothing yet."""
        rows = histogram_rows(task.axis)
        field = rows if task.field is not None else 0
        return cls(
            np.zeros((rows, task.columns.count, channels)),
            np.zeros((field, 1, channels)),
            np.zeros((field, 1, channels)),
            np.zeros((len(task.axis.mu) if task.pairs else 0, task.pair_width, channels)),
            np.zeros((rows, task.columns.count, 2)),
            np.zeros(len(task.axis.mu)),
            np.zeros(len(task.axis.mu)),
            np.zeros((len(task.axis.groups), len(task.axis.mu))),
            np.zeros(len(task.axis.groups)),
            0,
            0.0,
        )

    def add(self, other: "Collected") -> "Collected":
        """Add another pass in place; return the sum."""
        for name in ("rows", "raised", "lowered", "pairs", "doubt", "cut", "flat", "wide"):
            array = getattr(self, name)
            array += getattr(other, name)
        return replace(
            self,
            steep=np.maximum(self.steep, other.steep),
            points=self.points + other.points,
            reach=max(self.reach, other.reach),
        )

    def copy(self) -> "Collected":
        """The same in arrays of its own."""
        names = ("rows", "raised", "lowered", "pairs", "doubt", "cut", "flat", "wide")
        return replace(self, **{name: getattr(self, name).copy() for name in names})

    def mapped(self, matrix: Float) -> "Collected":
        """The same with other channels, from a matrix (channels, new channels)."""
        names = ("rows", "raised", "lowered", "pairs")
        return replace(self, **{name: getattr(self, name) @ matrix for name in names})


def collect(task: Task, states: States, weights: Float, edges: Float, weighing: Weighing) -> Collected:
    """Collect a block of wavevectors, whose cells have edges (n, d, 3), 1/Å; for the weights see `Columns.of`."""
    edges = edges if task.linear else np.zeros_like(edges)
    widths = widths_of(states.slope, edges)
    channels = weighing.channels
    raised = lowered = np.zeros((0, 1, channels))
    if task.field is not None:
        raised, lowered = (_in_field(task, states, widths, weighing, sign * task.field) for sign in (1, -1))
    pairs = np.zeros((0, 0, channels))
    if task.pairs:
        pairs = pair_rows(task.axis.mu, states, task.columns.components, weighing)
    rows = histogram_states(task.axis, states.energy, widths, weights, weighing)
    return Collected(
        rows[..., :channels],
        raised,
        lowered,
        pairs,
        rows[..., channels:],
        *_cut_states(task, states, widths, weighing.share),
        len(states.energy),
        float(np.abs(states.energy).max(initial=0.0)),
    )


def _cut_states(task: Task, states: States, widths: Float, share: Float) -> tuple[Float, Float, Float, Float]:
    """Weights (M,) of the states whose cell each μ cuts, of those among them that are flat to rounding, and of wide ones;
    how wide these are at most, see `Collected`.
    """
    mu, energy = task.axis.mu, states.energy.ravel()
    sides = widths.reshape(len(energy), -1)
    weight = np.repeat(share, states.energy.shape[1])
    rounding = 64 * np.finfo(np.float64).eps * np.abs(energy).max(initial=1.0)
    flat = np.flatnonzero(task.linear & (sides.max(axis=1) <= max(FLAT * LEAST_WIDTH, rounding)))
    wide = np.zeros((len(task.axis.groups), len(mu)))
    steep = np.zeros(len(task.axis.groups))
    for index, (row, group) in enumerate(zip(wide, task.axis.groups, strict=True)):
        chosen = np.flatnonzero(wide_cells(group, energy, sides))
        steep[index] = sides[chosen].max(initial=0.0) / resolved_width(group)
        tails = sides[chosen] + 2 * TAILS * BOLTZMANN * float(group.temperature.max()) / sides.shape[1]
        row[:] = _between(len(mu), *cell_spread(mu, energy[chosen], tails), weight[chosen])
    around = np.full((len(flat), 1), max(2 * LEAST_WIDTH, rounding))
    return (
        _between(len(mu), *cell_spread(mu, energy, sides), weight),
        _between(len(mu), *cell_spread(mu, energy[flat], around), weight[flat]),
        wide,
        steep,
    )


def _between(count: int, first: Integer, beyond: Integer, weight: Float) -> Float:
    """Sum (count,) of weights from a first index on to before another one."""
    steps = np.zeros(count + 1)
    np.add.at(steps, first, weight)
    np.add.at(steps, beyond, -weight)
    total = np.add.accumulate(steps)[:-1]
    # Where as much ends as began only rounding is left.
    return np.where(total > 1e-12 * weight.sum(), total, 0.0)


def _in_field(task: Task, states: States, widths: Float, weighing: Weighing, field: float) -> Float:
    """Number of states from D and the energy ε − m·B of charge −e, B along z."""
    factor = density_of_states_factor(-E_OVER_HBAR * field * states.curvature[..., 2:])
    energy = states.energy - field * states.moment[..., 2]
    return histogram_states(task.axis, energy, widths, factor[:, :, None], weighing, centre=states.energy)
