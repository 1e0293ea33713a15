"""Spin of every band at wavevectors."""

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Float
from wavepacket.bandstructure.quantities import DEGENERATE, band_levels
from wavepacket.hamiltonians import Hamiltonian

__all__ = ["spin_vectors"]

_BLOCK = 1 << 20  # complex numbers of S held at once


def spin_vectors(hamiltonian: Hamiltonian, k: npt.ArrayLike) -> Float:
    """⟨S⟩ (n, N, 3), ħ, of all bands at wavevectors (n, 3), 1/Å.

    Bands that coincide everywhere have the mean of them all, in which their mixing cancels; NaN where a band touches
    another one.

    Raises
    ------
    InputError
        the spin of the crystal is not known
    """
    k = np.atleast_2d(np.asarray(k, dtype=np.float64))
    step = max(1, _BLOCK // (3 * hamiltonian.size**2))
    parts = [_of_bands(hamiltonian, k[first : first + step]) for first in range(0, len(k), step)]
    energy, spin = (np.concatenate(each) for each in zip(*parts, strict=True))
    for level in band_levels(hamiltonian):
        inside = slice(level[0], level[-1] + 1)
        spin[:, inside] = spin[:, inside].mean(axis=1, keepdims=True)
        for outside, edge in ((level[0] - 1, level[0]), (level[-1] + 1, level[-1])):
            if 0 <= outside < hamiltonian.size:
                spin[np.abs(energy[:, outside] - energy[:, edge]) <= DEGENERATE, inside] = np.nan
    return spin


def _of_bands(hamiltonian: Hamiltonian, k: Float) -> tuple[Float, Float]:
    energy, states = np.linalg.eigh(hamiltonian.hamiltonian(k))
    turned = hamiltonian.spin_at(k) @ states[:, None]
    return energy, np.einsum("nib,nsib->nbs", np.conj(states), turned).real
