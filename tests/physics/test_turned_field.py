"""Sweeps of the direction of B: series in the angle against tensors whose parts are known, in any plane."""

from pathlib import Path

import numpy as np
import pytest

from wavepacket.config.scan import Axis
from wavepacket.observables import Observable
from wavepacket.sweeps import Point, Sweep
from wavepacket.sweeps.angles import turned_field

pytestmark = pytest.mark.physics

DEGREES = np.arange(0, 181, 15.0)
PLANES = {
    "polar": ([0, 0, 1], [1, 0, 0], ("z", "x")),
    "azimuth": ([1, 0, 0], [0, 1, 0], ("x", "y")),
    "[110]": ([0, 0, 1], [np.sqrt(0.5), np.sqrt(0.5), 0], ("1", "2")),
}
PERPENDICULAR, CHANGE, HALL = 2.0, -0.3, 0.05


def swept(one, two, degrees, more=lambda b: 0.0, errors=0.0, unit="ohm cm"):
    """A sweep that was never run, of an isotropic metal and whatever else depends on the direction b of B."""
    rng, points = np.random.default_rng(5), []
    for degree in degrees:
        b = np.cos(np.radians(degree)) * np.array(one) + np.sin(np.radians(degree)) * np.array(two)
        antisymmetric = np.array([[0, b[2], -b[1]], [-b[2], 0, b[0]], [b[1], -b[0], 0]])
        rho = PERPENDICULAR * np.eye(3) + CHANGE * np.outer(b, b) + HALL * antisymmetric + more(b)
        rho = rho + np.nan_to_num(errors) * rng.uniform(-1, 1, (3, 3))
        found = {"resistivity": Observable("resistivity", rho, np.full((3, 3), errors), unit)}
        points.append(
            Point({"fields.magnetic.polar": f"{degree} deg"}, Path(), "finished", found, tuple(4.0 * b))
        )
    return Sweep(Path(), (Axis("fields.magnetic.polar", tuple(map(str, degrees))),), tuple(points))


@pytest.mark.parametrize("plane", PLANES)
@pytest.mark.parametrize("errors", [0.0, 1e-3])
def test_isotropic_metal(plane, errors):
    """ρ_11 and ρ_22, and the planar Hall effect, with one Δρ; the ordinary Hall effect is not in them."""
    one, two, names = PLANES[plane]
    (found,) = turned_field(swept(one, two, DEGREES, errors=errors))
    assert found.names == names
    assert found.strength == pytest.approx(4)
    np.testing.assert_allclose(np.degrees(found.angle), DEGREES, atol=1e-9)
    exact = {"perpendicular": PERPENDICULAR, "change": CHANGE}
    for name, measured in found.measured.items():
        assert abs(measured.value - exact[name.split("_")[1]]) <= measured.uncertainty + 1e-12
        assert measured.uncertainty < 10 * errors + 1e-12
    assert found.rest <= 5 * errors + 1e-12
    assert found.misfit <= 2 * errors + 1e-12


def test_a_crystal_has_more_harmonics():
    """A cubic term b_x⁴ + b_z⁴ = 3/4 + cos(4φ)/4 of ρ_zz stands in the fourth harmonic, and sin 2φ beside it is told."""
    strength, slope = 0.08, 0.02

    def cubic(b):
        return np.diag([0, 0, strength * (b[0] ** 4 + b[2] ** 4) + slope * 2 * b[0] * b[2]])

    (found,) = turned_field(swept(*PLANES["polar"][:2], DEGREES, cubic))
    fit = found.fits["along"]
    np.testing.assert_allclose(
        fit.cosines, [PERPENDICULAR + CHANGE / 2 + 0.75 * strength, CHANGE / 2, strength / 4, 0], atol=1e-12
    )
    np.testing.assert_allclose(fit.sines, [0, slope, 0, 0], atol=1e-12)
    assert found.rest == pytest.approx(max(slope, strength / 4))
    angle = np.linspace(0, np.pi, 7)
    expected = (
        PERPENDICULAR + CHANGE * np.cos(angle) ** 2 + strength * (np.cos(angle) ** 4 + np.sin(angle) ** 4)
    )
    np.testing.assert_allclose(fit(angle), expected + slope * np.sin(2 * angle), atol=1e-12)


def test_what_the_series_lacks_is_in_the_uncertainty():
    """A part that is odd in B, over half a turn and over a whole one."""
    size = 0.04
    for degrees in (DEGREES[:-1], np.arange(0, 360, 15.0)):
        (found,) = turned_field(swept(*PLANES["azimuth"][:2], degrees, lambda b: size * b[0] * np.eye(3)))
        change = found.measured["along_change"]
        assert abs(change.value - CHANGE) <= change.uncertainty
        assert found.misfit > 0.3 * size


def test_what_is_no_turn_in_a_plane():
    polar, layer = PLANES["polar"][:2], PLANES["azimuth"][:2]
    assert not turned_field(swept(*polar, DEGREES, unit="h/e^2"))  # out of the plane of a layer
    assert turned_field(swept(*layer, DEGREES, unit="h/e^2"))
    assert not turned_field(swept(*polar, [0.0, 30.0, 60.0]))  # too few
    assert not turned_field(swept(*polar, [0.0] * 5))  # one direction
    (narrow,) = turned_field(swept(*polar, [0.0, 1.0, 2.0, 3.0, 4.0]))
    assert narrow.fits is None
    assert narrow.measured == {}


def test_unknown_uncertainties_stay_unknown():
    """A fit of points whose errors nobody knows has none; null in JSON."""
    import json

    (found,) = turned_field(swept(*PLANES["polar"][:2], DEGREES, errors=np.nan))
    assert np.isnan(found.measured["along_change"].uncertainty)
    assert json.loads(json.dumps(found.as_json()))["planar_change"]["uncertainty"] is None
    assert "NaN" not in json.dumps(found.as_json())


def test_text_and_figure(capsys):
    """The command prints both forms; the curves run through what is drawn."""
    from wavepacket.cli.sweep import show_magnetotransport
    from wavepacket.plots import sweep_figure

    sweep = swept(*PLANES["polar"][:2], DEGREES)
    show_magnetotransport(sweep)
    said = capsys.readouterr().out
    assert "B of 4 T turned by phi from z to x" in said
    assert "rho_zx = d sin(phi) cos(phi)   d = -0.3 ±" in said
    figure, wish = sweep_figure(sweep)
    assert wish.name == "angles"
    curve = figure.axes[1].lines[-1]
    angle = np.radians(curve.get_xdata())
    shown = curve.get_ydata() / np.abs(curve.get_ydata()).max()
    np.testing.assert_allclose(shown, -np.sin(2 * angle), atol=1e-3)


@pytest.mark.full
def test_packets_of_a_weyl_node(tmp_path):
    """One Δρ < 0 for both currents and the planar Hall effect: σ grows along B as Son and Spivak's chiral anomaly has it."""
    from wavepacket.sweeps import sweep

    path = Path(__file__).parents[2] / "configs" / "planar_hall.yaml"
    smaller = ["ensemble.grid=[32,32,32]", "output.trajectories=0"]
    done = sweep(path, {"fields.magnetic.polar": "0:150:30deg"}, tmp_path / "s", overrides=smaller)
    (found,) = turned_field(done)
    changes = [found.measured[f"{name}_change"].value for name in ("along", "across", "planar")]
    assert changes[0] < 0
    np.testing.assert_allclose(changes, changes[0], rtol=2e-3)
    assert found.rest < 2e-3 * abs(changes[0])
