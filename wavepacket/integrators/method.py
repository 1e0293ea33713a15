"""The methods: a compiled step, its dense output, and what one may expect of them."""

import importlib
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Method:
    """One explicit Runge-Kutta method.

    Attributes
    ----------
    name : as in a config; ``kernels/NAME.py`` holds its step as ``NAME_step``
    order : global order of convergence
    adaptive : whether it chooses its steps from an error estimate and has dense output; the steps of a fixed-step method
        end at the saves
    reference : where it comes from

    """

    name: str
    order: int
    adaptive: bool
    reference: str

    @property
    def step(self) -> Any:
        """Compiled step (contract in ``kernels/layout.py``), made when first asked for."""
        return self._kernel("step")

    @property
    def dense(self) -> Any:
        """Compiled dense output; of a fixed-step method the step itself, which is never called for it."""
        return self._kernel("dense" if self.adaptive else "step")

    def _kernel(self, part: str) -> Any:
        return getattr(importlib.import_module(f"wavepacket.kernels.{self.name}"), f"{self.name}_{part}")


METHODS = {
    "dop853": Method(
        "dop853", 8, True,
        "E. Hairer, S. P. Nørsett and G. Wanner, Solving Ordinary Differential Equations I (1993), section II.5",
    ),
    "rk4": Method(
        "rk4", 4, False,
        "E. Hairer, S. P. Nørsett and G. Wanner, Solving Ordinary Differential Equations I (1993), section II.1",
    ),
}  # fmt: skip
