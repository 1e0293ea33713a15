"""Energies by which populations that exchange packets at the same energy are told apart.

Each packet counts for the two energies next to its own, linearly by how near it is to both, so that it counts once in all.
Where states of a population begin or end nothing is shared: panels of energies end there.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import numpy as np

from wavepacket.arrays import Float, Integer
from wavepacket.formulas import fermi, surface_kernel

__all__ = ["Energies"]

_MOST = 40  # energies: what changes between them is left out to second order
_FEWEST_PACKETS = 2  # of a population for each energy, on average
_APART = 0.01  # share of all weight between two borders, or beyond the outer ones
_FINE = 4096  # steps of the sum that spreads energies
_BEYOND = 1e-9  # of all energies, by which a border is outside the states that end there
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(48)


@dataclass(frozen=True, eq=False)
class Energies:
    """Some energies, in panels.

    Attributes
    ----------
    values : (M,) eV, rising
    first : (P + 1,) place of the first one of each panel, and M
    borders : (P − 1,) between panels, eV

    """

    values: Float
    first: Integer
    borders: Float

    @classmethod
    def of_packets(
        cls, energy: Float, weight: Float, population: Integer, thermal: tuple[float, float]
    ) -> Self:
        """As many of them as packets can tell apart.

        Errors of second order are smallest where steps are as the cube root of their cause, −∂f/∂𝓔 with the weight of heat.

        Parameters
        ----------
        energy, weight : (n,) of packets, eV
        population : (n,) numbers of theirs
        thermal : μ and k_BT in eV
        """
        mu, unit = thermal
        borders = cls._borders(energy, weight * (1.0 + ((energy - mu) / unit) ** 2), population)
        own = [weight[population == i] for i in np.unique(population)]
        effective = min(each.sum() ** 2 / (each @ each) for each in own)
        most = int(np.clip(effective / _FEWEST_PACKETS, 1, _MOST))
        fine = np.linspace(energy.min(), energy.max(), _FINE)
        x = (fine - mu) / unit
        spread = np.cumsum(np.cbrt(surface_kernel(x) * (1.0 + x**2)))
        spread = (spread - spread[0]) / max(spread[-1] - spread[0], 1e-300)
        parts = [0.0, *np.interp(borders, fine, spread).tolist(), 1.0]
        values = []
        for low, high in pairwise(parts):
            number = max(1, round(most * (high - low)))
            values.append(np.interp(low + (high - low) * (np.arange(number) + 0.5) / number, spread, fine))
        return cls(np.concatenate(values), np.cumsum([0, *map(len, values)]), borders)

    @staticmethod
    def _borders(energy: Float, weight: Float, population: Integer) -> Float:
        """Where states of a population begin or end, eV."""
        order = np.argsort(energy, kind="stable")
        share = np.cumsum(weight[order]) / weight.sum()
        each = [energy[population == i] for i in np.unique(population)]
        beyond = _BEYOND * np.ptp(energy)
        ends = [one.min() - beyond for one in each] + [one.max() + beyond for one in each]
        found, last = [], 0.0
        for border in sorted(ends):
            below = float(np.interp(border, energy[order], share))
            if last + _APART < below < 1 - _APART:
                found.append(border)
                last = below
        return np.array(found)

    @property
    def panel(self) -> Integer:
        """Number of the panel of each (M,)."""
        return np.repeat(np.arange(len(self.first) - 1), np.diff(self.first))

    def shares(self, energy: Float) -> Float:
        """How much packets of energies (n,) count for each (n, M)."""
        panel = np.searchsorted(self.borders, energy, side="right")
        low, high = self.first[panel], self.first[panel + 1] - 1
        below = np.clip(
            np.searchsorted(self.values, energy, side="right") - 1, low, np.maximum(high - 1, low)
        )
        above = np.minimum(below + 1, high)
        step = self.values[above] - self.values[below]
        part = np.clip((energy - self.values[below]) / np.where(step > 0, step, 1.0), 0.0, 1.0)
        found = np.zeros((len(energy), len(self.values)))
        rows = np.arange(len(energy))
        np.add.at(found, (rows, below), 1.0 - part)
        np.add.at(found, (rows, above), part)
        return found

    def density(self, held: Float, thermal: tuple[float, float]) -> Float:
        """States per energy (B, M) whose product with −∂f/∂ε is nearest to what counts for each energy (B, M).

        ``thermal`` are μ and k_BT in eV.
        """
        found = np.linalg.solve(self._overlap(thermal), held.T).T
        return np.where(held > 0, np.maximum(found, 0.0), 0.0)

    def _overlap(self, thermal: tuple[float, float]) -> Float:
        """∫ χ_m χ_n (−∂f/∂ε) dε of what counts for each (M, M); all together are 1."""
        mu, unit = thermal
        found = np.zeros((len(self.values), len(self.values)))
        limits = [-np.inf, *self.borders, np.inf]
        for panel, (first, after) in enumerate(pairwise(self.first)):
            x = (self.values[first:after] - mu) / unit
            ends = (np.array(limits[panel : panel + 2]) - mu) / unit
            half = 0.5 * np.diff(x)[:, None]
            slope = half * _WEIGHTS * surface_kernel(x[:-1, None] + half * (1.0 + _NODES))
            low, high = np.arange(first, after - 1), np.arange(first + 1, after)
            shares = 0.5 * (1.0 - _NODES), 0.5 * (1.0 + _NODES)
            for one, place in zip(shares, (low, high), strict=True):
                for other, there in zip(shares, (low, high), strict=True):
                    found[place, there] += (slope * one * other).sum(axis=1)
            found[first, first] += _between(ends[0], x[0])
            found[after - 1, after - 1] += _between(x[-1], ends[1])
        return found


def _between(low: float, high: float) -> float:
    """∫ (−df/dx) dx, without loss of digits on either side of 0."""
    return float(fermi(low) - fermi(high)) if low > 0 else float(fermi(-high) - fermi(-low))
