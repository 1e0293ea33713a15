"""Elementary functions against extended precision (64-bit mantissa or more), over the ranges that they promise."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba.core import config

from wavepacket.kernels.elementary import (
    exponential,
    float_from_bits,
    fma,
    inverse_eighth_root,
    round_to_integer,
    sine_cosine,
)

if not config.DISABLE_JIT:
    import numba

    @numba.njit
    def called_fma(a, b, c):
        return fma(a, b, c)

    @numba.njit
    def called_bits(bits):
        return float_from_bits(bits)

else:
    called_fma, called_bits = fma, float_from_bits

LONG = np.longdouble
needs_extended = pytest.mark.skipif(
    np.finfo(LONG).eps > 1e-18, reason="this platform has no floating-point type longer than a double"
)
# Without compilation fma rounds twice, which shows in the last bits of everything made of it.
SLACK = 3.0 if config.DISABLE_JIT else 1.0


def evaluated(function, points):
    return np.array([function(float(x)) for x in points])


def angles():
    rng = np.random.default_rng(0)
    near_folds = np.pi / 2 * rng.integers(-60000, 60000, 3000) * (1 + 1e-15 * rng.normal(size=3000))
    return np.concatenate(
        [
            rng.uniform(-np.pi, np.pi, 5000),
            rng.uniform(-1e5, 1e5, 5000),
            near_folds,
            10.0 ** rng.uniform(-300, -1, 500),
        ]
    )


class TestSineCosine:
    @needs_extended
    def test_absolute_error_below_4e16(self):
        """The promise of the module for |x| < 1e5, which covers every phase k·a of a run."""
        x = angles()
        found = evaluated(sine_cosine, x)
        assert np.abs(found[:, 0] - np.sin(x.astype(LONG))).max() < 4e-16 * SLACK
        assert np.abs(found[:, 1] - np.cos(x.astype(LONG))).max() < 4e-16 * SLACK

    def test_small_angles_keep_relative_accuracy(self):
        x = 10.0 ** np.random.default_rng(1).uniform(-290, -3, 1000)
        np.testing.assert_allclose(evaluated(sine_cosine, x)[:, 0], np.sin(x), rtol=4e-16)

    def test_exact_values_and_parity(self):
        assert sine_cosine(0.0) == (0.0, 1.0)
        for x in angles()[::100]:
            s, c = sine_cosine(float(x))
            assert sine_cosine(float(-x)) == (-s, c)
            assert abs(s * s + c * c - 1) < 1e-15 * SLACK

    def test_not_a_number_stays_one(self):
        with np.errstate(invalid="ignore"):
            assert all(math.isnan(value) for value in sine_cosine(math.nan))


class TestExponential:
    @needs_extended
    def test_relative_error_below_4e16(self):
        rng = np.random.default_rng(2)
        x = np.concatenate(
            [rng.uniform(-700, 700, 5000), rng.uniform(-1, 1, 3000), -(10.0 ** rng.uniform(-20, 2.8, 2000))]
        )
        exact = np.exp(x.astype(LONG))
        assert np.abs((evaluated(exponential, x) - exact) / exact).max() < 4e-16 * SLACK

    def test_ends_of_the_range(self):
        assert exponential(0.0) == 1.0
        assert exponential(-700.0) > 0.0
        assert exponential(-700.1) == 0.0
        assert exponential(-1e300) == 0.0
        assert exponential(-math.inf) == 0.0


class TestPieces:
    @given(*[st.floats(-1e100, 1e100).filter(lambda x: x == 0 or abs(x) > 1e-100)] * 3)
    @pytest.mark.skipif(bool(config.DISABLE_JIT), reason="plain Python has no fused multiply-add before 3.13")
    def test_fma_rounds_once(self, a, b, c):
        assert called_fma(a, b, c) == float(Fraction(a) * Fraction(b) + Fraction(c))

    @given(st.floats(allow_nan=False))
    def test_bit_patterns(self, value):
        bits = int(np.array(value).view(np.int64))
        assert called_bits(bits) == value

    @given(st.floats(-1e9, 1e9))
    def test_rounding_is_to_the_nearest_even_integer(self, x):
        assert round_to_integer(x) == round(x)

    @needs_extended
    def test_inverse_eighth_root(self):
        """Three square roots halve each other's error: 0.5(1 + 1/2 + 1/4) ulp, and one for the division."""
        x = 10.0 ** np.random.default_rng(3).uniform(-30, 30, 2000)
        exact = x.astype(LONG) ** (-LONG(1) / 8)
        error = np.abs((evaluated(inverse_eighth_root, x) - exact) / exact)
        assert error.max() < 2 * np.finfo(float).eps
