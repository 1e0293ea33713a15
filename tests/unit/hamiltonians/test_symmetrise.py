"""Crystals made symmetric: noise on a crystal of known symmetry, with orbitals of several kinds, several sites and r(R)."""

from dataclasses import replace

import numpy as np
import pytest

from tests.reference.slater_koster import ferromagnet
from wavepacket import config_from_mapping
from wavepacket.errors import ConfigError, InputError
from wavepacket.hamiltonians import LatticeHamiltonian, build_hamiltonian, build_model, symmetrised, write_npz
from wavepacket.response.symmetry import find_symmetry

P_WITH_SPIN = [1, 2, 3, 10, 11, 12]
K = np.random.default_rng(4).uniform(-1, 1, (5, 3))


def of_p(noise=0.0, spin_orbit=0.3):
    crystal = ferromagnet(spin_orbit=spin_orbit, noise=noise)
    chosen = np.array(P_WITH_SPIN)
    return replace(
        crystal, hoppings=crystal.hoppings[:, chosen][:, :, chosen], positions=crystal.positions[chosen]
    )


def disturbed(crystal, size, seed=3):
    """Numbers at random on all elements of H and, where there are any, of r."""
    rng = np.random.default_rng(seed)

    def more(matrices):
        noise = rng.normal(size=matrices.shape) + 1j * rng.normal(size=matrices.shape)
        return matrices + size * (noise + np.conj(np.swapaxes(noise[::-1], -1, -2)))

    elements = crystal.position_matrices
    if elements is not None:
        elements = more(elements)
        orbital = np.arange(crystal.size)
        elements[len(elements) // 2][:, orbital, orbital] = 0
    return replace(crystal, hoppings=more(crystal.hoppings), position_matrices=elements)


@pytest.fixture(scope="module")
def noisy():
    return of_p(noise=1e-3)


def test_a_ferromagnet_gets_its_operations_back(noisy):
    assert len(find_symmetry(noisy).operations) == 1
    found = symmetrised(noisy, 0.02)
    assert (len(found.operations), sum(one.time_reversal for one in found.operations)) == (16, 8)
    assert len(find_symmetry(found.crystal).operations) == 16
    # A mean over 16 operations is nearer to the crystal without noise than the noisy one.
    truth = of_p().hamiltonian(K)
    after, before = (np.linalg.norm(one.hamiltonian(K) - truth) for one in (found.crystal, noisy))
    assert after < before / 2
    assert found.energy_change == pytest.approx(
        max(
            np.abs(h - dict(zip(map(tuple, noisy.cells.tolist()), noisy.hoppings, strict=True))[tuple(cell)]).max()
            for cell, h in zip(found.crystal.cells.tolist(), found.crystal.hoppings, strict=True)
        )
    )  # fmt: skip


def test_only_the_operations_that_are_given(noisy):
    found = symmetrised(noisy, 0.02, ("-y, x, z", "-x,-y,-z"))
    assert len(found.operations) == 8
    assert len(find_symmetry(found.crystal).operations) == 8


def test_an_operation_that_does_not_hold(noisy):
    with pytest.raises(InputError, match=r"do not hold within 0\.02 eV"):
        symmetrised(noisy, 0.02, ("x,-y,-z",))


@pytest.mark.parametrize("text", ["x,y", "2x,y,z", "x,y,z,S", "a,b,c", "x,x,z"])
def test_texts_that_are_no_operations(text):
    with pytest.raises(InputError, match="is no"):
        symmetrised(of_p(), 0.02, (text,))


@pytest.mark.parametrize("name", ["haldane", "kane_mele", "weyl_lattice"])
def test_a_crystal_that_is_symmetric_stays_as_it_is(name):
    crystal = build_model(name, {})
    found = symmetrised(crystal, 1e-6)
    np.testing.assert_allclose(found.crystal.hamiltonian(K), crystal.hamiltonian(K), atol=1e-12)
    assert len(found.operations) == len(find_symmetry(crystal).operations)


def test_two_sites_with_elements_of_r():
    """Three-fold axes between two kinds of sites: after it energies, Ω and m of all bands have them."""
    honeycomb = build_model("haldane", {})
    elements = np.zeros((len(honeycomb.cells), 3, 2, 2), dtype=complex)
    crystal = disturbed(replace(honeycomb, position_matrices=elements), 2e-3)
    found = symmetrised(crystal, 0.05)
    assert len(found.operations) == len(find_symmetry(honeycomb).operations) > 6
    assert np.abs(found.crystal.position_matrices).max() > 1e-4
    assert len(find_symmetry(found.crystal).operations) == len(found.operations)


def test_spins_that_nothing_couples():
    """Operations may then act on each spin with a phase of its own, and change nothing all the same."""
    crystal = of_p(spin_orbit=0.0)
    found = symmetrised(crystal, 1e-6, ("-y,x,z", "x,-y,-z", "-x,-y,-z", "x,y,z,T"))
    assert len(found.operations) == 32
    np.testing.assert_allclose(found.crystal.hamiltonian(K), crystal.hamiltonian(K), atol=1e-10)


def test_config(tmp_path, noisy):
    write_npz(noisy, tmp_path / "noisy.npz")
    model = {"file": str(tmp_path / "noisy.npz"), "symmetry": {"tolerance": "20 meV"}}
    crystal = build_hamiltonian(config_from_mapping({"name": "symmetric", "model": model}))
    assert any(
        "under 16 operations of the point group 4/mmm(4/m), D4h(C4h), 8 of them" in note
        for note in crystal.notes
    )
    model["symmetry"] = {"operations": ["x,-y,-z"]}
    with pytest.raises(ConfigError, match=r"model.symmetry.*do not hold"):
        build_hamiltonian(config_from_mapping({"name": "symmetric", "model": model}))


def test_a_chain_has_inversion_between_its_sites_wherever_they_are():
    chain = LatticeHamiltonian.from_hoppings(
        [[3.0]], {(0,): [[0.4, -1.0], [-1.0, 0.4]], (1,): [[0, 0], [-0.6, 0]]}, positions=[[0.101], [0.4]]
    )
    found = symmetrised(chain, 1e-3)
    assert found.position_change == pytest.approx(0.0, abs=1e-9)
    assert len(found.operations) == 4
