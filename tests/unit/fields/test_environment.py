"""How fields of a config become the array of the kernels: charge, magnetic field, directions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cases import problem, run
from wavepacket.config import Fields
from wavepacket.fields import breaks, electric_field, environment, is_static, longest_step, without_effect
from wavepacket.fields.environment import pulses
from wavepacket.kernels.motion import fields as place
from wavepacket.units import E_OVER_HBAR, HBAR


def fields(**sections):
    return Fields.model_validate(sections)


def uniform(*amplitude):
    return {"kind": "uniform", "amplitude": list(amplitude)}


@pytest.mark.parametrize("charge", [-1.0, 1.0, -2.0])
def test_magnetic_field_in_the_combinations_of_the_equations(charge):
    """(q/ħ)B in 1/Å², −(q/e)B in T (the rows hold m of charge −e), q/ħ for the force."""
    packed = environment(fields(magnetic=[1.0, -2.0, 3.0]), charge)
    magnetic = np.array([1.0, -2.0, 3.0])
    np.testing.assert_allclose(packed[place.REDUCED_FIELD :][:3], charge * E_OVER_HBAR * magnetic, rtol=1e-15)
    np.testing.assert_array_equal(packed[place.MOMENT_FIELD :][:3], -charge * magnetic)
    assert packed[place.FORCE_FACTOR] == pytest.approx(charge / HBAR, rel=1e-15)
    assert packed[place.CHARGE] == charge


def test_what_a_plane_and_a_line_do_not_feel_is_named():
    wheel = {"kind": "circular", "amplitude": 1e-4, "frequency": 0.1, "normal": [1, 0, 0]}
    tilted = fields(magnetic=[1.0, 0.0, 3.0], electric=[uniform(1e-3, 0, 0), wheel])
    assert without_effect(tilted, 3) == []
    assert without_effect(tilted, 2) == ["E_z", "B_x"]
    assert without_effect(tilted, 1) == ["E_y", "E_z", "B_x", "B_z"]
    assert without_effect(fields(electric=[uniform(1e-3)]), 1) == []


def test_no_field_is_no_field():
    nothing = fields()
    assert is_static(nothing)
    assert longest_step(nothing) == np.inf
    np.testing.assert_array_equal(electric_field(nothing, [0.0, 1.0]), np.zeros((2, 3)))


def test_electric_field_takes_any_number_of_times():
    field = fields(electric=[uniform(1e-3)])
    assert electric_field(field, 3.0).shape == (1, 3)
    assert electric_field(field, np.arange(100.0)).shape == (100, 3)


components = st.floats(-1, 1)


@given(
    st.tuples(components, components, components).filter(lambda n: np.linalg.norm(n) > 1e-3),
    st.sampled_from([1, -1]),
)
def test_circular_field_turns_by_the_right_hand_about_any_normal(normal, handedness):
    """Constant length, across the normal, and E × dE/dt along handedness · normal."""
    term = {
        "kind": "circular",
        "amplitude": 2.0,
        "frequency": 0.1,
        "handedness": handedness,
        "normal": list(normal),
    }
    early, late = electric_field(fields(electric=[term]), [3.0, 3.1])
    unit = np.array(normal) / np.linalg.norm(normal)
    for vector in (early, late):
        assert np.linalg.norm(vector) == pytest.approx(2.0, rel=1e-14)
        assert vector @ unit == pytest.approx(0.0, abs=1e-14)
    np.testing.assert_allclose(
        np.cross(early, late), handedness * 4 * np.sin(0.01) * unit, rtol=0, atol=1e-13
    )


@pytest.mark.parametrize("handedness", [1, -1])
def test_a_circular_pulse_is_two_pulses_a_quarter_of_a_turn_apart(handedness):
    """Along x cos, along y sin times the handedness, under one Gaussian; and as a formula."""
    shared = {"center": 12.0, "width": 4.0, "frequency": 0.7, "phase": 0.3}
    times = np.linspace(0.0, 30.0, 41)
    found = electric_field(
        fields(electric=[{"kind": "circular_pulse", "amplitude": 2e-3, "handedness": handedness, **shared}]),
        times,
    )
    late = times - 12.0
    turn, envelope = 0.7 * late + 0.3, 2e-3 * np.exp(-0.5 * (late / 4.0) ** 2)
    exact = np.stack([envelope * np.cos(turn), handedness * envelope * np.sin(turn), 0 * turn], axis=1)
    np.testing.assert_allclose(found, exact, rtol=0, atol=1e-17)
    along, across = (
        {"kind": "pulse", "amplitude": amplitude, **shared, "phase": phase}
        for amplitude, phase in (([2e-3, 0, 0], 0.3), ([0, handedness * 2e-3, 0], 0.3 - np.pi / 2))
    )
    np.testing.assert_allclose(
        found, electric_field(fields(electric=[along, across]), times), rtol=0, atol=1e-17
    )
    assert pulses(fields(electric=[{"kind": "circular_pulse", "amplitude": 1.0, **shared}])) == (
        (-24.0, 48.0, 4.0),
    )


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ({"kind": "sinusoid", "amplitude": [1.0], "frequency": 0.2}, np.pi / 0.2),
        ({"kind": "circular", "amplitude": 1.0, "frequency": 0.5}, np.pi / 0.5),
        ({"kind": "pulse", "amplitude": [1.0], "center": 10.0, "width": 3.0}, np.inf),
        ({"kind": "ramp", "amplitude": [1.0], "duration": 5.0}, np.inf),
    ],
)
def test_only_waves_limit_steps_everywhere(term, expected):
    assert longest_step(fields(electric=[term, uniform(1.0)])) == pytest.approx(expected)


def test_a_short_late_pulse_is_not_missed():
    """One field-free picosecond before a pulse of 2 fs: steps would have grown far beyond it."""
    pulse = {"kind": "pulse", "amplitude": [1e-2, 0, 0], "center": 1000.0, "width": 2.0}
    block = run(
        problem(
            {"name": "cosine_band"},
            wavevectors=[[0.1, 0, 0]],
            fields={"electric": [pulse]},
            end=2000.0,
            saves=2,
        )
    )
    kick = block.wavevector[0, -1, 0] - block.wavevector[0, 0, 0]
    assert kick == pytest.approx(-1e-2 * 2.0 * np.sqrt(2 * np.pi) / HBAR, rel=1e-10)


def test_ramps_break_the_field_at_both_ends():
    ramp = {"kind": "ramp", "amplitude": [1e-4, 0, 0], "start": 7.0, "duration": 25.0}
    later = ramp | {"start": 3.0, "duration": 4.0, "shape": "linear"}
    assert breaks(fields(electric=[uniform(1.0), ramp, later])) == (3.0, 7.0, 32.0)
