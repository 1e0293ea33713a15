"""Weighted sums of a run as estimates with uncertainties."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from wavepacket.analysis.estimates import Estimator
from wavepacket.config import Config
from wavepacket.runs import StoredRun

Float = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Totals:
    """Sums over trajectories, by sign of E and valley (the last valley bin is "none").

    Attributes
    ----------
    current : (2, V + 1, T, 3) Σ weight·velocity, Å/fs per Å^d
    displacement : the same of r − r(0), Å per Å^d
    population : (2, V + 1, T) Σ weight
    occupation : the same by the valley that is nearest at the time, None where the run did not count

    """

    current: Float
    displacement: Float
    population: Float
    occupation: Float | None = None


@dataclass(frozen=True, eq=False)
class Sums:
    """The sums of a run without collisions, and functions of them as estimates with uncertainties."""

    estimator: Estimator

    @classmethod
    def of_run(cls, run: StoredRun, config: Config) -> "Sums":
        """Take them from a finished run."""
        names = [name for name in ("current", "displacement", "population", "occupation") if name in run.sums]
        return cls(Estimator.of_run(run, config, names))

    @property
    def totals(self) -> Totals:
        """Over all replicas."""
        return Totals(*(values.sum(axis=0) for values in self.estimator.sums))

    @property
    def reversed_too(self) -> bool:
        """Whether every packet was also run with E reversed."""
        return bool(np.any(self.totals.population[1] != 0.0))

    def estimate(self, function: Callable[[Totals], Any]) -> tuple[Float, Float]:
        """Value and uncertainty of a function of the totals; see `Estimator.estimate`."""
        return self.estimator.estimate(lambda *sums: function(Totals(*sums)))

    @property
    def how(self) -> str:
        """How uncertainties are found, in words."""
        return self.estimator.how


def states_are_densities(config: Config) -> bool:
    """Whether weights are states per Å^d, so that sums are densities: true of ensembles over the zone."""
    return config.ensemble.kind not in ("packets", "gaussian", "optical")
