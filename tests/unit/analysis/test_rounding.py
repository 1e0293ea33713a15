"""Uncertainties cover the rounding of the numbers that a value comes from."""

import numpy as np
import pytest

from wavepacket.analysis.estimates import Estimator
from wavepacket.analysis.sampling import Sampling


@pytest.mark.parametrize("size", [1.0, 1e6])
@pytest.mark.parametrize("kind", ["list", "replicas"])
def test_a_small_difference_of_large_sums_is_uncertain_by_their_rounding(size: float, kind: str) -> None:
    """Each of the two numbers is known to half a unit in its last place: 2^-53 of it."""
    forward, backward = np.array([size, size]), np.array([size, size * (1 - 1e-15)])
    made = Estimator((forward, backward), None, Sampling(kind))
    value, error = made.estimate(lambda one, other: 0.5 * (one - other))
    assert abs(value) < 1e-14 * size
    assert 2 * size * 2.0**-53 < error < 1e-13 * size


def test_what_is_not_there_has_no_uncertainty() -> None:
    value, error = Estimator((np.zeros(1), np.ones(1)), None, Sampling("list")).estimate(lambda a, b: a * b)
    assert value == error == 0.0
