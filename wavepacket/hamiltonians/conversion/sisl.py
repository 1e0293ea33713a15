"""sisl: `Hamiltonian`, as built by hand or read from SIESTA."""

import itertools
from typing import Any

import numpy as np

from wavepacket.arrays import Complex
from wavepacket.errors import InputError
from wavepacket.hamiltonians.arrays import adjoint
from wavepacket.hamiltonians.conversion.foreign import require
from wavepacket.hamiltonians.high_symmetry import with_high_symmetry
from wavepacket.hamiltonians.lattice import LatticeHamiltonian


def from_sisl(model: Any, *, name: str = "sisl") -> LatticeHamiltonian:
    """Convert a sisl `Hamiltonian` with an orthogonal basis; energies in eV and lengths in Å, as sisl has them.

    Directions along which no cell is coupled to another (``nsc`` of 1) are not periodic. Without spin–orbit coupling
    the two spins of a polarised Hamiltonian become two blocks, up first; else each orbital becomes two that follow
    each other.

    Raises
    ------
    InputError
        for an object that is no such model, for a basis with overlaps, for superconductors, and without any coupling
    """
    require(model, "sisl", ("Hk", "geometry", "orthogonal", "spin"))
    if not model.orthogonal:
        raise InputError("this sisl Hamiltonian has overlaps: only orthogonal bases can be converted")
    if getattr(model.spin, "is_nambu", False):
        raise InputError("this sisl Hamiltonian describes a superconductor, which has no bands of electrons")
    geometry = model.geometry
    counts = [int(count) for count in geometry.nsc]
    if max(counts) == 1:
        raise InputError(
            "this sisl Hamiltonian couples no cells: its nsc is 1 in all directions, so it has no bands"
        )
    hoppings = _hoppings(model, counts)
    sites = np.array(geometry.xyz)[np.asarray(geometry.o2a(np.arange(geometry.no)))]
    doubled = len(hoppings[0][1]) // len(sites)
    sites = np.tile(sites, (doubled, 1)) if model.spin.is_polarized else np.repeat(sites, doubled, axis=0)
    lattice = np.array(geometry.cell, dtype=float)
    crystal = LatticeHamiltonian.from_hoppings(
        lattice,
        hoppings,
        positions=sites @ np.linalg.inv(lattice),
        periodic=[count > 1 for count in counts],
        name=name,
    )
    return with_high_symmetry(crystal)


def _hoppings(model: Any, counts: list[int]) -> list[tuple[tuple[int, ...], Complex]]:
    """H(R) for all R within the auxiliary supercell: H(k) on as many points holds neither more nor less."""
    grid = np.array(list(itertools.product(*(range(count) for count in counts)))) / counts
    bloch = np.array([_bloch_matrix(model, k) for k in grid])
    cells = list(itertools.product(*(range(-(count // 2), count // 2 + 1) for count in counts)))
    phases = np.exp(-2j * np.pi * np.array(cells) @ grid.T) / len(grid)
    matrices = np.einsum("rk,kij->rij", phases, bloch)
    # R and −R stand opposite each other in the list; sums over k have made them differ by rounding.
    matrices = (matrices + adjoint(matrices[::-1])) / 2
    return list(zip(cells, matrices, strict=True))


def _bloch_matrix(model: Any, k: np.ndarray) -> Complex:
    if not model.spin.is_polarized:
        return np.asarray(model.Hk(k=k, format="array"), dtype=np.complex128)
    up, down = (np.asarray(model.Hk(k=k, spin=spin, format="array"), dtype=np.complex128) for spin in (0, 1))
    empty = np.zeros_like(up)
    return np.block([[up, empty], [empty, down]])
