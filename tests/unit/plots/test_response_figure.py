"""Figures of a response: what is in them, without a response."""

from types import SimpleNamespace

import numpy as np

from wavepacket.observables import Observable
from wavepacket.plots.identities import plot_identity
from wavepacket.plots.response import plot_largest
from wavepacket.response import spin  # whose observables have symbols where it is loaded

assert spin.kinetic_magnetoelectric


class Scan(SimpleNamespace):
    """Observables [μ, T, ...] of three μ at 0 and 300 K."""

    temperature = np.array([0.0, 300.0])
    chemical_potential = np.array([0.0, 0.1, 0.2])

    def __getitem__(self, name):
        return getattr(self, name)


def test_entropy_is_drawn_at_a_temperature_above_zero():
    """At 0 K both sides of ∂M/∂T = ∂S/∂B vanish."""
    warm = np.array([1.0, 2.0, 3.0])
    sides = {
        name: np.stack([0 * warm, factor * warm], axis=1)
        for name, factor in (("dM_dT", 1.0), ("dS_dB", 1.0), ("nernst", 0.25), ("fermi_surface_term", 0.75))
    }
    ax = plot_identity(
        Scan(nernst_identity=Observable("nernst_identity", sides, unit="1")), "nernst_identity"
    )
    drawn = [line.get_ydata().tolist() for line in ax.get_lines() if len(line.get_ydata()) == 3]
    assert drawn == [[0.25, 0.5, 0.75], [0.75, 1.5, 2.25], [1, 2, 3], [1, 2, 3]]


def test_an_exact_value_chooses_the_component_and_is_a_ring():
    tensor = np.zeros((3, 2, 3, 3))
    tensor[:, :, 0, 1], tensor[:, :, 1, 0] = 2.0, -2.1
    found = Scan(kinetic_magnetoelectric=Observable("kinetic_magnetoelectric", tensor, 0 * tensor, "1"))
    ax = plot_largest(
        found, "kinetic_magnetoelectric", exact={"kinetic_magnetoelectric.1.0.0.1": 2.0, "other.1": 3.0}
    )
    assert "(K/\\tau)_{xy}" in ax.get_ylabel()
    (ring,) = [line for line in ax.get_lines() if line.get_fillstyle() == "none"]
    assert (ring.get_xdata().tolist(), ring.get_ydata().tolist()) == ([0.1], [2.0])
    assert "_{yx}" in plot_largest(found, "kinetic_magnetoelectric").get_ylabel()
