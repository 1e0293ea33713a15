"""What is watched along every path: extremes of D, the smallest gap, interband mixing, energy drift, steps."""

import numpy as np
import pytest

from tests.cases import problem, run
from tests.physics.numpy_flow import density_factor
from tests.reference.kubo import band_quantities
from wavepacket.hamiltonians import haldane, weyl_lattice
from wavepacket.units import HBAR

WEYL = {"name": "weyl_lattice"}
MAGNETIC = np.array([40.0, -30.0, 60.0])


@pytest.fixture(scope="module")
def watched():
    """Paths near a node, saved far more often than stepped."""
    node = np.array(weyl_lattice().valleys["W-"]) @ weyl_lattice().reciprocal
    k = node + np.random.default_rng(2).uniform(0.05, 0.15, (5, 3))
    made = problem(
        WEYL, wavevectors=k, electric=[6e-4, -4e-4, 3e-4], magnetic=MAGNETIC, end=150.0, saves=1501
    )
    return made, run(made)


def test_extremes_of_the_density_of_states_factor(watched):
    """Seen at the ends of steps: inside the extremes of the dense path, and next to them."""
    _, block = watched
    factor = np.array([density_factor(weyl_lattice(), 0, path, MAGNETIC, -1.0) for path in block.wavevector])
    low, high = (block.diagnostics[f"{side}_density_of_states_factor"] for side in ("minimum", "maximum"))
    width = factor.max(axis=1) - factor.min(axis=1)
    assert width.min() > 0.01
    assert np.all(low >= factor.min(axis=1) - 0.02 * width)
    assert np.all(low <= factor.min(axis=1) + 0.2 * width)
    assert np.all(high <= factor.max(axis=1) + 0.02 * width)
    assert np.all(high >= factor.max(axis=1) - 0.2 * width)


def test_smallest_gap(watched):
    made, block = watched
    gap = np.array([made.band.geometry(path).gap for path in block.wavevector])
    found = block.diagnostics["minimum_gap"]
    assert np.all(found >= gap.min(axis=1) * 0.98)
    assert np.all(found <= gap.min(axis=1) * 1.2)


def mixing_of_haldane(path, electric):
    """|qE·A_mn|/gap at each point (n, 3), from matrix elements; with B = 0, ħk̇ = qE."""
    crystal = haldane(staggered=0.4)
    energy, states = np.linalg.eigh(crystal.hamiltonian(path))
    slope = np.einsum("naij,a->nij", crystal.hamiltonian_gradient(path), electric)
    element = np.einsum("ni,nij,nj->n", states[:, :, 1].conj(), slope, states[:, :, 0])
    return np.abs(element / (energy[:, 1] - energy[:, 0]) ** 2)


def test_interband_mixing_is_the_largest_amplitude():
    """At the ends of steps, which are all saved here."""
    electric = np.array([2e-3, 1e-3, 0.0])
    made = problem(
        {"name": "haldane", "staggered": 0.4},
        wavevectors=[[0.9, 0.4, 0], [1.6, 0.1, 0]],
        electric=electric,
        end=80.0,
        saves=33,
        integrator={"method": "rk4", "step": 2.5},
    )
    block = run(made)
    for path, found in zip(block.wavevector, block.diagnostics["interband_mixing"], strict=True):
        assert found == pytest.approx(mixing_of_haldane(path, electric).max(), rel=1e-9)


def test_interband_mixing_does_not_wait_for_saves():
    """A packet that passes a narrow gap between its first and last save."""
    start, electric, end = np.array([2.2, 0.6, 0.0]), np.array([2e-3, 1e-3, 0.0]), 400.0
    made = problem(
        {"name": "haldane", "staggered": 0.4}, wavevectors=[start], electric=electric, end=end, saves=2
    )
    (found,) = run(made).diagnostics["interband_mixing"]
    along = mixing_of_haldane(start - np.linspace(0, end, 2001)[:, None] * electric / HBAR, electric)
    assert along.max() > 6 * max(along[0], along[-1])
    assert 0.9 * along.max() < found < along.max() * (1 + 1e-6)


def test_mixing_counts_the_lorentz_force():
    """With B the force is ħk̇, whatever part of it is magnetic."""
    crystal = haldane(staggered=0.4)
    made = problem(
        {"name": "haldane", "staggered": 0.4},
        wavevectors=[[0.9, 0.4, 0]],
        magnetic=[0, 0, 50.0],
        end=1.0,
        saves=2,
    )
    block = run(made)
    start, velocity = block.wavevector[0, 0], band_quantities(crystal, block.wavevector[0, :1]).velocity[0, 0]
    force = HBAR * (block.wavevector[0, 1] - start)  # over one fs
    tensor = made.band.geometry(start).mixing[0]
    assert np.linalg.norm(force) == pytest.approx(50e-5 * np.linalg.norm(velocity), rel=0.02)
    assert block.diagnostics["interband_mixing"][0] == pytest.approx(
        np.sqrt(force @ tensor @ force), rel=0.02
    )


def test_energy_drift_follows_the_tolerance():
    """The drift that is reported is the error of the integration, and nothing else."""
    drifts = []
    for tolerance in (1e-6, 1e-9, 1e-12):
        made = problem(
            WEYL,
            wavevectors=[[0.3, 0.2, 0.1]],
            electric=[5e-4, 0, 0],
            magnetic=MAGNETIC,
            end=500.0,
            tolerance=tolerance,
        )
        drifts.append(run(made).diagnostics["energy_drift"][0])
    assert drifts[0] > 100 * drifts[1] > 1e4 * drifts[2]
    assert drifts[2] < 1e-10


def test_steps_are_counted():
    fixed = run(
        problem(
            WEYL, wavevectors=[[0.3, 0.2, 0.1]], end=10.0, saves=6, integrator={"method": "rk4", "step": 0.5}
        )
    )
    assert fixed.diagnostics["steps"].tolist() == [20]
    assert fixed.diagnostics["steps"].dtype == np.int64
