"""Parts of crystals: found in any basis, as fine as there are, and never where something connects them."""

import numpy as np
import pytest

from tests.reference.parted import joined, turned, turned_at_sites, unitary
from wavepacket.hamiltonians import (
    CATALOGUE,
    KPHamiltonian,
    LatticeHamiltonian,
    bernevig_hughes_zhang,
    dirac_semimetal,
    gapped_graphene,
    haldane,
    kane_mele,
    tmd,
)
from wavepacket.hamiltonians.blocks import couplings, irreducible_blocks
from wavepacket.hamiltonians.parts import find_parts


def algebra(rng, shape, count=4):
    """Matrices with blocks (size, copies) hidden by a random unitary, and that unitary's columns in blocks."""
    size = sum(d * m for d, m in shape)
    matrices = np.zeros((count, size, size), dtype=complex)
    first = 0
    for d, copies in shape:
        block = rng.normal(size=(count, d, d)) + 1j * rng.normal(size=(count, d, d))
        for _ in range(copies):
            matrices[:, first : first + d, first : first + d] = block
            first += d
    turn = unitary(rng, size)
    return turn @ matrices @ turn.conj().T


@pytest.mark.parametrize(
    "shape",
    [
        [(1, 1)], [(5, 1)], [(1, 1), (1, 1)], [(2, 1), (3, 1)], [(1, 4)], [(2, 3)],
        [(3, 2), (1, 1), (2, 2)], [(9, 2)], [(30, 1), (12, 3)],
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("seed", range(5))
def test_blocks_of_a_random_algebra(shape, seed):
    matrices = algebra(np.random.default_rng(seed), shape)
    matrices /= np.abs(matrices).max()
    blocks = irreducible_blocks(matrices)
    found = sorted(block.shape[1] for block in blocks.states)
    assert found == sorted(d for d, copies in shape for _ in range(copies))
    assert (
        couplings(matrices, blocks.states).max() < 1e-11
    )  # rounding over the smallest distance of eigenvalues
    basis = np.concatenate(blocks.states, axis=1)
    np.testing.assert_allclose(basis.conj().T @ basis, np.eye(len(basis)), atol=1e-13)
    assert len(set(blocks.kinds)) == len(shape)


def test_matrices_that_are_all_multiples_of_one():
    blocks = irreducible_blocks(np.array([np.eye(3), 0.5 * np.eye(3), np.zeros((3, 3))], dtype=complex))
    assert [block.shape for block in blocks.states] == [(3, 1)] * 3
    assert len(set(blocks.kinds)) == 1


@pytest.mark.parametrize("strength", [1e-8, 1e-6, 1e-4, 1e-2])
@pytest.mark.parametrize("seed", range(5))
def test_a_weak_coupling_holds_blocks_together(strength, seed):
    rng = np.random.default_rng(seed)
    matrices = algebra(rng, [(3, 1), (2, 1)])
    extra = rng.normal(size=matrices.shape[1:])
    matrices[-1] += strength * np.abs(matrices).max() * (extra + extra.T)
    assert len(irreducible_blocks(matrices / np.abs(matrices).max()).states) == 1


EXPECTED = {"dirac_semimetal": [2, 2], "altermagnet": [2, 2]}


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_library_models(name):
    """With their defaults the Dirac semimetal has parts, two Weyl semimetals, and the altermagnet, its two spins."""
    found = find_parts(CATALOGUE[name]())
    assert [part.hamiltonian.size for part in found.parts] == EXPECTED.get(name, [CATALOGUE[name]().size])


@pytest.mark.parametrize(
    ("whole", "single"),
    [
        (kane_mele(rashba=0), [kane_mele(rashba=0, spin=1), kane_mele(rashba=0, spin=-1)]),
        (bernevig_hughes_zhang(spin=0), [bernevig_hughes_zhang(spin=1), bernevig_hughes_zhang(spin=-1)]),
        (tmd(spin=0), [tmd(spin=1), tmd(spin=-1)]),
    ],
    ids=["kane_mele", "bernevig_hughes_zhang", "tmd"],
)
def test_spins_that_the_basis_shows(whole, single):
    """Equal to the models of one spin to the last digit."""
    found = find_parts(whole).parts
    assert len({part.kind for part in found}) == 2
    for part, model in zip(found, single, strict=True):
        np.testing.assert_array_equal(part.hamiltonian.hoppings, model.hoppings)
        np.testing.assert_array_equal(part.hamiltonian.positions, model.positions)


def levels(crystal, k):
    return np.linalg.eigvalsh(crystal.hamiltonian(k))


@pytest.mark.parametrize("turn", [turned_at_sites, turned])
@pytest.mark.parametrize(
    "whole", [kane_mele(rashba=0), tmd(spin=0), bernevig_hughes_zhang(spin=0), dirac_semimetal()], ids=repr
)
def test_spins_that_the_basis_hides(whole, turn):  # fmt: skip
    k = np.random.default_rng(1).uniform(-1, 1, (40, 3)) * np.array(whole.periodic)
    expected = [levels(part.hamiltonian, k) for part in find_parts(whole).parts]
    found = [levels(part.hamiltonian, k) for part in find_parts(turn(whole, 5)).parts]
    assert len(found) == len(expected)
    if not np.allclose(found[0], expected[0]):
        found.reverse()
    np.testing.assert_allclose(found, expected, atol=1e-13)


def test_copies_are_known_as_such():
    one = gapped_graphene(gap=0.3)
    found = find_parts(turned_at_sites(joined(one, one, haldane()), 2)).parts
    kinds = [part.kind for part in found]
    assert len(found) == 3
    assert len(set(kinds)) == 2


@pytest.mark.parametrize(("rashba", "number"), [(0.0, 2), (1e-11, 2), (1e-7, 1), (1e-3, 1)])
def test_rounding_does_not_count_and_more_does(rashba, number):
    found = find_parts(kane_mele(rashba=rashba))
    assert len(found.parts) == number
    if number == 1:
        assert found.weakest < 100 * rashba


def test_positions_that_connect():
    """H alone has two parts; elements of r between them leave one: a field would mix them."""
    model = joined(haldane(), haldane(phi=-1.0))
    elements = np.zeros((3, 4, 4))
    elements[0, 0, 2] = elements[0, 2, 0] = 0.1
    both = LatticeHamiltonian.from_hoppings(
        model.lattice[:2],
        list(zip(model.cells.tolist(), model.hoppings, strict=True)),
        positions=model.positions,
        position_matrices={(0, 0, 0): elements},
    )
    assert len(find_parts(model).parts) == 2
    assert len(find_parts(both).parts) == 1


def test_parts_of_a_polynomial_model():
    """Massive Dirac cones of opposite mass, side by side and turned."""
    sx, sy, sz = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
    turn = unitary(np.random.default_rng(0), 4)
    terms = {
        (0, 0): np.kron(np.diag([0.2, -0.3]), sz) + np.kron(np.diag([0.5, 0.0]), np.eye(2)),
        (1, 0): np.kron(np.diag([3.0, 2.0]), sx),
        (0, 1): np.kron(np.diag([3.0, -2.0]), sy),
    }
    model = KPHamiltonian.from_terms(
        {p: turn @ m @ turn.conj().T for p, m in terms.items()}, length_scale=5.0
    )
    found = find_parts(model).parts
    k = np.random.default_rng(1).uniform(-0.2, 0.2, (30, 3)) * [1, 1, 0]
    q = np.linalg.norm(k, axis=1)
    expected = [0.5 + np.hypot(0.2, 3 * q), np.hypot(0.3, 2 * q)]
    tops = sorted((levels(part.hamiltonian, k)[:, 1] for part in found), key=lambda top: -top.max())
    np.testing.assert_allclose(tops, expected, atol=1e-13)


def test_layers_that_do_not_touch_keep_their_heights():
    """Two equal layers 4 Å apart are parts in three dimensions too: nothing is put into one plane."""
    layer = haldane()
    model = joined(layer, layer)
    model = LatticeHamiltonian.from_hoppings(
        model.lattice[:2],
        list(zip(model.cells.tolist(), model.hoppings, strict=True)),
        positions=model.positions + np.repeat([[0, 0, -2.0], [0, 0, 2.0]], 2, axis=0),
    )
    found = find_parts(model)
    assert not found.across
    assert [set(part.hamiltonian.positions[:, 2]) for part in found.parts] == [{-2.0}, {2.0}]
