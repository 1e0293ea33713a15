"""scipy's ``solve_ivp`` with DOP853: packet by packet with a Python or a numba right-hand side, or all in one call."""

import math
from collections.abc import Callable

import numba
import numpy as np
from scipy.integrate import solve_ivp

from benchmarks.equations import Functions
from benchmarks.measure import Contender
from benchmarks.problems import Case

Flow = Callable[[float, np.ndarray], np.ndarray]


def numpy_flow(case: Case) -> Flow:
    """Right-hand side for states (components, n) of all packets."""
    assert case.factory is not None
    rates = case.factory(Functions(np.sin, np.cos, lambda x: 1.0 / np.sqrt(x)))
    return lambda t, state: np.stack(rates(t, state))


def _python_flow(case: Case) -> Flow:
    """For one packet; plain floats, since numpy is several times slower on single numbers."""
    assert case.factory is not None
    rates = case.factory(Functions(math.sin, math.cos, lambda x: 1.0 / math.sqrt(x)))
    return lambda t, state: rates(t, state.tolist())  # type: ignore[return-value]


def compiled_rates(case: Case) -> Callable[..., tuple[float, ...]]:
    """The same text compiled by numba, for one packet."""
    assert case.factory is not None

    @numba.njit(error_model="numpy")
    def inverse_root(x):
        return 1.0 / math.sqrt(x)

    return numba.njit(error_model="numpy")(case.factory(Functions(math.sin, math.cos, inverse_root)))


def _numba_flow(case: Case) -> Flow:
    rates = compiled_rates(case)

    @numba.njit
    def flow(t, state):
        return np.array(rates(t, state))

    return flow


def one_by_one(
    flow: Flow, starts: np.ndarray, times: np.ndarray, tolerance: float
) -> Callable[[], np.ndarray]:
    """A call of solve_ivp for each packet."""

    def call() -> np.ndarray:
        return np.array([_solve(flow, start, times, tolerance).T for start in starts])

    return call


def all_at_once(
    flow: Flow, starts: np.ndarray, times: np.ndarray, tolerance: float
) -> Callable[[], np.ndarray]:
    """One call of solve_ivp for all packets, with a common step; ``flow`` takes (components, n)."""
    shape = starts.T.shape

    def call() -> np.ndarray:
        def flat(t: float, state: np.ndarray) -> np.ndarray:
            return flow(t, state.reshape(shape)).ravel()

        return _solve(flat, starts.T.ravel(), times, tolerance).reshape(*shape, len(times))

    return call


def _solve(flow: Flow, start: np.ndarray, times: np.ndarray, tolerance: float) -> np.ndarray:
    span = times[0], times[-1]
    return solve_ivp(flow, span, start, method="DOP853", t_eval=times, rtol=tolerance, atol=tolerance).y


def vectorised(name: str, flow: Flow, starts: np.ndarray, times: np.ndarray) -> Contender:
    """All packets in one call: its error belongs to that number of packets, for they share every step."""
    return Contender(
        name,
        lambda tolerance, n: all_at_once(flow, starts[:n], times, tolerance),
        lambda result: np.moveaxis(result, 0, 2),
        len(starts),
        len(starts),
    )


def per_trajectory(name: str, flow: Flow, starts: np.ndarray, times: np.ndarray, number: int) -> Contender:
    """Packet by packet; few of them, since it is slow."""
    return Contender(
        name,
        lambda tolerance, n: one_by_one(flow, starts[:n], times, tolerance),
        np.asarray,
        number,
        4 * number,
    )


def contenders(case: Case, starts: np.ndarray, times: np.ndarray) -> list[Contender]:
    """All three ways."""
    return [
        vectorised(f"scipy, {min(len(starts), 4096)} at once", numpy_flow(case), starts[:4096], times),
        per_trajectory("scipy per packet, numba RHS", _numba_flow(case), starts, times, 32),
        per_trajectory("scipy per packet, Python RHS", _python_flow(case), starts, times, 32),
    ]
