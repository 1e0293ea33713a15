"""The Fermi function and its slope against forty-digit arithmetic, from deep in the sea to far above it."""

from decimal import Decimal, localcontext
from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad

from wavepacket.formulas import entropy_kernel, fermi, heat_kernel, mott_kernel, surface_kernel

PLACES = [
    -700.0,
    -38.7,
    -36.5,
    -20.0,
    -1.0,
    -1e-9,
    0.0,
    1e-9,
    0.3,
    5.0,
    17.3,
    36.0,
    36.7,
    37.0,
    38.7,
    100.0,
    700.0,
]
# Each of exp, sum and quotient rounds once or twice: a few parts in 2⁵³.
ROUNDING = 6 * 2.0**-53


@pytest.mark.parametrize("x", PLACES)
def test_full_relative_accuracy(x):
    with localcontext() as context:
        context.prec = 40
        f = 1 / (1 + Decimal(x).exp())
        hole = 1 / (1 + (-Decimal(x)).exp())
        slope = f * hole
    assert float(fermi(x)) == pytest.approx(float(f), rel=ROUNDING, abs=0)
    assert float(surface_kernel(x)) == pytest.approx(float(slope), rel=ROUNDING, abs=0)


def test_shapes_and_limits():
    x = np.array([[-np.inf, -1e5, 0.0], [1.0, 1e5, np.inf]])
    assert fermi(x).tolist() == [[1.0, 1.0, 0.5], [1 / (1 + np.e), 0.0, 0.0]]
    assert surface_kernel(x)[0].tolist() == [0.0, 0.0, 0.25]
    assert np.isnan(fermi(np.nan))


@pytest.mark.parametrize("x", [-40.0, -12.0, -9.2, -3.0, -1e-3, 0.0, 0.5, 9.1, 9.3, 25.0])
def test_moments_above_a_level(x):
    """∫ yⁿ (−df/dy) dy from x on, n = 1 and 2, and the change of −df/dx with μ."""
    slope = lambda y: float(surface_kernel(y))  # noqa: E731
    for n, kernel in ((1, entropy_kernel), (2, heat_kernel)):
        edges = sorted({x, *(p for p in (-20.0, 0.0, 20.0) if p > x), max(x, 0.0) + 80})
        parts = [
            quad(lambda y, n=n: y**n * slope(y), a, b, epsrel=1e-12, epsabs=0)[0] for a, b in pairwise(edges)
        ]
        assert float(kernel(np.array(x))) == pytest.approx(sum(parts), rel=1e-11, abs=1e-13)
    change = (slope(x - 1e-5) - slope(x + 1e-5)) / 2e-5
    assert float(mott_kernel(np.array(x))) * slope(x) == pytest.approx(change, rel=1e-6, abs=1e-9)
