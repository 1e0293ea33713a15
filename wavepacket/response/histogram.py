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

from wavepacket.arrays import Flags, Float
from wavepacket.formulas import entropy_kernel, fermi, grand_kernel, surface_kernel
from wavepacket.response.axis import SPACING, STENCIL, EnergyAxis
from wavepacket.response.spread import cell_spread
from wavepacket.response.weighing import Weighing
from wavepacket.units import BOLTZMANN

__all__ = ["TAILS", "WIDE", "Histogram", "histogram_rows", "histogram_states", "resolved_width", "wide_cells"]


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
    weighing: Weighing,
    *,
    centre: Float | None = None,
) -> Float:
    """Return the rows (R, columns, channels) of a block of states.

    Parameters
    ----------
    energy : (n, N), eV
    widths : (n, N, d) spread of each state's energy over its cell along each edge, eV
    weights : (n, N, 1 or 3, columns); rounding errors and sizes of the weights make two more channels
    centre : (n, N) energies without a small shift whose effect is wanted: they tell which cells are wide
    """
    from wavepacket.kernels.reduce.spectral import cold_work, enter_cold, enter_thermal, thermal_work

    flat, sides = energy.ravel(), widths.reshape(energy.size, -1)
    states = (flat, flat if centre is None else centre.ravel(), sides)
    entered = weighing.of(weights)
    channels = weighing.channels + weights.shape[2] - 1
    width = channels * weights.shape[-1]
    shape = weighing.shape(weights)
    out = np.zeros((histogram_rows(axis), width))
    start = 0
    for group in axis.groups:
        rows = out[start : start + _group_rows(group)]
        start += len(rows)
        facts = np.array([group.low, group.high, group.spacing, resolved_width(group), _tails(group)])
        wide = np.zeros((len(group.near), width))
        outs = (rows.reshape(-1), wide.reshape(-1), width)
        work = np.zeros(thermal_work(len(wide), shape))
        enter_thermal(facts, group.mu, group.nodes, group.nodes[group.near], states, entered, outs, work)
        rows += group.sharpening @ wide
    work = np.zeros(cold_work(len(axis.mu), shape))
    enter_cold(axis.mu, states, entered, out[start:].reshape(-1), width, work)
    return np.swapaxes(out.reshape(len(out), channels, -1), 1, 2)


def _tails(group: EnergyAxis) -> float:
    """How far beyond a cell a μ still matters, eV."""
    return TAILS * BOLTZMANN * float(group.temperature.max())


def wide_cells(group: EnergyAxis, energy: Float, widths: Float) -> Flags:
    """Cells (S,) with a μ in them or in their tails, and wider than the lowest T resolves: points sum f to 2 % at 3 k_BT."""
    first, beyond = cell_spread(group.mu, energy, widths + 2 * _tails(group) / widths.shape[1])
    near = beyond > first
    return np.asarray(near & (widths.max(axis=1) > resolved_width(group)))


def resolved_width(group: EnergyAxis) -> float:
    """Width of a cell that the lowest temperature of a group resolves, eV."""
    return WIDE / SPACING * group.spacing
