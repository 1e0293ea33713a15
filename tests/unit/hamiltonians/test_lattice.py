"""`LatticeHamiltonian`: what it accepts, what it refuses, and its sums against plain ones."""

import dataclasses
import pickle

import numpy as np
import pytest

from tests.reference.random_crystal import random_crystal
from wavepacket.errors import InputError
from wavepacket.hamiltonians import LatticeHamiltonian, haldane, qi_wu_zhang

K = np.random.default_rng(7).uniform(-2, 2, (5, 3))


def term_by_term(crystal, matrices, k, order=0):
    """Σ_R (i d)^order M_ij(R) e^{ik·d} with d = R + τ_j − τ_i, one number at a time."""
    sites = crystal.positions @ crystal.lattice
    size = crystal.size
    result = np.zeros((*[3] * order, size, size), dtype=complex)
    for cell, matrix in zip(crystal.cells, matrices, strict=True):
        for i in range(size):
            for j in range(size):
                d = cell @ crystal.lattice + sites[j] - sites[i]
                term = matrix[i, j] * np.exp(1j * k @ d)
                for _ in range(order):
                    term = np.multiply.outer(1j * d, term)
                result[..., i, j] += term
    return result


class TestSums:
    @pytest.mark.parametrize("dimension", [1, 2, 3])
    def test_hamiltonian_and_derivatives_equal_plain_sums(self, dimension):
        crystal = random_crystal(dimension, dimension=dimension)
        methods = (crystal.hamiltonian, crystal.hamiltonian_gradient, crystal.hamiltonian_hessian)
        for order, method in enumerate(methods):
            expected = [term_by_term(crystal, crystal.hoppings, k, order) for k in K]
            np.testing.assert_allclose(method(K), expected, atol=1e-11)

    def test_connection_and_its_gradient_equal_plain_sums(self):
        crystal = random_crystal(11)
        for a in range(3):
            matrices = crystal.position_matrices[:, a]
            expected = [term_by_term(crystal, matrices, k) for k in K]
            np.testing.assert_allclose(crystal.connection(K)[:, a], expected, atol=1e-12)
            slope = [term_by_term(crystal, matrices, k, 1) for k in K]
            np.testing.assert_allclose(crystal.connection_gradient(K)[:, :, a], slope, atol=1e-11)

    def test_many_wavevectors_give_the_same_as_few(self, monkeypatch):
        crystal = haldane()
        k = np.random.default_rng(1).uniform(-3, 3, (50, 3))
        whole = crystal.hamiltonian(k)
        monkeypatch.setattr("wavepacket.hamiltonians.cells._BLOCK", 30)
        np.testing.assert_allclose(crystal.hamiltonian(k), whole, atol=1e-14)

    def test_connection_is_zero_without_position_matrices(self):
        assert not np.any(haldane().connection(K))
        assert haldane().connection_gradient(K).shape == (5, 3, 3, 2, 2)

    def test_one_wavevector_may_be_a_plain_vector(self):
        assert haldane().hamiltonian([0.1, 0.2, 0.0]).shape == (1, 2, 2)
        with pytest.raises(InputError, match=r"shape \(n, 3\)"):
            haldane().hamiltonian(np.zeros((4, 2)))

    def test_moving_k_by_a_reciprocal_vector_turns_the_orbitals(self):
        crystal = random_crystal(5)
        g = np.array([1, -2, 1]) @ crystal.reciprocal
        turn = np.exp(-1j * crystal.sites @ g)
        turned = turn[:, None] * crystal.hamiltonian(K) * turn.conj()
        np.testing.assert_allclose(crystal.hamiltonian(K + g), turned, atol=1e-12)


class TestGeometry:
    def test_reciprocal_vectors_are_dual(self):
        crystal = random_crystal(3)
        np.testing.assert_allclose(crystal.lattice @ crystal.reciprocal.T, 2 * np.pi * np.eye(3), atol=1e-14)

    def test_sizes(self):
        crystal = haldane(lattice_constant=2.46)
        assert (crystal.dimension, crystal.size, crystal.periodic) == (2, 2, (True, True, False))
        assert crystal.length_scale == pytest.approx(2.46, rel=1e-15)
        assert crystal.cell_volume == pytest.approx(np.sqrt(3) / 2 * 2.46**2, rel=1e-14)
        assert repr(crystal) == "LatticeHamiltonian(haldane: 2 orbitals, 7 cells, 2D)"

    def test_periodic_directions_come_first(self):
        """The vector that is not periodic is given first and 20 Å long; positions along it become Å."""
        crystal = LatticeHamiltonian.from_hoppings(
            [[0, 0, 20], [3, 0, 0], [1, 4, 0]],
            {(0, 1, 0): [[0.5]], (0, 0, 1): [[0.25]]},
            positions=[[0.1, 0.3, 0.2]],
            periodic=[False, True, True],
            valleys={"K": [0.9, 0.1, 0.2]},
        )
        np.testing.assert_array_equal(crystal.lattice, [[3, 0, 0], [1, 4, 0], [0, 0, 1]])
        np.testing.assert_allclose(crystal.positions, [[0.3, 0.2, 2.0]], atol=1e-12)
        assert crystal.cells.tolist() == [[-1, 0, 0], [0, -1, 0], [0, 0, 0], [0, 1, 0], [1, 0, 0]]
        assert crystal.valleys == {"K": (0.1, 0.2, 0.0)}

    def test_missing_vectors_carry_unit_vectors(self):
        crystal = LatticeHamiltonian.from_hoppings([[2.0]], {(1,): [[1.0]]}, positions=[[0.5, 0.7]])
        np.testing.assert_array_equal(crystal.lattice, np.diag([2.0, 1.0, 1.0]))
        np.testing.assert_array_equal(crystal.positions, [[0.5, 0.7, 0.0]])
        assert crystal.cell_volume == 2.0


class TestHermitianPartners:
    def test_partner_is_added(self):
        crystal = LatticeHamiltonian.from_hoppings([[1.0]], {(1,): [[1j, 2], [3, 4]]})
        assert crystal.cells.tolist() == [[-1, 0, 0], [0, 0, 0], [1, 0, 0]]
        np.testing.assert_array_equal(crystal.hoppings[0], [[-1j, 3], [2, 4]])

    def test_both_may_be_given_if_they_agree(self):
        both = {(1,): [[1j, 2], [3, 4]], (-1,): [[-1j, 3], [2, 4]]}
        one = LatticeHamiltonian.from_hoppings([[1.0]], {(1,): both[(1,)]})
        assert LatticeHamiltonian.from_hoppings([[1.0]], both) == one

    @pytest.mark.parametrize(
        ("hoppings", "message"),
        [
            (
                {(1,): [[1]], (-1,): [[2]]},
                r"cells \[1, 0, 0\] and \[-1, 0, 0\] must be each other's Hermitian",
            ),
            ({(0,): [[0, 1], [2, 0]]}, r"cell \[0, 0, 0\] must be Hermitian: its triangles disagree"),
            ({(0,): [[1j]]}, r"cell \[0, 0, 0\] must be Hermitian: .*its diagonal is not real"),
            ([((1,), [[1]]), ((1,), [[1]])], r"cell \[1, 0, 0\] is given twice"),
            ({}, "at least one hopping"),
            ({(1,): [[1]], (2,): [[1, 2], [3, 4]]}, "must be 1×1 as the others are, not 2×2"),
            ({(1,): [[1, 2, 3], [4, 5, 6]]}, r"square matrix, not of shape \(2, 3\)"),
            ({(1,): [[1, 2], [3]]}, "array of numbers with rows of equal length"),
            ({(1,): [["a"]]}, "array of numbers"),
            ({(1,): [[np.nan]]}, "finite"),
            ({(1,): [[np.inf]]}, "finite"),
            ({(1.5,): [[1]]}, "cell must be integers"),
            ({(0, 1): [[1]]}, "not periodic"),
            ({(1, 0, 0, 0): [[1]]}, "one to three integers"),
        ],
    )
    def test_refusals(self, hoppings, message):
        with pytest.raises(InputError, match=message):
            LatticeHamiltonian.from_hoppings([[1.0]], hoppings)

    def test_zero_matrices_leave_no_cell(self):
        assert len(haldane(t2=0.0).cells) == 5


@pytest.mark.parametrize(
    ("lattice", "keywords", "message"),
    [
        ([[1, 0], [2, 0]], {}, "singular"),
        ([[0.0]], {}, "singular"),
        ([[1, 0, 0], [0, 1, 0], [1, 1, 1e-9]], {}, "singular"),
        ([[1, np.nan], [0, 1]], {}, "lattice must be finite"),
        ([[1, 0, 0], [0, 0, 1]], {}, "must lie in the xy plane"),
        ([[0, 2]], {}, "must lie along x"),
        ([[1, 1]], {}, "must lie along x"),
        ([1, 2], {}, "one to three vectors"),
        ([[1, 0], [0, 1]], {"periodic": [True]}, "one flag for each"),
        ([[1, 0], [0, 1]], {"periodic": [True, True, True]}, "without a lattice vector cannot be periodic"),
        ([[1, 0], [0, 1]], {"periodic": [False, False]}, "at least one of them true"),
        ([[1, 0], [0, 1]], {"positions": [[0, 0], [0, 0]]}, "1 orbitals, not shape"),
        ([[1, 0], [0, 1]], {"positions": [[0, np.inf]]}, "positions must be finite"),
        ([[1, 0], [0, 1]], {"valleys": {"K": [1, 2, 3, 4]}}, "valley K must have one to three"),
        ([[1, 0], [0, 1]], {"position_matrices": {(0, 0): [[0]]}}, r"has shape \(1, 1\), not \(3, 1, 1\)"),
        (
            [[1, 0], [0, 1]],
            {"position_matrices": {(0, 0): [[[1]], [[0]], [[0]]]}},
            "it is given by positions",
        ),
    ],
)
def test_geometry_refusals(lattice, keywords, message):
    with pytest.raises(InputError, match=message):
        LatticeHamiltonian.from_hoppings(lattice, {(0,): [[1.0]]}, **keywords)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cells": [[0, 0, 0], [1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0]]}, "sorted"),
        ({"cells": [[-1, 0, 0], [0, -1, 0], [0, 0, 0], [0, 1, 0], [2, 0, 0]]}, "with every R also"),
        ({"cells": np.zeros((0, 3))}, "cells must have shape"),
        ({"hoppings": np.ones((5, 2, 3))}, "do not fit"),
        ({"hoppings": np.arange(20.0).reshape(5, 2, 2)}, "hoppings must be Hermitian"),
        ({"periodic": (False, True, True)}, "periodic directions first"),
        ({"lattice": np.diag([1.0, 1.0, 5.0])}, "must carry Cartesian unit vectors"),
        ({"lattice": np.eye(2)}, r"shape \(3, 3\)"),
        ({"position_matrices": np.zeros((5, 2, 2, 2))}, r"must have shape \(5, 3, 2, 2\)"),
    ],
)
def test_the_constructor_checks_complete_arrays(changes, message):
    with pytest.raises(InputError, match=message):
        dataclasses.replace(qi_wu_zhang(), **changes)


class TestIdentity:
    def test_arrays_are_read_only_copies(self):
        matrix = np.array([[1.0]])
        crystal = LatticeHamiltonian.from_hoppings([[1.0]], {(1,): matrix})
        matrix[0, 0] = 5
        assert crystal.hoppings[2, 0, 0] == 1.0
        for array in (crystal.lattice, crystal.cells, crystal.hoppings, crystal.positions):
            with pytest.raises(ValueError, match="read-only"):
                array[...] = 0

    def test_hash_sees_numbers_and_not_names(self):
        crystal = random_crystal(1)
        assert dataclasses.replace(crystal, name="other", notes=("a note",)) == crystal
        for changed in (
            dataclasses.replace(crystal, positions=crystal.positions + 1e-12),
            dataclasses.replace(crystal, hoppings=crystal.hoppings * (1 + 1e-15)),
            dataclasses.replace(crystal, position_matrices=None),
        ):
            assert changed != crystal

    def test_hash_is_the_same_on_every_machine_and_day(self):
        pinned = "5aaca607ff3cfd046b58dd5f0de4c88c25c38a1956f71458483967ce9c9729ea"
        assert qi_wu_zhang().content_hash() == pinned

    def test_a_negative_zero_is_a_zero(self):
        positive = LatticeHamiltonian.from_hoppings([[1.0]], {(1,): [[1.0, 0.0], [0.0, 1.0]]})
        negative = LatticeHamiltonian.from_hoppings(
            [[1.0]], {(1,): [[1.0, complex(-0.0, -0.0)], [-0.0, 1.0]]}
        )
        assert positive.content_hash() == negative.content_hash()

    def test_travels_to_other_processes(self):
        crystal = random_crystal(2)
        assert pickle.loads(pickle.dumps(crystal)) == crystal


def test_the_partner_of_each_number_is_implied():
    """A bond is written once: at R, at -R, or in one triangle of R = 0; what is written twice must agree."""
    whole = LatticeHamiltonian.from_hoppings(
        [[2.0]],
        {(0,): [[0.3, 1 + 2j], [1 - 2j, -0.3]], (1,): [[0.5, 3j], [0.7, 0]], (-1,): [[0.5, 0.7], [-3j, 0]]},
    )
    once = LatticeHamiltonian.from_hoppings(
        [[2.0]], {(0,): [[0.3, 1 + 2j], [0, -0.3]], (1,): [[0.5, 3j], [0, 0]], (-1,): [[0, 0.7], [0, 0]]}
    )
    assert once == whole
    with pytest.raises(InputError, match="each other's Hermitian adjoint"):
        LatticeHamiltonian.from_hoppings([[2.0]], {(1,): [[0, 1], [0, 0]], (-1,): [[0, 0], [2, 0]]})
