"""The sums of a steady state, and how currents are made of them."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from wavepacket.analysis.currents import static_field
from wavepacket.analysis.estimates import Estimator
from wavepacket.analysis.intervalley import CONTRIBUTIONS, Balance, Collisions, balance, flows
from wavepacket.config import Config
from wavepacket.protocols import collisional_of
from wavepacket.runs import StoredRun
from wavepacket.runs import transport as quantity

Float = npt.NDArray[np.float64]

_SIGNS = (1.0, -1.0)


@dataclass(frozen=True, eq=False)
class SteadyState:
    """The sums of a steady state: totals are those with E, those with E reversed, and of the occupied states if needed.

    Attributes
    ----------
    names : of the contributions to a current
    collisions : where they conserve the number in each valley, else None

    """

    replicas: Estimator
    names: tuple[str, ...]
    collisions: Collisions | None

    @classmethod
    def of_run(cls, run: StoredRun, config: Config, closed: bool) -> "SteadyState":
        """Take them from a finished run; ``closed`` where the band is periodic."""
        protocol = collisional_of(config)
        within, between = protocol.restored(run.valley_names), protocol.scattering.intervalley_time
        if within is None or between is None:
            return cls(_with_both_signs(Estimator.of_run(run, config, ["transport"])), quantity.PARTS, None)
        electric = static_field(config)
        collisions = Collisions(
            np.zeros(3) if electric is None else electric, config.charge, np.array(within), between, closed,
            run.valley_names,
        )  # fmt: skip
        sea = np.asarray(run.arrays[quantity.SEA].values)
        estimator = Estimator.of_run(run, config, ["transport"], whole=(sea,))
        return cls(_with_both_signs(estimator), CONTRIBUTIONS, collisions)

    def flow(self, which: int, *totals: Float) -> Float:
        """Σ D f ṙ by wave, contribution and valley (2, P, V + 1, 3), with E (0) or −E (1)."""
        if self.collisions is None:
            return np.moveaxis(totals[which][:, quantity.FLIGHT].reshape(-1, 2, 4, 3), 0, 2)
        still = flows(totals[which], totals[2], self.collisions, _SIGNS[which])
        return np.stack([still, np.zeros_like(still)])

    def number(self, *totals: Float) -> float:
        """States that are occupied, E as given, per Å^d."""
        if self.collisions is None:
            return float(totals[0][:, quantity.NUMBERS, 2].sum())
        return float(totals[2][:, 3].sum() + self.balance(*totals).excess.sum())

    def balance(self, *totals: Float) -> Balance:
        """Numbers in the valleys, E as given, where collisions conserve them."""
        assert self.collisions is not None
        return balance(totals[0], self.collisions, _SIGNS[0])


def _with_both_signs(estimator: Estimator) -> Estimator:
    """The first sum (P, 2, ...) as two, with E and with −E."""

    def split(sums: tuple[Float, ...]) -> tuple[Float, ...]:
        return (sums[0][:, 0], sums[0][:, 1], *sums[1:])

    corrections = None if estimator.corrections is None else split(estimator.corrections)
    return replace(estimator, sums=split(estimator.sums), corrections=corrections)
