"""Collisions that lead from one population, a valley of a band, to another: rates both ways, by detailed balance."""

import re
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from wavepacket.arrays import Float
from wavepacket.config import Config
from wavepacket.ensembles import nearest_valley
from wavepacket.protocols import check_populations, protocol_of
from wavepacket.simulation.problem import Problem

__all__ = ["with_exchange"]

_ALIKE = 1e-6  # of a rate that is given, and the one that detailed balance tells
_TOGETHER = 1 << 15

Times = Mapping[str, Mapping[str, float]]


def with_exchange(problem: Problem) -> Problem:
    """A problem whose packets also leave their population, with both ways of each exchange in its config.

    Populations without states take no part: collisions at the same energy have nowhere to lead to.

    Raises
    ------
    ConfigError : a name that is no population of the run, or times both ways that the states at the Fermi level do not allow
    """
    between = protocol_of(problem.config).between
    if not between:
        return problem
    parts = problem.parts or (problem,)
    config, names = problem.config, problem.valley_names
    states = np.concatenate([_states(part) for part in parts])
    present = _present(between, problem)
    check_populations(config, present, names)
    times = _both_ways(config, present, dict(zip(names, states.tolist(), strict=True)))
    config = config.with_exchange(times)
    leaving = np.array([sum(1.0 / time for time in times.get(name, {}).values()) for name in names])
    if not problem.parts:
        return replace(problem, config=config, leaving=leaving)
    each = len(names) // len(parts)
    own = tuple(replace(part, leaving=leaving[i * each : (i + 1) * each]) for i, part in enumerate(parts))
    return replace(problem, config=config, parts=own)


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


def _states(part: Problem) -> Float:
    """Σ W by valley (V,), or of all packets (1,) of a band without valleys."""
    found = np.zeros(max(len(part.valley_names), 1))
    for first in range(0, part.ensemble.size, _TOGETHER):
        packets = part.ensemble.packets(first, min(_TOGETHER, part.ensemble.size - first))
        valley = nearest_valley(part.hamiltonian, packets.wavevector, part.valley_centres)
        found += np.bincount(np.maximum(valley, 0), packets.weight, minlength=len(found))
    return found


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
