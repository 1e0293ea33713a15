"""The energy axis on which spectral weights are kept: exact at T = 0 at chosen μ, on nodes for every T > 0.

For T > 0 a state of weight a at energy ε is put on equidistant nodes with the weights of Lagrange interpolation.
A thermal average Σ a g((ε−μ)/k_BT) is then the same sum over the nodes, for any μ and any T not below the lowest
one: with 12 points a quarter of k_BT apart the error of g is below 10⁻⁹ (the poles of f lie at ±iπ k_BT, so that
|f⁽ⁿ⁾| ≤ 2 n!/πⁿ⁺¹, and the interpolation error is 0.018 (spacing/k_BT)¹²).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse import csr_matrix, identity

from wavepacket.arrays import Float, Integer
from wavepacket.errors import InputError
from wavepacket.units import BOLTZMANN

__all__ = ["SPACING", "STENCIL", "EnergyAxis"]


STENCIL = 12
SPACING = 0.25  # of k_BT at the lowest temperature
_GROUP = 1.5
"""Highest over lowest temperature of a group: what a cell resolves at one of them, it does at all."""
_REACH = 42.0  # in units of k_BT: beyond it f differs from 0 or 1 by less than rounding
_CLOSE = 21.0
"""Of the highest k_BT of a group: beyond it all kernels are linear in energy to 10⁻⁸."""
_MOST = 400_000


@dataclass(frozen=True, eq=False)
class EnergyAxis:
    """Chemical potentials (M,), rising, eV, and temperatures in K of a scan.

    Nodes are those of a group of temperatures, which is an axis by itself.
    """

    mu: Float
    temperature: Float

    @cached_property
    def groups(self) -> tuple["EnergyAxis", ...]:
        """Temperatures above zero, rising, in groups that share their nodes."""
        groups: list[list[float]] = []
        for kelvin in np.unique(self.temperature[self.temperature > 0]).tolist():
            if not groups or kelvin > _GROUP * groups[-1][0]:
                groups.append([])
            groups[-1].append(kelvin)
        return tuple(EnergyAxis(self.mu, np.array(group)) for group in groups)

    def group(self, temperature: float) -> int:
        """Number of the group of a temperature above zero; between two groups that of the lower one."""
        lowest = [group.temperature[0] for group in self.groups]
        return max(0, int(np.searchsorted(lowest, temperature, side="right")) - 1)

    @cached_property
    def nodes(self) -> Float:
        """Energies of the nodes for T > 0, (J,), eV; none where every T is zero."""
        warm = self.temperature[self.temperature > 0]
        if not len(warm):
            return np.zeros(0)
        # One percent lower: derivatives in T look a little below the lowest temperature.
        spacing = 0.99 * SPACING * BOLTZMANN * float(warm.min())
        reach = 1.01 * _REACH * BOLTZMANN * float(warm.max())
        low, high = float(self.mu[0]) - reach, float(self.mu[-1]) + reach
        count = int(np.ceil((high - low) / spacing)) + STENCIL
        if count > _MOST:
            raise InputError(
                f"{warm.min():g} K is too low for a scan over {high - low:g} eV; use 0 K or fewer values"
            )
        return low + spacing * (np.arange(count, dtype=np.float64) - STENCIL / 2)

    @cached_property
    def near(self) -> Integer:
        """Numbers of the nodes close to a μ, where thermal averages are not linear in energy, and of the two outermost."""
        reach = _CLOSE * BOLTZMANN * float(self.temperature.max())
        after = np.searchsorted(self.mu, self.nodes)
        above = np.append(self.mu, np.inf)[after] - self.nodes
        below = self.nodes - np.insert(self.mu, 0, -np.inf)[after]
        close = np.minimum(above, below) < reach
        close[[0, -1]] = True
        return np.flatnonzero(close)

    @cached_property
    def sharpening(self) -> csr_matrix:
        """Matrix from the near nodes to the rows of a group, nodes and two more, that takes away what linear pieces between
        nodes add.

        A function that is linear between nodes differs from the smooth one by h²/12 of its second derivative on average.
        """
        inner = np.flatnonzero(np.diff(self.near, n=2) == 0) + 1
        inner = self.near[inner[np.diff(self.near)[inner] == 1]]
        size = len(self.nodes) + 2
        change = np.full(len(inner), 1 / 12)
        whole = identity(size, format="csr") + csr_matrix(
            (
                np.concatenate([2 * change, -change, -change]),
                (np.concatenate([inner, inner - 1, inner + 1]), np.tile(inner, 3)),
            ),
            shape=(size, size),
        )
        return whole[:, self.near]

    def nearest(self, mu: Float) -> Integer:
        """Index of the chemical potentials of the axis that are closest to the given ones."""
        after = np.clip(np.searchsorted(self.mu, mu), 1, max(len(self.mu) - 1, 1))
        if len(self.mu) == 1:
            return np.zeros(len(mu), dtype=np.int64)
        before = np.abs(self.mu[after - 1] - mu) <= np.abs(self.mu[np.minimum(after, len(self.mu) - 1)] - mu)
        return np.asarray(np.where(before, after - 1, after), dtype=np.int64)

    @property
    def spacing(self) -> float:
        """Distance of the nodes, eV."""
        return float(self.nodes[1] - self.nodes[0])

    @property
    def low(self) -> float:
        """Energy below which a state counts as filled at every T > 0, eV."""
        return float(self.nodes[STENCIL // 2 - 1])

    @property
    def high(self) -> float:
        """Energy above which a state counts as empty at every T > 0, eV."""
        return float(self.nodes[-STENCIL // 2 - 1])
