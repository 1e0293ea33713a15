"""Internal states that packets in a group of bands start in, the same bits on every CPU.

States come from our own batched solver. What is made of them here is added and multiplied number by number, real and
imaginary part apart: libraries, and numpy's product of complex numbers, round as the CPU allows.
"""

import numpy as np

from wavepacket.arrays import Complex, Float, Integer

__all__ = [
    "combined",
    "eigenstates_within",
    "expectation",
    "group_states",
    "spins_within",
    "times",
    "unit_vectors",
]


def group_states(integers: Integer, reals: Float, k: Float, size: int) -> tuple[Float, Float]:
    """Energies (n, G), eV, by rising order and states (n, G, N, 2), (Re, Im), of a group at k (n, 3), 1/Å.

    Parameters
    ----------
    integers, reals : arrays of ``kernels/bands/group_states.py``
    size : number of its bands, G
    """
    from wavepacket.kernels.bands.group import scratch_size  # compiled when first needed
    from wavepacket.kernels.bands.group_start import group_frames

    orbitals = int(integers[1])
    energy, frames = np.empty((len(k), size)), np.empty((len(k), size, orbitals, 2))
    scratch = np.zeros(scratch_size(orbitals, int(integers[3]), bool(integers[-3])))
    group_frames(integers, reals, scratch, np.ascontiguousarray(k), energy, frames)
    return energy, frames


def spins_within(operators: Complex, frames: Float) -> Float:
    """Matrix elements ⟨a|O|b⟩ (m, n, G, G, 2) of Hermitian operators (m, N, N) between states (n, G, N, 2)."""
    number, size = frames.shape[:2]
    found = np.zeros((len(operators), number, size, size, 2))
    left = frames[:, :, None]
    for operator, target in zip(operators, found, strict=True):
        for i, j in zip(*np.nonzero(operator), strict=True):
            image = times(np.array([operator[i, j].real, operator[i, j].imag]), frames[:, None, :, j])
            bra = left[:, :, :, i] * np.array([1.0, -1.0])
            target += times(bra, image)
    return found


def eigenstates_within(matrices: Float) -> tuple[Float, Float]:
    """Eigenvalues (n, G) by rising order and eigenvectors (n, G, G, 2) of Hermitian matrices (n, G, G, 2)."""
    from wavepacket.kernels.bands.group_start import eigenstates  # compiled when first needed

    values, vectors = np.empty(matrices.shape[:2]), np.empty(matrices.shape)
    eigenstates(np.ascontiguousarray(matrices), values, vectors)
    return values, vectors


def combined(parts: Float, frames: Float) -> Float:
    """States (n, 2N), (Re, Im) of each orbital, of components (n, G, 2) along states (n, G, N, 2)."""
    found = np.zeros((len(frames), *frames.shape[2:]))
    for b in range(frames.shape[1]):
        found += times(parts[:, None, b], frames[:, b])
    return found.reshape(len(frames), -1)


def unit_vectors(vectors: Float) -> Float:
    """Vectors (n, 3) of length 1; zero stays zero."""
    square = vectors[:, 0] ** 2 + vectors[:, 1] ** 2 + vectors[:, 2] ** 2
    return np.asarray(vectors / np.maximum(np.sqrt(square), 1e-300)[:, None])


def expectation(operators: Complex, u: Float) -> Float:
    """⟨u|O|u⟩ (..., m) of Hermitian operators (m, N, N) in states (..., 2N), which are (Re, Im) of each orbital."""
    re, im = u[..., 0::2], u[..., 1::2]
    found = np.zeros((*u.shape[:-1], len(operators)))
    for number, operator in enumerate(operators):
        for i, j in zip(*np.nonzero(np.triu(operator)), strict=True):
            element, factor = operator[i, j], 1.0 if i == j else 2.0
            real = re[..., i] * re[..., j] + im[..., i] * im[..., j]
            imaginary = re[..., i] * im[..., j] - im[..., i] * re[..., j]
            found[..., number] += factor * (element.real * real - element.imag * imaginary)
    return found


def times(left: Float, right: Float) -> Float:
    """Product of complex numbers (..., 2)."""
    a, b, c, d = left[..., 0], left[..., 1], right[..., 0], right[..., 1]
    return np.stack([a * c - b * d, a * d + b * c], axis=-1)
