"""Paths without collisions."""

from wavepacket import citations
from wavepacket.config import Zone
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

    def move(self, motions: Motions[Result]) -> Result:
        """Paths."""
        return motions.paths()

    def load_kernels(self, names: tuple[str, ...]) -> None:
        """Packets count for the valley that they are in at the time."""
        if names:
            import wavepacket.kernels.reduce.regions  # noqa: F401
