"""The Fermi level of a number of electrons, and crystals whose energies are counted from it.

States at T = 0 are counted by simplices (tetrahedra in 3D) with the energy linear over them: G. Lehmann and M. Taut,
Phys. Status Solidi B 54, 469 (1972).
"""

import itertools
import math
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from wavepacket.arrays import Complex, Float
from wavepacket.errors import InputError
from wavepacket.hamiltonians.kp import KPHamiltonian
from wavepacket.hamiltonians.lattice import LatticeHamiltonian

__all__ = ["FermiLevel", "fermi_level", "from_fermi_level"]

_MESHES = {1: (2001, 3001, 4501), 2: (24, 36, 54, 81, 122, 183), 3: (8, 12, 18, 27, 40)}
"""Points along each axis; steps of 1.5 or so."""
_TARGET = 2e-4  # eV
_ELEMENTS = 200_000_000
"""Most complex numbers of H(k) in one mesh: half a minute of diagonalisation."""
_BLOCK = 2048
_NEAR = 0.5
"""eV around a first guess, in which the level lies for sure."""
_ROUNDED = 6
"""Digits of the level in eV: below its uncertainty, and the same on every CPU."""


@dataclass(frozen=True)
class FermiLevel:
    """Where a number of electrons fills the bands up to at T = 0.

    Attributes
    ----------
    energy : eV; the middle of a gap
    uncertainty : eV: what the level, or the edges of the gap, moved by between the last two meshes
    gap : eV; 0 in a metal
    """

    energy: float
    uncertainty: float
    gap: float = 0.0

    def __str__(self) -> str:
        """Say it in words."""
        where = f"in the middle of a gap of {self.gap:.4g} eV" if self.gap else "in the bands"
        return f"{self.energy:.6g} ± {self.uncertainty:.1g} eV, {where}"


@lru_cache(maxsize=8)
def fermi_level(hamiltonian: LatticeHamiltonian | KPHamiltonian, electrons: float) -> FermiLevel:
    """Find the Fermi level of a number of electrons per cell at T = 0, one in each state of each band.

    Parameters
    ----------
    electrons : in the bands of the model alone; bands of a model without spin hold one electron each

    Raises
    ------
    InputError
        for a k·p model, which has no cell, and where the bands cannot hold that many
    """
    if not isinstance(hamiltonian, LatticeHamiltonian):
        raise InputError("a k.p model has no cell to count electrons in: give chemical potentials instead")
    if not 0 < electrons < hamiltonian.size:
        raise InputError(
            f"{electrons:g} electrons per cell do not fill part of {hamiltonian.size} bands that hold one each"
        )
    before = found = FermiLevel(math.nan, math.inf)
    last, error = 0, 0.0
    for mesh in _MESHES[hamiltonian.dimension]:
        if last and mesh**hamiltonian.dimension * hamiltonian.size**2 > _ELEMENTS:
            break
        low, high = _level(_energies(hamiltonian, mesh), electrons)
        now = FermiLevel((low + high) / 2, math.inf, high - low)
        if last:
            # The count errs by the square of the step, of which what is left is a part of what it moved by.
            moved = now.energy - before.energy
            energy = now.energy if now.gap else now.energy + moved / ((mesh / last) ** 2 - 1)
            error = max((abs(moved) + abs(now.gap - before.gap) / 2) / 2, error / 3)
            found = FermiLevel(energy, max(error, 1e-6), now.gap)
            if error <= _TARGET:
                break
        before, last = now, mesh
    return replace(found, energy=round(found.energy, _ROUNDED))


def from_fermi_level(hamiltonian: LatticeHamiltonian | KPHamiltonian, electrons: float) -> LatticeHamiltonian:
    """Return the crystal with its energies counted from the Fermi level of a number of electrons per cell.

    Raises
    ------
    InputError
        as `fermi_level`
    """
    level = fermi_level(hamiltonian, electrons)
    assert isinstance(hamiltonian, LatticeHamiltonian)
    hoppings = np.array(hamiltonian.hoppings)
    home = len(hoppings) // 2  # of cells that are closed under R → −R and sorted
    hoppings[home] -= level.energy * np.eye(hamiltonian.size)
    note = (
        f"energies are counted from the Fermi level of {electrons:g} electrons per cell, {level} of the model"
    )
    return replace(hamiltonian, hoppings=hoppings, notes=(*hamiltonian.notes, note))


def _energies(hamiltonian: LatticeHamiltonian, mesh: int) -> Float:
    """Energies (mesh, ..., N) on a mesh over the zone that begins at Γ."""
    d = hamiltonian.dimension
    u = np.stack(np.meshgrid(*[np.arange(mesh) / mesh] * d, indexing="ij"), axis=-1).reshape(-1, d)
    k = u @ hamiltonian.reciprocal[:d]
    found = [_eigenvalues(hamiltonian.hamiltonian(k[i : i + _BLOCK])) for i in range(0, len(k), _BLOCK)]
    return np.concatenate(found).reshape(*[mesh] * d, -1)


def _eigenvalues(matrices: Complex) -> Float:
    return np.asarray(np.linalg.eigvalsh(matrices))


def _level(energy: Float, electrons: float) -> tuple[float, float]:
    """Highest energy below which there are fewer electrons per cell, and lowest above which there are more, eV."""
    full, energy = _near(energy, electrons)
    corners = _simplices(energy)
    total = len(corners) / energy.shape[-1]
    slack = 1e-9 * electrons
    low, high = (_reached(corners, (electrons - full + one) * total) for one in (-slack, slack))
    middle = (low + high) / 2
    lower = corners[:, -1] <= middle
    if low == high or not np.all(lower | (corners[:, 0] >= middle)):
        return middle, middle
    # The count leaves off a little beyond the edges of a gap.
    return float(corners[lower, -1].max()), float(corners[~lower, 0].min())


def _reached(corners: Float, wanted: float) -> float:
    """Energy at which a number of simplices is filled, by bisection of those that are neither full nor empty, eV."""
    low, high = float(corners[:, 0].min()), float(corners[:, -1].max())
    while high - low > 1e-8:
        middle = (low + high) / 2
        full, empty = corners[:, -1] <= middle, corners[:, 0] >= middle
        whole = np.count_nonzero(full)
        if whole + _filled(corners[~full & ~empty], middle).sum() > wanted:
            high, corners = middle, corners[~empty]
        else:
            low, corners, wanted = middle, corners[~full], wanted - whole
    return (low + high) / 2


def _near(energy: Float, electrons: float) -> tuple[int, Float]:
    """Number of bands that are full for sure, and the energies of those that may be full in part."""
    size = energy.shape[-1]
    flat = energy.reshape(-1, size)
    about = np.partition(flat.ravel(), count := min(int(electrons * len(flat)), flat.size - 1))[count]
    first = min(int(np.count_nonzero(flat.max(axis=0) < about - _NEAR)), math.floor(electrons - 1e-9))
    last = max(int(np.count_nonzero(flat.min(axis=0) < about + _NEAR)), math.floor(electrons) + 1)
    return first, energy[..., first:last]


def _simplices(energy: Float) -> Float:
    """Energies (simplices · N, d + 1), rising, at the corners of the simplices that each cell of a mesh is cut into."""
    d = energy.ndim - 1
    corners = []
    for order in itertools.permutations(range(d)):
        moved, row = energy, [energy]
        for axis in order:
            moved = np.roll(moved, -1, axis=axis)
            row.append(moved)
        corners.append(np.stack(row, axis=-1).reshape(-1, d + 1))
    return np.sort(np.concatenate(corners), axis=1)


def _filled(corners: Float, energy: float) -> Float:
    """Parts (n,) of simplices that lie below an energy between their lowest and highest corner.

    Σ_i (E − e_i)^d / Π_{j≠i} (e_j − e_i) over the corners below E, from the end that has fewer of them.
    """
    d = corners.shape[1] - 1
    spread = 1e-9 * (corners[:, -1:] - corners[:, :1]) + 1e-13
    corners = corners + spread * np.arange(d + 1)  # corners of one energy have no closed form
    below = corners < energy
    few = 2 * below.sum(axis=1) <= d + 1
    differences = corners[:, None, :] - corners[:, :, None] + np.eye(d + 1)
    terms = (energy - corners) ** d / differences.prod(axis=2)
    lower = np.sum(terms, axis=1, where=below)
    upper = np.sum(terms, axis=1, where=~below)
    return np.asarray(np.clip(np.where(few, lower, 1 - upper), 0.0, 1.0))
