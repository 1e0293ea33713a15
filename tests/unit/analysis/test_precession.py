"""Precession and lifetime of a mean spin from its values at the saves."""

import numpy as np
import pytest

from wavepacket.analysis.precession import lifetime, precession, turned

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
    assert lifetime(spin, TIME) == pytest.approx(30, rel=1e-12)


def test_lifetime_while_it_turns():
    assert lifetime(spins(0.3, decay=1 / 25)[0], TIME) == pytest.approx(25, rel=1e-12)
    assert np.isnan(lifetime(spins(0.3)[0], TIME))
