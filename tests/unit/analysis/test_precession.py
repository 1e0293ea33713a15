"""Precession and lifetime of a mean spin from its values at the saves."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from wavepacket.analysis.precession import precession, turned
from wavepacket.analysis.relaxation import damped, fading, relaxation

TIME = np.linspace(0, 40, 21)


def spins(rate, decay=0.0):
    """A spin on a cone about an axis, at the start (0.4, 0, 0.3) by the axis z, which turns and fades."""
    spin = np.stack([0.4 * np.cos(rate * TIME), 0.4 * np.sin(rate * TIME), 0.3 + 0 * TIME], axis=1)
    turn, _ = np.linalg.qr(np.random.default_rng(2).normal(size=(3, 3)))
    turn *= np.sign(np.linalg.det(turn))
    return np.exp(-decay * TIME)[:, None] * spin @ turn.T, turn[:, 2]


@pytest.mark.parametrize("rate", [0.11, 0.6, -0.3])
def test_an_even_rotation_is_found_exactly(rate):
    spin, axis = spins(rate)
    found = precession(spin, TIME)
    assert found == pytest.approx(rate * axis, rel=1e-9, abs=1e-12)
    assert turned(spin, found)[-1] == pytest.approx(abs(rate) * 40, rel=1e-9)


def test_saves_too_far_apart_tell_nothing():
    assert np.all(np.isnan(precession(spins(0.9)[0], TIME)))  # 1.8 rad from save to save


def test_a_spin_that_only_fades_does_not_turn():
    spin = np.outer(np.exp(-TIME / 30), [0.1, 0.2, 0.3])
    assert not precession(spin, TIME).any()
    assert lifetime(spin) == pytest.approx(30, rel=1e-6)


def lifetime(spin):
    return fading(spin, TIME)[0].lifetime


def test_lifetime_while_it_turns():
    """An even rotation is taken out; the steps of a fading one are fitted to (Δt/τ)², 6e-3."""
    assert lifetime(spins(0.3, decay=1 / 25)[0]) == pytest.approx(25, rel=1e-3)
    assert fading(np.outer(np.ones(21), [0.1, 0.2, 0.3]), TIME) is None


@pytest.mark.parametrize("product", [0.01, 0.2, 0.25, 0.3, 4.0])  # R tau; 1/4 is the aperiodic limit
def test_a_damped_oscillator_is_found(product):
    """Against the equation as scipy solves it; λ from the roots of its polynomial."""
    tau = 9.0 * product**0.5
    rate = product / tau
    exact = solve_ivp(
        lambda t, y: [y[1], -(y[1] + rate * y[0]) / tau], (0, 40), [1, 0], t_eval=TIME, rtol=1e-12, atol=1e-13
    ).y[0]
    assert damped(rate, tau, TIME) == pytest.approx(exact, abs=1e-9)
    found = relaxation(0.5 * np.outer(exact, [0, 0, 1]) @ [0, 0, 2], TIME)
    slow = np.roots([tau, -1.0, rate])[np.argmin(np.roots([tau, -1.0, rate]).real)]
    assert found.lifetime == pytest.approx(1 / slow.real, rel=1e-3 if product == 0.25 else 1e-6)
    assert found.frequency == pytest.approx(abs(slow.imag), abs=1e-3 if product == 0.25 else 1e-7)


def test_a_fast_memory_is_motional_narrowing():
    """1/τ_s → R; noise of the saves moves it by no more than the fit allows."""
    noise = 1e-3 * np.random.default_rng(5).normal(size=len(TIME))
    found = relaxation(damped(0.05, 1e-3, TIME) + noise, TIME)
    assert found.lifetime == pytest.approx(20, rel=0.01)
    assert 0 < found.misfit < 3e-3
