"""The sums of a steady state in an electric field of any strength, with collisions, and how currents are made of them.

    j = q ∫[dk0] D f0 ∫ (dt/τ) e^{-s} ṙ(t; k0),

exact for collisions that restore f0 at the rate 1/τ: Liouville's theorem turns the Boltzmann equation into this average
over flights that start from equilibrium. Where they conserve the number in each valley see ``intervalley.py``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from wavepacket.analysis.bins import Fold
from wavepacket.analysis.estimates import Estimator
from wavepacket.analysis.intervalley import CONTRIBUTIONS, Balance, Collisions, balance, flows
from wavepacket.analysis.source import Source, number, share_text, uniform_field
from wavepacket.arrays import Float
from wavepacket.config import Config
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian
from wavepacket.observables import Observable
from wavepacket.runs import StoredRun
from wavepacket.runs import transport as quantity

__all__ = ["SteadyState"]


_SIGNS = (1.0, -1.0)


@dataclass(frozen=True, eq=False)
class SteadyState(Source):
    """Totals are those with E, those with E reversed, and those of the occupied states where collisions conserve numbers."""

    over_time = False

    @cached_property
    def electric(self) -> Float:
        """E in V/Å where it is static, else zero; in textures, too, whose sums are means over their cell."""
        found = uniform_field(self.config)
        return np.zeros(3) if found is None else found

    @classmethod
    def of_run(cls, run: StoredRun, config: Config, hamiltonian: Hamiltonian | None) -> "SteadyState":
        """Take them from a finished run."""
        return cls(run, config, hamiltonian, cls.sums_of(run, config))

    @classmethod
    def sums_of(cls, run: StoredRun, config: Config, fold: Fold | None = None) -> Estimator:
        """Those with E and with −E."""
        sea = [np.asarray(run.arrays[quantity.SEA].values)] if quantity.SEA in run.arrays else []
        return _with_both_signs(Estimator.of_run(run, config, ["transport"], whole=sea, fold=fold))

    @property
    def both_signs(self) -> bool:
        """Whether every packet was also run with E reversed."""
        return bool(np.any(self.run.sums["transport"][1]))

    def more(self) -> dict[str, bool]:
        """Numbers by valley are known where collisions conserve them."""
        return {
            "static probe": not self.waves,
            "numbers by valley": self.collisions is not None,
            "two valleys": self.collisions is not None and len(self.names) == 2,
        }

    @cached_property
    def words(self) -> Mapping[str, str]:
        """An oscillating probe finds amplitudes."""
        plane = "sigma_xy = (j_x E_y - j_y E_x)/E^2"
        space = "h of j = E x h: [sigma_yz, sigma_zx, sigma_xy], not defined along an axis that E lies on"
        mean = "amplitude of the mean velocity at scattering.frequency"
        return {
            **super().words, "weight": f"1/angstrom^{self.dimension}",
            "across": f"j_a = sigma_ab E_b, {plane if self.dimension == 2 else space}",
            "share": share_text(self.names), "amplitude": "amplitude of the " if self.waves else "",
            "mean": mean if self.waves else "mean velocity",
        }  # fmt: skip

    @cached_property
    def collisions(self) -> Collisions | None:
        """Those that conserve the number in each valley, if they do; no number leaves a band that is periodic."""
        within, between = self.protocol.restored(self.names), self.protocol.scattering.intervalley_time
        if within is None or between is None or len(self.estimator.sums) == 2:
            return None
        # The files that may be gone hold lattices.
        closed = self.hamiltonian is None or isinstance(self.hamiltonian, LatticeHamiltonian)
        return Collisions(self.electric, self.config.charge, np.array(within), between, closed, self.names)

    # Functions of the totals.

    def contributions(self, which: int, *totals: Float) -> Float:
        """Σ D f ṙ by wave, contribution and valley (2, P, V + 1, 3), with E (0) or −E (1)."""
        if self.collisions is None:
            return np.moveaxis(totals[which][:, quantity.FLIGHT].reshape(-1, 2, 4, 3), 0, 2)
        still = flows(totals[which], totals[2], self.collisions, _SIGNS[which])
        return np.stack([still, np.zeros_like(still)])

    def flow_by_valley(self, *totals: Float) -> Float:
        """Σ D f ṙ by valley of the start (V + 1, 3), E as given."""
        return np.asarray(self.contributions(0, *totals)[0].sum(axis=0))

    def odd_flow(self, *totals: Float) -> Float:
        """Part odd in E, by contribution and valley (P, V + 1, 3)."""
        return np.asarray(0.5 * (self.contributions(0, *totals)[0] - self.contributions(1, *totals)[0]))

    def odd_by_valley(self, *totals: Float) -> Float:
        """The same by valley (V + 1, 3)."""
        return np.asarray(self.odd_flow(*totals).sum(axis=0))

    def even_flow(self, *totals: Float) -> Float:
        """Part even in E (3,)."""
        both = self.contributions(0, *totals)[0] + self.contributions(1, *totals)[0]
        return np.asarray(0.5 * both.sum(axis=(0, 1)))

    def velocity(self, *totals: Float) -> Float:
        """Mean velocity (2, 3) by wave."""
        if self.collisions is None:
            states = float(totals[0][:, quantity.NUMBERS, 2].sum())
        else:
            states = float(totals[2][:, 3].sum() + self.balance(*totals).excess.sum())
        return np.asarray(self.contributions(0, *totals).sum(axis=(1, 2)) / states)

    def balance(self, *totals: Float) -> Balance:
        """Numbers in the valleys, E as given, where collisions conserve them."""
        assert self.collisions is not None
        return balance(totals[0], self.collisions, _SIGNS[0])

    def populations(self, *totals: Float) -> Float:
        """Occupied states (V,) nearest to each valley."""
        return np.asarray(totals[2][:-1, 3] + self.balance(*totals).excess)

    def _drifts(self, *totals: Float) -> Float:
        states = totals[2][:-1, 3] + self.balance(*totals).started
        flow = self.flow_by_valley(*totals)[:-1]
        return np.asarray(flow / np.where(states > 0, states, np.nan)[:, None])

    # Observables without a name.

    def pair(self, function: Callable[..., Float]) -> Observable:
        """A function with waves cos and sin along the first axis: the amplitude is twice the mean of it times e^{iωt}."""
        value, error = self.estimator.estimate(
            lambda *totals: (2.0 if self.waves else 1.0) * function(*totals)
        )
        return Observable("", self._shown(value), self._shown(error), convention=self.how)

    def _shown(self, pair: Float) -> Any:
        return {"real": pair[0], "imaginary": pair[1]} if self.waves else pair[0]

    def current(self, factor: float) -> Observable:
        """Flow times a factor, in all and by the term of the velocity that carries it."""
        found = self.pair(lambda *totals: factor * self.contributions(0, *totals).sum(axis=(1, 2)))
        parts = self.pair(lambda *totals: factor * self.contributions(0, *totals).sum(axis=2))
        waves = "; j(t) = Re(j exp(-i omega t)) at scattering.frequency" if self.waves else ""
        return replace(found, contributions=self._named(parts), convention=f"{self.how}{waves}")

    def odd(self, function: Callable[[Float], Float]) -> Observable:
        """A linear function of the flow odd in E (..., 3), in all and by contribution."""

        def shares(*totals: Float) -> Float:
            flow = self.odd_flow(*totals).sum(axis=1)
            return np.asarray([*function(flow), function(flow.sum(axis=0))])

        found = self.part(shares)
        values, errors = np.asarray(found.value), np.asarray(found.uncertainty)
        return replace(
            found, value=number(np.asarray(values[-1])), uncertainty=number(np.asarray(errors[-1])),
            contributions=self._named(found),
        )  # fmt: skip

    def _named(self, found: Observable) -> dict[str, Observable]:
        """Rows of a result by contribution."""

        def row(values: Any, i: int) -> Any:
            if isinstance(values, Mapping):
                return {name: row(each, i) for name, each in values.items()}
            return number(np.asarray(values[i]))

        names = CONTRIBUTIONS if self.collisions is not None else quantity.PARTS
        return {
            name: Observable("", row(found.value, i), row(found.uncertainty, i))
            for i, name in enumerate(names)
        }

    def by_start(self, function: Callable[..., Any]) -> Observable:
        """By valley."""
        return self.by_valley(function)

    def populations_held(self) -> Observable:
        """Occupied states by valley."""
        return self.by_valley(self.populations)

    def polarisation(self, share: Callable[[Float], Float]) -> Observable:
        """A function of the populations of two valleys."""
        return self.part(lambda *totals: share(self.populations(*totals)))

    def drifts(self) -> Observable:
        """Mean velocity of the packets that start nearest to each valley."""
        return self.by_valley(self._drifts)


def _with_both_signs(estimator: Estimator) -> Estimator:
    """The first sum (P, 2, ...) as two, with E and with −E."""

    def split(sums: tuple[Float, ...]) -> tuple[Float, ...]:
        return (sums[0][:, 0], sums[0][:, 1], *sums[1:])

    corrections = None if estimator.corrections is None else split(estimator.corrections)
    return replace(estimator, sums=split(estimator.sums), corrections=corrections)
