"""Reader of `_tb.dat` and `_wsvec.dat`: made files against their crystals, real ones against bands."""

import itertools
import re
import shutil
from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from tests.reference.kubo import band_quantities
from tests.reference.random_crystal import random_crystal
from tests.reference.wannier_text import tb_text
from tests.work import calls
from wavepacket.errors import InputError
from wavepacket.hamiltonians import LatticeHamiltonian, read_tb

K = np.random.default_rng(2).uniform(-2, 2, (6, 3))


def written(folder, text, wsvec=None):
    path = folder / "seed_tb.dat"
    path.write_text(text)
    if wsvec is not None:
        (folder / "seed_wsvec.dat").write_text(wsvec)
    return path


def wsvec_text(crystal, translations=lambda cell, i, j: [(0, 0, 0)], flag=".true."):
    """Return a list of translations for every element; the default moves nothing."""
    lines = [f"## written by a test with use_ws_distance={flag}"]
    for cell in crystal.cells.tolist():
        for i, j in itertools.product(range(crystal.size), repeat=2):
            found = translations(tuple(cell), i, j)
            lines += [" ".join(map(str, [*cell, i + 1, j + 1])), str(len(found))]
            lines += [" ".join(map(str, vector)) for vector in found]
    return "\n".join(lines) + "\n"


class TestMadeFiles:
    @pytest.mark.parametrize("degeneracy", [1, 3])
    def test_a_crystal_comes_back(self, tmp_path, degeneracy):
        """Seventeen digits are written, so only the order of two roundings is lost."""
        crystal = random_crystal(4, size=3)
        read = read_tb(written(tmp_path, tb_text(crystal, degeneracy)))
        np.testing.assert_allclose(read.sites, crystal.sites, atol=1e-14)
        np.testing.assert_array_equal(read.cells, crystal.cells)
        np.testing.assert_allclose(read.hamiltonian(K), crystal.hamiltonian(K), atol=1e-13)
        np.testing.assert_allclose(read.connection(K), crystal.connection(K), atol=1e-13)
        assert read.name == "seed_tb"
        assert read.hermiticity_violation < 1e-15

    def test_the_phase_has_the_centres_in_it(self, tmp_path):
        """H in the convention of the file, without positions, turned by the phases of the centres."""
        crystal = random_crystal(4, size=2)
        bare = np.einsum("nr,rij->nij", np.exp(1j * K @ crystal.translations.T), crystal.hoppings)
        turn = np.exp(1j * K @ crystal.sites.T)
        read = read_tb(written(tmp_path, tb_text(crystal)))
        np.testing.assert_allclose(
            read.hamiltonian(K), turn.conj()[:, :, None] * bare * turn[:, None], atol=1e-13
        )

    def test_positions_only(self, tmp_path):
        path = written(tmp_path, tb_text(random_crystal(4)))
        read = read_tb(path, position_elements=False)
        assert read.position_matrices is None
        np.testing.assert_array_equal(read.positions, read_tb(path).positions)

    def test_missing_wsvec_is_noted_and_present_is_not(self, tmp_path):
        crystal = random_crystal(4)
        assert any(
            "seed_wsvec.dat was not found" in note
            for note in read_tb(written(tmp_path, tb_text(crystal))).notes
        )
        path = written(tmp_path, tb_text(crystal), wsvec_text(crystal))
        assert not any("wsvec" in note for note in read_tb(path).notes)

    def test_wsvec_that_moves_nothing(self, tmp_path):
        crystal = random_crystal(4)
        plain = read_tb(written(tmp_path, tb_text(crystal)))
        assert read_tb(written(tmp_path, tb_text(crystal), wsvec_text(crystal, flag=".false."))) == plain

    def test_wsvec_spreads_each_element_over_its_cells(self, tmp_path):
        """Element (0, 1) of R and (1, 0) of −R go half to R and half to R + T."""
        crystal, cell, shift = random_crystal(4, size=2), (1, 0, -1), np.array([-3, 0, 0])
        cell = tuple(int(x) for x in crystal.cells[-1])

        def translations(r, i, j):
            if (r, i, j) == (cell, 0, 1):
                return [(0, 0, 0), tuple(shift.tolist())]
            if (r, i, j) == (tuple(-x for x in cell), 1, 0):
                return [(0, 0, 0), tuple((-shift).tolist())]
            return [(0, 0, 0)]

        read = read_tb(written(tmp_path, tb_text(crystal), wsvec_text(crystal, translations)))
        moved = crystal.hoppings[-1, 0, 1] * np.exp(
            1j * K @ (crystal.translations[-1] + crystal.sites[1] - crystal.sites[0])
        )
        change = moved * (np.exp(1j * K @ (shift @ crystal.lattice)) - 1) / 2
        difference = read.hamiltonian(K) - crystal.hamiltonian(K)
        np.testing.assert_allclose(difference[:, 0, 1], change, atol=1e-13)
        np.testing.assert_allclose(difference[:, 1, 0], change.conj(), atol=1e-13)
        np.testing.assert_allclose(difference[:, 0, 0], 0, atol=1e-13)

    def test_small_violation_is_removed_and_reported(self, tmp_path):
        crystal = random_crystal(4, size=1)
        lines = tb_text(crystal).splitlines()
        row = next(index for index, line in enumerate(lines) if len(line.split()) == 4 and index > 8)
        value = complex(*map(float, lines[row].split()[2:])) + 2e-4
        lines[row] = f"1 1 {value.real:.17e} {value.imag:.17e}"
        read = read_tb(written(tmp_path, "\n".join(lines) + "\n"))
        assert read.hermiticity_violation == pytest.approx(2e-4, rel=1e-9)
        assert any("2.0e-04 eV" in note for note in read.notes)
        np.testing.assert_allclose(read.hamiltonian(K).imag, 0, atol=1e-14)


class TestLayers:
    """A crystal of two periodic directions written into a cell of 20 Å along the third vector."""

    def embedded(self, tilt=0.0, with_positions=False):
        flat = random_crystal(6, size=2, dimension=2, with_positions=with_positions)
        lattice = flat.lattice.copy()
        lattice[2] = [tilt, 0, 20.0]
        cells = [tuple(cell) for cell in flat.cells.tolist()]
        positions = np.hstack([flat.positions[:, :2], [[0.1], [0.9]]])
        deep = LatticeHamiltonian.from_hoppings(
            lattice,
            zip(cells, flat.hoppings, strict=True),
            positions=positions,
            position_matrices=zip(cells, flat.position_matrices, strict=True) if with_positions else None,
        )
        return flat, deep

    def test_flags_make_a_layer(self, tmp_path):
        flat, deep = self.embedded()
        read = read_tb(written(tmp_path, tb_text(deep)), periodic=(True, True, False))
        assert (read.dimension, read.periodic) == (2, (True, True, False))
        k = K * [1, 1, 0]
        np.testing.assert_allclose(read.hamiltonian(k), flat.hamiltonian(k), atol=1e-12)
        np.testing.assert_allclose(read.sites[:, 2], [2.0, 18.0], atol=1e-12)

    def test_an_element_written_to_the_image_above_comes_home(self, tmp_path):
        _, deep = self.embedded()

        def translations(cell, i, j):
            # The orbitals lie on both sides of the border of the cell, so the nearest is a layer away.
            return [(0, 0, j - i)] if i != j else [(0, 0, 0)]

        path = written(tmp_path, tb_text(deep), wsvec_text(deep, translations))
        read = read_tb(path, periodic=(True, True, False))
        k = K * [1, 1, 0]
        np.testing.assert_allclose(read.hamiltonian(k), deep.hamiltonian(k), atol=1e-12)
        assert any("were summed up" in note for note in read.notes)

    def test_a_tilted_stacking_vector_is_refused(self, tmp_path):
        path = written(tmp_path, tb_text(self.embedded(tilt=1.0)[1]))
        with pytest.raises(InputError, match=r"seed_tb.dat:2: .* must be perpendicular"):
            read_tb(path, periodic=(True, True, False))

    def test_a_stacking_vector_that_leans_by_less_than_a_degree_is_left_out_with_a_note(self, tmp_path):
        crystal, deep = self.embedded(tilt=0.1)
        read = read_tb(written(tmp_path, tb_text(deep)), periodic=(True, True, False))
        assert any(re.search(r"the cell leans by 0\.\d+ degrees", note) for note in read.notes)
        k = K * [1, 1, 0]
        ours, theirs = (np.linalg.eigvalsh(one.hamiltonian(k)) for one in (read, crystal))
        np.testing.assert_allclose(ours, theirs, atol=1e-12)

    @pytest.mark.parametrize(("degrees", "axis"), [(0.5, (0.6, 0.8, 0.0)), (-0.9, (1.0, 0.0, 0.0))])
    def test_a_layer_that_leans_out_of_its_plane_is_turned_back(self, tmp_path, degrees, axis):
        _, deep = self.embedded(with_positions=True)
        turn = Rotation.from_rotvec(np.array(axis) * degrees, degrees=True).as_matrix()
        leant = replace(
            deep,
            lattice=deep.lattice @ turn.T,
            position_matrices=np.einsum("ab,rbij->raij", turn, deep.position_matrices),
        )
        straight, read = (
            read_tb(written(tmp_path, tb_text(one)), periodic=(True, True, False)) for one in (deep, leant)
        )
        assert any("was turned by" in note for note in read.notes)
        # A turn about an axis in the plane is its own shortest way back.
        np.testing.assert_allclose(read.lattice, straight.lattice, atol=1e-12)
        k = K * [1, 1, 0]
        for name in ("hamiltonian", "connection"):
            np.testing.assert_allclose(getattr(read, name)(k), getattr(straight, name)(k), atol=1e-12)

    def test_a_layer_that_leans_further_is_refused(self, tmp_path):
        _, deep = self.embedded()
        turn = Rotation.from_rotvec([2.0, 0.0, 0.0], degrees=True).as_matrix()
        leant = replace(deep, lattice=deep.lattice @ turn.T)
        with pytest.raises(InputError, match="must lie in the xy plane"):
            read_tb(written(tmp_path, tb_text(leant)), periodic=(True, True, False))

    @pytest.mark.parametrize("flags", [(True, True), (False, False, False)])
    def test_flags_must_make_sense(self, tmp_path, flags):
        with pytest.raises(InputError, match="three flags"):
            read_tb(written(tmp_path, tb_text(random_crystal(1))), periodic=flags)

    def test_a_layer_that_does_not_lie_in_the_plane(self, tmp_path):
        crystal = LatticeHamiltonian.from_hoppings(np.diag([3.0, 4.0, 5.0]), {(1, 0, 0): [[1.0]]})
        with pytest.raises(InputError, match=r"seed_tb.dat:1: .*xy plane"):
            read_tb(written(tmp_path, tb_text(crystal)), periodic=(True, False, True))


SILICON = {
    "G": (0, 0, 0), "X": (1 / 2, 0, 1 / 2), "U": (5 / 8, 1 / 4, 5 / 8), "K": (3 / 8, 3 / 8, 3 / 4),
    "L": (1 / 2, 1 / 2, 1 / 2), "W": (1 / 2, 1 / 4, 3 / 4),
}  # fmt: skip


class TestSilicon:
    def path(self, crystal):
        """Return k along Γ–X–U–K–Γ–L–W–X as wannier90 places them: 100 on the first part, others in proportion."""
        corners = np.array([SILICON[name] for name in "GXUKGLWX"]) @ crystal.reciprocal
        lengths = np.linalg.norm(np.diff(corners, axis=0), axis=1)
        parts = [
            start + np.outer(np.arange(1, n + 1) / n, end - start)
            for start, end, n in zip(
                corners, corners[1:], np.rint(100 * lengths / lengths[0]).astype(int), strict=False
            )
        ]
        return np.concatenate([corners[:1], *parts])

    @pytest.mark.parametrize(
        ("seed", "bands", "alone"), [("ws", "ws", False), ("mdrs", "mdrs", False), ("mdrs", "ws", True)]
    )
    def test_bands_of_wannier90(self, shared_file, tmp_path, seed, bands, alone):
        """Both files hold eight digits: half of the last one of a band, and what the same in each H_ij(R) can make.

        H(R) is the same in both `_tb.dat`; without its translations the second gives the bands of the first.
        """
        source = shared_file(f"si_valence/{seed}_tb.dat")
        crystal = read_tb(shutil.copy(source, tmp_path) if alone else source)
        assert any("wsvec" in note for note in crystal.notes) == alone
        energy = np.loadtxt(shared_file(f"si_valence/{bands}_band.dat")).reshape(4, -1, 2)[:, :, 1].T
        mine = np.linalg.eigvalsh(crystal.hamiltonian(self.path(crystal)))
        digit = 10.0 ** (np.floor(np.log10(np.abs(energy))) + 1 - 8)
        np.testing.assert_array_less(np.abs(mine - energy), digit / 2 + self.rounding(crystal))
        assert np.sqrt(np.mean((mine - energy) ** 2)) < 1e-7

    def rounding(self, crystal):
        """Largest norm of a sum over R of errors of half the eighth digit of each element, eV."""
        size = np.maximum(np.abs(crystal.hoppings.real), np.abs(crystal.hoppings.imag))
        with np.errstate(divide="ignore"):
            digit = 10.0 ** (np.floor(np.log10(size)) + 1 - 8)
        return np.sqrt(2) * np.linalg.norm(np.sum(digit / 2, axis=0), 2)

    def test_minimal_distances_matter(self, shared_file):
        counts = [len(read_tb(shared_file(f"si_valence/{seed}_tb.dat")).cells) for seed in ("ws", "mdrs")]
        assert counts == [279, 375]

    def test_reading_takes_work_in_proportion_to_the_lines(self, shared_file):
        path = shared_file("si_valence/mdrs_tb.dat")
        assert calls(lambda: read_tb(path)) < 60 * len(path.read_text().splitlines())


class TestGalliumArsenide:
    @pytest.fixture
    def crystal(self, shared_file):
        return read_tb(shared_file("gaas/GaAs_tb.dat"))

    def test_kramers_pairs_at_the_origin(self, crystal):
        """The file holds eight digits; pairs agree to a few of the last."""
        energy = np.linalg.eigvalsh(crystal.hamiltonian([0, 0, 0]))[0]
        np.testing.assert_allclose(energy[::2], energy[1::2], atol=5e-7)

    def test_pairs_everywhere(self, crystal):
        """On its 2×2×2 grid H(R) = H(−R), so bands pair at every k, split only by noise."""
        energy = np.linalg.eigvalsh(crystal.hamiltonian(K))
        assert np.max(energy[:, 1::2] - energy[:, ::2]) < 2e-4

    def test_time_reversal(self, crystal):
        """Ω and m are odd in the sum over a pair; its members alone mix by the noise that splits them."""
        here, there = band_quantities(crystal, K), band_quantities(crystal, -K)
        np.testing.assert_allclose(there.energy, here.energy, atol=1e-9)
        for name in ("berry_curvature", "orbital_moment"):
            one, other = (getattr(q, name)[:, ::2] + getattr(q, name)[:, 1::2] for q in (here, there))
            np.testing.assert_allclose(other, -one, atol=5e-3 * np.max(np.abs(one)))

    def test_spectrum_is_periodic(self, crystal):
        energy = np.linalg.eigvalsh(crystal.hamiltonian(K))
        for b in crystal.reciprocal:
            np.testing.assert_allclose(np.linalg.eigvalsh(crystal.hamiltonian(K + b)), energy, atol=1e-11)

    def test_hermitian_and_noted(self, crystal):
        assert crystal.hermiticity_violation < 1e-12
        connection = crystal.connection(K)
        np.testing.assert_allclose(connection, np.conj(connection.swapaxes(2, 3)), atol=1e-12)
        assert any("GaAs_wsvec.dat was not found" in note for note in crystal.notes)
