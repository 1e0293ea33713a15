"""The exact path of a packet: the wave function is advanced, and its mean and spread in r and k are read at every save."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Complex, Float
from wavepacket.config import Config
from wavepacket.fields import electric_field, potential_values
from wavepacket.quantum.box import Box, overlap
from wavepacket.quantum.evolution import Dynamics, evolve
from wavepacket.quantum.gauge import Gauge
from wavepacket.quantum.projection import (
    ZoneProjector,
    initial_state,
    is_resolved,
    project_by_energy,
    zone_projector,
)
from wavepacket.quantum.setting import Setting
from wavepacket.units import HBAR


@dataclass(frozen=True, eq=False)
class Moments:
    """First and second moments of (k, r); k is gauge invariant, ħk = p − qA(r).

    Attributes
    ----------
    mean : (6,) wavevector in 1/Å, unfolded, then position in Å
    covariance : (6, 6) symmetrised, so that they are those of the Wigner function

    """

    mean: Float
    covariance: Float


def moments(
    dynamics: Dynamics, state: Complex, near: Float, vector_potential: Float | None = None
) -> Moments:
    """Measure a packet whose wavevector is close to ``near`` (3,), 1/Å.

    The canonical wavevector is read from the zone around ``near + qA/ħ`` at the packet's mean position.

    Parameters
    ----------
    vector_potential : qA/ħ at the orbitals that is taken from p/ħ, (orbitals, 3), 1/Å; default all of it
    """
    box = dynamics.box
    a = dynamics.vector_potential if vector_potential is None else vector_potential
    position_states = [dynamics.position_times(state, axis) for axis in range(3)]
    mean_place = np.array([overlap(state, product) for product in position_states])
    gauge = dynamics.gauge.potential(mean_place[None] + dynamics.centre)[0]
    waves = np.fft.fftn(state.reshape(box.state_shape), axes=(0, 1, 2))
    offset = _offsets(box, near + gauge)
    kicks = [np.fft.ifftn(waves * offset[..., axis, None], axes=(0, 1, 2)).ravel() for axis in range(3)]
    kinetic = [kick - (a[:, axis] - gauge[axis]) * state for axis, kick in enumerate(kicks)]
    vectors = np.array(kinetic + position_states)
    mean = np.array([overlap(state, vector) for vector in vectors])
    products = (vectors.conj() @ vectors.T).real
    covariance = 0.5 * (products + products.T) - np.outer(mean, mean)
    mean += np.concatenate([near, dynamics.centre])
    return Moments(mean, covariance)


def _offsets(box: Box, origin: Float) -> Float:
    """Distance of every wavevector of the box from ``origin``, in the zone around it, (n_1, n_2, n_3, 3), 1/Å."""
    crystal = box.hamiltonian
    reduced = box.wavevectors - origin @ crystal.lattice.T / (2 * np.pi)
    reduced -= np.where(crystal.periodic, np.round(reduced), reduced)
    return reduced @ crystal.reciprocal


def wavevector_density(dynamics: Dynamics, state: Complex, centre: Float) -> Float:
    """|ψ(k)|² over the box's wavevectors (n_1, n_2, n_3), in a gauge with A = 0 at ``centre`` (3,), Å."""
    box = dynamics.box
    kick = dynamics.gauge.potential(centre[None])[0]
    turned = state * np.exp(-1j * (dynamics.relative_position @ kick))
    waves = np.fft.fftn(turned.reshape(box.state_shape), axes=(0, 1, 2))
    return np.asarray(np.sum(np.abs(waves) ** 2, axis=3) / np.prod(box.shape))


Progress = Callable[[int, int], None]

_POPULATIONS = 9  # at most, in a magnetic field: each costs as much as the motion between several saves


@dataclass(frozen=True, eq=False)
class ExactPath:
    """A packet that obeys the Schrödinger equation.

    Attributes
    ----------
    time : (T,) fs
    mean : (T, 6) wavevector (1/Å, gauge invariant, unfolded) and position (Å)
    covariance : (T, 6, 6) of the same
    populations : (T, G) part of the norm in each band of the packet's group, of one for one band; NaN where not found, and
        in a magnetic field, where energies tell the group but not its bands, all of it stands in the first
    edge : (T,) part of the norm near the ends of the box
    norm_error : |⟨ψ|ψ⟩ − 1| at the end
    start : moments at t = 0 that know of the magnetic field at the centre alone: those of a Gaussian where it varies
    gauge : of the vector potential
    spin : (T, 3) ⟨S⟩ in units of ħ of a packet in a group of bands; None where it is not known
    density : (T, n_1, n_2, n_3) |ψ|² of each cell, and the same over the wavevectors of the box; None unless asked for
    """

    time: Float
    mean: Float
    covariance: Float
    populations: Float
    edge: Float
    norm_error: float
    start: Moments
    gauge: Gauge
    spin: Float | None = None
    density: npt.NDArray[np.float32] | None = field(default=None, repr=False)
    wavevector_density: npt.NDArray[np.float32] | None = field(default=None, repr=False)

    @property
    def centre(self) -> Float:
        """Mean position (T, 3), Å."""
        return self.mean[:, 3:]

    @property
    def population(self) -> Float:
        """Part of the norm (T,) that is in the packet's band or group of bands; NaN where it was not found."""
        return np.asarray(self.populations.sum(axis=1))


@dataclass
class _Record:
    """What is read at the saves."""

    moments: list[Moments] = field(default_factory=list)
    populations: list[Float] = field(default_factory=list)
    spin: list[Float] = field(default_factory=list)
    edge: list[float] = field(default_factory=list)
    density: list[npt.NDArray[np.float32]] = field(default_factory=list)
    wavevector_density: list[npt.NDArray[np.float32]] = field(default_factory=list)


def exact_path(
    setting: Setting, *, densities: bool = False, progress: Progress = lambda done, total: None
) -> ExactPath:
    """Advance the packet of a setting through its saves.

    Raises
    ------
    InputError
        where more of the packet than ``quantum.boundary.norm`` comes near an end of the box

    """
    dynamics, times, config = setting.dynamics, setting.times, setting.config
    magnetic = dynamics.gauge.is_magnetic
    start = initial_state(
        dynamics, setting.bands, setting.wavevector, setting.width, magnetic=magnetic, internal=setting.internal
    )  # fmt: skip
    projector = None if magnetic else zone_projector(dynamics.box, setting.bands)
    wanted = _population_saves(len(times), magnetic)
    edge = dynamics.box.edge(setting.boundary.cells)
    record, near, state = _Record(), setting.wavevector, start
    for index, state in enumerate(evolve(dynamics, start, times)):
        if index > 0:
            last = record.moments[-1].mean
            near = last[:3] + _impulse(config, times[index - 1 : index + 1], last[3:])
        now = moments(dynamics, state, near)
        record.moments.append(now)
        record.edge.append(float(np.sum(np.abs(state[edge]) ** 2)))
        _check_edge(setting, record.edge[-1], float(times[index]))
        populations = np.full(setting.bands[1] - setting.bands[0] + 1, np.nan)
        if index in wanted:
            populations = _populations(setting, state, now.mean[:3], projector)
        record.populations.append(populations)
        if setting.spin is not None:
            record.spin.append(_spin(setting.spin, state))
        if densities:
            _add_densities(record, setting, state, now)
        progress(index + 1, len(times))
    return _path(
        setting, record, _start(dynamics, start, setting.wavevector), abs(overlap(state, state) - 1.0)
    )


def _start(dynamics: Dynamics, state: Complex, wavevector: Float) -> Moments:
    uniform = replace(dynamics.gauge, change=None)
    return moments(dynamics, state, wavevector, uniform.potential(dynamics.box.position))


def _path(setting: Setting, record: _Record, start: Moments, norm_error: float) -> ExactPath:
    kept = bool(record.density)
    return ExactPath(
        setting.times,
        np.array([each.mean for each in record.moments]),
        np.array([each.covariance for each in record.moments]),
        np.array(record.populations),
        np.array(record.edge),
        norm_error,
        start,
        setting.dynamics.gauge,
        np.array(record.spin) if record.spin else None,
        np.array(record.density) if kept else None,
        np.array(record.wavevector_density) if kept else None,
    )


def _population_saves(saves: int, magnetic: bool) -> set[int]:
    if not magnetic:
        return set(range(saves))
    return {int(index) for index in np.linspace(0, saves - 1, min(_POPULATIONS, saves)).round()}


def _impulse(config: Config, times: Float, place: Float) -> Float:
    """Change of k between two times (2,) that E, and V at a place (3,) in Å, make, (3,), 1/Å."""
    middle = float(times.mean())
    force = config.charge * electric_field(config.fields, middle)[0]
    force = force - potential_values(config.fields, place, middle, charge=config.charge).gradient[0]
    return np.asarray(force * (times[1] - times[0]) / HBAR)


def _check_edge(setting: Setting, norm: float, time: float) -> None:
    if norm > setting.boundary.norm:
        raise setting.config.problem(
            "quantum.sites",
            f"at t = {time:.4g} fs a part {norm:.1e} of the packet is within {setting.boundary.cells} cells of the "
            "end of the box, and what follows would be wrong: give more sites, or a shorter time.end",
        )


def _populations(setting: Setting, state: Complex, k: Float, projector: ZoneProjector | None) -> Float:
    """Part of the norm in each band of the group (G,)."""
    if projector is not None:
        return projector.populations(state)
    found, bands = np.zeros(setting.bands[1] - setting.bands[0] + 1), setting.bands
    levels = np.linalg.eigvalsh(setting.hamiltonian.hamiltonian(k[None])[0])
    if not is_resolved(levels, bands, setting.dynamics.energy(state)[1]):
        return np.full(len(found), np.nan)
    inside = project_by_energy(setting.dynamics, levels, bands, state)
    found[0] = overlap(inside, inside)
    return found


def _spin(operators: Complex, state: Complex) -> Float:
    """⟨S⟩ (3,) of an operator that acts on the orbitals of each cell alike."""
    cells = state.reshape(-1, operators.shape[1])
    return np.asarray(np.einsum("mij,ij->m", operators, cells.conj().T @ cells).real)


def _add_densities(record: _Record, setting: Setting, state: Complex, now: Moments) -> None:
    shape = setting.dynamics.box.state_shape
    density = np.sum(np.abs(state.reshape(shape)) ** 2, axis=3)
    over_zone = wavevector_density(setting.dynamics, state, now.mean[3:])
    record.density.append(density.astype(np.float32))
    record.wavevector_density.append(over_zone.astype(np.float32))
