"""heyoka.py: Taylor's method of adaptive order, compiled for the problem; scalar, or in batches for SIMD.

Its best settings depend on the machine and the problem: every size of batch takes part, with and without fast_math.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from benchmarks.equations import Functions
from benchmarks.measure import Contender
from benchmarks.problems import Case

try:
    import heyoka
except ImportError:
    heyoka = None

BATCHES = (4, 8, 16)
REFERENCE_BATCH = 8
_NAMES = {2: ("x", "y", "p", "q"), 3: ("x", "y", "z", "p", "q", "s")}


def version() -> str | None:
    """Version, or None where it is not installed."""
    return heyoka.__version__ if heyoka else None


def _system(case: Case) -> list[Any]:
    assert case.factory is not None
    # As a power, and not as 1/sqrt, heyoka needs one recurrence instead of two.
    rates = case.factory(Functions(heyoka.sin, heyoka.cos, lambda x: x**-0.5))
    variables = heyoka.make_vars(*_NAMES[case.components])
    return list(zip(variables, rates(heyoka.time, variables), strict=True))


@lru_cache(maxsize=64)
def _integrator(case: Case, tolerance: float, batch: int, fast_math: bool) -> Any:
    size, settings = 2 * case.components, {"tol": tolerance, "fast_math": fast_math}
    if batch == 1:
        return heyoka.taylor_adaptive(_system(case), np.zeros(size), **settings)
    return heyoka.taylor_adaptive_batch(_system(case), np.zeros((size, batch)), **settings)


def compiled_flow(case: Case) -> Callable[[float, np.ndarray], np.ndarray]:
    """Right-hand side of one packet as heyoka evaluates its own expressions."""
    system = _system(case)
    compiled = heyoka.cfunc([rate for _, rate in system], [variable for variable, _ in system])
    if compiled.is_time_dependent:
        return lambda t, state: compiled(np.array(state), time=t)
    return lambda t, state: compiled(np.array(state))


@dataclass(frozen=True)
class Batched:
    """Integration in batches; called, it returns states (batches, saves, components, batch)."""

    case: Case
    batch: int
    fast_math: bool

    @property
    def name(self) -> str:
        """What tables call it."""
        return f"heyoka batch {self.batch}" + (", fast_math" if self.fast_math else "")

    def prepare(self, starts: np.ndarray, times: np.ndarray, tolerance: float) -> Callable[[], np.ndarray]:
        """Return the call that integrates; what is left over of the last batch is left out."""
        integrator = _integrator(self.case, tolerance, self.batch, self.fast_math)
        blocks = starts.reshape(-1, self.batch, starts.shape[1])
        grid = np.repeat(times[:, None], self.batch, axis=1)
        out = np.empty((len(blocks), len(times), starts.shape[1], self.batch))

        def call() -> np.ndarray:
            for block, result in zip(blocks, out, strict=True):
                integrator.set_time(0.0)
                integrator.state[:] = block.T
                if len(times) > 2:
                    result[:] = integrator.propagate_grid(grid)[1]
                else:
                    integrator.propagate_until(times[-1])
                    result[0], result[1] = block.T, integrator.state
            return out

        return call

    def contender(self, starts: np.ndarray, times: np.ndarray) -> Contender:
        """Return it as a contender."""
        number = min(len(starts), 4096)
        return Contender(
            self.name,
            lambda tolerance, n: self.prepare(starts[:n], times, tolerance),
            in_order,
            number,
            min(number, 1024),
        )


def batches(case: Case) -> list[Batched]:
    """Every size of batch with and without fast_math."""
    return [Batched(case, batch, fast) for batch in BATCHES for fast in (False, True)]


def _scalar(case: Case, starts: np.ndarray, times: np.ndarray, tolerance: float) -> Callable[[], np.ndarray]:
    integrator = _integrator(case, tolerance, 1, False)
    out = np.empty((len(starts), len(times), starts.shape[1]))

    def call() -> np.ndarray:
        for start, result in zip(starts, out, strict=True):
            integrator.time = 0.0
            integrator.state[:] = start
            if len(times) > 2:
                result[:] = integrator.propagate_grid(times)[-1]
            else:
                integrator.propagate_until(times[-1])
                result[0], result[1] = start, integrator.state
        return out

    return call


def in_order(result: np.ndarray) -> np.ndarray:
    """States (n, saves, components) of batches."""
    return np.moveaxis(result, 3, 1).reshape(-1, result.shape[1], result.shape[2])


def contenders(case: Case, starts: np.ndarray, times: np.ndarray) -> list[Contender]:
    """In batches and scalar; none where heyoka is not installed."""
    if heyoka is None:
        return []
    number = min(len(starts), 4096)
    return [
        *(each.contender(starts, times) for each in batches(case)),
        Contender(
            "heyoka scalar",
            lambda tolerance, n: _scalar(case, starts[:n], times, tolerance),
            np.copy,
            min(number, 2048),
            min(number, 1024),
        ),
    ]


def reference(case: Case, starts: np.ndarray, times: np.ndarray, tolerance: float) -> np.ndarray:
    """States (n, saves, components)."""
    return in_order(Batched(case, REFERENCE_BATCH, False).prepare(starts, times, tolerance)())


def velocities(case: Case) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """Rates of r (components, n) of states (2 components, n) at times (n,), compiled with fast_math and in batches."""
    system = _system(case)[: case.components]
    variables = heyoka.make_vars(*_NAMES[case.components])
    compiled = heyoka.cfunc([rate for _, rate in system], variables, fast_math=True)
    if compiled.is_time_dependent:
        return lambda times, states: compiled(states, time=times)
    return lambda _times, states: compiled(states)
