"""From a config to everything that a run needs, in memory."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from wavepacket.arrays import Float, Integer
from wavepacket.bands import Band
from wavepacket.config import Config
from wavepacket.ensembles import Ensemble, Layer
from wavepacket.hamiltonians import Hamiltonian
from wavepacket.integrators import Control, Method
from wavepacket.protocols import Protocol, collisional_of, protocol_of
from wavepacket.simulation.chosen import rates_of
from wavepacket.simulation.group import Group
from wavepacket.simulation.in_space import moves_on_lines
from wavepacket.simulation.occupation import Regions, regions_of
from wavepacket.simulation.saves import Plan, plan_of

if TYPE_CHECKING:
    from wavepacket.ensembles.surface import Surface
    from wavepacket.simulation.collisions import Pool
    from wavepacket.simulation.exchange import Leaving
    from wavepacket.simulation.group_collisions import Pool as Turns
    from wavepacket.simulation.map_flights import MapFlights
    from wavepacket.simulation.rates import Rates
    from wavepacket.simulation.texture_flights import FlightTimes


@dataclass(frozen=True, eq=False)
class Problem:
    """A config turned into data for the kernels.

    Attributes
    ----------
    crystal : the whole of it
    band : for observables; of a band that follows its character, in the part of the crystal that it belongs to
    moving : the same band in the form that trajectories are advanced with
    times : saves, (T,), fs
    environment : fields, as in ``kernels/motion/fields.py``
    valley_names, valley_centres : names and Cartesian wavevectors (V, 3), 1/Å
    weight_unit : of the packets' weights, text
    sea : of a deviation from equilibrium, what ``ensembles.fermi_sea`` found, else None
    group : of bands that packets have an internal state in; None for packets in one band
    bands_found : which bands are moved together, and why, where that was chosen before the run; else empty
    exchange : rates (M, B, B) of collisions from one population to another at some energies, 1/fs; None where there are none
    leaving : rates at which packets leave each valley for others; None where collisions lead to none, see ``exchange.py``
    parts : of a run of several bands the problem of each, see ``several_bands.py``; else none
    switched : whether the end of ``environment`` says how much of each Berry term is kept; see ``with_terms``

    """

    config: Config
    crystal: Hamiltonian
    band: Band
    moving: Band
    ensemble: Ensemble
    environment: Float
    method: Method
    control: Control
    times: Float
    valley_names: tuple[str, ...]
    valley_centres: Float
    weight_unit: str
    switched: bool = False
    sea: Float | None = None
    group: Group | None = None
    bands_found: str = ""
    exchange: Float | None = None
    leaving: "Leaving | None" = None
    parts: tuple["Problem", ...] = ()

    @cached_property
    def protocol(self) -> Protocol:
        """What the run is."""
        return protocol_of(self.config)

    def collision_rates(self, valley: Integer) -> Float:
        """1/τ (n,) in 1/fs of packets by their valley, where τ depends on the state at the unit of that."""
        return collisional_of(self.config).rates(self.valley_names, valley)

    @cached_property
    def pool(self) -> "Pool":
        """States that collisions lead to, made when first asked for."""
        from wavepacket.simulation.collisions import pool_of

        return pool_of(self)

    @cached_property
    def surface(self) -> "Surface":
        """States that collisions between contacts lead to, made when first asked for."""
        from wavepacket.simulation.devices import surface_of

        return surface_of(self)

    @cached_property
    def turns(self) -> "Turns":
        """States that collisions of packets in a group of bands lead to, made when first asked for."""
        from wavepacket.simulation import group_collisions

        return group_collisions.pool_of(self)

    @cached_property
    def flight_times(self) -> "FlightTimes":
        """When free flights in textures are looked at, made when first asked for."""
        from wavepacket.simulation.texture_flights import times_of

        return times_of(self)

    @cached_property
    def rates_by_state(self) -> "Rates | None":
        """Rates of collisions of states that no kernel knows, made when first asked for."""
        from wavepacket.simulation.rates import rates_by_state

        return rates_by_state(self)

    @cached_property
    def map_flights(self) -> "MapFlights":
        """Flights through a map of times, made when first asked for."""
        from wavepacket.simulation.map_flights import map_flights_of

        return map_flights_of(self)

    @cached_property
    def kept(self) -> Integer | None:
        """Numbers of the packets whose paths are kept, ascending; None for all. Made when first asked for."""
        from wavepacket.simulation.subset import kept_packets

        return kept_packets(self)

    @cached_property
    def text_size(self) -> int:
        """Letters of the config with every default filled in."""
        from wavepacket.simulation.provenance import resolved_text

        return len(resolved_text(self, Path()))

    @cached_property
    def regions(self) -> Regions:
        """Which valley a wavevector is nearest to."""
        return regions_of(self.hamiltonian, self.valley_centres)

    @cached_property
    def layer(self) -> Layer | None:
        """Of a run with ``local``, what its packets add to densities and currents in space."""
        return None if self.config.local is None else Layer(self.config, self.band, float(self.times[-1]))

    @cached_property
    def plan(self) -> Plan:
        """At which saves velocities are evaluated."""
        return plan_of(self.times, self.control, self.config.fields, self.moving.kind)

    @property
    def on_lines(self) -> bool:
        """Whether k moves along straight lines, and r is a quadrature of the velocity along them."""
        return self.config.integrator.takes_lines and moves_on_lines(self.config)

    @property
    def dimension(self) -> int:
        """2 where the motion stays in the xy plane, as that of a planar crystal does in any field; else 3."""
        return 2 if self.band.planar else 3

    @property
    def rates(self) -> Callable[..., None]:
        """The compiled right-hand side, made when first asked for."""
        texture = None
        if self.config.textures:
            texture = "bands" if self.group is not None or self.band.kind == "texture_direct" else "closed"
        return rates_of(
            self.dimension, local=self.config.fields.vary_in_space, switched=self.switched,
            group=self.group is not None, texture=texture,
        )  # fmt: skip

    @property
    def hamiltonian(self) -> Hamiltonian:
        """The crystal of the band: the whole, or the part that a band belongs to which follows its character."""
        return self.band.hamiltonian


def with_terms(
    problem: Problem,
    *,
    moment: float = 1.0,
    curvature: float = 1.0,
    density_of_states: float = 1.0,
    moment_force: float = 1.0,
) -> Problem:
    """Scale Berry terms of the equations of motion: 0 leaves a term out, −1 reverses it.

    Parameters
    ----------
    moment : factor of m, and so of its gradient and of the force on it
    curvature : factor of Ω, in the anomalous velocity and in D alike
    density_of_states : factor of D − 1 in both equations; the other terms with Ω stay
    moment_force : factor of the force ∂(m·B)/∂r alone

    """
    factors = [moment, curvature, density_of_states, moment_force]
    environment = np.append(problem.environment, factors)
    return replace(problem, environment=environment, switched=True)
