"""What a collision is: a weight along the path of a packet, or an event at a random time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wavepacket.arrays import Flags, Float, Integer
from wavepacket.config import Config, MonteCarlo, Scattering
from wavepacket.protocols.base import Motions, Result

if TYPE_CHECKING:
    from wavepacket.protocols.collisional import Collisional


@dataclass(frozen=True)
class SurvivalWeight:
    """Each packet flies once and without end: e^{-s} is the chance that no collision has ended the flight."""

    go_on = False

    def check(self, protocol: "Collisional", names: tuple[str, ...]) -> None:
        """Nothing is out of the question."""

    def move(self, protocol: "Collisional", motions: Motions[Result]) -> Result:
        """Flights without end."""
        return motions.flights_at_rest(protocol) if protocol.at_rest else motions.weighted_flights(protocol)

    def prepare(self, states: Callable[[float], object]) -> None:
        """No collision leads anywhere."""


@dataclass(frozen=True)
class RandomEvents:
    """Collisions at random times, each of which may lead to another state.

    Attributes
    ----------
    events : the section of the config

    """

    events: MonteCarlo

    @property
    def go_on(self) -> bool:
        """Whether flights follow each other, so that a collision has to lead somewhere."""
        return self.events.flights > 1

    def check(self, protocol: "Collisional", names: tuple[str, ...]) -> None:
        """Raise ConfigError for random collisions that this run cannot have."""
        events, config, scattering = self.events, protocol.config, protocol.scattering
        if scattering.energy is not None:
            raise config.problem(
                "scattering.energy", "random collisions need a time that does not depend on energy"
            )
        if events.kernel is not None and not self.go_on:
            raise config.problem(
                "scattering.monte_carlo.kernel",
                "a single flight ends in equilibrium, whatever the collision: take more flights",
            )
        elsewhere = events.valleys is not None or scattering.intervalley_time is not None
        if events.momentum == "kept" and not (elsewhere and self.go_on and len(names) > 1):
            raise config.problem(
                "scattering.monte_carlo.momentum",
                "no collision leads to another valley: give scattering.monte_carlo.valleys or scattering.intervalley_time, "
                "and more than one flight",
            )
        self.check_valleys(config, names)

    def check_valleys(self, config: Config, names: Sequence[str]) -> None:
        """Raise ConfigError where the table of valleys is not one of these."""
        table = self.events.valleys
        if table is not None and (
            set(table) != set(names) or any(set(row) - set(names) for row in table.values())
        ):
            known = ", ".join(names) or "none"
            raise config.problem(
                "scattering.monte_carlo.valleys", f"give a row for each valley of this model: {known}"
            )

    def move(self, protocol: "Collisional", motions: Motions[Result]) -> Result:
        """Flights that end at random."""
        return motions.random_flights(protocol, self)

    def prepare(self, states: Callable[[float], object]) -> None:
        """States that cannot stand for all are told before a packet starts, and threads find them ready."""
        if self.go_on:
            states(self.events.shell)

    def drawn_valley(
        self, scattering: Scattering, names: Sequence[str], sizes: Float, valley: Integer, chance: Float
    ) -> Integer:
        """The valley (n,) that a collision leads to from another (n,); chance (n,) is uniform."""
        steps = np.cumsum(self.chances(scattering, names, sizes), axis=1)[valley]
        return np.asarray(
            np.minimum(np.sum(chance[:, None] >= steps, axis=1), steps.shape[1] - 1), dtype=np.int64
        )

    def happens(self, transfer: Float, chance: Float) -> Flags:
        """Which collisions (n,) take place, by the change of k, 1/Å."""
        kernel = self.events.kernel
        if kernel is None:
            return np.ones(len(transfer), dtype=bool)
        return np.asarray(chance < np.interp(transfer, kernel.transfer, kernel.chance))

    def chances(self, scattering: Scattering, names: Sequence[str], sizes: Float) -> Float:
        """Chance to come from a valley (row) to a valley (column), (V, V).

        By the rows of the table, or out of the valley with the share of the intervalley rate, or nowhere else; ``sizes``
        (V,) are the numbers of states of the valleys, up to a factor.
        """
        if self.events.valleys is not None:
            return np.array([[self.events.valleys[a].get(b, 0.0) for b in names] for a in names])
        if scattering.intervalley_time is None or len(names) < 2:
            return np.eye(max(len(names), 1))
        within = np.array(scattering.by_valley(names))
        leave = within / (within + scattering.intervalley_time)
        # Relaxation to equilibrium leads to any valley, the own one too.
        return np.asarray(
            np.eye(len(names)) * (1 - leave)[:, None] + leave[:, None] * (sizes / sizes.sum())[None, :]
        )
