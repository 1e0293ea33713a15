"""Magnetoresistance of two kinds of carriers, from a sweep and from formulas."""

import numpy as np
import pytest

from tests.cases import plain
from tests.physics.scattered import observe
from wavepacket.config import config_from_mapping
from wavepacket.sweeps import open_sweep, sweep
from wavepacket.units import E_OVER_HBAR, ELECTRON_MASS, HBAR

pytestmark = pytest.mark.physics

MASS, TIMES = 0.1 * ELECTRON_MASS, {"left": 50.0, "right": 400.0}
CONFIG = {
    "name": "two",
    "model": {"name": "parabolic_band", "mass_x": 0.1, "mass_y": 0.1, "cutoff": 0.2},
    "band": 0,
    "ensemble": {"kind": "fermi_surface", "chemical_potential": 0.0, "temperature": 300.0, "grid": [60, 60]},
    "valleys": {"left": [-0.05, 0, 0], "right": [0.05, 0, 0]},
    "scattering": {"relaxation_time": TIMES},
    "output": {"trajectories": 0},
}


@pytest.mark.full
def test_carriers_of_two_times(tmp_path, midpoints):
    """ρ_xx of a sum of two Drude tensors; one carrier alone has none. Also of the folder, read again."""
    axes = {"fields.magnetic.z": "0,5,20 T", "ensemble.chemical_potential": "0,0.02 eV"}
    done = sweep(config_from_mapping(plain(CONFIG)), axes, tmp_path / "s")
    for found in (done, open_sweep(tmp_path / "s")):
        values, errors, unit = found.values("magnetoresistance", "0")
        assert unit == "1"
        for tesla, row in zip((0.0, 5.0, 20.0), values, strict=True):
            turns = E_OVER_HBAR * tesla * HBAR / MASS * np.array(list(TIMES.values()))
            sigma = np.array(list(TIMES.values())) / (1 - 1j * turns)
            exact = (1 / sigma.sum()).real * sum(TIMES.values()) - 1
            np.testing.assert_allclose(row, exact, rtol=1e-5, atol=1e-9)
        assert values[2, 0] > 0.2
        assert np.all(errors[0] == 0)  # by definition
        assert np.all(errors[1:] > 0)
    assert "magnetoresistance" in (tmp_path / "s" / "observables.csv").read_text()


def test_one_carrier_has_none_and_no_other_sweep_has_it(tmp_path):
    one = CONFIG | {"scattering": {"relaxation_time": 100.0}}
    done = sweep(config_from_mapping(plain(one)), {"fields.magnetic.z": "0,10 T"}, tmp_path / "s")
    np.testing.assert_allclose(done.values("magnetoresistance", "0")[0], 0.0, atol=1e-6)
    other = sweep(config_from_mapping(plain(one)), {"fields.magnetic.z": "5,10 T"}, tmp_path / "o")
    assert "magnetoresistance" not in other.points[0].observables


def test_planar_hall_resistivity_of_an_anisotropic_mass():
    """Axes turned by 30°: ρ_xy = (ρ_1 − ρ_2) sin 30° cos 30° with ρ_i ∝ m_i, at every B, while the Hall part is odd in B."""
    heavy, light, angle = 0.3, 0.1, np.pi / 6
    kinetic = [HBAR**2 / (2 * ELECTRON_MASS * mass) for mass in (light, heavy)]
    along = kinetic[0] * np.cos(angle) ** 2 + kinetic[1] * np.sin(angle) ** 2
    across = kinetic[0] * np.sin(angle) ** 2 + kinetic[1] * np.cos(angle) ** 2
    mixed = 2 * (kinetic[0] - kinetic[1]) * np.sin(angle) * np.cos(angle)
    model = {
        "kp": [
            {"powers": [2, 0], "matrix": [[along]]},
            {"powers": [0, 2], "matrix": [[across]]},
            {"powers": [1, 1], "matrix": [[mixed]]},
        ],
        "dimension": 2, "length_scale": 10.0, "cutoff": 0.3,
    }  # fmt: skip
    found = [
        observe(
            model,
            CONFIG["ensemble"] | {"grid": [100, 100]},
            {"relaxation_time": 100.0},
            magnetic=[0, 0, tesla],
        )
        for tesla in (0.0, 8.0)
    ]
    density = found[0]["carrier_density"].value
    # h/e² = 2πħ/e² as in the unit of the observable.
    each = [ELECTRON_MASS * mass / (density * 100.0) / (2 * np.pi * HBAR) for mass in (light, heavy)]
    expected = (each[0] - each[1]) * np.sin(angle) * np.cos(angle)
    for one in found:
        assert one["planar_hall_resistivity"].value == pytest.approx(expected, rel=1e-6)
    assert abs(found[1]["hall_coefficient"].value) > 0


def test_contributions_of_a_steady_state_add_up():
    found = observe(
        {"name": "haldane", "staggered": 0.3},
        {"kind": "fermi_dirac", "chemical_potential": -0.9, "temperature": 600.0, "grid": [40, 40]},
        {"relaxation_time": 20.0}, electric=[0, 1e-5, 0], magnetic=[0, 0, 30.0], tolerance=1e-8,
    )  # fmt: skip
    for name in ("longitudinal_conductivity", "hall_conductivity"):
        parts = found[name].contributions
        assert set(parts) == {"band", "moment", "chiral", "anomalous"}
        assert sum(part.value for part in parts.values()) == pytest.approx(found[name].value, rel=1e-9)
    assert found["hall_conductivity"].contributions["anomalous"].value != 0
