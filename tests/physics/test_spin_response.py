"""Spins in a response against closed forms: values and signs of every conductivity and magnetization."""

from dataclasses import replace

import numpy as np
import pytest

import wavepacket
from tests.reference.random_crystal import random_crystal
from wavepacket.formulas import LEVI_CIVITA
from wavepacket.hamiltonians import altermagnet, combine_spins, kane_mele, rashba_ferromagnet
from wavepacket.response.spin_states import SpinBands, SpinColumns
from wavepacket.response.states import Bands
from wavepacket.units import BOHR_MAGNETON, E2_OVER_H, E_OVER_HBAR, ELECTRON_MASS, ELEMENTARY_CHARGE, HBAR

pytestmark = pytest.mark.physics

ALPHA, MASS, MU = 0.6, 0.3 * ELECTRON_MASS, 0.5  # eV Å, eV fs²/Å², eV
SIGMA = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
KINETIC = ELEMENTARY_CHARGE * 1e10 / 1e-15  # from e (Å/fs)(eV/T)/(eV Å²) to A m/(V s)


def matrix(values):
    return [[[each.real, each.imag] for each in row] for row in np.asarray(values, dtype=complex).tolist()]


def layer(*terms, cutoff):
    """A k·p model of spins in two dimensions from (powers, matrix) pairs."""
    kp = [{"powers": list(powers), "matrix": matrix(each)} for powers, each in terms]
    return {"kp": kp, "spin": "1/2", "cutoff": cutoff}


RASHBA = layer(
    ((2, 0), HBAR**2 / 2 / MASS * np.eye(2)),
    ((0, 2), HBAR**2 / 2 / MASS * np.eye(2)),
    ((1, 0), -ALPHA * SIGMA[1]),
    ((0, 1), ALPHA * SIGMA[0]),
    cutoff=0.6,
)


def found_of(model, quantities, mu=MU, kelvin=0.0, uncertainty=2e-3, **sections):
    section = {
        "chemical_potential": mu, "temperature": kelvin, "quantities": quantities, "uncertainty": uncertainty,
        "points": 60_000, **sections.pop("response", {}),
    }  # fmt: skip
    return wavepacket.response({"name": "t", "model": model, "response": section, **sections}, threads=1)


def test_spin_hall_insulator():
    """σˢ = σ↑ − σ↓ = −(C↑ − C↓) = −2 with C = s sign λ; all other components vanish, and so does what is odd in time."""
    section = {
        "chemical_potential": 0.0,
        "uncertainty": 1e-3,
        "quantities": ["intrinsic_spin_hall_conductivity"],
    }
    for spin_orbit in (0.06, -0.06):
        crystal = kane_mele(rashba=0.0, spin_orbit=spin_orbit)
        found = wavepacket.response(section, hamiltonian=crystal, threads=1)[
            "intrinsic_spin_hall_conductivity"
        ]
        expected = np.zeros((3, 3, 3))
        expected[2, 0, 1], expected[2, 1, 0] = -2 * np.sign(spin_orbit), 2 * np.sign(spin_orbit)
        assert found.unit == "(hbar/2e) e^2/h"
        error = np.abs(found.value[0, 0] - expected)
        assert error.max() <= 4e-3
        assert (error <= np.maximum(3 * found.uncertainty[0, 0], 1e-12)).all()


def test_layers_in_space():
    """Layers of the insulator at a distance c have −2/c e²/h in ħ/2e, which is −(e²/h)/c in ħ/e."""
    distance = 5.0
    layers = kane_mele(rashba=0.0, staggered=0.0, spin_orbit=0.2)
    lattice = np.array([*layers.lattice[:2], [0.0, 0.0, distance]])
    solid = replace(layers, lattice=lattice, periodic=(True,) * 3)
    section = {
        "chemical_potential": 0.0,
        "uncertainty": 0.02,
        "quantities": ["intrinsic_spin_hall_conductivity"],
    }
    found = wavepacket.response(section, hamiltonian=solid, threads=1)["intrinsic_spin_hall_conductivity"]
    assert found.unit == "(hbar/e) S/cm"
    assert found.value[0, 0, 2, 0, 1] == pytest.approx(-E2_OVER_H / (distance * 1e-8), rel=0.02)


def test_universal_spin_hall_conductivity_and_edelstein_effect():
    """Rashba electrons, both bands filled: e/8π, which is ½ (ħ/2e) e²/h, and M_y = gμ_B τeE_x mα/4πħ³.

    The spin of the lower band lags behind −b, b = α(k_y, −k_x), so that S_z = −qE sin φ/4αk² flows along y: σᶻ_yx = −½.
    """
    found = found_of(RASHBA, ["intrinsic_spin_hall_conductivity", "kinetic_magnetoelectric"])
    hall = found["intrinsic_spin_hall_conductivity"]
    assert hall.value[0, 0, 2, 1, 0] == pytest.approx(-0.5, abs=2e-3)
    assert hall.value[0, 0, 2, 0, 1] == pytest.approx(0.5, abs=2e-3)
    kinetic = found["kinetic_magnetoelectric"]
    expected = KINETIC / HBAR * 2 * BOHR_MAGNETON * MASS * ALPHA / (4 * np.pi * HBAR**2)
    assert kinetic.unit == "A m/(V s)"
    assert kinetic.value[0, 0, 0, 1] == pytest.approx(expected, rel=4e-3)
    assert kinetic.value[0, 0, 1, 0] == pytest.approx(-expected, rel=4e-3)
    assert kinetic.contributions["spin"].value == pytest.approx(kinetic.value)
    assert np.abs(kinetic.contributions["orbital"].value).max() == 0.0  # time reversal and C∞v


def test_pauli_paramagnetism():
    """M = g²μ_B² mB/4πħ² along B, of free electrons on a layer; a charge +e of the same spin goes the same way."""
    free = layer(*(((p, q), HBAR**2 / 2 / MASS * np.eye(2)) for p, q in ((2, 0), (0, 2))), cutoff=0.5)
    field, g = np.array([40.0, 0.0, 30.0]), 5.0
    expected = g**2 * BOHR_MAGNETON**2 * MASS * field / (4 * np.pi * HBAR**2) / BOHR_MAGNETON
    fields = {"magnetic": field.tolist(), "zeeman": {"g": g}}
    for charge in (-1, 1):
        found = found_of(free, ["spin_magnetization"], mu=0.2, fields=fields, charge=charge)
        magnetization = found["spin_magnetization"]
        assert magnetization.unit == "mu_B/angstrom^2"
        assert magnetization.value[0, 0] == pytest.approx(expected, rel=5e-3, abs=1e-12)


def test_a_field_opens_a_cone_of_spins():
    """ħv(k_xσ_y − k_yσ_x) + Δσ_z, Δ = gμ_B B/2: σ_xy = −½ (e²/h)(sign Δ − Δ/√(Δ² + (ħv)²k_c²)), k_c the cutoff."""
    velocity, g, field, cutoff = 3.0, 20.0, 50.0, 0.2
    cone = layer(((1, 0), velocity * SIGMA[1]), ((0, 1), -velocity * SIGMA[0]), cutoff=cutoff)
    for sign in (1, -1):
        fields = {"magnetic": [0.0, 0.0, sign * field], "zeeman": {"g": g}}
        found = found_of(cone, ["anomalous_hall_conductivity"], mu=0.0, fields=fields)
        delta = g * BOHR_MAGNETON * sign * field / 2
        expected = -0.5 * (sign - delta / np.hypot(delta, velocity * cutoff))
        assert found["anomalous_hall_conductivity"].value[0, 0, 0, 1] == pytest.approx(expected, rel=4e-3)


def test_packets_precess_about_the_field(tmp_path):
    """Free electrons: dS/dt = (gμ_B B/ħ) ẑ×S for B along z, by the right hand, beside their orbits."""
    free = layer(
        *(((p, q), HBAR**2 / 2 / ELECTRON_MASS * np.eye(2)) for p, q in ((2, 0), (0, 2))), cutoff=0.5
    )
    g, field, end = 1.2, 100.0, 100.0
    config = {
        "name": "larmor", "model": free, "bands": [0, 1],
        "internal": {"spin": "1/2", "start": "spin", "axis": [1, 0, 0], "values": [0.5]},
        "fields": {"magnetic": [0, 0, field], "zeeman": {"g": g}},
        "ensemble": {"kind": "packets", "wavevectors": [[0.02, 0.0]]}, "time": {"end": end, "saves": 11},
    }  # fmt: skip
    found = wavepacket.analyze(wavepacket.run(config, tmp_path / "run", threads=1))
    rate = g * BOHR_MAGNETON * field / HBAR
    assert found["spin_precession"].value == pytest.approx([0, 0, rate], abs=1e-9 * rate)
    assert found["spin"].value == pytest.approx([np.cos(rate * end) / 2, np.sin(rate * end) / 2, 0], abs=1e-9)


def test_spins_of_different_masses_carry_a_spin_current():
    """σ↑ − σ↓ = n↑e²τ(1/m₁ − 1/m₂) along x, with the masses of ↓ exchanged: the opposite along y. No spin Hall effect."""
    one, two = 0.2 * ELECTRON_MASS, 0.6 * ELECTRON_MASS
    masses = np.array([[one, two], [two, one]])  # of spin, along x and y
    terms = [((2, 0), np.diag(HBAR**2 / 2 / masses[:, 0])), ((0, 2), np.diag(HBAR**2 / 2 / masses[:, 1]))]
    found = found_of(
        layer(*terms, cutoff=0.5),
        ["spin_drude_conductivity", "intrinsic_spin_hall_conductivity"],
        mu=0.1,
        kelvin=0.0,
    )
    density = np.sqrt(one * two) * 0.1 / (2 * np.pi * HBAR**2)
    expected = 2 * np.pi * HBAR * density * (1 / one - 1 / two)
    drude = found["spin_drude_conductivity"]
    assert drude.unit == "(hbar/2e) e^2/(h fs)"
    assert np.diag(drude.value[0, 0, 2]) == pytest.approx([expected, -expected, 0.0], rel=4e-3)
    assert np.abs(found["intrinsic_spin_hall_conductivity"].value).max() == 0.0


def test_orbital_moment_of_a_current_in_a_tilted_dirac_cone():
    """K_xz = (t/ħ)(e²/ħ) Δ(μ² − Δ²)/4πμ³ to first order in the tilt t k_x: no spin is needed."""
    velocity, gap, tilt, mu = 3.0, 0.1, 0.06, 0.2
    terms = (
        ((1, 0), velocity * SIGMA[0] + tilt * np.eye(2)), ((0, 1), velocity * SIGMA[1]), ((0, 0), gap * SIGMA[2]),
    )  # fmt: skip
    cone = {key: value for key, value in layer(*terms, cutoff=0.3).items() if key != "spin"}
    found = found_of(cone, ["kinetic_magnetoelectric"], mu=mu)["kinetic_magnetoelectric"]
    expected = KINETIC / HBAR * E_OVER_HBAR * tilt * gap * (mu**2 - gap**2) / (4 * np.pi * mu**3)
    error = found.uncertainty[0, 0, 0, 2]
    assert found.value[0, 0, 0, 2] == pytest.approx(expected, abs=error)
    assert error < 0.06 * expected
    assert list(found.contributions) == ["orbital"]


def test_ferromagnet_of_a_lattice_against_a_plain_sum():
    """Every quantity of a crystal without time reversal at 600 K against sums over a fine mesh, written apart."""
    crystal = rashba_ferromagnet(mass=0.5, rashba=1.0, exchange=0.15, lattice_constant=4.0)
    names = [
        "intrinsic_spin_hall_conductivity",
        "spin_drude_conductivity",
        "spin_magnetization",
        "kinetic_magnetoelectric",
    ]
    section = {
        "chemical_potential": 0.4, "temperature": 600.0, "uncertainty": 1e-3, "points": 80_000, "quantities": names,
    }  # fmt: skip
    found = wavepacket.response({"response": section}, hamiltonian=crystal, threads=1)
    expected = plain_sums(crystal, 0.4, 8.617333262e-5 * 600.0, 160)
    for name in names:
        value, error = (np.asarray(part)[0, 0] for part in (found[name].value, found[name].uncertainty))
        size = np.abs(expected[name]).max()
        assert size > 0
        assert np.abs(value - expected[name]).max() <= 3 * error.max() + 1e-7 * size, name
        assert error.max() <= 3e-3 * size, name


def plain_sums(crystal, mu, kt, mesh):
    """Sums over a mesh with finite differences of energies and operators where there are formulas in the package."""
    u = (np.stack(np.meshgrid(*[np.arange(mesh)] * 2, indexing="ij"), axis=-1).reshape(-1, 2) + 0.37) / mesh
    k = u @ crystal.reciprocal[:2]
    area, step = crystal.cell_volume, 1e-5
    energy, state = np.linalg.eigh(crystal.hamiltonian(k))
    f = 1 / (1 + np.exp((energy - mu) / kt))
    surface = f * (1 - f) / kt
    v = np.zeros((len(k), 3, 2, 2), dtype=complex)
    for a in range(2):
        shift = step * np.eye(3)[a]
        slope = (crystal.hamiltonian(k + shift) - crystal.hamiltonian(k - shift)) / (2 * step)
        v[:, a] = np.conj(state).swapaxes(1, 2) @ slope @ state
    s = np.conj(state).swapaxes(1, 2)[:, None] @ (SIGMA / 2) @ state[:, None]
    current = 0.5 * (s[:, :, None] @ v[:, None] + v[:, None] @ s[:, :, None])
    gap = energy[:, 1] - energy[:, 0]
    pair = (
        -2
        * np.imag(current[..., 0, 1][..., None] * v[:, None, None, :, 1, 0])
        / (gap**2)[:, None, None, None]
    )
    hall = (pair * (f[:, 0] - f[:, 1])[:, None, None, None]).mean(axis=0) / area
    of_each, slopes = (np.diagonal(x, axis1=-2, axis2=-1).real for x in (current, v))
    drude = np.einsum("nsai,nbi,ni->sab", of_each, slopes, surface) / len(k) / area
    mean = np.diagonal(s, axis1=-2, axis2=-1).real
    # m_z of both bands from −(e/2ħ) Im Σ X/(ε_l − ε_n), in e = 1, ħ: eV/T by 1.519e-5/2.
    cross = v[:, 0, 0, 1] * v[:, 1, 1, 0] - v[:, 1, 0, 1] * v[:, 0, 1, 0]
    moment = 1.5192674478e-5 / 2 * np.real(-1j * cross) / gap
    kinetic = np.zeros((3, 3))
    kinetic += 2 * BOHR_MAGNETON * np.einsum("nai,nsi,ni->as", slopes, mean, surface)
    kinetic[:, 2] -= np.einsum("nai,n,ni->a", slopes, moment, surface)
    return {
        "intrinsic_spin_hall_conductivity": -2 * 2 * np.pi * hall,
        "spin_drude_conductivity": 2 * 2 * np.pi / HBAR * drude,
        "spin_magnetization": -2.0 * np.einsum("nsi,ni->s", mean, f) / len(k),
        "kinetic_magnetoelectric": KINETIC / HBAR / area / len(k) * kinetic,
    }


@pytest.mark.full
def test_packets_of_single_bands_are_polarised_by_the_field(tmp_path):
    """dM_b/dt = K_ab E_a of packets that start in equilibrium: the spin of bands as groups of one, against the response.

    What is left is of second order in eEt/ħ over the width of a band: (3·10⁻⁴)².
    """
    field, end, change = 1e-4, 2.0, np.zeros(3)
    model = {
        "name": "rashba_ferromagnet",
        "mass": 0.5,
        "rashba": 1.0,
        "exchange": 0.15,
        "lattice_constant": 4.0,
    }
    for band in (0, 1):
        config = {
            "name": "e", "model": model, "bands": [band], "internal": {"spin": "1/2"},
            "fields": {"electric": [field, 0, 0]}, "time": {"end": end, "saves": 2},
            "ensemble": {
                "kind": "fermi_dirac", "grid": [24, 24], "chemical_potential": 0.4, "temperature": 1500.0,
                "field_reversal": False,
            },
        }  # fmt: skip
        run = wavepacket.run(config, tmp_path / str(band), threads=1)
        mean = wavepacket.analyze(run)["spin"].series.value
        change += (mean[-1] - mean[0]) * run.trajectories(("weight",))["weight"].sum()
    found = found_of(model, ["kinetic_magnetoelectric"], mu=0.4, kelvin=1500.0)["kinetic_magnetoelectric"]
    packets = -2 * BOHR_MAGNETON * change / (field * end) * KINETIC
    assert packets == pytest.approx(
        found.contributions["spin"].value[0, 0, 0], abs=1e-4 * np.abs(packets).max()
    )


def test_altermagnet_splits_spins():
    """σᶻ_xy/τ is even under no time reversal, and symmetric in a and b; M vanishes by C₄ with time reversal."""
    section = {"chemical_potential": -0.9, "temperature": 300.0, "uncertainty": 5e-3, "points": 30_000,
               "quantities": ["spin_drude_conductivity", "spin_magnetization"]}  # fmt: skip
    found = wavepacket.response(section, hamiltonian=altermagnet(), threads=1)
    drude = found["spin_drude_conductivity"].value[0, 0, 2]
    assert drude[0, 1] == pytest.approx(drude[1, 0], rel=1e-9)
    assert abs(drude[0, 1]) > 0.1 * abs(found["spin_drude_conductivity"].uncertainty).max()
    assert np.abs(drude[[0, 1], [0, 1]]).max() == 0.0
    assert np.abs(found["spin_magnetization"].value).max() == 0.0


def test_position_elements_enter_the_velocity_and_the_curvature():
    """Of a conserved spin Ωˢ = s Ω, state by state, with Ω as kernels have it from elements of r; two crystals in one."""
    up, down = (random_crystal(seed, size=2) for seed in (3, 4))
    both = combine_spins(up, replace(down, lattice=up.lattice, positions=up.positions))
    k = np.random.default_rng(5).uniform(-0.5, 0.5, (30, 3)) @ both.reciprocal
    found = SpinBands(both, columns=SpinColumns(3, hall=True, density=True)).states(k)
    plain = Bands(both).states(k)
    columns = SpinColumns(3, hall=True, density=True).slices
    spin = found.spin[:, :, 0, columns["spin"]]
    assert np.abs(spin[..., 2]) == pytest.approx(0.5)
    hall = found.spin[:, :, 0, columns["spin_curvature"]].reshape(30, 4, 3, 3, 3)
    expected = spin[..., 2, None, None] * np.einsum("abc,nic->niab", LEVI_CIVITA, plain.curvature)
    size = np.abs(expected).max()
    assert np.abs(hall[:, :, 2] - expected).max() < 1e-9 * size
    without = SpinBands(both, False, columns=SpinColumns(3, hall=True)).states(k).spin[:, :, 0]
    assert np.abs(without.reshape(hall.shape) - hall).max() > 1e-2 * size


def test_crystals_without_spin_are_refused():
    with pytest.raises(
        wavepacket.errors.ConfigError, match=r"response\.quantities: spin_magnetization: the spin of haldane"
    ):
        found_of({"name": "haldane"}, ["spin_magnetization"])
