"""The Fermi level of a number of electrons against counts that are known apart from it."""

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import j0

from wavepacket import config_from_mapping
from wavepacket.errors import ConfigError, InputError
from wavepacket.hamiltonians import (
    LatticeHamiltonian,
    build_hamiltonian,
    build_model,
    fermi_level,
    from_fermi_level,
)

CHAIN = LatticeHamiltonian.from_hoppings([[2.0]], {(1,): [[-1.0]]})
SQUARE = LatticeHamiltonian.from_hoppings(np.eye(2), {(1, 0): [[-1.0]], (0, 1): [[-1.0]]})
CUBE = LatticeHamiltonian.from_hoppings(
    np.eye(3), {(1, 0, 0): [[-1.0]], (0, 1, 0): [[-1.0]], (0, 0, 1): [[-1.0]]}
)


def of_square(energy):
    k = (np.arange(20_000) + 0.5) / 20_000 * np.pi
    return np.mean(np.arccos(np.clip(-(energy + 2 * np.cos(k)) / 2, -1, 1))) / np.pi


def of_cube(energy):
    # n(E) = 1/2 + (1/π) ∫ J₀(2t)³ sin(Et)/t dt: the density of states is the product of three chains in t.
    t = np.linspace(1e-9, 400, 200_001)
    return 0.5 + np.trapezoid(j0(2 * t) ** 3 * np.sin(energy * t) / t, t) / np.pi


def of_chain(energy):
    return np.arccos(np.clip(-energy / 2, -1, 1)) / np.pi


@pytest.mark.parametrize(
    ("crystal", "count", "filling"),
    [
        (CHAIN, of_chain, 0.3),
        (CHAIN, of_chain, 0.8),
        (SQUARE, of_square, 0.05),
        (SQUARE, of_square, 0.3),
        (CUBE, of_cube, 0.3),
    ],
)
def test_level_of_a_metal(crystal, count, filling):
    found = fermi_level(crystal, filling)
    exact = brentq(lambda energy: count(energy) - filling, -7, 7, xtol=1e-9)
    assert abs(found.energy - exact) <= found.uncertainty <= 6e-3
    assert found.gap == 0


def test_a_gap_has_its_level_in_the_middle():
    found = fermi_level(build_model("gapped_graphene", {"gap": 0.28, "hopping": 2.8}), 1)
    assert (found.energy, found.gap) == pytest.approx((0.0, 0.28), abs=found.uncertainty)


def test_energies_are_counted_from_it():
    config = config_from_mapping(
        {"name": "counted", "model": {"lattice": [[2.0]], "hoppings": [{"cell": [1], "matrix": [[-1.0]]}], "electrons": 0.3}}
    )  # fmt: skip
    crystal = build_hamiltonian(config)
    at_zone = crystal.hamiltonian([[np.pi / 2, 0, 0]])[0, 0, 0].real
    assert at_zone == pytest.approx(2 + 2 * np.cos(0.3 * np.pi), abs=1e-5)
    assert "Fermi level of 0.3 electrons" in crystal.notes[-1]
    assert "electrons: 0.3" in config.to_yaml()


@pytest.mark.parametrize("electrons", [0, 2, 2.5])
def test_more_electrons_than_the_bands_hold(electrons):
    with pytest.raises(InputError, match="do not fill part of 2 bands"):
        from_fermi_level(build_model("haldane", {}), electrons)


def test_a_model_without_a_cell_has_no_count():
    mapping = {"name": "cone", "model": {"name": "massive_dirac", "electrons": 1}}
    with pytest.raises(ConfigError, match=r"model.electrons.*no cell"):
        build_hamiltonian(config_from_mapping(mapping))
