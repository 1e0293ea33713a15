"""Energies, Ω and m against WannierBerri, an independent code, from the same files at random wavevectors.

WannierBerri's m needs ⟨0|H r|R⟩ and ⟨0|r H r|R⟩, which no `_tb.dat` holds. They are made here of products of H(R) and r(R),
that is, with only the Wannier functions as intermediate states: the approximation in which our m is defined.
"""

import itertools

import numpy as np
import pytest

from tests.reference.random_crystal import random_crystal
from tests.reference.wannier_text import tb_text
from wavepacket.bands import direct
from wavepacket.hamiltonians import read_tb, write_tb
from wavepacket.units import BOHR_MAGNETON

berri = pytest.importorskip("wannierberri", reason="WannierBerri is not installed")

ENERGY, GEOMETRY = 1e-9, 1e-6
"""Relative; both codes are far better on crystals without nearly degenerate bands."""


def system_of(path, **options):
    return berri.system.System_tb(tb_file=str(path), berry=True, **options)


def at(system, k, kind=None):
    """Return WannierBerri's data at one reduced wavevector."""
    from wannierberri.data_K import get_data_k_class_from_system

    grid = berri.Grid(system=system, NK=1, NKFFT=1)
    return (kind or get_data_k_class_from_system(system))(system, grid=grid, dK=np.array(k))


def diagonal(formula, groups, size):
    """Return the trace of a formula over each group of bands, (groups, 3)."""
    rows = []
    for group in groups:
        rest = [n for n in range(size) if n not in group]
        rows.append(np.trace(formula.nn(0, np.array(group), np.array(rest, dtype=int))).real)
    return np.array(rows)


def compare(crystal, system, points, groups, seed=0):
    """Return the largest relative differences (energies, Ω) over random k; Ω is summed over groups of bands."""
    from wannierberri.formula import covariant

    reduced = np.random.default_rng(seed).uniform(-0.5, 0.5, (points, 3))
    bands = [direct(crystal, n).geometry(reduced @ crystal.reciprocal) for n in range(crystal.size)]
    energy, curvature = np.array([b.energy for b in bands]), np.array([b.berry_curvature for b in bands])
    worst = [0.0, 0.0]
    for i, k in enumerate(reduced):
        data = at(system, k)
        worst[0] = max(worst[0], np.abs(energy[:, i] - data.E_K[0]).max() / np.abs(energy[:, i]).max())
        theirs = diagonal(covariant.Omega(data), groups, crystal.size)
        members = [curvature[list(group), i] for group in groups]
        ours = np.array([each.sum(axis=0) for each in members])
        # In the sum over a pair the terms between its members cancel: rounding follows the size of what is summed.
        sizes = [np.linalg.norm(each, axis=1).max() for each in members]
        worst[1] = max(worst[1], (np.linalg.norm(ours - theirs, axis=1) / sizes).max())
    return worst


def each(crystal):
    return [(n,) for n in range(crystal.size)]


@pytest.mark.parametrize(
    ("seed", "size", "degeneracy"),
    [(2, 3, 4), (3, 5, 1), *(pytest.param(*each, marks=pytest.mark.full) for each in ((1, 2, 1), (4, 8, 2)))],
)
def test_random_files(tmp_path, seed, size, degeneracy):
    path = tmp_path / "seed_tb.dat"
    path.write_text(tb_text(random_crystal(seed, size=size), degeneracy))
    crystal = read_tb(path)
    energy, curvature = compare(crystal, system_of(path), 300, each(crystal), seed=seed)
    assert energy < ENERGY
    assert curvature < GEOMETRY


@pytest.mark.full
def test_silicon(shared_file, tmp_path):
    """The second file after its minimal distances, which WannierBerri does not read from `_wsvec.dat`."""
    plain, spread = (read_tb(shared_file(f"si_valence/{seed}_tb.dat")) for seed in ("ws", "mdrs"))
    written = write_tb(spread, tmp_path / "mdrs_tb.dat")
    for crystal, path in ((plain, shared_file("si_valence/ws_tb.dat")), (spread, written)):
        energy, curvature = compare(crystal, system_of(path), 300, each(crystal))
        assert energy < ENERGY
        assert curvature < GEOMETRY


def test_gallium_arsenide(gaas_file):
    """Single bands have partners at 1e-6 eV and Ω up to 1e3 Å² from that gap; both codes agree even there."""
    crystal = read_tb(gaas_file)
    pairs = [(n, n + 1) for n in range(0, crystal.size, 2)]
    energy, curvature = compare(crystal, system_of(gaas_file), 200, [*each(crystal), *pairs])
    assert energy < ENERGY
    assert curvature < GEOMETRY


def products(crystal):
    """Return all cells in reach and H, r, H·r, r·H·r and r·r over them, as WannierBerri lays them out."""
    cells = [tuple(cell) for cell in crystal.cells.tolist()]
    position = [dict(zip(cells, crystal.position_matrices[:, a], strict=True)) for a in range(3)]
    hoppings = dict(zip(cells, crystal.hoppings, strict=True))
    energy_position = [multiplied(hoppings, r) for r in position]
    pairs = [(1, 2), (2, 0), (0, 1)]

    def curl(left, right):
        tables = [(multiplied(left[a], right[b]), multiplied(left[b], right[a])) for a, b in pairs]
        return [{cell: 1j * (one[cell] - other[cell]) for cell in one} for one, other in tables]

    moments, curvature = curl(position, energy_position), curl(position, position)
    every = sorted(moments[0])
    empty = np.zeros((crystal.size, crystal.size))

    def stacked(tables):
        return np.stack([[table.get(cell, empty) for cell in every] for table in tables], axis=-1)

    vectors = {"AA": position, "BB": energy_position, "CC": moments, "OO": curvature}
    matrices = {name: stacked(tables) for name, tables in vectors.items()}
    return np.array(every), {"Ham": stacked([hoppings])[..., 0]} | matrices


def multiplied(left, right):
    """Return the product of two operators given by their matrices over cells."""
    result = {}
    for (a, x), (b, y) in itertools.product(left.items(), right.items()):
        cell = tuple(i + j for i, j in zip(a, b, strict=True))
        result[cell] = result.get(cell, 0) + x @ y
    return result


@pytest.mark.parametrize(("seed", "size"), [(3, 3), pytest.param(1, 2, marks=pytest.mark.full)])
def test_moment_within_the_space_of_the_wannier_functions(tmp_path, seed, size):
    from wannierberri.data_K import get_data_k_class_from_system
    from wannierberri.factors import factor_morb_evA2_to_muB as to_bohr_magnetons
    from wannierberri.formula import covariant
    from wannierberri.fourier.rvectors import Rvectors

    crystal = random_crystal(seed, size=size)
    system = system_of(write_tb(crystal, tmp_path / "seed_tb.dat"))
    cells, matrices = products(crystal)
    system._XX_R = {}
    system.rvec = Rvectors(system.real_lattice, iRvec=cells, shifts_left_red=system.wannier_centers_red)
    for name, matrix in matrices.items():
        system.set_R_mat(name, matrix)

    class Projected(get_data_k_class_from_system(system)):
        """i r×r in place of the exact curl of the Wannier functions' connection."""

        def rotAA(self):
            return self.rvec.apply_expdK(self.system.get_R_mat("OO"))

    reduced = np.random.default_rng(seed).uniform(-0.5, 0.5, (200, 3))
    k = reduced @ crystal.reciprocal
    for elements in (True, False):
        bands = [direct(crystal, n, position_elements=elements).geometry(k) for n in range(size)]
        ours = np.array([b.orbital_moment for b in bands]) / BOHR_MAGNETON
        for i, x in enumerate(reduced):
            formula = covariant.morb(at(system, x, Projected), external_terms=elements)
            theirs = diagonal(formula, each(crystal), size) * to_bohr_magnetons
            scale = np.linalg.norm(ours[:, i], axis=1)
            assert np.all(np.linalg.norm(ours[:, i] - theirs, axis=1) < GEOMETRY * scale)
