"""Groups of bands that f(μ, T) fills: single bands, both spins of an insulator, packets, and bands that coincide."""

from types import SimpleNamespace

import numpy as np
import pytest

import wavepacket
from tests.reference.kubo import band_quantities
from wavepacket.bands import band_group
from wavepacket.cli.response_table import numbers
from wavepacket.config import config_from_mapping
from wavepacket.hamiltonians import kagome, kane_mele
from wavepacket.hamiltonians.library.spin import spin_operators
from wavepacket.observables import Observable, package_observables
from wavepacket.response.group import filled_group
from wavepacket.response.occupied_group import occupied_group
from wavepacket.units import BOHR_MAGNETON, BOLTZMANN, E_OVER_HBAR

MU, KELVIN = np.array([-0.5, 0.2]), np.array([1500.0, 4000.0])


def occupied(crystal, bands, mu, kelvin, *, spin=None, uncertainty=1e-8):
    spin = None if spin is None else spin_operators(spin, crystal.size)[2]
    group = band_group(crystal, bands)
    found = occupied_group(group, spin, mu, kelvin, charge=-1.0, uncertainty=uncertainty, points=40_000)
    return package_observables("response", found)


def mesh(crystal, n):
    """Wavevectors in the middle of the cells of a grid."""
    i, j = np.meshgrid(*[(np.arange(n) + 0.5) / n] * 2, indexing="ij")
    return i.reshape(-1, 1) * crystal.reciprocal[0] + j.reshape(-1, 1) * crystal.reciprocal[1]


def test_split_bands_add_up():
    """Two of three bands, each by sums over all states, at every μ and T."""
    crystal = kagome(flux=1.0)
    found = occupied(crystal, (0, 1), MU, KELVIN)
    k = mesh(crystal, 96)
    bands, area = band_quantities(crystal, k), crystal.cell_volume
    for i, j in np.ndindex(2, 2):
        heat = BOLTZMANN * KELVIN[j]
        x = (MU[i] - bands.energy[:, :2]) / heat
        f, g = 1 / (1 + np.exp(-x)), heat * np.log1p(np.exp(x))
        omega, m = bands.berry_curvature[:, :2, 2], bands.orbital_moment[:, :2, 2]
        hall = -2 * np.pi * np.mean((f * omega).sum(axis=1)) / area
        magnet = np.mean((m * f + E_OVER_HBAR * omega * g).sum(axis=1)) / BOHR_MAGNETON
        assert found["occupied_group_hall_conductivity"].value[i, j, 0, 1] == pytest.approx(hall, abs=1e-6)
        value = found["occupied_group_orbital_magnetization"].value[i, j, 2]
        assert value == pytest.approx(magnet, abs=1e-6 * abs(magnet))
        assert abs(hall) > 0.01
        assert abs(magnet) > 0.01


def test_spins_that_coincide():
    """Without Rashba's coupling each spin is a two-band insulator: σˢ = σ↑ − σ↓ with Ω of one spin; charge does not flow."""
    crystal = kane_mele(rashba=0.0, staggered=0.0)
    found = occupied(crystal, (0, 1), MU - 1.0, KELVIN, spin="1/2")
    k = mesh(crystal, 128)
    h, slope = crystal.hamiltonian(k)[:, :2, :2], crystal.hamiltonian_gradient(k)[:, :, :2, :2]
    energy, states = np.linalg.eigh(h)
    x, y = (np.einsum("ni,nij,nj->n", states[:, :, 0].conj(), slope[:, a], states[:, :, 1]) for a in (0, 1))
    omega = -2 * (x * y.conj()).imag / (energy[:, 1] - energy[:, 0]) ** 2
    for i, j in np.ndindex(2, 2):
        f = 1 / (1 + np.exp((energy[:, 0] - MU[i] + 1.0) / (BOLTZMANN * KELVIN[j])))
        exact = 2 * -2 * np.pi * np.mean(f * omega) / crystal.cell_volume
        value = found["occupied_group_spin_hall_conductivity"].value[i, j, 0, 1]
        assert value == pytest.approx(exact, abs=1e-6)
        assert -1.99 < exact < -0.05
    assert found["occupied_group_hall_conductivity"].value == pytest.approx(0, abs=1e-7)


def test_cold_and_in_the_gap_it_is_the_filled_group():
    crystal, mu, kelvin = (
        kane_mele(rashba=0.05, staggered=0.1),
        np.array([-0.02, 0.02]),
        np.array([0.0, 20.0]),
    )
    found = occupied(crystal, (0, 1), mu, kelvin, spin="1/2", uncertainty=1e-3)
    config = config_from_mapping(
        {
            "name": "t", "model": {"name": "kane_mele", "rashba": 0.05, "staggered": 0.1}, "bands": [0, 1],
            "internal": {"spin": "1/2"},
        }
    )  # fmt: skip
    filled = package_observables(
        "response", filled_group(config, crystal, mu, uncertainty=1e-3, points=40_000)
    )
    for name in ("hall_conductivity", "spin_hall_conductivity"):
        whole, error = filled[f"group_{name}"].value, filled[f"group_{name}"].uncertainty.max()
        for value in found[f"occupied_group_{name}"].value.reshape(-1, 3, 3):
            assert value == pytest.approx(whole, abs=2 * error + 1e-9)
    assert filled["group_spin_hall_conductivity"].value[0, 1] < -1


def test_packets_at_a_temperature(tmp_path):
    """Spin Hall conductivity of thermal packets in both spins, as their velocities odd in E tell it."""
    crystal = kane_mele(rashba=0.0, staggered=0.0)
    mu, kelvin = np.array([-1.0]), np.array([3000.0])
    found = occupied(crystal, (0, 1), mu, kelvin, spin="1/2")["occupied_group_spin_hall_conductivity"]
    config = {
        "name": "t", "model": {"name": "kane_mele", "rashba": 0, "staggered": 0}, "bands": [0, 1],
        "internal": {"spin": "1/2", "start": "spin"}, "fields": {"electric": [1e-4, 0, 0]},
        "ensemble": {"kind": "fermi_dirac", "grid": [24, 24], "chemical_potential": -1.0, "temperature": "3000 K"},
        "time": {"end": 1.0, "saves": 2},
    }  # fmt: skip
    one = wavepacket.analyze(wavepacket.run(config, tmp_path / "run"))["spin_hall_conductivity"]
    assert one.uncertainty < 0.1
    assert one.value == pytest.approx(found.value[0, 0, 0, 1], abs=one.uncertainty)


def test_no_value_at_zero_temperature_inside_a_band():
    crystal = kagome(flux=1.0)
    inside = np.linalg.eigvalsh(crystal.hamiltonian(np.array([[0.1, 0.2, 0.0]])))[0, 0]
    found = occupied(crystal, (0, 1), np.array([inside]), np.array([0.0, 2000.0]), uncertainty=0.1)
    hall = found["occupied_group_hall_conductivity"]
    assert np.isnan(hall.value[0, 0, 0, 1])
    assert np.isfinite(hall.value[:, 1]).all()
    assert "not defined at 0 K" in hall.convention


def test_rows_of_three_temperatures_and_three_axes():
    """What is by μ and axis alone is of 0 K, however many temperatures there are."""
    result = SimpleNamespace(
        chemical_potential=np.array([0.1, 0.2]), temperature=np.array([0.0, 10.0, 20.0]), convergence={}
    )
    value = np.arange(6.0).reshape(2, 3)
    rows = list(numbers(result, Observable("pair_magnetization", value, convention="[mu, axis]; how")))
    assert [row[1:5] for row in rows] == [
        [str(axis), mu, 0.0, value[i, axis]] for i, mu in enumerate((0.1, 0.2)) for axis in range(3)
    ]
    rows = list(numbers(result, Observable("density", value, convention="[mu, T]; how")))
    assert [row[2:4] for row in rows] == [[mu, kelvin] for mu in (0.1, 0.2) for kelvin in (0.0, 10.0, 20.0)]
