"""Bloch oscillations measured on stored paths."""

import numpy as np
import numpy.typing as npt

from wavepacket.analysis.currents import static_field
from wavepacket.analysis.interpolation import COARSER, POINTS, Samples
from wavepacket.config import Config
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian
from wavepacket.observables import Observable

Float = npt.NDArray[np.float64]

_SEARCH = 4  # reciprocal lattice vectors up to this many steps along each axis


def closed_direction(hamiltonian: Hamiltonian, direction: Float) -> Float | None:
    """Shortest reciprocal lattice vector parallel to a direction, or None."""
    if not isinstance(hamiltonian, LatticeHamiltonian):
        return None
    steps = [range(-_SEARCH, _SEARCH + 1) if p else (0,) for p in hamiltonian.periodic]
    lattice = np.array(np.meshgrid(*steps)).reshape(3, -1).T @ hamiltonian.reciprocal
    unit = direction / np.linalg.norm(direction)
    along = lattice @ unit
    across = np.linalg.norm(lattice - along[:, None] * unit, axis=1)
    found = lattice[(along > 1e-9) & (across < 1e-9 * np.linalg.norm(hamiltonian.reciprocal))]
    return found[np.argmin(found @ unit)] if len(found) else None


def bloch_oscillation(
    hamiltonian: Hamiltonian, config: Config, time: Float, position: Float, wavevector: Float
) -> list[Observable]:
    """Bloch period, amplitude along the force and transverse shift over one period, from finished paths (n, T, 3)."""
    electric = static_field(config)
    if electric is None or any(config.fields.magnetic) or len(position) == 0:
        return []
    force = config.charge * electric / np.linalg.norm(electric)
    period_vector = closed_direction(hamiltonian, force)
    if period_vector is None:
        return []
    unit = force / np.linalg.norm(force)
    way = (wavevector[:, -1] - wavevector[:, 0]) @ unit
    periods = np.linalg.norm(period_vector) / way * (time[-1] - time[0])
    # k of a uniform field moves alike for all packets: what remains is the rounding of k, which is not folded.
    rounding = 4 * np.finfo(float).eps * float((np.abs(wavevector).max(axis=(1, 2)) / way * periods).max())
    period, spread = float(periods.mean()), float(periods.max() - periods.min()) + rounding
    result = [
        Observable(
            "bloch_period", period, spread, "fs",
            "time in which k moves by the shortest reciprocal lattice vector along qE; uncertainty: spread over packets and "
            "rounding of k",
        )
    ]  # fmt: skip
    if time[-1] < period * (1 - 1e-9):
        return result
    along = (position - position[:, :1]) @ unit
    extent = along.max(axis=1) - along.min(axis=1)
    result.append(
        Observable(
            "bloch_amplitude", extent, _sampling_error(along), "angstrom",
            "extent of each stored path along qE at the saved times; uncertainty: what lies between saves",
        )
    )  # fmt: skip
    shift, missed = _after(time, position - position[:, :1], period)
    error = missed + config.integrator.tolerance * extent[:, None]
    result.append(
        Observable(
            "bloch_shift", shift, error, "angstrom",
            "displacement over one Bloch period of each stored path; uncertainty: tolerance times extent, and of the "
            "interpolation where the period is no saved time",
        )
    )  # fmt: skip
    return result


def _after(time: Float, displacement: Float, period: float) -> tuple[Float, Float]:
    """Displacements (n, 3) after one period, and the errors of interpolation between saves."""
    nearest = int(np.argmin(np.abs(time - period)))
    if abs(time[nearest] - period) < 1e-6 * period:
        return displacement[:, nearest], np.zeros_like(displacement[:, nearest])
    columns = np.moveaxis(displacement, 1, 0).reshape(len(time), -1)
    path = Samples(float(time[0]), float(time[1] - time[0]), columns)
    fine, coarse = (path.at(period, points)[0].reshape(-1, 3) for points in (POINTS, COARSER))
    return fine, np.abs(fine - coarse)


def _sampling_error(along: Float) -> Float:
    """A parabola through an extremum and its neighbours lies at most an eighth of its second difference beyond it."""
    if along.shape[1] < 3:
        return np.full(len(along), np.nan)
    return np.asarray(np.abs(np.diff(along, 2, axis=1)).max(axis=1) / 8)
