"""Writer of `_tb.dat` and `_hr.dat`: what is written is read back, here and by other programs."""

import numpy as np
import pytest

from tests.reference.random_crystal import random_crystal
from wavepacket.errors import InputError
from wavepacket.hamiltonians import (
    CATALOGUE,
    LatticeHamiltonian,
    haldane,
    massive_dirac,
    read_hr,
    read_tb,
    write_hr,
    write_tb,
)

CRYSTALS = [
    random_crystal(4, size=3),
    random_crystal(2, size=2, dimension=2, with_positions=False),
    random_crystal(5, size=1, dimension=1),
    haldane(t2=0.2, staggered=0.3),
]
REDUCED = np.random.default_rng(8).uniform(-1, 1, (12, 3))
ULP = 1e-15
"""Seventeen digits return every float; Cartesian centres and back cost two roundings of numbers of order one."""


@pytest.mark.parametrize("crystal", CRYSTALS, ids=str)
def test_a_crystal_comes_back_from_tb(tmp_path, crystal):
    read = read_tb(write_tb(crystal, tmp_path / "a_tb.dat"), periodic=crystal.periodic)
    np.testing.assert_array_equal(read.lattice, crystal.lattice)
    np.testing.assert_array_equal(read.cells, crystal.cells)
    np.testing.assert_array_equal(read.hoppings, crystal.hoppings)
    np.testing.assert_allclose(read.positions, crystal.positions, atol=ULP)
    if crystal.position_matrices is None:
        assert read.position_matrices is None
    else:
        np.testing.assert_array_equal(read.position_matrices, crystal.position_matrices)


@pytest.mark.parametrize("crystal", CRYSTALS, ids=str)
def test_a_crystal_comes_back_from_hr(tmp_path, crystal):
    files = write_hr(crystal, tmp_path / "a_hr.dat")
    assert [path.name for path in files] == ["a_hr.dat", "a.win", "a_centres.xyz"]
    read = read_hr(files[0], periodic=crystal.periodic)
    np.testing.assert_array_equal(read.lattice, crystal.lattice)
    np.testing.assert_array_equal(read.hoppings, crystal.hoppings)
    np.testing.assert_allclose(read.positions, crystal.positions, atol=ULP)


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_lattice_of_the_library(tmp_path, name):
    model = CATALOGUE[name]()
    if not isinstance(model, LatticeHamiltonian):
        with pytest.raises(InputError, match="k·p"):
            write_tb(model, tmp_path / "a_tb.dat")
        return
    read = read_tb(write_tb(model, tmp_path / "a_tb.dat"), periodic=model.periodic)
    np.testing.assert_array_equal(read.hoppings, model.hoppings)
    np.testing.assert_allclose(read.positions, model.positions, atol=ULP)


def test_the_file_says_that_it_is_complete(tmp_path):
    """No remark about missing minimal distances, and none about cells that were summed up where there are none."""
    path = write_tb(haldane(), tmp_path / "a_tb.dat")
    assert "periodic T T F, use_ws_distance=.false." in path.read_text().splitlines()[0]
    notes = " ".join(read_tb(path, periodic=(True, True, False)).notes)
    assert "wsvec" not in notes
    assert "summed" not in notes


def test_a_real_crystal_is_copied_to_the_last_digit(tmp_path, gaas_file):
    crystal = read_tb(gaas_file)
    copy = read_tb(write_tb(crystal, tmp_path / "copy_tb.dat"))
    np.testing.assert_array_equal(copy.hoppings, crystal.hoppings)
    np.testing.assert_array_equal(copy.position_matrices, crystal.position_matrices)
    # Centres go through lattice coordinates and back, which rounds: a few units of the last digit, and no more each time.
    for _ in range(3):
        copy = read_tb(write_tb(copy, tmp_path / "copy_tb.dat", overwrite=True))
    np.testing.assert_array_equal(copy.hoppings, crystal.hoppings)
    np.testing.assert_allclose(copy.positions, crystal.positions, rtol=0, atol=1e-14)


class TestOtherPrograms:
    def energies(self, crystal):
        return np.linalg.eigvalsh(crystal.hamiltonian(REDUCED @ crystal.reciprocal))

    def test_pythtb_reads_hr(self, tmp_path):
        pythtb = pytest.importorskip("pythtb")
        crystal = random_crystal(4, size=3, with_positions=False)
        write_hr(crystal, tmp_path / "a_hr.dat")
        reader = getattr(pythtb, "W90", None) or pythtb.w90
        model = reader(str(tmp_path), "a").model()
        solve = getattr(model, "solve_ham", None) or (lambda k: model.solve_all(k).T)
        np.testing.assert_allclose(solve(REDUCED), self.energies(crystal), atol=1e-12)

    def test_wannierberri_reads_tb(self, tmp_path):
        berri = pytest.importorskip("wannierberri")
        crystal = random_crystal(4, size=3)
        path = write_tb(crystal, tmp_path / "a_tb.dat")
        system = berri.system.System_tb(tb_file=str(path), berry=True)
        theirs = [berri.evaluate_k(system, k, quantities=["energy"]) for k in REDUCED]
        np.testing.assert_allclose(theirs, self.energies(crystal), atol=1e-12)

    def test_tbmodels_reads_hr(self, tmp_path):
        tbmodels = pytest.importorskip("tbmodels")
        crystal = random_crystal(4, size=3, with_positions=False)
        files = [str(path) for path in write_hr(crystal, tmp_path / "a_hr.dat")]
        model = tbmodels.Model.from_wannier_files(
            hr_file=files[0], win_file=files[1], xyz_file=files[2], pos_kind="wannier"
        )
        np.testing.assert_allclose(model.eigenval(REDUCED), self.energies(crystal), atol=1e-12)


class TestRefusals:
    def test_nothing_is_overwritten_unasked(self, tmp_path):
        path = tmp_path / "a_tb.dat"
        path.write_text("precious")
        with pytest.raises(InputError, match="exists already"):
            write_tb(haldane(), path)
        assert path.read_text() == "precious"
        write_tb(haldane(), path, overwrite=True)
        assert read_tb(path).size == 2

    def test_all_three_files_are_looked_at_before_one_is_written(self, tmp_path):
        (tmp_path / "a.win").write_text("precious")
        with pytest.raises(InputError, match=r"a\.win exists already"):
            write_hr(haldane(), tmp_path / "a_hr.dat")
        assert [path.name for path in tmp_path.iterdir()] == ["a.win"]

    def test_translations_of_another_model_would_spoil_the_file(self, tmp_path):
        (tmp_path / "a_wsvec.dat").write_text("of another model")
        for write, name in ((write_tb, "a_tb.dat"), (write_hr, "a_hr.dat")):
            with pytest.raises(InputError, match=r"a_wsvec\.dat belongs to another model"):
                write(haldane(), tmp_path / name, overwrite=True)

    def test_names_and_places(self, tmp_path):
        with pytest.raises(InputError, match=r"must end in _hr\.dat"):
            write_hr(haldane(), tmp_path / "a.dat")
        with pytest.raises(InputError, match=r"cannot write .*No such file"):
            write_tb(haldane(), tmp_path / "missing" / "a_tb.dat")
        with pytest.raises(InputError, match="not a k·p model"):
            write_hr(massive_dirac(), tmp_path / "a_hr.dat")
