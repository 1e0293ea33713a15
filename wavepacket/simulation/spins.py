"""What packets of single bands carry of spin: along their flights, and as states that a field mixes others into.

In a linear response a packet keeps its rate 1/τ along a flight, so that ∫ e^{-t/τ} g(k(t)) dt is τ times the mean of g where
flights end that last as long as chance has it. Each packet ends at some such times: one in each part of equal chance, at its
phase in that part, which goes with its starting point as the times of a lattice rule.
"""

from typing import TYPE_CHECKING

import numpy as np

from wavepacket.arrays import Float
from wavepacket.bands import BandGeometry
from wavepacket.bands.spin_geometry import spin_geometry_at
from wavepacket.ensembles import SPIN_COLUMNS, spin_of_states, velocity_at_rest
from wavepacket.protocols import collisional_of
from wavepacket.runs.transport import SPIN_ROWS
from wavepacket.simulation.flights import free_flights, starting_rates
from wavepacket.units import HBAR

if TYPE_CHECKING:
    from wavepacket.simulation.batch import Batch
    from wavepacket.simulation.problem import Problem

__all__ = ["filled_spins", "spin_rows"]

_ENDS = 4  # of flights of each packet
_NUMBERS = 1 << 19  # complex numbers of matrices held at once
_CHUNK = 1 << 14


def spin_rows(problem: "Problem", batch: "Batch", geometry: BandGeometry, rates: Float) -> Float:
    """Rows of ``sums/transport`` for what packets carry of spin along their flights, (n, SPIN_ROWS, 3).

    Parameters
    ----------
    geometry : where they start
    rates : (n,) 1/τ in 1/fs (at the unit energy where it varies)
    """
    config, k = problem.config, batch.packets.wavevector
    own = starting_rates(problem, geometry, rates)
    start = velocity_at_rest(geometry, config.fields.magnetic, config.charge)
    places = [k]
    if not collisional_of(config).at_rest:
        places = [_ends(problem, batch, (rates, own), part) for part in range(_ENDS)]
    known = [geometry] if len(places) == 1 else [problem.band.geometry(each) for each in places]
    carried = np.mean([_carried(problem, *each) for each in zip(places, known, strict=True)], axis=0)
    found = problem.protocol.spins(
        carried, lambda: np.mean([_mixed(problem, each) for each in places], axis=0), start, own
    )
    rows = np.zeros((len(k), 3 * SPIN_ROWS))
    rows[:, : found[0].size] = found.reshape(len(k), -1)
    return np.where(np.isfinite(rows), rows, 0.0).reshape(-1, SPIN_ROWS, 3)


def _ends(problem: "Problem", batch: "Batch", rates: tuple[Float, Float], part: int) -> Float:
    """Where flights end (n, 3) whose chance to last as long lies in one part of equal chances; rates: given, and own."""
    given, own = rates
    chance = (batch.packets.phase + part) / _ENDS
    over = -np.log1p(-chance) / own
    never = np.zeros(len(own))
    return free_flights(
        problem, batch.packets.wavevector, np.column_stack([batch.signs, given, never, over])
    ).rows[:, :3]


def _carried(problem: "Problem", k: Float, geometry: BandGeometry) -> Float:
    """⟨½{S, V_a}⟩/ħ [spin, a], ⟨S⟩ and m of the band at wavevectors (n, 3), (n, SPIN_ROWS)."""
    found = np.empty((len(k), SPIN_ROWS))
    band = problem.band.index
    for some in _pieces(problem, len(k)):
        spins = spin_geometry_at(problem.hamiltonian, k[some], problem.config.band.position_elements)
        found[some, :9] = spins.flows()[:, band].reshape(-1, 9) / HBAR
        found[some, 9:12] = spins.values()[:, band]
    found[:, 12:] = geometry.orbital_moment
    return found


def _mixed(problem: "Problem", k: Float) -> Float:
    """Ωˢ [spin, a, b] of the band at wavevectors (n, 3), (n, 27)."""
    found = np.empty((len(k), 27))
    alone = (np.arange(problem.hamiltonian.size) == problem.band.index).astype(np.float64)
    for some in _pieces(problem, len(k)):
        spins = spin_geometry_at(problem.hamiltonian, k[some], problem.config.band.position_elements)
        found[some] = spins.curvature_of(np.tile(alone, (len(spins.energy), 1))).reshape(-1, 27)
    return found


def _pieces(problem: "Problem", number: int) -> list[slice]:
    """Of wavevectors whose matrices are held at once."""
    step = max(1, _NUMBERS // (9 * problem.hamiltonian.size**2))
    return [slice(first, first + step) for first in range(0, number, step)]


def filled_spins(problem: "Problem", threads: int) -> Float:
    """Σ f Ωˢ, [spin, a, b], and Σ f ⟨S⟩ of the states that count, by replica and valley: (P, V + 1, SPIN_COLUMNS).

    Valleys are not told apart: all is in the last bin.
    """
    config, parts = problem.config, problem.parts or (problem,)
    counted = np.zeros(problem.crystal.size)
    counted[[part.band.index for part in parts]] = 1.0
    if problem.parts and config.band.others == "occupied":
        counted[:] = 1.0
    found = problem.protocol.filled_states(
        lambda filled: spin_of_states(
            filled, problem.crystal, counted, problem.valley_centres, seed=config.seed,
            position_elements=config.band.position_elements, threads=threads,
        )
    )  # fmt: skip
    total = np.zeros((problem.ensemble.replicas, len(problem.valley_names) + 1, SPIN_COLUMNS))
    total[:, -1] = sum(map(_of_packets, parts)) if found is None else found
    return total


def _of_packets(problem: "Problem") -> Float:
    """The same of the packets of one band as they start, by replica (P, SPIN_COLUMNS)."""
    crystal, ensemble = problem.hamiltonian, problem.ensemble
    total = np.zeros((ensemble.replicas, SPIN_COLUMNS))
    step = min(max(1, _NUMBERS // (9 * crystal.size**2)), _CHUNK)
    alone = (np.arange(crystal.size) == problem.band.index).astype(np.float64)
    for first in range(0, ensemble.size, step):
        packets = ensemble.packets(first, min(step, ensemble.size - first))
        spins = spin_geometry_at(crystal, packets.wavevector, problem.config.band.position_elements)
        found = packets.weight[:, None] * spins.sums(np.tile(alone, (len(packets.weight), 1)))
        np.add.at(total, packets.replica, found)
    return total
