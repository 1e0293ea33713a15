"""Numbers of populations that collisions conserve, against rate equations solved in time."""

import numpy as np
import pytest
from scipy.linalg import expm

from wavepacket.analysis.refill import Refill

STATES = np.array([1.0, 2.5, 0.7, 0.0])
WITHIN = np.array([10.0, 30.0, 20.0, 10.0])
EXCHANGED = np.zeros((4, 4))
EXCHANGED[0, 1], EXCHANGED[1, 2] = 0.02, 0.005
EXCHANGED += EXCHANGED.T  # N_i/τ_ij


def refill(frequency=0.0):
    rates = EXCHANGED / np.where(STATES == 0, 1.0, STATES)[:, None]
    return Refill(WITHIN, rates, frequency), 1 / WITHIN + rates.sum(axis=1)


@pytest.mark.parametrize("frequency", [0.0, 0.013])
def test_numbers_follow_rate_equations(frequency):
    """dn_i/dt = drive_i e^{-iωt} − Σ_j n_i/τ_ij + Σ_j n_j/τ_ji, from nothing until it is periodic."""
    collisions, rates = refill(frequency)
    drive = np.array([[0.3], [-0.5], [0.2], [0.0]]) * np.ones((1, 3))
    lifetime = STATES / (rates - 1j * frequency)
    shift = collisions.shift(STATES, lifetime, drive / (rates - 1j * frequency)[:, None])
    left = EXCHANGED / np.where(STATES == 0, 1.0, STATES)[:, None]
    flow = left.T - np.diag(left.sum(axis=1))
    # ∫_0^t e^{As} d e^{iωs} ds by the exponential of a larger matrix, for t long after every relaxation.
    larger = np.zeros((5, 5), dtype=complex)
    larger[:4, :4], larger[:4, 4] = flow + 1j * frequency * np.eye(4), drive[:, 0]
    numbers = expm(4000.0 * larger)[:4, 4]
    np.testing.assert_allclose(STATES * shift[:, 0], numbers, rtol=0, atol=1e-10)
    assert abs(STATES @ shift[:, 0]) < 1e-13


def test_collisions_give_back_what_they_take():
    """Σ N y = Σ N Γ δμ, and what all share alike is taken and given back in each by itself."""
    collisions, rates = refill()
    shift = np.array([[0.2, 0, 0], [-0.4, 0, 0], [1.0, 0, 0], [0.0, 0, 0]])
    back = collisions.back(STATES, shift)
    assert STATES @ back[:, 0] == pytest.approx((STATES * rates) @ shift[:, 0], rel=1e-14)
    np.testing.assert_allclose(collisions.back(STATES, np.ones((4, 3)))[:3, 0], rates[:3], rtol=1e-14)


def test_alike_valleys_relax_at_twice_the_rate():
    """Two of them are as valleys with an intervalley time of half of that from one to the other."""
    states, drive = np.array([2.0, 2.0]), np.array([[0.1, 0, 0], [-0.1, 0, 0]])
    both = Refill(np.array([5.0, 5.0]), np.array([[0, 1 / 40], [1 / 40, 0]]))
    old = Refill(np.array([5.0, 5.0]))
    fast, slow = 1 / 5 + 1 / 40, 1 / 5 + 1 / 20
    np.testing.assert_allclose(
        both.shift(states, states / fast, drive / fast),
        old.shift(states, states / slow, drive / slow),
        rtol=1e-12,
    )


def test_a_drive_of_all_is_no_drive():
    """A total other than zero is an error of the sum over packets, also of a population that exchanges with none."""
    collisions, rates = refill()
    lifetime = STATES / rates
    assert np.abs(collisions.shift(STATES, lifetime, lifetime[:, None] * np.ones((1, 3)))).max() < 1e-12
