"""Packets with an internal state in a group of bands beside an exact one: their start, and what is measured of the state."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from wavepacket.arrays import Complex, Flags, Float
from wavepacket.observables import rows
from wavepacket.simulation import Problem
from wavepacket.simulation.blocks import Block
from wavepacket.simulation.group_start import expectation

if TYPE_CHECKING:
    from wavepacket.quantum.comparison import Comparison

__all__ = ["in_state", "means_of_states"]

_COINCIDE = 1e-6  # eV: bands that are nearer are told apart by rounding alone


def in_state(problem: Problem, internal: Complex | None) -> Problem:
    """The same problem with packets that start in one state u(k₀) (N,) of their group, projected on it at their own k."""
    if problem.group is None:
        return problem
    stored = problem.group.internal.model_copy(update={"store": True})
    return replace(problem, group=replace(problem.group, given=internal, internal=stored))


def means_of_states(problem: Problem, block: Block, kept: Flags) -> tuple[Float | None, Float | None]:
    """Mean spin and mean populations of the bands at each save, of packets in a group."""
    group = problem.group
    if group is None:
        return None, None
    state = np.asarray(block.diagnostics["state"])[kept]
    spin = None if group.spin is None else expectation(group.spin, state).mean(axis=0)
    populations = np.array([
        group.populations(block.wavevector[kept, save], state[:, save]).mean(axis=0) for save in range(state.shape[1])
    ])  # fmt: skip
    return spin, populations


def _apart(of: "Comparison") -> Flags:
    """At which saves (T,) the bands of the group have energies of their own, and are told apart."""
    group, k = of.config.band.group, of.exact.mean[:, :3]
    assert isinstance(group, tuple)
    levels = np.linalg.eigvalsh(of.band.hamiltonian.hamiltonian(k))[:, group[0] : group[-1] + 1]
    return np.asarray((np.diff(levels, axis=1) > _COINCIDE).all(axis=1) & (not of.exact.gauge.is_magnetic))


rows(
    "quantum",
    ("exact_spin", "hbar", r"$\langle S\rangle$", "mean of S over the orbitals of each cell", lambda of: of.exact.spin),
    ("semiclassical_spin", "hbar", r"$\langle S\rangle$", "mean <u|S|u> over packets", lambda of: of.semiclassical.spin),
    needs=("spin",),
)  # fmt: skip
rows(
    "quantum",
    ("exact_populations", "1", "", "part of the wave function in each band of the group; null where they coincide at the "
     "packet's k, and in a magnetic field", lambda of: np.where(_apart(of)[:, None], of.exact.populations, np.nan)),
    ("semiclassical_populations", "1", "", "mean |<n|u>|^2 over packets for each band n of the group; null where they "
     "coincide at the packet's k, and in a magnetic field",
     lambda of: np.where(_apart(of)[:, None], of.semiclassical.populations, np.nan)),
    needs=("group",),
)  # fmt: skip
