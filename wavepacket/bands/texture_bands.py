"""Bands of H(k, λ(r, t)) of N orbitals in the plane, in the form that their right-hand side in a texture reads."""

from dataclasses import replace

import numpy as np

from wavepacket.arrays import Complex, Float, Integer
from wavepacket.bands.direct import cosines_and_sines, direct, half_of_cells, lower_triangles
from wavepacket.bands.source import Band
from wavepacket.hamiltonians import KPHamiltonian, LatticeHamiltonian
from wavepacket.hamiltonians.arrays import combined
from wavepacket.hamiltonians.profiles import profile_table
from wavepacket.hamiltonians.texture import TexturedCrystal, on_cells

__all__ = ["factors_begin", "phase_arrays", "phase_scratch", "texture_bands"]


def texture_bands(crystal: TexturedCrystal, here: LatticeHamiltonian | KPHamiltonian, index: int) -> Band:
    """Band ``index`` of a crystal with textures, of any number of orbitals; ``here`` is the crystal at r = 0 and t = 0."""
    band = direct(here, index, position_elements=False)
    integers, reals = phase_arrays(crystal, (index, index), (band.integers, band.reals))
    size = max(band.scratch_size, phase_scratch(integers))
    return replace(band, kind="texture_direct", integers=integers, reals=reals, scratch_size=size)


def phase_arrays(
    crystal: TexturedCrystal, bands: tuple[int, int], behind: tuple[Integer, Float], *, internal: bool = False
) -> tuple[Integer, Float]:
    """Arrays of ``kernels/bands/phase_matrices.py`` for a first and a last band, behind those of the crystal at one place.

    ``internal``: whether packets have an internal state.
    """
    every, lattice = (crystal.base, *crystal.terms), isinstance(crystal.base, LatticeHamiltonian)
    places, table = _lattice(every) if lattice else _polynomial(every)
    there = np.argwhere(np.any(table != 0.0, axis=(2, 3)))  # (function of k, λ), in the order of both
    columns = lower_triangles(table[there[:, 0], there[:, 1]]).T
    front, numbers = behind
    size, begin = crystal.base.size, len(front)
    header = [
        size, *bands, int(internal), int(lattice), len(places), len(there), len(crystal.terms), len(crystal.textures),
        len(numbers), *there.ravel(),
    ]  # fmt: skip
    own: list[Float] = [np.ones(4)]
    if isinstance(crystal.base, LatticeHamiltonian):
        own += [combined(places, crystal.base.lattice).ravel(), crystal.base.sites.ravel()]
    own += [columns.ravel(), profile_table(crystal.textures).ravel()]
    powers = [] if lattice else places.ravel().tolist()
    integers = np.concatenate([front, header, powers, [begin]]).astype(np.int64)
    return integers, np.concatenate([numbers, *own])


def factors_begin(integers: Integer) -> int:
    """Where the factors of the terms in the equations begin in the reals of `phase_arrays`."""
    from wavepacket.kernels.bands.phase_matrices import BEGIN, FACTORS  # compiled when first needed

    return int(integers[integers[-1] + BEGIN] + FACTORS)


def phase_scratch(integers: Integer) -> int:
    """Numbers of scratch space that arrays of `phase_arrays` need."""
    from wavepacket.kernels.bands import phase_matrices as place  # compiled when first needed
    from wavepacket.kernels.bands.phase_group import scratch_size
    from wavepacket.kernels.motion.profiles import JET

    size, terms, lattice, columns, lambdas = integers[integers[-1] :][
        [place.SIZE, place.TERMS, place.LATTICE, place.COLUMNS, place.LAMBDAS]
    ].tolist()
    return int(scratch_size(size, terms, lattice, columns, lambdas, JET))


def _polynomial(every: tuple[LatticeHamiltonian | KPHamiltonian, ...]) -> tuple[Integer, Complex]:
    """Powers (n, 3) and matrices (n, 1 + P, N, N)."""
    polynomials = [each for each in every if isinstance(each, KPHamiltonian)]
    powers = sorted({tuple(power) for each in polynomials for power in each.powers.tolist()})
    size = polynomials[0].size
    found = np.zeros((len(powers), len(every), size, size), dtype=np.complex128)
    for i, each in enumerate(polynomials):
        for power, matrix in zip(each.powers.tolist(), each.matrices, strict=True):
            found[powers.index(tuple(power)), i] = matrix
    return np.array(powers), found


def _lattice(every: tuple[LatticeHamiltonian | KPHamiltonian, ...]) -> tuple[Integer, Complex]:
    """Cells (n, 3), R = 0 and one of each pair, and matrices (2n, 1 + P, N, N) of cosines and sines."""
    lattices = [each for each in every if isinstance(each, LatticeHamiltonian)]
    cells = np.array(sorted({tuple(cell) for each in lattices for cell in each.cells.tolist()}))
    half, size = half_of_cells(cells), lattices[0].size
    found = [cosines_and_sines(on_cells(each, list(map(tuple, cells.tolist()))), half) for each in lattices]
    return cells[half], np.stack([each.reshape(-1, size, size) for each in found], axis=1)
