"""Crystals whose hops are all of a kind that shifted meshes do not see: the uncertainty covers the truth."""

import numpy as np
import pytest

import wavepacket
from wavepacket.hamiltonians import LatticeHamiltonian

X, Y, Z = (np.array(m, dtype=complex) for m in ([[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]))


def two_bands(first, second):
    """Qi, Wu and Zhang's crystal whose hops go to two cells: those of (1, 0) and (0, 1) in other coordinates of k."""
    table = {(0, 0): -1.2 * Z, tuple(first): (Z - 1j * X) / 2, tuple(second): (Z - 1j * Y) / 2}
    return LatticeHamiltonian.from_hoppings(3.0 * np.eye(2), table, positions=np.zeros((2, 2)))


def responded(crystal, uncertainty, method="uniform"):
    wanted = {
        "chemical_potential": [-0.3, 0.1], "temperature": [300.0, 2000.0], "uncertainty": uncertainty, "method": method,
        "quantities": ["density", "anomalous_hall_conductivity"], "points": 40_000,
    }  # fmt: skip
    return wavepacket.response(wanted, hamiltonian=crystal, threads=1)


@pytest.fixture(scope="module")
def plain():
    """With all harmonics, converged to rounding."""
    return responded(two_bands((1, 0), (0, 1)), 1e-8)


@pytest.mark.parametrize(
    ("cells", "uncertainty"), [(((1, 2), (2, -1)), 1e-2), (((1, 2), (2, -1)), 1e-5), (((1, 0), (0, 3)), 1e-5)]
)
def test_another_mesh_tells_what_shifts_do_not(plain, cells, uncertainty):
    """n·(1, 2) = 0 mod 5 for all harmonics of the first crystal: five meshes that are shifted by (1, 2)/5 err alike."""
    found = responded(two_bands(*cells), uncertainty)
    turns = np.linalg.det(np.transpose(cells))  # how often its zone has the other one
    for name, factor in (("electron_density", 1.0), ("anomalous_hall_conductivity", turns)):
        value, error = (np.asarray(part) for part in (found[name].value, found[name].uncertainty))
        exact, rounding = (
            abs(factor) * np.asarray(part) for part in (plain[name].value, plain[name].uncertainty)
        )
        assert np.all(np.abs(value - np.sign(factor) * exact) <= error + rounding)
