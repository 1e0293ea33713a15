"""Angles of orbits in a trap: of a circle even, of an ellipse not, so that parts of a turn mislead."""

import numpy as np
import pytest

from wavepacket.analysis.traps import _uneven


@pytest.mark.parametrize("turns", [0.6, 1.3, 2.2, 7.9])
@pytest.mark.parametrize("ratio", [1.0, 0.5, 0.1])
def test_the_range_of_angles_covers_what_a_part_of_a_turn_is_off_by(turns, ratio):
    phase = np.linspace(0, 2 * np.pi * turns, 1001)
    z = (np.cos(phase + 0.3) + 1j * ratio * np.sin(phase + 0.3))[None]
    turned = np.angle(z[:, 1:] / z[:, :-1])
    off = abs(turned.sum() - 2 * np.pi * turns)
    assert off <= 2.0 * _uneven(turned)[0] + 1e-12
    assert (_uneven(turned)[0] < 1e-9) == (ratio == 1.0)
