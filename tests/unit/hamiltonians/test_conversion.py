"""Models of other packages: the real packages where they are installed, and small stand-ins with their attributes.

A stand-in is used where a package may be missing: TBmodels' `Model`, sisl's `Hamiltonian` and PythTB's `TBModel` of
version 2 as their documentation describes them.
"""

import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from tests.reference.random_crystal import random_crystal
from wavepacket.errors import InputError
from wavepacket.hamiltonians import (
    from_pythtb,
    from_sisl,
    from_tbmodels,
    from_wannierberri,
    haldane,
    write_tb,
)

REDUCED = np.random.default_rng(3).uniform(-1, 1, (25, 3))
ROUNDING = 1e-12
"""Sums of fewer than a hundred terms of order one."""


def energies(crystal, reduced=REDUCED):
    k = (reduced * np.array(crystal.periodic)) @ crystal.reciprocal
    return np.linalg.eigvalsh(crystal.hamiltonian(k))


def half(crystal):
    """Return R = 0 halved and one of each pair ±R, as TBmodels keeps them."""
    middle = len(crystal.cells) // 2
    chosen = list(zip(crystal.cells[middle:].tolist(), crystal.hoppings[middle:], strict=True))
    return {tuple(cell): matrix * (0.5 if not any(cell) else 1.0) for cell, matrix in chosen}


LATTICE, ORBITALS = [[2.0, 0.0], [0.0, 3.0]], [[0.1, 0.2], [0.6, 0.7]]
ONSITE = [[0.3, 0.1, -0.2, 0.4], [-0.5, 0.0, 0.1, 0.2]]
HOPPINGS = [
    ([0.7, 0.1j, 0.2, 0.05], 0, 1, [0, 0]),
    ([0.4, 0.2, -0.3j, 0.1], 1, 0, [1, 0]),
    ([0.2, 0.0, 0.1, 0.3], 0, 0, [1, 0]),
]


class TestPythTB:
    """Both versions from one description: a chain of spins on a ladder, periodic along the first of two vectors."""

    def expected(self, x):
        """Return H(k) element by element, for k = 2π x/a along the chain, from the definition of the amplitudes."""
        pauli = np.array([np.eye(2), [[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
        blocks = np.zeros((2, 2, 2, 2), dtype=complex)
        for i, vector in enumerate(ONSITE):
            blocks[i, :, i, :] += np.tensordot(vector, pauli, 1)
        for vector, i, j, cell in HOPPINGS:
            term = np.exp(2j * np.pi * x * cell[0]) * np.tensordot(vector, pauli, 1)
            blocks[i, :, j, :] += term
            blocks[j, :, i, :] += term.conj().T
        return np.linalg.eigvalsh(blocks.reshape(4, 4))

    def check(self, crystal):
        assert crystal.periodic == (True, False, False)
        np.testing.assert_allclose(crystal.sites[:, :2], [[0.2, 0.6]] * 2 + [[1.2, 2.1]] * 2, atol=1e-14)
        found = energies(crystal)
        for x, row in zip(REDUCED[:, 0], found, strict=True):
            np.testing.assert_allclose(row, self.expected(x), atol=ROUNDING)
        sigma = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
        assert np.array_equal(crystal.spin[0], [np.kron(np.eye(2), each / 2) for each in sigma])

    def test_the_real_package(self):
        pythtb = pytest.importorskip("pythtb")
        if hasattr(pythtb, "TBModel"):
            geometry = pythtb.Lattice(lat_vecs=LATTICE, orb_vecs=ORBITALS, periodic_dirs=[0])
            model = pythtb.TBModel(lattice=geometry, spinful=True)
        else:
            model = pythtb.tb_model(1, 2, LATTICE, ORBITALS, per=[0], nspin=2)
        model.set_onsite(ONSITE)
        for amplitude, i, j, cell in HOPPINGS:
            model.set_hop(amplitude, i, j, cell)
        self.check(from_pythtb(model))

    def test_haldane_of_the_real_package(self):
        """PythTB's own diagonalisation, and our model of the same numbers with its Chern number."""
        pythtb = pytest.importorskip("pythtb")
        ours = haldane(t1=1.0, t2=0.2, staggered=0.3, phi=0.7)
        lattice, positions = ours.lattice[:2, :2].tolist(), ours.positions[:, :2].tolist()
        if hasattr(pythtb, "TBModel"):
            geometry = pythtb.Lattice(lat_vecs=lattice, orb_vecs=positions, periodic_dirs=[0, 1])
            model = pythtb.TBModel(lattice=geometry)
        else:
            model = pythtb.tb_model(2, 2, lattice, positions)
        model.set_onsite([float(ours.hoppings[3, i, i].real) for i in range(2)])
        for cell, matrix in half(ours).items():
            for i, j in np.argwhere(matrix):
                if any(cell) or i < j:
                    model.set_hop(
                        complex(matrix[i, j]) * (1 if any(cell) else 2), int(i), int(j), list(cell[:2])
                    )
        converted = from_pythtb(model)
        np.testing.assert_allclose(converted.hoppings, ours.hoppings, atol=1e-15)
        np.testing.assert_allclose(converted.positions, ours.positions, atol=1e-15)
        solve = getattr(model, "solve_ham", None) or model.solve_all
        theirs = np.asarray(solve(REDUCED[:, :2].tolist()))
        theirs = theirs if theirs.shape == (25, 2) else theirs.T
        np.testing.assert_allclose(energies(converted), theirs, atol=ROUNDING)

    def test_version_two_by_its_attributes(self):
        pauli = np.array([np.eye(2), [[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
        hoppings = [
            {"amplitude": np.tensordot(v, pauli, 1), "from_orbital": i, "to_orbital": j}
            | ({"lattice_vector": cell} if any(cell) else {})
            for v, i, j, cell in HOPPINGS
        ]
        self.check(
            from_pythtb(
                SimpleNamespace(
                    lat_vecs=np.array(LATTICE), orb_vecs=np.array(ORBITALS), periodic_dirs=[0],
                    onsite=np.tensordot(np.array(ONSITE), pauli, 1), hoppings=hoppings, parameters=[],
                )
            )
        )  # fmt: skip

    def test_open_parameters_and_molecules_are_refused(self):
        model = SimpleNamespace(
            lat_vecs=np.eye(1), orb_vecs=[[0.0]], periodic_dirs=[], onsite=[0.0], hoppings=[],
            parameters=[{"names": ["U"]}],
        )  # fmt: skip
        with pytest.raises(InputError, match="parameters without values: U"):
            from_pythtb(model)
        model.parameters = []
        with pytest.raises(InputError, match="no periodic direction"):
            from_pythtb(model)


class TestTBmodels:
    def test_by_its_attributes(self):
        crystal = random_crystal(4, size=3, dimension=2, with_positions=False)
        model = SimpleNamespace(
            uc=crystal.lattice[:2, :2], pos=crystal.positions[:, :2], size=3, dim=2,
            hop={cell[:2]: matrix for cell, matrix in half(crystal).items()},
        )  # fmt: skip
        converted = from_tbmodels(model)
        np.testing.assert_allclose(converted.hoppings, crystal.hoppings, atol=1e-15)
        np.testing.assert_allclose(converted.positions, crystal.positions, atol=1e-15)

    @pytest.mark.parametrize("sparse", [False, True])
    def test_the_real_package(self, sparse):
        tbmodels = pytest.importorskip("tbmodels")
        crystal = random_crystal(4, size=3, with_positions=False)
        model = tbmodels.Model(
            hop={tuple(c): m for c, m in zip(crystal.cells.tolist(), crystal.hoppings, strict=True)},
            pos=crystal.positions, uc=crystal.lattice, contains_cc=True, sparse=sparse,
        )  # fmt: skip
        converted = from_tbmodels(model)
        # TBmodels moves orbitals into the home cell.
        np.testing.assert_allclose(converted.positions, crystal.positions % 1, atol=1e-14)
        np.testing.assert_allclose(energies(converted), model.eigenval(REDUCED), atol=ROUNDING)
        np.testing.assert_allclose(energies(converted), energies(crystal), atol=ROUNDING)

    def test_without_a_unit_cell(self):
        with pytest.raises(InputError, match="no unit cell"):
            from_tbmodels(SimpleNamespace(uc=None, pos=[[0.0]], hop={}, size=1, dim=1))


def sisl_stand_in(crystal, spin="unpolarized"):
    """Return an object with sisl's attributes; H(k) is summed here, in the gauge without positions in the phase."""
    counts = 2 * np.abs(crystal.cells).max(axis=0) + 1

    def bloch(k, spin=0, format="csr"):
        phases = np.exp(2j * np.pi * crystal.cells @ np.asarray(k))
        return np.tensordot(phases, crystal.hoppings, 1) + spin * np.eye(crystal.size)

    geometry = SimpleNamespace(
        nsc=counts, cell=crystal.lattice, xyz=crystal.sites, no=crystal.size, o2a=lambda orbitals: orbitals
    )
    return SimpleNamespace(
        Hk=bloch, geometry=geometry, orthogonal=True, spin=SimpleNamespace(is_polarized=spin == "polarized")
    )


class TestSisl:
    @pytest.mark.parametrize("dimension", [2, 3])
    def test_by_its_attributes(self, dimension):
        crystal = random_crystal(4, size=2, dimension=dimension, with_positions=False)
        converted = from_sisl(sisl_stand_in(crystal))
        assert converted.periodic == crystal.periodic
        np.testing.assert_allclose(converted.positions, crystal.positions, atol=1e-12)
        np.testing.assert_allclose(energies(converted), energies(crystal), atol=ROUNDING)

    def test_two_spins_are_two_blocks(self):
        crystal = random_crystal(4, size=2, dimension=2, with_positions=False)
        converted = from_sisl(sisl_stand_in(crystal, "polarized"))
        both = np.sort(np.concatenate([energies(crystal), energies(crystal) + 1], axis=1), axis=1)
        np.testing.assert_allclose(energies(converted), both, atol=ROUNDING)
        np.testing.assert_allclose(converted.positions, np.tile(crystal.positions, (2, 1)), atol=1e-12)
        assert np.array_equal(converted.spin[0, 2], np.diag([0.5, 0.5, -0.5, -0.5]))

    @pytest.mark.parametrize("kind", ["unpolarized", "polarized", "non-collinear", "spin-orbit"])
    def test_the_real_package(self, kind):
        sisl = pytest.importorskip("sisl")
        rng = np.random.default_rng(1)
        model = sisl.Hamiltonian(sisl.geom.graphene(1.42), spin=sisl.Spin(kind))
        parts = model.shape[2]
        model.construct([(0.1, 1.44), (rng.normal(size=parts).tolist(), rng.normal(size=parts).tolist())])
        model = (model + model.transpose(spin=True, conjugate=True)) / 2 if parts > 1 else model
        converted = from_sisl(model)
        assert converted.periodic == (True, True, False)
        for x, row in zip(REDUCED, energies(converted), strict=True):
            k = [x[0], x[1], 0]
            spins = [{"spin": 0}, {"spin": 1}] if kind == "polarized" else [{}]
            theirs = np.concatenate([model.eigh(k=k, **spin) for spin in spins])
            np.testing.assert_allclose(row, np.sort(theirs), atol=ROUNDING)

    def test_what_has_no_bands_is_refused(self):
        crystal = random_crystal(4, size=2, dimension=2, with_positions=False)
        for change, message in (
            ({"orthogonal": False}, "overlaps"),
            ({"spin": SimpleNamespace(is_nambu=True)}, "superconductor"),
            ({"geometry": SimpleNamespace(nsc=[1, 1, 1])}, "couples no cells"),
        ):
            model = sisl_stand_in(crystal)
            vars(model).update(change)
            with pytest.raises(InputError, match=message):
                from_sisl(model)


class TestWannierBerri:
    def test_the_real_package(self, tmp_path):
        berri = pytest.importorskip("wannierberri")
        crystal = random_crystal(4, size=3)
        system = berri.system.System_tb(tb_file=str(write_tb(crystal, tmp_path / "a_tb.dat")), berry=True)
        converted = from_wannierberri(system)
        k = REDUCED @ crystal.reciprocal
        np.testing.assert_allclose(converted.hamiltonian(k), crystal.hamiltonian(k), atol=ROUNDING)
        np.testing.assert_allclose(converted.connection(k), crystal.connection(k), atol=ROUNDING)
        assert from_wannierberri(system, position_elements=False).position_matrices is None

    def test_a_plane_of_the_real_package(self):
        berri = pytest.importorskip("wannierberri")
        pythtb = pytest.importorskip("pythtb")
        if hasattr(pythtb, "TBModel"):
            pytest.skip("wannierberri's own Haldane model is written with version 1 of PythTB")
        from wannierberri.models import Haldane_ptb

        model = Haldane_ptb(delta=0.2, hop1=-1.0, hop2=0.15, phi=np.pi / 2)
        system = berri.system.System_PythTB(model, berry=True)
        converted = from_wannierberri(system)
        assert converted.periodic == (True, True, False)
        np.testing.assert_allclose(energies(converted), energies(from_pythtb(model)), atol=ROUNDING)


@pytest.mark.parametrize(
    ("convert", "package"),
    [
        (from_pythtb, "PythTB"),
        (from_tbmodels, "TBmodels"),
        (from_sisl, "sisl"),
        (from_wannierberri, "WannierBerri"),
    ],
)
def test_other_objects_are_refused(convert, package):
    with pytest.raises(InputError, match=f"type dict is no {package} model: it has no "):
        convert({})


def test_shipped_code_imports_none_of_the_packages():
    code = "import sys, wavepacket.hamiltonians; print(*{'pythtb', 'tbmodels', 'sisl', 'wannierberri'} & set(sys.modules))"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        == "\n"
    )
