"""Crystals made exactly symmetric: means of H(R), r(R) and orbital positions over the operations that nearly hold."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from wavepacket.arrays import Complex, Float
from wavepacket.errors import InputError
from wavepacket.hamiltonians.kp import KPHamiltonian
from wavepacket.hamiltonians.lattice import LatticeHamiltonian
from wavepacket.hamiltonians.operations import SpaceOperation, generated, read_operation
from wavepacket.hamiltonians.point_group import point_group
from wavepacket.hamiltonians.representation import Action, Sites, actions_of, consistent, sites_of
from wavepacket.hamiltonians.zone import lattice_point_group

__all__ = ["Symmetrised", "symmetrised"]

_Cell = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Symmetrised:
    """A crystal with exact symmetries, and what that changed.

    Attributes
    ----------
    operations : Cartesian matrices with or without time reversal
    energy_change, position_change : largest change of an element of H(R), eV, and of r(R) or an orbital's place, Å
    band_change : largest change of a band at random wavevectors, eV
    """

    crystal: LatticeHamiltonian
    operations: tuple[SpaceOperation, ...]
    energy_change: float
    position_change: float
    band_change: float

    def __str__(self) -> str:
        """Say it in words."""
        reversing = sum(one.time_reversal for one in self.operations)
        group = point_group(self.operations)
        return (
            f"made symmetric under {len(self.operations)} operations{f' of the point group {group}' if group else ''}, "
            f"{reversing} of them with time reversal: elements of "
            f"H(R) changed by up to {self.energy_change:.2g} eV, bands by {self.band_change:.2g} eV, positions by "
            f"{self.position_change:.2g} angstrom"
        )


@lru_cache(maxsize=4)
def symmetrised(
    hamiltonian: LatticeHamiltonian | KPHamiltonian, tolerance: float, operations: tuple[str, ...] = ()
) -> Symmetrised:
    """Make a crystal exactly symmetric.

    Parameters
    ----------
    tolerance : eV; an operation holds where H(k) would change by no more, in its largest eigenvalue, if it were made to
    operations : generators on Cartesian axes, such as ``-y, x, z`` or ``-x, -y, z, T`` with time reversal; default: all of
        the lattice, with and without time reversal, that hold

    Raises
    ------
    InputError
        for a k·p model, for a given operation that does not hold, and where it is not determined how operations act
    """
    if not isinstance(hamiltonian, LatticeHamiltonian):
        raise InputError("a k.p model has the symmetry that its matrices are written with: leave this out")
    group = (
        generated([read_operation(text) for text in operations]) if operations else _candidates(hamiltonian)
    )
    found = actions_of(hamiltonian, group, tolerance)
    missing = [one for one, action in zip(group, found, strict=True) if action is None]
    if operations and missing:
        raise InputError(
            f"{len(missing)} of the {len(group)} operations that these generate do not hold within {tolerance:g} eV, such "
            f"as {np.round(missing[0].matrix, 3).tolist()}{' with time reversal' if missing[0].time_reversal else ''}"
        )
    actions = consistent([action for action in found if action is not None])
    return _averaged(hamiltonian, actions)


def _candidates(crystal: LatticeHamiltonian) -> list[SpaceOperation]:
    matrices = lattice_point_group(crystal).copy()
    matrices[:, range(crystal.dimension, 3), range(crystal.dimension, 3)] = 1.0
    return [SpaceOperation(matrix, reversal) for matrix in matrices for reversal in (False, True)]


def _averaged(crystal: LatticeHamiltonian, actions: Sequence[Action]) -> Symmetrised:
    sites = sites_of(crystal)
    place = _places(crystal, sites, actions)
    # Full matrices of r beside H: what orbitals stand beside their site counts as an element at R = 0.
    matrices = crystal.hoppings[:, None]
    with_elements = crystal.position_matrices is not None
    home = len(crystal.cells) // 2
    if crystal.position_matrices is not None:
        matrices = np.concatenate([matrices, crystal.position_matrices], axis=1)
        orbital = np.arange(crystal.size)
        matrices[home, 1:, orbital, orbital] = crystal.sites - sites.place[sites.of]
    table = _mean(crystal, sites, actions, matrices)
    before = {tuple(cell): matrix for cell, matrix in zip(crystal.cells.tolist(), matrices, strict=True)}
    empty = np.zeros_like(matrices[0])
    change = [np.abs(table[cell] - before.get(cell, empty)).max(axis=(1, 2)) for cell in table]
    worst = np.max(change, axis=0)
    positions = place[sites.of]
    if with_elements:
        diagonal = np.einsum("aii->ia", table[0, 0, 0][1:]).real
        positions = positions + diagonal
        table[0, 0, 0][1:, orbital, orbital] = 0.0
    moved = float(np.linalg.norm(positions - crystal.sites, axis=1).max())
    made = LatticeHamiltonian.from_hoppings(
        crystal.lattice,
        [(cell, matrix[0]) for cell, matrix in table.items()],
        positions=positions @ np.linalg.inv(crystal.lattice),
        periodic=crystal.periodic,
        position_matrices=[(cell, matrix[1:]) for cell, matrix in table.items()] if with_elements else None,
    )
    made = replace(
        crystal, cells=made.cells, hoppings=made.hoppings, positions=made.positions,
        position_matrices=made.position_matrices,
        operations=np.array([one.operation.in_time for one in actions]),
    )  # fmt: skip
    k = np.random.default_rng(3).uniform(-0.5, 0.5, (50, 3)) * crystal.periodic @ crystal.reciprocal
    bands = [np.linalg.eigvalsh(one.hamiltonian(k)) for one in (crystal, made)]
    return Symmetrised(
        made,
        tuple(one.operation for one in actions),
        float(worst[0]),
        max(moved, float(worst[1:].max(initial=0.0))),
        float(np.abs(bands[0] - bands[1]).max()),
    )


def _shift(crystal: LatticeHamiltonian, sites: Sites, action: Action) -> Float:
    """The translation that goes with an operation, Å."""
    goal = sites.place[action.target] + action.cell @ crystal.lattice
    return np.asarray((goal - sites.place @ action.operation.matrix.T).mean(axis=0))


def _places(crystal: LatticeHamiltonian, sites: Sites, actions: Sequence[Action]) -> Float:
    """Sites (S, 3) that the operations map onto each other exactly, Å."""
    total = np.zeros_like(sites.place)
    for action in actions:
        goal = sites.place[action.target] + action.cell @ crystal.lattice
        total += (goal - _shift(crystal, sites, action)) @ action.operation.matrix
    return total / len(actions)


def _mean(
    crystal: LatticeHamiltonian, sites: Sites, actions: Sequence[Action], matrices: Complex
) -> dict[_Cell, Complex]:
    """Means of matrices (nR, 1 or 4, N, N) of H and r over the operations, by cell.

    H_ab(R) = D_a† H_ga,gb(gR + L_b − L_a) D_b between sites a and b, that g moves to ga and gb in the cells L_a and L_b.
    """
    table: dict[_Cell, Complex] = defaultdict(lambda: np.zeros(matrices.shape[1:], dtype=np.complex128))
    orbitals = [np.flatnonzero(sites.of == site) for site in range(len(sites.place))]
    inverse = np.linalg.inv(crystal.lattice)
    for action in actions:
        turn = np.round(crystal.lattice @ action.operation.matrix.T @ inverse).astype(np.int64)
        back = np.round(np.linalg.inv(turn)).astype(np.int64)
        blocks = [action.unitary[np.ix_(orbitals[action.target[a]], of)] for a, of in enumerate(orbitals)]
        for a, left in enumerate(orbitals):
            for b, right in enumerate(orbitals):
                source = matrices[:, :, orbitals[action.target[a]]][..., orbitals[action.target[b]]]
                made = np.conj(blocks[a].T) @ source @ blocks[b]
                if action.operation.time_reversal:
                    made = np.conj(made)
                if matrices.shape[1] == 4:
                    made[:, 1:] = np.einsum("ab,raij->rbij", action.operation.matrix, made[:, 1:])
                cells = (crystal.cells - action.cell[b] + action.cell[a]) @ back
                for cell, block in zip(map(tuple, cells.tolist()), made / len(actions), strict=True):
                    table[cell][:, left[:, None], right] += block
    return {cell: matrix for cell, matrix in table.items() if np.abs(matrix).max() > _LEAST}


_LEAST = 1e-14
"""eV and Å; cells with less hold rounding alone."""
