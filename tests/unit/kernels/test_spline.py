"""Quintic B-splines: a partition of unity that reproduces polynomials, with the slopes of its values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wavepacket.kernels.quintic import quintic_slopes, quintic_weights

fractions = st.floats(0, 1, exclude_max=True)


def weights_at(f):
    return np.array(quintic_weights(f)), np.array(quintic_slopes(f))


@given(fractions)
def test_partition_of_unity(f):
    values, slopes = weights_at(f)
    assert values.sum() == pytest.approx(1.0, abs=1e-15)
    assert slopes.sum() == pytest.approx(0.0, abs=1e-14)
    assert np.all(values >= 0)


@given(fractions)
def test_slopes_are_those_of_the_values(f):
    """The centred difference of a quintic with step h errs by h²/6 times its third derivative, here at most 10."""
    h = 1e-5
    inside = min(max(f, h), 1 - 2 * h)
    _, slopes = weights_at(inside)
    difference = (weights_at(inside + h)[0] - weights_at(inside - h)[0]) / (2 * h)
    np.testing.assert_allclose(slopes, difference, atol=10 * h**2 / 6 + 1e-15 / h)


@given(fractions, st.integers(0, 5))
def test_cardinal_series_of_a_polynomial(f, power):
    """Σ_j j^p B(f − j) is a polynomial of degree p with leading coefficient one: its p-th difference is p!."""
    nodes = np.arange(-2, 4)

    def series(x):
        cell = int(np.floor(x))
        return weights_at(x - cell)[0] @ (nodes + cell) ** power

    table = np.array([series(f + n) for n in range(power + 1)])
    assert np.diff(table, n=power)[0] == pytest.approx(float(np.prod(np.arange(1, power + 1))), abs=1e-9)


def test_values_at_a_knot():
    """1/120, 26/120, 66/120: what the prefilter divides by."""
    np.testing.assert_allclose(weights_at(0.0)[0] * 120, [1, 26, 66, 26, 1, 0], atol=1e-13)
