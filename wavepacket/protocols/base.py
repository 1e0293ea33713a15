"""What every protocol answers."""

from __future__ import annotations

import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from wavepacket.arrays import Float
from wavepacket.citations import Citation
from wavepacket.config import Config, Ensemble, FermiDirac, FermiSurface, FilledBand, TimesOfBand, Zone
from wavepacket.errors import ConfigError

if TYPE_CHECKING:
    from wavepacket.protocols.collisional import Collisional
    from wavepacket.protocols.collisions import RandomEvents
    from wavepacket.protocols.device import Device

Result = typing.TypeVar("Result")
Given = typing.TypeVar("Given", covariant=True)
Work = tuple[str, Citation]
"""Why to cite, and what."""


class Motions(typing.Protocol[Given]):
    """What packets can be integrated as: whoever integrates them brings all five, and a protocol takes its own."""

    def paths(self) -> Given:
        """Paths through all saves."""

    def collided_paths(self, protocol: Device) -> Given:
        """The same with collisions on their way."""

    def weighted_flights(self, protocol: Collisional) -> Given:
        """Free flights without end, weighted by the chance that no collision has ended them."""

    def flights_at_rest(self, protocol: Collisional) -> Given:
        """The same where no field moves a packet."""

    def random_flights(self, protocol: Collisional, events: RandomEvents) -> Given:
        """Free flights that collisions end at random."""


@dataclass(frozen=True)
class Protocol:
    """What a run is.

    Attributes
    ----------
    config : of the run
    name : as users know it; observables are chosen by it
    sums : names of the sums that a shard keeps
    headline : observables that such runs are about, the most telling first
    together : how many times as many packets as others a thread moves at once
    paths_collide : whether there are collisions on the paths that are stored

    """

    config: Config

    name: ClassVar[str]
    sums: ClassVar[tuple[str, ...]]
    headline: ClassVar[tuple[str, ...]]
    together: ClassVar[int] = 1
    paths_collide: ClassVar[bool] = False

    @property
    def works(self) -> tuple[Work, ...]:
        """Why to cite what, beyond the equations of motion."""
        return ()

    @property
    def collision_time(self) -> float | None:
        """Mean time between collisions on the ways of packets, fs; None where ways have none."""
        return None

    @property
    def heat(self) -> bool:
        """Whether what packets carry is also weighted by their energy."""
        return False

    @property
    def by_state(self) -> str:
        """Key of the section of collisions that makes rates of states which no kernel knows; empty where none does."""
        return ""

    @property
    def own_times(self) -> Mapping[str, TimesOfBand]:
        """Times of collisions that single bands have of their own; none without."""
        return {}

    @property
    def between(self) -> Mapping[str, Mapping[str, float]]:
        """Times of collisions that lead from one population, a valley of a band, to another, fs; none without."""
        return {}

    @property
    def negligible(self) -> float:
        """Weight over the largest one of a packet over the zone that is left out."""
        return 1e-10

    @property
    def starts(self) -> Ensemble:
        """The ensemble section that packets start from."""
        return self.config.ensemble

    def check(self, names: tuple[str, ...]) -> None:
        """Raise ConfigError for what a run of this kind cannot have; ``names`` are those of its valleys."""

    def check_spin(self) -> None:
        """Raise ConfigError where `spin` is asked of packets that it is not known of."""
        config = self.config
        if not config.spin:
            return
        group, moved = config.band.group is not None, config.band.follow == "character"
        known = {
            "band": "packets in a group of bands have internal.spin: leave out 'spin', or take single bands"
            * group,
            "band.follow": "'spin' is of bands in the order of their energies: leave one of both out" * moved,
            "model.textures": "'spin' is of a crystal that is the same everywhere" * bool(config.textures),
            "local": "'spin' is of states, not of places: leave one of both out" * (config.local is not None),
            **self.without_spin(),
        }
        problems = [config.where(path).problem(said) for path, said in known.items() if said]
        if problems:
            raise ConfigError(problems)

    def without_spin(self) -> dict[str, str]:
        """By key why the packets of this protocol have no `spin`; nothing, or empty texts, where they have."""
        return {
            "spin": "is known of states over the zone (filled_band, fermi_dirac), and with collisions of a linear response "
            "(fermi_surface) or a steady state: take one of these, or leave it out"
        }

    def spins(self, carried: Float, mixed: Callable[[], Float], start: Float, rate: Float) -> Float:
        """Numbers of spins that are summed over packets (n, ...).

        Parameters
        ----------
        carried : (n, 15) what they carry at the ends of flights: current, spin, orbital moment
        mixed : makes (n, 27) of what E mixes into the states there
        start, rate : (n, 3) velocity at the start, Å/fs, and (n,) 1/τ, 1/fs
        """
        raise NotImplementedError

    def filled_to_edge(self) -> str:
        """What is said of packets that stand for all states up to the edge of a domain, where they are occupied.

        Raises ConfigError where nothing is known then.
        """
        return ""

    def check_several_bands(self) -> None:
        """Raise ConfigError for what a run cannot have whose bands carry packets of their own."""
        config = self.config
        if not isinstance(config.ensemble, FermiSurface | FermiDirac | FilledBand | Zone):
            raise config.problem(
                "ensemble",
                "packets of several bands start over the zone: take fermi_surface, fermi_dirac, filled_band or zone, or one "
                "'band'",
            )
        if config.band.each == "auto" and self.window is None:
            raise config.problem(
                "bands",
                "auto needs a chemical potential in ensemble: write 'all', or {each: [...]} with the bands meant",
            )
        refused = {
            "valleys": config.valleys == "auto" and "are searched for in one band: give points",
            "model.textures": config.textures
            and "are known to packets of one band or group: give 'band' or a group",
            "sample": config.sample and "has walls and contacts for packets of one band",
            "local": config.local and "is for packets of one band",
            "internal": config.internal and "is the state in a group of bands, which single bands have not",
        }
        problems = [config.where(path).problem(said) for path, said in refused.items() if said]
        if problems:
            raise ConfigError(problems)

    @property
    def window(self) -> FermiSurface | FermiDirac | None:
        """The ensemble section, where its states are told by their distance from a chemical potential."""
        ensemble = self.config.ensemble
        return ensemble if isinstance(ensemble, FermiSurface | FermiDirac) else None

    @property
    def surface(self) -> FermiSurface | None:
        """The ensemble section of packets that start exactly on the Fermi surface; None where packets start elsewhere."""
        starts = self.starts
        return starts if isinstance(starts, FermiSurface) and starts.is_cold else None

    @property
    def broadening(self) -> float:
        """Energy within which packets do not tell bands apart, eV."""
        return self.config.limits.gap

    def move(self, motions: Motions[Result]) -> Result:
        """Integrate packets as this protocol does."""
        raise NotImplementedError

    def load_kernels(self, names: tuple[str, ...]) -> None:
        """Load the compiled code that runs with these valleys need beyond paths, before threads ask for it at once."""

    def prepare(self, states: Callable[[float], object]) -> None:
        """Have ``states`` made where a collision leads to others within an energy shell of this half-width, eV."""

    def filled_states(self, integral: Callable[[FermiSurface | FermiDirac], Float]) -> Float | None:
        """The integrals over the filled states that no packet stands for; None where packets stand for all."""
        return None
