"""Cyclotron orbits of a warped band with curvature and moment against (ħ/eB) d/d𝓔 ∫ D d²k."""

import numpy as np
import pytest

from tests.reference.kubo import band_quantities
from wavepacket.analysis import analyze
from wavepacket.config import config_from_mapping
from wavepacket.hamiltonians import haldane
from wavepacket.simulation import run
from wavepacket.units import E_OVER_HBAR, ELECTRON_MASS, HBAR

pytestmark = pytest.mark.physics

TESLA = 30.0
CRYSTAL = {"t2": 0.1, "phi": np.pi / 3, "staggered": 0.3}
STARTS = [[0.6966667, 0.3333333], [0.63, 0.36], [0.3633333, 0.6666667]]
CENTRES = [[2 / 3, 1 / 3], [2 / 3, 1 / 3], [1 / 3, 2 / 3]]


def orbits(folder, *, saves=401, tolerance=1e-10, end=4000.0, **sections):
    mapping = {
        "name": "orbits", "model": {"name": "haldane", "t2": 0.1, "phi": "60 deg", "staggered": 0.3}, "band": 1,
        "fields": {"magnetic": [0, 0, TESLA]}, "integrator": {"tolerance": tolerance}, "time": {"end": end, "saves": saves},
        "ensemble": {"kind": "packets", "coordinates": "reduced", "wavevectors": STARTS},
    }  # fmt: skip
    return analyze(run(config_from_mapping(mapping | sections), folder / "run", overwrite=True))


def level(k):
    """𝓔 = ε − m·B in eV and D, by sums over states."""
    found = band_quantities(haldane(**CRYSTAL), k)
    energy = found.energy[:, 1] - TESLA * found.orbital_moment[:, 1, 2]
    return energy, 1 + E_OVER_HBAR * TESLA * found.berry_curvature[:, 1, 2]


def radii(centre, energy, angles, guess):
    """Distance (n,) of the contour of an energy from a centre, 1/Å, by the secant method."""
    way = np.stack([np.cos(angles), np.sin(angles), np.zeros_like(angles)], axis=1)

    def miss(r):
        return level(centre + r[:, None] * way)[0] - energy

    a, b = guess * np.ones_like(angles), 1.02 * guess * np.ones_like(angles)
    at_a, at_b = miss(a), miss(b)
    for _ in range(60):
        slope = np.where(at_b == at_a, np.inf, at_b - at_a)
        a, b, at_a = b, b - at_b * (b - a) / slope, at_b
        at_b = miss(b)
        if np.abs(at_b).max() < 1e-14:
            break
    assert np.abs(at_b).max() < 1e-12
    return b


def states(centre, energy, guess, factor=True):
    """∫ D d²k within a contour, 1/Å²: Gauss along each radius, equidistant angles."""
    angles = 2 * np.pi * np.arange(256) / 256
    r = radii(centre, energy, angles, guess)
    nodes, weights = np.polynomial.legendre.leggauss(24)
    total = 0.0
    for node, weight in zip(nodes, weights, strict=True):
        rho = 0.5 * (1 + node) * r
        k = centre + rho[:, None] * np.stack([np.cos(angles), np.sin(angles), 0 * angles], axis=1)
        total += 0.5 * weight * np.sum((level(k)[1] if factor else 1.0) * rho * r)
    return total * 2 * np.pi / 256


@pytest.fixture(scope="module")
def exact():
    """Periods in fs and areas in 1/Å² of the three orbits."""
    found = []
    for start, valley in zip(STARTS, CENTRES, strict=True):
        reciprocal = haldane(**CRYSTAL).reciprocal
        k, centre = (np.array([*point, 0.0]) @ reciprocal for point in (start, valley))
        energy, guess = level(k[None])[0][0], np.linalg.norm(k - centre)
        h = 1e-3  # eV; the rule is of fourth order
        inside = [states(centre, energy + n * h, guess) for n in (-2, -1, 1, 2)]
        slope = (inside[0] - 8 * inside[1] + 8 * inside[2] - inside[3]) / (12 * h)
        found.append(
            [HBAR / (HBAR * E_OVER_HBAR * TESLA) * abs(slope) * HBAR, states(centre, energy, guess, False)]
        )
    return np.array(found).T


def test_the_reference_is_the_published_one(exact):
    np.testing.assert_allclose(exact[0], [1833.37, 1960.49, 495.524], rtol=5e-6)


@pytest.mark.parametrize("saves", [401, 201])
def test_each_packet_has_its_own_period_area_and_mass(tmp_path, exact, saves):
    found = orbits(tmp_path, saves=saves)
    period = found["cyclotron_period"]
    # The reference itself: rounding of areas of 0.1/Å², 1e-16 of them, over a step of 1e-3 eV is 1e-7 fs of 2000.
    assert np.all(np.abs(period.value - exact[0]) < period.uncertainty + 1e-6)
    assert np.all(period.uncertainty < 1e-5)
    np.testing.assert_allclose(found["cyclotron_area"].value, exact[1], rtol=1e-8)
    mass = TESLA * E_OVER_HBAR * HBAR * exact[0] / (2 * np.pi * ELECTRON_MASS)
    np.testing.assert_allclose(found["cyclotron_mass"].value, mass, rtol=1e-8)
    table = period.packets.facts
    assert table["trajectory"] == [0, 1, 2]
    assert table["turns"][2] in (7, 8)  # 4 ps hold no more whole ones


@pytest.mark.parametrize("coarse", [{"saves": 101}, {"saves": 61}, {"tolerance": 1e-6}, {"tolerance": 1e-4},
                                    {"integrator": {"method": "rk4", "step": 5.0}}], ids=str)  # fmt: skip
def test_the_error_bar_of_each_packet_covers_what_saves_and_steps_leave_out(tmp_path, exact, coarse):
    period = orbits(tmp_path, **coarse)["cyclotron_period"]
    off = np.abs(period.value - exact[0])
    known = np.isfinite(period.value)
    assert known.sum() >= 2
    assert np.all(off[known] < 2 * period.uncertainty[known] + 1e-6)
    assert np.all(period.uncertainty[known] < 1e-3 * exact[0][known])


FREE = {"name": "parabolic_band", "mass_x": 0.1, "mass_y": 0.1, "cutoff": 0.08}
FREE_TURN = 2 * np.pi * 0.1 * ELECTRON_MASS / (HBAR * E_OVER_HBAR * TESLA)


def free(folder, **more):
    """Three packets of free electrons: 2πm/eB for each of them."""
    packets = {"kind": "packets", "wavevectors": [[0.005, 0, 0], [0.01, 0.0], [0, 0.02]]}
    return orbits(folder, model=FREE, band=0, ensemble=packets, **more)


def test_orbits_that_agree_are_one_number(tmp_path):
    found = free(tmp_path, end=5.3 * FREE_TURN, saves=107)
    period, mass = found["cyclotron_period"], found["cyclotron_mass"]
    assert abs(period.value - FREE_TURN) < period.uncertainty < 1e-6 * FREE_TURN
    assert abs(mass.value - 0.1) < mass.uncertainty
    np.testing.assert_allclose(
        found["cyclotron_area"].value, np.pi * np.array([5e-3, 1e-2, 2e-2]) ** 2, rtol=1e-8
    )


@pytest.mark.parametrize("turns", [1.0, 2.0])
def test_a_run_of_just_whole_turns_has_a_period(tmp_path, turns):
    found = free(tmp_path, end=turns * FREE_TURN, saves=101)
    assert found["cyclotron_period"].packets.facts["turns"] == [turns] * 3


def test_part_of_a_turn_has_no_period(tmp_path):
    assert "cyclotron_period" not in free(tmp_path, end=0.9 * FREE_TURN, saves=101)


@pytest.mark.parametrize("between", [0.4, 0.9, 1.02, 1.5])
def test_saves_too_far_apart_give_no_number(tmp_path, between):
    """Every 1.02 turns the packet seems to creep round in 50 saves, however smoothly."""
    period = free(tmp_path, end=60 * between * FREE_TURN, saves=61)["cyclotron_period"]
    assert np.all(np.isnan(period.value))


def test_layers_at_different_heights_in_a_tilted_field(tmp_path):
    """m·B of the components in the plane changes the velocity by more than saves that skip turns would be allowed to."""
    packets = {"kind": "packets", "wavevectors": [[0.05, 0.0, 0.0]]}
    found = orbits(
        tmp_path, model={"name": "bilayer_graphene"}, ensemble=packets, fields={"magnetic": [30.0, 0.0, 5.0]},
        saves=401, end=8000.0,
    )  # fmt: skip
    assert found["cyclotron_period"].packets.facts["turns"][0] >= 1


def test_a_packet_at_rest_has_no_orbit(tmp_path):
    packets = {"kind": "packets", "wavevectors": [[0.0, 0, 0]]}
    assert "cyclotron_period" not in orbits(tmp_path, model=FREE, band=0, ensemble=packets)
