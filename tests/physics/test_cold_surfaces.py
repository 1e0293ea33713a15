"""Ensembles `fermi_surface` at T = 0 against closed forms and against runs at finite temperature."""

import numpy as np
import pytest

from tests.physics.scattered import observe
from wavepacket.errors import ConfigError
from wavepacket.units import E_OVER_HBAR, ELECTRON_MASS, ELEMENTARY_CHARGE, HBAR, SIEMENS_PER_CENTIMETRE

pytest.importorskip("skimage")
pytestmark = pytest.mark.physics

TAU, LEVEL = 100.0, 0.3
MASSES = {"mass_x": 0.2, "mass_y": 0.5, "mass_z": 0.3}


def cold(mu: float = LEVEL, **more: object) -> dict:
    return {"kind": "fermi_surface", "chemical_potential": mu, "temperature": 0.0, **more}


def drude(dimension: int, field: np.ndarray) -> tuple[float, np.ndarray]:
    """Density (1/Å^d) and conductivity (e²/(ħ Å^(d−2))) of m dv/dt = −e (E + v×B) − m v/τ."""
    mass = ELECTRON_MASS * np.array(list(MASSES.values()))[:dimension]
    radius = np.sqrt(2 * LEVEL * mass) / HBAR
    number = np.prod(radius) * (np.pi if dimension == 2 else 4 / 3 * np.pi) / (2 * np.pi) ** dimension
    x, y, z = E_OVER_HBAR * HBAR * field
    cross = np.array([[0, z, -y], [-z, 0, x], [y, -x, 0]])[:dimension, :dimension]  # v×B = cross v
    return number, HBAR * number * np.linalg.inv(np.diag(mass) / TAU + cross)


def close(observable: object, exact: np.ndarray, bound: float) -> None:
    value, error = np.array(observable.value), np.array(observable.uncertainty)
    size = np.abs(exact).max()
    # Also the error of flights, whose tolerance is 1e-10.
    assert np.all(np.abs(value - exact) <= error + 1e-9 * size)
    assert error.max() <= bound * size


def test_layer_of_free_carriers_in_a_field():
    field = np.array([0.0, 0.0, 8.0])
    model = {"name": "parabolic_band", "cutoff": 0.4, **MASSES}
    found = observe(model, cold(number=800), {"relaxation_time": TAU}, magnetic=field)
    number, tensor = drude(2, field)
    exact = np.zeros((3, 3))
    exact[:2, :2] = 2 * np.pi * tensor  # in e²/h
    close(found["conductivity"], exact, 1e-7)
    close(found["carrier_density"], np.array(number), 1e-9)
    close(found["hall_coefficient"], np.array(-1e-20 / (ELEMENTARY_CHARGE * number)), 1e-7)


@pytest.mark.full
def test_crystal_of_free_carriers_in_a_tilted_field():
    field = np.array([3.0, -2.0, 8.0])
    model = {"name": "parabolic_band", "dimension": 3, "cutoff": 0.4, **MASSES}
    found = observe(model, cold(grid=[8, 8, 8]), {"relaxation_time": TAU}, magnetic=field, tolerance=1e-6)
    number, tensor = drude(3, field)
    close(found["conductivity"], SIEMENS_PER_CENTIMETRE * tensor / HBAR, 3e-3)
    close(found["carrier_density"], np.array(number), 3e-3)


def test_anomalous_hall_effect_of_a_massive_dirac_cone():
    """(e²/2h) Δ (1/μ − 1/E_c) with the sign of Ω; E_c at the cutoff: the valence band is another run."""
    v, mass, cutoff = 3.0, 0.1, 0.4
    model = {"name": "massive_dirac", "velocity": v, "mass": mass, "cutoff": cutoff}
    top = np.sqrt(mass**2 + (v * cutoff) ** 2)
    for band, exact in ((1, 0.5 * (1 - mass / LEVEL)), (0, -0.5 * (mass / LEVEL - mass / top))):
        found = observe(
            model, cold(LEVEL if band else -LEVEL, number=400), {"relaxation_time": TAU}, band=band
        )
        tensor = np.array(found["conductivity"].value)
        assert abs(tensor[0, 1] - exact) < 1e-6
        assert (
            abs(tensor[0, 0] - 2 * np.pi * TAU / HBAR * (LEVEL**2 - mass**2) / LEVEL / (4 * np.pi))
            < 1e-7 * tensor[0, 0]
        )


@pytest.mark.full
def test_lattice_in_a_field_as_temperature_falls():
    """σ(T) = σ(0) + a T² + O(T⁴): two temperatures give σ(0) but for 4 % of the square of what the second term changes."""
    model = {"name": "cosine_band", "dimension": 2}
    field, time = [0, 0, 20.0], {"relaxation_time": 40.0}
    frozen = np.array(observe(model, cold(-0.5, number=400), time, magnetic=field)["conductivity"].value)
    warm = [
        np.array(
            observe(model, cold(-0.5, grid=[64, 64]) | {"temperature": T}, time, magnetic=field)[
                "conductivity"
            ].value
        )
        for T in (300.0, 600.0)
    ]
    change = np.abs(warm[1] - frozen).max() / np.abs(frozen).max()
    assert 1e-3 < change < 0.1
    assert np.abs((4 * warm[0] - warm[1]) / 3 - frozen).max() < change**2 * np.abs(frozen).max()


def test_what_has_no_cold_surface():
    model, time = {"name": "parabolic_band", "cutoff": 0.4, **MASSES}, {"relaxation_time": TAU}
    for ensemble, more, said in (
        (cold(-0.1), time, "no states at the chemical potential"),
        (cold(5.0), time, "no states|raise model.cutoff"),
        (cold(valley_radius=0.1), time, "valley_radius"),
        (cold(), {**time, "monte_carlo": {"flights": 3}}, "one flight"),
    ):
        with pytest.raises(ConfigError, match=said):
            observe(model, ensemble, more)


def test_electrons_and_holes_of_two_bands():
    """A compensated metal: rho_xx = (1 + (e tau B/m)^2) m/(2 n e^2 tau), no Hall effect, at any B."""
    mass, depth, field = 0.1 * ELECTRON_MASS, 0.05, 1.0
    bend = HBAR**2 / (2 * mass)
    model = {
        "kp": [
            {"powers": [2, 0], "matrix": [[-bend, 0], [0, bend]]},
            {"powers": [0, 2], "matrix": [[-bend, 0], [0, bend]]},
            {"powers": [1, 0], "matrix": [[-0.2 * bend, 0], [0, -0.2 * bend]]},
            {"powers": [0, 0], "matrix": [[depth - 0.01 * bend, 0], [0, 0.01 * bend - depth]]},
        ],
        "dimension": 2, "length_scale": 10.0, "cutoff": 0.25,
    }  # fmt: skip
    found = observe(
        model, cold(0.0, number=600, field_reversal=False), {"relaxation_time": 1000.0}, magnetic=(0, 0, field),
        band={"index": 0, "each": "auto"},
    )  # fmt: skip
    number = depth / bend / (4 * np.pi)
    turn = E_OVER_HBAR * HBAR * field * 1000.0 / mass
    part = 2 * np.pi * HBAR * number * 1000.0 / mass / (1 + turn**2)  # of each band, in e²/h
    close(found["conductivity"], np.diag([2 * part, 2 * part, 0.0]), 1e-6)
    close(found["electron_density"], np.array(number), 1e-6)
    close(found["hole_density"], np.array(number), 1e-6)


def test_anomalous_part_of_several_bands_is_that_of_each_band():
    """Both bands of a Rashba ferromagnet: scattered points of all states against points that fill each surface."""
    model, level = {"name": "rashba_ferromagnet", "exchange": 0.1}, 0.3
    every = observe(
        model, cold(level, number=300), {"relaxation_time": TAU}, band={"index": 0, "each": "auto"}
    )
    one = [observe(model, cold(level, number=300), {"relaxation_time": TAU}, band=band) for band in (0, 1)]
    value = np.array(every["conductivity"].value) - sum(np.array(each["conductivity"].value) for each in one)
    error = np.array(every["conductivity"].uncertainty)
    whole = sum(np.array(each["conductivity"].value)[0, 1] for each in one)
    assert abs(value[0, 1]) <= 5 * error[0, 1] + 1e-8 < 0.05 * abs(whole)
    assert np.abs(np.diag(value)).max() < 1e-6 * np.abs(one[0]["conductivity"].value).max()
