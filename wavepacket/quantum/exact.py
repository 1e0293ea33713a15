"""The exact path of a packet: the wave function is advanced, and its mean and spread in r and k are read at every save."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Complex, Float
from wavepacket.config import Config
from wavepacket.fields import electric_field, potential_values
from wavepacket.quantum.box import overlap
from wavepacket.quantum.evolution import Dynamics, evolve
from wavepacket.quantum.gauge import Gauge
from wavepacket.quantum.moments import Moments, moments, start_of_packets
from wavepacket.quantum.projection import (
    ZoneProjector,
    initial_state,
    is_resolved,
    project_by_energy,
    zone_projector,
)
from wavepacket.quantum.setting import Setting
from wavepacket.units import HBAR


def wavevector_density(dynamics: Dynamics, state: Complex, centre: Float) -> Float:
    """|ψ(k)|² over the box's wavevectors (n_1, n_2, n_3), in a gauge with A = 0 at ``centre`` (3,), Å."""
    box = dynamics.box
    kick = dynamics.gauge.potential(centre[None])[0]
    turned = state * np.exp(-1j * (dynamics.relative_position @ kick))
    waves = np.fft.fftn(turned.reshape(box.state_shape), axes=(0, 1, 2))
    return np.asarray(np.sum(np.abs(waves) ** 2, axis=3) / np.prod(box.shape))


Progress = Callable[[int, int], None]

_POPULATIONS = (
    9  # at most, where energies tell the band: each costs as much as the motion between several saves
)


@dataclass(frozen=True, eq=False)
class ExactPath:
    """A packet that obeys the Schrödinger equation.

    Attributes
    ----------
    time : (T,) fs
    mean : (T, 6) wavevector (1/Å, gauge invariant, unfolded) and position (Å)
    covariance : (T, 6, 6) of the same
    populations : (T, G) part of the norm in each band of the packet's group, of one for one band; NaN where not found, and
        where energies tell the group but not its bands (in a magnetic field), all of it stands in the first
    edge : (T,) part of the norm near the ends of the box
    norm_error : |⟨ψ|ψ⟩ − 1| at the end
    start : moments at t = 0 that know of the magnetic field, and of Ω_xy of space, at the centre alone: those of a Gaussian
    bent : places (n, 3) in Å → what k of the Gaussian lacks there, (n, 3), 1/Å; None where nothing varies
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
    bent: Callable[[Float], Float] | None
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
    by_energy = dynamics.bands_by_energy
    start = initial_state(
        dynamics, setting.bands, setting.wavevector, setting.width, by_energy=by_energy, internal=setting.internal
    )  # fmt: skip
    projector = None if by_energy else zone_projector(dynamics.box, setting.bands)
    wanted = _population_saves(len(times), by_energy)
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
            populations = _populations(setting, state, now.mean, float(times[index]), projector)
        record.populations.append(populations)
        if setting.spin is not None:
            record.spin.append(_spin(setting.spin, state))
        if densities:
            _add_densities(record, setting, state, now)
        progress(index + 1, len(times))
    return _path(setting, record, start, abs(overlap(state, state) - 1.0))


def _path(setting: Setting, record: _Record, start: Complex, norm_error: float) -> ExactPath:
    kept = bool(record.density)
    return ExactPath(
        setting.times,
        np.array([each.mean for each in record.moments]),
        np.array([each.covariance for each in record.moments]),
        np.array(record.populations),
        np.array(record.edge),
        norm_error,
        *start_of_packets(setting.dynamics, start, setting.wavevector, setting.width),
        setting.dynamics.gauge,
        np.array(record.spin) if record.spin else None,
        np.array(record.density) if kept else None,
        np.array(record.wavevector_density) if kept else None,
    )


def _population_saves(saves: int, by_energy: bool) -> set[int]:
    if not by_energy:
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


def _populations(
    setting: Setting, state: Complex, mean: Float, time: float, projector: ZoneProjector | None
) -> Float:
    """Part of the norm in each band of the group (G,); mean (6,) of k and r."""
    if projector is not None:
        return projector.populations(state)
    found, bands = np.zeros(setting.bands[1] - setting.bands[0] + 1), setting.bands
    crystal = setting.dynamics.crystal_at(mean[3:], time)
    levels = np.linalg.eigvalsh(crystal.hamiltonian(mean[None, :3])[0])
    if not is_resolved(levels, bands, setting.dynamics.energy(state, time)[1]):
        return np.full(len(found), np.nan)
    inside = project_by_energy(setting.dynamics, levels, bands, state, time)
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
