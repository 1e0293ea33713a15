"""Spectral weights of blocks of states, and thermal averages of them.

A tally is linear in the weights: it is an array (rows, columns, channels) that is added, subtracted and scaled.
Rows: for each group of temperatures above zero their nodes and the filled states below them; then, at each μ, the
cells that μ cuts and the steps from those below, of the cells whose energy varies by more than the group's lowest T
resolves, which are not on the nodes: A. Sommerfeld's expansion to (k_BT)² of the sum over them stands for their
thermal averages. In the end such rows of all cells for T = 0.
Channels are several integrals in one pass, such as two meshes or an error beside a value.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from wavepacket.equilibrium.axis import SPACING, STENCIL, EnergyAxis
from wavepacket.equilibrium.spread import Spread, cell_spread
from wavepacket.formulas import entropy_kernel, fermi, grand_kernel, surface_kernel
from wavepacket.units import BOLTZMANN

__all__ = ["TAILS", "WIDE", "Tally", "summed", "tally_matrix", "tally_rows", "tally_states", "wide_cells"]

Float = npt.NDArray[np.float64]

WIDE = 3.0
"""Of the lowest k_BT of a group."""
TAILS = 12.0
"""Of the highest k_BT of a group: beyond them f differs from 0 or 1 by less than 10⁻⁵."""
_INTERPOLATION = {"sea": 1e-9, "surface": 4.5e-9, "grand": 3e-10, "entropy": 7e-9, "warming": 3e-8}
"""Largest error of a kernel at the nodes' largest spacing, see `axis`: 1.1e-9/330 times the largest 12th derivative,
330 for f, 1400 for f′, 86 for the integral of f; x f⁽¹²⁾ + 11 f⁽¹¹⁾ and x f⁽¹³⁾ + 12 f⁽¹²⁾ for the last two."""


@dataclass(frozen=True, eq=False)
class Tally:
    """Spectral weights (rows, columns, channels), and what they give at chemical potentials and a temperature.

    Methods for T > 0 take μ (M,), eV, and T, K, of the tally of a group; all return (M, columns, channels).
    """

    axis: EnergyAxis
    rows: Float

    def group(self, temperature: float) -> "Tally":
        """The tally of the group of a temperature above zero."""
        number = self.axis.group(temperature)
        sizes = [_group_rows(group) for group in self.axis.groups]
        start = sum(sizes[:number])
        return Tally(self.axis.groups[number], self.rows[start : start + sizes[number]])

    def _thermal(self, mu: Float, temperature: float) -> Float:
        return np.asarray((self.axis.nodes - mu[:, None]) / (BOLTZMANN * temperature))

    def _on_nodes(self, kernel: Float) -> Float:
        return np.asarray(np.tensordot(kernel, self.rows[: len(self.axis.nodes)], axes=1))

    @property
    def _deep(self) -> Float:
        """Filled states below all nodes: their number and their energy."""
        first = len(self.axis.nodes)
        return np.asarray(self.rows[first : first + 2])

    def _wide(self, mu: Float) -> tuple[Float, ...]:
        """Density, occupation, its integral, and slope of the density of wide cells at μ, from the closest one."""
        count, axis = len(self.axis.mu), self.axis
        rows = self.rows[len(axis.nodes) + 2 :].reshape(6, count, *self.rows.shape[1:])
        steps = rows[4:].cumsum(axis=1)
        at = axis.nearest(mu)
        delta = (mu - axis.mu[at])[:, None, None]
        surface, slope = rows[0, at], rows[3, at]
        sea = rows[1, at] + steps[0, at]
        grand = rows[2, at] + axis.mu[at][:, None, None] * steps[0, at] - steps[1, at]
        return (
            surface + delta * slope, sea + delta * surface, grand + delta * (sea + delta / 2 * surface), slope,
        )  # fmt: skip

    def sea(self, mu: Float, temperature: float) -> Float:
        """Σ a f."""
        _, wide, _, slope = self._wide(mu)
        points = self._on_nodes(fermi(self._thermal(mu, temperature))) + self._deep[0]
        return np.asarray(points + wide + _sommerfeld(temperature) * slope)

    def surface(self, mu: Float, temperature: float) -> Float:
        """Σ a (−∂f/∂ε), 1/eV."""
        kernel = surface_kernel(self._thermal(mu, temperature))
        return np.asarray(self._on_nodes(kernel) / (BOLTZMANN * temperature) + self._wide(mu)[0])

    def grand(self, mu: Float, temperature: float) -> Float:
        """Σ a k_BT ln(1+e^{(μ−ε)/k_BT}), the integral of `sea` over μ, eV."""
        near = BOLTZMANN * temperature * self._on_nodes(grand_kernel(self._thermal(mu, temperature)))
        surface, _, wide, _ = self._wide(mu)
        points = near + mu[:, None, None] * self._deep[0] - self._deep[1]
        return np.asarray(points + wide + _sommerfeld(temperature) * surface)

    def entropy(self, mu: Float, temperature: float) -> Float:
        """Σ a s, the derivative of `grand` by T, eV/K."""
        points = BOLTZMANN * self._on_nodes(entropy_kernel(self._thermal(mu, temperature)))
        return np.asarray(points + 2 * _sommerfeld(temperature) / temperature * self._wide(mu)[0])

    def warming(self, mu: Float, temperature: float) -> Float:
        """Σ a ∂f/∂T, 1/K."""
        x = self._thermal(mu, temperature)
        points = self._on_nodes(x * surface_kernel(x)) / temperature
        return np.asarray(points + 2 * _sommerfeld(temperature) / temperature * self._wide(mu)[3])

    def size(self, kind: str, mu: Float, temperature: float) -> Float:
        """Σ |a| |g|: what an average of `kind` would be if nothing cancelled in it; a tally of sizes |a|."""
        if kind == "warming":
            x = self._thermal(mu, temperature)
            wide = 2 * _sommerfeld(temperature) / temperature * np.abs(self._wide(mu)[3])
            return np.asarray(np.abs(self._on_nodes(np.abs(x) * surface_kernel(x))) / temperature + wide)
        return np.asarray(np.abs(getattr(self, kind)(mu, temperature)))

    def interpolation(self, kind: str, mu: Float, temperature: float) -> Float:
        """Bound of the error that states between nodes make, from a tally of sizes |a|."""
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


def tally_rows(axis: EnergyAxis) -> int:
    """Number of rows of a tally."""
    return sum(_group_rows(group) for group in axis.groups) + 5 * len(axis.mu)


def _group_rows(group: EnergyAxis) -> int:
    return len(group.nodes) + 2 + 6 * len(group.mu)


def _sommerfeld(temperature: float) -> float:
    """π²(k_BT)²/6, eV²."""
    return float((np.pi * BOLTZMANN * temperature) ** 2 / 6)


def tally_states(
    axis: EnergyAxis,
    energy: Float,
    widths: Float,
    weights: Float,
    measure: Float,
    centre: Float | None = None,
) -> Float:
    """Return the rows of a block of states.

    Parameters
    ----------
    energy : (n, N), eV
    widths : (n, N, d) spread of each state's energy over its cell along each edge, eV
    weights : (n, N, columns)
    measure : (n, channels) of each wavevector
    centre : (n, N) see `tally_matrix`
    """
    return summed(tally_matrix(axis, energy, widths, centre), weights[..., None] * measure[:, None, None, :])


def tally_matrix(axis: EnergyAxis, energy: Float, widths: Float, centre: Float | None = None) -> csr_matrix:
    """Return the rows (R, n·N) that each state of a block enters, and with what.

    `centre` are the energies without a small shift whose effect is wanted to first order: slopes of densities, which
    jump, do not follow it.
    """
    flat, sides = energy.ravel(), widths.reshape(energy.size, -1)
    every = np.arange(len(flat))
    still = flat if centre is None else centre.ravel()
    start, entries = 0, []
    for group in axis.groups:
        wide = wide_cells(group, still, sides)  # the same ones with a shift and without
        rows, states, values = _thermal_entries(group, flat, ~wide)
        entries.append((rows + start, states, values))
        after = start + len(group.nodes) + 2
        entries.append(_cold_entries(axis, every[wide], flat, sides, after, still))
        start += _group_rows(group)
    entries.append(_cold_entries(axis, every, flat, sides, start))
    rows, states, values = (np.concatenate(parts) for parts in zip(*entries, strict=True))
    return csr_matrix((values, (rows, states)), shape=(tally_rows(axis), energy.size))


def summed(matrix: csr_matrix, data: Float) -> Float:
    """Return the rows (R, columns, channels) of weights (n, N, columns, channels)."""
    columns, channels = data.shape[2:]
    return np.asarray(matrix @ data.reshape(-1, columns * channels)).reshape(-1, columns, channels)


_Entries = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Float]


def _thermal_entries(group: EnergyAxis, energy: Float, narrow: npt.NDArray[np.bool_]) -> _Entries:
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


def wide_cells(group: EnergyAxis, energy: Float, widths: Float) -> npt.NDArray[np.bool_]:
    """Cells (S,) with a μ in them or in their tails, and wider than the lowest T resolves: points sum f to 2 % at 3 k_BT."""
    tails = 2 * TAILS * BOLTZMANN * float(group.temperature.max()) / widths.shape[1]
    first, beyond = cell_spread(group.mu, energy, widths + tails)
    near = beyond > first
    return np.asarray(near & (widths.max(axis=1) > WIDE / SPACING * group.spacing))


def _cold_entries(
    axis: EnergyAxis,
    chosen: npt.NDArray[np.int64],
    every: Float,
    all_widths: Float,
    start: int,
    centre: Float | None = None,
) -> _Entries:
    """Entries of the rows from `start` on: cells that μ cuts, with the slope of their density around a centre, and steps."""
    mu, count = axis.mu, len(axis.mu)
    energy, widths = every[chosen], all_widths[chosen]
    first, beyond = cell_spread(mu, energy, widths)
    cut = beyond - first
    states = np.repeat(np.arange(len(energy)), cut)
    at = np.arange(len(states)) - np.repeat(np.cumsum(cut) - cut, cut) + np.repeat(first, cut)
    spread = Spread(mu[at] - energy[states], widths[states])
    filled = np.flatnonzero(beyond < count)
    parts = [spread.surface, spread.sea, spread.grand]
    if centre is not None:
        parts.append(Spread(mu[at] - centre[chosen][states], widths[states]).slope)
    steps = beyond[filled] + len(parts) * count
    rows = [at + index * count for index in range(len(parts))] + [steps, steps + count]
    owners = [states] * len(parts) + [filled, filled]
    return (
        np.concatenate(rows) + start,
        chosen[np.concatenate(owners)],
        np.concatenate([*parts, np.ones(len(filled)), energy[filled]]),
    )
