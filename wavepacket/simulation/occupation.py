"""How many states each valley holds against time: packets count for the valley that they are nearest to at the moment."""

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from wavepacket.arrays import Float, Integer
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian
from wavepacket.hamiltonians.zone import reduced_basis

if TYPE_CHECKING:
    from wavepacket.simulation.batch import Batch


_STEPS = (-2, -1, 0, 1, 2)


@dataclass(frozen=True, eq=False)
class Regions:
    """The centres of valleys about one cell of reciprocal space.

    Attributes
    ----------
    basis, inverse : (d, 3) of the reciprocal lattice, 1/Å, and the rows that give coordinates in it, Å; empty without one
    images : (m, 3) centres that can be nearest to a point of the cell, 1/Å
    owners : (m,) the valley of each

    """

    basis: Float
    inverse: Float
    images: Float
    owners: Integer


def regions_of(hamiltonian: Hamiltonian, centres: Float) -> Regions:
    """The centres (V, 3) in 1/Å and their copies by reciprocal vectors."""
    owners = np.arange(len(centres))
    if not isinstance(hamiltonian, LatticeHamiltonian):
        return Regions(np.zeros((0, 3)), np.zeros((0, 3)), np.ascontiguousarray(centres), owners)
    basis = reduced_basis(hamiltonian.reciprocal[: hamiltonian.dimension])
    inverse = np.ascontiguousarray(np.linalg.pinv(basis).T)
    folded = centres - np.round(centres @ inverse.T) @ basis
    steps = np.array(list(product(_STEPS, repeat=len(basis)))) @ basis
    images = (folded[:, None] + steps[None]).reshape(-1, 3)
    # Every point of the cell is within its half diagonal of the origin, and so of some copy of each centre.
    half = max(np.linalg.norm(0.5 * np.array(signs) @ basis) for signs in product((-1, 1), repeat=len(basis)))
    near = np.linalg.norm(images, axis=1) <= 2.0 * half * (1 + 1e-9)
    return Regions(basis, inverse, images[near], np.repeat(owners, len(steps))[near])


def occupation(regions: Regions, batch: "Batch", counted: Integer, wavevector: Float) -> Float:
    """Σ weight by sign and replica, present valley and time, (2 P, V + 1, T).

    Parameters
    ----------
    counted : (n,) 1 where a packet counts
    wavevector : (n, T, 3) paths, 1/Å
    """
    from wavepacket.kernels.reduce.regions import occupy  # compiled when first needed

    signs, replicas, valleys = batch.shape
    totals = np.zeros((signs * replicas, valleys, wavevector.shape[1]))
    occupy(
        np.ascontiguousarray(wavevector), (regions.basis, regions.inverse, regions.images, regions.owners),
        batch.packets.weight, batch.valley, batch.bin // valleys, counted, totals,
    )  # fmt: skip
    return totals
