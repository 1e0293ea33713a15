"""The spin of a crystal: matrices of models, of configs and of two files, and its energy in a magnetic field."""

from dataclasses import replace

import numpy as np
import pytest

from wavepacket.config import config_from_mapping
from wavepacket.errors import ConfigError, InputError
from wavepacket.hamiltonians import (
    CATALOGUE,
    KPHamiltonian,
    LatticeHamiltonian,
    as_data,
    as_model,
    build_hamiltonian,
    combine_spins,
    in_magnetic_field,
    kane_mele,
    luttinger,
    model,
    open_config,
    rashba_ferromagnet,
    read_npz,
    spin_of_pairs,
    tmd,
    with_spin,
    write_npz,
    write_tb,
)
from wavepacket.hamiltonians.parts import find_parts
from wavepacket.units import BOHR_MAGNETON, ELECTRON_MASS, HBAR

K = np.random.default_rng(3).uniform(-0.3, 0.3, (5, 3)) * [1, 1, 0]
SIGMA = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
FIELD = np.array([3.0, -4.0, 12.0])
FREE = {
    "kp": [
        {"powers": p, "matrix": (np.eye(2) * HBAR**2 / 2 / ELECTRON_MASS).tolist()} for p in ([2, 0], [0, 2])
    ]
}


def config_of(**sections):
    return config_from_mapping({"name": "t", **sections})


@pytest.mark.parametrize("name", [name for name in CATALOGUE if CATALOGUE[name]().spin is not None])
def test_spins_of_the_library(name):
    """S is Hermitian, of the same length on each axis, and [S_x, S_y] = i S_z where both spins of an orbital are there."""
    crystal = CATALOGUE[name](**({"spin": 0} if name in ("tmd", "bernevig_hughes_zhang") else {}))
    spin = crystal.spin_at(K)
    assert np.abs(spin - np.conj(np.swapaxes(spin, -1, -2))).max() < 1e-16
    scale = 3.0 if name == "luttinger" else 1.0  # J = 3S within the states of j = 3/2
    x, y, z = np.moveaxis(scale * spin, 1, 0)
    assert x @ y - y @ x == pytest.approx(1j * z, abs=1e-15)
    assert np.linalg.eigvalsh(spin).max() == pytest.approx(0.5)


def test_models_that_have_spin():
    known = {name for name in CATALOGUE if CATALOGUE[name]().spin is not None}
    assert known == {
        "altermagnet", "bernevig_hughes_zhang", "dirac_semimetal", "fu_kane_mele", "kane_mele", "luttinger",
        "rashba_ferromagnet", "tmd",
    }  # fmt: skip
    assert np.array_equal(tmd(spin=-1).spin[0, 2], -0.5 * np.eye(3))


def test_spin_of_time_reversed_states_is_opposite():
    """H(k)* of iσ_y: of every eigenstate of Kane and Mele's model at k there is one of opposite spin at −k."""
    crystal = kane_mele(rashba=0.2)

    def spins(k):
        _, u = np.linalg.eigh(crystal.hamiltonian(k))
        s = np.conj(np.swapaxes(u, 1, 2))[:, None] @ crystal.spin_at(k) @ u[:, None]
        return np.diagonal(s, axis1=2, axis2=3).real

    assert np.abs(spins(K)).max() > 0.3
    assert spins(-K) == pytest.approx(-spins(K), abs=1e-12)


@pytest.mark.parametrize(
    "spin", ["1/2", {"pairs": [[0, 1]]}, [(each / 2).tolist() for each in SIGMA]], ids=["half", "pairs", "matrices"]
)  # fmt: skip
def test_an_electron_has_its_lower_energy_against_the_field(spin):
    """+(g μ_B/2) σ·B: |B| = 13 T splits by g μ_B|B|, and spin down along +z is lower; a positive charge is the other way."""
    model = {**FREE, "spin": spin}
    fields = {"magnetic": list(FIELD), "zeeman": {"g": 2.0}}
    energy = build_hamiltonian(config_of(model=model, fields=fields)).hamiltonian([0.0, 0.0, 0.0])[0]
    assert energy == pytest.approx(BOHR_MAGNETON * np.tensordot(FIELD, SIGMA, axes=1), abs=1e-18)
    assert np.ptp(np.linalg.eigvalsh(energy)) == pytest.approx(2 * 13 * BOHR_MAGNETON, rel=1e-12)
    assert energy[1, 1].real < 0
    hole = build_hamiltonian(config_of(model=model, fields=fields, charge=1)).hamiltonian([0.0, 0.0, 0.0])[0]
    assert hole == pytest.approx(-energy, abs=1e-18)


def test_landau_levels_of_a_free_electron_with_g_2():
    """(σ·Π)²/2m of charge −e, whose lowest level is zero: ħω_c/2 − (2/2)μ_B B vanishes with this sign, for spin down.

    The levels of each spin are ħω_c(n + 1/2) + ε_Zeeman, ω_c = eB/m.
    """
    b = 7.0
    crystal = build_hamiltonian(
        config_of(model={**FREE, "spin": "1/2"}, fields={"magnetic": [0, 0, b], "zeeman": {}})
    )
    zeeman = np.linalg.eigvalsh(crystal.hamiltonian([0.0, 0.0, 0.0]))[0]
    cyclotron = HBAR * 1e-5 * b / ELECTRON_MASS  # e = 1; 1 T = 1e-5 V fs/Å²
    levels = cyclotron * (np.arange(3) + 0.5) + zeeman[:, None]
    assert levels[0] == pytest.approx(cyclotron * np.arange(3), abs=1e-12 * cyclotron)
    assert levels[1] == pytest.approx(cyclotron * np.arange(1, 4), rel=1e-12)


def test_a_dirac_cone_of_spins():
    """ħv(k_xσ_y − k_yσ_x): B_z opens the gap g μ_B B_z, and B in the plane moves the cone by g μ_B B/2ħv across it."""
    velocity, g, b = 3.0, 5.0, 10.0
    kp = [
        {"powers": [1, 0], "matrix": velocity * SIGMA[1]},
        {"powers": [0, 1], "matrix": -velocity * SIGMA[0]},
    ]
    cone = {"kp": [{**each, "matrix": each["matrix"].tolist()} for each in kp], "spin": "1/2"}

    def gap(field, k):
        crystal = build_hamiltonian(config_of(model=cone, fields={"magnetic": field, "zeeman": {"g": g}}))
        return np.ptp(np.linalg.eigvalsh(crystal.hamiltonian(k))[0])

    assert gap([0, 0, b], [0.0, 0.0, 0.0]) == pytest.approx(g * BOHR_MAGNETON * b, rel=1e-12)
    moved = g * BOHR_MAGNETON * b / 2 / velocity
    assert gap([b, 0, 0], [0.0, moved, 0.0]) == pytest.approx(0, abs=1e-15)
    assert gap([b, 0, 0], [0.0, 0.0, 0.0]) == pytest.approx(g * BOHR_MAGNETON * b, rel=1e-12)


def test_elements_between_cells():
    """S(R) of Wannier functions: S(k) and the energy have the phases of H(k)."""
    rng = np.random.default_rng(1)
    cells = np.array([[1, 0, 0], [0, 0, 0], [-1, 0, 0]])
    far = rng.normal(size=(3, 2, 2)) + 1j * rng.normal(size=(3, 2, 2))
    spin = np.stack([far, SIGMA / 2, np.conj(np.swapaxes(far, 1, 2))])
    bare = LatticeHamiltonian.from_hoppings([[2.0]], {(2,): -np.eye(2)}, positions=[[0.0], [0.3]])
    crystal = with_spin(bare, spin, cells)
    k = K * [1, 0, 0]
    phase = np.exp(1j * k[:, 0, None] * np.array([0.0, 0.6]))
    frame = np.conj(phase)[:, :, None] * phase[:, None, :]
    wave = np.exp(2j * k[:, 0])[:, None, None, None]
    expected = frame[:, None] * (wave * spin[0] + spin[1] + np.conj(wave) * spin[2])
    assert crystal.spin_at(k) == pytest.approx(expected, abs=1e-14)
    shift = in_magnetic_field(crystal, FIELD, 2.0).hamiltonian(k) - bare.hamiltonian(k)
    energy = 2 * BOHR_MAGNETON * np.einsum("a,naij->nij", FIELD, expected)
    assert shift == pytest.approx(energy, abs=1e-14)
    assert as_model(crystal) is None  # such a crystal lies in a file


def test_files_and_configs_keep_the_spin(tmp_path):
    crystal = with_spin(rashba_ferromagnet(), SIGMA / 2)
    write_npz(crystal, tmp_path / "c.npz")
    assert np.array_equal(read_npz(tmp_path / "c.npz").spin, crystal.spin)
    held = open_config({"name": "t"}, crystal)
    assert np.array_equal(build_hamiltonian(held).spin, crystal.spin)
    kp = open_config({"name": "t"}, luttinger())
    assert np.array_equal(build_hamiltonian(kp).spin, luttinger().spin)


def test_a_model_of_a_script_gets_the_field_once():
    @model
    def spinful_line(spacing: float = 2.0) -> LatticeHamiltonian:
        return LatticeHamiltonian.from_hoppings([[spacing]], {(1,): -np.eye(2)}, spin=SIGMA / 2)

    try:
        fields = {"magnetic": list(FIELD), "zeeman": {"g": 2.0}}
        config = config_of(model={"name": "spinful_line"}, fields=fields)
        data = build_hamiltonian(as_data(config))
        assert data == build_hamiltonian(config)
        assert data != spinful_line()
    finally:
        del CATALOGUE["spinful_line"]


def test_parts_keep_their_spin():
    """Spins that nothing connects: each part has S_z = ±1/2 and no S_x."""
    parts = find_parts(kane_mele(rashba=0.0)).parts
    assert [part.hamiltonian.spin[0, 2].real.tolist() for part in parts] == [
        (s * 0.5 * np.eye(2)).tolist() for s in (1, -1)
    ]


class TestTwoFiles:
    def pair(self):
        up = tmd(spin=1)
        return up, replace(tmd(spin=-1), positions=up.positions + np.array([0.01, 0, 0]))

    def test_both_spins_in_one_crystal(self):
        up, down = self.pair()
        both = combine_spins(up, down)
        energies = [np.linalg.eigvalsh(each.hamiltonian(K)) for each in (up, down)]
        assert np.linalg.eigvalsh(both.hamiltonian(K)) == pytest.approx(
            np.sort(np.concatenate(energies, axis=1))
        )
        assert np.array_equal(both.spin[0, 2], np.diag([0.5] * 3 + [-0.5] * 3))
        assert "apart" in both.notes[-1]

    def test_from_a_config(self, tmp_path):
        up, down = self.pair()
        for name, each in (("up", up), ("down", down)):
            write_tb(each, tmp_path / f"{name}_tb.dat")
        (tmp_path / "c.yaml").write_text(
            "name: t\nmodel: {file: up_tb.dat, spin_down: down_tb.dat, periodic: [true, true, false]}\n"
        )
        found = build_hamiltonian(open_config(tmp_path / "c.yaml"))
        expected = np.linalg.eigvalsh(combine_spins(up, down).hamiltonian(K))
        assert np.linalg.eigvalsh(found.hamiltonian(K)) == pytest.approx(expected, abs=1e-9)
        assert found.spin is not None

    def test_refused(self, tmp_path):
        with pytest.raises(InputError, match="different lattices"):
            combine_spins(tmd(), tmd(material="MoTe2"))
        with pytest.raises(InputError, match="no pairs"):
            combine_spins(tmd(), tmd(spin=0))
        write_tb(tmd(), tmp_path / "up_tb.dat")
        (tmp_path / "c.yaml").write_text("name: t\nmodel: {file: up_tb.dat, spin_down: down_tb.dat}\n")
        with pytest.raises(ConfigError, match=r"model\.spin_down"):
            build_hamiltonian(open_config(tmp_path / "c.yaml"))


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"model": {"name": "haldane"}, "fields": {"magnetic": [0, 0, 1], "zeeman": {}}},
         r"fields\.zeeman: the spin of haldane is not known"),
        ({"model": {"name": "kane_mele"}, "fields": {"magnetic_gradient": [1e-3], "zeeman": {}}},
         r"fields\.zeeman: needs a uniform magnetic field"),
        ({"model": {**FREE, "spin": {"pairs": [[0, 0]]}}}, r"model\.spin: the pairs must hold each"),
        ({"model": {**FREE, "spin": "3/2"}}, r"model\.spin: 2 orbitals are no multiple of 4"),
        ({"model": {**FREE, "spin": [[[0, 1], [0, 0]]] * 3}}, r"model\.spin: spin must be Hermitian"),
    ],
)  # fmt: skip
def test_refused(sections, message):
    with pytest.raises(ConfigError, match=message):
        build_hamiltonian(config_of(**sections))


def test_a_crystal_without_a_spin_says_so():
    with pytest.raises(InputError, match="not known"):
        KPHamiltonian.from_terms({(2, 0): [[1.0]]}).spin_at([0.0, 0.0, 0.0])
    with pytest.raises(InputError, match="each of the orbitals"):
        spin_of_pairs([(0, 1)], 4)


def test_what_does_not_use_spin_keeps_its_content():
    """The spin is no part of H: tables and runs of a crystal are those of before."""
    crystal = kane_mele()
    assert replace(crystal, spin=None, spin_cells=None).content_hash() == crystal.content_hash()
    assert "zeeman" not in config_of(model={"name": "haldane"}).to_yaml()
