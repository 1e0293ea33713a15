"""Trajectories against an independent integration of the implicit equations, with every term at work."""

import numpy as np
import pytest

from tests.cases import lattice_section, problem, run
from tests.physics.numpy_flow import trajectories
from tests.reference.random_crystal import random_crystal
from wavepacket.hamiltonians import gapped_graphene, haldane, massive_dirac, weyl_lattice

pytestmark = pytest.mark.physics

TILTED = np.array([12.0, -20.0, 30.0])  # T
E0, E1 = np.array([1e-3, -5e-4, 8e-4]), np.array([-4e-4, 1e-3, 6e-4])  # V/Å
FIELDS = [
    {"kind": "uniform", "amplitude": E0.tolist()},
    {"kind": "sinusoid", "amplitude": E1.tolist(), "frequency": 0.07, "phase": 0.4},
]


def electric(t):
    return E0 + E1 * np.cos(0.07 * t + 0.4)


def compare(
    model,
    crystal,
    k,
    *,
    band,
    charge,
    magnetic=TILTED,
    end=150.0,
    in_plane=False,
    source="auto",
    step=1e-3,
    axes=3,
):
    """The reference has rtol = atol = 1e-11; its ∂m is exact to 1e-9 of itself, which moves r by less than 1e-7 Å here."""
    flat = np.array([1, 1, 0]) if in_plane else np.ones(3)
    terms = [FIELDS[0] | {"amplitude": (E0 * flat).tolist()}, FIELDS[1] | {"amplitude": (E1 * flat).tolist()}]
    made = problem(
        model, wavevectors=k, band={"index": band, "source": source}, fields={"electric": terms, "magnetic": magnetic},
        charge=charge, end=end, saves=7, tolerance=1e-12,
    )  # fmt: skip
    block = run(made)
    assert not block.status.any()
    wavevector, position = trajectories(
        crystal, band, k, made.times, lambda t: electric(t) * flat, np.asarray(magnetic), charge, step=step
    )
    np.testing.assert_allclose(block.wavevector[..., :axes], wavevector[..., :axes], rtol=0, atol=1e-9)
    np.testing.assert_allclose(
        block.position, position, rtol=0, atol=1e-7 * max(1.0, np.abs(position).max() / 100)
    )
    return block


@pytest.mark.parametrize(("band", "charge"), [pytest.param(0, -1.0, marks=pytest.mark.full), (1, 1.0)])
def test_weyl_lattice_in_tilted_fields(band, charge):
    crystal = weyl_lattice()
    node = np.array(crystal.valleys["W+"]) @ crystal.reciprocal
    rng = np.random.default_rng(10 * band + int(charge) + 1)
    near = node + 0.12 * rng.choice([-1, 1], (3, 3)) + rng.uniform(-0.03, 0.03, (3, 3))
    k = np.concatenate([rng.uniform(-0.7, 0.7, (3, 3)), near])
    block = compare({"name": "weyl_lattice"}, crystal, k, band=band, charge=charge)
    factors = (
        block.diagnostics["minimum_density_of_states_factor"],
        block.diagnostics["maximum_density_of_states_factor"],
    )
    assert factors[1].max() - factors[0].min() > 0.005  # D is far from one for the test to see it


def test_three_bands_by_diagonalisation():
    crystal = random_crystal(2, size=3, with_positions=False)
    k = np.random.default_rng(5).uniform(-0.5, 0.5, (3, 3))
    compare(lattice_section(crystal), crystal, k, band=1, charge=-1.0, end=40.0)


@pytest.mark.parametrize(
    ("source", "charge"), [("two_band", -1.0), pytest.param("direct", 1.0, marks=pytest.mark.full)]
)
def test_planar_crystal_in_the_plane(source, charge):
    """Fields that keep the motion in the plane: the solver may take a short cut, the reference does not."""
    crystal, model = (
        haldane(t2=0.2, phi=0.9, staggered=0.4),
        {"name": "haldane", "t2": 0.2, "phi": 0.9, "staggered": 0.4},
    )
    k = np.random.default_rng(8).uniform(-1, 1, (4, 3)) * [1, 1, 0]
    block = compare(
        model, crystal, k, band=1, charge=charge, magnetic=[0, 0, 40.0], in_plane=True, source=source
    )
    assert not block.position[..., 2].any()


@pytest.mark.parametrize("source", [pytest.param("two_band", marks=pytest.mark.full), "direct"])
def test_planar_crystal_in_tilted_fields(source):
    """B and E with all components on a plane, which has no k_z: B in the plane turns nothing that the band feels."""
    crystal, model = gapped_graphene(gap=1.0), {"name": "gapped_graphene", "gap": 1.0}
    k = np.random.default_rng(9).uniform(-1, 1, (3, 3)) * [1, 1, 0]
    compare(model, crystal, k, band=1, charge=-1.0, source=source, end=60.0, axes=2)


def test_massive_dirac_cone():
    crystal = massive_dirac(mass=0.2, cutoff=None)
    terms = [
        {"powers": p.tolist(), "matrix": [[[x.real, x.imag] for x in row] for row in m.tolist()]}
        for p, m in zip(crystal.powers, crystal.matrices, strict=True)
    ]
    model = {"kp": terms, "dimension": 2, "length_scale": 10.0}
    k = np.array([[0.02, 0.01, 0], [-0.03, 0.02, 0]])
    compare(model, crystal, k, band=1, charge=-1.0, magnetic=[0, 0, 15.0], in_plane=True, end=60.0, step=2e-4)
