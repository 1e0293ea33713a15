"""Spectral weights: exact convolution for T > 0, occupation of cells at T = 0."""

import numpy as np
import pytest

from wavepacket.errors import InputError
from wavepacket.formulas import entropy_kernel, fermi, grand_kernel, surface_kernel
from wavepacket.kernels.reduce.spectral import interpolation
from wavepacket.response.axis import EnergyAxis
from wavepacket.response.histogram import Histogram, histogram_states
from wavepacket.response.spread import Spread
from wavepacket.response.weighing import Weighing
from wavepacket.units import BOLTZMANN

RNG = np.random.default_rng(0)
MU = np.array([-0.6, -0.1, 0.0, 0.35])


def histogram_of(temperature, energy, weight, widths=None):
    axis = EnergyAxis(MU, np.array(temperature))
    widths = np.full((*energy.shape, 2), 1e-10) if widths is None else widths
    rows = histogram_states(
        axis, energy, widths, weight[..., None, None], Weighing.alone(np.ones(len(energy)))
    )
    return Histogram(axis, rows)


@pytest.mark.parametrize("temperature", [20.0, 300.0, 2000.0])
def test_thermal_averages_are_those_of_the_states(temperature):
    energy, weight = RNG.uniform(-30, 30, (4000, 2)), RNG.normal(size=(4000, 2))
    energy[:2000] = RNG.uniform(-1, 1, (2000, 2))
    histogram = histogram_of([20.0, 300.0, 2000.0], energy, weight)
    kt = BOLTZMANN * temperature
    x = (energy[..., None] - MU) / kt
    exact = {
        "sea": fermi(x),
        "surface": surface_kernel(x) / kt,
        "grand": kt * grand_kernel(x),
        "entropy": BOLTZMANN * entropy_kernel(x),
        "warming": x * surface_kernel(x) / temperature,
    }
    for name, kernel in exact.items():
        found = getattr(histogram.group(temperature), name)(MU, temperature)[:, 0, 0]
        expected = np.einsum("nj,njm->m", weight, kernel)
        # 10⁻⁹ of the kernel's own size for each state within some k_BT, see `axis`; signs are random.
        scale = np.abs(weight).sum() * np.abs(kernel).max() if name != "grand" else np.abs(weight).sum() * 30
        np.testing.assert_allclose(found, expected, rtol=0, atol=2e-9 * scale)


def test_derivatives_of_the_kernels():
    x, h = np.linspace(-30, 30, 101), 1e-5
    np.testing.assert_allclose(
        (fermi(x - h) - fermi(x + h)) / (2 * h), surface_kernel(x), rtol=1e-6, atol=3e-11
    )
    np.testing.assert_allclose(
        (grand_kernel(x - h) - grand_kernel(x + h)) / (2 * h), fermi(x), rtol=1e-6, atol=1e-9
    )
    np.testing.assert_allclose(entropy_kernel(x), x * fermi(x) + grand_kernel(x), rtol=1e-12, atol=1e-13)


def test_steps_at_zero_temperature():
    energy, weight = RNG.uniform(-1, 1, (500, 3)), RNG.normal(size=(500, 3))
    histogram = histogram_of([0.0], energy, weight)
    below = energy[..., None] < MU
    np.testing.assert_allclose(
        histogram.cold("sea")[:, 0, 0], np.einsum("nj,njm->m", weight, below), atol=1e-12
    )
    depth = np.maximum(MU - energy[..., None], 0.0)
    np.testing.assert_allclose(
        histogram.cold("grand")[:, 0, 0], np.einsum("nj,njm->m", weight, depth), atol=1e-10
    )


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_spread_of_a_cell_is_that_of_its_points(dimension):
    widths = np.array([0.4, 0.25, 0.03])[:dimension]
    fine = (np.stack(np.meshgrid(*[(np.arange(100) + 0.5) / 100 - 0.5] * dimension), -1)).reshape(
        -1, dimension
    )
    energy = np.sort(fine @ widths)
    t = np.linspace(-0.3, 0.3, 13)
    inside = np.abs(t) < widths.sum() / 2
    spread = Spread(t[inside], np.tile(widths, (inside.sum(), 1)))
    below = np.searchsorted(energy, t[inside]) / len(energy)
    # A count of N points along each side is off by one layer of them, 1/N.
    np.testing.assert_allclose(spread.sea, below, atol=0.011)
    depth = np.array([np.mean(np.maximum(x - energy, 0)) for x in t[inside]])
    np.testing.assert_allclose(spread.grand, depth, atol=1e-4)
    h = 1e-6
    higher = Spread(t[inside] + h, np.tile(widths, (inside.sum(), 1)))
    np.testing.assert_allclose((higher.grand - spread.grand) / h, spread.sea, atol=1e-5)


def test_a_cell_is_counted_once():
    """Below, inside and above its spread, the occupation is 0, between, 1."""
    energy = np.array([[0.0]])
    widths = np.array([[[0.3, 0.2]]])
    sea = histogram_of([0.0], energy, np.ones((1, 1)), widths).cold("sea")[:, 0, 0]
    assert sea[0] == 0.0
    assert 0 < sea[1] < 0.5
    assert sea[2] == pytest.approx(0.5)
    assert sea[3] == 1.0


def test_interpolation_is_exact_for_polynomials():
    t = RNG.uniform(5, 6, 20)
    weights = np.empty((20, 12))
    for x, row in zip(t, weights, strict=True):
        interpolation(x, row)
    for power in range(12):
        # Terms of size 11^power cancel down to 6^power.
        found = weights @ ((np.arange(12) - 5.5) / 5.5) ** power
        np.testing.assert_allclose(found, ((t - 5.5) / 5.5) ** power, atol=1e-13)


def test_a_temperature_that_is_too_low_is_refused():
    axis = EnergyAxis(np.array([-10.0, 10.0]), np.array([1e-3]))
    with pytest.raises(InputError, match="too low for a scan"):
        _ = axis.nodes
