"""Bloch oscillations measured on stored paths."""

import numpy as np

from wavepacket.analysis.interpolation import COARSER, POINTS, Samples
from wavepacket.analysis.source import Source, finished_paths
from wavepacket.arrays import Float
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian
from wavepacket.observables import Observable, entry
from wavepacket.units import HBAR

__all__ = ["closed_direction"]


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


def _along(of: Source) -> Float | None:
    """Shortest reciprocal lattice vector along the force, where there is nothing but a static E; else None."""
    paths = of.once(finished_paths)[1]
    if of.config.fields.is_magnetic or len(paths) == 0:
        return None
    assert of.hamiltonian is not None
    force = of.config.charge * of.electric / np.linalg.norm(of.electric)
    return closed_direction(of.hamiltonian, force)


def _displacement(of: Source) -> tuple[Float, Float] | None:
    """Displacements (n, T, 3) of stored paths and their parts along qE (n, T), where they last a whole period."""
    period, position, time = of.once(bloch_period), of.once(finished_paths)[1], of.run.time
    if period is None or time[-1] < float(period.value) * (1 - 1e-9):  # type: ignore[arg-type]
        return None
    moved = position - position[:, :1]
    force = of.config.charge * of.electric / np.linalg.norm(of.electric)
    return moved, moved @ (force / np.linalg.norm(force))


@entry("ballistic", unit="fs", symbol=r"$T_\mathrm{B}$", needs=("static E", "crystal"),
    convention="time in which k moves by the shortest reciprocal lattice vector along qE; uncertainty: spread over packets "
    "and rounding of k")  # fmt: skip
def bloch_period(of: Source) -> Observable | None:
    """T = ħ|G|/|qE|."""
    period_vector, wavevector, time = of.once(_along), of.once(finished_paths)[2], of.run.time
    if period_vector is None:
        return None
    force = of.config.charge * of.electric / np.linalg.norm(of.electric)
    way = (wavevector[:, -1] - wavevector[:, 0]) @ (force / np.linalg.norm(force))
    periods = np.linalg.norm(period_vector) / way * (time[-1] - time[0])
    # k of a uniform field moves alike for all packets: what remains is the rounding of k, which is not folded.
    rounding = 4 * np.finfo(float).eps * float((np.abs(wavevector).max(axis=(1, 2)) / way * periods).max())
    return Observable("", float(periods.mean()), float(periods.max() - periods.min()) + rounding)


@entry("ballistic", unit="angstrom", needs=("static E", "crystal"),
    convention="extent of each stored path along qE at the saved times; uncertainty: what lies between saves, and rounding "
    "of the path")  # fmt: skip
def bloch_amplitude(of: Source) -> Observable | None:
    """Width of the band over |qE|."""
    found = of.once(_displacement)
    if found is None:
        return None
    along = found[1]
    return Observable("", along.max(axis=1) - along.min(axis=1), _sampling_error(along) + _rounding(of))


@entry("ballistic", unit="angstrom", symbol=r"$\Delta r_\mathrm{B}$", needs=("static E", "crystal"),
    convention="displacement over one Bloch period of each stored path; uncertainty: tolerance times extent, rounding of "
    "the path, and of the interpolation where the period is no saved time")  # fmt: skip
def bloch_shift(of: Source) -> Observable | None:
    """∮ of the velocity over one period, (n, 3)."""
    found, period = of.once(_displacement), of.once(bloch_period)
    if found is None or period is None:
        return None
    moved = found[0]
    extent = np.ptp(moved, axis=1).max(axis=1)
    shift, missed = _after(of.run.time, moved, float(period.value))  # type: ignore[arg-type]
    of_path = of.config.integrator.tolerance * extent + _rounding(of)
    return Observable("", shift, missed + of_path[:, None])


def _after(time: Float, displacement: Float, period: float) -> tuple[Float, Float]:
    """Displacements (n, 3) after one period, and the errors of interpolation between saves."""
    nearest = int(np.argmin(np.abs(time - period)))
    if abs(time[nearest] - period) < 1e-6 * period:
        return displacement[:, nearest], np.zeros_like(displacement[:, nearest])
    columns = np.moveaxis(displacement, 1, 0).reshape(len(time), -1)
    path = Samples(float(time[0]), float(time[1] - time[0]), columns)
    fine, coarse = (path.at(period, points)[0].reshape(-1, 3) for points in (POINTS, COARSER))
    return fine, np.abs(fine - coarse)


def _rounding(of: Source) -> Float:
    """Rounding (n,) of displacements: of places by their size, and of velocities Σ H(R) R/ħ, whose terms may cancel."""
    crystal, position = of.hamiltonian, of.once(finished_paths)[1]
    assert isinstance(crystal, LatticeHamiltonian)
    reach = np.linalg.norm(crystal.translations, axis=1) + crystal.length_scale
    speed = float(np.linalg.norm(crystal.hoppings, axis=(1, 2)) @ reach) / HBAR
    farthest = np.abs(position).max(axis=(1, 2))
    return np.asarray(4 * np.finfo(float).eps * (farthest + speed * float(of.run.time[-1] - of.run.time[0])))


def _sampling_error(along: Float) -> Float:
    """A parabola through an extremum and its neighbours lies at most an eighth of its second difference beyond it."""
    if along.shape[1] < 3:
        return np.full(len(along), np.nan)
    return np.asarray(np.abs(np.diff(along, 2, axis=1)).max(axis=1) / 8)
