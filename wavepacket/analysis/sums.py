"""Weighted sums of a run as estimates with uncertainties."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wavepacket.config import Config
from wavepacket.storage import StoredRun

Float = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Sums:
    """Sums over trajectories, by sign of E, replica and valley (the last valley bin is "none").

    Attributes
    ----------
    current : (2, P, V + 1, T, 3) Σ weight·velocity, Å/fs per Å^d
    displacement : the same of r − r(0), Å per Å^d
    population : (2, P, V + 1, T) Σ weight
    occupation : the same by the valley that is nearest at the time, None where the run did not count
    sub_grids : whether replicas are sub-grids of one grid instead of independent samples

    """

    current: Float
    displacement: Float
    population: Float
    occupation: Float | None
    sub_grids: bool

    @classmethod
    def of_run(cls, run: StoredRun, config: Config) -> "Sums":
        """Take them from a finished run."""
        sub_grids = getattr(config.ensemble, "grid", None) is not None
        return cls(
            run.sums["current"],
            run.sums["displacement"],
            run.sums["population"],
            run.sums.get("occupation"),
            sub_grids,
        )

    @property
    def reversed_too(self) -> bool:
        """Whether every packet was also run with E reversed."""
        return bool(np.any(self.population[1] != 0.0))

    def estimate(self, per_replica: Float) -> tuple[Float, Float | None]:
        """Total over replicas (first axis), and its uncertainty.

        Independent replicas: standard error of their mean. Sub-grids of one grid: the largest deviation of a sub-grid
        from the whole, a bound on the error of the quadrature that converges as fast as the grid.
        """
        number = len(per_replica)
        total = per_replica.sum(axis=0)
        if number < 2:
            return total, None
        deviations = number * per_replica - total
        if self.sub_grids:
            return total, np.abs(deviations).max(axis=0)
        return total, np.sqrt(np.sum(deviations**2, axis=0) / (number * (number - 1)))

    @property
    def how(self) -> str:
        """How uncertainties are found, in words."""
        if self.sub_grids:
            return "uncertainty: largest deviation of a sub-grid of half the density"
        return "uncertainty: standard error over replicas"


def states_are_densities(config: Config) -> bool:
    """Whether weights are states per Å^d, so that sums are densities: true of ensembles over the zone."""
    return config.ensemble.kind not in ("packets", "gaussian", "optical")
