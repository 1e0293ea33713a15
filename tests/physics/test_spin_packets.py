"""Spins that packets of single bands carry: against closed forms, and `response` of the same crystal."""

import numpy as np
import pytest
from scipy.integrate import quad

import wavepacket
from wavepacket.errors import ConfigError
from wavepacket.units import BOHR_MAGNETON, BOLTZMANN, E_OVER_HBAR, ELEMENTARY_CHARGE, HBAR

STIFFNESS, ALPHA = 76.19964, 0.3  # ħ²/2m of 0.05 m_e, eV Å²; eV Å
RASHBA = {
    "kp": [
        {"powers": [2, 0], "matrix": (STIFFNESS * np.eye(2)).tolist()},
        {"powers": [0, 2], "matrix": (STIFFNESS * np.eye(2)).tolist()},
        {"powers": [1, 0], "matrix": [[0, f"{ALPHA}j"], [f"-{ALPHA}j", 0]]},
        {"powers": [0, 1], "matrix": [[0, ALPHA], [ALPHA, 0]]},
    ],
    "spin": "1/2",
    "cutoff": 0.06,
}  # fmt: skip


def observables_of(folder, model, ensemble, **sections):
    config = {"name": "t", "model": model, "spin": True, "ensemble": ensemble, "output": {"trajectories": 0}}
    return wavepacket.analyze(wavepacket.run({**config, **sections}, folder / "run"))


def surface(mu, kelvin, **points):
    return {"kind": "fermi_surface", "chemical_potential": mu, "temperature": kelvin, **points}


def edelstein(mu, kelvin, tau, field, g=2.0):
    """K_xy of both bands, A m/V: spins ±½ across k turn at ω = eBv/ħk: 1/(1 + ω²τ²) of them is left."""

    def of_band(k, s):
        energy, slope = STIFFNESS * k**2 + s * ALPHA * k, 2 * STIFFNESS * k + s * ALPHA
        x = (energy - mu) / (BOLTZMANN * kelvin)
        thermal = 1 / (4 * BOLTZMANN * kelvin * np.cosh(x / 2) ** 2) if abs(x) < 300 else 0.0
        turn = E_OVER_HBAR * field * slope / (HBAR * k)
        # Spins s/2 (k_y, −k_x)/k: of S_y along v_x the mean over angles is −s/4.
        return k / (2 * np.pi) * thermal * slope / HBAR * (-s / 4) * tau / (1 + (turn * tau) ** 2)

    total = sum(
        quad(of_band, 1e-6, 0.06, args=(s,), limit=400, points=[0.02, 0.025, 0.03, 0.034, 0.036])[0]
        for s in (1, -1)
    )
    # Of charge −e: (q/e) g μ_B S, driven by q.
    return g * BOHR_MAGNETON * total * ELEMENTARY_CHARGE * 1e10


@pytest.mark.parametrize("field", [0.0, 2.0])
def test_spins_that_a_current_makes(tmp_path, field):
    """Rashba electrons: K_xy = −K_yx, in B after spins have turned with their packets; σᶻ_xy = ½ of filled states."""
    mu, kelvin, tau = 0.08, 100.0, 100.0
    found = observables_of(
        tmp_path, RASHBA, surface(mu, kelvin, number=8000), bands="all", scattering={"relaxation_time": tau},
        fields={"magnetic": [0, 0, field]},
    )  # fmt: skip
    exact, k = edelstein(mu, kelvin, tau, field), found["current_induced_magnetization"]
    print(exact, k.value, k.uncertainty)
    for value, error, sign in (
        (k.value[0, 1], k.uncertainty[0, 1], 1),
        (k.value[1, 0], k.uncertainty[1, 0], -1),
    ):
        assert value == pytest.approx(sign * exact, abs=2 * error)
        assert error < 0.15 * exact
    if field == 0:
        assert exact == pytest.approx(0.0441428e-13, rel=1e-3)
        one = found["spin_conductivity"]
        assert one.value[2, 0, 1] == pytest.approx(0.5, abs=2 * one.uncertainty[2, 0, 1])
        assert one.uncertainty[2, 0, 1] < 0.02


def test_spins_that_a_current_makes_at_zero_temperature(tmp_path):
    """K_xy = gμ_B e τ mα/(4πħ³) of packets exactly on both lines, where both bands are filled (Edelstein)."""
    tau, mass = 100.0, HBAR**2 / (2 * STIFFNESS)
    found = observables_of(
        tmp_path, RASHBA, surface(0.08, 0.0, number=200), bands="all", scattering={"relaxation_time": tau}
    )
    exact = 2 * BOHR_MAGNETON * mass * ALPHA / (4 * np.pi * HBAR**3) * tau * ELEMENTARY_CHARGE * 1e10
    k, one = found["current_induced_magnetization"], found["spin_conductivity"]
    assert abs(k.value[0, 1] - exact) <= k.uncertainty[0, 1] < 1e-7 * exact
    assert k.value[1, 0] == pytest.approx(-exact, rel=1e-8)
    assert one.value[2, 0, 1] == pytest.approx(0.5, abs=2 * one.uncertainty[2, 0, 1])
    assert one.uncertainty[2, 0, 1] < 0.02


@pytest.mark.parametrize(("number", "share"), [(400, 0.3), pytest.param(3000, 0.05, marks=pytest.mark.full)])
def test_spins_in_a_steady_state(tmp_path, number, share):
    """Rashba electrons under weak E and −E: Edelstein's K, and σᶻ_yx = −½ of what E mixes into the states it leads to."""
    mu, kelvin, tau = 0.08, 100.0, 100.0
    found = observables_of(
        tmp_path, RASHBA, {**surface(mu, kelvin, number=number), "kind": "fermi_dirac"}, bands="all",
        scattering={"relaxation_time": tau}, fields={"electric": [3e-6, 0, 0]},
    )  # fmt: skip
    exact, k, one = (
        edelstein(mu, kelvin, tau, 0.0),
        found["driven_magnetization"],
        found["driven_spin_conductivity"],
    )
    assert k.value[1] == pytest.approx(exact, abs=2.5 * k.uncertainty[1])
    assert k.uncertainty[1] < share * exact
    assert one.value[2, 1] == pytest.approx(-0.5, abs=2.5 * one.uncertainty[2, 1])
    assert one.uncertainty[2, 1] < 0.2 * share


@pytest.mark.full
def test_spin_hall_current_of_an_insulator_in_a_field(tmp_path):
    """Of filled bands it is that of all states, wherever E and collisions take packets."""
    found = observables_of(
        tmp_path, {"name": "kane_mele", "rashba": 0, "staggered": 0.02}, {"kind": "filled_band", "grid": [24, 24]},
        bands={"each": [0, 1]}, scattering={"relaxation_time": 10}, fields={"electric": [1e-4, 0, 0]},
    )  # fmt: skip
    one = found["driven_spin_conductivity"]
    assert abs(one.value[2, 1] - 2) <= max(2 * one.uncertainty[2, 1], 1e-3)
    assert one.uncertainty[2, 1] < 0.1
    assert abs(one.contributions["flights"].value[2, 1]) < 0.05


def test_filled_bands_have_a_quantised_spin_hall_conductivity(tmp_path):
    """Kane and Mele's insulator, spin conserved: −(C↑ − C↓) = −2, though each of the two bands alone has any number."""
    model = {"name": "kane_mele", "rashba": 0, "staggered": 0.02}
    found = observables_of(
        tmp_path, model, {"kind": "filled_band", "grid": [24, 24]}, bands={"each": [0, 1]},
        fields={"electric": [1e-4, 0, 0]}, time={"end": 1.0, "saves": 2},
    )  # fmt: skip
    one = found["intrinsic_spin_hall_conductivity"]
    assert one.unit == "(hbar/2e) e^2/h"
    assert one.value[2, 0, 1] == pytest.approx(-2, abs=1e-3)
    assert one.value[2, 1, 0] == pytest.approx(2, abs=1e-3)
    assert abs(one.value[2, 0, 1] + 2) < one.uncertainty[2, 0, 1] < 0.2
    assert found["spin_magnetization_density"].value == pytest.approx(np.zeros(3), abs=1e-12)


def test_packets_agree_with_the_response_of_the_same_ferromagnet(tmp_path):
    """σˢ is the intrinsic part and τ times that of Drude, K is τ times K/τ, M of spins that of the cell's area."""
    model = {
        "lattice": [[3, 0, 0], [0, 3, 0]],
        "hoppings": [
            {"cell": [0, 0], "matrix": [[1.0, 0.7], [0.7, -1.0]]},
            {"cell": [1, 0], "matrix": [[-0.5, 0.1], [-0.1, -0.4]]},
            {"cell": [0, 1], "matrix": [[-0.5, "-0.1j"], ["-0.1j", -0.4]]},
        ],
        "spin": "1/2",
    }  # fmt: skip
    mu, kelvin, tau = -1.5, 1500.0, 20.0
    found = observables_of(
        tmp_path, model, surface(mu, kelvin, grid=[48, 48]), bands="all", scattering={"relaxation_time": tau}
    )
    names = [
        "intrinsic_spin_hall_conductivity", "spin_drude_conductivity", "spin_magnetization", "kinetic_magnetoelectric",
    ]  # fmt: skip
    request = {"chemical_potential": mu, "temperature": kelvin, "quantities": names, "uncertainty": 1e-4}
    exact = wavepacket.response({"name": "t", "model": model, "response": request}, threads=1)
    intrinsic, drude, magnetization, kinetic = (np.asarray(exact[name].value)[0, 0] for name in names)
    kinetic_parts = {
        part: np.asarray(each.value)[0, 0]
        for part, each in exact["kinetic_magnetoelectric"].contributions.items()
    }
    one, k = found["spin_conductivity"], found["current_induced_magnetization"]
    for part, expected in (
        (found["intrinsic_spin_hall_conductivity"], intrinsic),
        (one.contributions["intrinsic"], intrinsic),
        (one.contributions["flights"], tau * drude),
        (one, intrinsic + tau * drude),
        (k, kinetic * tau * 1e-15),
        (k.contributions["orbital"], kinetic_parts["orbital"] * tau * 1e-15),
        (k.contributions["spin"], kinetic_parts["spin"] * tau * 1e-15),
        (found["spin_magnetization_density"], magnetization / 9),
    ):
        size = np.abs(expected).max()
        assert size > 0
        assert np.all(np.abs(np.asarray(part.value) - expected) <= part.uncertainty + 1e-3 * size)
        assert np.nanmax(part.uncertainty) < 0.02 * size


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"model": {"name": "haldane"}}, "spin"),
        ({"scattering": {"relaxation_time": 10, "frequency": "1 THz"}}, "scattering.frequency"),
        ({"scattering": {"relaxation_time": 10, "monte_carlo": {}}}, "scattering.monte_carlo"),
        (
            {"ensemble": surface(-0.5, 0, number=100), "fields": {"magnetic": [0, 0, 1]}},
            "ensemble.temperature",
        ),
        (
            {
                "ensemble": {**surface(-0.5, 300, number=100), "kind": "fermi_dirac"},
                "fields": {"electric": [1e-4, 0, 0]},
                "scattering": {"relaxation_time": 10, "energy": {"exponent": 1, "unit": 1}},
            },
            "scattering.energy",
        ),
        ({"ensemble": {"kind": "packets", "wavevectors": [[0, 0]]}, "scattering": None}, "ensemble"),
        ({"bands": [0, 1], "scattering": None, "ensemble": {"kind": "filled_band", "grid": [4, 4]}}, "bands"),
    ],
)
def test_what_spins_are_not_known_of(tmp_path, changes, path):
    config = {
        "name": "t", "model": {"name": "kane_mele"}, "spin": True, "band": 0, "scattering": {"relaxation_time": 10},
        "ensemble": surface(-0.5, 300, number=100), "time": {"end": 1, "saves": 2}, **changes,
    }  # fmt: skip
    if "bands" in changes:
        del config["band"]
    if config["scattering"] is None:
        del config["scattering"]
    with pytest.raises(ConfigError) as error:
        wavepacket.run(config, tmp_path / "run")
    assert path in [problem.path for problem in error.value.problems]
