"""scipy on the very table that wavepacket uses: the same coefficients as a tensor ``NdBSpline``, DOP853 on top.

``map_coordinates`` gives values but no derivatives of a quintic spline; NdBSpline is compiled, gives both, and is the
same function of k to rounding, so the problem is the same one.
"""

from collections.abc import Callable

import numpy as np
from scipy.interpolate import NdBSpline

from benchmarks import ours, peers_scipy
from benchmarks.equations import LENGTH
from benchmarks.measure import Contender
from benchmarks.problems import Case
from wavepacket.simulation.problem import Problem
from wavepacket.units import E_OVER_HBAR, HBAR

_DEGREE = 5
_SLOPES = ((1, 0, 0), (0, 1, 0), (0, 0, 1))


def _spline(problem: Problem) -> tuple[NdBSpline, np.ndarray]:
    """The table as a spline of grid coordinates (cells), and the matrix from k to them."""
    coefficients, to_cells = ours.table_arrays(problem.band)
    # The padded coefficient i belongs to the B-spline on the knots i - 5 … i + 1.
    knots = tuple(np.arange(-_DEGREE, size + 1, dtype=float) for size in coefficients.shape[:3])
    return NdBSpline(knots, coefficients, _DEGREE), to_cells


def table_flow(case: Case, problem: Problem) -> Callable[[float, np.ndarray], np.ndarray]:
    """Right-hand side for scaled states (6, n); static fields, all terms of the equations of motion."""
    spline, to_cells = _spline(problem)
    points = np.array(spline.c.shape[:3]) - _DEGREE
    fields = problem.config.fields
    magnetic = np.array(fields.magnetic)
    b = -E_OVER_HBAR * magnetic
    (term,) = fields.electric
    f = -np.array(term.amplitude) / HBAR

    def flow(t: float, state: np.ndarray) -> np.ndarray:
        cells = (state[3:].T / case.lattice_constant @ to_cells.T) % points
        values = spline(cells)
        # d(ε - m·B)/dk: one call for each slope, all fields at a time.
        slopes = np.stack([spline(cells, nu=nu) for nu in _SLOPES], axis=-1) @ to_cells
        velocity = (slopes[:, 0] - np.einsum("c,nca->na", magnetic, slopes[:, 4:7])) / HBAR
        omega = values[:, 1:4]
        factor = 1.0 - omega @ b
        k_rate = f + np.cross(velocity, b) - (f @ b) * omega
        r_rate = velocity - np.cross(f, omega) - np.sum(velocity * omega, axis=1)[:, None] * b
        rates = np.concatenate([r_rate / LENGTH, k_rate * case.lattice_constant], axis=1)
        return (rates / factor[:, None]).T

    return flow


def _one(flow: Callable[[float, np.ndarray], np.ndarray]) -> Callable[[float, np.ndarray], np.ndarray]:
    return lambda t, state: flow(t, state[:, None])[:, 0]


def reference(case: Case, problem: Problem, starts: np.ndarray, times: np.ndarray) -> np.ndarray:
    """States (n, saves, 6) of all packets in one call at the tightest tolerance."""
    flow = table_flow(case, problem)
    return np.moveaxis(peers_scipy.all_at_once(flow, starts, times, 3e-14)(), 0, 2)


def contenders(case: Case, problem: Problem, starts: np.ndarray, times: np.ndarray) -> list[Contender]:
    """All packets in one call, and packet by packet."""
    flow = table_flow(case, problem)
    few = starts[:256]
    return [
        peers_scipy.vectorised(f"scipy, {len(few)} at once, NdBSpline", flow, few, times),
        peers_scipy.per_trajectory("scipy per packet, NdBSpline", _one(flow), starts, times, 2),
    ]
