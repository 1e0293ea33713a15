"""Band source that diagonalises at every k: any number of bands, with or without position elements."""

import numpy as np

from wavepacket.arrays import Complex, Float, Integer
from wavepacket.bands.source import Band
from wavepacket.hamiltonians import Hamiltonian, KPHamiltonian


def direct(hamiltonian: Hamiltonian, index: int, *, position_elements: bool = True) -> Band:
    """Band ``index`` by diagonalisation at each k.

    With ``position_elements`` the elements r(R) of the Hamiltonian, where it has any, enter Ω in full and m within the
    space of the basis states; without, only the orbital positions do.
    """
    from wavepacket.kernels.bands import direct as kernels  # compiled when first needed

    lattice = not isinstance(hamiltonian, KPHamiltonian)
    integers, reals = direct_arrays(hamiltonian, index, position_elements=position_elements)
    return Band(
        hamiltonian, index, "direct", kernels.direct_lattice_geometry if lattice else kernels.direct_polynomial_geometry,
        integers, reals, kernels.scratch_size(hamiltonian.size, (1 + lattice) * int(integers[3])),
    )  # fmt: skip


def direct_arrays(
    hamiltonian: Hamiltonian, index: int = 0, *, position_elements: bool = True
) -> tuple[Integer, Float]:
    """Integers and reals of ``kernels/bands/matrices.py``."""
    size = hamiltonian.size
    if isinstance(hamiltonian, KPHamiltonian):
        header = [0, size, index, len(hamiltonian.powers), 0, *hamiltonian.powers.ravel()]
        reals = [np.zeros(3 * size), _table(hamiltonian.matrices[:, None])]
    else:
        matrices = [hamiltonian.hoppings]
        if position_elements and hamiltonian.position_matrices is not None:
            matrices += list(np.moveaxis(hamiltonian.position_matrices, 1, 0))
        half = half_of_cells(hamiltonian.cells)
        header = [0, size, index, len(half), int(len(matrices) > 1)]
        reals = [hamiltonian.translations[half].ravel(), hamiltonian.sites.ravel()]
        reals += [_table(cosines_and_sines(each, half)) for each in matrices]
    return np.array(header, dtype=np.int64), np.concatenate(reals)


def half_of_cells(cells: Integer) -> Integer:
    """Places of R = 0 and of one of each pair ±R; cells are sorted and closed under R → −R."""
    return np.arange(len(cells) // 2, len(cells))


def cosines_and_sines(matrices: Complex, half: Integer) -> Complex:
    """What stands before cos k·R and sin k·R, (pairs, 2, N, N)."""
    plus, minus = matrices[half], matrices[len(matrices) - 1 - half]
    minus = np.where((half == len(matrices) // 2)[:, None, None], 0.0, minus)
    return np.stack([plus + minus, 1j * (plus - minus)], axis=1)


def _table(matrices: Complex) -> Float:
    """Matrices (.., .., N, N) of a sum over the first two axes as a table of kernels/bands/matrices.py."""
    pairs = lower_triangles(matrices)
    return pairs.reshape(-1, pairs.shape[-1]).T.ravel()


def lower_triangles(matrices: Complex) -> Float:
    """Lower triangles of matrices (..., N, N), row by row, as (re, im) pairs (..., N (N + 1))."""
    entries = matrices[..., *np.tril_indices(matrices.shape[-1])]
    return np.stack([entries.real, entries.imag], axis=-1).reshape(*entries.shape[:-1], -1)
