"""The tableau of DOP853 satisfies every condition that its orders mean, one for each rooted tree."""

import functools

import numpy as np
import pytest

from wavepacket.kernels import dop853_coefficients as tableau
from wavepacket.kernels.layout import DENSE, LANES, LAST_STAGE, STAGES, STATE
from wavepacket.kernels.stages import make_sum

EPS = np.finfo(float).eps


def filled(row):
    return np.array([row.get(j, 0.0) for j in range(STAGES)])


MATRIX = np.array([filled(row) for row in tableau.STAGES])
NODES = np.array(tableau.NODES)
WEIGHTS = MATRIX[LAST_STAGE]


@functools.cache
def trees(order):
    """All rooted trees with that many nodes, as sorted tuples of subtrees."""
    if order == 1:
        return frozenset({()})
    return frozenset(
        tuple(sorted((*tree, branch)))
        for size in range(1, order)
        for branch in trees(size)
        for tree in trees(order - size)
    )


def stage_weights(tree):
    return np.prod([MATRIX @ stage_weights(branch) for branch in tree], axis=0) if tree else np.ones(STAGES)


def size(tree):
    return 1 + sum(size(branch) for branch in tree)


def density(tree):
    return size(tree) * np.prod([density(branch) for branch in tree])


def test_number_of_trees():
    assert [len(trees(order)) for order in range(1, 9)] == [1, 1, 2, 4, 9, 20, 48, 115]


def test_nodes_are_row_sums_and_stages_explicit():
    np.testing.assert_allclose(MATRIX.sum(axis=1), NODES, rtol=0, atol=64 * EPS)
    assert NODES[LAST_STAGE] == 1.0
    assert not np.any(np.triu(MATRIX))


@pytest.mark.parametrize("order", range(1, 9))
def test_every_condition_of_order_eight(order):
    """Σ_i b_i Φ_i(t) = 1/γ(t); rounding: coefficients up to 43 in products of up to seven sums."""
    for tree in trees(order):
        assert WEIGHTS @ stage_weights(tree) == pytest.approx(1 / density(tree), abs=1e-12)


def test_order_nine_is_not_reached():
    assert max(abs(WEIGHTS @ stage_weights(tree) - 1 / density(tree)) for tree in trees(9)) > 1e-7


@pytest.mark.parametrize(("coefficients", "order"), [(tableau.ERROR_3, 3), (tableau.ERROR_5, 5)])
def test_error_estimates_have_the_order_of_their_names(coefficients, order):
    """The difference of two methods vanishes on every tree up to the lower order, and on no higher order."""
    row = filled(coefficients)
    for low in range(1, order + 1):
        assert all(abs(row @ stage_weights(tree)) < 1e-13 for tree in trees(low))
    assert any(abs(row @ stage_weights(tree)) > 1e-6 for tree in trees(order + 1))


@pytest.mark.parametrize("x", [0.1, 0.37, 0.5, 0.93])
def test_dense_output_has_order_seven(x):
    """At each fraction x of the step, the interpolant satisfies Σ_i b_i(x) Φ_i(t) = x^order/γ(t) up to order 7."""
    rows = np.array([filled(row) for row in tableau.DENSE])
    first, last = np.eye(STAGES)[0], np.eye(STAGES)[LAST_STAGE]
    terms = [WEIGHTS, first - WEIGHTS, 2 * WEIGHTS - (last + first), *rows]
    assert len(terms) == DENSE
    combined, factors = np.zeros(STAGES), (x, 1 - x) * 4
    for n, term in reversed(list(enumerate(terms))):
        combined = factors[n] * (term + combined)
    for order in range(1, 8):
        for tree in trees(order):
            assert combined @ stage_weights(tree) == pytest.approx(x**order / density(tree), abs=1e-12)


def test_compiled_sum():
    """Σ c_j K_j at one place; what steps make of it has the contract of integrators."""
    K = np.random.default_rng(0).normal(size=(STAGES, STATE, LANES))
    coefficients = {0: 0.5, 3: -1.25, 11: 0.1}
    total = sum(c * K[j] for j, c in coefficients.items())
    assert make_sum(coefficients)(K.ravel(), 2 * LANES + 7) == pytest.approx(
        total[2, 7], rel=1e-15, abs=1e-15
    )
