"""Values of functions of the sums of a run with their uncertainties: of sampling, of integration, and of rounding."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wavepacket.arrays import Float
from wavepacket.config import Config
from wavepacket.ensembles import FEWEST, least_error
from wavepacket.protocols import protocol_of
from wavepacket.runs import StoredRun
from wavepacket.runs.accuracy import ENERGY_STEP, POINTS, STATE_STEP, correction
from wavepacket.runs.transport import SEA

__all__ = ["Estimator", "Sampling"]


_FEW = "fewer than two points of each replica count"
_ROUNDING = 4.0 * float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Sampling:
    """How the packets of a run sample its ensemble, and what their sums tell of the error of that.

    Attributes
    ----------
    kind : ``list`` of packets that are all that is meant, ``replicas`` that are independent of each other, or ``grid`` with
        its sub-grids of half the density as replicas
    unknown : why there is no honest estimate of the error; empty where there is one
    least : error relative to the value below which no spread is believed

    """

    kind: str
    unknown: str = ""
    least: float = 0.0

    @classmethod
    def of_run(cls, run: StoredRun, config: Config) -> "Sampling":
        """Of a finished run."""
        ensemble = config.ensemble
        if ensemble.kind == "packets":
            collide = protocol_of(config).collision_time is not None
            return cls("list", "collisions are random, and a list has no replicas" if collide else "")
        grid = getattr(ensemble, "grid", None)
        few = POINTS in run.arrays and float(run.arrays[POINTS].values) < FEWEST
        if grid is None:
            unknown = "one replica alone" if _replicas(run) == 1 else _FEW if few else ""
            return cls("replicas", unknown)
        if ENERGY_STEP not in run.arrays:
            return cls("grid", "sub-grids of this older version mirror each other; run it again")
        if _replicas(run) == 1:
            return cls("grid", "sub-grids need an even number of points, 4 or more, along each axis")
        if few:
            return cls("grid", _FEW)
        energy, states = (float(run.arrays[name].values) for name in (ENERGY_STEP, STATE_STEP))
        if states > 1:
            return cls("grid", "the grid is too coarse for the smallest gap")
        # A step of the occupation that is passed between two points is sampled by all of them; a peak is missed.
        at_surface = ensemble.kind != "fermi_dirac" or SEA in run.arrays
        if energy > 1 and at_surface:
            return cls("grid", "the grid is too coarse for what it has to resolve in energy")
        if at_surface:
            return cls("grid", least=least_error(energy, ensemble.kind == "optical"))
        packets = run.trajectory_count / (2 if ensemble.field_reversal else 1)
        return cls("grid", least=1.0 / packets if energy > 1 else 0.0)

    @property
    def how(self) -> str:
        """How uncertainties are found, in words."""
        if self.unknown or self.kind == "list":
            return self.without_integration if self.unknown else "uncertainty: error of the integration"
        return f"{self.without_integration}, and error of the integration"

    @property
    def without_integration(self) -> str:
        """The same for what integration errors are not known of."""
        if self.unknown:
            return f"uncertainty: not known, {self.unknown}"
        found = {
            "list": "rounding",
            "replicas": "standard error over replicas",
            "grid": "largest deviation of a sub-grid of half the density",
        }[self.kind]
        return f"uncertainty: {found}"


@dataclass(frozen=True, eq=False)
class Estimator:
    """Sums whose first axis are replicas, and what their totals would be if they were integrated more precisely.

    Attributes
    ----------
    sums : each (P, ...) one number or array for each replica
    corrections : for each of the sums (G, ...) estimates of its total's change; None where there are none
    sampling : what the replicas are
    packets : number of terms of the sums, for their rounding

    """

    sums: tuple[Float, ...]
    corrections: tuple[Float, ...] | None
    sampling: Sampling
    packets: int = 1

    @classmethod
    def of_run(
        cls,
        run: StoredRun,
        config: Config,
        names: Sequence[str],
        arranged: Callable[[Float], Float] = lambda array: array,
        whole: Sequence[Float] = (),
    ) -> "Estimator":
        """From the sums (2, P, ...) of a run with these names.

        Parameters
        ----------
        arranged : what is made of each sum and each correction, both with the replicas or groups first and then the sign
        whole : further sums (P, ...) that do not depend on the integration
        """
        sums = tuple(arranged(np.moveaxis(run.sums[name], 1, 0)) for name in names)
        found: tuple[Float, ...] | None = None
        if all(correction(name) in run.arrays for name in names):
            found = tuple(arranged(run.arrays[correction(name)].values) for name in names)
            found += tuple(np.zeros((len(found[0]), *each.shape[1:])) for each in whole)
        if not any(np.any(each) for each in sums):  # every packet stopped: nothing was measured
            sums = tuple(np.full_like(each, np.nan) for each in sums)
        return cls((*sums, *whole), found, Sampling.of_run(run, config), run.trajectory_count)

    @property
    def how(self) -> str:
        """How uncertainties are found, in words."""
        return self.sampling.how

    def estimate(self, function: Callable[..., Any]) -> tuple[Float, Float]:
        """Value of a function of the totals, and its uncertainty: not-a-number where there is no honest one.

        The error of sampling is by the jackknife over replicas (B. Efron and C. Stein, Ann. Statist. 9, 586 (1981)), of a
        linear function the standard error of the mean; of a grid it is the largest deviation of a sub-grid from the
        whole, a bound. The error of integration is the largest change by one of the corrections. Rounding of a sum of n
        terms grows as √n (N. J. Higham and T. Mary, SIAM J. Sci. Comput. 41, A2815 (2019)).
        """
        totals = [values.sum(axis=0) for values in self.sums]
        value = np.asarray(function(*totals), dtype=np.float64)
        size = np.abs(value).max(initial=0.0, where=np.isfinite(value))
        error = self._of_sampling(function, totals, value) + self._of_integration(function, totals, value)
        least = self.sampling.least * size + _ROUNDING * np.sqrt(self.packets) * size
        exact = (value == 0.0) & (error == 0.0)  # a component that is not there
        return value, np.where(np.isnan(value), np.nan, np.where(exact, 0.0, np.maximum(error, least)))

    def _of_sampling(self, function: Callable[..., Any], totals: list[Float], value: Float) -> Float:
        if self.sampling.unknown:
            return np.full_like(value, np.nan)
        if self.sampling.kind == "list":
            return np.zeros_like(value)
        number = len(self.sums[0])
        share = number / (number - 1)
        left_out = np.array(
            [
                function(
                    *(share * (total - values[i]) for total, values in zip(totals, self.sums, strict=True))
                )
                for i in range(number)
            ]
        )
        if self.sampling.kind == "grid":
            return np.asarray((number - 1) * np.abs(left_out - value).max(axis=0))
        spread = np.sum((left_out - left_out.mean(axis=0)) ** 2, axis=0)
        return np.asarray(np.sqrt(spread * (number - 1) / number))

    def _of_integration(self, function: Callable[..., Any], totals: list[Float], value: Float) -> Float:
        if self.corrections is None:
            return np.zeros_like(value)
        groups = range(len(self.corrections[0]))
        changed = [
            function(*(total + each[g] for total, each in zip(totals, self.corrections, strict=True)))
            for g in groups
        ]
        return np.asarray(np.max(np.abs(np.array(changed) - value), axis=0))


def _replicas(run: StoredRun) -> int:
    return int(next(iter(run.sums.values())).shape[1])
