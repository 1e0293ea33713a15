"""The sums of a run without collisions: currents, displacements and populations at the saved times."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from wavepacket.analysis.bins import Fold
from wavepacket.analysis.estimates import Estimator
from wavepacket.analysis.source import Source, number, rows, share_text
from wavepacket.arrays import Float
from wavepacket.config import Config
from wavepacket.ensembles import weight_unit
from wavepacket.hamiltonians import Hamiltonian
from wavepacket.observables import UNITS, Observable
from wavepacket.protocols import protocol_of
from wavepacket.runs import StoredRun

__all__ = ["Ballistic"]


_SUMS = ("current", "displacement", "population", "occupation")


_SETTLED = 0.2  # of the value: by which the mean of the second half may differ
_STARTS = 1e-3  # of a Hall conductivity: by which its mean may differ from that at the start
_WITHIN = (
    "the part of Omega between split bands of the group grows within hbar over the splitting, and a change over the run is "
    "in the uncertainty"
)


@dataclass(frozen=True, eq=False)
class Ballistic(Source):
    """Totals are sums over trajectories by sign of E and valley; the last valley bin is "none".

    They are the ``current`` (2, V + 1, T, 3) Σ weight·velocity, Å/fs per Å^d, the ``displacement``, the same of r − r(0), Å
    per Å^d, the ``population`` (2, V + 1, T) Σ weight by the valley at the start, and, where the run counted, the
    ``occupation``, the same by the valley that is nearest at the time.
    """

    over_time = True

    @classmethod
    def of_run(cls, run: StoredRun, config: Config, hamiltonian: Hamiltonian | None) -> "Ballistic":
        """Take them from a finished run."""
        return cls(run, config, hamiltonian, cls.sums_of(run, config))

    @classmethod
    def sums_of(cls, run: StoredRun, config: Config, fold: Fold | None = None) -> Estimator:
        """Those that the run has."""
        return Estimator.of_run(run, config, [name for name in _SUMS if name in run.sums], fold=fold)

    @cached_property
    def totals(self) -> tuple[Float, ...]:
        """Over all replicas."""
        return tuple(values.sum(axis=0) for values in self.estimator.sums)

    @property
    def both_signs(self) -> bool:
        """Whether every packet was also run with E reversed."""
        return bool(np.any(self.totals[2][1] != 0.0))

    @property
    def span(self) -> float:
        """Time of the run, fs."""
        return float(self.run.time[-1] - self.run.time[0])

    def more(self) -> dict[str, bool]:
        """Where weights are states per energy, packets start at the Fermi surface."""
        weight = weight_unit(self.config.ensemble, self.dimension)
        held = len(self.names) == 2 and not float(self.start[:2].sum()) <= 0
        return {
            "local": self.config.local is not None and self.hamiltonian is not None,
            "paths without collisions": not protocol_of(self.config).paths_collide,
            "static probe": True, "numbers by valley": True, "two valleys": held, "states per energy": "eV" in weight,
            "group": self.config.band.group is not None, "spin of a group": "spin" in self.run.sums,
            "internal.resolve": "value_population" in self.run.sums,
        }  # fmt: skip

    @cached_property
    def words(self) -> Mapping[str, str]:
        """Units are those of weights in place of states per Å^d; E and −E are told apart where there are both."""
        weight, d = weight_unit(self.config.ensemble, self.dimension), self.dimension
        per = weight.removeprefix(f"1/angstrom^{d}")
        found = {name: UNITS[name][d] + per for name in ("conductivity", "current")}
        plane, odd = "sigma_xy = (j_x E_y - j_y E_x)/|E|^2", self.both_signs
        space = "h = (j x E)/|E|^2 transverse to E, [sigma_yz, sigma_zx, sigma_xy]; not defined along an axis that E lies on"
        return {
            **super().words, **found, "weight": weight,
            "across": f"j_a = sigma_ab E_b, {plane}" if d == 2 else f"j = E x h, {space}",
            "share": share_text(self.names),
            "sign": "part odd in E" if odd else "E as given", "amplitude": "", "mean": "mean velocity",
        }  # fmt: skip

    # Functions of the totals, by the names that steady states have for them, too.

    @property
    def start(self) -> Float:
        """States (V + 1,) that packets of each valley stand for."""
        return self.populations(*self.totals)

    def populations(self, current: Float, displacement: Float, population: Float, *_: Float) -> Float:
        """The same of other totals."""
        return np.asarray(population[0, :, 0])

    def flow(self, current: Float, *_: Float) -> Float:
        """Σ D f ṙ (T, 3), E as given."""
        return np.asarray(current[0].sum(axis=0))

    def flow_by_valley(self, current: Float, *_: Float) -> Float:
        """The same by valley (V + 1, T, 3)."""
        return np.asarray(current[0])

    def odd_by_valley(self, *totals: Float) -> Float:
        """Part odd in E by valley (V + 1, 3), at the start, where the runs with E and −E have the same k.

        Later the two sets have left the region of their valley on opposite sides, which adds a flow through its rim.
        """
        current = totals[0]
        return np.asarray(0.5 * (current[0, :, 0] - current[1, :, 0]))

    # Observables without a name.

    def current(self, factor: float) -> Observable:
        """Flow times a factor, against time."""
        return replace(self.part(lambda *totals: factor * self.flow(*totals)), over_time=True)

    def odd(self, function: Callable[[Float], Float]) -> Observable:
        """A linear function of the flow odd in E (..., 3): the mean over the run by displacements, and its series."""

        def mean(current: Float, displacement: Float, *_: Float) -> Float:
            flow = displacement[:, :, -1].sum(axis=1) / self.span
            return function(0.5 * (flow[0] - flow[1]))

        flow = self.totals[0].sum(axis=1)
        found = replace(self.part(mean), series=Observable("", function(0.5 * (flow[0] - flow[1]))))
        return self._settled(found) if self.levels_of_group else found

    @property
    def levels_of_group(self) -> bool:
        """Whether packets start in eigenstates of H within a group of bands.

        The field mixes those that are split, which takes ħ over the splitting: only then the part of Ω between bands of the
        group is in the motion.
        """
        internal = self.config.internal
        return self.config.band.group is not None and (internal is None or internal.start == "eigenstates")

    @property
    def hall_is_settled(self) -> bool:
        """Whether the Hall conductivity at the start is that of the run: all of Ω is in the motion from the start on."""
        if not self.levels_of_group:
            return True
        whole = self.odd(self.across)
        assert whole.series is not None
        begin, mean = np.asarray(whole.series.value)[0], np.asarray(whole.value)
        return bool(
            np.all(np.abs(begin - mean) <= _STARTS * np.max(np.abs(mean)) + np.asarray(whole.uncertainty))
        )

    def _settled(self, found: Observable) -> Observable:
        """A mean over the run whose uncertainty has by how much that of its second half differs: unknown where by much."""
        assert found.series is not None
        series, value = np.asarray(found.series.value), np.asarray(found.value)
        late = np.abs(series[len(series) // 2 :].mean(axis=0) - value)
        error = np.hypot(0.0 if found.uncertainty is None else np.asarray(found.uncertainty), late)
        error = np.where(late <= _SETTLED * np.max(np.abs(value)), error, np.nan)
        return replace(found, uncertainty=number(error), convention=f"{found.convention}; {_WITHIN}")

    def by_start(self, function: Callable[..., Any]) -> Observable:
        """By valley and, where there is something that belongs to none, "none"."""
        return self.held(*self.estimator.estimate(function))

    def held(self, value: Float, error: Float | None, population: Float | None = None) -> Observable:
        """Rows of valleys that hold something, by name."""
        weights = self.start if population is None else population
        there = [i for i in range(len(weights)) if weights[i] > 0]
        names: Sequence[str] = [[*self.names, "none"][i] for i in there]
        errors = None if error is None else rows(names, error[there])
        return Observable("", rows(names, value[there]), errors, convention=self.how)

    def populations_held(self) -> Observable:
        """States by valley, and against time by the valley that is nearest then, where the run counted."""
        found = self.held(*self._shared(self.populations))
        if len(self.totals) < len(_SUMS):
            return found
        held, spread = self._shared(lambda *totals: totals[3][0])
        series = self.held(held, spread, np.max(held, axis=1))
        return replace(found, series=series, convention=f"{_AT_THE_TIME}; {self.how}")

    def _shared(self, counts: Callable[..., Float]) -> tuple[Float, Float]:
        """Populations by valley (V + 1, ...), and their uncertainties.

        Where all packets weigh the same, the weight of all is exact, and only how it is shared among valleys is not:
        replicas may hold a packet more or less, which says nothing.
        """
        kind = self.config.ensemble.kind
        even = kind in ("zone", "filled_band") and not self.config.fields.is_magnetic
        whole = counts(*self.totals).sum(axis=0)
        if not (even or kind == "gaussian") or not np.all(whole > 0):
            return self.estimator.estimate(counts)

        def shares(*totals: Float) -> Float:
            found = counts(*totals)
            return np.asarray(whole / found.sum(axis=0) * found)

        return self.estimator.estimate(shares)

    def polarisation(self, share: Callable[[Float], Float]) -> Observable:
        """A function of the populations of two valleys at the start, and against time where the run counted."""
        found = self.part(lambda *totals: share(self.populations(*totals)[:2]))
        if len(self.totals) < len(_SUMS):
            return found
        series = self.part(lambda *totals: share(totals[3][0, :2]))
        return replace(found, series=series, convention=f"{_AT_THE_TIME}; {self.how}")

    @cached_property
    def displacements(self) -> tuple[Float, Float]:
        """Mean of r − r(0) by valley (V + 1, T, 3), Å, and its uncertainty.

        Where each packet also runs with E reversed it is the part odd in E: what the field does, without the velocities
        that the packets begin with.
        """

        def mean(sign: int, displacement: Float, population: Float) -> Float:
            held = population[sign, :, 0]
            return np.asarray(displacement[sign] / np.where(held > 0, held, np.nan)[:, None, None])

        def drift(current: Float, displacement: Float, population: Float, *_: Float) -> Float:
            forward = mean(0, displacement, population)
            return 0.5 * (forward - mean(1, displacement, population)) if self.both_signs else forward

        return self.estimator.estimate(drift)

    def drifts(self) -> Observable:
        """Mean velocity of the packets of each valley: displacement over the run divided by its time."""
        value, error = self.displacements
        return self.held(value[:, -1] / self.span, error[:, -1] / self.span)


_AT_THE_TIME = "series: of those nearest to each valley at the saved times"
