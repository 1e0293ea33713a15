"""Rates of collisions by the state in which a flight begins: tables over energy, maps over the zone, and causes that add.

In a linear response a packet keeps its energy along a flight, and with it a rate that depends on that. A rate that depends
on the wavevector changes where B turns the packet, and all do where E drives it: see `map_flights`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from wavepacket.arrays import Float
from wavepacket.config import Config, EnergyLaw, EnergyTable, TimeMap
from wavepacket.ensembles import wavepacket_energy
from wavepacket.errors import InputError
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian
from wavepacket.protocols import Collisional, collisional_of

if TYPE_CHECKING:
    from wavepacket.simulation.problem import Problem

__all__ = ["Rates", "rates_by_state"]


@dataclass(frozen=True, eq=False)
class MapOfTimes:
    """ln of the factor of τ over a grid, as coefficients of cubic splines."""

    hamiltonian: Hamiltonian
    factor: Float

    @property
    def largest(self) -> float:
        """No factor is larger, also between points: a spline lies within the hull of its coefficients."""
        return float(np.exp(self._coefficients.max()))

    @property
    def _mode(self) -> str:
        return "grid-wrap" if isinstance(self.hamiltonian, LatticeHamiltonian) else "mirror"

    @cached_property
    def _coefficients(self) -> Float:
        from scipy.ndimage import spline_filter  # takes a while to load

        return np.asarray(spline_filter(np.log(self.factor), order=3, mode=self._mode))

    def at(self, k: Float) -> Float:
        """The factor (n,) at wavevectors (n, 3), 1/Å."""
        from scipy.ndimage import map_coordinates  # takes a while to load

        d, shape = self.factor.ndim, np.array(self.factor.shape)
        if isinstance(self.hamiltonian, LatticeHamiltonian):
            places = k @ np.linalg.pinv(self.hamiltonian.reciprocal[:d]) * shape
        else:
            assert self.hamiltonian.cutoff is not None
            places = 0.5 * (k[:, :d] / self.hamiltonian.cutoff + 1.0) * (shape - 1)
        found = map_coordinates(self._coefficients, places.T, order=3, mode=self._mode, prefilter=False)
        return np.asarray(np.exp(found))


def map_of(given: TimeMap | None, hamiltonian: Hamiltonian) -> MapOfTimes | None:
    """The map of a config on its crystal; InputError where they do not fit."""
    if given is None:
        return None
    factor = np.array(given.data.factor)
    if factor.ndim != hamiltonian.dimension:
        raise InputError(
            f"factor has {factor.ndim} axes, but the crystal is {hamiltonian.dimension}D: nest lists once for each axis"
        )
    if not isinstance(hamiltonian, LatticeHamiltonian) and hamiltonian.cutoff is None:
        raise InputError("a k·p model needs model.cutoff, up to which the map reaches")
    return MapOfTimes(hamiltonian, factor)


def _slower(law: EnergyLaw | None, table: EnergyTable | None, energy: Float) -> Float:
    """Factor of τ (n,) at energies (n,) in eV."""
    factor = np.ones(len(energy))
    if law is not None:
        factor = (np.maximum(np.abs(energy - law.origin), law.floor) / law.unit) ** law.exponent
    if table is not None:
        factor = factor * np.exp(np.interp(energy, table.energy, np.log(table.factor)))
    return factor


@dataclass(frozen=True, eq=False)
class Rates:
    """1/τ of the states of a run whose rates no kernel knows.

    Attributes
    ----------
    map : of τ over the zone, None where there is none
    energy : function of wavevectors (n, 3) → 𝓔 (n,), eV

    """

    config: Config
    protocol: Collisional
    map: MapOfTimes | None
    energy: Callable[[Float], Float]

    @property
    def change(self) -> bool:
        """Whether the rate of a packet changes on its way: by the wavevector, or with the energy where E drives it."""
        return self.map is not None or not self.protocol.knows_rates_at_start

    def at(self, k: Float, base: Float, energy: Float | None = None) -> Float:
        """1/τ (n,) in 1/fs at wavevectors (n, 3), from that at the unit of everything (n,); 𝓔 (n,) where it is known."""
        given = self.protocol.scattering
        energy = self.energy(k) if energy is None else energy
        own = base / _slower(given.energy, given.table, energy)
        if self.map is not None:
            own = own / self.map.at(k)
        temperature = self.protocol.temperature or 0.0
        for each in given.matthiessen:
            own = own + each.rate(temperature) / _slower(each.energy, each.table, energy)
        return own


def rates_by_state(problem: "Problem") -> Rates | None:
    """Those of a problem; None where kernels know them. A law of energy is not for packets that also leave in other ways."""
    config, key = problem.config, problem.protocol.by_state
    if not key and problem.leaving is None:
        return None
    protocol = collisional_of(config)
    if not key and protocol.scattering.energy is None:
        return None
    try:
        known = map_of(protocol.scattering.map, problem.hamiltonian)
    except InputError as error:
        raise config.problem(f"scattering.{key}", str(error)) from error

    def energy(k: Float) -> Float:
        return wavepacket_energy(
            problem.band.geometry(k, slopes=False), config.fields.magnetic, config.charge
        )

    return Rates(config, protocol, known, energy)
