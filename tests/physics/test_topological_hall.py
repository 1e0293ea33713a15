"""Collisions in textures: Hall conductivity of skyrmion lattices, equilibrium, and linear response beside a steady state."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from tests.cases import problem, run
from wavepacket.analysis.response_tensors import conductivity_by_part
from wavepacket.ensembles import Packets
from wavepacket.errors import ConfigError
from wavepacket.simulation import texture_flights
from wavepacket.simulation.textures import in_textures
from wavepacket.units import BOLTZMANN, HBAR

PARABOLIC = {
    "kp": [{"powers": powers, "matrix": [[0.5, 0], [0, 0.5]]} for powers in ([2, 0], [0, 2])],
    "dimension": 2, "cutoff": 1.35, "length_scale": 1.0,
}  # fmt: skip
EXACT = 0.0392070
"""σ_xy/σ_xx of free electrons m = v = k_F = 1 in the emergent field of the cell L = 40, τ = 10: 160 directions."""


def skyrmions(period=40.0, **more):
    """A lattice of them that touch each other, charge -1 in each cell."""
    profile = {"kind": "skyrmion", "radius": 0.5 * period, "periods": [period] * 2, "shape": "angle", **more}
    return {"strength": 5.0, "profile": profile}


def at_surface(period=40.0, *, number=256, places=6, band=1, **sections):
    """Packets at the Fermi surface of free electrons, τ = 10 ħ/eV."""
    ensemble = {
        "kind": "fermi_surface", "chemical_potential": 0.5 + (5.0 if band else -5.0), "temperature": 0.02 / BOLTZMANN,
        "number": number, "places": [places, places],
    }  # fmt: skip
    model = PARABOLIC | {"textures": [skyrmions(period)]}
    given = {"scattering": {"relaxation_time": 10 * HBAR}, "integrator": {"tolerance": 1e-6}, "saves": 2}
    return problem(model, band=band, ensemble=ensemble, end=1.0, **(given | sections))


def ratio(sums):
    """Antisymmetric part of σ over the mean of its diagonal, from sums over ṙ_b(0) ∫ e^{-t/τ} ṙ_a dt, [..., b, a]."""
    return (sums[..., 1, 0] - sums[..., 0, 1]) / (sums[..., 0, 0] + sums[..., 1, 1])


def responses(made):
    """The same sums by replica, (P, 3, 3)."""
    sums = run(made).sums["transport"][0][:, 0, :24]
    return sums.reshape(-1, 2, 4, 3, 3)[:, 0].sum(axis=1)


@pytest.mark.parametrize("band", [1, 0])
def test_topological_hall_effect(band):
    """Packets of both spins have opposite Hall angles, those of free electrons in the emergent field."""
    sums = responses(at_surface(band=band))
    found = (1 if band else -1) * ratio(sums.sum(axis=0))
    error = ratio(sums).std(ddof=1) / np.sqrt(len(sums))
    assert error < 1e-4
    assert found == pytest.approx(EXACT, abs=4 * error)


def in_emergent_field(k, r, period, tau):
    """∫ e^{-t/τ} v dt of free electrons in B = (ħ/2e) n·(∂_xn × ∂_yn) of the lattice; units ħ = m = e = 1."""
    radius = 0.5 * period

    def field(x, y):
        x, y = x - period * np.round(x / period), y - period * np.round(y / period)
        u = np.clip(np.hypot(x, y) / radius, 1e-12, 1.0)
        angle = np.pi * (1 - u**3 * (10 - 15 * u + 6 * u * u))
        return -0.5 * np.sin(angle) * np.pi * 30 * (u * (1 - u)) ** 2 / (radius**2 * u)

    def rates(t, state):
        x, y, vx, vy, _, _ = state.reshape(6, -1)
        b, left = field(x, y), np.exp(-t / tau)
        return np.concatenate([vx, vy, -vy * b, vx * b, left * vx, left * vy])

    begin = np.concatenate([r.T, k.T, np.zeros((2, len(k)))]).ravel()
    ends = solve_ivp(rates, (0, 30 * tau), begin, method="DOP853", rtol=1e-10, atol=1e-11)
    return ends.y[:, -1].reshape(6, -1)[4:].T


def starts(number, seed=3):
    random = np.random.default_rng(seed)
    angle, r = random.uniform(0, 2 * np.pi, number), random.uniform(0, 40, (number, 2))
    return np.stack([np.cos(angle), np.sin(angle)], axis=1), r


def flown(made, k, r, sign=1):
    """Mean free paths (n, 2) and ṙ at the start (n, 2), in units ħ = 1; sign of E."""
    number = len(k)
    both = [np.concatenate([each, np.zeros((number, 1))], axis=1) for each in (k, r)]
    packets = Packets(*both, np.ones(number), np.zeros(number, dtype=np.int64), np.zeros(number))
    found = texture_flights.flights(
        made, packets, np.full(number, sign, dtype=np.int64), np.arange(number, dtype=np.int64)
    )
    assert not found.status.any()
    return found.rows[:, 8:10], HBAR * found.start[:, :2]


def test_mean_free_paths_are_those_in_the_emergent_field():
    """And the probe at a frequency weighs the same paths with its wave."""
    k, r = starts(24)
    made = at_surface(integrator={"tolerance": 1e-10})
    found, start = flown(made, k, r)
    np.testing.assert_allclose(start, k, rtol=0, atol=1e-12)
    np.testing.assert_allclose(found, in_emergent_field(k, r, 40.0, 10.0), rtol=0, atol=1e-7)


@pytest.mark.full
def test_hall_ratio_of_a_grid_and_its_limit_of_large_cells():
    """0.039208 of the cell of 40, within 1e-4; the formula ⟨Ω_xy⟩τ/m with ⟨Ω_xy⟩ = -2πQ/L² where fields hardly vary."""
    places = (np.arange(24) + 0.37) / 24
    angle = (np.arange(16) + 0.5) / 16 * np.pi / 2

    def of_grid(period):
        x, y, a = (each.ravel() for each in np.meshgrid(period * places, period * places, angle))
        k, r = np.stack([np.cos(a), np.sin(a)], axis=1), np.stack([x, y], axis=1)
        parts = [flown(at_surface(period), k[i : i + 512], r[i : i + 512]) for i in range(0, len(k), 512)]
        mean, start = (np.concatenate(each) for each in zip(*parts, strict=True))
        return np.sum(mean[:, 0] * start[:, 1] - mean[:, 1] * start[:, 0]) / np.sum(mean * start)

    assert of_grid(40.0) == pytest.approx(0.039208, rel=1e-4)
    lacks = [of_grid(period) / (20 * np.pi / period**2) - 1 for period in (80.0, 160.0)]
    assert abs(lacks[0]) < 3e-4
    assert abs(lacks[1]) < 0.3 * abs(lacks[0])


# A lattice in which all of Ω_kk, Ω_rk, Ω_rr, m and the gradient energy are there.
HALDANE = {
    "name": "haldane", "t1": 1.0, "t2": 0.1, "phi": 0.4 * np.pi, "staggered": 1.1, "lattice_constant": np.sqrt(3),
}  # fmt: skip
WAVES = [
    {"term": {"matrix": matrix}, "strength": strength,
     "profile": {"kind": "wave", "wavevector": [2 * np.pi / 20 * n for n in turns], "phase": phase}}
    for matrix, strength, turns, phase in (
        ([[1, 0], [0, -1]], 0.2, (1, 1), 0.0), ([[0, 1], [1, 0]], 0.3, (1, -1), 1.0),
        ([[0, "-1j"], ["1j", 0]], 0.3, (0, 1), 0.4),
    )
]  # fmt: skip


def equilibrium(kind="fermi_dirac", *, number=256, places=8, **sections):
    ensemble = {
        "kind": kind, "chemical_potential": -1.4, "temperature": 0.3 / BOLTZMANN, "number": number, "places": [places] * 2,
    }  # fmt: skip
    given = {"end": 1.0, "saves": 2} | sections
    return problem(HALDANE | {"textures": WAVES}, ensemble=ensemble, **given)


def over_cell_and_zone(made, number_of_wavevectors, places):
    """A grid (n, 3), (n, 3) over both, what packets are there, and f: sums converge faster than any power of the step."""
    there = in_textures(made.config, made.band)
    steps = [(np.arange(n) + 0.3) / n for n in (number_of_wavevectors,) * 2 + (places,) * 2]
    grid = np.stack(np.meshgrid(*steps, indexing="ij"), axis=-1).reshape(-1, 4)
    k, r = grid[:, :2] @ made.crystal.reciprocal[:2], np.zeros((len(grid), 3))
    r[:, :2] = grid[:, 2:] * there.cell
    found = there.at(k, r)
    return k, r, found, 1 / (1 + np.exp((found.energy + 1.4) / 0.3)), there.curvature(k, r, found)


def test_equilibrium_carries_no_current_and_keeps_its_number():
    """Σ D over cell and zone is their number of states, and Σ D f ṙ vanishes; neither does without D."""
    _, _, found, filled, _ = over_cell_and_zone(equilibrium(number=8), 16, 16)
    assert np.std(found.factor) > 0.02
    assert np.mean(found.factor) == pytest.approx(1.0, abs=1e-5)
    flow = HBAR * np.mean((found.factor * filled)[:, None] * found.velocity, axis=0)
    without = HBAR * np.mean(filled[:, None] * found.velocity, axis=0)
    assert np.abs(flow).max() < 2e-6
    assert np.abs(without).max() > 1e-5


def test_linear_response_is_the_limit_of_a_steady_state():
    """Σ D (-∂f/∂𝓔) ṙ_b ∫ e^{-t/τ} ṙ_a dt and the Ω_kk of filled states, beside [j(E) - j(-E)]/2E with weights D f.

    First with weights of a grid, then with those of ensembles.
    """
    given = {
        "number": 128,
        "places": 4,
        "scattering": {"relaxation_time": 2 * HBAR},
        "integrator": {"tolerance": 1e-6},
    }
    linear = equilibrium("fermi_surface", **given)
    steady = equilibrium("fermi_dirac", **given, electric=[5e-3, 0, 0])
    k, r, found, f, curvature = over_cell_and_zone(linear, 8, 5)
    paths, start = flown(linear, k[:, :2], r[:, :2])
    surface = np.mean((found.factor * f * (1 - f) / 0.3 * start[:, 0])[:, None] * paths, axis=0)
    filled = np.array([0.0, np.mean(f * curvature)])
    forth, back = (flown(steady, k[:, :2], r[:, :2], sign)[0] for sign in (1, -1))
    driven = -np.mean((found.factor * f)[:, None] * (forth - back), axis=0) / 1e-2 / 2
    assert filled[1] > 0.04
    np.testing.assert_allclose(surface + filled, driven, rtol=0, atol=2e-3)

    unit = 1 / linear.crystal.cell_volume / HBAR
    parts = np.array(
        [conductivity_by_part(8 * flow, 8 * sea, -1.0, None).real.sum(axis=1)[:, :2, 0]
         for flow, sea in zip(run(linear).sums["transport"][0], linear.sea, strict=True)]
    )  # fmt: skip
    sums = run(steady).sums["transport"].sum(axis=2)[:, :, 24:32].reshape(2, 8, 2, 4, 3)[:, :, 0].sum(axis=2)
    for sampled in (parts.sum(axis=1), -8 * (sums[0] - sums[1])[:, :2] / 1e-2):
        error = sampled.std(axis=0, ddof=1) / np.sqrt(8)
        assert np.all(error < [0.03, 0.02])
        assert np.all(np.abs(sampled.mean(axis=0) - unit * driven) < 4 * error)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"scattering": {"relaxation_time": 1.0, "energy": {"exponent": 1.0, "unit": 1.0}}}, "not known in textures"),
        ({"scattering": {"relaxation_time": 1.0, "monte_carlo": {}}}, "not known in textures"),
        ({"textures": [WAVES[0] | {"profile": WAVES[0]["profile"] | {"frequency": 1.0}}]}, "stand still"),
        ({"textures": [{"strength": 1.0, "profile": {"kind": "skyrmion", "radius": 20.0}}]}, "does not repeat"),
        ({"textures": [WAVES[0], {"term": {"matrix": [[1, 0], [0, 0]]},
                                  "profile": {"kind": "wave", "wavevector": [0.271]}}]}, "do not repeat together"),
        ({"ensemble": {"kind": "zone", "number": 4}}, "fermi_surface or fermi_dirac"),
        ({"ensemble": {"kind": "fermi_dirac", "chemical_potential": 0.0, "temperature": 100.0, "grid": [8, 8]}},
         "number"),
        ({"textures": None, "ensemble": {"kind": "fermi_dirac", "chemical_potential": 0.0, "temperature": 100.0,
                                         "number": 8, "places": [4, 4]}}, "leave it out"),
    ],
)  # fmt: skip
def test_what_collisions_in_textures_cannot_have(change, words):
    ensemble = {"kind": "fermi_dirac", "chemical_potential": 0.0, "temperature": 100.0, "number": 8}
    given = {"scattering": {"relaxation_time": 1.0}, "ensemble": ensemble} | change
    model = HALDANE | {"textures": given.pop("textures", WAVES)}
    with pytest.raises(ConfigError, match=words):
        problem({key: value for key, value in model.items() if value is not None}, end=1.0, **given)
