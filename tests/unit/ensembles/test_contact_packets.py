"""What contacts send: the length of the Fermi line across them, from pockets of any size and at the energy of the place."""

import numpy as np
import pytest
from contourpy import contour_generator

from tests.cases import problem
from wavepacket.errors import ConfigError
from wavepacket.units import ELECTRON_MASS, HBAR

FREE = {"name": "parabolic_band", "mass_x": 0.1, "mass_y": 0.1, "cutoff": 0.05}
STRIP = {
    "walls": [{"kind": "polygon", "points": [[0, 0], [4000, 0], [4000, 1000], [0, 1000]]}],
    "contacts": {"left": [[0, 0], [0, 1000]], "right": [[4000, 0], [4000, 1000]]},
}
STEP = {"kind": "step", "height": 0.02, "rise": 500, "direction": [1, 0], "position": [2000, 0]}


def started(model, mu, number, **more):
    ensemble = {"kind": "contact", "chemical_potential": mu, "number": number, "emitters": ["left"]}
    ensemble |= more.pop("ensemble", {})
    return problem(model, ensemble=ensemble, sample=STRIP, **more).ensemble


def sent(model, mu, number, **more):
    """Channels of the contact, and their standard error over replicas."""
    ensemble = started(model, mu, number, **more)
    packets = ensemble.packets(0, ensemble.size)
    n = 2 * np.pi * HBAR * 8 * np.bincount(packets.replica, packets.weight, minlength=8)
    return n.mean(), n.std(ddof=1) / np.sqrt(8)


def sharvin(energy):
    return np.sqrt(2 * 0.1 * ELECTRON_MASS * energy) / HBAR * 1000 / np.pi


def test_uncertainties_cover_the_exact_number_of_channels():
    """At T = 0 all lines weigh the same: replicas with the same number of them would be wrong by the same."""
    ensemble = started(FREE, 0.05, 96 * 50, ensemble={"replicas": 96})
    packets = ensemble.packets(0, ensemble.size)
    n = 2 * np.pi * HBAR * 96 * np.bincount(packets.replica, packets.weight, minlength=96).reshape(12, 8)
    errors = n.std(axis=1, ddof=1) / np.sqrt(8)
    pulls = (n.mean(axis=1) - sharvin(0.05)) / errors
    assert np.abs(pulls).max() < 5
    assert 0.3 < np.sqrt(np.mean(pulls**2)) < 2.5
    assert errors.max() < 0.01 * sharvin(0.05)


def test_a_small_pocket_is_found_and_sends_as_many_packets_as_asked_for():
    ensemble = started({"name": "gapped_graphene"}, 0.15, 800, band=1)
    assert 700 < ensemble.size < 1700
    made = problem({"name": "gapped_graphene"}, wavevectors=[[0, 0]], band=1)
    centre = made.valley_centres[0]
    x = np.linspace(-0.03, 0.03, 201)
    k = centre + np.stack([*np.meshgrid(x, x), np.zeros((201, 201))], axis=-1).reshape(-1, 3)
    energy = made.band.geometry(k).energy.reshape(201, 201)
    (line,) = contour_generator(x, x, energy).lines(0.15)
    channels = 2 * np.abs(np.diff(line[:, 1])).sum() / 2 * 1000 / (2 * np.pi)  # of two valleys
    number, error = sent({"name": "gapped_graphene"}, 0.15, 800, band=1)
    assert abs(number - channels) < 4 * error + 1e-3 * channels
    assert error < 0.02 * channels


@pytest.mark.parametrize(("contact", "energy"), [("left", 0.05), ("right", 0.03)])
def test_packets_start_at_the_energy_that_the_potential_leaves_them(contact, energy):
    number, error = sent(FREE, 0.05, 800, fields={"potential": STEP}, ensemble={"emitters": [contact]})
    assert abs(number - sharvin(energy)) < 5 * error
    assert error < 0.005 * sharvin(energy)


@pytest.mark.parametrize(
    "fields",
    [
        {"electric": [1e-6, 0, 0]},
        {"potential": {"kind": "wave", "amplitude": 0.001, "wavevector": [0.001, 0], "frequency": 0.1}},
    ],
)
def test_contacts_are_in_equilibrium(fields):
    with pytest.raises(ConfigError, match=r"fields.*contacts are in equilibrium"):
        started(FREE, 0.05, 8, fields=fields)


def test_fewer_packets_than_replicas_are_refused():
    with pytest.raises(ConfigError, match=r"ensemble.number: 3 are too few for 8 replicas"):
        started(FREE, 0.05, 3)
    assert 0 < started(FREE, 0.05, 3, ensemble={"replicas": 3}).size <= 3
