"""Spectra at rational flux: Hofstadter's butterfly, Landau levels of graphene, an independent construction."""

import numpy as np
import pytest

from tests.reference.landau import flux_spectrum
from tests.reference.random_crystal import random_crystal
from wavepacket.errors import InputError
from wavepacket.hamiltonians import LatticeHamiltonian, gapped_graphene, haldane
from wavepacket.response.flux import exact_flux, flux_levels, flux_quantum
from wavepacket.units import E_OVER_HBAR


def square():
    return LatticeHamiltonian.from_hoppings([[3.0, 0], [0, 3.0]], {(1, 0): [[-1.0]], (0, 1): [[-1.0]]})


@pytest.mark.parametrize(("p", "q"), [(1, 3), (2, 5), (-1, 4)])
@pytest.mark.parametrize(
    "crystal", [haldane(phi=0.7, staggered=0.2), random_crystal(8, dimension=2)], ids=str
)
def test_agrees_with_the_reference(crystal, p, q):
    mine, other = flux_levels(crystal, p, q, 4), flux_spectrum(crystal, p, q, 4)
    np.testing.assert_allclose(np.sort(mine, axis=None), np.sort(other, axis=None), atol=1e-11)


def test_hofstadter_at_one_third():
    """Three bands, E³ − 6E + 2[cos(3k_x) + cos(3k_y)] = 0: the outer edge solves E³ − 6E = 4."""
    levels = flux_levels(square(), 1, 3, 64)
    edge = np.max(np.roots([1, 0, -6, -4]).real)
    assert levels.max() == pytest.approx(edge, abs=2e-3)
    assert levels.max() <= edge + 1e-12
    np.testing.assert_allclose(np.abs(levels**3 - 6 * levels).max(), 4.0, atol=1e-2)


def test_graphene_has_its_landau_levels():
    crystal, q = gapped_graphene(hopping=2.82, gap=0.28), 150
    levels = np.unique(np.round(flux_levels(crystal, 1, q, 1), 9))
    velocity = 3**0.5 / 2 * 2.46 * 2.82
    field = flux_quantum(crystal) / q
    exact = np.sqrt(0.14**2 + 2 * velocity**2 * E_OVER_HBAR * field)
    nearest = levels[np.abs(levels - exact).argmin()]
    # Trigonal warping shifts the level by a few times (flux per cell).
    assert nearest == pytest.approx(exact, rel=3 / q)
    assert np.abs(np.abs(levels) - 0.14).min() < 1e-6


def test_density_in_a_gap_is_stredas():
    magnetization, states = exact_flux(haldane(), np.array([0.0]), np.zeros(1), 12, threads=1)
    assert states.value[0, 0] == pytest.approx(1.0, abs=1e-12)
    assert magnetization.unit == "mu_B/cell"


@pytest.mark.parametrize(("q", "sentence"), [(2, "at least 3"), (4000, "Q can be at most 1500")])
def test_sizes_that_make_no_sense(q, sentence):
    with pytest.raises(InputError, match=sentence):
        exact_flux(haldane(), np.zeros(1), np.zeros(1), q)
