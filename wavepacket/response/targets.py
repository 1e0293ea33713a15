"""Targets of the integrals: one for each physical quantity.

A quantity is a sum of integrals, such as M = ∫[dk] Σ [m f + (e/ħ) Ω k_BT ln(1+e^{(μ−ε)/k_BT})], whose terms may be
large and cancel where bands touch: only the sum has a target. It is relative to each value: at every μ and T the largest
uncertainty of a component over the larger of the largest component and a floor. Unless the user gives a floor it is a
tenth of what the quantity would be there if nothing cancelled over the zone.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, reduce
from typing import Literal

import numpy as np

from wavepacket.arrays import Float
from wavepacket.response.collect import Task
from wavepacket.response.histogram import WIDE
from wavepacket.response.scan import Estimate, Kind, Scan, joined
from wavepacket.response.spread import widths_of
from wavepacket.response.states import States
from wavepacket.response.uniform import mesh_points
from wavepacket.units import BOLTZMANN

__all__ = ["Sample", "Target", "Term", "contributions", "estimate", "natural", "shares"]

Kernel = Callable[[Kind], Float]

CANCELLED = 0.1
_COARSE = {1: 64, 2: 24, 3: 8}
_FAR, _NEAR = np.pi * math.sqrt(7 / 5), np.pi * math.sqrt(7 / 15)
_STEP = ((0.0, 1.0),)
_SLOPE = ((0.0, 16 / 21), (_FAR, 5 / 42), (-_FAR, 5 / 42))
_KINDS: dict[Kind, int] = {"sea": 0, "surface": 1, "grand": 2, "entropy": 3, "warming": 4}
"""Numbers in kernels/reduce/cells.py."""
_RULES: dict[Kind, tuple[Kind, tuple[tuple[float, float], ...], bool]] = {
    "sea": ("sea", _SLOPE, False),
    "surface": ("surface", _SLOPE, False),
    "grand": ("grand", _SLOPE, False),
    "entropy": ("surface", ((_NEAR, np.pi**2 / 6), (-_NEAR, np.pi**2 / 6)), True),
    "warming": ("surface", ((_FAR, np.pi**2 / 6 / _FAR), (-_FAR, -(np.pi**2) / 6 / _FAR)), True),
}
"""Thermal averages of functions of energy: of which one at T = 0, its places in k_BT and weights, and whether k_B²T is a
factor. Exact for polynomials of order 5 (entropy and its change: 3 and 4), from ∫x²(−f′) = π²/3, ∫x⁴(−f′) = 7π⁴/15,
∫s = π²/3 and ∫x²s = 7π⁴/45."""


@dataclass(frozen=True)
class Term:
    """A factor times an integral of a column."""

    kind: Kind
    column: str
    factor: float = 1.0


@dataclass(frozen=True, eq=False)
class Target:
    """A quantity and how well it shall be known.

    Attributes
    ----------
    name : of the observable
    parts : sums of terms, each with all components of its columns; parts stand behind each other
    relative : uncertainty that is asked for, of each value
    floor : in the observable's unit; values below it need be known to `relative` of it only; None for a choice
    unit : the observable's unit over the internal one
    when : at which temperatures it is defined: all, above zero, or zero whatever the scan says
    only : components of a part that count; None for all
    undefined : numbers of the μ at which there is no value at T = 0
    check : differences that vanish but for errors, [μ, T, n]; None for the uncertainty of the quantity itself
    """

    name: str
    parts: tuple[tuple[Term, ...], ...]
    relative: float
    floor: float | None = None
    unit: float = 1.0
    when: Literal["any", "warm", "cold"] = "any"
    only: tuple[int, ...] | None = None
    undefined: tuple[int, ...] = ()
    check: Callable[[Scan], Estimate] | None = None
    projectors: dict[str, Float] = field(default_factory=dict)

    def width(self, task: Task) -> int:
        """Number of components."""
        slices = [task.columns.slices[terms[0].column] for terms in self.parts]
        widths = [p.stop - p.start if self.only is None else len(self.only) for p in slices]
        return sum(widths)

    def temperatures(self, scan: Float) -> Float:
        """Temperatures of a scan at which the quantity is defined, K."""
        if self.when == "cold":
            return np.zeros(1)
        return scan[scan > 0] if self.when == "warm" else scan

    def extremes(self, scan: Float) -> list[int]:
        """Places of the lowest and the highest of these temperatures: what cells resolve at both, they do between."""
        kelvin = self.temperatures(scan)
        return [int(kelvin.argmin()), int(kelvin.argmax())]


def estimate(target: Target, scan: Scan) -> Estimate:
    """The quantity (M, T, components) in internal units, at the temperatures where it is defined."""
    warm = scan.temperature > 0
    parts = []
    for terms in target.parts:
        estimates: list[Estimate] = []
        for term in terms:
            if target.when == "cold":
                cold = scan.cold(term.kind, term.column)
                one = Estimate(cold.channels[:, None], cold.floor[:, None])
            else:
                one = scan.integral(term.kind, term.column)
            estimates.append(term.factor * one)
        total = reduce(lambda a, b: a + b, estimates)
        parts.append(
            total if target.only is None else total.mapped(np.eye(total.floor.shape[-1])[list(target.only)])
        )
    whole = joined(parts, axis=2)
    return whole.at(warm) if target.when == "warm" else whole


def shares(target: Target, scan: Scan, least: Float) -> tuple[Float, Float]:
    """Uncertainty over size, and size in internal units, (M, T) each; `least` (M,) is the floor without the user's."""
    quantity = estimate(target, scan)
    floor = least if target.floor is None else np.full(len(least), target.floor / target.unit)
    size = np.maximum(np.abs(quantity.value).max(axis=2, initial=0.0), floor[:, None])
    # What is no more than rounding is as well known as it can be.
    doubt = quantity if target.check is None else target.check(scan)
    error = np.where(doubt.statistical <= doubt.floor, 0.0, doubt.statistical).max(axis=2, initial=0.0)
    if target.undefined and target.when == "any":
        error[np.ix_(target.undefined, scan.temperature == 0)] = 0.0
    share = np.divide(error, size, out=np.where(error > 0, np.inf, 0.0), where=size > 0)
    return share, size


@dataclass(frozen=True, eq=False)
class Sample:
    """States at wavevectors, with the edges (n, d, 3) of their cells in 1/Å and weights (n, N, columns)."""

    task: Task
    states: States
    edges: Float
    weights: Float
    mu: Float
    _known: dict[tuple[Kind, float], Float] = field(default_factory=dict)

    @cached_property
    def widths(self) -> Float:
        """Widths (n·N, d) of the states, eV."""
        edges = self.edges if self.task.linear else np.zeros_like(self.edges)
        return widths_of(self.states.slope, edges).reshape(self.states.energy.size, -1)

    def occupation(self, kind: Kind, temperature: float) -> Float:
        """Kernel (n, N, M) of each state: of a point where its cell resolves k_BT, else with the energy linear over it.

        A cell is averaged by Gauss's rule of two or three points over the tails of f.
        """
        from wavepacket.kernels.reduce.cells import occupations

        if (kind, temperature) not in self._known:
            energy, mu = self.states.energy, self.mu
            kt = BOLTZMANN * temperature
            over, rule, scaled = _RULES[kind] if temperature > 0 else (kind, _STEP, False)
            units = {"sea": 1.0, "surface": 1 / kt, "grand": kt, "entropy": BOLTZMANN, "warming": 1 / temperature} if (
                temperature > 0) else {kind: 1.0}  # fmt: skip
            widest = WIDE * kt if self.task.linear else np.inf
            out = np.empty((len(energy), energy.shape[1] * len(mu)))
            scales = np.array([kt, units[kind], BOLTZMANN * kt if scaled else 1.0, widest])
            occupations(
                _KINDS[kind], _KINDS[over], scales, mu, np.array(rule), energy, self.widths, out, np.zeros(4)
            )
            self._known[kind, temperature] = out.reshape(*energy.shape, len(mu))
        return self._known[kind, temperature]


def contributions(target: Target, sample: Sample, temperature: float) -> Float:
    """What wavevectors add to the quantity at one temperature, (n, components, M)."""
    parts = []
    for terms in target.parts:
        total: Float | float = 0.0
        for term in terms:
            columns = np.swapaxes(sample.weights[..., sample.task.columns.slices[term.column]], 1, 2)
            one = term.factor * (columns @ sample.occupation(term.kind, temperature))
            if term.column in target.projectors:
                one = target.projectors[term.column] @ one
            total = total + one
        assert isinstance(total, np.ndarray)
        parts.append(total if target.only is None else total[:, list(target.only)])
    return np.concatenate(parts, axis=1)


def natural(targets: Sequence[Target], task: Task, mu: Float, temperature: Float) -> Float:
    """Size (targets, M) of each quantity if nothing cancelled over the zone, internal units, from a coarse mesh."""
    d, mesh = task.domain.dimension, _COARSE[task.domain.dimension]
    if task.domain.hamiltonian.size > 8:
        mesh = max(6, mesh * 3 // 4)
    points = task.domain.points(mesh_points(mesh, d, 0.25, 0, mesh**d))
    total = np.zeros((len(targets), len(mu)))
    for first in range(0, len(points.k), task.block):
        some = slice(first, first + task.block)
        k, edges = points.k[some], points.edges[some] / mesh
        states = task.states(k)
        weights = task.columns.of(states, k, edges)[:, :, 0] * (points.weight[some] / mesh**d)[:, None, None]
        sample = Sample(task, states, edges, weights, mu)
        for index, target in enumerate(targets):
            lowest = float(target.temperatures(temperature).min())
            contributed = contributions(target, sample, lowest)
            total[index] += np.abs(contributed).max(axis=1, initial=0.0).sum(axis=0)
    return total
