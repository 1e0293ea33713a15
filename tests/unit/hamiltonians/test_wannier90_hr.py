"""Reader of `_hr.dat` with `.win` and `_centres.xyz`."""

import re

import numpy as np
import pytest

from tests.reference.random_crystal import random_crystal
from wavepacket.config import config_from_mapping
from wavepacket.errors import InputError
from wavepacket.hamiltonians import build_hamiltonian, read_hr, ssh, write_hr
from wavepacket.hamiltonians.wannier90.centres import read_centres, read_win_lattice

CRYSTAL = random_crystal(9, size=2, with_positions=False)
K = np.random.default_rng(2).uniform(-2, 2, (6, 3))


def hr_lines():
    lines = [" written by a test", "2", str(len(CRYSTAL.cells)), " ".join(["1"] * len(CRYSTAL.cells))]
    for cell, matrix in zip(CRYSTAL.cells.tolist(), CRYSTAL.hoppings, strict=True):
        for j in range(2):
            for i in range(2):
                value = matrix[i, j]
                lines.append(" ".join(map(str, [*cell, i + 1, j + 1, value.real, value.imag])))
    return lines


def write(folder, lines=None):
    (folder / "seed_hr.dat").write_text("\n".join(lines or hr_lines()) + "\n")
    rows = "\n".join(" ".join(map(repr, row)) for row in CRYSTAL.lattice.tolist())
    (folder / "seed.win").write_text(
        f"num_wann = 2\n! a comment\nBegin Unit_Cell_Cart\n{rows}\nEnd Unit_Cell_Cart\n"
    )
    sites = "\n".join("X " + " ".join(map(repr, row)) for row in CRYSTAL.sites.tolist())
    (folder / "seed_centres.xyz").write_text(f"3\n comment\n{sites}\nSi 0 0 0\n")
    return folder / "seed_hr.dat"


def test_a_crystal_comes_back(tmp_path):
    read = read_hr(write(tmp_path))
    np.testing.assert_allclose(read.hamiltonian(K), CRYSTAL.hamiltonian(K), atol=1e-13)
    assert read.position_matrices is None
    assert any("seed_wsvec.dat was not found" in note for note in read.notes)


def test_files_may_be_named(tmp_path):
    path = write(tmp_path)
    for name in ("seed.win", "seed_centres.xyz"):
        (tmp_path / name).rename(tmp_path / ("other_" + name))
    with pytest.raises(InputError, match=r"seed\.win: cannot be read"):
        read_hr(path)
    read = read_hr(path, win=tmp_path / "other_seed.win", centres=tmp_path / "other_seed_centres.xyz")
    np.testing.assert_allclose(read.hamiltonian(K), CRYSTAL.hamiltonian(K), atol=1e-13)


@pytest.mark.parametrize(
    ("win", "expected"),
    [
        ("begin unit_cell_cart\nbohr\n1 0 0\n0 1 0\n0 0 1\nend unit_cell_cart\n", 0.529177210544),
        ("BEGIN UNIT_CELL_CART\nAng\n1 0 0 ! a\n\n0 1 0\n0 0 1\nEND UNIT_CELL_CART\n", 1.0),
        ("x = 1\nbegin : unit_cell_cart\n1 0 0\n0 1 0\n0 0 1\nend unit_cell_cart\n", 1.0),
    ],
)
def test_lattice_of_a_win_file(tmp_path, win, expected):
    (tmp_path / "a.win").write_text(win)
    np.testing.assert_allclose(read_win_lattice(tmp_path / "a.win"), expected * np.eye(3), rtol=1e-15)


@pytest.mark.parametrize(
    ("win", "line", "message"),
    [
        ("num_wann = 2\n", 1, "there is no lattice: a block `begin unit_cell_cart`"),
        ("begin unit_cell_cart\n1 0 0\n0 1 0\n", 3, "truncated"),
        ("begin unit_cell_cart\n1 0 0\n0 1 0\n1 1 0\nend unit_cell_cart\n", 4, "singular"),
        ("begin unit_cell_cart\n1.0f0 0 0\n0 1 0\n1 1 0\nend unit_cell_cart\n", 2, "is not a number"),
        (
            "begin unit_cell_cart\n1 0 0\n0 1 0\n0 0 1\n2 0 0\nend unit_cell_cart\n",
            5,
            "three lattice vectors",
        ),
        (2 * "begin unit_cell_cart\n1 0 0\n0 1 0\n0 0 1\nend unit_cell_cart\n", 6, "given twice"),
    ],
)
def test_bad_win_files(tmp_path, win, line, message):
    (tmp_path / "a.win").write_text(win)
    with pytest.raises(InputError, match=rf"a\.win:{line}: .*{message}"):
        read_win_lattice(tmp_path / "a.win")


def test_bad_centres(tmp_path):
    path = tmp_path / "c.xyz"
    path.write_text("2\n c\nX 0 0 0\nSi 0 0 0\n")
    with pytest.raises(InputError, match=r"c\.xyz:4: .*found 'Si'"):
        read_centres(path, 2)
    path.write_text("1\n c\nX 0 0 0\n")
    with pytest.raises(InputError, match=r"c\.xyz:1: 1 centres and atoms are fewer"):
        read_centres(path, 2)
    path.write_text("2\n c\nX 0 0 0\nSi 0 0 0\nSi 1 1 1\n")
    with pytest.raises(InputError, match=r"c\.xyz:5: more lines follow"):
        read_centres(path, 1)
    path.write_text("2\n c\nX 0 0 ****\n")
    with pytest.raises(InputError, match=r"c\.xyz:3: .*Fortran format"):
        read_centres(path, 1)


@pytest.mark.parametrize(
    ("place", "new", "message"),
    [
        (5, "9 0 0 1 1 0 0", "list all its elements"),
        (5, None, "truncated"),
        (6, "0.5 0 0 1 1 0 0", "list all its elements"),
    ],
)
def test_bad_hr_files(tmp_path, place, new, message):
    lines = hr_lines()
    lines[place : place + 1] = [] if new is None else [new]
    path = write(tmp_path, lines)
    with pytest.raises(InputError, match=rf"^{re.escape(str(path))}:\d+: .*{message}"):
        read_hr(path)


def test_silicon(shared_file):
    """Eight sp³ functions; spectrum periodic, Γ₂₅' threefold, even in k up to imaginary parts of 1e-5 eV."""
    crystal = read_hr(shared_file("tbmodels/silicon_hr.dat"))
    energy = np.linalg.eigvalsh(crystal.hamiltonian(K))
    np.testing.assert_allclose(np.linalg.eigvalsh(crystal.hamiltonian(-K)), energy, atol=2e-3)
    np.testing.assert_allclose(
        np.linalg.eigvalsh(crystal.hamiltonian(K + crystal.reciprocal[1])), energy, atol=1e-11
    )
    top = np.linalg.eigvalsh(crystal.hamiltonian([0, 0, 0]))[0, 1:4]
    assert np.ptp(top) < 1e-3


def test_the_inconsistent_file_is_refused_with_the_reason(shared_file):
    path = shared_file("tbmodels/wannier90_inconsistent.dat")
    with pytest.raises(InputError, match=r"wannier90_inconsistent\.dat:35: element 5, 2 is listed twice"):
        read_hr(path)


def test_the_inconsistent_file_is_refused_with_the_reason_by_a_config_too(shared_file):
    """Its name does not say what it is; its second line does."""
    config = config_from_mapping(
        {"name": "t", "model": {"file": str(shared_file("tbmodels/wannier90_inconsistent.dat"))}, "band": 0}
        | {"ensemble": {"kind": "packets", "wavevectors": [[0.1]]}, "time": {"end": 1.0, "saves": 2}}
    )
    with pytest.raises(InputError, match=r"wannier90_inconsistent\.dat:35: element 5, 2 is listed twice"):
        build_hamiltonian(config)


@pytest.mark.parametrize("name", ["chain_hr.dat", "chain.dat", "chain"])
def test_a_file_of_any_name(tmp_path, name):
    """Lattice and centres have the name of the file without what it ends in."""
    write_hr(ssh(), tmp_path / "chain_hr.dat")
    (tmp_path / "chain_hr.dat").rename(tmp_path / name)
    config = config_from_mapping(
        {"name": "t", "model": {"file": str(tmp_path / name), "periodic": [True, False, False]}, "band": 0}
        | {"ensemble": {"kind": "packets", "wavevectors": [[0.1]]}, "time": {"end": 1.0, "saves": 2}}
    )
    np.testing.assert_array_equal(build_hamiltonian(config).hoppings, ssh().hoppings)
