"""Simultaneous block-diagonal form of Hermitian-closed sets of matrices, as fine as there is.

Two random Hermitian elements A and B of the algebra that the matrices generate stand for all of them. Eigenspaces of A that
B connects belong to one block. Where A has equal eigenvalues the algebra holds copies of one block; B, carried along a tree
of its strongest links, says which vectors belong together. Sums alone would not do: the two spins of a crystal with time
reversal and inversion have equal eigenvalues in every sum, but not in products.

References
----------
K. Murota, Y. Kanno, M. Kojima, S. Kojima, "A numerical algorithm for block-diagonal decomposition of matrix *-algebras with
application to semidefinite programming" (2010), Japan J. Indust. Appl. Math. 27, 125.
"""

from dataclasses import dataclass

import numpy as np

from wavepacket.arrays import Complex, Float, Integer
from wavepacket.hamiltonians.arrays import adjoint

__all__ = ["COUPLED", "Blocks", "couplings", "irreducible_blocks"]

COUPLED = 1e-9
"""Of the largest element: more than the rounding of numbers typed with ten digits couples two blocks."""
_EQUAL = 1e-8  # of the largest eigenvalue; random combinations of blocks that differ do not come that near


_TRIALS = 3


@dataclass(frozen=True, eq=False)
class Blocks:
    """Orthonormal bases of the blocks.

    Attributes
    ----------
    states : (N, d) columns of each block
    kinds : blocks with the same number are copies of each other
    first, second : of a single block, bases of the two halves that are held together by the weakest link found
    """

    states: list[Complex]
    kinds: list[int]
    first: Complex
    second: Complex


@dataclass(frozen=True, eq=False)
class _Forest:
    """Trees of strongest links between n nodes: parent (itself for a root), tree and strength of the link of each node.

    ``order`` lists parents before their children.
    """

    parent: Integer
    tree: Integer
    strength: Float
    order: list[int]


def irreducible_blocks(matrices: Complex) -> Blocks:
    """Blocks of matrices (n, N, N) of order 1 and their adjoints.

    Of a few trials the finest counts, and among those the cleanest: rounding grows where eigenvalues of blocks come near
    each other by chance, and blocks that it connects are joined.
    """
    rng = np.random.default_rng(0)
    trials = [_trial(matrices, rng) for _ in range(_TRIALS)]
    return min(trials, key=lambda one: (-len(one.states), couplings(matrices, one.states).max()))


def _trial(matrices: Complex, rng: np.random.Generator) -> Blocks:
    first, second = (_element(matrices, rng) for _ in range(2))
    values, vectors = np.linalg.eigh(first)
    spread = np.abs(values).max() or 1.0
    starts = np.flatnonzero(np.diff(values, prepend=-np.inf) > _EQUAL * spread)
    spaces = np.split(vectors, starts[1:], axis=1)
    links = adjoint(vectors) @ second @ vectors
    strength = np.sqrt(np.add.reduceat(np.add.reduceat(np.abs(links) ** 2, starts, 0), starts, 1))
    forest = _forest(strength / (np.abs(second).max() or 1.0))
    carried = _carried(spaces, second, forest)
    blocks, kinds = [], []
    for tree in range(int(forest.tree.max()) + 1):
        members = [carried[node] for node in np.flatnonzero(forest.tree == tree)]
        if len({member.shape[1] for member in members}) > 1:  # equal by chance: not told apart
            blocks.append(np.concatenate(members, axis=1))
            kinds.append(tree)
            continue
        for copy in range(members[0].shape[1]):
            blocks.append(np.stack([member[:, copy] for member in members], axis=1))
            kinds.append(tree)
    halves = _weakest_cut(carried, forest)
    return _merged(matrices, blocks, kinds, halves)


def couplings(matrices: Complex, blocks: list[Complex]) -> Float:
    """Largest element (b, b) of any matrix between two blocks; zero on the diagonal."""
    every = np.concatenate(blocks, axis=1)
    largest = np.zeros(every.shape)
    for matrix in matrices:  # one by one: a file may have thousands
        largest = np.maximum(largest, np.abs(adjoint(every) @ matrix @ every))
    starts = np.cumsum([0, *(block.shape[1] for block in blocks[:-1])])
    between = np.maximum.reduceat(np.maximum.reduceat(largest, starts, 0), starts, 1)
    between = np.maximum(between, between.T)
    np.fill_diagonal(between, 0.0)
    return np.asarray(between)


def _element(matrices: Complex, rng: np.random.Generator) -> Complex:
    """Random Hermitian polynomial of third order in the matrices, of norm about 1."""
    factors = []
    for _ in range(6):
        weights = rng.normal(size=len(matrices)) + 1j * rng.normal(size=len(matrices))
        one = np.tensordot(weights, matrices, axes=1)
        factors.append(one / (np.linalg.norm(one, 2) or 1.0))
    a, b, c, d, e, f = factors
    total = a + b @ c + d @ e @ f
    return np.asarray(total + adjoint(total))


def _forest(strength: Float) -> _Forest:
    """Spanning trees of the strongest links (R. C. Prim's algorithm); links of rounding do not count."""
    number = len(strength)
    parent, tree = np.arange(number), np.full(number, -1)
    link, best, order = np.full(number, np.inf), np.zeros(number), list[int]()
    source = np.arange(number)
    count = -1
    for _ in range(number):
        free = np.flatnonzero(tree < 0)
        node = int(free[np.argmax(best[free])])
        if best[node] > COUPLED:
            parent[node], link[node] = source[node], best[node]
        else:
            count += 1
        tree[node] = count
        order.append(node)
        nearer = strength[node] > best
        best, source = np.where(nearer, strength[node], best), np.where(nearer, node, source)
    return _Forest(parent, tree, link, order)


def _carried(spaces: list[Complex], second: Complex, forest: _Forest) -> list[Complex]:
    """Bases of the eigenspaces, turned so that the second matrix links each vector of a child to one of its parent."""
    carried = list(spaces)
    for node in forest.order:
        if forest.parent[node] == node or spaces[node].shape[1] == 1:
            continue
        link = adjoint(spaces[node]) @ second @ carried[forest.parent[node]]
        if link.shape[0] == link.shape[1]:
            left, _, right = np.linalg.svd(link)
            carried[node] = spaces[node] @ (left @ right)
    return carried


def _weakest_cut(spaces: list[Complex], forest: _Forest) -> tuple[Complex, Complex]:
    """The two halves of the crystal on either side of the weakest link of a single tree."""
    weakest = int(np.argmin(forest.strength))
    below = np.zeros(len(spaces), dtype=bool)
    for node in forest.order:
        below[node] = node == weakest or (forest.parent[node] != node and below[forest.parent[node]])
    empty = np.zeros((len(spaces[0]), 0), dtype=np.complex128)
    halves = [
        np.concatenate(
            [empty, *(space for space, inside in zip(spaces, below, strict=True) if inside == side)], axis=1
        )
        for side in (True, False)
    ]
    return halves[0], halves[1]


def _merged(
    matrices: Complex, blocks: list[Complex], kinds: list[int], halves: tuple[Complex, Complex]
) -> Blocks:
    """Join blocks that some matrix connects after all: what is left is apart in every one of them."""
    coupled = couplings(matrices, blocks) > COUPLED
    label = np.arange(len(blocks))
    for i, j in np.argwhere(coupled):
        label[label == label[j]] = label[i]
    states, numbers = [], []
    for one in np.unique(label):
        members = np.flatnonzero(label == one)
        states.append(np.concatenate([blocks[m] for m in members], axis=1))
        # What was joined is nobody's copy.
        numbers.append(kinds[members[0]] if len(members) == 1 else len(kinds) + int(one))
    return Blocks(states, numbers, *halves)
