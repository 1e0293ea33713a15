"""The table: its error is measured off the grid, falls as quintic splines do, and decides on the grid."""

import numpy as np
import pytest

from wavepacket.bands import direct, table
from wavepacket.hamiltonians import LatticeHamiltonian, cosine_band, haldane, qi_wu_zhang

MODEL = haldane(t2=0.2, staggered=0.1)


def errors(model, grid, index=0):
    facts = table(model, index, grid=grid).facts
    return np.array([facts[f"table_error_{name}"] for name in ("energy", "velocity", "curvature", "moment")])


def test_measured_errors_are_true():
    """A thousand points that the measurement did not use: none is worse than the facts say by more than half."""
    built, exact = table(MODEL, 0, grid=(48, 48)), direct(MODEL, 0)
    k = np.random.default_rng(77).uniform(0, 1, (1000, 3)) * [1, 1, 0] @ MODEL.reciprocal
    found, expected = built.geometry(k), exact.geometry(k)
    scale = np.abs(expected.berry_curvature).max()
    error = np.abs(found.berry_curvature - expected.berry_curvature).max() / scale
    assert 0.3 * built.facts["table_error_curvature"] < error < 1.5 * built.facts["table_error_curvature"]
    error = (
        np.abs(found.group_velocity - expected.group_velocity).max() / np.abs(expected.group_velocity).max()
    )
    assert 0.3 * built.facts["table_error_velocity"] < error < 1.5 * built.facts["table_error_velocity"]


def test_order_of_convergence():
    """Quintic splines: errors of values fall as h⁶ (64), of slopes as h⁵ (32), once the grid resolves the band."""
    ratios = errors(qi_wu_zhang(m=1.0), (128, 128)) / errors(qi_wu_zhang(m=1.0), (256, 256))
    np.testing.assert_allclose(ratios, [64, 32, 64, 64], rtol=0.1)


def test_grid_is_doubled_until_the_accuracy_is_met():
    built = table(MODEL, 0, accuracy=1e-4)
    coarser = tuple(p // 2 for p in built.integers[3:5])
    assert max(built.facts.values()) <= 1e-4 < errors(MODEL, coarser).max()
    assert len(built.notes) == 1
    assert "largest relative error off the grid" in built.notes[0]


def test_a_grid_that_is_too_coarse_says_so():
    built = table(MODEL, 0, grid=(12, 12), accuracy=1e-6)
    assert max(built.facts.values()) > 1e-3
    assert "does not reach the accuracy of 1.0e-06" in built.notes[1]


def test_progress_is_reported():
    lines = []
    table(MODEL, 0, accuracy=1e-4, report=lines.append)
    assert lines[0] == "building a table of 32 x 32 points for band 0"
    assert lines[1] == "building a table of 64 x 64 points for band 0"


def test_a_single_band_has_no_other_band_near():
    built = table(cosine_band(dimension=2), 0, grid=(16, 16))
    assert np.all(np.isinf(built.geometry(np.random.default_rng(0).uniform(-3, 3, (50, 3))).gap))
    assert built.facts["table_error_curvature"] == 0.0


@pytest.mark.parametrize("grid", [(32, 20), (7, 9), (33, 1)])
def test_any_shape_of_grid_interpolates(grid):
    """Even, odd and single-point axes; the crystal does not depend on the last one."""
    flat = LatticeHamiltonian.from_hoppings(
        [[3.0, 0.0], [1.0, 2.5]], {(0, 0): [[0.5, 0.1], [0.1, -0.5]], (1, 0): [[0.1, 0.2], [-0.1j, -0.2]]}
    )
    built, exact = table(flat, 0, grid=grid), direct(flat, 0)
    nodes = np.stack(
        np.meshgrid(np.arange(grid[0]) / grid[0], np.arange(grid[1]) / grid[1], [0.0]), -1
    ).reshape(-1, 3)
    k = nodes @ flat.reciprocal
    np.testing.assert_allclose(built.geometry(k).energy, exact.geometry(k).energy, atol=1e-14)


def test_zone_borders_are_as_smooth_as_the_inside():
    """Slightly before and after a border the splines are the same function: values and slopes continue."""
    built = table(MODEL, 1, grid=(24, 24))
    border = np.array([[1.0, 0.3, 0], [0.2, 1.0, 0], [1.0, 1.0, 0], [0.0, 0.0, 0]]) @ MODEL.reciprocal
    step = np.array([1e-7, -2e-7, 0])
    before, after = built.geometry(border - step), built.geometry(border + step)
    np.testing.assert_allclose(before.energy, after.energy, atol=1e-5)
    np.testing.assert_allclose(before.group_velocity, after.group_velocity, atol=1e-4)
    np.testing.assert_allclose(before.berry_curvature, after.berry_curvature, atol=1e-3)
    on = built.geometry(border)
    np.testing.assert_allclose(on.energy, (before.energy + after.energy) / 2, atol=1e-10)
