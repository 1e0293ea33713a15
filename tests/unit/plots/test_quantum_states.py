"""Panels of the internal state of an exact packet beside semiclassical ones."""

from types import SimpleNamespace

import numpy as np
import pytest

from wavepacket.plots.quantum_states import state_panels
from wavepacket.plots.style import new_figure

LOOKS = [{"color": "0.5"}, {"color": "C0"}]


def comparison(populations, **more):
    time = np.linspace(0, 8, len(populations))
    values = {
        "exact_populations": populations, "semiclassical_populations": populations + 0.01,
        "exact_spin": np.tile([0.1, 0.2, 0.3], (len(time), 1)), "semiclassical_spin": np.zeros((len(time), 3)),
    }  # fmt: skip

    class Found(SimpleNamespace):
        def __getitem__(self, name):
            return SimpleNamespace(value=values[name])

    config = SimpleNamespace(band=SimpleNamespace(group=(4, 5)))
    return (
        Found(has={"group", "spin"}, config=config, exact=SimpleNamespace(time=time))
        if not more
        else Found(has=set(), config=config, exact=SimpleNamespace(time=time))
    )


def test_populations_and_spin_have_a_panel_each():
    part = np.stack([np.linspace(0.9, 0.4, 5), np.linspace(0.1, 0.6, 5)], axis=1)
    panels = state_panels(comparison(part), LOOKS)
    first, second = new_figure().subplots(1, 2)
    for draw, ax in zip(panels, (first, second), strict=True):
        draw(ax)
    exact, other = first.lines[:2], first.lines[2:]
    np.testing.assert_allclose([line.get_ydata() for line in exact], part.T)
    np.testing.assert_allclose([line.get_ydata() for line in other], part.T + 0.01)
    assert [text.get_text() for text in first.texts] == ["4", "5"]
    assert [text.xy[1] for text in first.texts] == pytest.approx([0.4, 0.6])
    assert len(second.lines) == 6


def test_bands_that_coincide_and_packets_in_one_band_have_none():
    assert len(state_panels(comparison(np.full((5, 2), np.nan)), LOOKS)) == 1  # the spin
    assert state_panels(comparison(np.zeros((5, 1)), one=True), LOOKS) == []
