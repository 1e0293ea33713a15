"""The Fermi function and its slope against forty-digit arithmetic, from deep in the sea to far above it."""

from decimal import Decimal, localcontext

import numpy as np
import pytest

from wavepacket.formulas import fermi, surface_kernel

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
