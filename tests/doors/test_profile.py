"""Profiles of textures that a script gives: samples, functions, and kinds of its own."""

import math

import numpy as np
import pytest

import wavepacket
from tests.cases import problem
from wavepacket.config import config_from_mapping
from wavepacket.config.kinds import forget_kinds
from wavepacket.errors import ConfigError, InputError
from wavepacket.hamiltonians.profiles import profile_values
from wavepacket.units import Length

SIDE = (-120.0, 120.0)
Z = {"matrix": [[1, 0], [0, -1]]}
BASE = {
    "name": "mine", "band": 0, "time": {"end": 5.0, "saves": 2},
    "ensemble": {"kind": "packets", "wavevectors": [[0.3, 0.2]], "positions": [[10.0, 5.0]]},
}  # fmt: skip


def dot(x, y):
    return math.exp(-(x * x + y * y) / 800)


def with_profile(profile, **texture):
    return {"name": "haldane", "textures": [{"strength": 0.2, "term": Z, "profile": profile} | texture]}


def test_a_function_is_followed():
    made = problem(with_profile(wavepacket.sampled_profile(dot, x=SIDE, y=SIDE)), wavevectors=[[0.3, 0.2]])
    r = np.random.default_rng(0).normal(0, 25, (100, 2))
    exact = 0.2 * np.exp(-np.sum(r * r, axis=1) / 800)
    found = profile_values(made.config.textures, r)
    np.testing.assert_allclose(found.value[:, 0], exact, rtol=0, atol=0.2e-8)
    np.testing.assert_allclose(found.gradient[..., 0], -exact[:, None] * r / 400, rtol=0, atol=1e-8)


def test_periods_time_and_components():
    q, w = 2 * np.pi / 40, 0.3
    wave = wavepacket.sampled_profile(
        lambda x, t: (math.cos(q * x - w * t), math.sin(q * x)), x=(0, 40), t=(0, 30), periodic=["x"]
    )
    made = problem(with_profile(wave, term=None, terms=[Z, Z]), wavevectors=[[0.3, 0.2]])
    x, t = np.array([3.0, 95.0, -61.0]), np.array([1.0, 13.0, 29.0])
    found = profile_values(made.config.textures, np.stack([x, 0 * x], axis=1), t)
    exact = 0.2 * np.stack([np.cos(q * x - w * t), np.sin(q * x)], axis=1)
    np.testing.assert_allclose(found.value, exact, rtol=0, atol=0.2e-7)
    np.testing.assert_allclose(found.rate[:, 0], 0.2 * w * np.sin(q * x - w * t), rtol=0, atol=1e-7)


def test_a_kind_of_a_script(tmp_path):
    @wavepacket.profile_kind
    def own_dot(width: Length):
        """exp(-ρ²/2w²)."""
        return wavepacket.sampled_profile(
            lambda x, y: math.exp(-(x * x + y * y) / (2 * width**2)), x=SIDE, y=SIDE
        )

    profile = {"kind": "own_dot", "width": "2 nm", "center": [3.0, -2.0]}
    run = wavepacket.run(BASE | {"model": with_profile(profile)}, tmp_path / "own")
    forget_kinds()
    plain = wavepacket.sampled_profile(dot, x=SIDE, y=SIDE).model_copy(update={"center": (3.0, -2.0, 0.0)})
    other = wavepacket.run(BASE | {"model": with_profile(plain)}, tmp_path / "plain")
    ends = [each.trajectories(("position",))["position"] for each in (run, other)]
    assert np.array_equal(*ends)
    still = wavepacket.run(BASE | {"model": with_profile(plain, strength=0.0)}, tmp_path / "still")
    assert np.abs(still.trajectories(("position",))["position"] - ends[0]).max() > 1e-3


@pytest.mark.parametrize(
    ("values", "keys", "words"),
    [
        (lambda x: float(x > 7), {}, "jumps or bends most near x = "),
        (lambda x: 1 / 0, {}, "the profile failed at x = -120: ZeroDivisionError"),
        (lambda x: math.inf, {}, "not finite"),
        (lambda x: "one", {}, "one to three real numbers"),
        (lambda x: x, {"unit": True}, "a unit vector has three components"),
        (lambda x: x, {"accuracy": 2}, "accuracy must be from"),
        (lambda x: x, {"t": [0, 1, 2]}, "t is the two ends"),
        (np.zeros((7, 3)), {"unit": True, "x": np.arange(7.0)}, r"zero at 7 sample\(s\)"),
        (np.zeros((7, 4)), {"x": np.arange(7.0)}, "one to three components"),
    ],
)
def test_what_no_spline_follows_is_refused(values, keys, words):
    with pytest.raises(InputError, match=words):
        wavepacket.sampled_profile(values, **({"x": SIDE} | keys))


def test_terms_for_each_component():
    two = wavepacket.sampled_profile(np.ones((7, 2)) * np.arange(7)[:, None], x=np.arange(7.0))
    with pytest.raises(ConfigError, match=r"has 2 component\(s\), and 1 term\(s\) are given"):
        problem(with_profile(two), wavevectors=[[0.3, 0.2]])


@pytest.mark.parametrize(
    ("texture", "words"),
    [
        (
            {"profile": {"kind": "bump", "height": 1, "width": 9}, "terms": [{"gruneisen": 3}]},
            "give it as term",
        ),
        ({"profile": {"kind": "linear"}, "term": {"gruneisen": 3}}, r"has 1 component\(s\), and 3 term\(s\)"),
        ({"profile": {"kind": "vortex", "radius": 9, "wall": 10}}, "at most the radius"),
        ({"profile": {"kind": "bump", "height": 1, "width": 9}}, r"and 0 term\(s\) are given"),
    ],
)
def test_strain_and_walls_that_do_not_fit(texture, words):
    with pytest.raises(ConfigError, match=words):
        config_from_mapping(BASE | {"model": {"name": "haldane", "textures": [texture]}})
