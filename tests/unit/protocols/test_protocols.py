"""What each protocol answers, against numbers worked out here."""

import numpy as np
import pytest

from tests.cases import problem, run
from wavepacket.config import config_from_mapping
from wavepacket.errors import ConfigError
from wavepacket.protocols import (
    Ballistic,
    ConservingSteadyState,
    Device,
    LinearResponse,
    SteadyState,
    collisional_of,
    linear_response_of,
    protocol_of,
)

DIRAC = {"kind": "fermi_dirac", "chemical_potential": 0.1, "temperature": 300.0, "grid": [6, 6]}
SURFACE = DIRAC | {"kind": "fermi_surface"}
CONTACT = {"kind": "contact", "chemical_potential": 0.1, "number": 8}
VALLEYS = ("K", "K'")
TIME = {"relaxation_time": 50.0}
BETWEEN = TIME | {"intervalley_time": 200.0}
EVENTS = TIME | {"monte_carlo": {"flights": 3, "shell": 0.02}}
WAVE = {"kind": "sinusoid", "amplitude": [1e-4, 0, 0], "frequency": "1 rad/fs"}
PULSE = {"kind": "pulse", "amplitude": [1e-4, 0, 0], "center": 1.0, "width": 1.0}


def chosen(scattering=None, ensemble=DIRAC, **more):
    mapping = {"name": "some", "model": {"name": "haldane"}, "band": 0, "ensemble": ensemble, **more}
    time = {} if scattering is None else {"scattering": scattering}
    if scattering is None or ensemble is CONTACT:
        time["time"] = {"end": 1.0, "saves": 2}
    return protocol_of(config_from_mapping(mapping | time))


ALL = [
    (None, DIRAC, Ballistic, "ballistic"),
    (None, SURFACE, Ballistic, "ballistic"),
    (TIME, SURFACE, LinearResponse, "linear_response"),
    (BETWEEN, SURFACE, LinearResponse, "linear_response"),
    (EVENTS, SURFACE, LinearResponse, "linear_response"),
    (TIME, DIRAC, SteadyState, "steady_state"),
    (TIME, CONTACT, Device, "ballistic"),
    (TIME, {"kind": "filled_band", "grid": [4, 4]}, SteadyState, "steady_state"),
    (BETWEEN, DIRAC, ConservingSteadyState, "steady_state"),
]


@pytest.mark.parametrize(("scattering", "ensemble", "kind", "name"), ALL)
def test_which_it_is(scattering, ensemble, kind, name):
    found = chosen(scattering, ensemble)
    assert type(found) is kind
    assert found.name == name
    assert (linear_response_of(found.config) is not None) is (kind is LinearResponse)


def test_where_packets_start():
    for scattering, ensemble in ((None, DIRAC), (None, SURFACE), (TIME, DIRAC), (TIME, SURFACE)):
        found = chosen(scattering, ensemble)
        assert found.starts is found.config.ensemble
    moved = chosen(BETWEEN, DIRAC | {"field_reversal": False}).starts
    assert moved.model_dump() == chosen(TIME, SURFACE | {"field_reversal": False}).starts.model_dump()


def test_which_filled_states_are_summed():
    def integral(section):
        return np.array([section.temperature])

    assert chosen(None, SURFACE).filled_states(integral) is None
    assert chosen(TIME).filled_states(integral) is None
    assert chosen(TIME, SURFACE).filled_states(integral) == [300.0]
    assert chosen(BETWEEN).filled_states(integral) == [300.0]


class Motions:
    def paths(self):
        return "paths"

    def collided_paths(self, protocol):
        return "collided", protocol

    def weighted_flights(self, protocol):
        return "weighted", protocol

    def flights_at_rest(self, protocol):
        return "at rest", protocol

    def random_flights(self, protocol, events):
        return "random", protocol, events.events.flights


def test_what_packets_are_integrated_as():
    assert chosen().move(Motions()) == "paths"
    found = chosen(TIME, CONTACT)
    assert found.move(Motions()) == ("collided", found)
    assert found.paths_collide
    assert not chosen().paths_collide
    for scattering, ensemble in ((TIME, DIRAC), (BETWEEN, DIRAC)):
        found = chosen(scattering, ensemble)
        assert found.move(Motions()) == ("weighted", found)
    found = chosen(TIME, SURFACE)
    assert found.move(Motions()) == ("at rest", found)
    found = chosen(TIME, SURFACE, fields={"magnetic": [0, 0, 1.0]})
    assert found.move(Motions()) == ("weighted", found)
    found = chosen(EVENTS, SURFACE)
    assert found.move(Motions()) == ("random", found, 3)


def test_rates_and_beginnings():
    valley = np.array([0, 1, 1])
    assert chosen(TIME).rates((), valley).tolist() == [0.02, 0.02, 0.02]
    assert chosen(BETWEEN).rates(VALLEYS, valley) == pytest.approx([0.025, 0.025, 0.025], rel=1e-15)
    each = BETWEEN | {"relaxation_time": {"K": 10.0, "K'": 40.0}}
    assert chosen(each).rates(VALLEYS, valley) == pytest.approx([0.105, 0.03, 0.03], rel=1e-15)
    phase = np.array([0.0, 0.25])
    assert chosen(TIME).begins(phase).tolist() == [0.0, 0.0]
    wave = chosen(TIME, fields={"electric": [WAVE]})
    assert wave.begins(phase) == pytest.approx([0.0, np.pi / 2], rel=1e-15)


def test_what_is_summed_over_flights():
    rng = np.random.default_rng(1)
    waves, start, rates = rng.normal(size=(5, 2, 4, 3)), rng.normal(size=(5, 3)), rng.random(5)
    valley = np.arange(5)
    steady, conserving, linear = chosen(TIME), chosen(BETWEEN), chosen(TIME, SURFACE)
    assert steady.start_factors(5, lambda: rates) is rates
    assert not steady.responses(waves, start).any()
    assert steady.followed(valley) is None
    assert linear.followed(valley) is None
    assert conserving.followed(valley) is valley
    for found in (conserving, linear):
        assert found.start_factors(5, lambda: rates).tolist() == [1.0] * 5
        response = found.responses(waves, start)
        for wave in range(2):
            for part in range(4):
                for b in range(3):
                    row = response[:, 12 * wave + 3 * part + b]
                    np.testing.assert_array_equal(row, waves[:, wave, part] * start[:, b : b + 1])
    assert [each.unit_field for each in (steady, conserving, linear)] == [False, False, True]


def test_times_that_closed_forms_ask_for():
    assert [collisional_of(each.config).one_time for each in (chosen(TIME), chosen(BETWEEN))] == [50.0, 50.0]
    assert [each.only_time for each in (chosen(TIME), chosen(BETWEEN))] == [50.0, None]
    assert chosen({"relaxation_time": {"K": 10.0, "K'": 40.0}}).one_time is None
    assert chosen(TIME | {"energy": {"exponent": 1, "unit": 1.0}}).one_time is None
    random = BETWEEN | {"monte_carlo": {"flights": 1}}
    assert [chosen(each, SURFACE).restored(VALLEYS) for each in (TIME, BETWEEN, random)] == [
        None,
        (50.0, 50.0),
        None,
    ]
    assert [chosen(each).restored(VALLEYS) for each in (TIME, BETWEEN)] == [None, (50.0, 50.0)]


def test_where_a_collision_leads():
    """Out of a valley with the share τ/(τ + τ_v) of all collisions, and then to any valley by its states."""
    single, sizes = TIME | {"monte_carlo": {"flights": 1}}, np.array([1.0, 3.0])
    for scattering in (single, EVENTS):
        made = []
        found = chosen(scattering, SURFACE)
        found.prepare(made.append)
        assert made == ([0.02] if scattering is EVENTS else [])
        np.testing.assert_array_equal(found.collisions.chances(found.scattering, VALLEYS, sizes), np.eye(2))
    leaving = chosen(EVENTS | {"intervalley_time": 150.0}, SURFACE)
    table = leaving.collisions.chances(leaving.scattering, VALLEYS, sizes)
    np.testing.assert_allclose(table, [[0.75 + 0.25 / 4, 0.1875], [0.0625, 0.75 + 0.1875]], rtol=1e-15)
    rows = {"K": {"K'": 1.0}, "K'": {"K": 0.25, "K'": 0.75}}
    told = chosen(TIME | {"monte_carlo": {"flights": 2, "valleys": rows}}, SURFACE)
    assert told.collisions.chances(told.scattering, VALLEYS, sizes).tolist() == [[0.0, 1.0], [0.25, 0.75]]


def test_works_behind_it():
    def authors(*arguments):
        return [paper.key for _, paper in chosen(*arguments).works]

    assert authors() == []
    assert authors(None, {"kind": "zone", "grid": [4, 4], "field_reversal": True}) == ["price2012"]
    assert authors(TIME, {"kind": "zone", "grid": [4, 4], "field_reversal": True}) == ["chambers1952"]
    assert authors(TIME) == ["chambers1952"]
    assert authors(BETWEEN) == ["chambers1952", "son2013"]
    assert authors(BETWEEN, SURFACE) == ["chambers1952", "son2013", "sodemann2015"]


@pytest.mark.parametrize(
    ("scattering", "ensemble", "more", "sentence"),
    [
        (TIME, {"kind": "gaussian", "center": [0, 0, 0], "width": 0.1, "number": 2}, {}, "'kind: arrays'"),
        (TIME, DIRAC, {"integrator": {"method": "rk4", "step": 1.0}}, "integrator.method: scattering needs dop853"),
        ({"relaxation_time": {"X": 1.0}}, DIRAC, {}, "a time for each valley of this model: K, K'"),
        (TIME, SURFACE, {"fields": {"electric": [1e-4, 0, 0]}}, "leave E out"),
        (TIME, DIRAC, {"fields": {"electric": [PULSE]}}, "over too soon"),
        (TIME | {"frequency": 0.1}, DIRAC, {}, "scattering.frequency: a static field drives no current"),
        (BETWEEN, {"kind": "filled_band", "grid": [4, 4]}, {}, "kind fermi_surface or fermi_dirac"),
        (BETWEEN, DIRAC | {"temperature": 0.0}, {}, "ensemble.temperature: .* above 0"),
        (BETWEEN, DIRAC, {"fields": {"electric": [WAVE]}}, "needs a static electric field"),
        (EVENTS, DIRAC, {}, "heat a steady state"),
        (EVENTS | {"energy": {"exponent": 1, "unit": 1.0}}, SURFACE, {}, "does not depend on energy"),
        (TIME | {"monte_carlo": {"flights": 2, "momentum": "kept"}}, SURFACE, {}, "leads to another valley"),
        (TIME | {"monte_carlo": {"valleys": {"K": {"K": 1.0}}}}, SURFACE, {}, "a row for each valley"),
        (TIME | {"monte_carlo": {"kernel": {"transfer": [0], "chance": [1]}}}, SURFACE, {}, "take more flights"),
    ],
)  # fmt: skip
def test_what_it_cannot_have(scattering, ensemble, more, sentence):
    with pytest.raises(ConfigError, match=sentence):
        chosen(scattering, ensemble, **more).check(VALLEYS)


@pytest.mark.parametrize(("scattering", "ensemble", "kind", "name"), ALL)
def test_what_it_can_have(scattering, ensemble, kind, name):
    chosen(scattering, ensemble).check(VALLEYS)


def test_a_packet_that_moves_without_collisions_is_asked_nothing():
    chosen(None, DIRAC, fields={"electric": [PULSE]}, integrator={"method": "rk4", "step": 1.0}).check(())


@pytest.mark.parametrize("scattering", [None, TIME, BETWEEN])
def test_sums_are_those_that_a_run_keeps(scattering):
    made = problem({"name": "haldane"}, ensemble=DIRAC | {"chemical_potential": -1.5}, scattering=scattering)
    assert {f"sums/{name}" for name in run(made).sums} == set(made.protocol.sums)
