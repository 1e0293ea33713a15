"""Thermoelectric and thermal conductivities of packets against Fermi integrals, closed forms and Maxwell's relations."""

from functools import cache

import numpy as np
import pytest
from scipy.integrate import quad

from tests.cases import problem, run
from tests.physics.scattered import observe, tensor
from wavepacket.analysis.heat_tensors import Gradients
from wavepacket.analysis.refill import Refill
from wavepacket.errors import ConfigError
from wavepacket.runs import transport as quantity
from wavepacket.units import BOLTZMANN, E_OVER_HBAR, ELECTRON_MASS, ELEMENTARY_CHARGE, HBAR

pytestmark = pytest.mark.physics

MASS, TAU, TEMPERATURE = 0.1, 1000.0, 100.0
HEAT = BOLTZMANN * TEMPERATURE
LORENZ = np.pi**2 / 3 * BOLTZMANN**2
MICROVOLTS = 1e6 * BOLTZMANN
TURNS = E_OVER_HBAR * HBAR / (MASS * ELECTRON_MASS) * TAU  # ω_cτ of one tesla
POINTS = {2: 48, 3: 32}


@cache
def metal(eta, *, dimension=2, exponent=0.0, turns=0.0, points=0, masses=(MASS, MASS), tolerance=1e-8):
    """A parabolic band with μ = η kT and τ = TAU (ε/kT)^exponent; its cut-off is 26 kT above μ and the bottom."""
    top = (max(eta, 0.0) + 26.0) * HEAT
    cutoff = np.sqrt(2 * max(masses) * ELECTRON_MASS * top) / HBAR
    model = {"name": "parabolic_band", "cutoff": cutoff} | dict(
        zip(("mass_x", "mass_y"), masses, strict=False)
    )
    if dimension == 3:
        model |= {"dimension": 3, "mass_z": MASS}
    scattering = {"relaxation_time": TAU, "heat": True}
    if exponent:
        scattering["energy"] = {"exponent": exponent, "unit": HEAT, "floor": 1e-12}
    return observe(
        model,
        {
            "kind": "fermi_surface", "chemical_potential": eta * HEAT, "temperature": TEMPERATURE,
            "grid": [points or POINTS[dimension]] * dimension, "field_reversal": False,
        },
        scattering,
        magnetic=[0, 0, turns / TURNS],
        tolerance=tolerance,
    )  # fmt: skip


def integral(function, eta):
    """∫ function(x) (−df/dx) dx over x = ε/kT from 0 on, μ at η."""
    low, high = max(0.0, eta - 60), max(eta, 0.0) + 80
    weight = lambda x: 0.25 / np.cosh(0.5 * (x - eta)) ** 2  # noqa: E731
    points = [p for p in (eta - 5, eta, eta + 5) if low < p < high]
    return quad(
        lambda x: function(x) * weight(x), low, high, epsrel=1e-12, epsabs=0, limit=400, points=points or None
    )[0]


def moments(power, eta):
    """L⁰, L¹, L² of a σ(ε) ∝ ε^power, in units of kT."""
    return [integral(lambda x, n=n: x**power * (x - eta) ** n, eta) for n in range(3)]


@pytest.mark.parametrize(
    ("dimension", "exponent", "eta"), [(2, 0, -1.0), (2, 1, 4.0), (3, 1, 1.0), (3, 0, -12.0), (3, 1, -12.0)]
)
def test_fermi_integrals(dimension, exponent, eta):
    """S, κ, L, S²/ρ and zT of τ ∝ ε^r; far below the band S = −(k/e)(5/2 + r − η), L = (5/2 + r)(k/e)²: to 1e-5.

    Packets with less than 1e-10 of the largest weight would be missed: 1e-5 of L² of (3, 1, -12).
    """
    found = metal(eta, dimension=dimension, exponent=exponent)
    zero, first, second = moments(dimension / 2 + exponent, eta)
    sigma = tensor(found["conductivity"])[0, 0]
    seebeck = found["seebeck"].value
    for axis in range(dimension):
        assert seebeck[axis, axis] == pytest.approx(-MICROVOLTS * first / zero, rel=1e-5)
    lorenz = (second - first**2 / zero) / zero
    assert found["lorenz_number"].value == pytest.approx(BOLTZMANN**2 * lorenz, rel=1e-5)
    assert found["wiedemann_franz_ratio"].value == pytest.approx(lorenz * 3 / np.pi**2, rel=1e-5)
    # e²/h in 1/ohm, S/cm in S/m.
    siemens = {2: ELEMENTARY_CHARGE / (2 * np.pi * HBAR * 1e-15), 3: 100.0}[dimension] * sigma
    kappa = siemens * BOLTZMANN**2 * lorenz * TEMPERATURE
    assert found["thermal_conductivity"].value[1, 1] == pytest.approx(kappa, rel=1e-5)
    power = siemens * (BOLTZMANN * first / zero) ** 2
    assert found["power_factor"].value[0] == pytest.approx(power, rel=1e-5)
    assert found["electronic_figure_of_merit"].value[0] == pytest.approx(
        power * TEMPERATURE / kappa, rel=1e-5
    )
    assert found["peltier"].value[0, 0] == pytest.approx(1e-3 * TEMPERATURE * seebeck[0, 0], rel=1e-12)
    alpha = found["thermoelectric_conductivity"].value
    assert alpha[0, 0] == pytest.approx(-siemens * BOLTZMANN * first / zero, rel=1e-5)
    if eta < -10:
        assert seebeck[0, 0] == pytest.approx(-MICROVOLTS * (2.5 + exponent - eta), rel=1e-5)
        assert found["lorenz_number"].value == pytest.approx(BOLTZMANN**2 * (2.5 + exponent), rel=2e-5)
    slope = integral(lambda x: (dimension / 2 + exponent) * x ** (dimension / 2 + exponent - 1), eta)
    mott = -(np.pi**2) / 3 * MICROVOLTS * slope / zero
    assert found["mott_seebeck"].value[0, 0] == pytest.approx(mott, rel=1e-5)


def test_wiedemann_franz_and_mott_at_low_temperature():
    """μ = 60 kT: L/L₀ = 1 − π²/3η² in 2D, S of τ ∝ ε² that of Mott, both to 1e-3; heat and charge turn alike in B."""
    found = metal(60.0, turns=0.1, points=250, tolerance=1e-6)
    for name in ("wiedemann_franz_ratio", "hall_wiedemann_franz_ratio"):
        assert found[name].value == pytest.approx(1.0, rel=1e-3), name
        # Both L² and (L¹)²/L⁰ turn as τ/(1 + iω_cτ) does.
        assert found[name].value == pytest.approx(1 - np.pi**2 / (3 * 60.0**2), rel=1e-6), name
    sigma = found["conductivity"].value
    assert found["thermal_hall_conductivity"].value == pytest.approx(
        found["thermal_conductivity"].value[0, 0] * sigma[0, 1] / sigma[0, 0], rel=1e-6
    )
    steep = metal(60.0, exponent=2, points=250)
    exact, mott = steep["seebeck"].value[0, 0], steep["mott_seebeck"].value[0, 0]
    assert exact == pytest.approx(mott, rel=1e-3)
    # σ ∝ ε³: ⟨3ηx² + x⁴/η⟩ over π²(3η² + ⟨x²⟩)/3η, ⟨x²⟩ = π²/3, ⟨x⁴⟩ = 7π⁴/15.
    square, fourth = np.pi**2 / 3, 7 * np.pi**4 / 15
    expected = (3 * 60.0**2 * square + fourth) / (square * (3 * 60.0**2 + 3 * square))
    assert exact / mott == pytest.approx(expected, rel=3e-5)


def turned(turns, eta, order):
    """Lⁿ_xx + i Lⁿ_yx of τ ∝ ε in B along z: electrons turn counterclockwise."""
    real, imaginary = (
        integral(lambda x, part=part: x**2 * (x - eta) ** order * part(1 / (1 - 1j * turns * x)), eta)
        for part in (np.real, np.imag)
    )
    return real + 1j * imaginary


def test_ordinary_nernst_effect():
    """A parabolic band with τ ∝ ε in B: S, N, κ and κ_H against ∫ τ/(1 − iω_cτ); no N where τ is constant (Sondheimer)."""
    turns, eta = 0.15, 2.0
    found = metal(eta, exponent=1, turns=turns)
    zero, first, second = (turned(turns, eta, n) for n in range(3))
    seebeck = -MICROVOLTS * first / zero
    value = found["seebeck"].value
    assert value[0, 0] + 1j * value[1, 0] == pytest.approx(seebeck, rel=1e-6)
    assert abs(seebeck.imag) > 0.05 * abs(seebeck)
    assert found["nernst_signal"].value == pytest.approx(-seebeck.imag, rel=1e-6)
    assert found["nernst_coefficient"].value == pytest.approx(-seebeck.imag * TURNS / turns, rel=1e-6)
    kappa = found["thermal_conductivity"].value
    sigma = tensor(found["conductivity"])
    expected = LORENZ * 3 / np.pi**2 * (second - first**2 / zero) / zero
    lorenz = (kappa[0, 0] + 1j * kappa[1, 0]) / (sigma[0, 0] + 1j * sigma[1, 0])
    siemens = ELEMENTARY_CHARGE / (2 * np.pi * HBAR * 1e-15)
    assert lorenz / siemens / TEMPERATURE == pytest.approx(expected, rel=1e-6)
    assert found["thermal_hall_conductivity"].value == pytest.approx(kappa[0, 1], rel=1e-9)
    constant = metal(eta, turns=turns)
    assert abs(constant["nernst_signal"].value) < 1e-8 * abs(constant["seebeck"].value[0, 0])


def test_kelvin_and_onsager():
    """Π_ab(B) = T S_ba(−B) where masses and times differ; the two tensors of one B are not each other's transpose."""
    plus, minus = (
        metal(2.0, exponent=1, turns=turns, points=36, masses=(0.1, 0.07)) for turns in (0.15, -0.15)
    )
    peltier, seebeck = plus["peltier"].value[:2, :2], minus["seebeck"].value[:2, :2]
    np.testing.assert_allclose(peltier, 1e-3 * TEMPERATURE * seebeck.T, rtol=1e-5)
    assert abs(seebeck[0, 1] + seebeck[1, 0]) > 0.01 * abs(seebeck[0, 1])


GAP, SPEED = 0.05, 3.0


def test_anomalous_heat_of_dirac_electrons():
    """α_xy = (1/qT) ∫ (ε − μ)(−f′) σ_xy(ε), κ_xy likewise, with σ_xy = (e²/2h)(1 − Δ/ε) of the states below ε."""
    level, temperature = 0.08, 150.0
    heat = BOLTZMANN * temperature
    found = observe(
        {"name": "massive_dirac", "velocity": SPEED, "mass": GAP, "cutoff": 0.15},
        {
            "kind": "fermi_surface",
            "chemical_potential": level,
            "temperature": temperature,
            "grid": [120, 120],
        },
        {"relaxation_time": TAU, "heat": True},
        band={"index": 1},
    )
    zero, first, second = (
        integral(
            lambda x, n=n: (x > GAP / heat) * 0.5 * (1 - GAP / heat / x) * (x - level / heat) ** n,
            level / heat,
        )
        for n in range(3)
    )
    hall = found["conductivity"].contributions["anomalous"].value[0, 1]
    assert hall == pytest.approx(zero, rel=1e-5)
    siemens = ELEMENTARY_CHARGE / (2 * np.pi * HBAR * 1e-15)
    alpha = found["thermoelectric_conductivity"].contributions["anomalous"].value
    assert alpha[0, 1] == pytest.approx(-siemens * BOLTZMANN * first, rel=1e-4)
    assert alpha[1, 0] == -alpha[0, 1]
    kappa = found["thermal_conductivity"].contributions["anomalous"].value[0, 1]
    assert kappa == pytest.approx(siemens * BOLTZMANN**2 * temperature * second, rel=1e-5)
    # σ and α together make N; without the ordinary parts it would be another number.
    s = np.linalg.solve(
        found["conductivity"].value[:2, :2] * siemens, found["thermoelectric_conductivity"].value[:2, :2]
    )
    assert found["nernst_signal"].value == pytest.approx(0.5e6 * (s[0, 1] - s[1, 0]), rel=1e-9)


WEYL = {"name": "weyl_lattice"}


@cache
def weyl(level, temperature):
    return observe(
        WEYL,
        {
            "kind": "fermi_surface", "chemical_potential": level, "temperature": temperature, "grid": [4, 4, 6],
            "field_reversal": False,
        },
        {"relaxation_time": 30.0, "heat": True},
        magnetic=[4.0, 8.0, 20.0],
        band={"index": 1},
        tolerance=1e-8,
    )  # fmt: skip


@pytest.mark.full
def test_maxwell_relations_of_currents():
    """∂σ/∂T = q ∂α/∂μ and ∂α/∂T = (q/T) ∂λ/∂μ of each contribution at each point: D, m, chiral and anomalous terms."""
    level, temperature = 0.4, 3000.0
    change = 1e-3
    steps = {"T": change * temperature, "mu": change * BOLTZMANN * temperature}
    hot, cold = (weyl(level, temperature + sign * steps["T"]) for sign in (1, -1))
    more, less = (weyl(level + sign * steps["mu"], temperature) for sign in (1, -1))

    def slope(one, other, name, part, step):
        difference = one[name].contributions[part].value - other[name].contributions[part].value
        return difference / (2 * step)

    for part in ("band", "moment", "chiral", "anomalous"):
        # S/cm in S/m; V in eV; A in W/V.
        by_heat = 100 * slope(hot, cold, "conductivity", part, steps["T"])
        by_level = -slope(more, less, "thermoelectric_conductivity", part, steps["mu"])
        size = np.abs(by_heat).max()
        assert size > 0, part
        # The differences are of second order in the change, with factors of the third derivative of −f′.
        np.testing.assert_allclose(by_level, by_heat, rtol=0, atol=1e-5 * size, err_msg=part)
        by_heat = slope(hot, cold, "thermoelectric_conductivity", part, steps["T"])
        by_level = -slope(more, less, "thermal_conductivity", part, steps["mu"]) / temperature
        size = np.abs(by_heat).max()
        np.testing.assert_allclose(by_level, by_heat, rtol=0, atol=1e-5 * size, err_msg=part)
    # The slope of σ with μ from the packets of one run.
    here = weyl(level, temperature)
    rho = np.linalg.inv(here["conductivity"].value)
    sigma = (more["conductivity"].value - less["conductivity"].value) / (2 * steps["mu"])
    mott = -1e6 * LORENZ * temperature * rho @ sigma
    np.testing.assert_allclose(here["mott_seebeck"].value, mott, rtol=0, atol=1e-5 * np.abs(mott).max())


def test_heat_of_valleys_that_keep_their_number():
    """Of a Weyl node the intervalley parts of σ, α, λ are as 1, a, a²: qTa is the mean of ε − μ over −f′ v·Ω at the node."""
    level, temperature, field, tau, inter = 0.07, 400.0, 0.2, 0.02, 0.2
    flows = []
    for sign in (1, -1):
        made = problem(
            {"name": "weyl_node", "velocity": 5.0, "cutoff": 0.12},
            magnetic=[0, 0, sign * field], tolerance=1e-9, band={"index": 1}, valleys={"W": [0, 0, 0]},
            ensemble={
                "kind": "fermi_surface", "chemical_potential": level, "temperature": temperature, "grid": [16, 16, 16],
                "field_reversal": False,
            },
            scattering={"relaxation_time": tau, "intervalley_time": inter, "heat": True},
            output={"trajectories": 0},
        )  # fmt: skip
        flows.append(run(made).sums["transport"].sum(axis=(0, 1)))
    # The part even in B of what should be odd is the error of a sum over so few points.
    flow, odd = flows[0].copy(), 0.5 * (flows[0] - flows[1])
    for order in range(3):
        for rows in (quantity.SOURCE, quantity.FLIGHT):
            flow[:, quantity.weighted(order)][:, rows] = odd[:, quantity.weighted(order)][:, rows]
    sea, given = (
        np.zeros((2, quantity.SEA_HEAT_COLUMNS)),
        Gradients(-1.0, temperature, Refill(np.array([tau]))),
    )
    functions = (given.conductivity, given.thermoelectric, given.peltier, given.heat)
    sigma, alpha, beta, heat = (each(flow, sea)[4].sum(axis=0)[2, 2] for each in functions)
    # ṙ D (−f′) of E~ = ε − m·B with Ω = k/2k³, m = (e/ħ)εΩ and D = 1 + (e/ħ)B·Ω, at the same points.
    k, speed = made.ensemble.packets(0, made.ensemble.size).wavevector, 5.0
    sums = []
    for b in (field * E_OVER_HBAR, -field * E_OVER_HBAR):
        size = np.linalg.norm(k, axis=1)

        def level_of(q, b=b):
            return speed * np.linalg.norm(q, axis=1) - 0.5 * b * speed * q[:, 2] / np.sum(q * q, axis=1)

        slope = np.stack([(level_of(k + d) - level_of(k - d)) / 2e-7 for d in 1e-7 * np.eye(3)], axis=1)
        above = level_of(k) - level
        weight = 1 / np.cosh(above / (2 * BOLTZMANN * temperature)) ** 2
        velocity = slope[:, 2] + b * np.sum(slope * k, axis=1) / (2 * size**3)
        sums.append([np.sum(weight * velocity), np.sum(weight * velocity * above)])
    plain, heated = np.subtract(*sums)
    mean = heated / plain
    assert sigma > 0
    assert abs(mean) > 0.01
    assert alpha / sigma == pytest.approx(-mean / temperature, rel=1e-5)
    assert beta / sigma == pytest.approx(-mean, rel=1e-5)
    assert heat / sigma == pytest.approx(mean**2 / temperature, rel=1e-5)


FREE = {"name": "parabolic_band", "mass_x": 0.1, "mass_y": 0.1, "cutoff": 0.08}
SURFACE = {
    "kind": "fermi_surface", "chemical_potential": 0.0, "temperature": 100.0, "grid": [12, 12], "field_reversal": False,
}  # fmt: skip


def test_heat_changes_nothing_else():
    """But for tails of −∂f/∂𝓔, which heat keeps; runs that do not ask have no heat."""
    times = {"relaxation_time": TAU}
    asked = observe(FREE, SURFACE, times | {"heat": True}, magnetic=[0, 0, 1.0])
    plain = observe(FREE, SURFACE, times, magnetic=[0, 0, 1.0])
    assert {"seebeck", "nernst_coefficient"} <= asked.keys() - plain.keys()
    np.testing.assert_allclose(asked["conductivity"].value, plain["conductivity"].value, rtol=1e-8, atol=0)


@pytest.mark.parametrize(
    ("ensemble", "scattering", "where"),
    [
        ({"kind": "fermi_dirac"}, {}, "scattering.heat"),
        ({}, {"frequency": 0.001}, "scattering.frequency"),
        ({}, {"monte_carlo": {"flights": 3}}, "scattering.monte_carlo.flights"),
    ],
)
def test_heat_that_is_not_known_is_refused(ensemble, scattering, where):
    with pytest.raises(ConfigError, match=where):
        observe(FREE, SURFACE | ensemble, {"relaxation_time": TAU, "heat": True} | scattering)
