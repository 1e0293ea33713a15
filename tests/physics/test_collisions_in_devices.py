"""Contacts with collisions between them: what passes a slab, equilibrium, energy, and numbers that belong to packets."""

import numpy as np
import pytest

from tests.cases import problem, run
from tests.physics.slab import transmission
from wavepacket.analysis.devices import voltages
from wavepacket.config import config_from_mapping
from wavepacket.errors import ConfigError, Status
from wavepacket.protocols import Device, protocol_of
from wavepacket.simulation import integrate, merge
from wavepacket.simulation.batch import batch_at, number_of_trajectories
from wavepacket.simulation.engine import integrate_batch
from wavepacket.units import E_OVER_HBAR, ELECTRON_MASS, HBAR, PLANCK

pytestmark = pytest.mark.physics

FREE = {"name": "parabolic_band", "mass_x": 0.1, "mass_y": 0.1, "cutoff": 0.05}
HEAVY = {"name": "parabolic_band", "mass_x": 0.1, "mass_y": 0.8, "cutoff": 0.2}
FERMI = np.sqrt(2 * 0.1 * ELECTRON_MASS * 0.05) / HBAR
SPEED = HBAR * FERMI / (0.1 * ELECTRON_MASS)
STRIP = {
    "walls": [{"kind": "polygon", "points": [[0, 0], [4000, 0], [4000, 1000], [0, 1000]]}],
    "contacts": {"left": [[0, 0], [0, 1000]], "right": [[4000, 0], [4000, 1000]]},
}
CORNER = {
    "walls": [
        {"kind": "polygon", "points": [[0, 0], [900, 0], [900, 300], [300, 300], [300, 900], [0, 900]]}
    ],
    "contacts": {"a": [[900, 0], [900, 300]], "b": [[0, 900], [300, 900]]},
}
STEP = {"kind": "step", "height": 0.02, "rise": 300, "direction": [1, 0], "position": [300, 0]}


def device(number, time, *, model=FREE, sample=STRIP, ensemble=None, scattering=None, **more):
    starts = {"kind": "contact", "chemical_potential": 0.05, "number": number} | (ensemble or {})
    given = {"relaxation_time": time} | (scattering or {})
    settings = {"end": 1e7, "saves": 2, "tolerance": 1e-9} | more
    return problem(model, ensemble=starts, sample=sample, scattering=given, **settings)


def arrived(made):
    """h times the weight (8, from, to) of each replica."""
    block = run(made)
    assert set(block.status) <= {Status.ABSORBED}
    return 8 * PLANCK * block.sums["transmission"][0]


@pytest.mark.parametrize("length", [0.4, 1.9])
def test_a_strip_lets_through_what_a_slab_does(length):
    """Milne's problem: each packet arrives or not, by chance. Without collisions all do, by Ohm's law more than here."""
    weights = arrived(device(1600, 4000 / length / SPEED)).sum(axis=0)[:, :2]
    expected, number = transmission(length), 3200
    share = (weights[0, 1] + weights[1, 0]) / weights.sum()
    error = np.sqrt(expected * (1 - expected) / number)
    assert abs(share - expected) < 4 * error
    assert abs(share - 1) > 5 * error
    assert abs(share - np.pi / (2 * length)) > 5 * error


@pytest.mark.parametrize(
    ("model", "more"),
    [
        (HEAVY, {"magnetic": (0, 0, 3.0)}),
        (FREE, {"fields": {"potential": STEP, "magnetic": [0, 0, 3]}, "ensemble": {"temperature": 1.0}}),
    ],
)
def test_no_current_flows_in_equilibrium(model, more):
    """Contacts send and receive alike: the replicas tell how far they may differ."""
    weights = arrived(device(400, 100.0, model=model, sample=CORNER, **more))
    gained = (weights[:, :, :2].sum(axis=1) - weights.sum(axis=2))[:, 0]
    error = gained.std(ddof=1) / np.sqrt(8)
    assert abs(gained.mean()) < 5 * error
    assert error < 0.03 * weights.mean(axis=0).sum()


def test_energy_stays_and_paths_are_whole():
    """𝓔 + V at every save is that of the start, on both sides of each collision; places follow each other."""
    fields = {"potential": STEP, "magnetic": [0, 0, 3]}
    made = device(24, 100.0, sample=CORNER, fields=fields, end=2000.0, saves=401, tolerance=1e-12)
    block = run(made)
    few = run(device(24, 100.0, sample=CORNER, fields=fields, end=2000.0, saves=2, tolerance=1e-12))
    np.testing.assert_array_equal(block.diagnostics["contact_time"], few.diagnostics["contact_time"])
    there = np.isfinite(block.position[..., 0])
    np.testing.assert_array_equal(
        there, ~(made.times > np.nan_to_num(block.diagnostics["contact_time"], nan=np.inf)[:, None])
    )
    u = np.clip((block.position[..., 0] - 300) / 300, 0, 1)
    total = 0.02 * (6 * u**5 - 15 * u**4 + 10 * u**3)
    total += HBAR**2 * np.sum(block.wavevector**2, axis=-1) / (2 * 0.1 * ELECTRON_MASS)
    assert np.nanmax(np.abs(total - 0.05)) < 1e-9
    step = np.linalg.norm(np.diff(block.position, axis=1), axis=-1)
    assert np.nanmax(step) < 1.001 * SPEED * 5.0
    turned = np.abs(np.diff(np.unwrap(np.arctan2(block.wavevector[..., 1], block.wavevector[..., 0]))))
    assert np.nanmax(turned) > 1.0  # within 5 fs


def test_what_becomes_of_a_packet_depends_on_its_number_alone():
    walls = [STRIP["walls"][0] | {"reflection": "diffuse"}]
    made = device(96, 300.0, sample=STRIP | {"walls": walls})
    number = number_of_trajectories(made)
    whole = integrate(made, 0, number)
    parts = merge([integrate(made, 0, 67), integrate(made, 67, number - 67)])
    some = integrate_batch(made, batch_at(made, range(3, number, 5)))
    for name in ("position", "wavevector", "status"):
        np.testing.assert_array_equal(getattr(parts, name), getattr(whole, name))
        np.testing.assert_array_equal(getattr(some, name), getattr(whole, name)[3::5])
    for name, values in whole.diagnostics.items():
        np.testing.assert_array_equal(parts.diagnostics[name], values)
        np.testing.assert_array_equal(some.diagnostics[name], values[3::5])
    assert whole.diagnostics["reflections"].max() > 3


def test_rare_collisions_and_those_that_do_not_take_place_change_nothing():
    free = problem(FREE, ensemble={"kind": "contact", "chemical_potential": 0.05, "number": 80}, sample=STRIP,
                   end=1e7, saves=2, tolerance=1e-9)  # fmt: skip
    rare = run(device(80, 1e12))
    np.testing.assert_array_equal(rare.diagnostics["contact_time"], run(free).diagnostics["contact_time"])
    none = {"monte_carlo": {"kernel": {"transfer": [0.0], "chance": [0.0]}}}
    through = arrived(device(80, 300.0, scattering=none)).sum(axis=0)
    assert through[0, 0] == through[1, 1] == 0.0


def test_a_time_that_depends_on_energy_is_that_of_the_packet():
    """τ of 0.05 eV is what counts, and the same collisions follow from it."""
    law = {"energy": {"exponent": 2.0, "origin": 0.0, "unit": 0.1}}
    one, other = run(device(80, 4 * 300.0, scattering=law)), run(device(80, 300.0))
    np.testing.assert_allclose(one.diagnostics["contact_time"], other.diagnostics["contact_time"], rtol=1e-6)


@pytest.mark.full
def test_a_hall_bar_becomes_one_of_ohm():
    """Between small contacts on its edges: R = L/(σW) along and B/(nq) across, whatever ω_c τ is, here 1.06."""
    corners = [[0, 0], [8000, 0], [8000, 2000], [0, 2000]]
    contacts = {"source": [[0, 0], [0, 2000]], "drain": [[8000, 0], [8000, 2000]]}
    for name, x in (("w", 2500), ("e", 5000)):
        contacts |= {f"n{name}": [[x, 2000], [x + 500, 2000]], f"s{name}": [[x, 0], [x + 500, 0]]}
    sample = {"walls": [{"kind": "polygon", "points": corners}], "contacts": contacts}
    weights = arrived(device(8000, 120.0, sample=sample, magnetic=(0, 0, 5.0)))
    order = list(contacts)
    pairs = {"hall": ("nw", "sw"), "longitudinal": ("nw", "ne")}

    def measured(total):
        found = voltages(total.T, 0, 1)
        return np.array(
            [found[order.index(one)] - found[order.index(other)] for one, other in pairs.values()]
        )

    value = measured(weights.mean(axis=0))
    parts = [measured(np.delete(weights, i, axis=0).mean(axis=0)) for i in range(8)]
    error = np.sqrt(7 / 8 * np.sum((parts - value) ** 2, axis=0))
    conductivity = FERMI * SPEED * 120.0 / 2
    expected = np.array([E_OVER_HBAR * 5 * 2 / FERMI**2, 2500 / 2000 / conductivity])
    assert np.all(np.abs(value - expected) < 4 * error + 0.03 * expected)
    assert np.all(error < 0.15 * expected)


BETWEEN = {"intervalley_time": 500.0}


@pytest.mark.parametrize(
    ("scattering", "more", "path", "words"),
    [
        ({"frequency": 0.1}, {}, "scattering.frequency", "contacts are at rest"),
        ({"monte_carlo": {"flights": 3}}, {}, "scattering.monte_carlo.flights", "until they are absorbed"),
        ({"monte_carlo": {"momentum": "kept"}}, {}, "scattering.monte_carlo.momentum", "at their own energy"),
        (BETWEEN, {}, "scattering.intervalley_time", "needs a model with valleys"),
        ({}, {"fields": {"magnetic_gradient": [0.001, 0, 0]}}, "scattering", "uniform magnetic field"),
        (
            {"energy": {"exponent": 1.0, "unit": 0.1}},
            {"fields": {"potential": STEP}},
            "scattering.energy",
            "potential",
        ),
        ({"relaxation_time": {"K": 10.0}}, {}, "scattering.relaxation_time", "a time for each valley"),
        ({}, {"local": {"grid": [4, 4], "region": [[0, 1], [0, 1]]}}, "local", "without collisions"),
    ],
)
def test_collisions_that_contacts_cannot_have_are_refused(scattering, more, path, words):
    mapping = {
        "name": "some", "model": FREE, "band": 0, "sample": STRIP, "time": {"end": 1e6, "saves": 2},
        "ensemble": {"kind": "contact", "chemical_potential": 0.05, "number": 8},
        "scattering": {"relaxation_time": 100.0} | scattering, **more,
    }  # fmt: skip
    found = protocol_of(config_from_mapping(mapping))
    assert isinstance(found, Device)
    with pytest.raises(ConfigError, match=rf"{path}.*{words}"):
        found.check(())


def test_the_time_of_a_device_must_be_given():
    with pytest.raises(ConfigError, match="time"):
        config_from_mapping({
            "name": "some", "model": FREE, "band": 0, "sample": STRIP, "scattering": {"relaxation_time": 100.0},
            "ensemble": {"kind": "contact", "chemical_potential": 0.05, "number": 8},
        }).check_run()  # fmt: skip
