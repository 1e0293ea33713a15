"""From a config to the box, the sparse Hamiltonian and the packet that the exact path starts from."""

from dataclasses import dataclass

import numpy as np

from wavepacket.arrays import Float
from wavepacket.bands import followed
from wavepacket.config import Boundary, Config, Gaussian, Quantum
from wavepacket.ensembles import gaussian_centre, valley_centres
from wavepacket.errors import InputError
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian
from wavepacket.quantum.box import Box, lattice_matrix
from wavepacket.quantum.evolution import Dynamics
from wavepacket.units import E_OVER_HBAR


@dataclass(frozen=True, eq=False)
class Setting:
    """One exact packet.

    Attributes
    ----------
    config : what was asked for
    dynamics : the charge in its box
    band : index of the band that the packet starts in
    wavevector : k₀ (3,), 1/Å
    width : standard deviation σ of |ψ|² along each direction, Å
    reduced_field : b = qB/ħ (3,), 1/Å²
    times : saves (T,), fs
    boundary : how near the packet may come to the ends

    """

    config: Config
    dynamics: Dynamics
    band: int
    wavevector: Float
    width: float
    reduced_field: Float
    times: Float
    boundary: Boundary

    @property
    def hamiltonian(self) -> LatticeHamiltonian:
        """The crystal."""
        return self.dynamics.box.hamiltonian


def packet_of(config: Config) -> Gaussian:
    """The packet of a config: its Gaussian ensemble.

    Raises
    ------
    ConfigError
        for another ensemble, or a Gaussian that is no packet of least uncertainty

    """
    ensemble = config.ensemble
    if not isinstance(ensemble, Gaussian):
        raise config.problem("ensemble.kind", "an exact packet needs 'kind: gaussian'")
    if ensemble.width == 0.0:
        raise config.problem("ensemble.width", "an exact packet needs a width in k above 0")
    if ensemble.position_width or ensemble.covariance is not None:
        key = "covariance" if ensemble.covariance is not None else "position_width"
        raise config.problem(
            f"ensemble.{key}", "an exact packet has the width 1/(2 width) in space: leave this out"
        )
    if ensemble.field_reversal:
        raise config.problem("ensemble.field_reversal", "an exact packet runs in the field as given")
    return ensemble


def build_setting(config: Config, hamiltonian: Hamiltonian) -> Setting:
    """Prepare the exact packet of a config; every problem is a ConfigError at the key that causes it."""
    if config.sample is not None:
        raise config.problem("sample", "an exact packet knows no walls: leave this out, or `run` the config")
    if config.fields.vary_in_space:
        raise config.problem(
            "fields", "an exact packet moves in uniform fields only: leave this out, or `run` the config"
        )
    chosen = followed(config, hamiltonian)
    quantum, packet, crystal = (
        _quantum_section(config),
        packet_of(config),
        _crystal(config, chosen.hamiltonian),
    )
    if len(quantum.sites) != crystal.dimension:
        raise config.problem(
            "quantum.sites",
            f"needs {crystal.dimension} numbers for a {crystal.dimension}D crystal, not {len(quantum.sites)}",
        )
    names, centres = valley_centres(crystal, config.valleys)
    try:
        wavevector = gaussian_centre(packet, crystal, dict(zip(names, centres, strict=True)))
    except InputError as error:
        raise config.problem("ensemble", str(error)) from error
    reduced_field = config.charge * E_OVER_HBAR * np.array(config.fields.magnetic)
    centre = np.array(packet.position)
    x, y, z = (*quantum.sites, 1, 1)[:3]
    box = Box(crystal, (x, y, z), centre)
    _check_room(config, quantum, crystal, 0.5 / packet.width)
    try:
        matrix = lattice_matrix(box, crystal.hoppings, reduced_field, centre)
        offsets = _offsets(config, crystal, box, reduced_field)
    except InputError as error:
        raise config.problem("quantum.sites", str(error)) from error
    return Setting(
        config,
        Dynamics(box, matrix, offsets, centre, config.charge, config.fields, quantum.tolerance),
        chosen.index,
        wavevector,
        0.5 / packet.width,
        reduced_field,
        np.linspace(0.0, config.time.end, config.time.saves),
        quantum.boundary,
    )


def _quantum_section(config: Config) -> Quantum:
    if config.quantum is None:
        raise config.problem(
            "quantum", "missing: an exact packet needs a section such as 'sites: [121, 121]'"
        )
    return config.quantum


def _crystal(config: Config, hamiltonian: Hamiltonian) -> LatticeHamiltonian:
    if not isinstance(hamiltonian, LatticeHamiltonian):
        raise config.problem("model", "an exact packet needs a lattice; a k·p model has no sites")
    return hamiltonian


def _check_room(config: Config, quantum: Quantum, crystal: LatticeHamiltonian, width: float) -> None:
    """Refuse a box that the packet does not fit into even at its start: five standard deviations to each side."""
    for axis, n in enumerate(quantum.sites):
        across = 2 * np.pi / float(np.linalg.norm(crystal.reciprocal[axis]))  # height of the cell
        if (n - 2 * quantum.boundary.cells) * across < 10 * width:
            needed = int(np.ceil(10 * width / across)) + 2 * quantum.boundary.cells
            raise config.problem(
                f"quantum.sites[{axis}]",
                f"the packet is {width:.3g} angstrom wide (1/(2 ensemble.width)) and needs at least {needed} sites",
            )


def _offsets(
    config: Config, crystal: LatticeHamiltonian, box: Box, reduced_field: Float
) -> tuple[object, ...]:
    """Position elements beyond the orbital positions, which the semiclassical band has as well."""
    if crystal.position_matrices is None or not config.band.position_elements:
        return ()
    if np.any(reduced_field):
        raise config.problem(
            "band",
            "a magnetic field enters the lattice through orbital positions alone: "
            "set 'position_elements: false' here, for both sides of the comparison",
        )
    elements = crystal.position_matrices
    return tuple(lattice_matrix(box, elements[:, axis], reduced_field, box.centre) for axis in range(3))
