"""Spectral weights of blocks of states, and thermal averages of them.

A tally is linear in the weights: it is an array (rows, columns, channels) that is added, subtracted and scaled.
Rows: the nodes of T > 0 and the filled states below them; then, at T = 0 and each μ, the cells that μ cuts and the
steps from those below. Channels are several integrals in one pass, such as two meshes or an error beside a value.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix

from wavepacket.equilibrium.axis import SPACING, STENCIL, EnergyAxis
from wavepacket.equilibrium.spread import Spread, cell_spread
from wavepacket.equilibrium.thermal import entropy_kernel, fermi, grand_kernel, surface_kernel
from wavepacket.units import BOLTZMANN

__all__ = ["Tally", "summed", "tally_matrix", "tally_rows", "tally_states"]

Float = npt.NDArray[np.float64]

_INTERPOLATION = {"sea": 1e-9, "surface": 4.5e-9, "grand": 3e-10, "entropy": 7e-9, "warming": 3e-8}
"""Largest error of a kernel at the nodes' largest spacing, see `axis`: 1.1e-9/330 times the largest 12th derivative,
330 for f, 1400 for f′, 86 for the integral of f; x f⁽¹²⁾ + 11 f⁽¹¹⁾ and x f⁽¹³⁾ + 12 f⁽¹²⁾ for the last two."""


@dataclass(frozen=True, eq=False)
class Tally:
    """Spectral weights (rows, columns, channels), and what they give at chemical potentials and a temperature.

    Methods for T > 0 take μ (M,), eV, and T, K; all return (M, columns, channels).
    """

    axis: EnergyAxis
    rows: Float

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
        return self._on_nodes(kernel) / (BOLTZMANN * temperature)

    def grand(self, mu: Float, temperature: float) -> Float:
        """Σ a k_BT ln(1+e^{(μ−ε)/k_BT}), the integral of `sea` over μ, eV."""
        near = BOLTZMANN * temperature * self._on_nodes(grand_kernel(self._thermal(mu, temperature)))
        return np.asarray(near + mu[:, None, None] * self._deep[0] - self._deep[1])

    def entropy(self, mu: Float, temperature: float) -> Float:
        """Σ a s, the derivative of `grand` by T, eV/K."""
        return BOLTZMANN * self._on_nodes(entropy_kernel(self._thermal(mu, temperature)))

    def warming(self, mu: Float, temperature: float) -> Float:
        """Σ a ∂f/∂T, 1/K."""
        x = self._thermal(mu, temperature)
        return self._on_nodes(x * surface_kernel(x)) / temperature

    def size(self, kind: str, mu: Float, temperature: float) -> Float:
        """Σ |a| |g|: what an average of `kind` would be if nothing cancelled in it; a tally of sizes |a|."""
        if kind == "warming":
            x = self._thermal(mu, temperature)
            return self._on_nodes(np.abs(x) * surface_kernel(x)) / temperature
        return np.abs(getattr(self, kind)(mu, temperature))

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
        start, count = len(self.axis.nodes) + 2, len(self.axis.mu)
        partly = {"surface": 0, "sea": 1, "grand": 2}[what]
        result = self.rows[start + partly * count : start + (partly + 1) * count].copy()
        steps = self.rows[start + 3 * count :].reshape(2, count, *self.rows.shape[1:]).cumsum(axis=1)
        if what == "sea":
            result += steps[0]
        if what == "grand":
            result += self.axis.mu[:, None, None] * steps[0] - steps[1]
        return result


def tally_rows(axis: EnergyAxis) -> int:
    """Number of rows of a tally."""
    return len(axis.nodes) + 2 + 5 * len(axis.mu)


def tally_states(axis: EnergyAxis, energy: Float, widths: Float, weights: Float, measure: Float) -> Float:
    """Return the rows of a block of states.

    Parameters
    ----------
    energy : (n, N), eV
    widths : (n, N, d) spread of each state's energy over its cell along each edge, eV
    weights : (n, N, columns)
    measure : (n, channels) of each wavevector
    """
    return summed(tally_matrix(axis, energy, widths), weights[..., None] * measure[:, None, None, :])


def tally_matrix(axis: EnergyAxis, energy: Float, widths: Float) -> csr_matrix:
    """Return the rows (R, n·N) that each state of a block enters, and with what."""
    flat, sides = energy.ravel(), widths.reshape(energy.size, -1)
    entries = [_thermal_entries(axis, flat), _cold_entries(axis, flat, sides)]
    rows, states, values = (np.concatenate(parts) for parts in zip(*entries, strict=True))
    return csr_matrix((values, (rows, states)), shape=(tally_rows(axis), energy.size))


def summed(matrix: csr_matrix, data: Float) -> Float:
    """Return the rows (R, columns, channels) of weights (n, N, columns, channels)."""
    columns, channels = data.shape[2:]
    return np.asarray(matrix @ data.reshape(-1, columns * channels)).reshape(-1, columns, channels)


_Entries = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Float]


def _thermal_entries(axis: EnergyAxis, energy: Float) -> _Entries:
    nothing = np.zeros(0, dtype=np.int64)
    if not len(axis.nodes):
        return nothing, nothing, np.zeros(0)
    inside = np.flatnonzero((energy >= axis.low) & (energy < axis.high))
    below = np.flatnonzero(energy < axis.low)
    first, weights = axis.stencil(energy[inside])
    rows = (first[:, None] + np.arange(STENCIL)).ravel()
    deep = np.full(len(below), len(axis.nodes))
    return (
        np.concatenate([rows, deep, deep + 1]),
        np.concatenate([np.repeat(inside, STENCIL), below, below]),
        np.concatenate([weights.ravel(), np.ones(len(below)), energy[below]]),
    )


def _cold_entries(axis: EnergyAxis, energy: Float, widths: Float) -> _Entries:
    mu, count = axis.mu, len(axis.mu)
    first, beyond = cell_spread(mu, energy, widths)
    cut = beyond - first
    states = np.repeat(np.arange(len(energy)), cut)
    at = np.arange(len(states)) - np.repeat(np.cumsum(cut) - cut, cut) + np.repeat(first, cut)
    spread = Spread(mu[at] - energy[states], widths[states])
    filled = np.flatnonzero(beyond < count)
    steps = beyond[filled]
    rows = [at, at + count, at + 2 * count, steps + 3 * count, steps + 4 * count]
    values = [spread.surface, spread.sea, spread.grand, np.ones(len(filled)), energy[filled]]
    return (
        np.concatenate(rows) + len(axis.nodes) + 2,
        np.concatenate([states, states, states, filled, filled]),
        np.concatenate(values),
    )
