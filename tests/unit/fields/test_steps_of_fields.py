"""Short features of E(t): fixed steps that lead over them are refused, adaptive ones are short only where they are."""

import numpy as np
import pytest

from tests.cases import problem, run
from wavepacket.config import Fields, check_steps, config_from_mapping, resolving_step, warn_of_idle_fields
from wavepacket.errors import ConfigError
from wavepacket.fields import pulses
from wavepacket.units import HBAR

PULSE = {"kind": "pulse", "amplitude": [1e-2, 0, 0], "center": 50.0, "width": 0.1}
RAMP = {"kind": "ramp", "amplitude": [1e-3, 0, 0], "start": 20.0, "duration": 0.01}
WAVE = {"kind": "sinusoid", "amplitude": [1e-3, 0, 0], "frequency": 2.0}
WHEEL = {"kind": "circular", "amplitude": 1e-3, "frequency": 4.0}
CARRIER = PULSE | {"frequency": 100.0}


def config(term, step, end=100.0, saves=3):
    return config_from_mapping(
        {
            "name": "steps",
            "model": {"name": "cosine_band"},
            "band": 0,
            "fields": {"electric": [[1e-4, 0, 0], term]},
            "ensemble": {"kind": "packets", "wavevectors": [[0.1, 0, 0]]},
            "time": {"end": end, "saves": saves},
            "integrator": {"method": "rk4", "step": step},
        }
    )


@pytest.mark.parametrize(
    ("term", "largest"),
    [(PULSE, 0.1), (RAMP, 0.01), (WAVE, np.pi / 2), (WHEEL, np.pi / 4), (CARRIER, np.pi / 100)],
    ids=["pulse", "ramp", "wave", "wheel", "carrier"],
)
def test_fixed_steps_over_a_feature_are_refused_with_the_largest_that_resolves_it(term, largest):
    """The step named is itself accepted: a standard deviation, a ramp, half a wave."""
    with pytest.raises(ConfigError, match=rf"integrator\.step: .* at most {largest:.4g} fs") as caught:
        problem_of(term, 5.0)
    named = float(str(caught.value).split("at most ")[1].split()[0])
    check_steps(config(term, 0.999 * named))
    with pytest.raises(ConfigError):
        check_steps(config(term, 1.01 * named, end=1000.0))


def problem_of(term, step):
    return problem(
        {"name": "cosine_band"}, wavevectors=[[0.1, 0, 0]], fields={"electric": [term]},
        integrator={"method": "rk4", "step": step},
    )  # fmt: skip


def test_the_step_that_is_taken_counts_and_only_features_within_the_run():
    """Saves cut steps, and a pulse after the end or a ramp before the start is none."""
    check_steps(config(WAVE, 5.0, end=10.0, saves=11))
    check_steps(config(PULSE, 5.0, end=40.0))
    check_steps(config(RAMP | {"start": -5.0}, 5.0))
    with pytest.raises(ConfigError):
        check_steps(config(PULSE, 5.0, end=49.5))


@pytest.mark.parametrize("width", [0.1, 0.3])
def test_the_largest_step_gives_the_impulse_of_the_pulse(width):
    """Simpson's rule with steps of a standard deviation: its error is e^(-2π²) of the integral wherever the steps fall."""
    made = problem(
        {"name": "cosine_band"}, wavevectors=[[0.1, 0, 0]], end=100.0, saves=2,
        fields={"electric": [PULSE | {"width": width, "center": 50.03}]}, integrator={"method": "rk4", "step": width},
    )  # fmt: skip
    block = run(made)
    kick = block.wavevector[0, -1, 0] - block.wavevector[0, 0, 0]
    assert kick == pytest.approx(-1e-2 * width * np.sqrt(2 * np.pi) / HBAR, rel=2 * np.exp(-2 * np.pi**2))


@pytest.mark.parametrize(
    ("term", "kick", "most"),
    [
        (RAMP | {"start": 500.0, "shape": "linear"}, 1e-3 * (500.0 - 0.005), 80),
        (RAMP, 1e-3 * (980.0 - 0.005), 80),
        (PULSE | {"center": 900.0, "width": 0.05}, 1e-2 * 0.05 * np.sqrt(2 * np.pi), 120),
    ],
    ids=["linear ramp", "smooth ramp", "pulse"],
)
def test_a_short_feature_takes_short_steps_only_where_it_is(term, kick, most):
    """∫E dt over 1 ps, exactly. With the step of the feature all along it took 20 000 to 100 000 steps.

    The pulse takes 18 steps of a standard deviation; on either side steps grow by up to six each.
    """
    made = problem(
        {"name": "cosine_band"}, wavevectors=[[0.1, 0, 0]], fields={"electric": [term]}, end=1000.0, saves=3,
        tolerance=1e-10,
    )  # fmt: skip
    block = run(made)
    assert block.status.tolist() == [0]
    assert block.diagnostics["steps"][0] < most
    moved = block.wavevector[0, -1, 0] - block.wavevector[0, 0, 0]
    assert moved == pytest.approx(-kick / HBAR, rel=1e-9)


def test_a_pulse_is_over_where_it_is_nothing():
    (begin, end, step), *_ = pulses(Fields.model_validate({"electric": [PULSE]}))
    assert (begin, end, step) == pytest.approx((49.1, 50.9, 0.1))
    assert np.exp(-0.5 * ((end - 50.0) / 0.1) ** 2) < 1e-17
    fields = Fields.model_validate({"electric": [PULSE, WAVE]})
    assert resolving_step(fields, 0.0, 49.0) == pytest.approx(np.pi / 2)
    assert resolving_step(fields, 0.0, 49.2) == 0.1


def test_a_phase_beyond_all_digits_is_refused():
    wave = WAVE | {"frequency": 1e14}
    with pytest.raises(
        ConfigError, match=r"fields\.electric\[1\]\.frequency: the phase grows to more than 1e\+12 rad"
    ):
        check_steps(config(wave, 1e-20))


@pytest.mark.parametrize(
    ("term", "sentence"),
    [
        ({"kind": "pulse", "center": 1000.0, "width": 10.0}, "this pulse lasts from 910 to 1090 fs, and the run from 0"),
        ({"kind": "pulse", "center": -1000.0, "width": 100.0}, "this pulse lasts from -1900 to -100 fs"),
        ({"kind": "ramp", "start": 50.0, "duration": 5.0}, "this ramp begins at 50 fs"),
        ({"kind": "pulse", "center": 100.0, "width": 6.0}, None),  # nine widths before its centre at 46 fs
        ({"kind": "ramp", "start": 49.0, "duration": 5.0}, None),
    ],
)  # fmt: skip
def test_a_field_outside_the_run_is_told(term, sentence, recwarn):
    warn_of_idle_fields(config({**term, "amplitude": [1e-3, 0, 0]}, 5.0, end=50.0))
    said = [str(each.message) for each in recwarn]
    assert len(said) == (sentence is not None)
    assert all(each.startswith("fields.electric[1]: without effect: ") and sentence in each for each in said)
