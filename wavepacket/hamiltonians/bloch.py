"""Sums over cells with the orbital positions in the phase, vectorised over wavevectors."""

import numpy as np

from wavepacket.arrays import Complex, Float

_BLOCK = 1 << 21
"""Phases held at once (32 MiB): any number of wavevectors runs in bounded memory beside its result."""


def bloch_sum(k: Float, translations: Float, sites: Float, matrices: Complex) -> Complex:
    """Return Σ_R M_ij(R) e^{ik·(R+τ_j−τ_i)}.

    Parameters
    ----------
    k : (n, 3), 1/Å
    translations : (nR, 3) lattice translations R, Å
    sites : (N, 3) orbital positions τ, Å
    matrices : (nR, ..., N, N)

    Returns
    -------
    (n, ..., N, N)
    """
    flat = matrices.reshape(len(matrices), -1)
    result = np.empty((len(k), *matrices.shape[1:]), dtype=np.complex128)
    middle = (1,) * (matrices.ndim - 3)
    rows = max(1, _BLOCK // len(translations))
    for start in range(0, len(k), rows):
        block = k[start : start + rows]
        sums = (np.exp(1j * (block @ translations.T)) @ flat).reshape(len(block), *matrices.shape[1:])
        frame = np.exp(1j * (block @ sites.T))
        phase = np.conj(frame)[:, :, None] * frame[:, None, :]
        result[start : start + rows] = sums * phase.reshape(len(block), *middle, *phase.shape[1:])
    return result


def differentiated(translations: Float, sites: Float, matrices: Complex) -> Complex:
    """Return i(R+τ_j−τ_i)_a M_ij(R), (nR, 3, ..., N, N): the matrices whose Bloch sum is the k-gradient."""
    between = (sites[None, :, :] - sites[:, None, :]).transpose(2, 0, 1)
    displacement = translations[:, :, None, None] + between
    middle = (1,) * (matrices.ndim - 3)
    return (
        1j
        * displacement.reshape(*displacement.shape[:2], *middle, *displacement.shape[2:])
        * matrices[:, None]
    )
