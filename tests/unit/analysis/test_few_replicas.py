"""Standard errors over few replicas cover as often as a normal error with a known width does."""

import numpy as np
import pytest

from wavepacket.analysis.estimates import Estimator
from wavepacket.analysis.sampling import Sampling

WITHIN = 0.6826894921  # one standard deviation of a normal distribution
TRIALS = 40_000


@pytest.mark.parametrize("number", [3, 4, 8, 32])
def test_normal_replicas_are_within_their_error_as_often_as_a_normal_error(number: int) -> None:
    """s/√n alone would cover 58, 61, 65 and 67.5 %: all but the last are beyond what chance moves the share by."""
    sums = np.random.default_rng(number).normal(size=(number, TRIALS))
    value, error = Estimator((sums,), None, Sampling("replicas")).estimate(lambda total: total)
    share = np.mean(np.abs(value) < error)
    assert abs(share - WITHIN) < 4 * np.sqrt(WITHIN * (1 - WITHIN) / TRIALS)


def test_a_ratio_of_sums_too() -> None:
    """As of a mean over packets; the denominator is known to 1 %, so that the ratio is normal to 1e-4."""
    sums = np.random.default_rng(1).normal(size=(2, 8, TRIALS))
    both = 1.0 + 0.5 * sums[0], 1.0 + 0.03 * sums[1]
    value, error = Estimator(both, None, Sampling("replicas")).estimate(lambda one, other: one / other)
    share = np.mean(np.abs(value - 1.0) < error)
    assert abs(share - WITHIN) < 4 * np.sqrt(WITHIN * (1 - WITHIN) / TRIALS)
