"""Crystals made of parts that nothing connects, in bases that show it and in bases that hide it."""

import numpy as np

from wavepacket.hamiltonians import LatticeHamiltonian


def joined(*crystals, shifts=None, coupling=None):
    """Crystals on one lattice side by side, each with its energies shifted (eV); ``coupling`` (N, N) within the cell."""
    shifts = shifts or [0.0] * len(crystals)
    size = sum(one.size for one in crystals)
    hoppings, first = {}, 0
    for one, shift in zip(crystals, shifts, strict=True):
        part = slice(first, first + one.size)
        for cell, matrix in zip(map(tuple, one.cells.tolist()), one.hoppings, strict=True):
            whole = hoppings.setdefault(cell, np.zeros((size, size), dtype=complex))
            whole[part, part] += matrix + (shift * np.eye(one.size) if not any(cell) else 0.0)
        first += one.size
    if coupling is not None:
        hoppings[0, 0, 0] = hoppings[0, 0, 0] + coupling
    dimension = crystals[0].dimension
    return LatticeHamiltonian.from_hoppings(
        crystals[0].lattice[:dimension],
        {cell[:dimension]: matrix for cell, matrix in hoppings.items()},
        positions=np.concatenate([one.positions for one in crystals]),
        special_points=crystals[0].special_points,
        valleys=crystals[0].valleys,
        name="joined",
    )


def unitary(rng, size):
    return np.linalg.qr(rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size)))[0]


def turned_at_sites(crystal, seed):
    """The crystal in another basis: orbitals at the same place are mixed at random."""
    rng, turn = np.random.default_rng(seed), np.zeros((crystal.size, crystal.size), dtype=complex)
    _, site = np.unique(np.round(crystal.positions, 9), axis=0, return_inverse=True)
    for one in np.unique(site):
        members = np.flatnonzero(site == one)
        turn[np.ix_(members, members)] = unitary(rng, len(members))
    return LatticeHamiltonian.from_hoppings(
        crystal.lattice[: crystal.dimension],
        list(zip(crystal.cells.tolist(), turn @ crystal.hoppings @ turn.conj().T, strict=True)),
        positions=crystal.positions,
        special_points=crystal.special_points,
        valleys=crystal.valleys,
    )


def turned(crystal, seed):
    """The crystal in a basis of all its orbitals mixed at random: the position becomes a full matrix."""
    turn = unitary(np.random.default_rng(seed), crystal.size)
    positions = turn @ (crystal.sites.T[:, :, None] * np.eye(crystal.size)) @ turn.conj().T
    diagonal = np.diagonal(positions, axis1=1, axis2=2).real.T
    positions = positions - diagonal.T[:, :, None] * np.eye(crystal.size)
    positions[:, range(crystal.size), range(crystal.size)] = 0.0
    return LatticeHamiltonian.from_hoppings(
        crystal.lattice[: crystal.dimension],
        list(zip(crystal.cells.tolist(), turn @ crystal.hoppings @ turn.conj().T, strict=True)),
        positions=(diagonal @ np.linalg.inv(crystal.lattice)),
        position_matrices={(0, 0, 0): positions},
        special_points=crystal.special_points,
        valleys=crystal.valleys,
    )
