"""From targets to integrals: uniform meshes where they converge exponentially, cells where they do not."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from wavepacket.arrays import Float, Integer
from wavepacket.response.adaptive import Adaptive
from wavepacket.response.collect import Collected, Task
from wavepacket.response.scan import Scan, combined
from wavepacket.response.targets import CANCELLED, Target, natural, shares
from wavepacket.response.uniform import REPLICAS, on_shifted_meshes

__all__ = ["Converged", "Limits", "Pass", "Reached", "converge"]

Progress = Callable[[int, int], None]

_FIRST = {1: 16, 2: 8, 3: 4}
_CELLS = {1: 32, 2: 8, 3: 4}
_WORTH = 1.4
"""Of a mesh, the least next one that is worth its points."""
_LEAP = 4.0
"""Largest ratio of two meshes: results of both are compared."""
_PROBES = 101
"""Most chemical potentials at which the errors of cells are compared; every number of the scan is judged in the end."""


@dataclass(frozen=True)
class Limits:
    """How far to go.

    Attributes
    ----------
    points : most wavevectors to diagonalise
    method : ``auto``, ``uniform`` or ``adaptive``
    mesh : points along each axis to start with; None for a choice
    """

    points: int = 1_000_000
    method: str = "auto"
    mesh: int | None = None
    threads: int = 1
    progress: Progress = lambda done, total: None


@dataclass(frozen=True, eq=False)
class Reached:
    """How well a quantity is known.

    Attributes
    ----------
    share : (M, T) uncertainty over the size that it is relative to
    """

    target: Target
    share: Float

    @property
    def worst(self) -> float:
        """Largest share."""
        return float(self.share.max(initial=0.0))

    @property
    def met(self) -> bool:
        """Whether the target was reached at every μ and T."""
        return self.worst <= self.target.relative


@dataclass(frozen=True, eq=False)
class Pass:
    """One integration: its result, how well each target was met, and a sentence on the method."""

    scan: Scan
    reached: dict[str, Reached]
    how: str

    @property
    def met(self) -> bool:
        """Whether every target was reached."""
        return all(each.met for each in self.reached.values())


@dataclass(frozen=True, eq=False)
class Converged:
    """Finished integrals: of every quantity the pass that knows it better.

    Attributes
    ----------
    passes : of a uniform mesh, of cells, or both
    points : wavevectors diagonalised in all
    """

    passes: tuple[Pass, ...]
    points: int

    def best(self, name: str) -> tuple[Scan, str]:
        """The scan that knows a quantity better at each temperature, and how it was found."""
        last = self.passes[-1]
        if name not in last.reached:
            return last.scan, last.how
        kelvin = last.reached[name].target.temperatures(last.scan.temperature)
        chosen = [self.passes[i] for i in self._choice(name)]
        hows = list(dict.fromkeys(one.how for one in chosen))
        if len(hows) > 1:
            hows = [
                f"{', '.join(f'{t:g} K' for t, one in zip(kelvin, chosen, strict=True) if one.how == how)}: {how}"
                for how in hows
            ]
        apart = {float(t): one.scan.collected for t, one in zip(kelvin, chosen, strict=True)}
        return replace(last.scan, apart=apart), "; ".join(hows)

    def _choice(self, name: str) -> list[int]:
        """Which pass to take at each temperature of a quantity."""
        worst = np.array([one.reached[name].share.max(axis=0, initial=0.0) for one in self.passes[::-1]])
        return [len(self.passes) - 1 - int(i) for i in np.argmin(worst, axis=0)]

    @property
    def reached(self) -> dict[str, Reached]:
        """How well every quantity is known."""
        reached = {}
        for name, one in self.passes[-1].reached.items():
            columns = [self.passes[i].reached[name].share[:, j] for j, i in enumerate(self._choice(name))]
            reached[name] = Reached(one.target, np.stack(columns, axis=1))
        return reached

    @property
    def met(self) -> bool:
        """Whether every target was reached."""
        return all(each.met for each in self.reached.values())


def converge(
    scan_of: Callable[[Collected], Scan], task: Task, targets: Sequence[Target], limits: Limits
) -> Converged:
    """Integrate until every target is met or `limits.points` are used up."""
    first = scan_of(Collected.empty(task, 2))
    mu = first.mu[_probes(len(first.mu))]
    rule = _Rule(targets, first.mu, mu, natural(targets, task, mu, task.axis.temperature))
    passes: list[Pass] = []
    spent = 0
    if limits.method != "adaptive":
        uniform, spent = _uniform(scan_of, task, limits, rule)
        passes.append(uniform)
        if uniform.met or limits.method == "uniform":
            return Converged((uniform,), spent)
    refined = _adaptive(scan_of, task, limits, rule, budget=limits.points - spent, before=passes)
    if refined is not None:
        passes.append(refined)
        spent += refined.scan.collected.points
    return Converged(tuple(passes), spent)


def _probes(count: int) -> Integer:
    return np.unique(np.linspace(0, count - 1, min(count, _PROBES)).round().astype(np.int64))


@dataclass(frozen=True, eq=False)
class _Rule:
    """What decides whether a pass is good enough.

    Attributes
    ----------
    mu, probes : (M,), (P,) eV
    natural : (targets, P) see `targets.natural`
    """

    targets: Sequence[Target]
    mu: Float
    probes: Float
    natural: Float

    def judged(self, scan: Scan) -> tuple[dict[str, Reached], Float]:
        """How well each quantity is known, and its size at the extremes of temperature, (targets, 2 P), internal units."""
        reached, sizes = {}, np.zeros((len(self.natural), 2 * len(self.probes)))
        for index, target in enumerate(self.targets):
            least = CANCELLED * np.interp(self.mu, self.probes, self.natural[index])
            share, size = shares(target, scan, least)
            reached[target.name] = Reached(target, share)
            chosen = target.extremes(scan.temperature)
            sizes[index] = size[_probes(len(self.mu))][:, chosen].T.ravel()
        return reached, sizes


def _uniform(
    scan_of: Callable[[Collected], Scan], task: Task, limits: Limits, rule: _Rule
) -> tuple[Pass, int]:
    dimension = task.domain.dimension
    mesh = limits.mesh or _FIRST[dimension]
    allowed = limits.points
    if 1.25 * REPLICAS * mesh**dimension > limits.points:
        mesh = max(1, int((limits.points / REPLICAS / 1.5) ** (1 / dimension)))
    best: Pass | None = None
    coarse = on_shifted_meshes(task, max(1, mesh // 2), threads=limits.threads)
    spent = coarse.points
    slow: dict[str, int] = {}
    while best is None or spent + REPLICAS * mesh**dimension <= allowed:
        collected = on_shifted_meshes(task, mesh, threads=limits.threads, progress=limits.progress)
        spent += collected.points
        # Two coarser ones: what is extrapolated is compared with what was.
        collected = replace(collected, coarser=coarse)
        scan, before = scan_of(collected), best
        coarse = replace(collected, coarser=replace(coarse, coarser=None))
        how = (
            f"{REPLICAS} shifted meshes of {mesh}^{dimension} points; uncertainty: 95 % from their spread, and where "
            "k_B T does not reach over a cell at mu what the extrapolated value moved by since the mesh before"
        )
        best = Pass(scan, rule.judged(scan)[0], how)
        if best.met:
            break
        for name, each in best.reached.items():
            # As much as it costs, or the mesh is no good. Once may be a mesh that does not resolve the integrand yet.
            gained = before is None or each.worst <= before.reached[name].worst / 2**dimension
            slow[name] = 0 if gained or each.met else slow.get(name, 0) + 1
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
    return best, spent


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
    rule: _Rule,
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
    probes = _probes(len(rule.mu))
    refined = Adaptive(
        task, mesh, rule.targets, rule.probes, threads=limits.threads, progress=limits.progress
    )
    while True:
        scan = scan_of(combined(refined.collected))
        reached, sizes = rule.judged(scan)
        for index, (name, each) in enumerate(reached.items()):
            unmet = each.share[probes] > each.target.relative
            for one in before:
                unmet &= one.reached[name].share.max(axis=0) > each.target.relative
            sizes[index, np.tile(~unmet.any(axis=1), 2)] = np.inf
        if not np.isfinite(sizes).any() or not refined.refine(sizes, budget):
            points = refined.collected.points
            how = (
                f"{points} points in cells divided where the error is largest, from {REPLICAS} shifted meshes of "
                f"{mesh}^{dimension}; uncertainty: 95 % from their spread + half of the last gain"
            )
            return Pass(scan, reached, how)
