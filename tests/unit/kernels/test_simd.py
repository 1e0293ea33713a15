"""Values of eight doubles, compiled, against the same in numpy."""

import numba
import numpy as np
import pytest
from numba.core import config

from wavepacket.kernels.simd import WIDTH, count_below, every, fused, load, load_triples, store, store_triples


@numba.njit
def _everything(array, start, factor, limit, out, triples, apart):
    value = load(array, start)
    store(out, 2, fused(every(factor), value, every(0.25)))
    store_triples(triples, 1, value, every(factor), fused(value, value, value))
    x, y, z = load_triples(triples, 1)
    store(apart, 0, x)
    store(apart, WIDTH, y)
    store(apart, 2 * WIDTH, z)
    return count_below(value, limit)


def test_arithmetic_and_places() -> None:
    """Products of small integers and quarters are exact, so that fused and separate rounding agree."""
    array, start, factor = np.arange(20.0), 5, 3.0
    out, triples = np.full(WIDTH + 4, -1.0), np.full(3 * WIDTH + 2, -1.0)
    apart = np.zeros((3, WIDTH))
    below = _everything(array, start, factor, 9.5, out, triples, apart.reshape(-1))
    value = array[start : start + WIDTH]
    assert below == 5
    np.testing.assert_array_equal(out[2:-2], factor * value + 0.25)
    np.testing.assert_array_equal(
        triples[1:-1].reshape(WIDTH, 3),
        np.stack([value, np.full(WIDTH, factor), value * value + value], axis=1),
    )
    np.testing.assert_array_equal(apart.T.ravel(), triples[1:-1])
    assert (out[:2] == -1).all()
    assert (out[-2:] == -1).all()
    assert triples[0] == triples[-1] == -1


@pytest.mark.skipif(bool(config.DISABLE_JIT), reason="plain Python has no fused operation")
def test_products_are_rounded_once() -> None:
    """(1 + ε)² - 1 - 2ε is ε², which a product rounded by itself would lose."""
    epsilon = 2.0**-30
    array, out = np.full(WIDTH, 1.0 + epsilon), np.zeros(WIDTH)

    @numba.njit
    def squared(array, rest, out):
        value = load(array, 0)
        store(out, 0, fused(value, value, every(rest)))

    squared(array, -1.0 - 2.0 * epsilon, out)
    np.testing.assert_array_equal(out, epsilon**2)


def test_what_is_not_a_number_is_below_nothing() -> None:
    array = np.array([np.nan, -np.inf, 0.0, 1.0, np.inf, np.nan, 2.0, 3.0])
    unused = np.zeros(3 * WIDTH + 2)
    assert _everything(array, 0, 1.0, 2.0, unused, unused.copy(), unused.copy()) == 3
