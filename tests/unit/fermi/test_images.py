"""Levels of crystals with symmetries: found at one of several images, and what they are without."""

from dataclasses import replace

import numpy as np
import pytest

from tests.reference.slater_koster import ferromagnet
from wavepacket.bands import direct
from wavepacket.fermi import Level, level_surface
from wavepacket.hamiltonians.operations import generated, read_operation

pytest.importorskip("skimage")

MU = 0.8404  # eV, with eight electrons


def tetragonal(*broken):
    """A ferromagnet of 18 bands with its operations, and the same without them; ``broken``: added to its H(R = 0)."""
    texts = ("-y, x, z", "-x, -y, -z", "x, -y, -z, T")
    group = generated([read_operation(text) for text in texts])
    crystal = ferromagnet()
    hoppings = np.array(crystal.hoppings)
    hoppings[len(hoppings) // 2] += sum(broken)
    plain = replace(crystal, hoppings=hoppings)
    return replace(plain, operations=np.array([one.in_time for one in group])), plain


@pytest.mark.parametrize(
    ("field", "number"), [((0, 0, 0), 16), ((0, 0, 5), 16), ((5, 0, 0), 4), ((1, 2, 3), 2)]
)
def test_images_have_the_level_of_one_of_them(field, number):
    """Values and slopes at nodes of a grid from those in a part of it."""
    symmetric, plain = (
        Level(direct(crystal, 8), MU, np.array(field, dtype=float)) for crystal in tetragonal()
    )
    assert len(symmetric.images.operations) == number
    x = np.stack(np.meshgrid(*[np.arange(6) / 6] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    k = x @ plain.band.hamiltonian.reciprocal
    assert len(symmetric.images.orbits(k).first) < 1.7 * len(k) / number + 20
    for ours, theirs in zip(symmetric.at(k), plain.at(k), strict=True):
        # Slopes of m are known to rounding over the square of a gap of some meV.
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-9 * np.abs(theirs).max())
    np.testing.assert_allclose(symmetric.energy(k), plain.energy(k), rtol=0, atol=1e-11)


def test_an_operation_that_does_not_hold_is_left_out():
    """A little field along x takes the fourfold axis away."""
    leant, _ = tetragonal(1e-3 * np.kron([[0, 1], [1, 0]], np.eye(9)))
    assert len(Level(direct(leant, 8), MU).images.operations) == 4


@pytest.mark.full
@pytest.mark.parametrize("index", [7, 8])
def test_a_surface_with_its_images_is_that_without(index):
    ours, theirs = (
        level_surface(Level(direct(crystal, index), MU), 8, fewest=50) for crystal in tetragonal()
    )
    np.testing.assert_array_equal(ours.fine.simplices, theirs.fine.simplices)
    assert ours.unresolved == theirs.unresolved
    assert ours.states.value == pytest.approx(theirs.states.value, rel=1e-10)
    assert ours.occupied.value == pytest.approx(theirs.occupied.value, rel=1e-10)
