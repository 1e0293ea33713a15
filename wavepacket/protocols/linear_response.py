"""Collisions, to first order in E about E = 0."""

from collections.abc import Callable

import numpy as np

from wavepacket import citations
from wavepacket.arrays import Float
from wavepacket.config import CircularField, CircularPulseField, OwnField, SampledField
from wavepacket.formulas import mott_kernel
from wavepacket.protocols.base import Work
from wavepacket.protocols.collisional import Deviation
from wavepacket.protocols.times import check_between
from wavepacket.units import BOLTZMANN


class LinearResponse(Deviation):
    """What a weak E changes, from flights at E = 0."""

    name = "linear_response"
    unit_field = True
    knows_rates_at_start = True
    knows_carriers = True
    headline = ("conductivity", "hall_coefficient", "nonlinear_hall_conductivity", "valley_hall_conductivity")

    @property
    def works(self) -> tuple[Work, ...]:
        """Why to cite what."""
        heat = (("heat carried by states of a Berry curvature", citations.XIAO_2006),) if self.heat else ()
        return (
            *super().works,
            *heat,
            ("second-order Hall current, Berry curvature dipole", citations.SODEMANN_2015),
        )

    @property
    def heat(self) -> bool:
        """Where it is asked for."""
        return self.scattering.heat

    @property
    def negligible(self) -> float:
        """(𝓔 − μ)² makes the tails of −∂f/∂𝓔 heavier: 32 kT out they are 1e-8 of the heat where τ ∝ ε² in 3D."""
        return 1e-14 if self.heat else super().negligible

    def check_heat(self) -> None:
        """Raise ConfigError where the energy of a packet is not kept from start to end, or its gradient oscillates."""
        if not self.heat:
            return
        for found, key, reason in (
            (self.scattering.frequency > 0, "scattering.frequency", "a gradient of temperature is static"),
            (
                self.collisions.go_on,
                "scattering.monte_carlo.flights",
                "collisions on a shell do not keep the energy",
            ),
            (bool(self.config.textures), "model.textures", "heat is not known in textures"),
        ):
            if found:
                raise self.config.problem(key, f"{reason}: leave it out, or scattering.heat")

    def without_spin(self) -> dict[str, str]:
        """Flights that end after times of their own are asked for it, all with one rate along a flight."""
        given, turned = self.scattering, any(self.config.fields.magnetic)
        flown = "with 'spin' collisions lead to equilibrium: leave one of both out"
        turning = "with 'spin' a magnetic field must not lead to states of other times: leave one of both out"
        return {
            "scattering.frequency": "with 'spin' the response is static: leave one of both out"
            * (given.frequency > 0),
            "scattering.intervalley_time": flown * (given.intervalley_time is not None),
            "scattering.between": flown * bool(given.between),
            "scattering.monte_carlo": flown * (given.monte_carlo is not None),
            "scattering.map": turning * (turned and given.map is not None),
            "ensemble.temperature": "'spin' in a magnetic field needs a temperature above 0 K: ends of flights are random"
            * (turned and self.starts.is_cold),
        }

    def spins(self, carried: Float, mixed: Callable[[], Float], start: Float, rate: Float) -> Float:
        """Over a flight, along each axis of a force, which changes 𝓔 at the rate ṙ(k0) times it."""
        return np.asarray((carried / rate[:, None])[:, :, None] * start[:, None, :])

    def weights_of_heat(self, energy: Callable[[], Float]) -> Float:
        """𝓔 − μ, its square, and the change of ln(−∂f/∂𝓔) with μ."""
        if not self.heat:
            return super().weights_of_heat(energy)
        start = self.starts
        above, thermal = energy() - start.chemical_potential, BOLTZMANN * start.temperature
        return np.stack([above, above**2, mott_kernel(above / thermal) / thermal], axis=1)

    @property
    def at_rest(self) -> bool:
        """E is zero here."""
        turned = any(self.config.fields.magnetic) or bool(self.config.textures)
        return self.scattering.monte_carlo is None and not turned

    def restored(self, names: tuple[str, ...]) -> tuple[float, ...] | None:
        """Where the number in a valley is conserved; random events lead to another state of it themselves."""
        given = self.scattering
        if given.intervalley_time is None or given.monte_carlo is not None:
            return None
        return given.by_valley(names)

    def check_between(self, names: tuple[str, ...]) -> None:
        """Times of one band have to be those of its valleys; of several bands the names are known later."""
        if self.between:
            check_between(self, names)

    def check_own(self) -> None:
        """E must be zero."""
        moving = any(
            isinstance(term, SampledField | OwnField)
            or (
                bool(term.amplitude)
                if isinstance(term, CircularField | CircularPulseField)
                else any(term.amplitude)
            )
            for term in self.config.fields.electric
        )
        if moving:
            raise self.config.problem(
                "fields.electric",
                "fermi_surface with scattering is the linear response about E = 0: leave E out, or take fermi_dirac for a "
                "steady state in E",
            )
        if self.starts.is_cold and self.collisions.go_on:
            raise self.config.problem(
                "scattering.monte_carlo.flights",
                "collisions lead to states of an energy shell, and at 0 K packets start on the Fermi surface alone: take "
                "one flight, or a temperature above 0",
            )
        _ = self.oscillates  # what is no field of a steady state is refused even without amplitude
