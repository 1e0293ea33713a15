"""From a config to the box, the sparse Hamiltonian and the packet that the exact path starts from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from wavepacket.arrays import Complex, Float
from wavepacket.bands import followed
from wavepacket.config import Boundary, Config, Gaussian, Quantum
from wavepacket.ensembles import gaussian_centre, valley_centres
from wavepacket.errors import InputError
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian, base_hamiltonian
from wavepacket.hamiltonians.layer import is_layer
from wavepacket.hamiltonians.texture import textured_crystal
from wavepacket.quantum.box import Box, lattice_matrix
from wavepacket.quantum.evolution import Dynamics
from wavepacket.quantum.gauge import Gauge, gauge_of
from wavepacket.quantum.textures import varying_crystal
from wavepacket.quantum.walls import Wall, distance_to_walls
from wavepacket.simulation.group import Group, group_of

_FAR = 5.0  # standard deviations of the packet on each side that must be free at its start


@dataclass(frozen=True, eq=False)
class Setting:
    """One exact packet.

    Attributes
    ----------
    config : what was asked for
    dynamics : the charge in its box
    bands : first and last of the group of bands that the packet starts in, the same of one band
    wavevector : k₀ (3,), 1/Å
    width : standard deviation σ of |ψ|² along each direction, Å
    times : saves (T,), fs
    boundary : how near the packet may come to the ends
    internal : state u(k₀) (N,) in a group of bands, with the orbital positions in the phase; None in one band
    spin : S_x, S_y, S_z (3, N, N) that are measured, ħ; None where they are not known

    """

    config: Config
    dynamics: Dynamics
    bands: tuple[int, int]
    wavevector: Float
    width: float
    times: Float
    boundary: Boundary
    internal: Complex | None = None
    spin: Complex | None = None

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
    for key, term in config.fields.in_space().items():
        if term.valleys is not None:
            raise config.problem(
                f"{key}.valleys", "a wave function is in no valley alone: leave this out, or `run` the config"
            )
    chosen, group = followed(config, hamiltonian), group_of(config, hamiltonian)
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
    centre = np.array(packet.position)
    x, y, z = (*quantum.sites, 1, 1)[:3]
    middle = centre if quantum.center is None else np.array(quantum.center)
    box, width = Box(crystal, (x, y, z), middle), 0.5 / packet.width
    _check_room(config, quantum, box, centre, width)
    return Setting(
        config,
        _dynamics(config, box, centre, _walls(config, centre, width), quantum.tolerance),
        (chosen.index, chosen.index) if group is None else (group.first, group.last),
        wavevector,
        width,
        np.linspace(0.0, config.time.end, config.time.saves),
        quantum.boundary,
        None if group is None else _internal_state(config, group, wavevector),
        None if group is None else group.spin,
    )


def _internal_state(config: Config, group: Group, wavevector: Float) -> Complex:
    """The one state u(k₀) (N,) that a packet in a group starts in, with the orbital positions in the phase."""
    internal = group.internal
    number = group.size if internal.values is None else len(internal.values)
    if number > 1:
        raise config.problem(
            "internal",
            "an exact packet has one internal state: give 'start: spin' or 'start: helicity', with one number in values",
        )
    u = group.states(wavevector[None], np.zeros(1, dtype=np.int64))[0]
    phase = np.exp(-1j * (group.hamiltonian.sites @ wavevector))  # type: ignore[union-attr]
    return np.asarray(phase * (u[0::2] + 1j * u[1::2]))


def _dynamics(config: Config, box: Box, centre: Float, walls: Sequence[Wall], tolerance: float) -> Dynamics:
    """The charge in its box, with the fields of a config; ``centre`` (3,), Å, of the packet."""
    crystal = box.hamiltonian
    if config.fields.magnetic_in_space and not is_layer(crystal):
        raise config.problem(
            "fields", "exact packets have a B(r) of layers alone, and this crystal is none: leave it out"
        )
    try:
        gauge = gauge_of(config.fields, config.charge, centre, box.position)
    except InputError as error:
        raise config.problem("fields", str(error)) from error
    if gauge.is_magnetic and crystal.dimension == 1:
        raise config.problem("fields", "a magnetic field does nothing to a 1D crystal: leave it out")
    try:
        textured = textured_crystal(config, base_hamiltonian(config)) if config.textures else None
        varying = None if textured is None else varying_crystal(box, textured, config.band.index, gauge)
        matrix = (
            lattice_matrix(box, crystal.hoppings, gauge, walls) if varying is None else varying.matrix(0.0)
        )
        offsets = _offsets(config, box, gauge, walls)
    except InputError as error:
        raise config.problem("quantum.sites", str(error)) from error
    return Dynamics(box, matrix, offsets, gauge, config.charge, config.fields, tolerance, varying)


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


def _check_room(config: Config, quantum: Quantum, box: Box, centre: Float, width: float) -> None:
    """Refuse a box that the packet does not fit into even at its start."""
    crystal = box.hamiltonian
    for axis, n in enumerate(quantum.sites):
        across = 2 * np.pi / float(np.linalg.norm(crystal.reciprocal[axis]))  # height of the cell
        away = abs(float((centre - box.centre) @ crystal.reciprocal[axis])) / np.pi  # twice, in cells
        if n - 2 * quantum.boundary.cells < away + 2 * _FAR * width / across:
            needed = int(np.ceil(away + 2 * _FAR * width / across)) + 2 * quantum.boundary.cells
            where = "" if away == 0.0 else f", {0.5 * away:.3g} cells from the middle of the box,"
            raise config.problem(
                f"quantum.sites[{axis}]",
                f"the packet is {width:.3g} angstrom wide (1/(2 ensemble.width)){where} and needs at least {needed} sites",
            )


def _walls(config: Config, centre: Float, width: float) -> Sequence[Wall]:
    """The walls of the sample, five standard deviations of the packet away from its start."""
    sample = config.sample
    if sample is None:
        return ()
    if sample.contacts:
        raise config.problem(
            "sample.contacts",
            "an exact packet knows walls but no contacts: leave this out, or `run` the config",
        )
    for i, wall in enumerate(sample.walls):
        if wall.mirrored < 1.0:
            raise config.problem(
                f"sample.walls[{i}]",
                "an exact packet knows no diffuse walls: leave out its reflection, or `run` the config",
            )
    away = distance_to_walls(sample.walls, centre)
    if away < _FAR * width:
        raise config.problem(
            "ensemble.position",
            f"a wall is {away:.3g} angstrom away, and the packet is {width:.3g} angstrom wide (1/(2 ensemble.width)): "
            f"start it at least {_FAR * width:.3g} angstrom from every wall",
        )
    return sample.walls


def _offsets(config: Config, box: Box, gauge: Gauge, walls: Sequence[Wall]) -> tuple[object, ...]:
    """Position elements beyond the orbital positions, which the semiclassical band has as well."""
    elements = box.hamiltonian.position_matrices
    if elements is None or not config.band.position_elements:
        return ()
    for acts, what in (
        (gauge.is_magnetic, "a magnetic field"), (config.fields.potential, "a potential"), (config.textures, "a texture"),
    ):  # fmt: skip
        if acts:
            raise config.problem(
                "band",
                f"{what} enters the lattice through orbital positions alone: "
                "set 'position_elements: false' here, for both sides of the comparison",
            )
    return tuple(lattice_matrix(box, elements[:, axis], walls=walls) for axis in range(3))
