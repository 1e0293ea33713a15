"""Numbers of populations that collisions conserve, against rate equations solved in time."""

import numpy as np
import pytest
from scipy.linalg import expm

from wavepacket.analysis.refill import Refill, Resolved

# At two energies: of the first one population has no states, of the second another one.
STATES = np.array([[1.0, 2.5, 0.7, 0.0], [0.4, 0.0, 0.9, 1.3]])
WITHIN = np.array([10.0, 30.0, 20.0, 10.0])
EXCHANGED = np.zeros((2, 4, 4))  # N_i/τ_ij
EXCHANGED[0, 0, 1], EXCHANGED[0, 1, 2], EXCHANGED[1, 0, 3], EXCHANGED[1, 2, 3] = 0.02, 0.005, 0.01, 0.03
EXCHANGED += EXCHANGED.swapaxes(1, 2)


def refill(frequency=0.0):
    rates = EXCHANGED / np.where(STATES == 0, 1.0, STATES)[..., None]
    return Refill(None, rates, frequency), 1 / WITHIN + rates.sum(axis=2)


def sums(rates, source, states=STATES):
    """Of flights that end at these rates (complex with a frequency), with sources per packet and time."""
    lifetime = states / rates
    return Resolved(states, lifetime, source * lifetime[..., None], np.zeros((*states.shape, 3)))


@pytest.mark.parametrize("frequency", [0.0, 0.013])
def test_numbers_follow_rate_equations(frequency):
    """dn_i/dt = drive_i e^{-iωt} − Σ_j n_i/τ_ij + Σ_j n_j/τ_ji at each energy, from nothing until it is periodic."""
    collisions, rates = refill(frequency)
    drive = np.array([[0.3, -0.5, 0.2, 0.0], [0.1, 0.0, 0.25, -0.35]])  # of all packets together
    source = np.divide(drive, STATES, out=np.zeros_like(drive), where=STATES > 0)[..., None] * np.ones(3)
    shift = collisions.shift(sums(rates - 1j * frequency, source))
    left = EXCHANGED / np.where(STATES == 0, 1.0, STATES)[..., None]
    for place in range(2):
        flow = left[place].T - np.diag(left[place].sum(axis=1))
        # ∫_0^t e^{As} d e^{iωs} ds by the exponential of a larger matrix, for t long after every relaxation.
        larger = np.zeros((5, 5), dtype=complex)
        larger[:4, :4], larger[:4, 4] = flow + 1j * frequency * np.eye(4), drive[place]
        numbers = expm(4000.0 * larger)[:4, 4]
        np.testing.assert_allclose(STATES[place] * shift[place, :, 0], numbers, rtol=0, atol=1e-10)
        assert abs(STATES[place] @ shift[place, :, 0]) < 1e-13


@pytest.mark.parametrize("frequency", [0.0, 0.013])
def test_collisions_give_back_what_they_take(frequency):
    """y = δμ/τ + Σ_j δμ_j/τ_ij, so that flights with it hold the numbers that the rate equations have."""
    collisions, rates = refill(frequency)
    source = np.array([[0.3, -0.12, 0.0, 0.0], [0.9, 0.0, 0.4, 0.0]])
    source[0, 2], source[1, 3] = (
        -(STATES[0, :2] @ source[0, :2]) / 0.7,
        -(STATES[1, :3] @ source[1, :3]) / 1.3,
    )
    found = sums(rates - 1j * frequency, source[..., None] * np.ones(3))
    shift, back = collisions.shift(found)[..., 0], collisions.back(found)[..., 0]
    between = EXCHANGED / np.where(STATES == 0, 1.0, STATES)[..., None]
    expected = shift / WITHIN + np.einsum("mij,mj->mi", between, shift)
    np.testing.assert_allclose(back, np.where(STATES > 0, expected, 0.0), rtol=0, atol=1e-13)
    np.testing.assert_allclose(
        STATES * shift, found.source[..., 0] + found.lifetime * back, rtol=0, atol=1e-13
    )


def test_alike_valleys_relax_at_twice_the_rate():
    """Two of them are as valleys with an intervalley time of half of that from one to the other."""
    states, drive = np.array([[2.0, 2.0]]), np.array([[[0.1, 0, 0], [-0.1, 0, 0]]])
    both = Refill(None, np.array([[[0, 1 / 40], [1 / 40, 0]]]))
    old = Refill(np.array([5.0, 5.0]))
    fast, slow = (np.full((1, 2), 1 / 5 + 1 / other) for other in (40, 20))
    np.testing.assert_allclose(
        both.shift(sums(fast, drive, states)), old.shift(sums(slow, drive, states)), rtol=1e-12
    )


def test_a_drive_of_all_is_no_drive():
    """A total other than zero is an error of the sum over packets, also of a population that exchanges with none."""
    collisions, rates = refill()
    assert np.abs(collisions.shift(sums(rates, np.ones((2, 4, 3))))).max() < 1e-12
