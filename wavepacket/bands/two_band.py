"""Closed-form band source of Hamiltonians with one or two bands."""

from dataclasses import dataclass

import numpy as np

from wavepacket.arrays import Complex, Float, Integer
from wavepacket.bands.source import Band
from wavepacket.hamiltonians import Hamiltonian, KPHamiltonian, LatticeHamiltonian


@dataclass(frozen=True, eq=False)
class TwoBandTerms:
    """H(k) = Σ_h (α_h cos θ_h + β_h sin θ_h)·(1, σ) over half of the cells, θ_h = k·R_h.

    Attributes
    ----------
    sign : −1 for the lower, 1 for the upper band, 0 for a single one
    distance : (3,) τ_2 − τ_1 in lattice vectors
    cells : (n, 3)
    cosine, sine : (n, 4) α and β, eV

    """

    sign: float
    distance: Float
    cells: Integer
    cosine: Float
    sine: Float


def two_band(hamiltonian: Hamiltonian, index: int) -> Band:
    """Band ``index`` of a one- or two-band Hamiltonian, H-only: no position elements beyond the orbital positions."""
    if hamiltonian.size > 2:
        raise ValueError(f"the closed form is for one or two bands, not {hamiltonian.size}")
    if isinstance(hamiltonian, LatticeHamiltonian):
        return _lattice(hamiltonian, index)
    return _polynomial(hamiltonian, index)


def _sign(hamiltonian: Hamiltonian, index: int) -> float:
    return 0.0 if hamiltonian.size == 1 else (-1.0, 1.0)[index]


def two_band_terms(hamiltonian: LatticeHamiltonian, index: int) -> TwoBandTerms:
    """The terms of a lattice that are not zero."""
    half = len(hamiltonian.cells) // 2
    cells = hamiltonian.cells[half:]  # R = 0 and one of each pair ±R: cells are sorted
    matrices = hamiltonian.hoppings[half:].copy()
    matrices[0] *= 0.5
    cosine, sine = pauli_vector(matrices)
    used = np.any(cosine != 0.0, axis=1) | np.any(sine != 0.0, axis=1)
    distance = np.zeros(3)
    if hamiltonian.size == 2:
        distance = hamiltonian.positions[1] - hamiltonian.positions[0]
    return TwoBandTerms(_sign(hamiltonian, index), distance, cells[used], cosine[used], sine[used])


def pauli_vector(matrices: Complex) -> tuple[Float, Float]:
    """Coefficients (n, 4) of 1, σ_x, σ_y, σ_z in M e^{iθ} + M† e^{-iθ}, of cos θ and of sin θ."""
    if matrices.shape[1] == 1:
        full = np.zeros((len(matrices), 2, 2), dtype=np.complex128)
        full[:, 0, 0] = full[:, 1, 1] = matrices[:, 0, 0]
        matrices = full
    even = matrices + np.conj(np.swapaxes(matrices, 1, 2))
    odd = 1j * (matrices - np.conj(np.swapaxes(matrices, 1, 2)))

    def components(hermitian: Complex) -> Float:
        d0 = 0.5 * (hermitian[:, 0, 0] + hermitian[:, 1, 1]).real
        dz = 0.5 * (hermitian[:, 0, 0] - hermitian[:, 1, 1]).real
        return np.stack([d0, hermitian[:, 0, 1].real, -hermitian[:, 0, 1].imag, dz], axis=1)

    return components(even), components(odd)


def _directions(dimension: int, distance: Float) -> int:
    """Directions that anything depends on; a chain counts as a plane, and a buckled plane has Ω and m in the plane."""
    return 3 if distance[2] != 0.0 else max(dimension, 2)


def _lattice(hamiltonian: LatticeHamiltonian, index: int) -> Band:
    from wavepacket.kernels.bands import lattice as kernels  # compiled when first needed

    terms = two_band_terms(hamiltonian, index)
    directions = _directions(hamiltonian.dimension, terms.distance)
    highest = max(1, int(np.abs(terms.cells).max(initial=0)))
    amplitudes = np.concatenate([terms.cosine, terms.sine], axis=1)
    return Band(
        hamiltonian,
        index,
        "two_band",
        kernels.lattice_kernel(directions),
        np.concatenate([[0, len(terms.cells), highest, 0], terms.cells.ravel()]).astype(np.int64),
        np.concatenate([[terms.sign], terms.distance, hamiltonian.lattice.ravel(), amplitudes.ravel()]),
        kernels.scratch_size(directions, highest),
    )


def _polynomial(hamiltonian: KPHamiltonian, index: int) -> Band:
    from wavepacket.kernels.bands import polynomial as kernels  # compiled when first needed

    coefficients, _ = pauli_vector(0.5 * hamiltonian.matrices)
    directions = _directions(hamiltonian.dimension, np.zeros(3))
    highest = max(1, int(hamiltonian.powers.max()))
    header = [0, len(hamiltonian.powers), highest, 0]
    return Band(
        hamiltonian,
        index,
        "two_band",
        kernels.polynomial_kernel(directions),
        np.concatenate([header, hamiltonian.powers.ravel()]).astype(np.int64),
        np.concatenate([[_sign(hamiltonian, index)], np.eye(3).ravel(), coefficients.ravel()]),
        kernels.scratch_size(directions, highest),
    )
