"""Meshes round Γ of which one part of the zone is diagonalised: symmetry knows the rest.

Integrals are sums over the points that stand for others, as often as they do, and turned by all operations: for a point k
with s images, Σ X(gk) = s times the mean of g X(k) over the group. Of meshes that grow by half the last is the value. Its
uncertainty is the change since the one before, and a quarter of the change before that; all of both where the mesh does not
resolve the occupation at μ, so that errors do not fall exponentially. Numbers of points along an axis are odd: of the
momenta that time reversal leaves alone, where bands meet and a product of two slopes has no value, such a mesh holds Γ only.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from wavepacket.arrays import Float
from wavepacket.hamiltonians import LatticeHamiltonian
from wavepacket.response.collect import Collected, Task, collect
from wavepacket.response.kept import Stopped
from wavepacket.response.passes import Limits, Pass, Rule
from wavepacket.response.scan import Scan
from wavepacket.response.spin_symmetry import spin_operations, spin_projectors
from wavepacket.response.symmetry import Operation, Symmetry
from wavepacket.response.weighing import Weighing

__all__ = ["converge_folded", "folding_operations", "irreducible_points", "on_folded_mesh"]

_FIRST = {1: 16, 2: 8, 3: 4}
_GROWTH = 1.5
_CHUNK = 1 << 18  # points that images are found of at once
_EARLIER = 0.25  # of the change before the last one


def irreducible_points(
    crystal: LatticeHamiltonian, operations: Sequence[Operation], mesh: int
) -> tuple[Float, Float]:
    """Points u (n, d) of a mesh round Γ that stand for all, and how many of all each stands for, (n,), sum mesh^d."""
    d, basis = crystal.dimension, crystal.reciprocal
    shape = (mesh,) * d
    turns = [
        np.rint(each.moved(basis) @ np.linalg.inv(basis)).astype(np.int64)[:d, :d] for each in operations
    ]
    number = np.zeros(mesh**d, dtype=np.int64)
    for begin in range(0, mesh**d, _CHUNK):
        first = np.arange(begin, min(begin + _CHUNK, mesh**d))
        index = np.stack(np.unravel_index(first, shape), axis=1)
        for turn in turns:
            first = np.minimum(first, np.ravel_multi_index(tuple((index @ turn % mesh).T), shape))
        np.add.at(number, first, 1)
    chosen = np.flatnonzero(number)
    index = np.stack(np.unravel_index(chosen, shape), axis=1)
    return index / mesh, number[chosen].astype(np.float64)


def on_folded_mesh(task: Task, operations: Sequence[Operation], mesh: int, limits: Limits) -> Collected:
    """Integrate over a mesh^d round Γ; one channel. Raises Stopped where somebody asks to stop."""
    crystal = task.domain.hamiltonian
    assert isinstance(crystal, LatticeHamiltonian)
    name = f"folded {mesh}"
    if name in limits.kept.sums:
        return limits.kept.sums[name]
    part = _Part(task, mesh, *irreducible_points(crystal, operations, mesh))
    total = Collected.empty(task, 1)
    for collected in _blocks(part, limits):
        limits.kept.check()
        total = total.add(collected)
        limits.progress(total.points, len(part.u))
    total = _turned(task, operations, total)
    limits.kept.put(name, total)
    return total


@dataclass(frozen=True, eq=False)
class _Part:
    """Points of a mesh and how often each counts."""

    task: Task
    mesh: int
    u: Float
    number: Float

    def __call__(self, first: int) -> Collected:
        """Collect the block that begins with a point."""
        task, some = self.task, slice(first, first + self.task.block)
        points = task.domain.points(self.u[some])
        weighing = Weighing.alone(points.weight * self.number[some] / self.mesh**task.domain.dimension)
        states, edges = task.states(points.k), points.edges / self.mesh
        return collect(task, states, task.columns.of(states, points.k, edges), edges, weighing)


def _blocks(part: _Part, limits: Limits) -> Iterator[Collected]:
    return limits.in_order(part, range(0, len(part.u), part.task.block))


def _turned(task: Task, operations: Sequence[Operation], found: Collected) -> Collected:
    """Sums over all images, from those over the points that stand for them."""
    rows, pairs = found.rows.copy(), found.pairs
    known = Symmetry(tuple(operations)).projectors(task.columns) | spin_projectors(task, operations)
    slices = task.columns.slices
    for name, matrix in known.items():
        rows[:, slices[name]] = matrix @ rows[:, slices[name]]
    if task.pairs:
        c = list(task.columns.components)
        vector = np.mean([each.axial[np.ix_(c, c)] for each in operations], axis=0)
        pairs = np.kron(np.eye(2), vector) @ pairs
    return replace(found, rows=rows, pairs=pairs)


def folding_operations(task: Task, symmetry: Symmetry) -> list[Operation]:
    """Operations under which all that is collected turns as it is known to, and B of finite differences stays."""
    kept = spin_operations(task, symmetry.operations)
    return [each for each in kept if task.field is None or each.axial[2, 2] > 1 - 1e-6]


def converge_folded(
    scan_of: Callable[[Collected], Scan], task: Task, limits: Limits, rule: Rule, symmetry: Symmetry
) -> tuple[Pass, int]:
    """Integrate on finer and finer meshes until targets are met, or `limits.points` are used up."""
    operations = folding_operations(task, symmetry)
    d = task.domain.dimension
    spent, cold = 0, bool((task.axis.temperature == 0).any())
    most = (limits.points * len(operations)) ** (1 / d) / _GROWTH**3  # of the first of three meshes
    mesh = max(1.0, min(limits.mesh or _FIRST[d], most))
    sums: list[Collected] = []
    best: Pass | None = None
    while best is None or (not best.met and spent + mesh**d / len(operations) <= limits.points):
        size = int(np.ceil(mesh)) | 1
        try:
            sums.append(on_folded_mesh(task, operations, size, limits))
        except Stopped:
            if best is None:
                raise
            break
        spent += sums[-1].points
        mesh = _GROWTH * size
        if len(sums) < 3:
            continue
        scan = scan_of(_estimated(sums[-3:], spent, cold))
        how = (
            f"meshes of up to {size}^{d} points round Gamma, of which {sums[-1].points} stand for all by {len(operations)} "
            "operations; uncertainty: the changes since the two meshes before"
        )
        best = Pass(scan, rule.judged(scan)[0], how)
        limits.report(best)
    assert best is not None
    return best, spent


def _estimated(sums: Sequence[Collected], spent: int, cold: bool) -> Collected:
    """Channels of an estimate, whose uncertainty is the root of the sum of squares of both changes, from three meshes."""
    first, second, last = sums
    sharp = last.steep.max(initial=0.0) > 1 or (cold and last.cut.any())
    earlier = 1.0 if sharp else _EARLIER

    def channels(name: str) -> Float:
        a, b, c = (getattr(each, name) for each in (first, second, last))
        # Twice the root mean square of two channels.
        return np.concatenate([c, np.zeros_like(c), (c - b) / 2**0.5, earlier * (b - a) / 2**0.5], axis=-1)

    rows, raised, lowered, pairs = map(channels, ("rows", "raised", "lowered", "pairs"))
    return replace(last, points=spent, rows=rows, raised=raised, lowered=lowered, pairs=pairs)
