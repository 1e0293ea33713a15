"""From a target to an integral: uniform meshes where they converge exponentially, cells where they do not."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from wavepacket.equilibrium.adaptive import Adaptive
from wavepacket.equilibrium.scan import Scan, combined, compared
from wavepacket.equilibrium.uniform import mesh_points, on_two_meshes
from wavepacket.equilibrium.work import Collected, Task

__all__ = ["Converged", "Plan", "converge"]

Progress = Callable[[int, int], None]

_FIRST = {1: 32, 2: 12, 3: 6}
_CELLS = {1: 64, 2: 16, 3: 6}
_EXPONENTIAL = 6.0
"""Gain of a doubling of the mesh below which a mesh does not converge exponentially: a rule of second order has 4."""

_COARSE = {1: 64, 2: 24, 3: 8}
_CANCELLED = 0.1
_NOTHING = 1e-12
_BORDERS = 5e-3
"""Parts by valley and region need not be better than this: their borders cut Ω off, and converge slowly."""


@dataclass(frozen=True)
class Plan:
    """How far to go.

    Attributes
    ----------
    target : uncertainty relative to the largest value of each quantity in the scan
    points : most wavevectors to diagonalise
    method : ``auto``, ``uniform`` or ``adaptive``
    mesh : points along each axis to start with; None for a choice
    """

    target: float = 1e-3
    points: int = 1_000_000
    method: str = "auto"
    mesh: int | None = None
    threads: int = 1
    progress: Progress = lambda done, total: None


@dataclass(frozen=True, eq=False)
class Converged:
    """A finished integral and how it went.

    Attributes
    ----------
    reached : largest uncertainty relative to the scale of its quantity
    how : one sentence
    """

    scan: Scan
    reached: float
    target: float
    how: str

    @property
    def met(self) -> bool:
        """Whether the target was reached."""
        return self.reached <= self.target


def converge(scan_of: Callable[[Collected], Scan], task: Task, plan: Plan) -> Converged:
    """Integrate until the uncertainty of n, Ω and m at the lowest temperature is within the target."""
    best: Converged | None = None
    spent = 0
    natural = natural_scales(task)
    if plan.method != "adaptive":
        best, spent = _uniform(scan_of, task, plan, natural)
        if best is not None and (best.met or plan.method == "uniform"):
            return best
    refined = _adaptive(scan_of, task, plan, natural, plan.points - spent)
    if refined is None:
        assert best is not None
        return best
    return refined if best is None or refined.reached < best.reached else best


def scales_of(scan: Scan) -> tuple[dict[str, float], dict[str, float]]:
    """Largest value and largest uncertainty of each driving column at the lowest temperature of the scan."""
    values, errors = {}, {}
    coldest = int(np.argmin(scan.temperature))
    for name in _drivers(scan.task):
        estimate = scan.integral("sea", name)
        values[name] = float(np.abs(estimate.value[:, coldest]).max(initial=0.0))
        errors[name] = float(estimate.uncertainty[:, coldest].max(initial=0.0))
    return values, errors


def _drivers(task: Task) -> dict[str, slice]:
    places = task.columns.places
    wanted = ["one", "curvature", "moment", *(name for name in places if name.startswith("region "))]
    return {name: places[name] for name in wanted if places[name].stop > places[name].start}


def _reached(scan: Scan, target: float, natural: dict[str, float]) -> tuple[float, dict[str, float]]:
    """Largest relative uncertainty, and the scales it is relative to.

    `natural` are the scales of `natural_scales`.
    """
    values, errors = scales_of(scan)
    # Where the zone's parts cancel, a tenth of them is the measure; without any response rounding is.
    floors = {name: max(_CANCELLED * natural[name], _NOTHING) for name in values}
    scales = {name: max(values[name], floors[name]) for name in values}
    for name in scales:
        if name.startswith("region "):
            scales[name] *= max(1.0, _BORDERS / target)
    return float(max(errors[name] / scales[name] for name in values)), scales


def natural_scales(task: Task) -> dict[str, float]:
    """Size of each driving column if nothing cancelled over the zone: the mean of |Σ_n f a_n| on a coarse mesh."""
    d, mesh = task.domain.dimension, _COARSE[task.domain.dimension]
    points = task.domain.points(mesh_points(mesh, d, 0.5, 0, mesh**d))
    mu = task.axis.mu[np.unique(np.linspace(0, len(task.axis.mu) - 1, 5).astype(np.int64))]
    total = np.zeros((len(mu), task.columns.count))
    for first in range(0, len(points.k), task.block):
        k = points.k[first : first + task.block]
        states = task.states(k)
        occupied = (states.energy[..., None] < mu).astype(np.float64)
        sums = np.abs(np.einsum("njm,njc->nmc", occupied, task.columns.of(states, k)))
        total += np.tensordot(points.weight[first : first + task.block] / mesh**d, sums, axes=1)
    return {name: float(total[:, place].max(initial=0.0)) for name, place in _drivers(task).items()}


def _uniform(
    scan_of: Callable[[Collected], Scan], task: Task, plan: Plan, natural: dict[str, float]
) -> tuple[Converged | None, int]:
    dimension, spent = task.domain.dimension, 0
    mesh = plan.mesh or _FIRST[dimension]
    allowed = plan.points if plan.method == "uniform" else plan.points // 3
    best, previous, before, slow = None, None, np.inf, 0
    while best is None or spent + 2 * mesh**dimension <= allowed:
        if best is None and 2 * mesh**dimension > plan.points:
            mesh = max(2, int((plan.points / 2) ** (1 / dimension)))
        collected = on_two_meshes(task, mesh, threads=plan.threads, progress=plan.progress)
        spent += collected.points
        scan = scan_of(collected)
        how = f"two shifted meshes of {mesh}^{dimension} points; uncertainty: their difference"
        # At a Fermi surface that the mesh does not resolve two meshes may agree by chance: a third has a say.
        if collected.coarse and previous is not None:
            scan, how = scan_of(compared(collected, previous)), f"{how}, and the change since half as many"
        reached, _ = _reached(scan, plan.target, natural)
        alone = collected.coarse > 0 and previous is None
        best, previous = Converged(scan, max(reached, float(alone)), plan.target, how), collected
        if best.met:
            break
        # Once may be a mesh that does not resolve the integrand yet.
        slow = slow + 1 if reached > before / _EXPONENTIAL else 0
        if plan.method == "auto" and slow > 1 and scan.collected.points > 2000:
            break
        before, mesh = reached, 2 * mesh
    return best, spent


def _adaptive(
    scan_of: Callable[[Collected], Scan], task: Task, plan: Plan, natural: dict[str, float], budget: int
) -> Converged | None:
    dimension = task.domain.dimension
    family = 1 + 2**dimension
    mesh = plan.mesh or _CELLS[dimension]
    if plan.method == "auto" and plan.mesh is None:
        # An eighth of the budget on the first cells: what they do not see at all is never refined.
        mesh = max(mesh, int((budget / 8 / family) ** (1 / dimension)))
        mesh = min(mesh, 4 * _CELLS[dimension])
    if plan.method == "adaptive":
        mesh = min(mesh, max(2, int((budget / family) ** (1 / dimension))))
    if family * mesh**dimension > budget:
        return None
    refined = Adaptive(task, mesh, _drivers(task), threads=plan.threads, progress=plan.progress)
    while True:
        scan = scan_of(combined(refined.collected))
        reached, scales = _reached(scan, plan.target, natural)
        if reached <= plan.target or not refined.refine(scales, budget):
            points = refined.collected.points
            how = (
                f"{points} points in cells divided where the error is largest, from {mesh}^{dimension}; uncertainty: "
                "half of the last gain + twice the rms of the cells' errors"
            )
            return Converged(scan, reached, plan.target, how)
