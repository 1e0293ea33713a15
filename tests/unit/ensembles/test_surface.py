"""States that collisions lead to: exactly of the energy, each as often as equilibrium holds it, valley by valley."""

import numpy as np
import pytest
from contourpy import contour_generator

from tests.cases import problem
from wavepacket.ensembles.surface import ANY, TRIES, Surface
from wavepacket.units import E_OVER_HBAR, ELECTRON_MASS, HBAR

NUMBER = 20_000
DISTANCE = 1.63 / np.sqrt(NUMBER)  # Kolmogorov and Smirnov: exceeded by one of a hundred samples
TILTED = {
    "kp": [
        {"powers": [1, 0], "matrix": [[0.6, 3.0], [3.0, 0.6]]},
        {"powers": [0, 1], "matrix": [["0", "-3.0j"], ["3.0j", "0"]]},
        {"powers": [0, 0], "matrix": [[0.05, 0], [0, -0.05]]},
    ],
    "dimension": 2,
    "length_scale": 10.0,
    "cutoff": 0.08,
}


def drawn(made, energy, *, valley=ANY, field=0.0, spread=0.0):
    surface = Surface(
        made.band, np.array([0, 0, field]), -1.0, centres=made.valley_centres, spread=spread, lowest=0.1
    )
    random, energies = np.random.default_rng(5), np.broadcast_to(energy, NUMBER)
    k = surface.draw(energies, np.full(NUMBER, valley), lambda _, rows: random.random((len(rows), TRIES, 3)))
    np.testing.assert_allclose(surface.energies(k), energies, atol=1e-11)
    return k


def distance(values, cumulative):
    """Largest difference of the shares below each value from those of a distribution."""
    return np.abs(np.arange(1, NUMBER + 1) / NUMBER - cumulative(np.sort(values))).max()


def test_states_of_an_ellipse_lie_evenly_in_its_own_angle():
    """k = (a cos φ, b sin φ) has dl/|∂𝓔/∂k| = const. dφ; dl alone is far from it. Energies of one window or of many."""
    masses = np.array([0.1, 1.6]) * ELECTRON_MASS
    made = problem(
        {"name": "parabolic_band", "mass_x": 0.1, "mass_y": 1.6, "cutoff": 0.2}, wavevectors=[[0, 0]]
    )
    fine = np.linspace(-np.pi, np.pi, 2001)
    length = np.cumsum(np.sqrt(masses[0] * np.sin(fine) ** 2 + masses[1] * np.cos(fine) ** 2))
    for energy, spread in ((0.05, 0.0), (np.linspace(0.02, 0.06, NUMBER), 0.05)):
        x, y = (drawn(made, energy, spread=spread)[:, :2] * HBAR / np.sqrt(masses)).T
        angle = np.arctan2(y, x)
        assert distance(angle, lambda each: (each + np.pi) / (2 * np.pi)) < DISTANCE
        assert distance(angle, lambda each: np.interp(each, fine, length / length[-1])) > 3 * DISTANCE


def states_on(made, energy, field):
    """Angles of the line of an energy, and running sums of dl/|∂𝓔/∂k| on it, with D and without."""
    x = np.linspace(-0.08, 0.08, 401)
    k = np.stack([*np.meshgrid(x, x), np.zeros((401, 401))], axis=-1).reshape(-1, 3)
    geometry = made.band.geometry(k)
    levels = geometry.energy - field * geometry.orbital_moment[:, 2]
    (line,) = contour_generator(x, x, levels.reshape(401, 401)).lines(energy)
    middle = np.pad(0.5 * (line[1:] + line[:-1]), ((0, 0), (0, 1)))
    there = made.band.geometry(middle)
    slope = HBAR * there.group_velocity - field * there.moment_gradient[:, 2]
    states = np.linalg.norm(np.diff(line, axis=0), axis=1) / np.linalg.norm(slope, axis=1)
    factor = 1.0 + E_OVER_HBAR * field * there.berry_curvature[:, 2]
    angle = np.arctan2(middle[:, 1], middle[:, 0])
    order = np.argsort(angle)
    return angle[order], np.cumsum((factor * states)[order]), np.cumsum(states[order])


def test_the_density_of_states_in_a_magnetic_field_counts():
    """Of a tilted cone Ω differs along the line."""
    made, energy, field = problem(TILTED, wavevectors=[[0, 0]], band=1), 0.11, 60.0
    k = drawn(made, energy, field=field)
    angles, states, without = states_on(made, energy, field)
    angle = np.arctan2(k[:, 1], k[:, 0])
    assert distance(angle, lambda each: np.interp(each, angles, states / states[-1])) < DISTANCE
    assert distance(angle, lambda each: np.interp(each, angles, without / without[-1])) > 2 * DISTANCE


def test_valleys_share_collisions_by_their_states():
    """The border between two centres parts a circle at k_x = 0.02/Å."""
    centres = {"left": [-0.01, 0.0], "right": [0.05, 0.0]}
    model = {"name": "parabolic_band", "mass_x": 0.1, "mass_y": 0.1, "cutoff": 0.05}
    made = problem(model, wavevectors=[[0, 0]], valleys=centres)
    share = np.arccos(0.02 * HBAR / np.sqrt(2 * 0.1 * ELECTRON_MASS * 0.05)) / np.pi
    k = drawn(made, 0.05)
    assert np.mean(k[:, 0] > 0.02) == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / NUMBER))
    assert np.mean(drawn(made, 0.05, valley=1)[:, 0] > 0.02) > 0.998  # triangles belong to valleys as a whole
