"""The tableau of DOP853 satisfies every condition that its orders mean, one for each rooted tree."""

import collections
import functools
import math

import numpy as np
import pytest
from scipy.integrate._ivp import dop853_coefficients as theirs

from wavepacket.kernels.integrate import dop853_coefficients as tableau
from wavepacket.kernels.integrate.runge_kutta import make_sum
from wavepacket.kernels.layout import DENSE, LANES, LAST_STAGE, STAGES, STATE

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


def stage_weights(tree, matrix=MATRIX):
    return np.prod([np.ones(STAGES), *(matrix @ stage_weights(branch, matrix) for branch in tree)], axis=0)


def size(tree):
    return 1 + sum(size(branch) for branch in tree)


def density(tree):
    return size(tree) * math.prod(density(branch) for branch in tree)


def symmetry(tree):
    counts = collections.Counter(tree)
    return math.prod(math.factorial(n) * symmetry(branch) ** n for branch, n in counts.items())


def defects(order, x, weights, matrix=MATRIX):
    """Coefficients of the elementary differentials of one order in the error of a sum of stages at x h."""
    return np.array(
        [
            (weights @ stage_weights(tree, matrix) - x**order / density(tree)) / symmetry(tree)
            for tree in sorted(trees(order))
        ]
    )


def interpolant(x, dense, matrix=MATRIX):
    """Weights of all stages at a fraction x of the step, from the rows that a table of dense output holds."""
    first, last, weights = np.eye(STAGES)[0], np.eye(STAGES)[LAST_STAGE], matrix[LAST_STAGE]
    terms = [weights, first - weights, 2 * weights - (last + first), *dense]
    assert len(terms) == DENSE
    combined, factors = np.zeros(STAGES), (x, 1 - x) * 4
    for n, term in reversed(list(enumerate(terms))):
        combined = factors[n] * (term + combined)
    return combined


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


OURS = np.array([filled(row) for row in tableau.DENSE])
THEIRS = np.array(theirs.A)
EXTRA = [LAST_STAGE + 1, LAST_STAGE + 2, LAST_STAGE + 3]
SERVE = [0, *range(5, STAGES)]
"""Stages 1 to 4 are of low order and serve no interpolant."""


@pytest.mark.parametrize("x", [0.1, 0.37, 0.5, 0.93])
def test_dense_output_has_order_seven(x):
    """At each fraction x of the step, the interpolant satisfies Σ_i b_i(x) Φ_i(t) = x^order/γ(t) up to order 7."""
    weights = interpolant(x, OURS)
    for order in range(1, 8):
        assert np.abs(defects(order, x, weights)).max() < 1e-12
    assert np.abs(defects(8, x, weights)).max() > 1e-7


def test_its_stages_allow_no_other_interpolant_of_order_seven():
    conditions = [density(t) * stage_weights(t)[SERVE] for order in range(1, 8) for t in trees(order)]
    assert np.linalg.matrix_rank(conditions, tol=1e-9) == len(SERVE)


@pytest.mark.parametrize("stage", EXTRA)
def test_extra_stages_come_nearest_to_order_seven(stage):
    """All conditions up to order 6; what these leave free cannot bring the sum of squares of order 7 further down."""
    for order in range(1, 7):
        assert np.abs(defects(order, NODES[stage], MATRIX[stage])).max() < 1e-12
    serve = [i for i in SERVE if i < stage]
    conditions = [density(t) * stage_weights(t)[serve] for order in range(1, 7) for t in trees(order)]
    _, singular, directions = np.linalg.svd(conditions)
    free = directions[int(np.sum(singular > 1e-9)) :]
    assert len(free) == len(serve) - 8
    slopes = np.array([stage_weights(t)[serve] / symmetry(t) for t in sorted(trees(7))]) @ free.T
    gradient = slopes.T @ defects(7, NODES[stage], MATRIX[stage])
    np.testing.assert_allclose(gradient / np.linalg.norm(slopes, axis=0), 0, atol=1e-10)


def test_error_within_a_step_is_a_sixth_of_the_published_interpolant():
    """Norm of the errors of order 8 over all elementary differentials; the published table is SciPy's."""
    at = np.linspace(0.05, 0.95, 19)
    published = [np.linalg.norm(defects(8, x, interpolant(x, theirs.D, THEIRS), THEIRS)) for x in at]
    ours = [np.linalg.norm(defects(8, x, interpolant(x, OURS))) for x in at]
    assert max(ours) < max(published) / 6
    np.testing.assert_allclose(THEIRS[: LAST_STAGE + 1], MATRIX[: LAST_STAGE + 1], rtol=0, atol=64 * EPS)


def test_compiled_sum():
    """Σ c_j K_j at one place; what steps make of it has the contract of integrators."""
    K = np.random.default_rng(0).normal(size=(STAGES, STATE, LANES))
    coefficients = {0: 0.5, 3: -1.25, 11: 0.1}
    total = sum(c * K[j] for j, c in coefficients.items())
    assert make_sum(coefficients)(K.ravel(), 2 * LANES + 7) == pytest.approx(
        total[2, 7], rel=1e-15, abs=1e-15
    )
