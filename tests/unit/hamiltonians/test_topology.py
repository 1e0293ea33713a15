"""Chern numbers and monopole charges by plaquettes, with signs: C = (1/2π)∫Ω d²k."""

import numpy as np
import pytest

from tests.reference.kubo import band_quantities, zone_grid
from tests.reference.plaquette import box_charge, chern_number
from wavepacket.hamiltonians import LatticeHamiltonian, haldane, qi_wu_zhang, weyl_lattice, weyl_node


def integer(value):
    assert value == pytest.approx(round(value), abs=1e-9)
    return round(value)


@pytest.mark.parametrize("phi", [-2.5, -1.0, 0.3, np.pi / 2, 2.9])
@pytest.mark.parametrize("side", [-1, 1])
def test_haldane_boundary(phi, side):
    """C changes between 0 and sign(sin φ) at |Δ| = 3√3|t₂ sin φ|."""
    boundary = 3 * np.sqrt(3) * abs(0.2 * np.sin(phi))
    inside = haldane(t2=0.2, phi=phi, staggered=side * boundary * 0.9)
    outside = haldane(t2=0.2, phi=phi, staggered=side * boundary * 1.1)
    assert [integer(chern_number(inside, [band], 30)) for band in (0, 1)] == [np.sign(phi), -np.sign(phi)]
    assert [integer(chern_number(outside, [band], 30)) for band in (0, 1)] == [0, 0]


@pytest.mark.parametrize(("m", "expected"), [(-3.0, 0), (-1.0, 1), (1.5, -1), (2.5, 0)])
def test_qi_wu_zhang(m, expected):
    assert integer(chern_number(qi_wu_zhang(m=m), [0])) == expected


@pytest.mark.parametrize("model", [haldane(staggered=0.2), qi_wu_zhang(m=1.2)])
def test_the_curvature_of_the_kubo_sum_has_the_same_integral(model):
    omega = band_quantities(model, zone_grid(model, 96)).berry_curvature[:, 0, 2]
    area = abs(np.linalg.det(model.reciprocal[:2, :2]))
    assert np.mean(omega) * area / (2 * np.pi) == pytest.approx(integer(chern_number(model, [0])), abs=1e-9)


def test_a_left_handed_lattice_has_the_same_chern_number():
    """Listing the lattice vectors in the other order is the same crystal."""
    crystal = haldane()
    swapped = LatticeHamiltonian.from_hoppings(
        crystal.lattice[[1, 0], :2],
        [
            (cell, matrix)
            for cell, matrix in zip(crystal.cells[:, [1, 0]].tolist(), crystal.hoppings, strict=True)
        ],
        positions=crystal.positions[:, [1, 0]],
    )
    assert integer(chern_number(swapped, [0])) == 1


def test_all_bands_together_are_trivial():
    assert integer(chern_number(haldane(), [0, 1])) == 0


@pytest.mark.parametrize("node", [0.8, 2.0])
def test_planes_of_the_weyl_lattice(node):
    crystal = weyl_lattice(node=node)
    inside, outside = (0.9 * node / (2 * np.pi), 1.1 * node / (2 * np.pi))
    assert [integer(chern_number(crystal, [0], 40, at=at)) for at in (-inside, inside, outside)] == [
        -1,
        -1,
        0,
    ]
    # Cyclic orientation: planes that contain the node axis carry nothing.
    assert integer(chern_number(crystal, [0], 40, axes=(1, 2), at=0.3)) == 0


def test_weyl_charges_and_their_sum():
    crystal = weyl_lattice()
    nodes = {name: np.array(point) @ crystal.reciprocal for name, point in crystal.valleys.items()}
    charges = {name: integer(box_charge(crystal, 0, centre, 0.3)) for name, centre in nodes.items()}
    assert charges == {"W+": 1, "W-": -1}
    assert [integer(box_charge(weyl_node(chirality=c), 0, np.zeros(3), 0.3)) for c in (1, -1)] == [1, -1]
    assert integer(box_charge(weyl_node(), 1, np.zeros(3), 0.3)) == -1
