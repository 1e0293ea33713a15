"""Scales stay symmetric and useful for flat, peaked, singular and missing values."""

import numpy as np
import pytest
from matplotlib.colors import SymLogNorm

from wavepacket.plots.style import CATEGORIES, colour_scale, valley_colour


def test_signed_scale_is_symmetric_and_white_at_zero():
    scale = colour_scale([-1.0, 0.0, 3.0], signed=True)
    assert (scale.norm.vmin, scale.norm.vmax) == (-3.0, 3.0)
    np.testing.assert_allclose(scale.colours(0.5)[:3], 1.0, atol=0.003)


def test_sharp_peaks_get_a_logarithmic_scale():
    values = np.full(10_000, 0.01)
    values[:20] = -900.0
    scale = colour_scale(values, signed=True)
    assert isinstance(scale.norm, SymLogNorm)
    assert scale.norm.vmax == 900.0
    assert scale.extend == "neither"
    assert scale.norm(0.0) == pytest.approx(0.5)


def test_a_monopole_does_not_wash_out_the_rest():
    values = np.linspace(-5, 5, 10_001)
    values[77] = 1e30
    scale = colour_scale(values, signed=True)
    assert scale.norm.vmax < 6
    assert scale.extend == "both"


def test_a_few_crossings_of_a_metal_do_not_wash_out_its_bands():
    values = np.random.default_rng(1).lognormal(1.0, 1.0, 5000)
    values[::100] = 1e7
    scale = colour_scale(values, signed=True, usual_part=0.95, beyond=200.0)
    assert scale.norm.vmax == np.quantile(values, 0.95)
    assert scale.norm(np.median(values)) > 0.55


@pytest.mark.parametrize("signed", [True, False])
@pytest.mark.parametrize("values", [[], [np.nan, np.inf], [0.0, 0.0], [2.0]])
def test_scales_of_nothing(values, signed):
    scale = colour_scale(values, signed=signed)
    assert scale.norm.vmax > scale.norm.vmin


def test_colours_of_valleys_differ():
    assert len({valley_colour(i) for i in range(-1, 5)}) == 6
    assert len(set(CATEGORIES)) == 6
