"""Wavevectors that are images of each other under the operations of a crystal: the level has one value at all of them.

An operation g takes k to gk (to −gk with time reversal). The level 𝓔 = ε − m·B is the same there where g leaves B alone as
an axial vector, and its slope turns with k.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from wavepacket.arrays import Float, Integer
from wavepacket.bands.table_symmetry import Operation, operations_of
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian

__all__ = ["Images", "Orbits", "images_of"]

_LEAST_BANDS = 3  # fewer have closed forms, which take less time than the search for images
_DIGITS = 20  # binary, of reduced coordinates: what is equal to these is compared in full
_SAME = 1e-12  # in reduced coordinates
_KEPT = 1e-9  # of B
_PROBES, _HOLDS = 4, 1e-10  # wavevectors, and eV by which an operation that holds may change a level


@dataclass(frozen=True, eq=False)
class Orbits:
    """n wavevectors by the one of their images that comes first among them.

    Attributes
    ----------
    first : (m,) places of those
    which : (n,) place of its image among ``first``
    turn : (n, 3, 3) matrices that take slopes at that image to slopes at each wavevector
    """

    first: Integer
    which: Integer
    turn: Float


@dataclass(frozen=True, eq=False)
class Images:
    """Operations that keep a level."""

    crystal: LatticeHamiltonian
    operations: Sequence[Operation]

    def keys(self, k: Float) -> tuple[Integer, Float, Integer]:
        """Of wavevectors (n, 3) the image with the lowest coordinates: digits (n,), itself (n, 3), operation (n,)."""
        x = k @ np.linalg.inv(self.crystal.reciprocal)
        key, which = np.full(len(k), np.iinfo(np.int64).max), np.zeros(len(k), dtype=np.int64)
        image = np.zeros_like(x)
        cells = 1 << _DIGITS
        for number, one in enumerate(self.operations):
            there = x @ one.reduced
            digits = np.rint(there * cells).astype(np.int64) & (cells - 1)
            own = (digits[:, 0] << 2 * _DIGITS) | (digits[:, 1] << _DIGITS) | digits[:, 2]
            lower = own < key
            key[lower], which[lower], image[lower] = own[lower], number, there[lower]
        return key, image, which

    def orbits(self, k: Float) -> Orbits:
        """Sort wavevectors (n, 3), 1/Å."""
        key, image, operation = self.keys(k)
        _, first, which = np.unique(key, return_index=True, return_inverse=True)
        away = image - image[first[which]]
        alone = np.flatnonzero(np.abs(away - np.rint(away)).max(axis=1, initial=0.0) > _SAME)
        which[alone] = len(first) + np.arange(len(alone))
        first = np.concatenate([first, alone])
        moved = np.array([one.moved for one in self.operations])
        own, other = moved[operation], moved[operation[first[which]]]
        return Orbits(first, which, own.swapaxes(1, 2) @ other)


def images_of(hamiltonian: Hamiltonian, magnetic: Float, energy: Callable[[Float], Float]) -> Images | None:
    """Operations that keep a level in a field B (3,), T; None where there are none, or they save no time.

    Parameters
    ----------
    energy : of wavevectors (n, 3), eV; operations are put to the test with it
    """
    if not isinstance(hamiltonian, LatticeHamiltonian) or hamiltonian.size < _LEAST_BANDS:
        return None
    bound = _KEPT * float(np.linalg.norm(magnetic))
    kept = [
        one for one in operations_of(hamiltonian) if np.abs(one.axial @ magnetic - magnetic).max() <= bound
    ]
    probes = np.random.default_rng(12).uniform(0.0, 1.0, (_PROBES, 3))
    probes[:, hamiltonian.dimension :] = 0.0
    here = energy(probes @ hamiltonian.reciprocal)
    held = [
        one
        for one in kept
        if np.abs(energy(probes @ one.reduced @ hamiltonian.reciprocal) - here).max() <= _HOLDS
    ]
    return Images(hamiltonian, held) if len(held) > 1 else None
