"""All bands at a k point, against the slow reference; degenerate groups."""

import numpy as np
import pytest
from scipy.stats import unitary_group

from tests.reference.kubo import band_quantities
from tests.reference.random_crystal import random_crystal
from wavepacket.bands.between import EveryBand
from wavepacket.hamiltonians import LatticeHamiltonian, haldane, massive_dirac
from wavepacket.response.states import pair_rows, pair_sums, states_at, states_of
from wavepacket.response.weighing import Weighing
from wavepacket.units import E_OVER_HBAR, HBAR

K = np.random.default_rng(3).uniform(-0.3, 0.3, (5, 3))


def exchanges(velocity):
    """i X_nl above the diagonal, (n, N, N, 3), from V between states."""
    v = np.triu(velocity)
    return np.stack([-2 * np.imag(v[:, a] * v[:, b].conj()) for a, b in ((1, 2), (2, 0), (0, 1))], axis=-1)


def from_eigenstates(energy, frame, velocity, **options):
    bra = np.conj(np.swapaxes(frame, 1, 2))
    return states_of(energy, bra[:, None] @ velocity @ frame[:, None], **options)


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
        (
            exchanges(EveryBand(hamiltonian).at(k).velocity),
            np.triu(slow.pairs.transpose(0, 3, 1, 2)).transpose(0, 2, 3, 1),
        ),
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
    rows = pair_rows(np.array([mu]), states, (2,), Weighing.alone(np.ones(len(states.energy))))
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
        before = occupied_sums(from_eigenstates(energy, frame, velocity, mu=np.array([self.mu])), 5, self.mu)
        for seed in range(4):
            turned = rotated(frame, self.groups, seed)
            after = occupied_sums(
                from_eigenstates(energy, turned, velocity, mu=np.array([self.mu])), 5, self.mu
            )
            np.testing.assert_allclose(after, before, rtol=1e-12, atol=1e-12)

    def test_bands_one_by_one_give_the_pair_form(self):
        hall, local, itinerant, pair_hall, pair_moment = occupied_sums(
            from_eigenstates(*self.problem(), mu=np.array([self.mu])), 5, self.mu
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
            states = from_eigenstates(energy, turned, velocity, tolerance=0.0, mu=np.array([self.mu]))
            _, local, itinerant, _, moment = occupied_sums(states, 5, self.mu)
            # Terms of X/(1 meV)² cancel in the sum.
            assert local + itinerant == pytest.approx(moment, rel=1e-6)
            parts.append((local, itinerant))
        assert abs(parts[0][0] - parts[1][0]) > 1.0
        assert abs(parts[0][1] - parts[1][1]) > 1.0


def test_metric_bounds_the_curvature_of_each_band():
    states = states_at(random_crystal(5, dimension=2), K * [1, 1, 0], metric=True)
    # Without signs, x x and y y over gap², and the sizes of i X_z over gap².
    trace = states.metric[:, :, 1, 0] + states.metric[:, :, 1, 4]
    assert np.all(trace >= states.sizes[:, :, 1, 2] * (1 - 1e-12))
    # Filled pairs cancel: of all bands nothing is left.
    np.testing.assert_allclose(states.metric[:, :, 0].sum(axis=1), 0, atol=1e-12 * trace.max())


@pytest.mark.parametrize("split", [0.0, 1e-12, 1e-7, 1e-2])
def test_partners_with_a_split(split):
    """Two copies of a crystal, mixed at random: sums over pairs of partners are twice those of one, whatever the split."""
    crystal, turn = haldane(staggered=0.3), unitary_group.rvs(4, random_state=5)
    lift = np.diag(split * np.repeat([0.5, -0.5], 2))
    one, two = {}, {}
    for cell, hopping in zip(map(tuple, crystal.cells), crystal.hoppings, strict=True):
        one[cell] = hopping
        two[cell] = turn.conj().T @ (np.kron(np.eye(2), hopping) + (0.0 if any(cell) else lift)) @ turn
    few, many = (
        states_at(LatticeHamiltonian.from_hoppings(crystal.lattice[:2, :2], table), K * [1, 1, 0])
        for table in (one, two)
    )
    shift = np.tile([-split / 2, split / 2], 2)
    np.testing.assert_allclose(many.energy, np.repeat(few.energy, 2, axis=1) + shift, atol=1e-13)
    for name in ("curvature", "moment"):
        mine, theirs = getattr(many, name), 2 * getattr(few, name)
        pairs = mine.reshape(len(K), 2, 2, 3).sum(axis=2)
        # Partners that are told apart exchange X/split², zero by symmetry but for rounding.
        doubt = 1e-11 + (1e-28 / split**2 if split > 1e-6 else 0.0)
        np.testing.assert_allclose(pairs, theirs, rtol=0, atol=doubt * np.abs(theirs).max())
        assert np.abs(theirs).max() > 1e-7
