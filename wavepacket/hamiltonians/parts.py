"""Parts of a crystal that nothing connects: bases in which H and r are block-diagonal at every k.

States of different parts are mixed neither by H(k) nor by the position, so by no electric or magnetic field either. Spins
without spin-orbit coupling are such parts, and so are the even and the odd states of a mirror plane.
"""

from dataclasses import dataclass, replace

import numpy as np

from wavepacket.arrays import Complex, Float
from wavepacket.hamiltonians.arrays import adjoint
from wavepacket.hamiltonians.blocks import Blocks, irreducible_blocks
from wavepacket.hamiltonians.kp import KPHamiltonian
from wavepacket.hamiltonians.lattice import LatticeHamiltonian

__all__ = ["Part", "Parts", "find_parts"]

_WHOLE = 1e-10  # an orbital that belongs to a part but for this share is one of its basis states


@dataclass(frozen=True, eq=False)
class Part:
    """One part.

    Attributes
    ----------
    hamiltonian : a crystal of its own
    states : (N, d) its basis states as columns, in the orbitals of the whole crystal
    kind : parts with the same number are copies of each other: same bands, Ω and m
    """

    hamiltonian: LatticeHamiltonian | KPHamiltonian
    states: Complex
    kind: int


@dataclass(frozen=True, eq=False)
class Parts:
    """All parts of a crystal.

    Attributes
    ----------
    parts : in the order of the first orbitals
    weakest : of a crystal of one part, about the smallest coupling (eV) that holds it together; else 0
    across : whether the coordinate across the plane of a two-dimensional crystal mixes parts: E must then lie in the
        plane and B across it
    """

    parts: tuple[Part, ...]
    weakest: float = 0.0
    across: bool = False


def find_parts(hamiltonian: LatticeHamiltonian | KPHamiltonian) -> Parts:
    """Take a crystal apart as far as its matrices allow; couplings below 10⁻⁹ of the largest element count as rounding.

    The coordinate across a two-dimensional crystal need not be block-diagonal, so that a horizontal mirror makes parts;
    where it is not, the states of a part are put into one plane: Ω and m along it vanish for such states.
    """
    blocks, across = _blocks(hamiltonian)
    if len(blocks.states) == 1:
        link = adjoint(blocks.first) @ _unscaled(hamiltonian) @ blocks.second
        identity = np.eye(hamiltonian.size, dtype=np.complex128)
        return Parts((Part(hamiltonian, identity, 0),), float(np.abs(link).max(initial=0.0)))
    sites = np.zeros(hamiltonian.size)
    if isinstance(hamiltonian, LatticeHamiltonian):
        # A combination of the coordinates that tells all sites apart.
        kept = 2 if across else 3
        sites = hamiltonian.sites[:, :kept] @ np.array([1.0, np.sqrt(2), np.sqrt(3)])[:kept]
    parts = []
    for states, kind in zip(blocks.states, blocks.kinds, strict=True):
        basis = _tidy(states, sites)
        parts.append(Part(_restricted(hamiltonian, basis, across), basis, kind))
    parts.sort(key=lambda part: tuple(-np.round(np.sum(np.abs(part.states) ** 2, axis=1), 6)))
    return Parts(tuple(parts), 0.0, across)


def _blocks(hamiltonian: LatticeHamiltonian | KPHamiltonian) -> tuple[Blocks, bool]:
    """Blocks of H and r, and whether this many exist only without the coordinate across the plane."""
    energies, positions = _energies(hamiltonian), _positions(hamiltonian)

    def apart(directions: int) -> Blocks:
        needed = positions[:, :directions].reshape(-1, *energies.shape[1:])
        return irreducible_blocks(np.concatenate([energies, needed]))

    blocks = apart(3)
    if isinstance(hamiltonian, LatticeHamiltonian) and hamiltonian.dimension == 2:
        finer = apart(2)
        if len(finer.states) > len(blocks.states):
            return finer, True
    return blocks, False


def _unscaled(hamiltonian: LatticeHamiltonian | KPHamiltonian) -> Complex:
    """All matrices of H, (n, N, N), eV."""
    if isinstance(hamiltonian, LatticeHamiltonian):
        return hamiltonian.hoppings
    # Matrices of k·p come with powers of a length.
    order = hamiltonian.powers.sum(axis=1)[:, None, None]
    return np.asarray(hamiltonian.matrices / hamiltonian.length_scale**order)


def _energies(hamiltonian: LatticeHamiltonian | KPHamiltonian) -> Complex:
    """All matrices of H, (n, N, N), in units of the largest element."""
    matrices = _unscaled(hamiltonian)
    return np.asarray(matrices / (float(np.abs(matrices).max(initial=0.0)) or 1.0))


def _positions(hamiltonian: LatticeHamiltonian | KPHamiltonian) -> Complex:
    """All matrices of r, (n, 3, N, N), in units of the lattice; none for k·p, where r is i∂/∂k alone."""
    size = hamiltonian.size
    if not isinstance(hamiltonian, LatticeHamiltonian):
        return np.zeros((0, 3, size, size), dtype=np.complex128)
    return _full_positions(hamiltonian) / hamiltonian.length_scale


def _full_positions(hamiltonian: LatticeHamiltonian) -> Complex:
    """r(R) with the centres in R = 0, (nR, 3, N, N), Å; R = 0 alone where no elements are known."""
    centres = np.zeros((3, hamiltonian.size, hamiltonian.size), dtype=np.complex128)
    centres[:, range(hamiltonian.size), range(hamiltonian.size)] = hamiltonian.sites.T
    if hamiltonian.position_matrices is None:
        return centres[None]
    full = hamiltonian.position_matrices.copy()
    full[len(full) // 2] += centres
    return full


def _tidy(states: Complex, sites: Float) -> Complex:
    """Basis of the same space made of single orbitals where it holds any, and of states at one site each."""
    share = np.sum(np.abs(states) ** 2, axis=1)
    whole = np.flatnonzero(share > 1 - _WHOLE)
    identity = np.eye(len(states), dtype=np.complex128)
    left = states.copy()
    left[whole] = 0.0
    rest = np.linalg.svd(left)[0][:, : states.shape[1] - len(whole)]
    rest = rest @ np.linalg.eigh(adjoint(rest) @ (sites[:, None] * rest))[1]
    basis = np.concatenate([identity[:, whole], rest], axis=1)
    largest = np.argmax(np.round(np.abs(basis), 6), axis=0)
    phase = basis[largest, np.arange(basis.shape[1])]
    basis = basis * (np.abs(phase) / phase)
    return np.asarray(basis[:, np.argsort(largest, kind="stable")])


def _restricted(
    hamiltonian: LatticeHamiltonian | KPHamiltonian, basis: Complex, across: bool
) -> LatticeHamiltonian | KPHamiltonian:
    """The crystal within the space of some states."""
    spin = None if hamiltonian.spin is None else adjoint(basis) @ hamiltonian.spin @ basis
    if isinstance(hamiltonian, KPHamiltonian):
        matrices = adjoint(basis) @ hamiltonian.matrices @ basis
        return replace(hamiltonian, matrices=(matrices + adjoint(matrices)) / 2, spin=spin)
    hoppings = _projected(hamiltonian.hoppings, basis)
    positions = hamiltonian.positions[np.argmax(np.round(np.abs(basis), 6), axis=0)]
    if across:
        positions[:, 2] = hamiltonian.positions[:, 2].mean()
    if hamiltonian.position_matrices is None:
        return replace(hamiltonian, hoppings=hoppings, positions=positions, spin=spin)
    elements = _projected(_full_positions(hamiltonian), basis)
    if across:
        elements[:, 2] = 0.0
    home = elements[len(elements) // 2]
    size = range(basis.shape[1])
    sites = home[:, size, size].real.T
    positions = sites @ np.linalg.inv(hamiltonian.lattice)
    home[:, size, size] = 0.0
    return replace(hamiltonian, hoppings=hoppings, positions=positions, position_matrices=elements, spin=spin)


def _projected(matrices: Complex, basis: Complex) -> Complex:
    """Matrices over cells between the basis states, Hermitian partners to the last digit."""
    inside = adjoint(basis) @ matrices @ basis
    return np.asarray((inside + adjoint(inside[::-1])) / 2)
