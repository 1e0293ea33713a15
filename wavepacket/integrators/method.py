"""The methods: a compiled step, its dense output, and what one may expect of them."""

from dataclasses import dataclass, field
from typing import Any

from wavepacket.kernels.dop853 import dop853_dense, dop853_step
from wavepacket.kernels.rk4 import rk4_step


@dataclass(frozen=True)
class Method:
    """One explicit Runge-Kutta method.

    Attributes
    ----------
    name : as in a config
    order : global order of convergence
    adaptive : whether it chooses its steps from an error estimate
    step, dense : compiled kernels (contract in ``kernels/layout.py``); a fixed-step method needs no dense output,
        since its steps end at the saves
    reference : where it comes from

    """

    name: str
    order: int
    adaptive: bool
    step: Any = field(repr=False)
    dense: Any = field(repr=False)
    reference: str


METHODS = {
    "dop853": Method(
        "dop853", 8, True, dop853_step, dop853_dense,
        "E. Hairer, S. P. Nørsett and G. Wanner, Solving Ordinary Differential Equations I (1993), section II.5",
    ),
    "rk4": Method(
        "rk4", 4, False, rk4_step, dop853_dense,
        "E. Hairer, S. P. Nørsett and G. Wanner, Solving Ordinary Differential Equations I (1993), section II.1",
    ),
}  # fmt: skip
