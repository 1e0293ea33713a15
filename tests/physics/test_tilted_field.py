"""A layer in tilted fields: only B along its normal and E in its plane act where all orbitals lie in that plane."""

import numpy as np
import pytest

from tests.physics.scattered import observe
from wavepacket.analysis import analyze
from wavepacket.config import config_from_mapping
from wavepacket.simulation import run

_LAYER = {"name": "parabolic_band", "mass_x": 0.1, "mass_y": 0.1, "cutoff": "0.08 1/angstrom"}


def packet(folder, model, magnetic, electric=(1e-5, 0, 0)):
    """One packet for half a picosecond: observables, and its path."""
    mapping = {
        "name": "tilted", "model": model, "band": 1 if model["name"] == "bilayer_graphene" else 0,
        "fields": {"magnetic": list(magnetic)} | ({"electric": list(electric)} if electric else {}),
        "ensemble": {"kind": "packets", "wavevectors": [[0.03, 0.01]]}, "time": {"end": 500.0, "saves": 101},
    }  # fmt: skip
    finished = run(config_from_mapping(mapping), folder, overwrite=True)
    return analyze(finished), finished.trajectories()


@pytest.mark.parametrize(
    "model", [_LAYER, {"name": "haldane"}, {"name": "tmd"}], ids=lambda model: model["name"]
)
def test_the_path_is_that_of_the_normal_component(tmp_path, model):
    _, tilted = packet(tmp_path / "run", model, (30.0, -10.0, 5.0))
    _, upright = packet(tmp_path / "run", model, (0.0, 0.0, 5.0))
    assert tilted["status"][0] == 0
    for name in ("wavevector", "position"):
        np.testing.assert_array_equal(tilted[name], upright[name])


@pytest.mark.parametrize(
    "model", [_LAYER, {"name": "haldane"}, {"name": "tmd"}], ids=lambda model: model["name"]
)
def test_an_electric_field_along_the_normal_does_nothing(tmp_path, model):
    """It would carry k_z, which a layer does not have, beyond the cutoff of the k·p model within 53 fs."""
    _, tilted = packet(tmp_path / "run", model, (0.0, 0.0, 5.0), electric=(1e-5, 0, 1e-3))
    _, flat = packet(tmp_path / "run", model, (0.0, 0.0, 5.0))
    assert tilted["status"][0] == 0
    for name in ("wavevector", "position"):
        np.testing.assert_array_equal(tilted[name], flat[name])


def test_only_the_field_along_a_line_acts_on_it(tmp_path):
    line = {"kp": [{"powers": [2], "matrix": [[10.0]]}], "cutoff": "0.08 1/angstrom", "length_scale": 5.0}
    mapping = {
        "name": "line", "model": line, "band": 0, "time": {"end": 500.0, "saves": 101},
        "ensemble": {"kind": "packets", "wavevectors": [[0.03]]},
    }  # fmt: skip
    paths = []
    for fields in ({"electric": [1e-5, 1e-3, 1e-3], "magnetic": [1.0, 2.0, 30.0]}, {"electric": [1e-5]}):
        finished = run(config_from_mapping(mapping | {"fields": fields}), tmp_path / "run", overwrite=True)
        paths.append(finished.trajectories())
    assert paths[0]["status"][0] == 0
    for name in ("wavevector", "position"):
        np.testing.assert_array_equal(paths[0][name], paths[1][name])


def test_layers_at_different_heights_feel_the_field_between_them(tmp_path):
    """Ω and m of a bilayer have components in the plane, and m·B turns the path."""
    _, tilted = packet(tmp_path / "run", {"name": "bilayer_graphene"}, (30.0, 0.0, 5.0))
    _, upright = packet(tmp_path / "run", {"name": "bilayer_graphene"}, (0.0, 0.0, 5.0))
    assert np.abs(tilted["position"] - upright["position"])[..., :2].max() > 1e-3


def test_cyclotron_period_of_a_tilted_field(tmp_path):
    """2πm/(eB cos θ); chords of a uniform turn measure it exactly."""
    found, _ = packet(tmp_path / "run", _LAYER, (50.0, 0.0, 50.0), electric=None)
    # 2π m/(e B) of a free electron: 35 723.8676 fs at 1 T, here with a tenth of the mass.
    assert found["cyclotron_period"].value == pytest.approx(0.1 * 35723.86758 / 50.0, rel=1e-8)


@pytest.mark.parametrize("magnetic", [(0, 0, 0.5), (0, 0, -0.5), (2.0, 1.0, 0.5), (2.0, 0.0, -0.25)])
def test_hall_coefficient_of_a_layer_has_the_sign_of_the_charge(magnetic):
    """1/(q n) of free carriers, along either normal and in tilted fields."""
    found = observe(
        _LAYER, {"kind": "fermi_surface", "chemical_potential": 0.0, "temperature": 100.0, "grid": [32, 32]},
        {"relaxation_time": 1000.0}, magnetic=magnetic,
    )  # fmt: skip
    density = found["carrier_density"].value * 1e20
    # The grid carries densities of states to 1e-6 (see the uncertainties of the same run).
    assert found["hall_coefficient"].value == pytest.approx(-1 / (1.602176634e-19 * density), rel=1e-5)
    sign = np.sign(magnetic[2])
    assert found["hall_angle"].value < 0  # electrons, about the field
    assert sign * found["conductivity"].value[0, 1] < 0


def test_a_field_in_the_plane_alone_does_nothing():
    ensemble = {"kind": "fermi_surface", "chemical_potential": 0.0, "temperature": 100.0, "grid": [32, 32]}
    flat = observe(_LAYER, ensemble, {"relaxation_time": 1000.0}, magnetic=(3.0, 0, 0))
    none = observe(_LAYER, ensemble, {"relaxation_time": 1000.0})
    # Without a field the flights are known in closed form; the others are integrated, with a tolerance of 1e-10.
    size = np.abs(none["conductivity"].value).max()
    np.testing.assert_allclose(
        flat["conductivity"].value, none["conductivity"].value, rtol=0, atol=1e-10 * size
    )
