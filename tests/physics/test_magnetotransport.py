"""Sweeps of B as an experiment reads them: Hall effect in two parts, kinds of carriers, open and closed orbits."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from tests.cases import plain
from tests.physics.scattered import observe
from wavepacket import response
from wavepacket.config import config_from_mapping, load_config
from wavepacket.config.scan import Axis
from wavepacket.observables import Observable
from wavepacket.sweeps import Point, Sweep, sweep
from wavepacket.sweeps.magnetotransport import magnetotransport
from wavepacket.units import BOLTZMANN, E2_OVER_H, E_OVER_HBAR, ELECTRON_MASS, ELEMENTARY_CHARGE, HBAR

pytestmark = pytest.mark.physics

CONFIGS = Path(__file__).parents[2] / "configs"

STEPS = np.array([0.2, 0.4, 0.7, 1.0, 2.0, 4.0, 9.0])


def swept(fields, tensors, unit, errors=0.0, key="fields.magnetic.z"):
    """A sweep that was never run: B along z and resistivities (n, 3, 3)."""
    points = [
        Point({key: str(b)}, Path(), "finished",
              {"resistivity": Observable("resistivity", rho, np.full((3, 3), errors), unit)}, (0.0, 0.0, float(b)))
        for b, rho in zip(fields, tensors, strict=True)
    ]  # fmt: skip
    return Sweep(Path(), (Axis(key, tuple(map(str, fields))),), tuple(points))


def resistivities(fields, carriers, anomalous=0.0, dimension=2, noise=0.0):
    """Of carriers (sign, conductivity, mobility in 1/T), with ρ_yx = anomalous more."""
    rng = np.random.default_rng(3)
    tensors = []
    for b in fields:
        sigma = np.zeros((2, 2))
        for sign, conductivity, mobility in carriers:
            turn = mobility * b
            sigma += conductivity / (1 + turn**2) * np.array([[1, sign * turn], [-sign * turn, 1]])
        rho = np.zeros((3, 3))
        rho[:2, :2] = np.linalg.inv(sigma) + anomalous * np.array([[0, -1], [1, 0]])
        rho[:2, :2] += noise * rng.normal(size=(2, 2))
        if dimension == 3:
            rho[2, 2] = 1 / sum(each[1] for each in carriers)
        tensors.append(rho)
    return tensors


@pytest.mark.parametrize("kinds", [(1, -1), (-1, -1)])
@pytest.mark.parametrize(
    "fields", [np.concatenate([-STEPS[::-1], STEPS]), np.concatenate([[0.0], STEPS])], ids=["both", "one"]
)
@pytest.mark.parametrize("dimension", [2, 3])
def test_two_kinds_of_carriers_and_an_anomalous_part(kinds, fields, dimension):
    carriers = [(kinds[0], 30.0, 0.4), (kinds[1], 50.0, 0.15)]
    (found,) = magnetotransport(
        swept(fields, resistivities(fields, carriers, 0.002, dimension), {2: "h/e^2", 3: "ohm cm"}[dimension])
    )
    # R₀ of two kinds: Σ s σ_i μ_i/(Σ σ_i)².
    ordinary = sum(s * sigma * mu for s, sigma, mu in carriers) / 80.0**2
    ordinary *= {2: 1 / E2_OVER_H, 3: 0.01}[dimension]
    assert abs(found.ordinary.value - ordinary) <= found.ordinary.uncertainty < 2e-3 * abs(ordinary)
    assert abs(found.anomalous.value - 0.002) <= found.anomalous.uncertainty + 1e-12
    assert found.without_field.value == pytest.approx(
        1 / 80.0, abs=max(found.without_field.uncertainty, 1e-12)
    )
    fit = sorted(found.carriers.carriers, key=lambda each: -each.mobility)
    scale = {2: E2_OVER_H / ELEMENTARY_CHARGE * 1e-4, 3: 100 / ELEMENTARY_CHARGE * 1e-6}[dimension]
    for own, (sign, sigma, mu) in zip(fit, carriers, strict=True):
        assert own.kind == ("hole" if sign > 0 else "electron")
        numbers = found.of_carrier(own)
        assert numbers["mobility"].value == pytest.approx(1e4 * mu, rel=3e-3)
        assert numbers["density"].value == pytest.approx(scale * sigma / mu, rel=3e-3)


@pytest.mark.full
def test_errors_of_a_fit_cover_the_truth():
    """Noise of known size: pulls of the four numbers over fits of other noise."""
    fields = np.arange(-9.0, 9.1, 1.0)
    carriers, noise = [(1, 30.0, 0.4), (-1, 50.0, 0.15)], 2e-5
    clean = resistivities(fields, carriers)
    rng, pulls = np.random.default_rng(5), []
    for _ in range(6):
        tensors = [rho + noise * np.pad(rng.normal(size=(2, 2)), (0, 1)) for rho in clean]
        (found,) = magnetotransport(swept(fields, tensors, "h/e^2", noise))
        own = sorted(found.carriers.carriers, key=lambda each: -each.mobility)
        for each, (_, sigma, mu) in zip(own, carriers, strict=True):
            pulls += [
                (each.mobility - mu) / each.mobility_error,
                (each.conductivity - sigma) / each.conductivity_error,
            ]
    assert (
        0.1 < np.mean(np.square(pulls)) < 2.0
    )  # errors are bounds: both parts of ρ count as known to ± noise


def test_what_cannot_be_fitted_is_refused():
    fields = np.arange(-6.0, 6.1, 1.0)
    weak = [(1, 30.0, 0.004), (-1, 50.0, 0.0015)]
    (found,) = magnetotransport(swept(fields, resistivities(fields, weak, noise=1e-5), "h/e^2", 1e-5))
    assert len(found.carriers.carriers) < 2  # with this noise one kind does, or none is known
    (found,) = magnetotransport(swept(fields, resistivities(fields, [(-1, 50.0, 0.3)]), "h/e^2"))
    (one,) = found.carriers.carriers
    assert one.kind == "electron"
    assert one.mobility == pytest.approx(0.3, rel=1e-8)
    tensors = resistivities(fields, [(1, 30.0, 0.4), (-1, 50.0, 0.15)])
    for rho in tensors:
        rho[0, 0] *= 1.1
    (found,) = magnetotransport(swept(fields, tensors, "h/e^2"))
    assert "depends on the direction" in found.carriers.refusal
    (found,) = magnetotransport(swept(fields[5:8], tensors[5:8], "h/e^2"))
    assert not found.carriers.carriers
    assert not magnetotransport(swept(fields[:2], tensors[:2], "h/e^2"))


def test_unknown_uncertainties_stay_unknown():
    """Points whose errors nobody knows, as of a grid that is too coarse, give numbers without any."""
    fields = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
    tensors = resistivities(fields, [(-1, 50.0, 0.3)], 1e-3)
    (found,) = magnetotransport(swept(fields, tensors, "h/e^2", np.nan))
    for measured in (found.ordinary, found.anomalous, found.without_field):
        assert np.isfinite(measured.value)
        assert np.isnan(measured.uncertainty)
    assert found.as_json()["hall_resistivity_uncertainty"] is None


@pytest.mark.full
def test_two_valleys_with_two_times_are_told_apart(tmp_path, midpoints):
    """Simulated: equal pockets of one mass, τ = 50 fs and 400 fs."""
    times = {"left": 50.0, "right": 400.0}
    config = {
        "name": "two", "model": {"name": "parabolic_band", "mass_x": 0.1, "mass_y": 0.1, "cutoff": 0.2}, "band": 0,
        "ensemble": {"kind": "fermi_surface", "chemical_potential": 0.0, "temperature": 300.0, "grid": [40, 40],
                     "field_reversal": False},
        "valleys": {"left": [-0.05, 0, 0], "right": [0.05, 0, 0]},
        "scattering": {"relaxation_time": times}, "output": {"trajectories": 0},
    }  # fmt: skip
    done = sweep(config_from_mapping(plain(config)), {"fields.magnetic.z": "0,3,8,20 T"}, tmp_path / "s")
    (found,) = magnetotransport(done)
    assert found.carriers.misfit < 1e-5
    density = done.points[0].observables["carrier_density"].value * 1e16
    own = sorted(found.carriers.carriers, key=lambda each: each.mobility)
    for each, time in zip(own, times.values(), strict=True):
        assert each.kind == "electron"
        numbers = found.of_carrier(each)
        mobility = E_OVER_HBAR * HBAR * time / (0.1 * ELECTRON_MASS)
        assert numbers["mobility"].value == pytest.approx(1e4 * mobility, rel=1e-3)
        assert numbers["density"].value == pytest.approx(density / 2, rel=1e-3)
    largest = found.largest
    assert largest["field"] == 20.0
    assert largest["departure"] == 0.0


def test_a_large_departure_of_few_packets_is_told_with_its_weight(capsys):
    """|D − 1| of the largest B, with the share of the weight that has it: of 96 for a thousandth, of 0.02 for none."""
    from wavepacket.cli.sweep import show_magnetotransport

    fields = [0.0, 5.0, 10.0]
    for ends, far, said in (
        ((-40.0, 97.0), 0.0012, "|D - 1| above 0.1 for 0.12 % of the weight, up to 96\n"),
        ((0.99, 1.02), 0.0, "|D - 1| up to 0.02\n"),
    ):
        told = swept(fields, resistivities(fields, [(-1, 30.0, 0.1)]), "h/e^2")
        facts = {"limit": 0.1, "weight_beyond_limit": far}
        last = {"min": ends[0], "max": ends[1]}
        factor = Observable("density_of_states_factor", last, facts=facts)
        whole = {**told.points[-1].observables, "density_of_states_factor": factor}
        told = replace(told, points=(*told.points[:-1], replace(told.points[-1], observables=whole)))
        assert magnetotransport(told)[0].as_json()["at_largest_field"]["weight_beyond_limit"] == far
        show_magnetotransport(told)
        assert said in capsys.readouterr().out


@pytest.mark.full
def test_the_anomalous_part_is_that_of_the_response(tmp_path):
    """Rashba ferromagnet: σ_AH = −(e²/ħ)Σ fΩ from the even part of ρ_H at ±B, where the odd one is as large."""
    config = {
        "name": "r", "model": {"name": "rashba_ferromagnet"}, "band": 0,
        "ensemble": {"kind": "fermi_surface", "chemical_potential": -0.02, "temperature": 150.0, "grid": [160, 160],
                     "field_reversal": False},
        "scattering": {"relaxation_time": 20.0}, "output": {"trajectories": 0},
    }  # fmt: skip
    done = sweep(config_from_mapping(plain(config)), {"fields.magnetic.z": "-6,-3,3,6 T"}, tmp_path / "s")
    (found,) = magnetotransport(done)
    assert found.both_signs
    section = {"chemical_potential": [-0.02], "temperature": [150.0], "uncertainty": 1e-4}
    bulk = response({"name": "r", "model": config["model"], "band": 0, "response": section})
    exact = bulk["anomalous_hall_conductivity"].value[0, 0, 0, 1]
    own = 1 / complex(found.without_field.value, -found.anomalous.value)
    error = (found.anomalous.uncertainty + found.without_field.uncertainty) * abs(own) ** 2
    # The response sums the upper band, too: exp(−Δε/kT) of it.
    assert error < 0.02 * abs(exact)
    assert own.imag == pytest.approx(exact, abs=error + 5e-4 * abs(exact))


def chambers(hoppings, size, level, temperature, time, field, n):
    """σ_ab (2, 2) in e²/h of ε = 2 Σ t cos(k·R), B along z: −f' v_a(k) ∫ e^{-t/τ} v_b(k(−t)) dt over a grid of n² points."""
    cells = np.array([cell for cell, _ in hoppings]) * size
    amplitudes = np.array([t for _, t in hoppings])
    x = 2 * np.pi * (np.arange(n) + 0.5) / n / size
    k = np.stack(np.meshgrid(x, x, indexing="ij"), axis=-1).reshape(-1, 2)
    thermal = BOLTZMANN * temperature
    off = (2 * np.cos(k @ cells.T) @ amplitudes - level) / (2 * thermal)
    k, off = k[np.abs(off) < 16], off[np.abs(off) < 16]

    def velocity(k):
        return -2 / HBAR * (np.sin(k @ cells.T) * amplitudes) @ cells

    def rates(t, state):
        paths = state.reshape(-1, 4)
        v = velocity(paths[:, :2])
        back = E_OVER_HBAR * field * np.stack([v[:, 1], -v[:, 0]], axis=1)
        return np.concatenate([back, np.exp(-t / time) * v], axis=1).ravel()

    start = np.concatenate([k, np.zeros_like(k)], axis=1).ravel()
    end = (
        solve_ivp(rates, (0, 24 * time), start, method="DOP853", rtol=1e-8, atol=1e-9).y[:, -1].reshape(-1, 4)
    )
    weight = 0.25 / thermal / np.cosh(off) ** 2 / n**2 / size**2
    return 2 * np.pi * HBAR * np.einsum("n,na,nb->ab", weight, velocity(k), end[:, 2:])


def rho(hoppings, field, grid=48):
    sections = [{"cell": list(cell), "matrix": [[t]]} for cell, t in hoppings]
    model = {"lattice": [[4, 0], [0, 4]], "positions": [[0, 0]], "hoppings": sections}
    ensemble = {
        "kind": "fermi_surface",
        "chemical_potential": -0.2,
        "temperature": 300.0,
        "grid": [grid, grid],
    }
    found = observe(model, ensemble, {"relaxation_time": 400.0}, magnetic=[0, 0, field], tolerance=1e-7)
    return found["conductivity"], np.asarray(found["resistivity"].value)


@pytest.mark.full
def test_open_orbits_do_not_saturate():
    """The shipped layer of chains against a quadrature; ρ_yy ∝ B², ρ_xx constant."""
    config = load_config(CONFIGS / "open_orbits.yaml")
    chains = [((1, 0), -0.25), ((0, 1), -0.06)]

    assert config.ensemble.chemical_potential == -0.2
    assert config.fields.magnetic == (0.0, 0.0, 40.0)
    sigma, at_rest = rho(chains, 0.0)
    sigma, high = rho(chains, 40.0)
    expected = chambers(chains, 4.0, -0.2, 300.0, 400.0, 40.0, 96)
    # yy is 1e-4 of xx: each component by its own uncertainty.
    miss = np.abs(np.asarray(sigma.value)[:2, :2] - expected)
    assert np.all(miss <= np.asarray(sigma.uncertainty)[:2, :2] + 1e-6 * np.abs(expected).max())
    assert high[0, 0] / at_rest[0, 0] == pytest.approx(1.0, abs=0.02)
    _, middle = rho(chains, 20.0)
    growth = (high[1, 1] / at_rest[1, 1] - 1) / (middle[1, 1] / at_rest[1, 1] - 1)
    assert growth == pytest.approx(4.0, rel=0.02)
    assert high[1, 1] > 5 * at_rest[1, 1]


@pytest.mark.full
def test_closed_orbits_saturate(midpoints):
    """A square crystal, whose carriers are not compensated, in fields where an orbit turns twice and four times in τ."""
    square = [((1, 0), -0.25), ((0, 1), -0.25)]
    closed = [rho(square, field, 64)[1] for field in (0.0, 80.0, 160.0)]
    change = [each[0, 0] / closed[0][0, 0] - 1 for each in closed[1:]]
    assert change[1] - change[0] < 0.05 * change[1] + 1e-3
    assert closed[2][1, 1] == pytest.approx(closed[2][0, 0], rel=1e-3)
