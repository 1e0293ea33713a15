"""Packets that contacts send, with collisions on their way to another."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from wavepacket.arrays import Float, Integer
from wavepacket.config import MonteCarlo, Scattering
from wavepacket.protocols.ballistic import Ballistic
from wavepacket.protocols.base import Motions, Result
from wavepacket.protocols.collisions import RandomEvents
from wavepacket.protocols.times import check_times, rates_of


@dataclass(frozen=True)
class Device(Ballistic):
    """Packets fly from collision to collision until a contact absorbs them; observables are those without collisions.

    A collision leads to a state of the same energy at the same place, as likely as equilibrium holds it.

    Attributes
    ----------
    scattering : the section of the config

    """

    scattering: Scattering

    together = 8  # all of them fly to their next collision at once, and each such round has a cost of its own
    paths_collide = True

    @cached_property
    def events(self) -> RandomEvents:
        """What is given of collisions beyond their times."""
        return RandomEvents(self.scattering.monte_carlo or MonteCarlo())

    def move(self, motions: Motions[Result]) -> Result:
        """Paths with collisions."""
        return motions.collided_paths(self)

    def check(self, names: tuple[str, ...]) -> None:
        """Raise ConfigError for collisions that are none on a line of constant energy, or not known in these fields."""
        config, given, events = self.config, self.scattering, self.scattering.monte_carlo
        if given.frequency:
            raise config.problem("scattering.frequency", "contacts are at rest: leave it out")
        self.check_spin()
        if given.heat:
            raise config.problem("scattering.heat", "is a linear response of the bulk: leave it out")
        for name in ("table", "map", "matthiessen"):
            if getattr(given, name):
                raise config.problem(f"scattering.{name}", "is not known between contacts: leave it out")
        for key in ("flights", "shell", "momentum"):
            if events is not None and key in events.model_fields_set:
                raise config.problem(
                    f"scattering.monte_carlo.{key}",
                    "between contacts packets collide until they are absorbed, each time at their own energy: leave it out",
                )
        fields = config.fields
        if fields.magnetic_in_space:
            raise config.problem(
                "scattering", "collisions between contacts are known in a uniform magnetic field only"
            )
        if given.energy is not None and fields.potential:
            raise config.problem(
                "scattering.energy",
                "in a potential a time that depends on energy is not known: leave out one of them",
            )
        between = given.intervalley_time is not None and (events is None or events.valleys is None)
        if between and any(term.valleys is not None for term in fields.potential):
            raise config.problem(
                "scattering.intervalley_time",
                "valleys that feel different potentials have no energy in common",
            )
        if given.intervalley_time is not None and len(names) < 2:
            raise config.problem("scattering.intervalley_time", "needs a model with valleys")
        if config.local is not None:
            raise config.problem("local", "is for packets without collisions: leave out scattering, or local")
        check_times(config, given, names)
        self.events.check_valleys(config, names)

    def rates(self, names: Sequence[str], valley: Integer) -> Float:
        """1/τ (n,) in 1/fs of packets by their valley, where τ depends on energy at the unit of it."""
        return rates_of(self.scattering, names, valley)

    def next_valley(self, names: Sequence[str], valley: Integer, chance: Float, anywhere: int) -> Integer:
        """The valley (n,) that a collision leads to; ``anywhere`` stands for any of them, by their states."""
        given = self.scattering
        if self.events.events.valleys is not None:
            return self.events.drawn_valley(given, names, np.ones(len(names)), valley, chance)
        if given.intervalley_time is None:
            return valley
        leaves = chance * self.rates(names, valley) < 1.0 / given.intervalley_time
        return np.where(leaves, anywhere, valley)
