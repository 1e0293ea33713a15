"""A real crystal from a Wannier90 file: 16 spin-degenerate bands of GaAs with position elements.

The partners of a pair of bands lie within 10⁻⁴ eV of each other: a band of its own is defined only there where it does not
matter. What is well defined, and tested to rounding, is the sum over a pair, in which the terms of the pair drop out.
"""

from dataclasses import replace

import numpy as np
import pytest

from tests.reference.kubo import band_quantities
from tests.reference.random_crystal import random_crystal
from wavepacket.bands import band, direct
from wavepacket.hamiltonians import read_tb, write_tb
from wavepacket.units import E_OVER_HBAR

PAIR = (8, 9)  # the lowest conduction band
K = np.random.default_rng(11).uniform(-1.0, 1.0, (12, 3))


@pytest.fixture(scope="module")
def crystal(gaas_file):
    return read_tb(gaas_file)


def sum_over_pair(crystal, name, **options):
    return sum(getattr(direct(crystal, n, **options).geometry(K), name) for n in PAIR)


def test_energies_and_velocities(crystal):
    truth = band_quantities(crystal, K)
    for n in PAIR:
        geometry = band(crystal, n).geometry(K)
        np.testing.assert_allclose(geometry.energy, truth.energy[:, n], atol=1e-12)
    np.testing.assert_allclose(
        sum_over_pair(crystal, "group_velocity"), truth.velocity[:, PAIR].sum(axis=1), atol=1e-10
    )


def test_curvature_of_the_pair(crystal):
    truth = band_quantities(crystal, K)
    found = sum_over_pair(crystal, "berry_curvature")
    np.testing.assert_allclose(found, truth.berry_curvature[:, PAIR].sum(axis=1), atol=1e-6)
    # GaAs has no inversion, but time reversal: odd in k, as far as the Wannier functions keep the symmetry.
    opposite = sum(direct(crystal, n).geometry(-K).berry_curvature for n in PAIR)
    np.testing.assert_allclose(opposite, -found, atol=0.005 * np.abs(found).max())
    assert np.abs(found).max() > 10


def test_position_elements_matter(crystal):
    full = sum_over_pair(crystal, "berry_curvature")
    without = sum_over_pair(crystal, "berry_curvature", position_elements=False)
    assert np.abs(full - without).max() > 0.01 * np.abs(full).max()


def test_moment_of_the_pair(crystal):
    """Written out for pairs of inside and outside bands: terms inside the pair are tiny in m."""
    truth = band_quantities(crystal, K)
    outside = [l for l in range(crystal.size) if l not in PAIR]
    expected = np.zeros((len(K), 3))
    for n in PAIR:
        gap = truth.energy[:, [n]] - truth.energy[:, outside]
        expected += E_OVER_HBAR / 2 * np.sum(truth.pairs[:, n, outside] / gap[..., None], axis=1)
    np.testing.assert_allclose(
        sum_over_pair(crystal, "orbital_moment"), expected, atol=1e-3 * np.abs(expected).max()
    )


@pytest.mark.parametrize("size", [2, 4])
def test_time_reversal_of_real_matrices(tmp_path, size):
    """Without spin, time reversal makes H(R) and r(R) real; then Ω and m are odd to rounding, position elements included."""
    made = random_crystal(size, size=size)
    crystal = read_tb(
        write_tb(
            replace(made, hoppings=made.hoppings.real, position_matrices=made.position_matrices.real),
            tmp_path / "real_tb.dat",
        )
    )
    for n in range(size):
        here, there = (direct(crystal, n).geometry(sign * K) for sign in (1, -1))
        for name in ("berry_curvature", "orbital_moment"):
            one, other = getattr(here, name), getattr(there, name)
            assert np.abs(one).max() > 0
            np.testing.assert_allclose(other, -one, atol=1e-10 * np.abs(one).max())
