"""Paths through all saves."""

from dataclasses import dataclass

from wavepacket import citations
from wavepacket.config import FermiDirac, FilledBand, Scattering, Zone
from wavepacket.protocols.base import Motions, Protocol, Result, Work


class Ballistic(Protocol):
    """Packets move without collisions, through all saves."""

    name = "ballistic"
    sums = ("sums/current", "sums/displacement", "sums/population", "sums/occupation")
    headline = (
        "four_terminal_resistance", "conductance", "cross_section_current", "trap_frequency", "valley_pumping",
        "hall_conductivity", "valley_hall_conductivity", "cyclotron_period", "bloch_shift", "valley_drift",
        "current_density",
    )  # fmt: skip

    @property
    def works(self) -> tuple[Work, ...]:
        """Why to cite what."""
        ensemble = self.config.ensemble
        mapped = isinstance(ensemble, Zone) and ensemble.field_reversal
        return (
            (("Berry curvature from drifts under opposite forces", citations.PRICE_2012),) if mapped else ()
        )

    def check(self, names: tuple[str, ...]) -> None:
        """Raise ConfigError for a spin that nobody knows."""
        self.check_spin()

    def without_spin(self) -> dict[str, str]:
        """States need weights."""
        known = isinstance(self.config.ensemble, FilledBand | FermiDirac)
        said = "'spin' needs packets that stand for states over the zone: take filled_band or fermi_dirac"
        return {"ensemble": "" if known else said}

    def move(self, motions: Motions[Result]) -> Result:
        """Paths."""
        return motions.paths()

    def filled_to_edge(self) -> str:
        """E moves them out on one side, and brings none in on the other."""
        if not self.config.fields.electric:
            return ""
        return (
            "the band is filled up to model.cutoff or valley_radius, through which E moves its states: currents along E are "
            "not those of a crystal; the whole zone of a lattice, or the holes themselves, with 'charge: 1' and -H(-k)* as "
            "k·p terms, have no such rim"
        )

    def load_kernels(self, names: tuple[str, ...]) -> None:
        """Packets count for the valley that they are in at the time."""
        if names:
            import wavepacket.kernels.reduce.regions  # noqa: F401


@dataclass(frozen=True)
class Colliding(Ballistic):
    """Packets in a group of bands move through all saves, and elastic collisions turn them on their way."""

    scattering: Scattering

    together = 8  # all of them fly to their next collision at once, and each such round has a cost of its own

    @property
    def collision_time(self) -> float:
        """The relaxation time."""
        time = self.scattering.relaxation_time
        assert not isinstance(time, dict)
        return time

    def check(self, names: tuple[str, ...]) -> None:
        """Raise ConfigError for all but one time, in fields that vary in space, and between walls."""
        self.check_spin()
        if self.config.fields.vary_in_space:
            raise self.config.problem(
                "scattering", "packets in a group of bands collide in uniform fields only"
            )
        if self.config.sample is not None:
            raise self.config.problem(
                "scattering",
                "packets in a group of bands collide in the bulk only: leave out 'sample', or this",
            )
        given = self.scattering.model_dump(exclude_defaults=True)
        if more := sorted(set(given) - {"relaxation_time"}):
            raise self.config.problem(
                f"scattering.{more[0]}",
                "packets in a group of bands collide at one rate: leave this out, or take one band",
            )
        if isinstance(self.scattering.relaxation_time, dict):
            raise self.config.problem(
                "scattering.relaxation_time", "packets in a group of bands have one time for all valleys"
            )
