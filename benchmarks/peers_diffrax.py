"""diffrax on jax: Dopri8 and Tsit5, vmap over packets, jit, double precision, CPU."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from benchmarks.equations import Functions
from benchmarks.measure import Contender
from benchmarks.problems import Case

try:
    import diffrax
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
except ImportError:
    diffrax = None

NUMBER = {2: 1024, 3: 512}  # packets of a case with that many directions: enough to fill its arrays
_STEPS = 4096


def version() -> str | None:
    """Version, or None where it is not installed."""
    return diffrax.__version__ if diffrax else None


def compiled_flow(case: Case) -> Callable[[float, np.ndarray], np.ndarray]:
    """Right-hand side of one packet as jax evaluates it."""
    rates = jax.jit(_rates(case))
    return lambda t, state: np.array(rates(t, state))


def _rates(case: Case) -> Callable[[Any, Any], Any]:
    assert case.factory is not None
    return case.factory(Functions(jnp.sin, jnp.cos, jax.lax.rsqrt))


@lru_cache(maxsize=16)
def _solver(case: Case, name: str, final_only: bool) -> Callable[..., Any]:
    """Compiled (starts, times, tolerance) → states (n, saves, components)."""
    rates = _rates(case)
    terms = diffrax.ODETerm(lambda t, state, _: jnp.stack(rates(t, state)))

    def solve(start: Any, times: Any, tolerance: Any) -> Any:
        saves = diffrax.SaveAt(t0=True, t1=True) if final_only else diffrax.SaveAt(ts=times)
        controller = diffrax.PIDController(rtol=tolerance, atol=tolerance)
        return diffrax.diffeqsolve(
            terms, getattr(diffrax, name)(), times[0], times[-1], None, start,
            saveat=saves, stepsize_controller=controller, max_steps=_STEPS, throw=False,
        ).ys  # fmt: skip

    return jax.jit(jax.vmap(solve, in_axes=(0, None, None)))


def contenders(case: Case, starts: np.ndarray, times: np.ndarray) -> list[Contender]:
    """Both methods; none where diffrax is not installed."""
    if diffrax is None:
        return []

    def contender(name: str) -> Contender:
        solver = _solver(case, name, len(times) == 2)

        def prepare(tolerance: float, number: int) -> Callable[[], Any]:
            first, grid = jnp.asarray(starts[:number]), jnp.asarray(times)
            return lambda: solver(first, grid, tolerance).block_until_ready()

        number = min(NUMBER[case.components], len(starts))
        return Contender(f"diffrax {name}", prepare, np.asarray, number, number)

    return [contender("Dopri8"), contender("Tsit5")]
