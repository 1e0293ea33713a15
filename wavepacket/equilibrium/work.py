"""What one pass over wavevectors collects, and the passes: blocks on threads, added up in order.

Results do not depend on the number of threads: blocks are cut by numbers alone and added in their order.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from wavepacket.equilibrium.axis import EnergyAxis
from wavepacket.equilibrium.columns import Columns
from wavepacket.equilibrium.domain import Domain, Points
from wavepacket.equilibrium.pairs import pair_columns, pair_rows
from wavepacket.equilibrium.spread import cell_spread, widths_of
from wavepacket.equilibrium.states import States, states_at
from wavepacket.equilibrium.tally import tally_rows, tally_states
from wavepacket.units import BOLTZMANN, E_OVER_HBAR

__all__ = ["Collected", "Task", "collect", "in_order"]

Float = npt.NDArray[np.float64]
_In = TypeVar("_In")
_Out = TypeVar("_Out")


@dataclass(frozen=True, eq=False)
class Task:
    """What to collect of every wavevector.

    Attributes
    ----------
    axis : energies; for T = 0 all μ at which anything is wanted
    columns : weights of a state
    field : B along z of the finite difference, T; None where no identity is wanted
    pairs : occupied–empty pairs at T = 0
    metric : the quantum metric, from pairs
    linear : spread states over their cells at T = 0 (see `spread`), else count points
    """

    domain: Domain
    axis: EnergyAxis
    columns: Columns
    field: float | None = None
    pairs: bool = False
    metric: bool = False
    linear: bool = True
    position_elements: bool = True

    def states(self, k: Float) -> States:
        """All bands at wavevectors (n, 3)."""
        return states_at(
            self.domain.hamiltonian, k, position_elements=self.position_elements, metric=self.metric
        )

    @property
    def pair_width(self) -> int:
        """Columns of the pairs."""
        if not self.pairs:
            return 0
        return pair_columns(len(self.columns.components), self.columns.dimension, self.metric)

    @property
    def block(self) -> int:
        """Wavevectors that are worked on at once, some tens of megabytes."""
        size, dimension = self.domain.hamiltonian.size, self.domain.dimension
        per_point = 8 * size * size + 20 * size * (self.columns.count + dimension + 4)
        if self.metric:
            per_point += 18 * size * size
        return int(np.clip(2_000_000 // per_point, 16, 4096))


@dataclass(frozen=True, eq=False)
class Collected:
    """Spectral weights of a pass; arrays end with the channels.

    Attributes
    ----------
    rows : (R, columns, channels), see `tally`
    raised, lowered : (R, 1, channels) number of states with D and energy in the field ±B
    pairs : (M, pair columns, channels) steps, see `pairs`
    points : wavevectors diagonalised
    coarse : states cut by some μ whose energy varies over the cell by more than the lowest k_BT resolves
    """

    rows: Float
    raised: Float
    lowered: Float
    pairs: Float
    points: int
    coarse: int

    @classmethod
    def empty(cls, task: Task, channels: int) -> "Collected":
        """Nothing yet."""
        rows = tally_rows(task.axis)
        field = rows if task.field is not None else 0
        return cls(
            np.zeros((rows, task.columns.count, channels)),
            np.zeros((field, 1, channels)),
            np.zeros((field, 1, channels)),
            np.zeros((len(task.axis.mu) if task.pairs else 0, task.pair_width, channels)),
            0,
            0,
        )

    def add(self, other: "Collected") -> "Collected":
        """Add another pass in place; return the sum."""
        for name in ("rows", "raised", "lowered", "pairs"):
            array = getattr(self, name)
            array += getattr(other, name)
        return replace(self, points=self.points + other.points, coarse=self.coarse + other.coarse)


def collect(task: Task, states: States, points: Points, edges: Float, measure: Float) -> Collected:
    """Collect a block of wavevectors.

    Parameters
    ----------
    edges : (n, d, 3) of the cell of each wavevector, 1/Å
    measure : (n, channels) weight of each wavevector in [dk], 1/Å^d
    """
    widths = widths_of(states.slope, edges if task.linear else np.zeros_like(edges))
    raised = lowered = np.zeros((0, 1, measure.shape[1]))
    if task.field is not None:
        raised, lowered = (_in_field(task, states, widths, measure, sign * task.field) for sign in (1, -1))
    pairs = np.zeros((0, 0, measure.shape[1]))
    if task.pairs:
        components = task.columns.components
        pairs = pair_rows(task.axis.mu, states, components, task.columns.dimension, measure)
    weights = task.columns.of(states, points.k)
    coarse = _coarse_states(task, states, widths)
    return Collected(
        tally_states(task.axis, states.energy, widths, weights, measure),
        raised,
        lowered,
        pairs,
        len(points.k),
        coarse,
    )


def _coarse_states(task: Task, states: States, widths: Float) -> int:
    """Count states at μ that the mesh does not resolve: for widths below 3 k_BT it sums f to 2 % of its steps."""
    first, beyond = cell_spread(task.axis.mu, states.energy.ravel(), widths.reshape(states.energy.size, -1))
    wide = widths.max(axis=2) > 3 * BOLTZMANN * float(task.axis.temperature.min())
    return int(np.count_nonzero((first < beyond) & wide.ravel()))


def _in_field(task: Task, states: States, widths: Float, measure: Float, field: float) -> Float:
    """Number of states from D = 1 + (e/ħ)B·Ω and the energy ε − m·B, B along z."""
    factor = 1.0 + E_OVER_HBAR * field * states.curvature[..., 2:]
    return tally_states(task.axis, states.energy - field * states.moment[..., 2], widths, factor, measure)


def in_order(work: Callable[[_In], _Out], items: Iterable[_In], threads: int) -> Iterator[_Out]:
    """Yield work(item) in order, computed on threads, with few results waiting."""
    if threads == 1:
        yield from map(work, items)
        return
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[_Out]] = deque()
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) > threads + 1:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
