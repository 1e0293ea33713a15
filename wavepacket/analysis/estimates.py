"""Values of functions of the sums of a run with their uncertainties: of sampling, of integration, and of rounding."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np

from wavepacket.analysis.bins import Fold, by_valley
from wavepacket.analysis.sampling import Sampling
from wavepacket.arrays import Float
from wavepacket.config import Config
from wavepacket.runs import StoredRun
from wavepacket.runs.accuracy import correction

__all__ = ["Estimator", "nested_error", "student_width"]


_TAIL = 0.125  # of a harmonic along places is left at twice its order: the force of a quintic wall has a kink in its slope
_ROUNDING = 4.0 * float(np.finfo(np.float64).eps)
_DRAWS = 4


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
        *,
        whole: Sequence[Float] = (),
        fold: Fold | None = None,
    ) -> "Estimator":
        """From the sums (2, P, ...) of a run with these names.

        Parameters
        ----------
        arranged : what is made of each sum and each correction, both with the replicas or groups first and then the sign
        whole : further sums (P, bins, ...) that do not depend on the integration
        fold : of the bins of all sums; default what leaves valleys
        """
        fold = fold or by_valley(run.valley_names, config)
        sums = tuple(arranged(fold(np.moveaxis(run.sums[name], 1, 0), 2)) for name in names)
        whole = [fold(each, 1) for each in whole]
        found: tuple[Float, ...] | None = None
        if all(correction(name) in run.arrays for name in names):
            found = tuple(arranged(fold(run.arrays[correction(name)].values, 2)) for name in names)
            found += tuple(np.zeros((len(found[0]), *each.shape[1:])) for each in whole)
        if not any(np.any(each) for each in sums):  # every packet stopped: nothing was measured
            sums = tuple(np.full_like(each, np.nan) for each in sums)
        return cls((*sums, *whole), found, Sampling.of_run(run, config), run.trajectory_count)

    @property
    def how(self) -> str:
        """How uncertainties are found, in words."""
        return self.sampling.how

    def also_changed(self, *changes: Float) -> "Estimator":
        """With one more estimate of what the totals would change by."""
        known = self.corrections or tuple(np.zeros((0, *each.shape)) for each in changes)
        both = zip(known, changes, strict=True)
        return replace(self, corrections=tuple(np.concatenate([all_of, one[None]]) for all_of, one in both))

    def estimate(self, function: Callable[..., Any]) -> tuple[Float, Float]:
        """Value of a function of the totals, and its uncertainty: not-a-number where there is no honest one.

        The error of sampling is by the jackknife over replicas (B. Efron and C. Stein, Ann. Statist. 9, 586 (1981)), of a
        linear function the standard error of the mean, times `student_width`; of a grid it is the largest deviation of a
        sub-grid from the whole, a bound; of meshes their difference. The error of integration is the largest change by
        one of the corrections. Rounding of a sum of n terms grows as √n (N. J. Higham and T. Mary, SIAM J. Sci. Comput.
        41, A2815 (2019)); it is that of the value, or what rounding of the totals makes of it, which is more where large
        ones cancel.
        """
        totals = [values.sum(axis=0) for values in self.sums]
        value = np.asarray(function(*totals), dtype=np.float64)
        size = np.abs(value).max(initial=0.0, where=np.isfinite(value))
        error = self._of_sampling(function, totals, value) + self._of_integration(function, totals, value)
        rounded = np.maximum(
            _ROUNDING * np.sqrt(self.packets) * size, self._of_rounding(function, totals, value)
        )
        least = self.sampling.least * size + rounded
        exact = (value == 0.0) & (error == 0.0)  # a component that is not there
        return value, np.where(np.isnan(value), np.nan, np.where(exact, 0.0, np.maximum(error, least)))

    def _of_sampling(self, function: Callable[..., Any], totals: list[Float], value: Float) -> Float:
        if self.sampling.unknown:
            return np.full_like(value, np.nan)
        if self.sampling.kind == "list":
            return np.zeros_like(value)
        if self.sampling.kind == "meshes":
            return self._of_meshes(function, totals, value)
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
        if self.sampling.kind == "nested":
            return nested_error((number - 1) * (left_out - value), self.sampling.levels)
        spread = np.sum((left_out - left_out.mean(axis=0)) ** 2, axis=0)
        return np.asarray(student_width(number) * np.sqrt(spread * (number - 1) / number))

    def _of_meshes(self, function: Callable[..., Any], totals: list[Float], value: Float) -> Float:
        """Difference of both meshes, or what those of patches add up to as independent errors where they cancel."""
        meshes = [
            function(*(2.0 * values[mesh::2].sum(axis=0) for values in self.sums)) - value for mesh in (0, 1)
        ]
        patches = [
            function(
                *(total + values[i] - values[i + 1] for total, values in zip(totals, self.sums, strict=True))
            )
            - value
            for i in range(0, len(self.sums[0]), 2)
        ]
        apart = np.sqrt(np.sum(np.square(patches), axis=0))
        return np.asarray(2.0 * np.maximum(np.abs(meshes).max(axis=0), apart))

    def _of_rounding(self, function: Callable[..., Any], totals: list[Float], value: Float) -> Float:
        """Root mean square of the changes where every total is off by its rounding up or down, by chance of a fixed seed."""
        random = np.random.default_rng(1)
        share = _ROUNDING * np.sqrt(self.packets)
        sizes = [share * np.abs(values).sum(axis=0) for values in self.sums]
        changes = []
        for _ in range(_DRAWS):
            signs = [random.choice((-1.0, 1.0), size.shape) for size in sizes]
            off = [t + s * size for t, s, size in zip(totals, signs, sizes, strict=True)]
            changes.append(np.asarray(function(*off), dtype=np.float64) - value)
        return np.asarray(np.sqrt(np.mean(np.square(changes), axis=0)))

    def _of_integration(self, function: Callable[..., Any], totals: list[Float], value: Float) -> Float:
        if self.corrections is None:
            return np.zeros_like(value)
        groups = range(len(self.corrections[0]))
        changed = [
            function(*(total + each[g] for total, each in zip(totals, self.corrections, strict=True)))
            for g in groups
        ]
        return np.asarray(np.max(np.abs(np.array(changed) - value), axis=0))


@lru_cache(maxsize=64)
def student_width(number: int) -> float:
    """How much wider than s/√n the error of a mean of n independent values is told, to cover it in 68.27 % of all cases.

    With σ in place of s that would be 1. The error over s/√n has Student's distribution of n − 1 degrees of freedom
    (Student, Biometrika 6, 1 (1908)): 1.20 for n = 4, 1.08 for 8, 1.02 for 32.
    """
    from scipy.special import ndtr, stdtrit  # a tenth of a second to import

    return float(stdtrit(number - 1, ndtr(1.0)))


def nested_error(deviations: Float, levels: Sequence[int]) -> Float:
    """Error (...) of a grid over places and the zone, from deviations (P, ...) of its sub-grids, numbered over ``levels``.

    By Poisson's sum the error of a grid are the harmonics of the summand at the inverse of its steps, in all directions of
    phase space: where V is steep the slowest to fall are those across the Fermi surface, which no axis follows. Their
    sizes at the half and at a quarter are the Fourier coefficients of the deviations over sub-grids. Over the zone the
    summand is analytic, and harmonics fall faster at every doubling: f(1) < f(½)²/f(¼). Over places the smoothing kernel
    and walls have few derivatives; what they leave at the end falls by less than the first doublings do.
    """
    axes = tuple(range(len(levels)))
    sizes = np.abs(np.fft.fftn(deviations.reshape(*levels, *deviations.shape[1:]), axes=axes)) / len(
        deviations
    )
    total = np.zeros(deviations.shape[1:])
    for way in product(*((0, 1) if level > 1 else (0,) for level in levels)):
        if not any(way):
            continue
        half = sizes[tuple(on * level // 2 for on, level in zip(way, levels, strict=True))]
        share = np.ones_like(half)
        if all(level == 4 for on, level in zip(way, levels, strict=True) if on):
            quarter = sum(sizes[one] for one in product(*((1, 3) if on else (0,) for on in way)))
            share = np.minimum(half / np.maximum(quarter, 1e-300), 1.0)
        if any(way[:2]):
            share = np.maximum(share, _TAIL)
        total += half * share
    return total
