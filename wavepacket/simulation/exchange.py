"""Collisions that lead from one population, a valley of a band, to another: rates both ways, by detailed balance."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from wavepacket.arrays import Float, Integer
from wavepacket.config import Config
from wavepacket.ensembles import nearest_valley, wavepacket_energy
from wavepacket.protocols import check_populations, collisional_of, protocol_of
from wavepacket.runs import RunArray
from wavepacket.runs.transport import EXCHANGE, EXCHANGE_PANEL
from wavepacket.simulation.energies import Energies
from wavepacket.simulation.problem import Problem
from wavepacket.units import BOLTZMANN

__all__ = ["Leaving", "exchange_arrays", "with_exchange"]

_ALIKE = 1e-6  # of a rate that is given, and the one that detailed balance tells
_TOGETHER = 1 << 15

Times = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, eq=False)
class Leaving:
    """Rates at which packets of one band leave each of its populations for others, by their energy.

    Attributes
    ----------
    energies : between which rates are linear; None where all packets have one
    rates : (M, V) 1/fs at each of them, (M, 1) of a band without valleys

    """

    energies: Energies | None
    rates: Float

    @property
    def number(self) -> int:
        """Of energies by which packets are told apart."""
        return 0 if self.energies is None else len(self.energies.values)

    def shares(self, energy: Float) -> Float:
        """How much packets count for each energy (n, M), from theirs (n,) in eV; M is 0 where there is one."""
        return np.zeros((len(energy), 0)) if self.energies is None else self.energies.shares(energy)

    def at(self, energy: Float, valley: Integer) -> Float:
        """Those of packets (n,), 1/fs."""
        place = np.maximum(valley, 0)
        if self.energies is None:
            return np.asarray(self.rates[0, place])
        return np.asarray((self.energies.shares(energy) * self.rates[:, place].T).sum(axis=1))


def with_exchange(problem: Problem) -> Problem:
    """A problem whose packets also leave their population, with both ways of each exchange in its config.

    The rate from i to j at an energy is (g_j/N_j)/τ_ij, with the states g_j at that energy and their mean N_j over −∂f/∂𝓔:
    what a golden rule with one matrix element has, and as many packets go as come at each energy. Populations without states
    take no part: collisions at the same energy have nowhere to lead to.

    Raises
    ------
    ConfigError : a name that is no population of the run, or times both ways that the states at the Fermi level do not allow
    """
    between = protocol_of(problem.config).between
    if not between:
        return problem
    parts = problem.parts or (problem,)
    config, names = problem.config, problem.valley_names
    present = _present(between, problem)
    check_populations(config, present, names)
    energies, held = _states(parts, len(names))
    states = held.sum(axis=1)
    times = _both_ways(config, present, dict(zip(names, states.tolist(), strict=True)))
    config = config.with_exchange(times)
    rates = collisional_of(config).exchanged(names)
    assert rates is not None
    density = held if energies is None else energies.density(held, _thermal(config))
    relative = density / np.where(states > 0, states, 1.0)[:, None]
    exchange = rates[None] * relative.T[:, None, :]
    leaving = exchange.sum(axis=2)
    if not problem.parts:
        return replace(problem, config=config, exchange=exchange, leaving=Leaving(energies, leaving))
    each = len(names) // len(parts)
    own = tuple(
        replace(part, leaving=Leaving(energies, leaving[:, i * each : (i + 1) * each]))
        for i, part in enumerate(parts)
    )
    return replace(problem, config=config, exchange=exchange, leaving=Leaving(energies, leaving), parts=own)


def _present(between: Times, problem: Problem) -> Times:
    """Without bands of the crystal that carry no packets in this run."""
    if not problem.parts:
        return between

    def absent(name: str) -> bool:
        found = re.match(r"band (\d+)\b", name)
        return found is not None and int(found[1]) < problem.crystal.size and int(found[1]) not in bands

    bands = problem.config.bands
    return {
        name: {other: time for other, time in others.items() if not absent(other)}
        for name, others in between.items()
        if not absent(name)
    }


def _thermal(config: Config) -> tuple[float, float]:
    """μ and k_BT, eV."""
    window = protocol_of(config).window
    assert window is not None
    return window.chemical_potential, BOLTZMANN * window.temperature


def _states(parts: tuple[Problem, ...], number: int) -> tuple[Energies | None, Float]:
    """Energies at which packets leave, and Σ W of what counts for each, by population (B, M); at 0 K there is one."""
    found = [_packets(part) for part in parts]
    each = number // len(parts)
    energy, weight = (np.concatenate([one[i] for one in found]) for i in (0, 1))
    population = np.concatenate([one[2] + place * each for place, one in enumerate(found)])
    thermal = _thermal(parts[0].config)
    if thermal[1] == 0.0:
        return None, np.asarray(np.bincount(population, weight, minlength=number)[:, None], dtype=np.float64)
    energies = Energies.of_packets(energy, weight, population, thermal)
    held = np.zeros((number, len(energies.values)))
    for first in range(0, len(energy), _TOGETHER):
        some = slice(first, first + _TOGETHER)
        np.add.at(held, population[some], weight[some, None] * energies.shares(energy[some]))
    return energies, held


def _packets(part: Problem) -> tuple[Float, Float, Integer]:
    """𝓔 in eV, weight and valley of all packets of a band; the valley is 0 of a band without any."""
    found, config = [], part.config
    for first in range(0, part.ensemble.size, _TOGETHER):
        packets = part.ensemble.packets(first, min(_TOGETHER, part.ensemble.size - first))
        valley = nearest_valley(part.hamiltonian, packets.wavevector, part.valley_centres)
        geometry = part.band.geometry(packets.wavevector, slopes=False)
        energy = wavepacket_energy(geometry, config.fields.magnetic, config.charge)
        found.append((energy, packets.weight, np.maximum(valley, 0)))
    energy, weight, valley = (np.concatenate(each) for each in zip(*found, strict=True))
    return energy, weight, valley


def _both_ways(config: Config, between: Times, states: Mapping[str, float]) -> dict[str, dict[str, float]]:
    """With N_i/τ_ij = N_j/τ_ji."""
    found: dict[str, dict[str, float]] = {}
    for name, others in between.items():
        for other, time in others.items():
            if not (states[name] > 0 and states[other] > 0):
                continue
            back = time * states[other] / states[name]
            given = between.get(other, {}).get(name, back)
            if not abs(given / back - 1.0) <= _ALIKE:
                raise config.problem(
                    f"scattering.between.{other}.{name}",
                    f"does not fit the way there: by the states per energy of both it is {back:.8g} fs; give one of the two",
                )
            found.setdefault(name, {})[other] = time
            found.setdefault(other, {}).setdefault(name, given)
    return found


def exchange_arrays(problem: Problem) -> dict[str, RunArray]:
    """Rates of collisions between populations as arrays of the run, where they depend on the energy."""
    if problem.exchange is None or problem.leaving is None or problem.leaving.energies is None:
        return {}
    numbers, text = np.arange(problem.exchange.shape[1]), "number of a population: a bin of the sums"
    energies, at = problem.leaving.energies, "energies at which populations exchange packets"
    said = "rates of collisions at these energies that lead from one population to another"
    return {
        "exchange_energy": RunArray(energies.values, "eV", at, ("exchange_energy",)),
        EXCHANGE_PANEL: RunArray(
            energies.panel, "1", "number of a panel within which packets are shared", ("exchange_energy",)
        ),
        "exchange_from": RunArray(numbers, "1", text, ("exchange_from",)),
        "exchange_to": RunArray(numbers, "1", text, ("exchange_to",)),
        EXCHANGE: RunArray(
            problem.exchange, "1/fs", said, ("exchange_energy", "exchange_from", "exchange_to")
        ),
    }
