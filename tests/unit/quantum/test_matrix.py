"""The sparse Hamiltonian of a box against H(k), against a count of its elements, and by the flux through its loops."""

import numpy as np
import pytest

from tests.reference.random_crystal import random_crystal
from wavepacket.errors import InputError
from wavepacket.hamiltonians import gapped_graphene
from wavepacket.quantum.box import Box, discs, lattice_matrix
from wavepacket.quantum.gauge import Gauge


@pytest.mark.parametrize(("dimension", "shape"), [(1, (24, 1, 1)), (2, (13, 14, 1)), (3, (7, 8, 7))])
def test_bloch_waves_are_eigenstates_inside_of_the_box(dimension, shape):
    """Away from the ends, H times e^{ik·r}u(k) is ε(k) times it: random crystals reach two cells far."""
    crystal = random_crystal(3, dimension=dimension, with_positions=False)
    box = Box(crystal, shape, np.zeros(3))
    matrix = lattice_matrix(box, crystal.hoppings)
    assert abs(matrix - matrix.conj().T).max() == 0.0
    k = np.array([0.3, -0.2, 0.5]) * (np.arange(3) < dimension)
    energy, frame = np.linalg.eigh(crystal.hamiltonian(k[None])[0])
    wave = np.exp(1j * box.position @ k) * np.tile(frame[:, 1], box.size // crystal.size)
    inside = ~box.edge(2)
    assert inside.any()
    residual = (matrix @ wave - energy[1] * wave)[inside]
    assert np.abs(residual).max() < 1e-13 * np.abs(crystal.hoppings).sum()


@pytest.mark.parametrize("gauge_centre", [(0.0, 0.0, 0.0), (3.0, -7.0, 0.0)])
def test_every_loop_encloses_its_flux(gauge_centre):
    """The phases of the hops around a loop add up to (q/ħ)∫A·dl = b·area, whatever the gauge: honeycomb, b along z."""
    crystal = gapped_graphene()
    box = Box(crystal, (5, 5, 1), np.zeros(3))
    b = 0.013
    matrix = lattice_matrix(box, crystal.hoppings, Gauge(np.array(gauge_centre), np.array([0.0, 0.0, b])))
    free = lattice_matrix(box, crystal.hoppings)
    hexagon = _hexagon(box, free)
    corners = box.position[hexagon]
    after = np.roll(corners, -1, axis=0)
    area = 0.5 * np.sum(corners[:, 0] * after[:, 1] - corners[:, 1] * after[:, 0])
    loop = 1.0 + 0j
    for here, there in zip(hexagon, np.roll(hexagon, -1), strict=True):
        loop *= matrix[there, here] / free[there, here]
    assert abs(area) == pytest.approx(crystal.cell_volume)
    assert loop == pytest.approx(np.exp(1j * b * area), abs=1e-12)


def _hexagon(box, matrix):
    """Numbers of six orbitals around a loop of nearest neighbours."""

    def neighbours(i):
        return [int(j) for j in matrix[[i]].indices if j != i]

    def walk(path):
        if len(path) == 6:
            return path if path[0] in neighbours(path[-1]) else None
        found = (walk([*path, j]) for j in neighbours(path[-1]) if j not in path)
        return next((each for each in found if each), None)

    start = int(np.argmin(np.linalg.norm(box.position, axis=1)))
    return np.array(walk([start]))


def test_gershgorin_bounds_hold():
    crystal = random_crystal(1, dimension=1, with_positions=False)
    box = Box(crystal, (9, 1, 1), np.zeros(3))
    matrix = lattice_matrix(box, crystal.hoppings)
    energies = np.linalg.eigvalsh(matrix.toarray())
    middle, radius = discs(matrix)
    assert (middle - radius).min() <= energies.min()
    assert (middle + radius).max() >= energies.max()


def test_a_box_follows_the_packet():
    """Its middle cell is the one that holds the given point."""
    crystal = gapped_graphene()
    centre = np.array([30.0, -17.0, 0.0])
    box = Box(crystal, (21, 21, 1), centre)
    assert np.linalg.norm(box.position.mean(axis=0) - centre) < 2 * crystal.length_scale


def test_too_large_a_matrix_is_refused_before_it_is_made():
    crystal = gapped_graphene()
    with pytest.raises(InputError, match="GB to assemble"):
        lattice_matrix(Box(crystal, (10**5, 10**5, 1), np.zeros(3)), crystal.hoppings)
