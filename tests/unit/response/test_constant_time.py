"""Conductivities of a constant relaxation time, and the dipole of the sea, against closed forms and plain sums over k."""

import itertools

import numpy as np
import pytest

import wavepacket
from tests.reference.random_crystal import random_crystal
from wavepacket.hamiltonians import KPHamiltonian, LatticeHamiltonian
from wavepacket.response.slopes import slopes_at
from wavepacket.response.states import states_at
from wavepacket.units import BOLTZMANN, E_OVER_HBAR, HBAR

OF_CARRIERS = ["drude_weight", "ordinary_hall_conductivity", "nonlinear_drude_conductivity"]
AMPERE = 1.602176634e-4  # e/fs
SIEMENS_PER_CM = AMPERE * 1e8  # of e/(V fs Å)


def responded(crystal, *, temperature, mu, quantities=OF_CARRIERS, charge=-1, uncertainty=1e-3):
    keys = {"chemical_potential": [mu], "temperature": [temperature], "quantities": quantities}
    return wavepacket.response(
        {
            "name": "carriers",
            "charge": charge,
            "response": {**keys, "uncertainty": uncertainty, "points": 200_000},
        },
        hamiltonian=crystal,
    )


@pytest.mark.parametrize(("dimension", "charge"), [(3, -1.0), (2, -1.0), (2, 0.5)])
def test_free_carriers(dimension, charge):
    """D = nq²/m and σ_ab = −ω_c τ ε_abz σ with ω_c = −qB/m, at any temperature."""
    inverse_mass, mu, kt = 7.0, 0.2, 0.06  # ħ²/m in eV Å²
    squares = [tuple(2 * int(i == axis) for i in range(3)) for axis in range(dimension)]
    crystal = KPHamiltonian.from_terms(
        [(powers, [[inverse_mass / 2]]) for powers in squares], dimension=dimension, cutoff=0.6
    )
    found = responded(crystal, temperature=kt / BOLTZMANN, mu=mu, charge=charge, uncertainty=2e-3)
    k = np.linspace(0, 0.6, 20_001)
    occupied = 1 / (np.exp((inverse_mass * k**2 / 2 - mu) / kt) + 1)
    density = np.trapezoid(occupied * k ** (dimension - 1), k) / (
        2 * np.pi**2 if dimension == 3 else 2 * np.pi
    )
    drude = charge**2 * density * inverse_mass / HBAR**2
    drude *= 2 * np.pi * HBAR if dimension == 2 else SIEMENS_PER_CM
    weight = found["drude_weight"]
    for axis in range(dimension):
        assert np.asarray(weight.value)[0, 0, axis, axis] == pytest.approx(drude, rel=4e-3)
    turned = charge * E_OVER_HBAR * inverse_mass / HBAR * drude  # q/m τ² D
    hall = np.asarray(found["ordinary_hall_conductivity"].value)[0, 0]
    expected = np.zeros((3, 3, 3))
    for a, b, c in itertools.permutations(range(3)):
        if dimension == 3 or c == 2:
            expected[a, b, c] = turned * np.linalg.det(np.eye(3)[[a, b, c]])
    np.testing.assert_allclose(hall, expected, atol=4e-3 * abs(turned))
    assert not np.any(np.asarray(found["nonlinear_drude_conductivity"].value))


@pytest.fixture(scope="module")
def plain():
    """Sums over a plain mesh of a crystal without symmetry, with derivatives as differences of energies alone."""
    rng = np.random.default_rng(5)
    hops = {
        cell: 0.2 * (rng.normal(size=(2, 2)) + 1j * rng.normal(size=(2, 2)))
        for cell in ((1, 0), (0, 1), (1, 1))
    }
    hops[0, 0] = np.array([[1.2, 0.5], [0.5, -1.2]])
    crystal = LatticeHamiltonian.from_hoppings(
        [[2.5, 0.2], [0.4, 3.0]], hops, positions=[[0.1, 0.0], [0.4, 0.3]]
    )
    kt, mu, mesh, step = 0.3, 0.9, 32, 1e-4
    u = np.stack(np.meshgrid(*[np.arange(mesh) / mesh] * 2, indexing="ij"), axis=-1).reshape(-1, 2)
    k = u @ crystal.reciprocal[:2]

    def energies(*moves):
        return np.linalg.eigvalsh(crystal.hamiltonian(k + step * np.sum(moves, axis=0, initial=0.0)))

    e, axes = energies(np.zeros(3)), np.eye(3)[:2]
    v = np.array([(energies(a) - energies(-a)) / (2 * step) for a in axes])
    mass = np.array(
        [
            [
                (energies(a, b) - energies(a, -b) - energies(-a, b) + energies(-a, -b)) / (4 * step**2)
                for b in axes
            ]
            for a in axes
        ]
    )
    f = 1 / (np.exp((e - mu) / kt) + 1)
    weight = f * (1 - f) / kt / len(k) / crystal.cell_volume
    drude = np.einsum("ns,ans,bns->ab", weight, v, v) / HBAR**2 * 2 * np.pi * HBAR
    # v_x (v×∂)_z v_y less the same with x and y exchanged, over 2.
    around = v[0] * mass[1] - v[1] * mass[0]
    hall = (weight * (v[0] * around[1] - v[1] * around[0])).sum() / 2
    cubic = np.einsum("ns,ans,bcns->abc", weight, v, mass)
    cubic = (cubic + cubic.transpose(1, 0, 2) + cubic.transpose(2, 1, 0)) / 3
    return {
        "crystal": crystal,
        "found": responded(
            crystal, temperature=kt / BOLTZMANN, mu=mu, uncertainty=1e-4,
            quantities=[*OF_CARRIERS, "berry_curvature_dipole", "berry_curvature_dipole_sea"],
        ),
        "drude_weight": drude,
        "ordinary_hall_conductivity": -E_OVER_HBAR * hall / HBAR**2 * 2 * np.pi,
        "nonlinear_drude_conductivity": -cubic / HBAR**3 * AMPERE * 1e30 * 1e-10,
    }  # fmt: skip


@pytest.mark.parametrize("name", OF_CARRIERS)
def test_a_crystal_without_symmetry(plain, name):
    value = np.asarray(plain["found"][name].value)[0, 0]
    if name == "ordinary_hall_conductivity":
        np.testing.assert_allclose(value[0, 1, 2], plain[name], rtol=1e-4)
        np.testing.assert_allclose(value[1, 0, 2], -plain[name], rtol=1e-4)
        return
    cut = value[(slice(2),) * value.ndim]
    np.testing.assert_allclose(cut, plain[name], atol=1e-4 * np.abs(plain[name]).max())


def test_the_sea_has_the_dipole_of_its_surface(plain):
    surface, sea = (plain["found"][name] for name in ("berry_curvature_dipole", "berry_curvature_dipole_sea"))
    error = np.asarray(surface.uncertainty) + np.asarray(sea.uncertainty)
    assert np.abs(surface.value).max() > 10 * error.max()
    assert np.all(np.abs(np.asarray(surface.value) - sea.value) <= error + 1e-9)


@pytest.mark.parametrize("elements", [False, True])
def test_slopes_are_differences(elements):
    crystal = random_crystal(3, size=4, dimension=3, with_positions=elements)
    k, step = np.random.default_rng(1).uniform(-1, 1, (4, 3)), 1e-5
    found = slopes_at(crystal, k, tolerance=1e-6, curvature=True)
    for axis in range(3):
        more, less = (states_at(crystal, k + sign * step * np.eye(3)[axis]) for sign in (1, -1))
        for ours, name in ((found.mass, "slope"), (found.curvature, "curvature")):
            difference = (getattr(more, name) - getattr(less, name)) / (2 * step)
            np.testing.assert_allclose(ours[:, :, axis], difference, atol=1e-6 * np.abs(difference).max())


@pytest.mark.parametrize(("gap", "doubtful"), [("1e-4 eV", True), ("2 eV", False)])
def test_a_band_alone_is_warned_of_where_it_all_but_touches_another(gap, doubtful):
    keys = {"chemical_potential": [4.0], "temperature": [300], "by_band": True, "points": 4000, "mesh": 8}
    model = {"name": "haldane", "t2": 0.0, "staggered": gap}
    wanted = {"quantities": ["anomalous_hall_conductivity"], "method": "uniform"}
    found = wavepacket.response({"name": "alone", "model": model, "response": keys | wanted})
    assert any("means little here" in sentence for sentence in found.warnings) == doubtful
    assert np.asarray(found["anomalous_hall_conductivity"].uncertainty).max() < 1e-6  # of both bands together
