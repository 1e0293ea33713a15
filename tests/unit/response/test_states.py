"""All bands at a k point, against the slow reference; degenerate groups."""

import numpy as np
import pytest
from scipy.stats import unitary_group

from tests.reference.kubo import band_quantities
from tests.reference.random_crystal import random_crystal
from wavepacket.hamiltonians import haldane, massive_dirac
from wavepacket.response.states import from_eigenstates, pair_rows, pair_sums, states_at
from wavepacket.units import E_OVER_HBAR, HBAR

K = np.random.default_rng(3).uniform(-0.3, 0.3, (5, 3))


@pytest.mark.parametrize(
    "hamiltonian", [haldane(staggered=0.3), massive_dirac(), random_crystal(1), random_crystal(2, size=5)]
)
def test_agrees_with_the_reference(hamiltonian):
    k = K * np.where(np.arange(3) < hamiltonian.dimension, 1.0, 0.0)
    states, slow = states_at(hamiltonian, k), band_quantities(hamiltonian, k)
    for mine, theirs in (
        (states.energy, slow.energy),
        (states.slope / HBAR, slow.velocity),
        (states.curvature, slow.berry_curvature),
        (states.moment, slow.orbital_moment),
        (states.pairs, slow.pairs),
    ):
        # Both divide by the square of gaps of order 0.1 eV: rounding grows by a few hundred.
        np.testing.assert_allclose(mine, theirs, rtol=0, atol=1e-11 * max(1.0, np.abs(theirs).max()))


def test_position_elements_can_be_left_out():
    crystal = random_crystal(4)
    with_elements, without = states_at(crystal, K), states_at(crystal, K, position_elements=False)
    assert without.own is None
    assert np.abs(with_elements.curvature - without.curvature).max() > 1e-3


def occupied_sums(states, count, mu):
    """Σ Ω_z, local and itinerant part of M and its pair form of the lowest bands, (e/ħ) eV."""
    local = states.moment[:, :count, 2].sum() / E_OVER_HBAR
    itinerant = (states.curvature[:, :count, 2] * (mu - states.energy[:, :count])).sum()
    rows = pair_rows(np.array([mu]), states, (2,), np.ones((len(states.energy), 1)))
    hall, moment = pair_sums(rows, np.array([mu]), 1)
    return states.curvature[:, :count, 2].sum(), local, itinerant, hall.item(), moment.item()


def rotated(frame, groups, seed):
    turned = frame.copy()
    for group in groups:
        turned[:, :, group] = frame[:, :, group] @ unitary_group.rvs(len(group), random_state=seed)
    return turned


class TestDegenerateGroups:
    """Two groups below μ, of two and three bands, whose members are equal to rounding."""

    groups = ((0, 1), (2, 3, 4))
    mu = 0.7

    def problem(self):
        rng = np.random.default_rng(11)
        level = np.array([-2.0, -2.0, 0.5, 0.5, 0.5, 1.4, 2.5])
        energy = np.tile(level, (3, 1)) + 1e-15 * np.arange(7)
        frame = np.stack([unitary_group.rvs(7, random_state=seed) for seed in range(3)])
        velocity = rng.normal(size=(3, 3, 7, 7)) + 1j * rng.normal(size=(3, 3, 7, 7))
        return energy, frame, velocity + velocity.conj().swapaxes(2, 3)

    def test_random_rotations_change_no_total(self):
        energy, frame, velocity = self.problem()
        before = occupied_sums(from_eigenstates(energy, frame, velocity), 5, self.mu)
        for seed in range(4):
            turned = rotated(frame, self.groups, seed)
            after = occupied_sums(from_eigenstates(energy, turned, velocity), 5, self.mu)
            np.testing.assert_allclose(after, before, rtol=1e-12, atol=1e-12)

    def test_bands_one_by_one_give_the_pair_form(self):
        hall, local, itinerant, pair_hall, pair_moment = occupied_sums(
            from_eigenstates(*self.problem()), 5, self.mu
        )
        assert hall == pytest.approx(pair_hall, abs=1e-11)
        assert local + itinerant == pytest.approx(pair_moment, abs=1e-11)

    def test_the_split_of_bands_taken_one_by_one_changes(self):
        """Without groups a lifting by rounding decides about local and itinerant; pairs do not see it."""
        energy, frame, velocity = self.problem()
        energy = energy + 1e-3 * np.arange(7)
        parts = []
        for seed in range(2):
            turned = rotated(frame, self.groups, seed)
            states = from_eigenstates(energy, turned, velocity, tolerance=0.0)
            _, local, itinerant, _, moment = occupied_sums(states, 5, self.mu)
            # Terms of X/(1 meV)² cancel in the sum.
            assert local + itinerant == pytest.approx(moment, rel=1e-6)
            parts.append((local, itinerant))
        assert abs(parts[0][0] - parts[1][0]) > 1.0
        assert abs(parts[0][1] - parts[1][1]) > 1.0


def test_metric_bounds_the_curvature_of_each_band():
    states = states_at(random_crystal(5, dimension=2), K * [1, 1, 0], metric=True)
    gap = states.energy[:, :, None] - states.energy[:, None, :]
    inverse = np.divide(1.0, gap, out=np.zeros_like(gap), where=gap != 0)
    trace = np.einsum("nijaa,nij->ni", states.metric[..., :2, :2], inverse**2)
    curvature = np.abs(np.einsum("nij,nij->ni", states.pairs[..., 2], inverse**2))
    assert np.all(trace >= curvature * (1 - 1e-12))
