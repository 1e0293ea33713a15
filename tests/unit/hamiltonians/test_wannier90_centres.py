"""Wannier centres beside a `_hr.dat`: true ones, ones folded into the home cell, ones that are elsewhere or nowhere.

The crystal is a gapped honeycomb whose Ω(k) is known in closed form and has threefold symmetry for true centres only.
"""

import re

import numpy as np
import pytest

from tests.reference.random_crystal import random_crystal
from tests.reference.wannier_text import hr_text, tb_text, win_text, wout_text, xyz_text
from wavepacket import band
from wavepacket.errors import InputError
from wavepacket.hamiltonians import (
    LatticeHamiltonian,
    bilayer_graphene,
    gapped_graphene,
    read_hr,
    read_tb,
    zincblende,
)
from wavepacket.hamiltonians.wannier90.unfold import unfolding

A, HOP, GAP = 2.5, -2.7, 0.4
LATTICE = np.array([[A, 0, 0], [A / 2, A * 3**0.5 / 2, 0], [0, 0, 12.0]])
TRUE, FOLDED = [[0, 0, 0], [-1 / 3, -1 / 3, 0]], [[0, 0, 0], [2 / 3, 2 / 3, 0]]
POINTS = np.array([[0.62, 0.31, 0], [-0.31, 0.31, 0], [-0.31, -0.62, 0]])
"""Reduced; a third of a turn takes one to the next, up to a reciprocal vector."""


def honeycomb(positions=TRUE):
    upper = [[0, HOP], [0, 0]]
    cells = {(0, 0, 0): [[GAP, HOP], [HOP, -GAP]], (1, 0, 0): upper, (0, 1, 0): upper}
    return LatticeHamiltonian.from_hoppings(LATTICE, cells, positions=positions)


def closed_form(k):
    """Ω_z of the lower band of d·σ: ½ d·(∂_x d × ∂_y d)/|d|³ with d = (Re f, −Im f, gap), f = hop Σ e^{ik·δ}."""
    bonds = np.array([[-1, -1], [2, -1], [-1, 2]]) / 3 @ LATTICE[:2, :2]
    waves = HOP * np.exp(1j * k[:, :2] @ bonds.T)
    f, slopes = waves.sum(axis=1), 1j * waves @ bonds
    d = np.stack([f.real, -f.imag, np.full(len(k), GAP)], axis=1)
    dx, dy = (np.stack([s.real, -s.imag, 0 * s.real], axis=1) for s in slopes.T)
    return np.einsum("na,na->n", d, np.cross(dx, dy)) / 2 / np.linalg.norm(d, axis=1) ** 3


def curvature(crystal, points=POINTS):
    return band(crystal, 0).geometry(points @ crystal.reciprocal).berry_curvature[:, 2]


def write(folder, crystal, *, flag=None, wout=None, xyz=True):
    (folder / "h_hr.dat").write_text(hr_text(crystal))
    line = "" if flag is None else f"translate_home_cell = {flag}\n"
    (folder / "h.win").write_text(line + win_text(crystal))
    if xyz:
        (folder / "h_centres.xyz").write_text(xyz_text(crystal.sites))
    if wout is not None:
        (folder / "h.wout").write_text(wout)
    return folder / "h_hr.dat"


class TestFolded:
    def test_the_closed_form(self):
        np.testing.assert_allclose(closed_form(POINTS @ honeycomb().reciprocal), 3 * [12.282], atol=5e-4)

    @pytest.mark.parametrize(
        ("positions", "flag"), [(TRUE, "false"), (TRUE, "true"), (TRUE, None), (FOLDED, "true")]
    )
    def test_the_curvature_is_that_of_true_centres(self, tmp_path, positions, flag):
        """The `.xyz` has eight digits."""
        read = read_hr(write(tmp_path, honeycomb(positions), flag=flag))
        np.testing.assert_allclose(curvature(read), closed_form(POINTS @ read.reciprocal), rtol=1e-6)
        moved = [note for note in read.notes if "moved by lattice vectors to where H(R) has them" in note]
        assert len(moved) == (positions is FOLDED)

    @pytest.mark.parametrize("flag", [".true.", "T", ": .TRUE.", "true ! as in the tutorial"])
    def test_ways_to_write_the_flag(self, tmp_path, flag):
        path = write(tmp_path, honeycomb(FOLDED))
        (tmp_path / "h.win").write_text(f"  Translate_Home_Cell {flag}\n" + win_text(honeycomb()))
        np.testing.assert_allclose(read_hr(path).positions, TRUE, atol=1e-8)

    def test_without_the_flag_centres_that_do_not_fit_are_refused(self, tmp_path):
        """Hops of a/√3 become √(1/3 + 3) a in the mean: √10 times as long."""
        path = write(tmp_path, honeycomb(FOLDED))
        with pytest.raises(
            InputError, match=r"h_centres\.xyz: .*centre 2 moved by \[-1, -1, 0\].* 3\.16 times shorter"
        ) as told:
            read_hr(path)
        for cure in (
            "translate_home_cell = true in the .win",
            "translate_home_cell = false",
            ".wout",
            "_tb.dat",
        ):
            assert cure in str(told.value)

    def test_centres_that_are_meant_are_kept_with_a_remark(self, tmp_path):
        crystal = honeycomb(FOLDED)
        for read in (
            read_hr(write(tmp_path, crystal, flag="false")),
            read_tb(write_tb_text(tmp_path, crystal)),
        ):
            np.testing.assert_allclose(read.positions, FOLDED, atol=1e-8)
            assert any("the Wannier centres do not fit H(R)" in note for note in read.notes)

    def test_a_single_bond_as_long_to_two_images_is_refused(self, tmp_path):
        """A dimer of half the lattice vector: to the left or to the right?"""
        chain = LatticeHamiltonian.from_hoppings(
            np.diag([2.0, 9.0, 9.0]),
            {(0, 0, 0): [[0, 1], [1, 0]], (1, 0, 0): [[0.1, 0], [0, 0.1]]},
            positions=[[0, 0, 0], [0.5, 0, 0]],
        )
        path = write(tmp_path, chain, flag="true")
        with pytest.raises(InputError, match=r"h_centres\.xyz: .*does not tell from where: run wannier90"):
            read_hr(path)
        write(tmp_path, chain, flag="true", wout=wout_text(chain.sites - [[0, 0, 0], [2.0, 0, 0]]))
        np.testing.assert_allclose(read_hr(path).positions[1], [-0.5, 0, 0], atol=1e-9)


def write_tb_text(folder, crystal):
    (folder / "t_tb.dat").write_text(tb_text(crystal))
    return folder / "t_tb.dat"


class TestWout:
    def test_folded_centres_go_where_the_wout_has_them(self, tmp_path):
        """All digits of the `.xyz` are kept; both orbitals may lie in other cells than the hops would say."""
        true = honeycomb().sites + LATTICE[0] - 2 * LATTICE[1]
        read = read_hr(write(tmp_path, honeycomb(FOLDED), flag="true", wout=wout_text(true)))
        np.testing.assert_allclose(read.sites, true, atol=1e-8)
        assert any(
            "2 of 2 Wannier centres were moved by lattice vectors to where h.wout has them" in n
            for n in read.notes
        )

    @pytest.mark.parametrize("unit", ["Ang", "Bohr"])
    def test_they_stand_in_for_a_missing_xyz(self, tmp_path, unit):
        """Six digits; of several final states the last counts."""
        earlier = wout_text(honeycomb().sites + 1.0, unit)
        wout = earlier + wout_text(honeycomb().sites, unit)
        read = read_hr(write(tmp_path, honeycomb(), wout=wout, xyz=False))
        np.testing.assert_allclose(read.sites, honeycomb().sites, atol=6e-7)
        assert any("h_centres.xyz was not found: the centres are from h.wout" in note for note in read.notes)

    def test_they_may_be_named(self, tmp_path):
        path = write(tmp_path, honeycomb(FOLDED), flag="true")
        (tmp_path / "other.wout").write_text(wout_text(honeycomb().sites))
        read = read_hr(path, centres=tmp_path / "other.wout")
        np.testing.assert_allclose(read.sites, honeycomb().sites, atol=6e-7)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (
                lambda text: text.replace("Final State", "Initial State"),
                r"h\.wout:\d+: there is no `Final State`",
            ),
            (
                lambda text: text[: text.index("WF centre and spread    2")],
                r"h\.wout:3: .*Wannier function 2 should follow; it seems to be truncated",
            ),
            (lambda text: text.replace("-1.250000", "*********"), r"h\.wout:4: .*Fortran format"),
            (lambda text: text.replace("spread    1", "spread    7"), r"h\.wout:3: .*function 1 of 2 should"),
            (
                lambda text: text.replace("Sum of centres and spreads", "WF centre and spread    3"),
                "more Wannier centres",
            ),
        ],
    )
    def test_bad_ones(self, tmp_path, change, message):
        path = write(tmp_path, honeycomb(), wout=change(wout_text(honeycomb().sites)), xyz=False)
        with pytest.raises(InputError, match=message):
            read_hr(path)

    def test_one_of_another_run_is_refused(self, tmp_path):
        path = write(
            tmp_path,
            honeycomb(FOLDED),
            flag="true",
            wout=wout_text(honeycomb().sites + np.diag([0, 0.3, 0])[:2]),
        )
        with pytest.raises(
            InputError, match=r"centre 2 is by no lattice vector that in .*h\.wout: not the same run"
        ):
            read_hr(path)


def test_missing_files_name_the_cure(tmp_path):
    path = write(tmp_path, honeycomb(), xyz=False)
    with pytest.raises(
        InputError, match=re.escape(f"{tmp_path / 'h_centres.xyz'}: cannot be read: ")
    ) as told:
        read_hr(path)
    for cure in ("`write_xyz = true`", "`translate_home_cell = false`", "h.wout", "h_tb.dat"):
        assert cure in str(told.value)
    (tmp_path / "h.win").unlink()
    with pytest.raises(
        InputError, match=r"h\.win: cannot be read: .*lattice vectors: they are read from the \.win"
    ):
        read_hr(path)


class TestUnfolding:
    """Any moves by lattice vectors are undone, up to one that is common to all."""

    def undone(self, crystal, moves):
        found = unfolding(
            crystal.lattice,
            crystal.cells,
            crystal.hoppings,
            crystal.sites + moves @ crystal.lattice,
            flat=True,
        )
        rest = found.moves + moves
        return np.array_equal(rest, np.broadcast_to(rest[0], rest.shape)) and found.certain

    @pytest.mark.parametrize("seed", range(5))
    @pytest.mark.parametrize(
        "crystal", [honeycomb(), zincblende(), gapped_graphene()], ids=lambda one: one.name
    )
    def test_random_moves(self, crystal, seed):
        moves = np.random.default_rng(seed).integers(-2, 3, (crystal.size, 3)) * crystal.periodic
        assert self.undone(crystal, moves)

    def test_lengths_along_which_nothing_hops_may_be_left_out(self):
        """Two layers 3.35 Å apart, written with a third vector of 1 Å that stands for none."""
        crystal = bilayer_graphene()
        found = unfolding(crystal.lattice, crystal.cells, crystal.hoppings, crystal.sites, flat=False)
        assert found.certain
        assert not np.any(found.moves)

    @pytest.mark.parametrize(
        "name", ["si_valence/ws_tb.dat", "si_valence/mdrs_tb.dat", "tbmodels/silicon_hr.dat"]
    )
    def test_real_files(self, shared_file, name):
        """True centres stay; folded as wannier90 does, and at random, they come back."""
        path = shared_file(name)
        crystal = read_hr(path) if name.endswith("_hr.dat") else read_tb(path)
        home = -np.floor(crystal.positions).astype(int)
        assert np.any(home)
        for moves in (0 * home, home, np.random.default_rng(1).integers(-1, 2, home.shape)):
            assert self.undone(crystal, moves)

    def test_a_coarse_grid_is_not_certain_but_true_centres_stay(self, gaas_file):
        """On a 2×2×2 grid H(R) = H(−R): hops do not tell one image from the other."""
        crystal = read_tb(gaas_file)
        found = unfolding(crystal.lattice, crystal.cells, crystal.hoppings, crystal.sites, flat=False)
        assert not np.any(found.moves)
        assert not found.certain
        assert not any("do not fit" in note for note in crystal.notes)

    def test_one_orbital_and_no_hops(self):
        for crystal in (
            random_crystal(1, size=1),
            LatticeHamiltonian.from_hoppings([[1.0]], {(0,): np.diag([1.0, 2.0])}),
        ):
            found = unfolding(crystal.lattice, crystal.cells, crystal.hoppings, crystal.sites, flat=False)
            assert found.certain
            assert not np.any(found.moves)


@pytest.mark.parametrize("name", ["true_centres", "home_cell"])
def test_the_case(shared_case, name):
    """Ω at three equivalent points was 15.83, 5.18, 15.83 with the centres of the home cell."""
    read = read_hr(shared_case(f"translate_home_cell/{name}/h_hr.dat"))
    np.testing.assert_allclose(curvature(read), 3 * [12.282], atol=5e-4)


def test_the_case_without_centres(shared_case):
    with pytest.raises(InputError, match=r"a_centres\.xyz: .*`write_xyz = true`"):
        read_hr(shared_case("no_centres/a_hr.dat"))
