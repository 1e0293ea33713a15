"""Spectral weights of blocks of states, and thermal averages of them.

A histogram is linear in the weights: it is an array (rows, columns, channels) that is added, subtracted and scaled.
Rows: for each group of temperatures above zero their nodes, and the filled states below them. A state is put on the
nodes around its energy; one whose energy varies over its cell by more than the group's lowest T resolves is put on
all nodes that its cell spans, so that its thermal averages are exact for an energy that is linear over the cell. In
the end, for T = 0, at each μ the cells that μ cuts and the steps from those below.
Channels are several integrals in one pass, such as two meshes or a value and its error.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix, vstack

from wavepacket.arrays import Flags, Float, Integer
from wavepacket.formulas import entropy_kernel, fermi, grand_kernel, surface_kernel
from wavepacket.response.axis import SPACING, STENCIL, EnergyAxis
from wavepacket.response.spread import Spread, cell_spread
from wavepacket.units import BOLTZMANN

__all__ = [
    "TAILS",
    "WIDE",
    "Histogram",
    "histogram_matrix",
    "histogram_rows",
    "histogram_states",
    "resolved_width",
    "summed",
    "wide_cells",
]


WIDE = 3.0
"""Of the lowest k_BT of a group."""
TAILS = 12.0
"""Of the highest k_BT of a group: beyond them f differs from 0 or 1 by less than 10⁻⁵."""
_INTERPOLATION = {"sea": 1e-9, "surface": 4.5e-9, "grand": 3e-10, "entropy": 7e-9, "warming": 3e-8}
"""Largest error of a kernel at the nodes' largest spacing, see `axis`: 1.1e-9/330 times the largest 12th derivative,
330 for f, 1400 for f′, 86 for the integral of f; x f⁽¹²⁾ + 11 f⁽¹¹⁾ and x f⁽¹³⁾ + 12 f⁽¹²⁾ for the last two."""


@dataclass(frozen=True, eq=False)
class Histogram:
    """Spectral weights (rows, columns, channels), and what they give at chemical potentials and a temperature.

    Methods for T > 0 take μ (M,), eV, and T, K, of the histogram of a group; all return (M, columns, channels).
    """

    axis: EnergyAxis
    rows: Float

    def group(self, temperature: float) -> "Histogram":
        """The histogram of the group of a temperature above zero."""
        number = self.axis.group(temperature)
        sizes = [_group_rows(group) for group in self.axis.groups]
        start = sum(sizes[:number])
        return Histogram(self.axis.groups[number], self.rows[start : start + sizes[number]])

    def _thermal(self, mu: Float, temperature: float) -> Float:
        return np.asarray((self.axis.nodes - mu[:, None]) / (BOLTZMANN * temperature))

    def _on_nodes(self, kernel: Float) -> Float:
        return np.asarray(np.tensordot(kernel, self.rows[: len(self.axis.nodes)], axes=1))

    @property
    def _deep(self) -> Float:
        """Filled states below all nodes: their number and their energy."""
        first = len(self.axis.nodes)
        return np.asarray(self.rows[first : first + 2])

    def sea(self, mu: Float, temperature: float) -> Float:
        """Σ a f."""
        return np.asarray(self._on_nodes(fermi(self._thermal(mu, temperature))) + self._deep[0])

    def surface(self, mu: Float, temperature: float) -> Float:
        """Σ a (−∂f/∂ε), 1/eV."""
        kernel = surface_kernel(self._thermal(mu, temperature))
        return np.asarray(self._on_nodes(kernel) / (BOLTZMANN * temperature))

    def grand(self, mu: Float, temperature: float) -> Float:
        """Σ a k_BT ln(1+e^{(μ−ε)/k_BT}), the integral of `sea` over μ, eV."""
        near = BOLTZMANN * temperature * self._on_nodes(grand_kernel(self._thermal(mu, temperature)))
        return np.asarray(near + mu[:, None, None] * self._deep[0] - self._deep[1])

    def entropy(self, mu: Float, temperature: float) -> Float:
        """Σ a s, the derivative of `grand` by T, eV/K."""
        return np.asarray(BOLTZMANN * self._on_nodes(entropy_kernel(self._thermal(mu, temperature))))

    def warming(self, mu: Float, temperature: float) -> Float:
        """Σ a ∂f/∂T, 1/K."""
        x = self._thermal(mu, temperature)
        return np.asarray(self._on_nodes(x * surface_kernel(x)) / temperature)

    def size(self, kind: str, mu: Float, temperature: float) -> Float:
        """Σ |a| |g|: what an average of `kind` would be if nothing cancelled in it; a histogram of sizes |a|."""
        if kind == "warming":
            x = self._thermal(mu, temperature)
            return np.asarray(np.abs(self._on_nodes(np.abs(x) * surface_kernel(x))) / temperature)
        return np.asarray(np.abs(getattr(self, kind)(mu, temperature)))

    def interpolation(self, kind: str, mu: Float, temperature: float) -> Float:
        """Bound of the error that states between nodes make, from a histogram of sizes |a|."""
        x = self._thermal(mu, temperature)
        kt = BOLTZMANN * temperature
        scale = {"sea": 1.0, "surface": 1 / kt, "grand": kt, "entropy": BOLTZMANN, "warming": 1 / temperature}
        # The 12th derivative of a kernel, and with it the error, falls off no slower than −f′ does.
        finer = (self.axis.spacing / (SPACING * kt)) ** STENCIL
        return _INTERPOLATION[kind] * finer * scale[kind] * np.abs(self._on_nodes(4 * surface_kernel(x)))

    def cold(self, what: str) -> Float:
        """`sea`, `surface` or `grand` at T = 0 of the whole scan."""
        count = len(self.axis.mu)
        start = len(self.rows) - 5 * count
        partly = {"surface": 0, "sea": 1, "grand": 2}[what]
        result = self.rows[start + partly * count : start + (partly + 1) * count].copy()
        steps = (
            self.rows[start + 3 * count : start + 5 * count]
            .reshape(2, count, *self.rows.shape[1:])
            .cumsum(axis=1)
        )
        if what == "sea":
            result += steps[0]
        if what == "grand":
            result += self.axis.mu[:, None, None] * steps[0] - steps[1]
        return result


def histogram_rows(axis: EnergyAxis) -> int:
    """Number of rows of a histogram."""
    return sum(_group_rows(group) for group in axis.groups) + 5 * len(axis.mu)


def _group_rows(group: EnergyAxis) -> int:
    return len(group.nodes) + 2


def histogram_states(
    axis: EnergyAxis,
    energy: Float,
    widths: Float,
    weights: Float,
    measure: Float,
    *,
    centre: Float | None = None,
) -> Float:
    """Return the rows of a block of states.

    Parameters
    ----------
    energy : (n, N), eV
    widths : (n, N, d) spread of each state's energy over its cell along each edge, eV
    weights : (n, N, columns)
    measure : (n, channels) of each wavevector
    centre : (n, N) see `histogram_matrix`
    """
    return summed(
        histogram_matrix(axis, energy, widths, centre), weights[..., None] * measure[:, None, None, :]
    )


def histogram_matrix(
    axis: EnergyAxis, energy: Float, widths: Float, centre: Float | None = None
) -> csr_matrix:
    """Return the rows (R, n·N) that each state of a block enters, and with what.

    `centre` are the energies without a small shift whose effect is wanted: they tell which cells are wide.
    """
    flat, sides = energy.ravel(), widths.reshape(energy.size, -1)
    still = flat if centre is None else centre.ravel()
    parts = []
    for group in axis.groups:
        wide = wide_cells(group, still, sides)
        size = (_group_rows(group), len(flat))
        rows, states, values = _thermal_entries(group, flat, ~wide)
        narrow = csr_matrix((values, (rows, states)), shape=size)
        parts.append(narrow + _over_nodes(group, np.flatnonzero(wide), flat, sides))
    rows, states, values = _cold_entries(axis, flat, sides)
    parts.append(csr_matrix((values, (rows, states)), shape=(5 * len(axis.mu), len(flat))))
    return vstack(parts, format="csr")


def summed(matrix: csr_matrix, data: Float) -> Float:
    """Return the rows (R, columns, channels) of weights (n, N, columns, channels)."""
    columns, channels = data.shape[2:]
    return np.asarray(matrix @ data.reshape(-1, columns * channels)).reshape(-1, columns, channels)


_Entries = tuple[Integer, Integer, Float]


def _thermal_entries(group: EnergyAxis, energy: Float, narrow: Flags) -> _Entries:
    """Entries of the nodes: points of a group in cells that its lowest T resolves."""
    inside = np.flatnonzero((energy >= group.low) & (energy < group.high) & narrow)
    below = np.flatnonzero((energy < group.low) & narrow)
    first, weights = group.stencil(energy[inside])
    rows = (first[:, None] + np.arange(STENCIL)).ravel()
    deep = np.full(len(below), len(group.nodes))
    return (
        np.concatenate([rows, deep, deep + 1]),
        np.concatenate([np.repeat(inside, STENCIL), below, below]),
        np.concatenate([weights.ravel(), np.ones(len(below)), energy[below]]),
    )


def wide_cells(group: EnergyAxis, energy: Float, widths: Float) -> Flags:
    """Cells (S,) with a μ in them or in their tails, and wider than the lowest T resolves: points sum f to 2 % at 3 k_BT."""
    tails = 2 * TAILS * BOLTZMANN * float(group.temperature.max()) / widths.shape[1]
    first, beyond = cell_spread(group.mu, energy, widths + tails)
    near = beyond > first
    return np.asarray(near & (widths.max(axis=1) > resolved_width(group)))


def resolved_width(group: EnergyAxis) -> float:
    """Width of a cell that the lowest temperature of a group resolves, eV."""
    return WIDE / SPACING * group.spacing


def _over_nodes(group: EnergyAxis, chosen: Integer, every: Float, all_widths: Float) -> csr_matrix:
    """Rows of a group (R, S) of wide cells: their density of states on the nodes.

    A cell gives a node what a function that is linear between nodes would need; `EnergyAxis.sharpening` undoes what
    that adds for others. With G(ε) the integral of the occupation, the nodes at the ends of an interval h get
    ΔG/h − G′ at its lower end, and G′ at its upper end − ΔG/h.
    """
    nodes, rows = group.nodes[group.near], group.near
    energy, widths = every[chosen], all_widths[chosen]
    half = widths.sum(axis=1) / 2
    last = len(nodes) - 1
    first = np.clip(np.searchsorted(nodes, energy - half) - 1, 0, last)
    end = np.clip(np.searchsorted(nodes, energy + half), 0, last)
    count = end - first + 1
    states = np.repeat(np.arange(len(energy)), count)
    start = np.cumsum(count) - count
    at = np.arange(len(states)) - np.repeat(start - first, count)
    t = np.clip(nodes[at] - energy[states], -half[states], half[states])
    spread = Spread(t, widths[states])
    beyond = nodes[at] - energy[states] - t
    sea = np.where(t < half[states], spread.sea, 1.0)
    grand = np.where(t < half[states], spread.grand, t) + np.maximum(beyond, 0.0)
    inner = np.flatnonzero(states[1:] == states[:-1])
    mean = (grand[inner + 1] - grand[inner]) / (nodes[at[inner + 1]] - nodes[at[inner]])
    below = sea[start]
    shape = (_group_rows(group), len(every))
    owner = chosen[states[inner]]
    spread_out = csr_matrix(
        (
            np.concatenate([mean - sea[inner], sea[inner + 1] - mean]),
            (np.concatenate([rows[at[inner]], rows[at[inner + 1]]]), np.concatenate([owner, owner])),
        ),
        shape=shape,
    )
    count_below = np.full(len(chosen), len(group.nodes))
    deep = csr_matrix(
        (
            np.concatenate([below, nodes[first] * below - grand[start]]),
            (np.concatenate([count_below, count_below + 1]), np.concatenate([chosen, chosen])),
        ),
        shape=shape,
    )
    return group.sharpening @ spread_out + deep


def _cold_entries(axis: EnergyAxis, energy: Float, widths: Float) -> _Entries:
    """Entries of the rows for T = 0: cells that μ cuts, and steps."""
    mu, count = axis.mu, len(axis.mu)
    first, beyond = cell_spread(mu, energy, widths)
    cut = beyond - first
    states = np.repeat(np.arange(len(energy)), cut)
    at = np.arange(len(states)) - np.repeat(np.cumsum(cut) - cut, cut) + np.repeat(first, cut)
    spread = Spread(mu[at] - energy[states], widths[states])
    filled = np.flatnonzero(beyond < count)
    steps = beyond[filled] + 3 * count
    return (
        np.concatenate([at, at + count, at + 2 * count, steps, steps + count]),
        np.concatenate([states] * 3 + [filled] * 2),
        np.concatenate([spread.surface, spread.sea, spread.grand, np.ones(len(filled)), energy[filled]]),
    )
