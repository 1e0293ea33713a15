"""Values of functions of replica sums, with uncertainties by leaving out one replica at a time."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Float = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Replicas:
    """Sums whose first axis are replicas: independent estimates of a share, or sub-grids of one grid.

    The jackknife (B. Efron and C. Stein, Ann. Statist. 9, 586 (1981)) gives for a linear function the standard error
    of the mean; for sub-grids the largest deviation of one from the whole, a bound on the error of the quadrature.
    """

    sums: tuple[Float, ...]
    sub_grids: bool

    @property
    def how(self) -> str:
        """How uncertainties are found, in words."""
        if self.sub_grids:
            return "uncertainty: largest deviation of a sub-grid of half the density"
        return "uncertainty: jackknife over replicas"

    def estimate(self, function: Callable[..., Float]) -> tuple[Float, Float | None]:
        """Value of a function of the totals and its uncertainty, None where there is one replica only."""
        totals = [values.sum(axis=0) for values in self.sums]
        value = np.asarray(function(*totals))
        number = len(self.sums[0])
        if number < 2:
            return value, None
        share = number / (number - 1)
        left_out = np.array(
            [
                function(
                    *(share * (total - values[i]) for total, values in zip(totals, self.sums, strict=True))
                )
                for i in range(number)
            ]
        )
        if self.sub_grids:
            return value, np.asarray((number - 1) * np.abs(left_out - value).max(axis=0))
        spread = np.sum((left_out - left_out.mean(axis=0)) ** 2, axis=0)
        return value, np.asarray(np.sqrt(spread * (number - 1) / number))
