"""The methods: where they are compiled, and what one may expect of them."""

import importlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from wavepacket.arrays import Float
from wavepacket.config import Integrator, Tableau


@dataclass(frozen=True)
class Method:
    """One explicit Runge-Kutta method.

    Attributes
    ----------
    name : as in a config; ``kernels/integrate/NAME.py`` makes it
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
    def kernel(self) -> Any:
        """Compiled method (contract in ``kernels/layout.py``), made when first asked for."""
        return getattr(importlib.import_module(f"wavepacket.kernels.integrate.{self.name}"), self.name)


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


def method_of(integrator: Integrator) -> Method:
    """The method of a config's steps, dop853 for what a quadrature leaves to it too.

    One whose tableau a config holds has its numbers behind the scales of `control`.
    """
    if integrator.tableau is None:
        return METHODS["dop853" if integrator.is_dop853 else integrator.method]
    numbers = integrator.tableau
    rows, _, weights = matrices(numbers)
    return Method("tableau", order(rows, weights), numbers.embedded is not None, "the tableau of the config")


def order(rows: Float, b: Float) -> int:
    """Order of coefficients (s, s) and weights (s,), as far as the conditions up to the fourth tell.

    Hairer, Nørsett and Wanner (1993), table 2.2 of section II.2.
    """
    c = rows.sum(axis=1)
    conditions = [
        [b.sum() - 1],
        [b @ c - 1 / 2],
        [b @ c**2 - 1 / 3, b @ rows @ c - 1 / 6],
        [
            b @ c**3 - 1 / 4,
            b @ (c * (rows @ c)) - 1 / 8,
            b @ rows @ c**2 - 1 / 12,
            b @ rows @ rows @ c - 1 / 24,
        ],
    ]
    return next((i for i, each in enumerate(conditions) if np.abs(each).max() > 1e-10), len(conditions))


def error_estimate(tableau: Tableau) -> tuple[Float, int]:
    """Weights (s + 1,) of the difference of the two formulas, the last one of the rates at the end; and its order in h.

    Where both are of order four or more, it counts as five: the step control is then a little bolder than it could be.
    """
    rows, _, weights = matrices(tableau)
    size = len(weights)
    first, second = np.append(weights, 0.0), np.zeros(size + 1)
    second[: len(tableau.embedded or ())] = tableau.embedded or ()
    extended = np.zeros((size + 1, size + 1))
    extended[:size, :size], extended[size, :size] = rows, weights
    return first - second, min(order(extended, first), order(extended, second)) + 1


def matrices(tableau: Tableau) -> tuple[Float, Float, Float]:
    """Coefficients (s, s), nodes (s,), the sums of their rows, and weights (s,)."""
    size = len(tableau.stages)
    rows = np.zeros((size, size))
    for i, row in enumerate(tableau.stages):
        rows[i, :i] = row
    return rows, rows.sum(axis=1), np.array(tableau.weights)
