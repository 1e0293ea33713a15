"""`KPHamiltonian`: monomials and their derivatives, and what the constructor refuses."""

import dataclasses

import numpy as np
import pytest

from wavepacket.errors import InputError
from wavepacket.hamiltonians import KPHamiltonian, massive_dirac, parabolic_band, weyl_node

WARPED = KPHamiltonian.from_terms(
    {
        (0, 0): [[1, 2j], [-2j, 0]],
        (2, 1): [[1, 0], [0, -1]],
        (0, 3): [[0, 1], [1, 0]],
        (1, 0): [[0, 1j], [-1j, 2]],
    }
)


def test_the_sum_is_the_polynomial():
    x, y = 0.3, -0.7
    expected = (
        np.array([[1, 2j], [-2j, 0]])
        + x**2 * y * np.diag([1, -1])
        + y**3 * np.array([[0, 1], [1, 0]])
        + x * np.array([[0, 1j], [-1j, 2]])
    )
    np.testing.assert_allclose(WARPED.hamiltonian([x, y, 9.0])[0], expected, atol=1e-15)


def test_derivatives_are_those_of_the_polynomial():
    x, y = 0.3, -0.7
    gradient, hessian = WARPED.hamiltonian_gradient([x, y, 0])[0], WARPED.hamiltonian_hessian([x, y, 0])[0]
    np.testing.assert_allclose(
        gradient[0], 2 * x * y * np.diag([1, -1]) + np.array([[0, 1j], [-1j, 2]]), atol=1e-15
    )
    np.testing.assert_allclose(
        gradient[1], x**2 * np.diag([1, -1]) + 3 * y**2 * np.array([[0, 1], [1, 0]]), atol=1e-15
    )
    np.testing.assert_allclose(hessian[0, 1], 2 * x * np.diag([1, -1]), atol=1e-15)
    np.testing.assert_allclose(hessian[1, 1], 6 * y * np.array([[0, 1], [1, 0]]), atol=1e-15)
    np.testing.assert_array_equal(hessian, hessian.transpose(1, 0, 2, 3))
    assert not np.any(gradient[2])


def test_derivatives_at_the_origin_are_finite():
    assert np.all(np.isfinite(WARPED.hamiltonian_hessian(np.zeros((1, 3)))))


def test_the_basis_does_not_move():
    assert weyl_node().connection(np.zeros((4, 3))).shape == (4, 3, 2, 2)
    assert not np.any(weyl_node().connection_gradient(np.ones((4, 3))))


@pytest.mark.parametrize(
    ("terms", "keywords", "message"),
    [
        ({}, {}, "at least one term"),
        ({(1, 0): [[0, 1], [0, 0]]}, {}, r"matrix of powers \[1, 0, 0\] must be Hermitian"),
        ([((1,), [[1]]), ((1, 0), [[1]])], {}, "given once"),
        ({(-1,): [[1]]}, {}, "between 0 and 12"),
        ({(13,): [[1]]}, {}, "between 0 and 12"),
        ({(0.5,): [[1]]}, {}, "integers"),
        ({(1, 0, 0, 0): [[1]]}, {}, "one to three integers"),
        ({(0, 1): [[1]]}, {"dimension": 1}, "first 1 components"),
        ({(1,): [[1]]}, {"dimension": 4}, "1, 2 or 3"),
        ({(1,): [[np.nan]]}, {}, "finite"),
        ({(1,): [[1]], (2,): [[1, 0], [0, 1]]}, {}, "must be 1×1"),
        ({(1,): [[1]]}, {"length_scale": 0.0}, "length_scale must be a positive"),
        ({(1,): [[1]]}, {"cutoff": -1.0}, "cutoff must be a positive"),
        ({(1,): [[1]]}, {"valleys": {"K": "x"}}, "valley K"),
    ],
)
def test_refusals(terms, keywords, message):
    with pytest.raises(InputError, match=message):
        KPHamiltonian.from_terms(terms, **keywords)


def test_dimension_follows_the_powers():
    assert [KPHamiltonian.from_terms({(0,) * n: [[1.0]]}).dimension for n in (1, 2, 3)] == [1, 2, 3]
    assert repr(parabolic_band(dimension=1)) == "KPHamiltonian(parabolic_band: 1 band, 1 terms, 1D)"


def test_content_hash_sees_cutoff_and_matrices_but_no_name():
    model = massive_dirac()
    assert dataclasses.replace(model, name="x") == model
    assert massive_dirac(cutoff=None) != model
    assert massive_dirac(mass=0.2) != model
    assert len(model.content_hash()) == 64


def test_arrays_are_read_only():
    with pytest.raises(ValueError, match="read-only"):
        massive_dirac().matrices[0] = 0
