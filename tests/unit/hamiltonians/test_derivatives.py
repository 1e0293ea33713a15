"""Properties of any crystal: Hermitian, periodic in its spectrum, and with the derivatives it claims."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.reference.random_crystal import random_crystal
from wavepacket.hamiltonians import CATALOGUE, KPHamiltonian, LatticeHamiltonian

EPS = np.finfo(float).eps
crystals = st.builds(
    random_crystal, st.integers(0, 2**32 - 1), size=st.integers(1, 4), dimension=st.integers(1, 3)
)
K = np.random.default_rng(3).uniform(-1, 1, (4, 3))


def bounds(model):
    """Return (Σ|H|, reach): |∂^n H| ≤ reach^n Σ|H| for the wavevectors used here."""
    if isinstance(model, KPHamiltonian):
        # |k| < 2: each derivative of a monomial of degree p is at most p·2^p for the powers in use.
        return 16 * float(np.sum(np.abs(model.matrices))), 4.0
    reach = np.linalg.norm(model.translations, axis=1).max() + 2 * np.linalg.norm(model.sites, axis=1).max()
    return float(np.sum(np.abs(model.hoppings))), max(float(reach), 1.0)


def assert_is_derivative(function, derivative, size, reach):
    """Central difference with the step where truncation h²reach³/6 and rounding eps/h meet."""
    h = (6 * EPS) ** (1 / 3) / reach
    tolerance = 4 * size * (h**2 * reach**3 / 6 + 8 * EPS * (1 + reach) / h)
    for a in range(3):
        step = h * np.eye(3)[a]
        slope = (function(K + step) - function(K - step)) / (2 * h)
        np.testing.assert_allclose(derivative(K)[:, a], slope, rtol=0, atol=tolerance)


@settings(max_examples=40, deadline=None)
@given(crystals)
def test_random_crystals(crystal):
    size, reach = bounds(crystal)
    h = crystal.hamiltonian(K)
    np.testing.assert_allclose(h, np.conj(h.swapaxes(1, 2)), atol=16 * EPS * size)
    g = np.array([1, 2, -1]) * crystal.periodic @ crystal.reciprocal
    moved = np.linalg.eigvalsh(crystal.hamiltonian(K + g))
    phase_error = 32 * EPS * reach * (np.linalg.norm(g) + 2)
    np.testing.assert_allclose(moved, np.linalg.eigvalsh(h), atol=size * phase_error)
    assert_is_derivative(crystal.hamiltonian, crystal.hamiltonian_gradient, size, reach)
    assert_is_derivative(crystal.hamiltonian_gradient, crystal.hamiltonian_hessian, size * reach, reach)
    extent = float(np.sum(np.abs(crystal.position_matrices)))
    assert_is_derivative(crystal.connection, crystal.connection_gradient, extent, reach)
    connection = crystal.connection(K)
    np.testing.assert_allclose(connection, np.conj(connection.swapaxes(2, 3)), atol=16 * EPS * max(extent, 1))


@pytest.mark.parametrize("name", CATALOGUE)
def test_library_models(name):
    model = CATALOGUE[name]()
    size, reach = bounds(model)
    h = model.hamiltonian(K)
    np.testing.assert_allclose(h, np.conj(h.swapaxes(1, 2)), atol=16 * EPS * size)
    assert_is_derivative(model.hamiltonian, model.hamiltonian_gradient, size, reach)
    assert_is_derivative(model.hamiltonian_gradient, model.hamiltonian_hessian, size * reach, reach)
    if isinstance(model, LatticeHamiltonian):
        for b in model.reciprocal[: model.dimension]:
            moved = np.linalg.eigvalsh(model.hamiltonian(K + b))
            np.testing.assert_allclose(moved, np.linalg.eigvalsh(h), atol=size * 1e-13)


@settings(max_examples=20, deadline=None)
@given(crystals)
def test_listing_the_partners_changes_nothing(crystal):
    """A crystal rebuilt from every cell, and from half of the cells in any order, is the same crystal."""
    everything = zip(map(tuple, crystal.cells.tolist()), crystal.hoppings, strict=True)
    half = [(cell, matrix) for cell, matrix in list(everything)[: len(crystal.cells) // 2 + 1]]
    lattice = crystal.lattice[: crystal.dimension]
    rebuilt = LatticeHamiltonian.from_hoppings(lattice, reversed(half), positions=crystal.positions)
    np.testing.assert_array_equal(rebuilt.cells, crystal.cells)
    np.testing.assert_allclose(rebuilt.hoppings, crystal.hoppings, atol=1e-15)
