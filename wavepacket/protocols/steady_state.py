"""Collisions, at the E that is given."""

from collections.abc import Callable

import numpy as np

from wavepacket.arrays import Float, Integer
from wavepacket.config import FermiDirac, FilledBand, Zone
from wavepacket.protocols.collisional import Collisional, Deviation


class SteadyState(Collisional):
    """Collisions restore the distribution that packets start from, at the rate 1/τ."""

    name = "steady_state"
    headline = ("longitudinal_conductivity", "hall_conductivity", "drift_velocity")

    def without_spin(self) -> dict[str, str]:
        """Flights end at random times, with one rate along each, and under E and −E."""
        given, ensemble = self.scattering, self.config.ensemble
        one = "with 'spin' a flight has one relaxation time: leave one of both out"
        kept = isinstance(ensemble, FermiDirac | FilledBand | Zone) and ensemble.field_reversal
        return {
            "ensemble": "'spin' needs packets over the zone under E and -E: take fermi_dirac" * (not kept),
            "fields.electric": "with 'spin' E is static" * self.oscillates,
            "scattering.energy": one * (given.energy is not None),
            f"scattering.{given.by_state or 'table'}": one * bool(given.by_state),
            "scattering.intervalley_time": one * (given.intervalley_time is not None),
            "scattering.monte_carlo": one * (given.monte_carlo is not None),
        }

    def spins(self, carried: Float, mixed: Callable[[], Float], start: Float, rate: Float) -> Float:
        """Both, as they are where E has taken packets."""
        return np.concatenate([carried, mixed()], axis=1)

    def check_own(self) -> None:
        """Collisions must not heat, and a frequency must be one that E drives."""
        if self.collisions.go_on:
            raise self.config.problem(
                "scattering.monte_carlo.flights",
                "collisions on the energy shell heat a steady state without end: take fermi_surface, or one flight",
            )
        oscillates = self.oscillates
        if self.scattering.frequency and not oscillates:
            raise self.config.problem(
                "scattering.frequency",
                "a static field drives no current at this frequency: let fields.electric oscillate",
            )
        if oscillates and self.config.ensemble.kind == "arrays":
            raise self.config.problem(
                "fields.electric",
                "in a field that oscillates packets have to start at all times of its period, and those of arrays do not: "
                "take a static field, or an ensemble over the zone such as fermi_dirac",
            )

    def filled_to_edge(self) -> str:
        """E moves them out on one side, and brings none in on the other."""
        raise self.config.problem(
            "ensemble",
            "the band is filled up to model.cutoff or valley_radius, through which E moves its states: no current is known; "
            "take 'kind: fermi_surface' (linear response, in which empty states carry it), the whole zone of a lattice, or "
            "the holes themselves, with 'charge: 1' and -H(-k)* as k·p terms",
        )


class ConservingSteadyState(Deviation, SteadyState):
    """Collisions within a valley conserve the number in it, those between valleys do not."""

    def check_valleys(self, names: tuple[str, ...]) -> None:
        """Numbers in valleys shift against a static field and at a temperature above zero."""
        super().check_valleys(names)
        if getattr(self.config.ensemble, "temperature", None) == 0:
            raise self.config.problem(
                "ensemble.temperature",
                "collisions that conserve the number in each valley need a temperature above 0",
            )
        if self.oscillates:
            raise self.config.problem(
                "scattering.intervalley_time",
                "needs a static electric field: in one that oscillates the numbers in the valleys would follow it; "
                "fermi_surface has the linear response at a frequency",
            )

    def load_kernels(self, names: tuple[str, ...]) -> None:
        """Those of free flights from valley to valley."""
        super().load_kernels(names)
        import wavepacket.kernels.integrate.transit  # noqa: F401

    def restored(self, names: tuple[str, ...]) -> tuple[float, ...]:
        """Of all valleys."""
        return self.scattering.by_valley(names)

    def followed(self, valley: Integer) -> Integer:
        """Who leaves a valley is missed there."""
        return valley
