"""How an operation acts on the orbitals of a crystal, found from H(k) alone.

With orbital positions in the phase, an operation g takes H(k) to H(gk) = D H(k) D† with one unitary D for all k, and with
time reversal to H(−gk) = D H(k)* D†. D exchanges orbitals of sites that g maps onto each other. It is the matrix that is
closest to solving D H(k) = H(gk) D at random k: the eigenvectors of the smallest eigenvalues of a quadratic form.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from wavepacket.arrays import Complex, Flags, Float, Integer
from wavepacket.errors import InputError
from wavepacket.hamiltonians.lattice import LatticeHamiltonian
from wavepacket.hamiltonians.operations import SpaceOperation, multiplication_table

__all__ = ["Action", "Sites", "actions_of", "consistent", "sites_of"]

_PROBES = 8
_APART = 0.05
"""Å; orbitals closer than this stand at one site."""
_MOVED = 0.1
"""Å; how far from a site another one may be moved to and still be taken for it."""


@dataclass(frozen=True, eq=False)
class Sites:
    """Where orbitals stand: `of` (N,) the site of each, `place` (S, 3) in Å."""

    of: Integer
    place: Float


@dataclass(frozen=True, eq=False)
class Action:
    """An operation on the orbitals of a crystal.

    Attributes
    ----------
    operation : on Cartesian vectors
    target : (S,) the site that each one is moved to, in the cell `cell` (S, 3)
    unitary : (N, N) D
    misfit : half of the largest |D H(k) D† − H(gk)| (spectral norm) at the probes, eV: what it changes H by if both become
        their mean
    """

    operation: SpaceOperation
    target: Integer
    cell: Integer
    unitary: Complex
    misfit: float


@dataclass(frozen=True, eq=False)
class _Probes:
    k: Float
    matrices: Complex


def sites_of(crystal: LatticeHamiltonian) -> Sites:
    """Group orbitals by their places."""
    of = np.full(crystal.size, -1)
    place: list[Float] = []
    for index, site in enumerate(crystal.sites):
        if of[index] < 0:
            near = (np.linalg.norm(crystal.sites - site, axis=1) < _APART) & (of < 0)
            of[near] = len(place)
            place.append(crystal.sites[near].mean(axis=0))
    return Sites(of, np.array(place))


def actions_of(
    crystal: LatticeHamiltonian, operations: Sequence[SpaceOperation], tolerance: float
) -> list[Action | None]:
    """Return how each operation acts, None for one that is no symmetry within the tolerance (eV)."""
    u = np.random.default_rng(41).uniform(-0.5, 0.5, (_PROBES, 3))
    u[:, crystal.dimension :] = 0.0
    k = u @ crystal.reciprocal
    probes = _Probes(k, crystal.hamiltonian(k))
    sites = sites_of(crystal)
    return [_action(crystal, sites, one, probes, tolerance) for one in operations]


def _action(
    crystal: LatticeHamiltonian, sites: Sites, operation: SpaceOperation, probes: _Probes, tolerance: float
) -> Action | None:
    moved = probes.k @ operation.matrix.T * (-1.0 if operation.time_reversal else 1.0)
    there = crystal.hamiltonian(moved)
    here = np.conj(probes.matrices) if operation.time_reversal else probes.matrices
    if np.abs(np.linalg.eigvalsh(here) - np.linalg.eigvalsh(there)).max() > 2 * tolerance:
        return None
    best: Action | None = None
    for target, cell in _exchanges(crystal, sites, operation.matrix):
        allowed = sites.of[:, None] == target[sites.of][None, :]
        unitary = _unitary(here, there, allowed, tolerance)
        if unitary is None:
            continue
        change = unitary @ here @ np.conj(unitary.T) - there
        misfit = float(np.linalg.norm(change, ord=2, axis=(1, 2)).max()) / 2
        if misfit <= tolerance and (best is None or misfit < best.misfit):
            best = Action(operation, target, cell, unitary, misfit)
    return best


def _exchanges(crystal: LatticeHamiltonian, sites: Sites, matrix: Float) -> list[tuple[Integer, Integer]]:
    """Ways to move every site onto one with as many orbitals, after a translation."""
    counts = np.bincount(sites.of)
    rare = int(np.argmin(np.bincount(counts)[counts]))
    turned, inverse = sites.place @ matrix.T, np.linalg.inv(crystal.lattice)
    periodic = np.arange(3) < crystal.dimension
    found: list[tuple[Integer, Integer]] = []
    for goal in np.flatnonzero(counts == counts[rare]):
        moved = turned + (sites.place[goal] - turned[rare])
        away = (moved[:, None] - sites.place[None]) @ inverse
        cells = np.where(periodic, np.round(away), 0.0)
        distance = np.linalg.norm((away - cells) @ crystal.lattice, axis=2)
        target = distance.argmin(axis=1)
        every = np.arange(len(target))
        fits = distance[every, target].max() < _MOVED and len(set(target.tolist())) == len(target)
        if fits and np.array_equal(counts[target], counts):
            found.append((target, cells[every, target].astype(np.int64)))
    return found


def _unitary(here: Complex, there: Complex, allowed: Flags, tolerance: float) -> Complex | None:
    """Unitary D closest to D H = H' D; None where there is none near."""
    size = here.shape[-1]
    rows, columns = np.nonzero(allowed)
    # |D H − H' D|² = tr(D H² D† + D† H'² D − 2 D H D† H').
    right, left = (here @ here).sum(axis=0), (there @ there).sum(axis=0)
    form = -2 * np.einsum("sab,scd->acbd", there, here.transpose(0, 2, 1)).reshape(size**2, size**2)
    chosen = rows * size + columns
    form = form[np.ix_(chosen, chosen)]
    form += np.equal.outer(rows, rows) * right.T[np.ix_(columns, columns)]
    form += np.equal.outer(columns, columns) * left[np.ix_(rows, rows)]
    values, vectors = np.linalg.eigh(form)
    near = vectors[:, np.sqrt(np.maximum(values, 0.0) / len(here)) <= 2 * tolerance]
    if not near.shape[1]:
        return None
    # Of several, as where spins are not coupled, the one nearest to the identity, else any.
    rng = np.random.default_rng(7)
    starts = [np.eye(size), rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size))]
    for start in starts if near.shape[1] > 1 else starts[1:]:
        matrix = np.zeros((size, size), dtype=np.complex128)
        matrix[rows, columns] = near @ (np.conj(near.T) @ start[rows, columns])
        u, sizes, v = np.linalg.svd(matrix)
        if sizes[-1] > 1e-3 * sizes[0]:
            return np.asarray(u @ v)
    return None


def consistent(actions: Sequence[Action]) -> list[Action]:
    """Make the unitaries of a group a representation, up to phases, to rounding.

    Each D_g becomes the unitary nearest to the mean of D_gh D_h⁻¹ over the group, over and over.

    Raises
    ------
    InputError
        for operations that are no group, and unitaries that are not near a representation
    """
    table = multiplication_table([one.operation for one in actions])
    if np.any(table < 0):
        raise InputError("the operations that hold are no group")
    unitaries = [one.unitary for one in actions]
    for _ in range(30):
        new, off = [], 0.0
        for g, one in enumerate(actions):
            total = np.zeros_like(one.unitary)
            for h in range(len(actions)):
                other = np.conj(unitaries[h]) if one.operation.time_reversal else unitaries[h]
                product = unitaries[table[g, h]] @ np.conj(other.T)
                overlap = np.vdot(unitaries[g], product)
                off = max(off, 1 - abs(overlap) / len(product))
                total += product * np.conj(overlap) / max(abs(overlap), 1e-300)
            u, _, v = np.linalg.svd(total)
            new.append(u @ v)
        unitaries = new
        if off < 1e-14:
            return [replace(one, unitary=unitary) for one, unitary in zip(actions, unitaries, strict=True)]
    raise InputError(
        "how the operations act on the orbitals is not determined, since the crystal has further symmetries, as where spins "
        "are not coupled: use the model of one spin, or fewer operations"
    )
