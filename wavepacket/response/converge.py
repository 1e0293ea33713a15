"""From targets to integrals: uniform meshes where they converge exponentially, cells where they do not."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from wavepacket.arrays import Float
from wavepacket.response.adaptive import Adaptive
from wavepacket.response.collect import Collected, Task
from wavepacket.response.folded import converge_folded
from wavepacket.response.kept import Stopped
from wavepacket.response.passes import Converged, Limits, Pass, Reached, Rule, probes
from wavepacket.response.scan import Scan, combined
from wavepacket.response.symmetry import NO_SYMMETRY, Symmetry
from wavepacket.response.targets import Target, natural
from wavepacket.response.uniform import REPLICAS, on_shifted_meshes

__all__ = ["converge"]

Progress = Callable[[int, int], None]

_FIRST = {1: 16, 2: 8, 3: 4}
_CELLS = {1: 32, 2: 8, 3: 4}
_WORTH = 1.4
"""Of a mesh, the least next one that is worth its points."""
_LEAP = 4.0
"""Largest ratio of two meshes: results of both are compared."""

_SHIFTED = (
    f"{REPLICAS} shifted meshes of {{}}^{{}} points; uncertainty: 95 % from their spread, and where k_B T does not reach "
    "over a cell at mu what the extrapolated value moved by since the mesh before"
)


def converge(
    scan_of: Callable[[Collected], Scan],
    task: Task,
    targets: Sequence[Target],
    limits: Limits,
    symmetry: Symmetry = NO_SYMMETRY,
) -> Converged:
    """Integrate until every target is met, `limits.points` are used up, or somebody asks to stop.

    Raises Stopped where not even one mesh is finished then.
    """
    first = scan_of(Collected.empty(task, 2))
    mu = first.mu[probes(len(first.mu))]
    rule = Rule(targets, first.mu, mu, natural(targets, task, mu, task.axis.temperature))
    passes: list[Pass] = []
    spent = 0
    if limits.method == "folded":
        folded, spent = converge_folded(scan_of, task, limits, rule, symmetry)
        return Converged((folded,), spent)
    if limits.method != "adaptive":
        uniform, spent = _uniform(scan_of, task, limits, rule)
        passes.append(uniform)
        if uniform.met or limits.method == "uniform" or limits.kept.stopped:
            return Converged((uniform,), spent)
    refined = _adaptive(scan_of, task, limits, rule, budget=limits.points - spent, before=passes)
    if refined is not None:
        passes.append(refined)
        spent += refined.scan.collected.points
    return Converged(tuple(passes), spent)


def _uniform(
    scan_of: Callable[[Collected], Scan], task: Task, limits: Limits, rule: Rule
) -> tuple[Pass, int]:
    dimension = task.domain.dimension
    mesh = limits.mesh or _FIRST[dimension]
    allowed = limits.points
    if 1.25 * REPLICAS * mesh**dimension > limits.points:
        mesh = max(1, int((limits.points / REPLICAS / 1.5) ** (1 / dimension)))
    best: Pass | None = None
    coarse = _on_meshes(task, max(1, mesh // 2), limits)
    spent = coarse.points
    slow: dict[str, int] = {}
    while best is None or spent + REPLICAS * mesh**dimension <= allowed:
        try:
            collected = _on_meshes(task, mesh, limits)
        except Stopped:
            break
        spent += collected.points
        # Two coarser ones: what is extrapolated is compared with what was.
        collected = replace(collected, coarser=coarse)
        scan, before = scan_of(collected), best
        coarse = replace(collected, coarser=replace(coarse, coarser=None))
        best = Pass(scan, rule.judged(scan)[0], _SHIFTED.format(mesh, dimension))
        limits.report(best)
        if best.met:
            break
        _count_slow(slow, best, before, dimension)
        # Numbers at T = 0 need cells whatever happens here.
        cold = (scan.temperature == 0).any()
        budget = (limits.points // 3 if cold else limits.points) - spent
        resolving = _resolving(collected, mesh, dimension, budget)
        if resolving is not None:
            mesh, allowed = resolving, limits.points
            continue
        enough = _sufficient(best, mesh, dimension, limits.points, spent)
        if enough is not None:
            mesh, allowed = min(enough, int(_LEAP * mesh)), limits.points
            continue
        if limits.method == "auto" and collected.points > 2000:
            unmet = [slow[name] for name, each in best.reached.items() if not each.met]
            if min(unmet) > 1:
                break
            # Cells can do with what meshes leave, unless these will do it all.
            allowed = limits.points if max(unmet) == 0 else limits.points // 3
        most = int((max(allowed - spent, 0) / REPLICAS) ** (1 / dimension))
        mesh = min(2 * mesh, most) if most > _WORTH * mesh else 2 * mesh
    if best is None:
        raise Stopped
    return best, spent


def _count_slow(slow: dict[str, int], best: Pass, before: Pass | None, dimension: int) -> None:
    """Count the meshes in a row that gained a quantity less than they cost: one may not resolve the integrand yet."""
    for name, each in best.reached.items():
        gained = before is None or each.worst <= before.reached[name].worst / 2**dimension
        slow[name] = 0 if gained or each.met else slow.get(name, 0) + 1


def _on_meshes(task: Task, mesh: int, limits: Limits) -> Collected:
    return on_shifted_meshes(task, mesh, in_order=limits.in_order, progress=limits.progress, kept=limits.kept)


def _resolving(collected: Collected, mesh: int, dimension: int, budget: int) -> int | None:
    """Mesh on which k_BT reaches over every cell at μ, if it is affordable: from there on the error falls exponentially."""
    steep = float(collected.steep.max(initial=0.0))
    needed = math.ceil(max(1.02 * steep, _WORTH) * mesh)
    if not 1 < steep <= _LEAP or REPLICAS * needed**dimension > budget:
        return None
    return needed


def _sufficient(best: Pass, mesh: int, dimension: int, points: int, spent: int) -> int | None:
    """Largest affordable mesh on which targets are met with a margin if errors fall as h².

    Cells get a quarter of the points for the others. None where no target is left that can be met.
    """
    worst = [each.worst / each.target.relative for each in best.reached.values() if not each.met]
    needed = [1.25 * mesh * math.sqrt(share) for share in worst]
    rest = points - spent
    if REPLICAS * max(needed) ** dimension > rest:
        rest -= points // 4
    affordable = [one for one in needed if REPLICAS * (one + 1) ** dimension <= rest]
    return math.ceil(max(affordable)) if affordable else None


def _adaptive(
    scan_of: Callable[[Collected], Scan],
    task: Task,
    limits: Limits,
    rule: Rule,
    *,
    budget: int,
    before: Sequence[Pass],
) -> Pass | None:
    dimension = task.domain.dimension
    family = REPLICAS * (1 + 2**dimension)
    mesh = limits.mesh or _CELLS[dimension]
    if limits.method == "auto" and limits.mesh is None:
        # An eighth of the budget on the first cells: what they do not see at all is never refined.
        mesh = max(mesh, int((budget / 8 / family) ** (1 / dimension)))
        mesh = min(mesh, 4 * _CELLS[dimension])
    if limits.method == "adaptive":
        mesh = min(mesh, max(1, int((budget / family) ** (1 / dimension))))
    if family * mesh**dimension > budget and limits.method == "auto":
        return None
    try:
        refined = Adaptive(
            task,
            mesh,
            rule.targets,
            rule.probes,
            in_order=limits.in_order,
            progress=limits.progress,
            kept=limits.kept,
        )
    except Stopped:
        if not before:
            raise
        return None
    while True:
        scan = scan_of(combined(refined.collected))
        reached, sizes = rule.judged(scan)
        points = refined.points
        how = (
            f"{points} points in cells divided where the error is largest, from {REPLICAS} shifted meshes of "
            f"{mesh}^{dimension}; uncertainty: 95 % from their spread + half of the last gain"
        )
        found = Pass(scan, reached, how)
        limits.report(found)
        _leave(reached, sizes, before)
        if not np.isfinite(sizes).any() or not _goes_on(refined, sizes, budget):
            return found


def _leave(reached: Mapping[str, Reached], sizes: Float, before: Sequence[Pass]) -> None:
    """Give what is known well enough, by now or by a pass before, an infinite size (targets, 2 P)."""
    for index, (name, each) in enumerate(reached.items()):
        unmet = each.share[probes(len(each.share))] > each.target.relative
        for one in before:
            unmet &= one.reached[name].share.max(axis=0) > each.target.relative
        sizes[index, np.tile(~unmet.any(axis=1), 2)] = np.inf


def _goes_on(refined: Adaptive, sizes: Float, budget: int) -> bool:
    """Divide cells; False where that was not possible, or somebody asked to stop."""
    try:
        return refined.refine(sizes, budget)
    except Stopped:
        return False
