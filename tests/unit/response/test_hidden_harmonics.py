"""Crystals whose hops are all of a kind that the usual shifts of meshes do not see: the uncertainty covers the truth."""

import numpy as np
import pytest

import wavepacket
from wavepacket.hamiltonians import LatticeHamiltonian, build_model
from wavepacket.hamiltonians.catalogue import CATALOGUE, is_shipped
from wavepacket.response.lattice_rule import lattice_rule

X, Y, Z = (np.array(m, dtype=complex) for m in ([[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]))


def two_bands(first, second):
    """Qi, Wu and Zhang's crystal whose hops go to two cells: those of (1, 0) and (0, 1) in other coordinates of k."""
    table = {(0, 0): -1.2 * Z, tuple(first): (Z - 1j * X) / 2, tuple(second): (Z - 1j * Y) / 2}
    return LatticeHamiltonian.from_hoppings(3.0 * np.eye(2), table, positions=np.zeros((2, 2)))


def hall(crystal, mesh, points):
    """σ_xy at 0 K on meshes up to one, with its uncertainty."""
    wanted = {
        "chemical_potential": [0.1], "temperature": [0.0], "quantities": ["anomalous_hall_conductivity"],
        "method": "uniform", "mesh": mesh, "points": points, "uncertainty": 1e-14,
    }  # fmt: skip
    found = wavepacket.response(wanted, hamiltonian=crystal, threads=1)["anomalous_hall_conductivity"]
    return tuple(np.asarray(part)[0, 0, 0, 1] for part in (found.value, found.uncertainty))


def with_a_third(matrix, energy):
    """A matrix of two orbitals with a third one that has nothing to do with them."""
    return np.block([[matrix, np.zeros((2, 1))], [np.zeros((1, 2)), energy]])


@pytest.mark.parametrize(("mesh", "least"), [(16, 1e-5), (24, 1e-8)])
def test_meshes_tell_what_their_shifts_do_not(mesh, least):
    """The strongest hop is seen by the usual shifts, but is that of a band without Berry curvature: five meshes err alike.

    σ_xy of the filled bands is 5; on one mesh the five agreed to 1e-13 and were off by `least` and more.
    """
    hops = {
        (0, 0): with_a_third(-1.2 * Z, -10), (1, 2): with_a_third((Z - 1j * X) / 2, 0),
        (2, -1): with_a_third((Z - 1j * Y) / 2, 0), (1, 0): with_a_third(0 * Z, 0.6),
    }  # fmt: skip
    crystal = LatticeHamiltonian.from_hoppings(3.0 * np.eye(2), hops, positions=np.zeros((3, 2)))
    assert lattice_rule(crystal) == (1, 2)
    value, error = hall(crystal, mesh, 7 * mesh**2)
    assert least < abs(value - 5) <= error < 10 * least


def test_hops_over_multiples_of_five_cells_are_seen():
    """(5, 0) and (0, 5) are 0 mod 5 by every rule: five meshes err alike."""
    crystal = two_bands((5, 0), (0, 5))
    assert lattice_rule(crystal) == (1 / 5, 2 / 5)
    value, error = hall(crystal, 24, 4100)
    assert abs(value + 25) <= error < 1e-5


def test_shifts_follow_the_hops():
    """(1, 2)·(1, 2) and (2, −1)·(1, 2) are 0 mod 5: meshes shifted by (1, 2)/5 all err alike, by 6e-5.

    The zone holds that of (1, 0), (0, 1), whose Chern number is 1, five times, and turned over.
    """
    wanted = {
        "chemical_potential": [0.1], "temperature": [300.0], "quantities": ["anomalous_hall_conductivity"],
        "method": "uniform", "mesh": 16, "points": 1500, "uncertainty": 0.5,
    }  # fmt: skip
    result = wavepacket.response(wanted, hamiltonian=two_bands((1, 2), (2, -1)), threads=1)
    found = result["anomalous_hall_conductivity"]
    value, error = (np.asarray(part)[0, 0, 0, 1] for part in (found.value, found.uncertainty))
    assert abs(value - 5) <= error < 1e-2


def test_usual_shifts_where_they_see_the_largest_hop():
    """Other crystals keep their meshes, and with them their numbers."""
    assert lattice_rule(two_bands((1, 0), (0, 1))) == (1, 2)
    assert lattice_rule(two_bands((1, 2), (0, 1))) == (1, 2)
    rule = np.array(lattice_rule(two_bands((1, 2), (2, -1))))
    assert np.all(np.array([[1, 2], [2, -1]]) @ rule % 5 != 0)


def test_library_crystals_keep_their_shifts():
    """Each of them, with its default parameters."""
    made = [build_model(name, {}) for name in CATALOGUE if is_shipped(name)]
    lattices = [one for one in made if isinstance(one, LatticeHamiltonian)]
    assert len(lattices) > 5
    for one in lattices:
        assert lattice_rule(one) == (1, 2, 3)[: one.dimension], one.name
