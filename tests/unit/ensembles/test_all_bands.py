"""What bands without packets add: against the curvature of each of them, and where bands coincide."""

import numpy as np
import pytest
from scipy.linalg import block_diag
from scipy.optimize import brentq

from tests.reference.random_crystal import random_crystal
from wavepacket.bands import band
from wavepacket.config import FermiDirac, FermiSurface
from wavepacket.ensembles import curvature_of_others, fermi_sea, states_in_window
from wavepacket.hamiltonians import KPHamiltonian, LatticeHamiltonian
from wavepacket.units import E_OVER_HBAR

NONE = np.zeros((0, 3))
EDGE = FermiSurface(chemical_potential=0.5, temperature=3000, number=400, replicas=4)


@pytest.mark.parametrize("dimension", [2, 3])
@pytest.mark.parametrize("with_positions", [False, True])
def test_curvature_of_others_is_that_of_each(dimension, with_positions):
    crystal = random_crystal(3, size=4, dimension=dimension, with_positions=with_positions)
    found = curvature_of_others(EDGE, crystal, [1, 2], NONE, seed=1)
    each = [
        fermi_sea(EDGE, band(crystal, i, source="direct"), NONE, magnetic=[0, 0, 0], charge=-1, seed=1)[:, 0]
        for i in (0, 3)
    ]
    curvature = [0, 1, 2, 5, 6, 7]
    size = max(np.abs(one[:, curvature]).max() for one in each)
    np.testing.assert_allclose(found[:, curvature], sum(each)[:, curvature], rtol=0, atol=1e-11 * size)
    assert not found[:, 3:5].any()  # they are no carriers


def test_full_bands_may_coincide():
    """Two copies of a crystal have twice its curvature, though no band of theirs has any of its own."""
    one = random_crystal(5, size=2, dimension=2, with_positions=False)
    copies = {
        tuple(cell): block_diag(matrix, matrix)
        for cell, matrix in zip(one.cells.tolist(), one.hoppings, strict=True)
    }
    two = LatticeHamiltonian.from_hoppings(
        one.lattice[:2, :2], copies, positions=np.tile(one.positions[:, :2], (2, 1)), name="two"
    )
    full = FermiDirac(chemical_potential=0.0, temperature=0, number=300)
    found = curvature_of_others(full, two, [], NONE, seed=1)
    single = curvature_of_others(full, one, [], NONE, seed=1)
    np.testing.assert_allclose(found, 2 * single, rtol=0, atol=1e-10 * np.abs(single).max())


def test_weights_and_near_bands():
    crystal = random_crystal(4, size=3, dimension=2, with_positions=False)
    window = states_in_window(EDGE, crystal, NONE, seed=1, apart=1e9)
    assert window.share.sum() == pytest.approx(1.0, rel=1e-12)
    assert window.near == pytest.approx(1.0, rel=1e-12)  # every state has another band within that
    assert states_in_window(EDGE, crystal, NONE, seed=1, apart=0.0).near == 0.0


@pytest.mark.parametrize("dimension", [2, pytest.param(3, marks=pytest.mark.full)])
def test_densities_at_zero_temperature_have_their_factor(dimension):
    """A massive Dirac band, whose mass may grow with k_z², in a field: ∫ D k dk/2π up to where 𝓔 = μ, by Gauss's rules."""
    speed, mass, grows = 6.0, np.diag([0.05, -0.05]), np.diag([20.0, -20.0])
    terms = {
        (0, 0, 0): mass, (1, 0, 0): speed * np.array([[0, 1], [1, 0]]), (0, 1, 0): speed * np.array([[0, -1j], [1j, 0]]),
        (0, 0, 2): grows,
    }  # fmt: skip
    chosen = {powers[:dimension]: each for powers, each in list(terms.items())[: dimension + 1]}
    crystal, field, mu = KPHamiltonian.from_terms(chosen, cutoff=0.1), np.array([0.0, 0.0, 3.0]), 0.12
    upper = band(crystal, 1)

    def along(k, z):
        found = upper.geometry(np.stack([k, 0 * k, 0 * k + z], axis=1))
        return found.energy - found.orbital_moment @ field, 1 + E_OVER_HBAR * found.berry_curvature @ field

    def within(z):
        """With D and without it, of a plane."""
        edge = brentq(lambda k: along(np.array([k]), z)[0][0] - mu, 0.0, 0.1, xtol=1e-14)
        k = 0.5 * edge * (x + 1)
        return 0.5 * edge / (2 * np.pi) * np.array([weight @ (k * along(k, z)[1]), weight @ k])

    x, weight = np.polynomial.legendre.leggauss(40)
    exact, plain = within(0.0)
    if dimension == 3:
        top = brentq(lambda z: along(np.zeros(1), z)[0][0] - mu, 0.0, 0.1, xtol=1e-14)
        planes = np.array([within(z) for z in 0.5 * top * (x + 1) * (1 - 1e-9)])
        exact, plain = top / (2 * np.pi) * weight @ planes
    cold = FermiSurface(
        chemical_potential=mu, temperature=0, **({"number": 400} if dimension == 2 else {"grid": (8, 8, 8)})
    )
    found = fermi_sea(cold, upper, NONE, magnetic=field, charge=-1, seed=1, alone=False)
    # Of a crystal 40 000 scattered points have to tell D − 1: about 400 of them lie in the pocket.
    tolerance = 1e-8 * exact if dimension == 2 else 2 / 20 * abs(exact - plain)
    assert found[:, 0, 3].sum() == pytest.approx(exact, abs=tolerance)
    assert abs(exact - plain) > 1e-3 * exact  # what D makes of it
