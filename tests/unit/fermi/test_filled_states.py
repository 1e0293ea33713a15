"""Integrals over filled states: volumes against the count of states, curvature against sums over a fine grid."""

import numpy as np
import pytest

from tests.unit.fermi.surfaces import surface
from wavepacket.fermi import filled_points, whole_points
from wavepacket.hamiltonians import LatticeHamiltonian, cosine_band, haldane, massive_dirac, weyl_lattice

pytest.importorskip("skimage")
pytestmark = pytest.mark.physics


def chain_like() -> LatticeHamiltonian:
    """Two bands whose Fermi lines run through the whole zone along y."""
    hoppings = [
        ((1, 0), [[-0.3, 0.1], [0.05j, 0.2]]),
        ((0, 1), [[-0.02, 0.1j], [0.1, 0.03]]),
        ((0, 0), [[0.1, 0.2], [0.2, -0.3]]),
    ]
    return LatticeHamiltonian.from_hoppings([[4.0, 0.0], [1.0, 3.0]], hoppings, name="chain_like")


@pytest.mark.parametrize(
    ("crystal", "mu", "index", "cells"),
    [
        (cosine_band(dimension=2), 0.3, 0, None),  # a hole
        (cosine_band(dimension=3), -0.2, 0, 8),  # open along all axes
        (haldane(), -1.3, 0, None),
        (chain_like(), 0.3, 1, None),  # open
    ],
    ids=["hole", "open", "electron", "open_lines"],
)
def test_volumes(crystal, mu, index, cells):
    found = surface(crystal, mu, index, cells=cells)
    fine, coarse = (filled_points(found, fine=fine)[1].sum() / found.domain.volume for fine in (True, False))
    exact = surface(crystal, mu, index).occupied.value
    assert abs(0.5 * (fine + coarse) - exact) <= abs(fine - coarse) + 1e-12
    assert abs(fine - coarse) < 1e-3
    assert whole_points(found)[1].sum() == pytest.approx(found.domain.volume)


@pytest.mark.parametrize(("crystal", "mu", "points"), [(haldane(), -1.3, 600), (weyl_lattice(), 0.5, 60)])
def test_curvature_of_filled_states(crystal, mu, points):
    index, d = (0, 2) if crystal.dimension == 2 else (1, 3)
    found = surface(crystal, mu, index)
    values = []
    for fine in (True, False):
        k, volume = filled_points(found, fine=fine)
        values.append(
            volume @ found.level.band.geometry(k, slopes=False).berry_curvature[:, 2] / found.domain.volume
        )
    grid = np.stack(np.meshgrid(*[np.arange(points)] * d, indexing="ij"), axis=-1).reshape(-1, d)
    geometry = found.level.band.geometry((grid + 0.34) / points @ crystal.reciprocal[:d], slopes=False)
    summed = np.mean((geometry.energy < mu) * geometry.berry_curvature[:, 2])
    size = np.mean((geometry.energy < mu) * np.abs(geometry.berry_curvature[:, 2]))
    # The sum over the grid is off by about the root of the number of cells at the edge.
    filled = np.count_nonzero(geometry.energy < mu)
    assert abs(values[0] - summed) < abs(values[0] - values[1]) + 3 * size / filled ** (0.5 + 0.5 / d)


def test_ball_of_a_model_without_a_zone():
    """∫ Ω over the filled states of a massive Dirac cone: −π (1 − Δ/μ) of the pocket."""
    v, mass, mu = 3.0, 0.1, 0.3
    found = surface(massive_dirac(velocity=v, mass=mass, cutoff=0.4), mu, 1)
    k, volume = filled_points(found)
    total = volume @ found.level.band.geometry(k, slopes=False).berry_curvature[:, 2]
    assert total == pytest.approx(-np.pi * (1 - mass / mu), rel=1e-7)
    assert whole_points(found)[1].sum() == pytest.approx(np.pi * 0.4**2)
