"""The anomalous Hall effect of a run of several bands is that of all occupied states, whichever bands carry packets."""

import numpy as np
import pytest
from scipy.linalg import block_diag

import wavepacket
from tests.reference.kubo import band_quantities
from wavepacket.config import config_from_mapping
from wavepacket.hamiltonians import LatticeHamiltonian, as_model, qi_wu_zhang
from wavepacket.simulation import build_problem
from wavepacket.units import BOLTZMANN

pytestmark = pytest.mark.physics

HEAT = 1000.0  # K


@pytest.fixture(scope="module")
def crystal():
    """Two Chern insulators whose bands overlap, with a coupling: four bands apart by more than k_BT/2 everywhere."""
    one = qi_wu_zhang()
    between = 0.4 * np.array([[1, 0.5j], [0.3, 1]])
    local = np.block([[np.zeros((2, 2)), between], [between.conj().T, 2 * np.eye(2)]])
    cells = {
        tuple(cell): block_diag(hop, 0.7 * hop) + local * (not any(cell))
        for cell, hop in zip(one.cells.tolist(), one.hoppings, strict=True)
    }
    return LatticeHamiltonian.from_hoppings(one.lattice[:2, :2], cells, name="four_bands")


def config(level, **ensemble):
    return {
        "name": "metal",
        "bands": "auto",
        "scattering": {"relaxation_time": 10},
        "output": {"trajectories": 0},
        "ensemble": {"kind": "fermi_surface", "chemical_potential": level, "temperature": HEAT, **ensemble},
    }


def exact(crystal, levels, points):
    """σ_xy in e²/h on a uniform mesh, which converges exponentially at this temperature."""
    mesh = np.stack(np.meshgrid(*[np.arange(points) / points] * 2, indexing="ij"), axis=-1).reshape(-1, 2)
    bands = band_quantities(crystal, mesh @ crystal.reciprocal[:2])
    x = (bands.energy - np.reshape(levels, (-1, 1, 1))) / (BOLTZMANN * HEAT)
    occupied = 1 / (1 + np.exp(np.clip(x, -300, 300)))
    curvature = (occupied * bands.berry_curvature[..., 2]).sum(axis=2).mean(axis=1)
    return -2 * np.pi * curvature / crystal.cell_volume


@pytest.mark.parametrize(("level", "carried"), [(-2.0, (0,)), (1.2, (1, 2, 3)), (2.9, (2, 3))])
def test_anomalous_part_is_that_of_all_occupied_states(crystal, level, carried):
    """At 1.2 eV the full band without packets adds a whole e²/h."""
    given = config_from_mapping({**config(level, grid=[64, 64]), "model": as_model(crystal)})
    problem = build_problem(given)
    assert problem.config.bands == carried
    found = -2 * np.pi * problem.sea[..., 2].sum()
    value, coarser = exact(crystal, [level], 90)[0], exact(crystal, [level], 60)[0]
    assert found == pytest.approx(value, abs=1e-7 + 10 * abs(value - coarser))


@pytest.mark.full
def test_anomalous_part_is_that_of_response(crystal, tmp_path):
    levels = np.linspace(-2.5, 4.0, 20).tolist()
    request = {"chemical_potential": levels, "temperature": [HEAT]}
    whole = wavepacket.response({"name": "metal", "response": request}, hamiltonian=crystal)
    known = whole.observables["anomalous_hall_conductivity"]
    pulls = []
    for i, (level, right) in enumerate(zip(levels, np.array(known.value)[:, 0, 0, 1], strict=True)):
        given = {**config(level, number=4000, replicas=32), "seed": i + 1}
        made = wavepacket.run(given, tmp_path / str(i), hamiltonian=crystal, announce=False)
        part = wavepacket.analyze(made)["conductivity"].contributions["anomalous"]
        value, error = np.array(part.value)[0, 1], np.array(part.uncertainty)[0, 1]
        assert error < 0.05
        pulls.append((value - right) / error)
    assert np.abs(pulls).max() < 4
    assert 0.5 < np.mean(np.square(pulls)) < 1.6
