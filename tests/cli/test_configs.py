"""Every shipped config, end to end, at reduced size where it is large, with one exact number each."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp

from tests.physics.slab import transmission
from wavepacket.analysis import check_headline
from wavepacket.bands import band, find_valleys
from wavepacket.config import load_config
from wavepacket.ensembles import nearest_valley
from wavepacket.hamiltonians import (
    bilayer_graphene,
    build_hamiltonian,
    dirac_semimetal,
    gapped_graphene,
    luttinger,
    qi_wu_zhang,
    zincblende,
)
from wavepacket.hamiltonians.library.spin import spin_matrices
from wavepacket.runs import open_run
from wavepacket.simulation import build_problem
from wavepacket.sweeps.references import references
from wavepacket.units import (
    BOHR_MAGNETON,
    BOLTZMANN,
    E_OVER_HBAR,
    ELECTRON_MASS,
    ELEMENTARY_CHARGE,
    HBAR,
    SIEMENS_PER_CENTIMETRE,
)

GAAS = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "gaas" / "GaAs_tb.dat"


def run(wavepacket, config, *changes):
    """Run a config by the command that it is made for: `quantum` where it has that section, else `run`."""
    arguments = [part for change in changes for part in ("--set", change)]
    command = "run" if load_config(config).quantum is None else "quantum"
    result = wavepacket(command, config, "-o", "run", "--json", "-q", *arguments)
    assert result.code == 0, result.err
    for entry in json.loads(result.out).get(
        "headline", ()
    ):  # no exact value is left where another crystal was asked for
        assert not entry["verdict"].startswith("DIFFERS"), entry
    return result.observables


def test_every_run_says_what_it_is_about(configs):
    """Names of observables, of which runs have all: what they lack would be left out of the first lines."""
    for file in sorted(configs.glob("*.yaml")):
        config = load_config(file)
        if config.ensemble is not None:
            assert config.headline, file.name
            check_headline(config)


def test_haldane_hall_is_quantised(wavepacket, configs):
    found = run(wavepacket, configs / "haldane_hall.yaml", "ensemble.grid=[48,48]", "time.saves=21")
    assert found["hall_conductivity"]["value"] == pytest.approx(-1.0, abs=1e-6)
    assert found["hall_conductivity"]["unit"] == "e^2/h"
    assert found["excluded_fraction"]["value"] == 0.0


@pytest.mark.parametrize(
    ("staggered", "phi", "expected"),
    [
        ("0.1 eV", "-90 deg", 1.0),
        ("0.1 eV", "60 deg", -1.0),
        ("1.2 eV", "90 deg", 0.0),
        ("-1.2 eV", "90 deg", 0.0),
    ],
)
def test_haldane_hall_follows_the_chern_number(wavepacket, configs, staggered, phi, expected):
    changes = ("ensemble.grid=[64,64]", "time.saves=5", f"model.staggered={staggered}", f"model.phi={phi}")
    found = run(wavepacket, configs / "haldane_hall.yaml", *changes)
    assert found["hall_conductivity"]["value"] == pytest.approx(expected, abs=1e-6)


def test_graphene_valleys_carry_opposite_halves(wavepacket, configs):
    found = run(wavepacket, configs / "graphene_valley_hall.yaml", "time.saves=5")
    valleys = found["valley_hall_conductivity"]["value"]
    # Half of e²/h belongs to a gap that is small against the hopping: the rest, of order gap/t, lies between the valleys.
    assert abs(valleys["K"]) == pytest.approx(0.5, abs=0.28 / 2.82)
    error = found["valley_hall_conductivity"]["uncertainty"]
    assert abs(valleys["K"] + valleys["K'"]) <= error["K"] + error["K'"] < 1e-3
    assert found["hall_conductivity"]["value"] == pytest.approx(0.0, abs=1e-5)


def test_graphene_valleys_turn_with_the_staggered_potential(wavepacket, configs):
    changes = ("time.saves=5", "ensemble.grid=[150,150]")
    up = run(wavepacket, configs / "graphene_valley_hall.yaml", *changes)
    down = wavepacket(
        "run", configs / "graphene_valley_hall.yaml", "-o", "down", "--json", "-q",
        *(part for change in (*changes, "model.gap=-0.28 eV") for part in ("--set", change)),
    ).observables  # fmt: skip
    for valley in ("K", "K'"):
        assert down["valley_hall_conductivity"]["value"][valley] == pytest.approx(
            -up["valley_hall_conductivity"]["value"][valley], rel=1e-9
        )


def test_bloch_oscillation_has_the_exact_period_and_comes_back(wavepacket, configs):
    found = run(wavepacket, configs / "bloch_oscillation.yaml")
    period = 2 * np.pi * HBAR / (1e-3 * 4.0)
    assert found["bloch_period"]["value"] == pytest.approx(period, rel=1e-10)
    shift = np.array(found["bloch_shift"]["value"])
    amplitude = np.array(found["bloch_amplitude"]["value"])
    assert np.abs(shift[:, 0]).max() < 1e-8 * amplitude.max()


def test_bloch_oscillation_is_displaced_by_velocity_and_curvature(wavepacket, configs):
    """Across the field: −∮ Ω dk_x of each line, odd in E, and (1/|qE|) ∮ ∂ε/∂k_y dk_x, even in E and zero where k_y = 0.

    Integrals by the trapezoidal rule, which converges exponentially for periodic functions.
    """
    run(wavepacket, configs / "bloch_oscillation.yaml")
    stored = open_run("run").trajectories(("path", "position", "electric_sign"))
    source = band(qi_wu_zhang(t=1.0, m=-1.0, lattice_constant=4.0), 0)
    line, lines = 2 * np.pi / 4 * np.arange(256) / 256, 2 * np.pi / 4 * np.array([-0.4, -0.2, 0.2, 0.4, 0])
    k = np.stack([*np.meshgrid(lines, line, indexing="ij")[::-1], np.zeros((5, 256))], axis=-1)
    geometry = source.geometry(k.reshape(-1, 3))
    curvature = geometry.berry_curvature[:, 2].reshape(5, 256).mean(axis=1) * 2 * np.pi / 4
    velocity = HBAR * geometry.group_velocity[:, 1].reshape(5, 256).mean(axis=1) * 2 * np.pi / 4
    shift = stored["position"][:, 200, 1] - stored["position"][:, 0, 1]  # after one of two periods
    forward, backward = (shift[stored["electric_sign"] == sign] for sign in (1, -1))
    size = np.abs(velocity).max() / 1e-3
    np.testing.assert_allclose((forward - backward) / 2, -curvature, atol=1e-10 * size)
    np.testing.assert_allclose((forward + backward) / 2, velocity / 1e-3, atol=1e-10 * size)
    assert np.abs(curvature).min() > 1
    assert np.abs(velocity[4]) < 1e-12 * size * 1e-3
    assert np.abs(velocity[:4]).min() > 100 * np.abs(curvature).max() * 1e-3


def test_cyclotron_period_is_exact(wavepacket, configs):
    found = run(wavepacket, configs / "cyclotron.yaml")
    # ω_c = eB/m with m in eV fs²/Å² and (e/ħ)·1 T in 1/Å².
    assert found["cyclotron_period"]["value"] == pytest.approx(
        2 * np.pi * ELECTRON_MASS / (HBAR * E_OVER_HBAR), rel=1e-9
    )


def test_edge_currents_are_the_magnetization_of_the_bulk(wavepacket, configs):
    """The share of the lower band, 0.143239449 e eV/hbar; that it is so for both is in physics."""
    found = run(wavepacket, configs / "edge_currents.yaml")
    current = found["cross_section_current"]
    assert current["unit"] == "A"
    for name, sign in (("lower_edge", 1), ("upper_edge", -1)):
        assert current["value"][name] == pytest.approx(sign * 3.48664128e-05, rel=1e-3)
        assert abs(current["value"][name] - sign * 3.48664128e-05) < current["uncertainty"][name] < 1e-7
    assert found["net_current"]["value"][0] == pytest.approx(0, abs=5e-8)


def test_a_trapped_packet_turns_at_two_frequencies(wavepacket, configs):
    """ħω = +0.1323267767 and −0.1403308861 eV for k exp(−iωt): clockwise, then counterclockwise."""
    found = run(wavepacket, configs / "trapped_packet.yaml", "time.end=100 fs", "time.saves=201")
    np.testing.assert_allclose(
        np.multiply(found["trap_frequency"]["value"][:2], HBAR),
        [-0.1323267767, 0.1403308861],
        rtol=0,
        atol=1e-10,
    )
    assert found["energy_drift"]["value"] < 1e-11


def test_turns_that_saves_miss_have_no_frequency(wavepacket, configs):
    """30 fs apart at 31.3 fs for a turn: the angle between two saves looks like a small one of the other sense."""
    found = run(wavepacket, configs / "trapped_packet.yaml", "time.saves=11")["trap_frequency"]["value"]
    assert found == [None, None, None]


def test_a_gradient_of_b_pulls_valleys_apart(wavepacket, configs):
    """The exact packet on a lattice moves by ∓1.085 Å."""
    moved = run(wavepacket, configs / "moment_force.yaml", "time.saves=2")["valley_displacement"]["value"]
    assert [moved[name][-1][0] for name in ("K", "K'")] == pytest.approx([-1.085, 1.085], rel=0.01)


def test_orbits_drift_across_a_gradient_of_b(wavepacket, configs):
    """By m v² B'/(2 q B²) = −1.8e-4 eV Å/ħ."""
    drift = run(wavepacket, configs / "grad_b_drift.yaml", "time.saves=2")["valley_drift"]["value"]["center"]
    assert drift[1] * HBAR == pytest.approx(-1.8e-4, rel=1e-5)
    assert abs(drift[0]) < 1e-2 * abs(drift[1])


def test_a_pump_moves_one_charge_a_cycle(wavepacket, configs):
    found = run(wavepacket, configs / "thouless_pump.yaml", "time.saves=2")
    assert found["pumped_charge"]["value"] == pytest.approx(-1.0, abs=1e-8)


def test_a_pump_that_goes_back_moves_the_opposite_charge(wavepacket, configs):
    """Also beside a texture that stands still; and its course ends where its value is."""
    reversed_pump = [f"model.textures[{i}].profile.frequency=-0.2 rad/fs" for i in (0, 1)]
    found = run(wavepacket, configs / "thouless_pump.yaml", *reversed_pump)["pumped_charge"]
    assert found["value"] == pytest.approx(1.0, abs=1e-4)
    assert found["series"][-1] == pytest.approx(found["value"], rel=1e-12)


def test_a_skyrmion_deflects_electrons(wavepacket, configs):
    """The exact packet on the lattice ends at y = -8.683 lattice constants of 4 angstrom."""
    changes = "ensemble.number=512", "time.saves=2"
    found = run(wavepacket, configs / "skyrmion_deflection.yaml", *changes)["mean_displacement"]
    assert found["value"][1] == pytest.approx(-4 * 8.683, rel=0.02)
    assert found["uncertainty"][1] < 0.3


def test_a_bump_sends_valleys_apart(wavepacket, configs):
    """By what Hamilton's equations of the evenly strained lattice give, as in tests/physics/test_strain.py."""
    found = run(wavepacket, configs / "strained_valley_currents.yaml", "time.saves=2")["valley_displacement"][
        "value"
    ]
    assert [found[name][-1][1] for name in ("K", "K'")] == pytest.approx([-124.1332, 98.9109], abs=2e-3)


def test_skyrmions_turn_the_current(wavepacket, configs):
    """By the angle of free electrons in their emergent field, whose mean is one flux quantum h/e in each cell."""
    changes = "ensemble.number=512", "time.saves=2", "output.trajectories=2"
    found = run(wavepacket, configs / "topological_hall.yaml", *changes)
    assert found["hall_angle"]["value"] == pytest.approx(0.039207, abs=4 * found["hall_angle"]["uncertainty"])
    assert found["hall_angle"]["uncertainty"] < 6e-5
    assert found["topological_charge"]["value"] == pytest.approx(-1.0, abs=1e-5)
    assert found["mean_emergent_field"]["value"] == pytest.approx(
        -2 * np.pi / (E_OVER_HBAR * 200**2), rel=1e-5
    )
    assert "nonlinear_hall_conductivity" not in found


@pytest.mark.parametrize(("band", "sign"), [(1, 1), (0, -1)])
def test_a_wall_that_turns_drives_electrons(wavepacket, configs, band, sign):
    """By the voltage ħω/e, and those of the other spin the other way; spins lag behind by a few degrees."""
    changes = f"band={band}", "time.saves=21", "headline=spin_motive_force"
    found = run(wavepacket, configs / "domain_wall_emf.yaml", *changes)
    assert found["spin_motive_force"]["value"] == pytest.approx(sign * 0.2, abs=1e-8)
    assert found["spin_along_texture"]["value"] == pytest.approx(sign, abs=1e-9)
    assert 0.005 < found["spin_tilt"]["value"] < 0.1


def test_a_skyrmion_carries_electrons_along(wavepacket, configs):
    """As free electrons of the opposite velocity move in the emergent field of one at rest."""
    found = run(wavepacket, configs / "moving_skyrmion.yaml", "time.saves=2")
    mass, speed, radius, span = HBAR**2 / 25.0, 0.4, 100.0, 750.0

    def rates(_, state):
        x, y, vx, vy = state
        u = min(max(np.hypot(x, y) / radius, 1e-12), 1.0)
        b = -HBAR / mass * 30 * (u * (1 - u)) ** 2 / (radius**2 * u)
        return vx, vy, -vy * b, vx * b

    ends = [
        solve_ivp(rates, (0, span), (150.0, y, -speed, 0.0), method="DOP853", rtol=1e-10, atol=1e-10).y[
            :2, -1
        ]
        - [150.0, y]
        for y in np.linspace(-60, 60, 13)
    ]
    moved = np.mean(ends, axis=0) + np.array([speed * span, 0.0])
    np.testing.assert_allclose(found["mean_displacement"]["value"][:2], moved, rtol=1e-7)
    assert found["texture_drag"]["value"] == pytest.approx(moved[0] / (speed * span), rel=1e-7)


def test_weyl_nodes_exchange_states_at_the_anomalous_rate(wavepacket, configs, trials):
    """On the config's own grid with ``--full``: the uncertainty falls with the grid, the value is there long before."""
    grid, bound = trials((64, 0.3), (96, 0.02))
    changes = ("time.saves=2", "output.trajectories=10", f"ensemble.grid=[{grid},{grid},{grid}]")
    found = run(wavepacket, configs / "weyl_chiral_anomaly.yaml", *changes)
    pumping = found["valley_pumping"]
    rate = 1e-5 * E_OVER_HBAR * 1.0 / (4 * np.pi**2 * HBAR)
    assert found["chiral_anomaly"]["value"] == pytest.approx(rate, rel=1e-12)
    assert pumping["value"]["W+"] == pytest.approx(rate, rel=2e-3)
    assert pumping["value"]["W-"] == pytest.approx(-rate, rel=2e-3)
    assert max(pumping["uncertainty"].values()) < bound * rate
    # The same states counted against time: n of each node begins at 0 and ends at the rate times the time of the run.
    for node, sign in (("W+", 1), ("W-", -1)):
        begin, end = found["valley_pumped_states"]["value"][node]
        assert begin == 0
        assert end == pytest.approx(10.0 * sign * rate, rel=2e-3)


def test_drude_hall_is_exact(wavepacket, configs):
    found = run(wavepacket, configs / "drude_hall.yaml")
    turns = 0.5 * E_OVER_HBAR * HBAR / (0.1 * ELECTRON_MASS) * 1000
    assert found["hall_angle"]["value"] == pytest.approx(-turns, rel=1e-8)
    # 1/(q n): 1 Å² in m² over C.
    hall = -1e-20 / (found["carrier_density"]["value"] * ELEMENTARY_CHARGE)
    assert found["hall_coefficient"]["value"] == pytest.approx(hall, rel=1e-7)


def test_compensated_metal_is_the_two_band_formula(wavepacket, configs):
    found = run(wavepacket, configs / "compensated_metal.yaml")
    turns = E_OVER_HBAR * HBAR / (0.1 * ELECTRON_MASS) * 1000
    heat, density = 300 * BOLTZMANN, 0.1 * ELECTRON_MASS / (2 * np.pi * HBAR**2)
    both = 2 * density * heat * np.log1p(np.exp(0.05 / heat))
    expected = 0.1 * ELECTRON_MASS * (1 + turns**2) / (2 * np.pi * HBAR * both * 1000)
    rho = np.array(found["resistivity"]["value"])
    assert rho[0, 0] == pytest.approx(expected, rel=1e-6)
    assert abs(rho[0, 1]) < 1e-6 * rho[0, 0]
    assert found["electron_density"]["value"] == pytest.approx(both / 2, rel=1e-6)
    assert found["carrier_density_by_band"]["value"].keys() == {"0", "1"}


def test_thermoelectric_is_exact(wavepacket, configs):
    """S_xx + i S_yx = −(k/e) ∫(x − η) y²/∫y², with τ ∝ x and x²/(1 − iω_cτ x) for y²."""
    found = run(wavepacket, configs / "thermoelectric.yaml")
    heat = BOLTZMANN * 100.0
    eta, turns = 0.017 / heat, 0.2 * E_OVER_HBAR * HBAR / (0.1 * ELECTRON_MASS) * 1000 * heat / 0.01
    zero, first = (
        sum(
            factor * quad(
                lambda x, n=n, part=part: part(x**2 * (x - eta) ** n / (1 - 1j * turns * x)) / np.cosh(0.5 * (x - eta)) ** 2,
                0, 60, epsrel=1e-11, limit=200,
            )[0]
            for factor, part in ((1, np.real), (1j, np.imag))
        )
        for n in range(2)
    )  # fmt: skip
    seebeck = -1e6 * BOLTZMANN * first / zero
    value = found["seebeck"]["value"]
    assert value[0][0] + 1j * value[1][0] == pytest.approx(seebeck, rel=1e-6)
    assert found["nernst_coefficient"]["value"] == pytest.approx(-seebeck.imag / 0.2, rel=1e-6)
    assert found["seebeck"]["uncertainty"][0][0] < 1e-3 * abs(seebeck)


def test_weyl_magnetoresistance_is_the_chiral_anomaly(wavepacket, configs):
    found = run(wavepacket, configs / "weyl_magnetoresistance.yaml")
    sigma = found["conductivity"]
    anomaly = np.array(sigma["contributions"]["intervalley"]["value"])
    # q² Σ C_v²τ_inter/ν with C = ±B e/4π²ħ² and ν of the band itself: what collisions between the nodes add at τ_inter.
    tau, inter = 20.0, 5000.0
    both = 1 / (1 / tau + 1 / inter)
    pumped = 2.0 * E_OVER_HBAR / (4 * np.pi**2 * HBAR)
    expected = 2 * pumped**2 * (inter - both) / (found["density_of_states"]["value"] / 2)
    error = np.array(sigma["contributions"]["intervalley"]["uncertainty"])
    # The upper cone alone, and the curvature of the lattice's cones, change it by less than 0.1 %.
    assert abs(anomaly[2, 2] - expected * SIEMENS_PER_CENTIMETRE) < error[2, 2]
    assert error[2, 2] < 0.04 * anomaly[2, 2]
    assert abs(anomaly[0, 0]) < 1e-3 * anomaly[2, 2]
    assert sigma["uncertainty"][2][2] < 1e-3 * sigma["value"][2][2]


def test_planar_hall_is_even_and_symmetric(wavepacket, configs):
    found = run(wavepacket, configs / "planar_hall.yaml")["conductivity"]
    turned = wavepacket(
        "run", configs / "planar_hall.yaml", "-o", "turned", "--json", "-q", "--set", "fields.magnetic.azimuth=180 deg"
    ).observables["conductivity"]  # fmt: skip
    (sigma, error), (other, other_error) = (
        (np.array(each["value"]), np.array(each["uncertainty"])) for each in (found, turned)
    )
    (expected,) = references([load_config(configs / "planar_hall.yaml")])
    exact = expected["conductivity"].value
    assert exact[0, 2] > 0.05 * exact[2, 2]
    for a, b in ((0, 2), (2, 0), (0, 0), (2, 2)):
        assert abs(sigma[a, b] - exact[a, b]) < error[a, b]
        assert error[a, b] < 5e-3 * sigma[a, b]
    assert sigma[0, 2] == pytest.approx(sigma[2, 0], abs=error[0, 2])
    assert sigma[0, 2] == pytest.approx(-other[0, 2], abs=error[0, 2] + other_error[0, 2])


def test_nonlinear_hall_is_the_curvature_dipole(wavepacket, configs):
    found = run(wavepacket, configs / "nonlinear_hall.yaml")["nonlinear_hall_conductivity"]["value"]
    chi = found["real"][1][0][0] + 1j * found["imaginary"][1][0][0]
    # The phase of relaxation at 1 THz: 1/(1 − iωτ).
    assert chi.imag / chi.real == pytest.approx(2 * np.pi * 1e-3 * 50, rel=1e-6)
    mass, level, tilt = 0.05, 0.11, 0.1
    dipole = 3 * tilt / (8 * np.pi) * mass * (level**2 - mass**2) / level**4
    # kT = 3.4 meV adds a per cent or two to the value at T = 0.
    size = 2 * np.pi * HBAR * 50 / HBAR**2 * dipole
    assert abs(chi * (1 - 2j * np.pi * 1e-3 * 50)) == pytest.approx(size, rel=0.03)


def test_anomalous_hall_of_a_metal(wavepacket, configs):
    found = run(wavepacket, configs / "anomalous_hall_metal.yaml", "ensemble.number=4000")[
        "hall_conductivity"
    ]
    k = (np.arange(200000) + 0.5) / 200000 * 0.55
    split = np.hypot(k, 0.05)
    occupied = 1 / (1 + np.exp((4 * k**2 - split - 0.05) / (8.617333262e-5 * 150)))
    exact = -np.mean(k * 0.05 / (2 * split**3) * occupied) * 0.55
    assert abs(found["value"] - exact) < 5 * found["uncertainty"]
    assert found["uncertainty"] < 0.05 * abs(exact)


def test_heavy_holes_of_opposite_helicity_are_pushed_apart(wavepacket, configs):
    found = run(wavepacket, configs / "luttinger_spin_hall.yaml", "time.saves=3", "internal.store=true")
    apart = found["spin_displacement"]["value"]
    assert apart == pytest.approx([0, 29.104275004, 0], abs=1e-7)  # 3 Z/(b √(b² + Z²)), b = 0.1, Z = 0.4 1/Å
    assert found["state_leak"]["value"] < 1e-8
    assert found["state_norm"]["value"] < 1e-8
    (kept,) = open_run("run").shards(["diagnostics/state"])
    assert np.square(kept["diagnostics/state"]).sum(axis=2) == pytest.approx(np.ones((2, 3)), abs=1e-12)


def test_heavy_holes_of_gaas_drift_by_the_sign_of_their_helicity(wavepacket, configs):
    """−(e/ħ)Et Σ ±Ω_z/2 over the cloud by Gaussian quadrature, Ω between heavy and light holes by numpy."""
    crystal, j = luttinger(6.98, 2.06, 2.93), spin_matrices(4)
    nodes, weights = np.polynomial.hermite_e.hermegauss(12)
    k = np.stack(np.meshgrid(nodes, nodes, nodes), axis=-1).reshape(-1, 3) * 0.01 + [0, 0, 0.06]
    weight = np.prod(np.stack(np.meshgrid(weights, weights, weights), axis=-1).reshape(-1, 3), axis=1)
    energy, states = np.linalg.eigh(crystal.hamiltonian(k))
    heavy, light, slope = states[:, :, 2:], states[:, :, :2], crystal.hamiltonian_gradient(k)[:, :2]
    tilt = (
        np.einsum("nim,naij,njg->namg", light.conj(), slope, heavy)
        / (energy[:, 2] - energy[:, 0])[:, None, None, None]
    )
    helicity = heavy.conj().swapaxes(1, 2) @ np.tensordot(k, j, axes=1) @ heavy
    x, y = np.moveaxis(tilt @ np.linalg.eigh(helicity)[1][:, None], 1, 0)
    omega = -2 * np.imag(np.sum(x.conj() * y, axis=1))  # helicity −3/2, then 3/2
    exact = -1e-5 * 50 / HBAR * weight @ (omega[:, 1] - omega[:, 0]) / (2 * weight.sum())
    assert exact == pytest.approx(0.522, abs=1e-4)
    found = run(wavepacket, configs / "gaas_heavy_holes.yaml", "time.saves=2")["spin_displacement"]
    assert abs(found["value"][1] - exact) < 2 * found["uncertainty"][1]
    assert found["uncertainty"][1] < 2e-3 * exact


def test_a_circle_about_a_dirac_point_turns_the_spin(wavepacket, configs):
    """By the difference of the Berry phases of both spins, products of overlaps along the circle."""
    crystal = dirac_semimetal(exchange=0.0)

    def difference(number):
        angle = 2 * np.pi * np.arange(number) / number
        k = np.stack([-0.075 * np.sin(angle), 0.075 * np.cos(angle), np.full(number, 0.45)], axis=1)
        h, phases = crystal.hamiltonian(k), []
        for block in (slice(0, 2), slice(2, 4)):  # spin up, spin down
            upper = np.linalg.eigh(h[:, block, block])[1][:, :, 1]
            phases.append(-np.angle(np.prod(np.sum(upper.conj() * np.roll(upper, -1, axis=0), axis=1))))
        return phases[1] - phases[0]

    exact = (4 * difference(1000) - difference(500)) / 3
    found = run(wavepacket, configs / "dirac_semimetal.yaml")
    assert found["precession_angle"]["value"] == pytest.approx(exact, abs=1e-8)
    assert found["spin_precession"]["value"][2] > 0  # k turns by the right hand, and so does the spin
    value = found["spin"]["value"]
    assert np.arctan2(value[1], value[0]) == pytest.approx(exact, abs=1e-8)


def test_collisions_narrow_the_dephasing_of_spins(wavepacket, configs):
    """S_z after 1000 fs and its lifetime from S'' + S'/τ + Ω²S = 0; 1/(Ω²τ) is 4 % longer."""
    omega = 2 * 0.1 * 0.015 / HBAR
    slow, fast = (omega / 0.4 * (1 - sign * np.sqrt(1 - 4 * 0.04)) for sign in (1, -1))
    exact = 0.5 * (fast * np.exp(-1000 * slow) - slow * np.exp(-1000 * fast)) / (fast - slow)
    everything = run(wavepacket, configs / "dyakonov_perel.yaml", "ensemble.number=512", "time.saves=6")
    found, lifetime = everything["spin"], everything["spin_lifetime"]
    assert lifetime["value"] == pytest.approx(1 / slow, abs=4 * lifetime["uncertainty"])
    assert lifetime["uncertainty"] < 200
    assert found["value"][2] == pytest.approx(exact, abs=4 * found["uncertainty"][2])
    assert found["uncertainty"][2] < 0.02


def test_an_altermagnet_splits_spins(wavepacket, configs):
    """The mean of s_z v_y over the filled states of both spins, each moved by qEt/ħ, from its closed form."""
    a, t, d, exchange = 4.5, 0.25, 0.4, 0.5
    y, x = 2 * np.pi * np.mgrid[:96, :96] / 96
    totals = np.zeros(2)
    for s in (1, -1):

        def energy(x, y, s=s):
            return -np.sqrt(
                (4 * t * np.cos(x / 2) * np.cos(y / 2)) ** 2 + (d * np.sin(x) * np.sin(y) + s * exchange) ** 2
            )

        filled = 1 / (np.exp((energy(x, y) + 0.8) / (8.617333262e-5 * 300)) + 1)
        moved = x - 1e-3 * 20 / HBAR * a
        velocity = (energy(moved, y + 1e-5) - energy(moved, y - 1e-5)) / 2e-5 * a / HBAR
        totals += np.sum(filled * s / 2 * velocity), np.sum(filled)
    found = run(wavepacket, configs / "altermagnet.yaml", "time.saves=2")
    assert found["spin_velocity"]["value"][1] == pytest.approx(totals[0] / totals[1], rel=1e-5)
    assert np.abs(found["spin"]["value"]).max() < 1e-8


@pytest.mark.parametrize(("rashba", "expected"), [("0 eV", -2.0), ("0.05 eV", -1.98974)])
def test_spins_of_a_quantum_spin_hall_insulator_go_opposite_ways(wavepacket, configs, rashba, expected):
    """−2 Tr(P S_z P Ω) over the zone: with Rashba's coupling by numpy on a grid of 120²; energy eigenstates would give 0."""
    changes = ("ensemble.grid=[24,24]", "time.saves=2", f"model.rashba={rashba}")
    found = run(wavepacket, configs / "kane_mele_spin_hall.yaml", *changes)
    assert found["spin_hall_conductivity"]["value"] == pytest.approx(expected, abs=2e-3)
    assert found["hall_conductivity"]["value"] == pytest.approx(0, abs=5e-3)


def test_drifts_map_the_curvature(wavepacket, configs):
    found = run(wavepacket, configs / "price_cooper.yaml")
    omega, exact = (
        np.array(found[f"berry_curvature_{which}"]["value"]) for which in ("from_drifts", "on_way")
    )
    assert omega.shape == (1600,)
    np.testing.assert_allclose(omega, exact, rtol=0, atol=1e-7 * np.abs(exact).max())
    # Over all ways the mean is the Chern number: 2π C/(area of the zone), and nothing but drifts has entered.
    assert omega.mean() * (2 * np.pi / 4) ** 2 / (2 * np.pi) == pytest.approx(
        round(exact.mean() * np.pi / 8), abs=1e-6
    )
    assert abs(round(exact.mean() * np.pi / 8)) == 1


def sideways(source, k, weight, electric, end):
    """Mean of (q/ħ) Ω × E along y over packets and over their ways k + qEt/ħ in both directions, for E along x in V/Å."""
    times, shares = np.polynomial.legendre.leggauss(3)
    mean = 0.0
    for time, share in zip(0.5 * end * (1 + times), shares / 4, strict=True):
        for way in (-1, 1):
            moved = k + np.array([way * electric * time / HBAR, 0, 0])
            curvature = source.geometry(moved, slopes=False).berry_curvature[:, 2]
            mean += share * float(weight @ curvature / weight.sum())
    return -electric / HBAR * mean


def test_light_fills_one_valley_and_it_drifts_aside(wavepacket, configs):
    one = run(wavepacket, configs / "tmd_valley_drift.yaml", "time.saves=3")
    population = one["valley_population"]["value"]
    other = wavepacket(
        "run", configs / "tmd_valley_drift.yaml", "-o", "other", "--json", "-q",
        *("--set", "time.saves=3", "--set", "ensemble.handedness=-1"),
    ).observables["valley_population"]["value"]  # fmt: skip
    polarisation = (population["K"] - population["K'"]) / sum(population.values())
    opposite = (other["K"] - other["K'"]) / sum(other.values())
    reported = one["valley_polarisation"]
    assert reported["value"] == pytest.approx(polarisation, abs=1e-12)
    assert 0 < reported["uncertainty"] < 1e-6
    assert abs(polarisation) > 0.99
    # One spin only: its two valleys differ by the spin-orbit coupling.
    assert polarisation * opposite < -0.98
    config = load_config(configs / "tmd_valley_drift.yaml")
    made = build_problem(config, threads=1)
    packets = made.ensemble.packets(0, made.ensemble.size)
    valley = nearest_valley(made.hamiltonian, packets.wavevector, made.valley_centres)
    drift, error = (one["valley_drift"][key] for key in ("value", "uncertainty"))
    for index, (name, sign) in enumerate((("K", 1), ("K'", -1))):
        mine = valley == index
        expected = sideways(
            made.band,
            packets.wavevector[mine],
            packets.weight[mine],
            config.fields.electric[0].amplitude[0],
            200.0,
        )
        assert expected * sign > 0.003
        # Of the same packets, but for the table that they run on and for masses that differ along the way.
        assert drift[name][1] == pytest.approx(expected, rel=1e-3)
        assert error[name][1] < 1e-3 * abs(expected)


def test_pockets_of_a_biased_bilayer_drift_apart(wavepacket, configs):
    """Against a sum over another, finer grid."""
    found = run(wavepacket, configs / "bilayer_valley_drift.yaml", "time.saves=3")
    config = load_config(configs / "bilayer_valley_drift.yaml")
    pocket, electric = config.ensemble, config.fields.electric[0].amplitude[0]
    crystal = bilayer_graphene(bias=0.2)
    source = band(crystal, 2, source="direct")
    x = (np.arange(120) + 0.5) / 60 - 1
    ball = np.array([(p, q, 0) for p in x for q in x if p * p + q * q < 1]) * pocket.valley_radius
    drift, error = (found["valley_drift"][key] for key in ("value", "uncertainty"))
    for valley, sign in (("K", 1), ("K'", -1)):
        k = ball + np.array(crystal.valleys[valley]) @ crystal.reciprocal
        energy = source.geometry(k, slopes=False).energy
        weight = 1 / (1 + np.exp((energy - pocket.chemical_potential) / (BOLTZMANN * pocket.temperature)))
        expected = sideways(source, k, weight, electric, 200.0)
        assert expected * sign > 0
        assert abs(drift[valley][1] - expected) < error[valley][1] < 0.01 * abs(expected)


@pytest.mark.skipif(not GAAS.exists(), reason="needs ../shared/data/gaas/GaAs_tb.dat beside the repository")
def test_gaas_packets_conserve_energy_on_wannier_bands(wavepacket, configs):
    found = run(
        wavepacket, configs / "gaas.yaml", f"model.file={GAAS}", "ensemble.number=8", "time.end=100 fs"
    )
    # Energies of some 7 eV, rounded in every diagonalisation.
    assert found["energy_drift"]["value"] < 1e-12
    assert found["excluded_fraction"]["value"] == 0.0


FEW = ("ensemble.number=128", "ensemble.replicas=1")


@pytest.mark.full
def test_exact_packets_confirm_the_orbital_moment(wavepacket, configs):
    found = run(
        wavepacket, configs / "quantum_orbital_moment.yaml", "quantum.terms=[moment]", "time.saves=11", *FEW
    )
    assert found["rms_distance"]["value"] < 0.002
    assert found["rms_distance_without"]["rejection"]["moment"] > 5


def test_an_exact_packet_drifts_across_the_field(wavepacket, configs):
    drift = {}
    for valley in ("K", "K'"):
        changes = (
            f"ensemble.valley={valley}",
            "time.end=5 fs",
            "time.saves=3",
            "quantum.sites=[111,111]",
            *FEW,
        )
        config = configs / "quantum_anomalous_drift.yaml"
        arguments = [part for change in changes for part in ("--set", change)]
        found = wavepacket("quantum", config, "-o", valley[1:] or "K", "--json", "-q", *arguments).observables
        drift[valley] = found["exact_centre"]["value"][-1][1] - found["exact_centre"]["value"][0][1]
        assert found["rms_distance_without"]["rejection"]["curvature"] > 5
    assert drift["K"] < 0 < drift["K'"]


@pytest.mark.full
def test_an_exact_bloch_oscillation_comes_back(wavepacket, configs):
    # A period is 2πħ/(|qE| a): one of the two, in twice the field.
    changes = ("fields.electric=[0.04,0,0]", "time.end=25.848 fs", "time.saves=11", "quantum.sites=[81,91]",
               "ensemble.width=0.02")  # fmt: skip
    found = run(wavepacket, configs / "quantum_bloch_oscillation.yaml", *changes, *FEW)
    x = np.array(found["exact_centre"]["value"])[:, 0]
    assert abs(x[-1] - x[0]) < 0.02 * np.ptp(x)
    assert found["rms_distance_without"]["rejection"]["curvature"] > 5


def test_the_breakdown_of_semiclassics_is_foretold(wavepacket, configs):
    found = run(
        wavepacket, configs / "quantum_breakdown.yaml", "time.saves=5", "quantum.sites=[121,121]", *FEW
    )
    assert found["interband_mixing"]["beyond_limit"] is True
    assert found["leakage"]["value"] > 0.1


def test_an_exact_packet_needs_the_gradient_energy(wavepacket, configs):
    found = run(wavepacket, configs / "quantum_chain_loop.yaml", "time.saves=3", *FEW)
    exact, packets = (found[f"{side}_displacement"]["value"][0] for side in ("exact", "semiclassical"))
    assert exact == pytest.approx(669.752, abs=0.01)
    assert packets == pytest.approx(exact, abs=0.3)
    assert found["rms_distance_without"]["rejection"]["gradient_energy"] > 8


@pytest.mark.full
@pytest.mark.parametrize(("band", "moved"), [(1, -8.6830), (0, 8.6737)])
def test_an_exact_packet_is_deflected_by_a_skyrmion(wavepacket, configs, band, moved):
    found = run(wavepacket, configs / "quantum_skyrmion.yaml", f"band={band}", "time.saves=3")
    exact, packets = (found[f"{side}_displacement"] for side in ("exact", "semiclassical"))
    assert exact["value"][1] == pytest.approx(4 * moved, abs=4e-3)
    assert abs(packets["value"][1] - exact["value"][1]) < 0.002 * 35 + 3 * packets["uncertainty"][1]
    assert found["rms_distance_without"]["rejection"]["place_curvature"] > 30


@pytest.mark.parametrize(
    ("band", "flux", "expected"), [(0, "45 deg", 1.0), (2, "45 deg", -1.0), (0, "-45 deg", -1.0)]
)
def test_kagome_bands_carry_their_chern_numbers(wavepacket, configs, band, flux, expected):
    changes = (f"band.index={band}", f"model.flux={flux}", "ensemble.grid=[48,48]", "time.saves=5")
    found = run(wavepacket, configs / "kagome_hall.yaml", *changes)
    assert found["hall_conductivity"]["value"] == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(("at", "expected"), [("K", -1.0), ("K'", 1.0)])
def test_each_spin_has_a_quantised_hall_current(wavepacket, configs, at, expected):
    """C = ±1 for the band that is lowest at K (spin up) and at K', across the lines where the spins' bands cross."""
    found = run(wavepacket, configs / "spin_hall.yaml", f"band.at={at}", "time.saves=5", "time.end=50 fs")
    assert found["hall_conductivity"]["value"] == pytest.approx(expected, abs=1e-6)
    assert found["excluded_fraction"]["value"] == 0.0


def test_by_index_packets_stop_where_the_spins_cross(wavepacket, configs):
    changes = ("band=0", "ensemble.grid=[24,24]", "time.saves=5", "limits.excluded_fraction=1")
    found = run(wavepacket, configs / "spin_hall.yaml", *changes)
    assert 0.0 < found["excluded_fraction"]["value"] < 0.1
    assert found["minimum_gap"]["value"] < 1e-6


def test_ferromagnet_has_the_anomalous_hall_current_of_its_occupied_states(wavepacket, configs):
    """−(e²/ħ)∫[dk] f Ω of the closed form, in e²/h: −(1/2π)∫ f Ω d²k."""
    found = run(wavepacket, configs / "rashba_anomalous_hall.yaml", "time.saves=5")
    a, t = 5.0, HBAR**2 / (2 * 0.3 * ELECTRON_MASS * 25.0)
    x, y = np.meshgrid(*[2 * np.pi * np.arange(1024) / 1024] * 2)
    d = np.sqrt(0.1**2 + (np.sin(x) ** 2 + np.sin(y) ** 2) / a**2)
    omega = 0.1 * np.cos(x) * np.cos(y) / (2 * d**3)
    energy = 2 * t * (2 - np.cos(x) - np.cos(y)) - d
    occupied = 0.5 * (1 - np.tanh(0.5 * energy / (BOLTZMANN * 50.0)))
    expected = -np.mean(occupied * omega) * (2 * np.pi / a) ** 2 / (2 * np.pi)
    value, error = (found["hall_conductivity"][key] for key in ("value", "uncertainty"))
    assert abs(expected) > 0.05
    assert value == pytest.approx(expected, abs=max(error, 1e-3))


@pytest.mark.parametrize(("field", "which"), [((1.0, 1.0, 1.0), "max"), ((1.0, -1.0, 0.0), "min")])
def test_germanium_packets_drift_with_the_mass_of_their_valley(wavepacket, configs, field, which):
    """From the bottom of L the mean velocity over the run is −eEt/2m, along and across the axis of the valley."""
    electric = ", ".join(f"{x} kV/cm" for x in field)
    changes = (
        f"fields.electric=[{electric}]", "ensemble.width=0", "ensemble.number=2", "ensemble.balanced=false",
        "ensemble.valley=auto", "time.saves=5",
    )  # fmt: skip
    found = run(wavepacket, configs / "germanium_valleys.yaml", *changes)
    valley = find_valleys(zincblende("Ge"), 4)[0]
    assert valley.name == "L"
    mass = getattr(valley.extremum.mass.principal, which)() * ELECTRON_MASS
    expected = -1e-5 * np.array(field) * 200.0 / (2 * mass)
    np.testing.assert_allclose(found["valley_drift"]["value"]["L"], expected, rtol=0.02, atol=2e-4)


def test_germanium_cloud_drifts_along_the_axis_of_its_valley(wavepacket, configs):
    """As shipped: threefold rotation about [111] and inversion leave a drift of −eEt/2m along [111] alone.

    Opposite pairs cancel what is even in k − k_L, an isotropic covariance what is cubic; the rest is of fifth order in
    the energy's derivatives, (width/zone)⁴ of the drift.
    """
    found = run(wavepacket, configs / "germanium_valleys.yaml", "time.saves=2")
    drift = np.array(found["valley_drift"]["value"]["L"])
    mass = find_valleys(zincblende("Ge"), 4)[0].extremum.mass.principal.max() * ELECTRON_MASS
    np.testing.assert_allclose(drift, -1e-5 * 200.0 / (2 * mass), rtol=0.02)
    assert np.abs(drift - drift.mean()).max() < 1e-7 * abs(drift.mean())


def test_rashba_spins_have_their_universal_numbers(wavepacket, configs, tmp_path):
    arguments = ("--set", "response.temperature=60 K", "--csv", tmp_path / "r.csv", "--json", "-q")
    result = wavepacket("response", configs / "rashba_edelstein.yaml", *arguments)
    assert result.code == 0, result.err
    for entry in json.loads(result.out)["headline"]:
        assert not entry["verdict"].startswith("DIFFERS"), entry
    rows = (tmp_path / "r.csv").read_text().splitlines()
    assert any(row.startswith("kinetic_magnetoelectric,0.1,0.08,60.0,0.0441") for row in rows)


def test_packets_on_rashba_lines_are_polarised_by_a_current(wavepacket, configs):
    """K_xy = −K_yx = g μ_B e τ m α/(4πħ³), whatever the density; σᶻ_yx = −1/2."""
    mass, unit = HBAR**2 / (2 * 76.19964), ELEMENTARY_CHARGE * 1e10
    exact = 2 * BOHR_MAGNETON * mass * 0.3 * 100 / (4 * np.pi * HBAR**3) * unit
    found = run(
        wavepacket,
        configs / "rashba_packets.yaml",
        "ensemble.number=100",
        "ensemble.chemical_potential=60 meV",
    )
    made = np.array(found["current_induced_magnetization"]["value"])
    assert made[0, 1] == pytest.approx(exact, rel=1e-8)
    assert made[1, 0] == pytest.approx(-exact, rel=1e-8)
    one = found["spin_conductivity"]
    assert abs(one["value"][2][1][0] + 0.5) < 1.5 * one["uncertainty"][2][1][0] < 0.03


def test_haldane_phase_diagram_has_plateau_and_boundary(wavepacket, configs):
    changes = (
        "response.chemical_potential=-0.4:0.4:0.2 eV",
        "response.phase_diagram.axes={model.phi: '30,90 deg', model.staggered: '0.2,0.5 eV'}",
    )
    arguments = [part for change in changes for part in ("--set", change)]
    result = wavepacket("response", configs / "haldane_phase_diagram.yaml", "--json", "-q", *arguments)
    assert result.code == 0, result.err
    hall = np.array(result.observables["anomalous_hall_conductivity"]["value"])
    assert hall[2, 0, 0, 1] == pytest.approx(-1.0, abs=1e-3)
    # The boundary 3√3 t₂ sin φ lies at 0.26 eV and 0.52 eV.
    assert json.loads(result.out)["phase_diagram"]["chern_number"] == [[1, 0], [1, 1]]


def test_anomalous_nernst_obeys_its_identity(wavepacket, configs):
    change = "response.chemical_potential=-0.05,0.1 eV"
    result = wavepacket("response", configs / "anomalous_nernst.yaml", "--json", "-q", "--set", change)
    assert result.code == 0, result.err
    assert np.max(result.observables["nernst_identity"]["value"]["relative_residual"]) < 1e-6
    assert result.observables["anomalous_nernst_conductivity"]["unit"] == "A/K"


def test_a_strip_has_the_conductance_of_sharvin(wavepacket, configs):
    found = run(wavepacket, configs / "two_terminal.yaml", "ensemble.number=2000")["conductance"]
    fermi = np.sqrt(2 * 0.1 * ELECTRON_MASS * 0.05) / HBAR
    assert found["value"] == pytest.approx(fermi * 1000 / np.pi, abs=4 * found["uncertainty"])
    assert found["uncertainty"] < 2e-3 * found["value"]


def test_a_strip_with_collisions_has_the_conductance_of_a_slab(wavepacket, configs):
    found = run(wavepacket, configs / "diffusive_strip.yaml", "ensemble.number=800")["conductance"]
    fermi = np.sqrt(2 * 0.1 * ELECTRON_MASS * 0.05) / HBAR
    free_path = 500.0 * HBAR * fermi / (0.1 * ELECTRON_MASS)
    exact = transmission(4000 / free_path) * fermi * 1000 / np.pi
    assert exact == pytest.approx(5.114, abs=1e-3)
    assert found["value"] == pytest.approx(exact, abs=4 * found["uncertainty"])
    assert found["uncertainty"] < 0.1 * exact


def test_a_hall_bar_has_the_hall_resistance_of_the_bulk(wavepacket, configs):
    found = run(wavepacket, configs / "hall_bar.yaml", "ensemble.number=1000")
    fermi = np.sqrt(2 * 0.1 * ELECTRON_MASS * 0.05) / HBAR
    measured = found["four_terminal_resistance"]
    assert measured["value"] == pytest.approx(
        2 * E_OVER_HBAR * 10 / fermi**2, abs=4 * measured["uncertainty"]
    )
    assert measured["uncertainty"] < 0.05 * measured["value"]
    assert found["left_inside"]["value"] == 0.0


@pytest.mark.full
def test_contacts_on_one_edge_have_one_voltage(wavepacket, configs):
    found = run(wavepacket, configs / "six_contacts.yaml", "ensemble.number=500")["four_terminal_resistance"]
    fermi = np.sqrt(2 * 0.1 * ELECTRON_MASS * 0.05) / HBAR
    exact = {"hall": 2 * E_OVER_HBAR * 10 / fermi**2, "longitudinal": 0.0}
    assert list(found["value"]) == list(exact)
    for name, value in exact.items():
        assert found["value"][name] == pytest.approx(value, abs=4 * found["uncertainty"][name])
        assert found["uncertainty"][name] < 0.02


def test_a_ballistic_cross_has_a_negative_bend_resistance(wavepacket, configs):
    """By hand: of N states √2 - 1 go straight on, the others half to each side, and Büttiker's equations are circulant."""
    found = run(wavepacket, configs / "bend_resistance.yaml", "ensemble.number=2000")[
        "four_terminal_resistance"
    ]
    states = np.sqrt(2 * 0.1 * ELECTRON_MASS * 0.05) / HBAR * 1000 / np.pi
    assert found["value"] == pytest.approx(-(2 - np.sqrt(2)) / 4 / states, abs=4 * found["uncertainty"])
    assert found["uncertainty"] < 0.1 * abs(found["value"])


def test_a_step_moves_valleys_apart(wavepacket, configs):
    """∫Ω dk_x of the energies before the step and behind it; Ω by the sum over states of H(k)."""
    found = run(wavepacket, configs / "valley_beam_splitter.yaml")["valley_displacement"]["value"]
    crystal, length = gapped_graphene(gap=0.1), 2.46

    def curvature(x):
        k, h = np.array([[x, 0.0, 0.0]]), 1e-5 * np.eye(3)[:, None]
        vx, vy = ((crystal.hamiltonian(k + d) - crystal.hamiltonian(k - d))[0] / 2e-5 for d in h[:2])
        energy, u = np.linalg.eigh(crystal.hamiltonian(k)[0])
        return (
            -2
            * np.imag((u[:, 1].conj() @ vx @ u[:, 0]) * (u[:, 0].conj() @ vy @ u[:, 1]))
            / np.ptp(energy) ** 2
        )

    for valley, sign in (("K", 1), ("K'", -1)):
        ends = [
            sign * 2 / length * np.arccos((-1 - sign * np.sqrt(e**2 - 0.05**2) / 2.82) / 2)
            for e in (0.3, 0.06)
        ]
        exact = quad(curvature, *ends)[0]
        assert abs(exact) > 25
        assert np.array(found[valley])[-1, 1] == pytest.approx(exact, rel=1e-7)


@pytest.mark.full
def test_electrons_are_focused_into_a_contact(wavepacket, configs):
    """Transmission of the first hop and of two hops or more, by quadrature over start and angle."""
    found = run(wavepacket, configs / "magnetic_focusing.yaml", "ensemble.number=2000")["transmission"]
    fermi = np.sqrt(2 * 0.1 * ELECTRON_MASS * 0.05) / HBAR
    diameter = 2 * fermi / E_OVER_HBAR
    along, place = np.meshgrid((np.arange(2000) + 0.5) / 1000 - 1, 500 * (np.arange(400) + 0.5) / 400 - 250)
    hop = diameter * np.sqrt(1 - along**2)
    lowest, landed = diameter - 250.0, np.zeros(hop.shape, dtype=bool)
    free = np.ones(hop.shape, dtype=bool)
    for n in range(1, 200):
        x = n * hop - place
        free &= (x < -250) | (x > 250)  # else it has come back to where it started
        hit = free & (x >= lowest) & (x <= lowest + 500)
        landed |= hit
        free &= ~hit & (x < lowest + 500)
    expected = fermi * 500 / np.pi * landed.mean()
    assert found["value"]["injector to collector"] == pytest.approx(
        expected, abs=4 * found["uncertainty"]["injector to collector"]
    )
    assert found["uncertainty"]["injector to collector"] < 0.02 * expected


def test_open_orbits_have_a_resistivity_across_the_chains_alone(wavepacket, configs):
    found = run(wavepacket, configs / "open_orbits.yaml", "ensemble.grid=[48,48]", "output.trajectories=0")
    rho = np.array(found["resistivity"]["value"])
    error = np.array(found["resistivity"]["uncertainty"])
    assert abs(rho[1, 1] - 0.858925) < 2 * error[1, 1] < 0.02
    assert abs(rho[0, 0] - 7.39626e-4) < 2 * error[0, 0]


def test_the_sheet_of_copper_holds_half_of_its_states(wavepacket, configs):
    """To the error of a sum over states; what the necks do to the conductivity is in tests/physics/test_copper.py."""
    pytest.importorskip("skimage")
    config = configs / "copper_magnetoresistance.yaml"
    found = run(
        wavepacket, config, "ensemble.grid=[4,4,4]", "output.trajectories=0", "scattering.relaxation_time=1ps"
    )
    crystal = build_hamiltonian(load_config(config))
    n = 40
    grid = (np.stack(np.meshgrid(*[np.arange(n)] * 3, indexing="ij"), axis=-1).reshape(-1, 3) + 0.34) / n
    energy = np.linalg.eigvalsh(crystal.hamiltonian(grid @ crystal.reciprocal))[:, 0]
    exact = np.mean(energy < 0.65) / crystal.cell_volume
    density = found["electron_density"]
    # A sum over points knows a volume to about the root of the number of cells that the surface cuts.
    error = 3 * np.sqrt(4 * n**2) / n**3 / crystal.cell_volume
    assert abs(density["value"] - exact) < density["uncertainty"] + error
    assert density["uncertainty"] < 0.05 * exact
