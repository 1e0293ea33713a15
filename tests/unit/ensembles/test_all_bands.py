"""What bands without packets add: against the curvature of each of them, and where bands coincide."""

import numpy as np
import pytest
from scipy.linalg import block_diag

from tests.reference.random_crystal import random_crystal
from wavepacket.bands import band
from wavepacket.config import FermiDirac, FermiSurface
from wavepacket.ensembles import curvature_of_others, fermi_sea, states_in_window
from wavepacket.hamiltonians import LatticeHamiltonian

NONE = np.zeros((0, 3))
EDGE = FermiSurface(chemical_potential=0.5, temperature=3000, number=400, replicas=4)


@pytest.mark.parametrize("dimension", [2, 3])
@pytest.mark.parametrize("with_positions", [False, True])
def test_curvature_of_others_is_that_of_each(dimension, with_positions):
    crystal = random_crystal(3, size=4, dimension=dimension, with_positions=with_positions)
    found = curvature_of_others(EDGE, crystal, [1, 2], NONE, seed=1)
    each = [
        fermi_sea(EDGE, band(crystal, i, source="direct"), NONE, magnetic=[0, 0, 0], charge=-1, seed=1)[:, 0]
        for i in (0, 3)
    ]
    curvature = [0, 1, 2, 5, 6, 7]
    size = max(np.abs(one[:, curvature]).max() for one in each)
    np.testing.assert_allclose(found[:, curvature], sum(each)[:, curvature], rtol=0, atol=1e-11 * size)
    assert not found[:, 3:5].any()  # they are no carriers


def test_full_bands_may_coincide():
    """Two copies of a crystal have twice its curvature, though no band of theirs has any of its own."""
    one = random_crystal(5, size=2, dimension=2, with_positions=False)
    copies = {
        tuple(cell): block_diag(matrix, matrix)
        for cell, matrix in zip(one.cells.tolist(), one.hoppings, strict=True)
    }
    two = LatticeHamiltonian.from_hoppings(
        one.lattice[:2, :2], copies, positions=np.tile(one.positions[:, :2], (2, 1)), name="two"
    )
    full = FermiDirac(chemical_potential=0.0, temperature=0, number=300)
    found = curvature_of_others(full, two, [], NONE, seed=1)
    single = curvature_of_others(full, one, [], NONE, seed=1)
    np.testing.assert_allclose(found, 2 * single, rtol=0, atol=1e-10 * np.abs(single).max())


def test_weights_and_near_bands():
    crystal = random_crystal(4, size=3, dimension=2, with_positions=False)
    window = states_in_window(EDGE, crystal, NONE, seed=1, apart=1e9)
    assert window.share.sum() == pytest.approx(1.0, rel=1e-12)
    assert window.near == pytest.approx(1.0, rel=1e-12)  # every state has another band within that
    assert states_in_window(EDGE, crystal, NONE, seed=1, apart=0.0).near == 0.0
