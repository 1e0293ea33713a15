"""Symmetry of band geometry for any crystal that has it: random matrices with time reversal, inversion, or both."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contracts.accuracy import assert_within, gaps, rounding
from tests.reference.kubo import band_quantities
from tests.reference.random_crystal import random_crystal
from wavepacket.bands import direct, two_band
from wavepacket.hamiltonians import LatticeHamiltonian

crystals = st.builds(
    random_crystal,
    st.integers(0, 2**32 - 1),
    size=st.integers(2, 4),
    dimension=st.integers(2, 3),
    with_positions=st.booleans(),
)
K = np.random.default_rng(3).uniform(-1, 1, (5, 3))


def rebuilt(crystal, hoppings, elements, positions):
    table = zip(crystal.cells.tolist(), hoppings, strict=True)
    return LatticeHamiltonian.from_hoppings(
        crystal.lattice[: crystal.dimension],
        list(table),
        positions=positions,
        position_matrices=None
        if elements is None
        else list(zip(crystal.cells.tolist(), elements, strict=True)),
    )


def with_time_reversal(crystal):
    """Real orbitals: H(R) and r(R) are real, so that H(−k) = H(k)*."""
    elements = crystal.position_matrices
    return rebuilt(
        crystal, crystal.hoppings.real, None if elements is None else elements.real, crystal.positions
    )


def with_inversion(crystal):
    """Orbitals at the origin, all of one parity: H(−R) = H(R) and r(−R) = −r(R)."""
    elements = crystal.position_matrices
    opposite = crystal.hoppings[::-1]  # cells are sorted: reversed order is −R
    odd = None if elements is None else (elements - elements[::-1]) / 2
    return rebuilt(crystal, (crystal.hoppings + opposite) / 2, odd, np.zeros_like(crystal.positions))


def both_sides(crystal, index):
    """Geometry at k and −k, with the tolerance of both, away from degeneracies."""
    gap = gaps(np.linalg.eigvalsh(crystal.hamiltonian(K)), index)
    k = K[gap > 1e-2]
    bound = rounding(crystal, k, gap[gap > 1e-2])
    source = direct(crystal, index)
    return source.geometry(k), source.geometry(-k), bound


def assert_parity(crystal, curvature_sign):
    for index in (0, crystal.size - 1):
        here, there, bound = both_sides(crystal, index)
        if len(here.energy) == 0:
            continue
        assert_within(there.energy, here.energy, 2 * bound.energy)
        assert_within(there.group_velocity, -here.group_velocity, 2 * bound.velocity)
        assert_within(there.berry_curvature, curvature_sign * here.berry_curvature, 2 * bound.curvature)
        assert_within(there.orbital_moment, curvature_sign * here.orbital_moment, 2 * bound.moment)
        slope = 2 * bound.moment / bound.radius
        assert_within(there.moment_gradient, -curvature_sign * here.moment_gradient, slope)


@settings(max_examples=40)
@given(crystals)
def test_time_reversal_makes_curvature_and_moment_odd(crystal):
    assert_parity(with_time_reversal(crystal), -1)


@settings(max_examples=40)
@given(crystals)
def test_inversion_makes_curvature_and_moment_even(crystal):
    assert_parity(with_inversion(crystal), 1)


@settings(max_examples=40)
@given(crystals)
def test_both_leave_nothing(crystal):
    symmetric = with_inversion(with_time_reversal(crystal))
    here, _, bound = both_sides(symmetric, 0)
    assert_within(here.berry_curvature, 0 * here.berry_curvature, bound.curvature)
    assert_within(here.orbital_moment, 0 * here.orbital_moment, bound.moment)


@settings(max_examples=40)
@given(crystals, st.floats(-2, 2), st.floats(-2, 2))
def test_geometry_of_any_crystal_is_the_kubo_sum(crystal, shift, stretch):
    """And adding a constant to H changes only ε; a factor s scales ε, v and m by s and leaves Ω."""
    factor = 1.5 + stretch / 4
    identity = np.all(crystal.cells == 0, axis=1)[:, None, None] * np.eye(crystal.size)
    other = rebuilt(
        crystal, factor * crystal.hoppings + shift * identity, crystal.position_matrices, crystal.positions
    )
    here, _, bound = both_sides(crystal, 0)
    gap = gaps(np.linalg.eigvalsh(crystal.hamiltonian(K)), 0)
    k = K[gap > 1e-2]
    truth, changed = band_quantities(crystal, k), direct(other, 0).geometry(k)
    assert_within(here.berry_curvature, truth.berry_curvature[:, 0], bound.curvature)
    assert_within(here.orbital_moment, truth.orbital_moment[:, 0], bound.moment)
    loose = rounding(other, k, factor * gap[gap > 1e-2])
    assert_within(changed.berry_curvature, here.berry_curvature, 2 * (bound.curvature + loose.curvature))
    assert_within(changed.orbital_moment, factor * here.orbital_moment, 4 * (bound.moment + loose.moment))
    assert_within(changed.energy, factor * here.energy + shift, 4 * (bound.energy + loose.energy))


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(1, 3), st.sampled_from([0, 1]))
def test_closed_form_and_diagonalisation_of_any_two_band_crystal(seed, dimension, index):
    crystal = random_crystal(seed, size=2, dimension=dimension, with_positions=False)
    gap = gaps(np.linalg.eigvalsh(crystal.hamiltonian(K)), index)
    k = K[gap > 1e-2]
    bound = rounding(crystal, k, gap[gap > 1e-2])
    one, other = two_band(crystal, index).geometry(k), direct(crystal, index).geometry(k)
    if len(k):
        assert_within(one.energy, other.energy, 2 * bound.energy)
        assert_within(one.group_velocity, other.group_velocity, 2 * bound.velocity)
        assert_within(one.berry_curvature, other.berry_curvature, 2 * bound.curvature)
        assert_within(one.orbital_moment, other.orbital_moment, 2 * bound.moment)
        assert_within(one.moment_gradient, other.moment_gradient, 4 * bound.moment / bound.radius)
        assert_within(one.mixing, other.mixing, 2 * bound.mixing)
