"""Linear response of collisions that conserve numbers: what populations, valleys of bands, get back from collisions.

Collisions within population i, at the rate 1/τ_i, lead to f0 + δμ_i (−∂f0/∂𝓔) with its own number of packets. Those between
populations, at the rates 1/τ_ij, lead from i to j at the same energy and forget the velocity; beside these, those within a
population keep the energy, too. Then at each energy i gets back

    y_i = δμ_i/τ_i + Σ_j δμ_j/τ_ij,   N_i/τ_ij = N_j/τ_ji   (detailed balance),

with N = Σ W its states per energy. With Γ_i = 1/τ_i + Σ_j 1/τ_ij the deviation is h = ∫ e^{-Γt} (source + y) dt over
flights, and the numbers in it, N δμ = Σ W h = S + L y, obey

    Σ_j (N_i/τ_ij) (δμ_i − δμ_j) − iω N_i δμ_i = N_i S_i/L_i,

with S and L the integrals of the source and of 1 over flights: rate equations that conserve the number of all together.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from wavepacket.arrays import Complex, Flags, Float, Integer
from wavepacket.runs import transport as quantity

__all__ = ["Refill", "Resolved"]


@dataclass(frozen=True, eq=False)
class Resolved:
    """Sums over flights by energy and population.

    Attributes
    ----------
    states : (M, B) N
    lifetime : (M, B) L
    source : (M, B, 3) S
    drift : (M, B, 3) Σ W ∫ e^{-s} ṙ dt without the anomalous velocity

    """

    states: Float
    lifetime: Complex
    source: Complex
    drift: Complex


@dataclass(frozen=True, eq=False)
class Refill:
    """Collisions of a run that conserve numbers.

    Attributes
    ----------
    within : (B,) τ of collisions within each population, fs, where the others lead out of all of them; else None
    between : (M, B, B) rates 1/τ_ij from i to j at M energies, 1/fs, none with itself; None without
    frequency : ω of the probe, rad/fs

    """

    within: Float | None
    between: Float | None = None
    frequency: float = 0.0

    def carried(self, flow: Float, *, current: int = 0, cause: int = 0) -> Complex:
        """Σ over energies of what flows (a) for what flights get back of a cause (b), by population (B, 3, 3).

        ``current`` and ``cause`` are weights of the rows of a total (B + 1, ..., 3): 0, or 1 for 𝓔 − μ. Where energies are
        told apart both are those of the energy that is kept, so that what flows has them all.
        """
        if self._number > 1:
            current, cause = current + cause, 0
        source, flown = self._resolved(flow, cause), self._resolved(flow, current)
        return np.asarray(np.einsum("mva,mvb->vab", flown.drift, self.back(source)))

    def imbalance(self, flow: Float) -> Complex:
        """δμ (B, 3), over all energies the mean, for the source Σ W ṙ(k0) ∫ e^{-s} dt."""
        found = self._resolved(flow, 0)
        held = found.states.sum(axis=0)[:, None]
        number = (found.states[:, :, None] * self.shift(found)).sum(axis=0)
        return np.asarray(number / np.where(held == 0.0, 1.0, held))

    def shift(self, sums: Resolved) -> Complex:
        """δμ (M, B, 3); populations without states have none."""
        empty = sums.states == 0.0
        if self.between is None:
            assert self.within is not None
            left = sums.states - sums.lifetime / self.within
            return np.where(empty[..., None], 0.0, sums.source / np.where(empty, 1.0, left)[..., None])
        exchanged = self._exchanged(sums.states)
        diagonal = np.eye(sums.states.shape[1])
        lost = exchanged.sum(axis=2) - 1j * self.frequency * sums.states + empty
        # A number that nothing can change is held at zero by any rate.
        fast = np.abs(sums.states / np.where(empty, 1.0, sums.lifetime)).max(initial=0.0)
        held = self._together * (sums.states / self._of_all(sums.states))[:, None, :]
        matrix = lost[:, :, None] * diagonal - exchanged + fast * sums.states[:, :, None] * held
        return np.asarray(np.linalg.solve(matrix, self._driven(sums)))

    def back(self, sums: Resolved) -> Complex:
        """Y (M, B, 3), eV/fs for sources that shift δμ in eV."""
        shift = self.shift(sums)
        if self.between is None:
            assert self.within is not None
            return np.asarray(shift / self.within[:, None])
        empty = sums.states == 0.0
        states, lifetime = np.where(empty, 1.0, sums.states), np.where(empty, 1.0, sums.lifetime)
        # N δμ = S + L y, with the S that drives: each flight gives as many packets back as it takes.
        found = shift * (states / lifetime)[..., None] - self._driven(sums) / states[..., None]
        return np.where(empty[..., None], 0.0, found)

    def _driven(self, sums: Resolved) -> Complex:
        """N S/L (M, B, 3); of those that exchange packets the total would be an error of the sum over packets."""
        empty = (sums.states == 0.0)[..., None]
        driven = np.where(empty, 0.0, sums.states[..., None] * sums.source)
        driven = driven / np.where(empty, 1.0, sums.lifetime[..., None])
        share = sums.states / self._of_all(sums.states)
        return np.asarray(driven - share[..., None] * (self._together @ driven))

    def _of_all(self, states: Float) -> Float:
        """States (M, B) of all that a population exchanges packets with, 1 where there are none."""
        found = (self._together @ states[..., None])[..., 0]
        return np.where(found == 0.0, 1.0, found)

    def _exchanged(self, states: Float) -> Float:
        """N_i/τ_ij (M, B, B), symmetric also where sums over some of the packets are not quite."""
        assert self.between is not None
        one_way = states[:, :, None] * self.between
        there = (states[:, :, None] * states[:, None, :]) > 0
        return np.where(there, 0.5 * (one_way + one_way.swapaxes(1, 2)), 0.0)

    @cached_property
    def _together(self) -> Flags:
        """Which populations exchange packets at an energy, directly or by others, each with itself (M, B, B)."""
        from scipy.sparse.csgraph import connected_components  # takes a while to load

        assert self.between is not None
        labels = np.array([connected_components(each, directed=False)[1] for each in self.between])
        return np.asarray(labels[:, :, None] == labels[:, None, :])

    def coarser(self, flow: Float, panel: Integer) -> Float:
        """What a total (..., B + 1, rows, 3) changes by with every other energy of each panel (M,), or one for two of them.

        Packets that count for an energy that is left out count for its neighbours: what resolution leaves out is about a
        third of what this changes.
        """
        assert self.between is not None
        number, change = len(panel), np.zeros_like(flow)
        orders = self._orders(flow, number)
        width = orders * number * quantity.AT_ENERGIES
        shape = (*flow.shape[:-2], orders, number, quantity.AT_ENERGIES, 3)
        rows = flow[..., flow.shape[-2] - width :, :].reshape(shape)
        moved = np.zeros((number, number))
        for each in np.unique(panel):
            places = np.flatnonzero(panel == each)
            for place in places[1::2]:
                others = [other for other in (place - 1, place + 1) if other in places]
                moved[others, place] += 1.0 / len(others)
                moved[place, place] -= 1.0
        change[..., flow.shape[-2] - width :, :] = np.einsum("mn,...oncx->...omcx", moved, rows).reshape(
            *flow.shape[:-2], width, 3
        )
        return change

    @property
    def _number(self) -> int:
        """Of energies that are told apart."""
        return 1 if self.between is None else len(self.between)

    @staticmethod
    def _orders(flow: Float, number: int) -> int:
        """Weights with which rows of energies are there."""
        return 1 if flow.shape[-2] == quantity.ROWS + quantity.AT_ENERGIES * number else quantity.ORDERS

    def _resolved(self, flow: Float, order: int) -> Resolved:
        """What a total has with a weight; one energy stands for all of runs that do not tell them apart."""
        number = self._number
        if number > 1:
            orders = self._orders(flow, number)
            width = orders * number * quantity.AT_ENERGIES
            rows = flow[:-1, flow.shape[1] - width :].reshape(-1, orders, number, quantity.AT_ENERGIES, 3)
            rows = np.moveaxis(rows, 0, 2)
            states, lifetime = rows[0, :, :, 4, 2], rows[0, :, :, 4]
            source, drift = rows[order, :, :, 0:2], rows[order, :, :, 2:4]
        else:
            lifetime, rows = flow[:-1, quantity.NUMBERS][None], flow[:-1, quantity.weighted(order)]
            states = lifetime[..., 2]
            source = rows[:, quantity.SOURCE][None]
            drift = rows[:, quantity.FLIGHT].reshape(-1, 2, 4, 3)[:, :, :3].sum(axis=2)[None]
        return Resolved(
            states, lifetime[..., 0] + 1j * lifetime[..., 1], source[:, :, 0] + 1j * source[:, :, 1],
            drift[:, :, 0] + 1j * drift[:, :, 1],
        )  # fmt: skip
