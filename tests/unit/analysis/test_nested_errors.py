"""Errors of nested grids against sums that are known: geometric series of harmonics, and a kink that leaves a tail."""

import numpy as np
import pytest

from wavepacket.analysis.estimates import nested_error
from wavepacket.ensembles.zone import OFFSETS, nested_levels, nested_sub_grid


def sums(function, shape):
    """Deviations of the sub-grids from the mean over a grid, that mean, and how many sub-grids there are along each axis."""
    ids = np.arange(int(np.prod(shape)))
    indices = np.unravel_index(ids, shape)
    values = function(*[(i + offset) / n for i, offset, n in zip(indices, OFFSETS, shape, strict=False)])
    levels = nested_levels(shape)
    number = int(np.prod(levels))
    means = np.bincount(nested_sub_grid(shape, ids), values, minlength=number) * number / len(ids)
    return means - values.mean(), values.mean(), levels


def peak(x, a):
    """Σ a^|m| e^{2πimx}, of mean 1."""
    return (1 - a * a) / (1 - 2 * a * np.cos(2 * np.pi * x) + a * a)


@pytest.mark.parametrize(("a", "n"), [(0.5, 8), (0.5, 16), (0.7, 16), (0.8, 24), (0.8, 40), (0.9, 40)])
@pytest.mark.parametrize("slope", [0, 1, -1])
def test_an_analytic_sum_over_the_zone(slope, a, n):
    """Wherever the peak is: true errors over stated ones, and how much less is stated than half the points would err.

    With a slope its harmonics lie between the axes, and no axis alone shows any.
    """
    pulls, gains = [], []
    for shift in 0.618034 * np.arange(40) % 1.0:
        deviations, mean, levels = sums(
            lambda x, y, s=shift: peak(x + slope * y - s, a), (n, n if slope else 8)
        )
        error = nested_error(deviations, (1, 1, *levels))
        pulls.append(abs(mean - 1) / error)
        gains.append(error / np.abs(deviations).max())
        if slope:
            alone = [nested_error(deviations.reshape(levels).mean(axis=axis), (1, 1, 4)) for axis in (0, 1)]
            assert sum(alone) < 1e-10
    assert (
        np.mean(np.array(pulls) < 2) > 0.65
    )  # where both phases of its last harmonics are near zero it is too sure
    assert 0.3 * a ** (n / 4) < np.median(pulls) < 2
    assert np.median(gains) < a ** (n / 4)


def test_a_kink_in_space_leaves_more_than_its_first_harmonics_tell():
    """|sin πx|³ has harmonics 3/(π m⁴): along places an eighth of those of the sub-grids is left at least."""
    for n in (16, 32, 64):
        deviations, mean, levels = sums(lambda x: peak(x - 0.2, 0.6) + np.abs(np.sin(np.pi * x)) ** 3, (n,))
        error = nested_error(deviations, (*levels, 1))
        assert abs(mean - 1 - 4 / (3 * np.pi)) < 2 * error
        assert error >= 0.125 * abs(deviations @ [1, -1, 1, -1]) / 4


def test_what_does_not_fall_is_not_thought_to():
    """Two sub-grids alone tell of no fall; harmonics that are all alike count as a half, and along places as an eighth."""
    assert nested_error(np.array([1.0, -1.0]), (1, 1, 2)) == pytest.approx(1.0)
    assert nested_error(np.array([3.0, -1.0, -1.0, -1.0]), (1, 1, 4)) == pytest.approx(0.5)
    falling = np.array([1.01, 0.0, -0.99, 0.0])  # 1 at a quarter, 0.01 at a half
    assert nested_error(falling, (1, 1, 4)) == pytest.approx(0.005 * 0.005 / 1.0, rel=0.1)
    assert nested_error(falling, (1, 4, 1)) == pytest.approx(0.005 / 8, rel=0.1)


def test_sub_grids_are_grids():
    assert nested_levels((1, 48, 6, 5, 4)) == (1, 4, 2, 1, 2)
    ids = np.arange(48 * 6)
    grid = nested_sub_grid((48, 6), ids)
    assert np.bincount(grid).tolist() == [36] * 8
    assert np.unique(ids[grid == 3] // 6 % 4).tolist() == [1]
