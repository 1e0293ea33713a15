"""From a target to an integral: uniform meshes where they converge exponentially, cells where they do not."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from wavepacket.equilibrium.adaptive import Adaptive
from wavepacket.equilibrium.scan import Scan, combined
from wavepacket.equilibrium.uniform import on_two_meshes
from wavepacket.equilibrium.work import Collected, Task

__all__ = ["Converged", "Plan", "converge"]

Progress = Callable[[int, int], None]

_FIRST = {1: 32, 2: 12, 3: 6}
_CELLS = {1: 64, 2: 16, 3: 6}
_EXPONENTIAL = 6.0
"""Gain of a doubling of the mesh below which a mesh does not converge exponentially: a rule of second order has 4."""

_BORDERS = 1e-3
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
    if plan.method != "adaptive":
        best, spent = _uniform(scan_of, task, plan)
        if best is not None and (best.met or plan.method == "uniform"):
            return best
    refined = _adaptive(scan_of, task, plan, plan.points - spent)
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


def _reached(scan: Scan, target: float) -> tuple[float, dict[str, float]]:
    """Largest relative uncertainty, and the scales it is relative to.

    A quantity that vanishes by symmetry has no scale of its own: rounding of the sum over states is one.
    """
    values, errors = scales_of(scan)
    scales = {name: max(values[name], _floor(scan.task, name)) for name in values}
    for name in scales:
        if name.startswith("region "):
            scales[name] *= max(1.0, _BORDERS / target)
    return float(max(errors[name] / scales[name] for name in values)), scales


def _floor(task: Task, name: str) -> float:
    """What counts as zero: a millionth of a natural size, e²/h per layer for Ω and a states per cell for n."""
    length = task.domain.hamiltonian.length_scale
    unit = 0.0 if name == "one" else 2.0
    return 1e-6 * math.pow(length, unit - task.domain.dimension) * (1e-5 if name == "moment" else 1.0)


def _uniform(scan_of: Callable[[Collected], Scan], task: Task, plan: Plan) -> tuple[Converged | None, int]:
    dimension, spent = task.domain.dimension, 0
    mesh = plan.mesh or _FIRST[dimension]
    allowed = plan.points if plan.method == "uniform" else plan.points // 3
    best, before, slow = None, np.inf, 0
    while best is None or spent + 2 * mesh**dimension <= allowed:
        if best is None and 2 * mesh**dimension > plan.points:
            mesh = max(2, int((plan.points / 2) ** (1 / dimension)))
        scan = scan_of(on_two_meshes(task, mesh, threads=plan.threads, progress=plan.progress))
        spent += scan.collected.points
        reached, _ = _reached(scan, plan.target)
        how = f"two shifted meshes of {mesh}^{dimension} points; uncertainty: their difference"
        best = Converged(scan, reached, plan.target, how)
        if best.met:
            break
        # Once may be a mesh that does not resolve the integrand yet.
        slow = slow + 1 if reached > before / _EXPONENTIAL else 0
        if plan.method == "auto" and slow > 1 and scan.collected.points > 2000:
            break
        before, mesh = reached, 2 * mesh
    return best, spent


def _adaptive(scan_of: Callable[[Collected], Scan], task: Task, plan: Plan, budget: int) -> Converged | None:
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
        reached, scales = _reached(scan, plan.target)
        if reached <= plan.target or not refined.refine(scales, budget):
            points = refined.collected.points
            how = (
                f"{points} points in cells divided where the error is largest, from {mesh}^{dimension}; uncertainty: "
                "half of the extrapolated part + twice the rms of the cells' errors"
            )
            return Converged(scan, reached, plan.target, how)
