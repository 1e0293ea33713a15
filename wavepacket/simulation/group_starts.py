"""Which internal states packets of a group of bands start in, and what these weigh in a magnetic field."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wavepacket.arrays import Float, Integer
from wavepacket.simulation.group_light import density_matrix
from wavepacket.simulation.group_matrices import Matrices, matrices_between
from wavepacket.simulation.group_start import eigenstates_within, spins_within, times, unit_vectors
from wavepacket.units import E_OVER_HBAR

if TYPE_CHECKING:
    from wavepacket.simulation.group import Group

__all__ = ["Starts", "spin_along", "starts_at"]

_BIAS = 1e-9  # eV: what decides between eigenstates of equal energy


@dataclass(frozen=True, eq=False)
class Starts:
    """Starts at n wavevectors.

    Attributes
    ----------
    frames : (n, G, N, 2) states of the group's bands, (Re, Im) of each orbital
    values : (n, G) eigenvalues, by rising order, of the operator whose eigenstates packets start in
    vectors : (n, G, G, 2) these, by components along the frames
    levels : (n, G) eigenvalues of h − m̂·B, eV; without a field the energies of the bands
    wanted : eigenvalues that a config asks for, None for all
    made, field : matrices between the bands, and −(q/e)B, T; None without a field
    """

    frames: Float
    values: Float
    vectors: Float
    levels: Float
    wanted: tuple[float, ...] | None
    made: Matrices | None
    field: Float | None

    def parts(self, internal: Integer) -> Float:
        """Components (n, G, 2) of the starts with these numbers (n,)."""
        chosen = internal
        if self.wanted is not None:
            wanted = np.array(self.wanted)[internal]
            chosen = np.argmin(np.abs(self.values - wanted[:, None]), axis=1)
        return self.vectors[np.arange(len(self.frames)), chosen]

    def flux(self, parts: Float) -> Float:
        """(q/ħ)B·⟨u|Ω|u⟩ (n,) of states by their components (n, G, 2)."""
        assert self.made is not None
        assert self.field is not None
        found = np.zeros(len(parts))
        for c in np.flatnonzero(self.field).tolist():
            found -= E_OVER_HBAR * self.field[c] * _mean(self.made.curvature(c), parts)
        return found


def starts_at(group: "Group", k: Float, r: Float | None = None) -> Starts:
    """Starts of a group at wavevectors k (n, 3), 1/Å, and in textures at places r (n, 3), Å."""
    made = None
    if group.field is None and group.light is None:
        energy, frames = group.frames(k, r)
    else:
        made = matrices_between(group.integers, group.reals, k)
        energy, frames = made.energy[:, group.first : group.last + 1], made.inside
    inside = np.zeros((len(k), group.size, group.size, 2))
    for band in range(group.size):
        inside[:, band, band, 0] += energy[:, band]
    for c in () if group.field is None else np.flatnonzero(group.field).tolist():
        assert made is not None
        assert group.field is not None
        inside -= group.field[c] * made.moment(c)
    if group.light is not None:
        # As in the weights of one band, elements of r do not enter.
        chosen = density_matrix(
            group.light, matrices_between(group.integers, group.reals, k, positions=False)
        )
    elif group.internal.start == "eigenstates":
        chosen = _BIAS * spin_along(group, k, frames) + inside
    else:
        chosen = spin_along(group, k, frames)
    values, vectors = eigenstates_within(chosen)
    levels = energy if group.field is None else eigenstates_within(inside)[0]
    return Starts(frames, values, vectors, levels, group.internal.values, made, group.field)


def spin_along(group: "Group", k: Float, frames: Float) -> Float:
    """The spin along its axis, or along k for helicities, between states (n, G, N, 2) of the group: (n, G, G, 2).

    Of a group without a spin an operator that puts the orbitals in order.
    """
    if group.spin is None:
        order = np.diag(-np.arange(group.hamiltonian.size) + 0j)[None]
        return np.asarray(spins_within(order, frames)[0])
    direction = unit_vectors(k if group.internal.start == "helicity" else np.array(group.internal.axis)[None])
    parts = spins_within(group.spin, frames)
    return np.asarray(sum(direction[:, a, None, None, None] * parts[a] for a in range(3)))


def _mean(matrices: Float, parts: Float) -> Float:
    """Expectation values (n,) of Hermitian matrices (n, G, G, 2) in states (n, G, 2)."""
    found = np.zeros(len(parts))
    for i in range(parts.shape[1]):
        for j in range(parts.shape[1]):
            found += times(times(parts[:, i] * np.array([1.0, -1.0]), matrices[:, i, j]), parts[:, j])[:, 0]
    return found
