"""numbalsoda: Fortran's dop853 and C++'s lsoda behind numba functions, packet by packet in one compiled loop."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numba
import numpy as np

from benchmarks.measure import Contender
from benchmarks.peers_scipy import compiled_rates
from benchmarks.problems import Case

try:
    import numbalsoda
except ImportError:
    numbalsoda = None


def installed() -> bool:
    """Whether it can be used here."""
    return numbalsoda is not None


@lru_cache(maxsize=8)
def _flow(case: Case) -> Any:
    """The right-hand side as a C function."""
    rates = compiled_rates(case)
    size = 2 * case.components

    @numba.cfunc(numbalsoda.lsoda_sig)
    def flow(t, state, out, parameters):
        values = rates(t, numba.carray(state, (size,)))
        for i in range(size):
            out[i] = values[i]

    return flow


def _make_loop(solver: Any) -> Callable[..., None]:
    @numba.njit
    def loop(address, starts, times, tolerance, out):
        data = np.zeros(1)
        for i in range(len(starts)):
            states, success = solver(address, starts[i].copy(), times, data, tolerance, tolerance)
            if success:
                out[i] = states
            else:
                out[i] = np.nan

    return loop


def _prepare(
    case: Case, loop: Callable[..., None], starts: np.ndarray, times: np.ndarray, tolerance: float
) -> Callable[[], np.ndarray]:
    flow, out = _flow(case), np.empty((len(starts), len(times), starts.shape[1]))

    def call() -> np.ndarray:
        loop(flow.address, starts, times, tolerance, out)
        return out

    return call


def contenders(case: Case, starts: np.ndarray, times: np.ndarray) -> list[Contender]:
    """dop853 and lsoda; none where the package is not installed."""
    if numbalsoda is None:
        return []

    def contender(name: str, solver: Any) -> Contender:
        loop = _make_loop(solver)
        return Contender(
            name, lambda tolerance, n: _prepare(case, loop, starts[:n], times, tolerance), np.copy, 2048, 1024
        )

    return [
        contender("numbalsoda dop853", numbalsoda.dop853),
        contender("numbalsoda lsoda", numbalsoda.lsoda),
    ]
