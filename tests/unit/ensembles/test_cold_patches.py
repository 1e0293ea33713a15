"""Packets at 0 K: what two meshes differ by may cancel in a sum over the surface, and its uncertainty must not."""

import numpy as np
import pytest

from wavepacket.analysis.estimates import Estimator
from wavepacket.analysis.sampling import Sampling
from wavepacket.bands import band
from wavepacket.config import FermiSurface
from wavepacket.ensembles.at_zero import REPLICAS, on_surface
from wavepacket.hamiltonians import LatticeHamiltonian

pytest.importorskip("skimage")

NEAREST = ((1, 0, 0), (0, 1, 0), (0, 0, 1), (1, -1, 0), (0, 1, -1), (1, 0, -1))
NEXT = ((-1, 1, 1), (1, -1, 1), (1, 1, -1))
COPPER = LatticeHamiltonian.from_hoppings(
    1.805 * (1.0 - np.eye(3)), {cell: [[-0.5]] for cell in NEAREST} | {cell: [[-0.0995]] for cell in NEXT}
)


@pytest.mark.parametrize(("mu", "cells"), [(0.65, 4), (0.2, 7)])
def test_components_that_symmetry_makes_equal_are_about_as_uncertain(mu: float, cells: int) -> None:
    """Of a cubic crystal ∫ v_a² δ(ε − μ) is one number for x, y and z, which a mesh along its lattice vectors does not know.

    The difference of both meshes alone says 6e-5 of a component that is 7e-3 off, and 17e-3 of another one.
    """
    one = band(COPPER, 0)
    section = FermiSurface(kind="fermi_surface", chemical_potential=mu, temperature=0.0, grid=(cells,) * 3)
    made = on_surface(section, one, magnetic=np.zeros(3), charge=-1.0)
    packets = made.packets(0, made.size)
    squares = packets.weight[:, None] * one.geometry(packets.wavevector, slopes=False).group_velocity ** 2
    sums = np.stack([np.bincount(packets.replica, each, REPLICAS) for each in squares.T], axis=1)
    value, error = Estimator((sums,), None, Sampling("meshes")).estimate(lambda total: total)
    assert np.all(np.abs(value - value.mean()) < error)
    assert error.max() < 3 * error.min()
    whole = np.stack([sums[mesh::2].sum(axis=0) for mesh in (0, 1)])
    _, alone = Estimator((whole,), None, Sampling("meshes")).estimate(lambda total: total)
    assert alone.max() > 10 * alone.min()
    assert np.any(np.abs(value - value.mean()) > alone)


def test_patches_are_parts_of_both_meshes_alike() -> None:
    """Each of them has the same part of the surface on the finer mesh and on the coarser one, and all have some."""
    section = FermiSurface(kind="fermi_surface", chemical_potential=-0.5, temperature=0.0, grid=(8, 8, 8))
    made = on_surface(section, band(COPPER, 0), magnetic=np.zeros(3), charge=-1.0)
    packets = made.packets(0, made.size)
    fine, coarse = np.bincount(packets.replica, packets.weight, REPLICAS).reshape(-1, 2).T
    assert np.all(fine > 0.2 * fine.mean())
    np.testing.assert_allclose(fine, coarse, rtol=1e-3)
