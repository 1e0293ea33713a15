"""Exact local currents and density of a strip in equilibrium, from all of its states at each wavevector along it.

The current of an orbital is that of the symmetrised velocity, j_i = (q/ħ) Σ f_n Re[ψ*_i (∂H/∂k ψ)_i]: each bond gives half
of its current to either end. A sum over one edge spreads it over a triangle whose half width is the height of a row of
cells: what alternates from orbital to orbital averages out, and the sum depends neither on the place of its end in a cell
nor on how currents of bonds are shared out. Profiles are smoothed by Gaussians.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from wavepacket.arrays import Float
from wavepacket.formulas import fermi
from wavepacket.response.strip import Strip
from wavepacket.threads import in_order
from wavepacket.units import BOLTZMANN

__all__ = ["Filling", "Local", "gaussian", "local_currents", "smoothed", "summed_to"]

Progress = Callable[[int, int], None]

_FIRST = 32
"""Wavevectors of the first mesh."""


@dataclass(frozen=True, eq=False)
class Filling:
    """Equilibrium at chemical potentials (M,) eV and temperatures (T,) K; the two halves may differ.

    Attributes
    ----------
    bias : μ of the orbitals below ``middle`` (Å) less that of those above it, eV; states have the mean by their weight
    """

    chemical_potential: Float
    temperature: Float
    bias: float = 0.0
    middle: float = 0.0

    def occupation(self, energy: Float, below: Float) -> Float:
        """Occupation (M, T, n) of states at ``energy`` (n,) whose weight below the middle is ``below`` (n,)."""
        kt = (BOLTZMANN * self.temperature)[:, None]
        mu = self.chemical_potential[:, None, None]
        if self.bias == 0.0:
            return fermi((energy - mu) / kt)
        lower, upper = (fermi((energy - mu - half) / kt) for half in (0.5 * self.bias, -0.5 * self.bias))
        return np.asarray(below * lower + (1.0 - below) * upper)


@dataclass(frozen=True, eq=False)
class Local:
    """Sums over k of the orbitals of a strip, [μ, T, orbital].

    Attributes
    ----------
    current : along the strip, per period, (e/ħ) eV for a carrier of charge e
    electrons : in a period
    points : wavevectors
    change, change_of_electrons : of the same from half as many wavevectors on
    """

    current: Float
    electrons: Float
    points: int
    change: Float
    change_of_electrons: Float


def local_currents(
    strip: Strip, filling: Filling, *, target: float, points: int, threads: int, progress: Progress
) -> Local:
    """Double a mesh of wavevectors until no sum of currents up to a place changes by more than ``target`` of the largest.

    Meshes converge exponentially once k_BT is larger than the steps of the energies: the change bounds the error.
    """
    below = (strip.place < filling.middle).astype(np.float64)

    def one(k: float) -> Float:
        h, slope = strip.matrices(k)
        energy, states = np.linalg.eigh(h)
        weight = np.abs(states) ** 2
        velocity = (states.conj() * (slope @ states)).real
        f = filling.occupation(energy, below @ weight)
        return np.stack([f @ velocity.T, f @ weight.T]) / strip.frame.length

    zone, count = 2 * np.pi / strip.frame.length, _FIRST
    mean = _mean(one, zone * np.arange(count) / count, threads)
    while True:
        progress(count, max(points, 2 * count))
        finer = 0.5 * (mean + _mean(one, zone * (np.arange(count) + 0.5) / count, threads))
        change, mean, count = finer - mean, finer, 2 * count
        order = np.argsort(strip.place, kind="stable")
        sums, moved = (np.cumsum(each[0][..., order], axis=-1) for each in (mean, change))
        settled = np.abs(moved).max() <= target * np.abs(sums).max(initial=0.0)
        if settled or 2 * count > points:
            return Local(mean[0], mean[1], count, change[0], change[1])


def _mean(one: Callable[[float], Float], k: Float, threads: int) -> Float:
    total: Float | float = 0.0
    for part in in_order(one, k.tolist(), threads):
        total = total + part
    return np.asarray(total / len(k))


def _triangle_up_to(x: Float) -> Float:
    """Area to the left of x of a triangle on (−1, 1)."""
    y = np.clip(x, -1.0, 1.0)
    return np.asarray(0.5 + y - 0.5 * y * np.abs(y))


def gaussian(x: Float, width: float) -> Float:
    """A Gaussian of area 1 and standard deviation ``width``."""
    return np.asarray(np.exp(-0.5 * np.minimum((x / width) ** 2, 1400.0)) / (width * np.sqrt(2 * np.pi)))


def smoothed(strip: Strip, values: Float, place: Float, width: float) -> Float:
    """Values (..., n) of orbitals per length across, as Gaussians of standard deviation ``width`` Å, [..., place], 1/Å."""
    return np.asarray(values @ gaussian(place - strip.place[:, None], width))


def summed_to(strip: Strip, values: Float, place: Float) -> Float:
    """Values (..., n), spread over triangles, integrated from below up to places, [..., place]."""
    return np.asarray(values @ _triangle_up_to((place - strip.place[:, None]) / strip.frame.pitch))
