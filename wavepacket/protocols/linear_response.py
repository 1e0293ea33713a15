"""Collisions, to first order in E about E = 0."""

from wavepacket import citations
from wavepacket.config import CircularField, OwnField, SampledField
from wavepacket.protocols.base import Work
from wavepacket.protocols.collisional import Deviation


class LinearResponse(Deviation):
    """What a weak E changes, from flights at E = 0."""

    name = "linear_response"
    unit_field = True
    headline = ("conductivity", "hall_coefficient", "nonlinear_hall_conductivity", "valley_hall_conductivity")

    @property
    def works(self) -> tuple[Work, ...]:
        """Why to cite what."""
        return *super().works, ("second-order Hall current, Berry curvature dipole", citations.SODEMANN_2015)

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

    def check_own(self) -> None:
        """E must be zero."""
        moving = any(
            isinstance(term, SampledField | OwnField)
            or (bool(term.amplitude) if isinstance(term, CircularField) else any(term.amplitude))
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
