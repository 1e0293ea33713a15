"""Bloch oscillations measured on stored paths."""

import numpy as np
import numpy.typing as npt

from wavepacket.analysis.currents import static_field
from wavepacket.config import Config
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian
from wavepacket.observable import Observable

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
    speed = (wavevector[:, -1] - wavevector[:, 0]) @ unit / (time[-1] - time[0])
    periods = np.linalg.norm(period_vector) / speed
    spread = float(periods.max() - periods.min())
    result = [
        Observable(
            "bloch_period", float(periods.mean()), spread, "fs",
            "time in which k moves by the shortest reciprocal lattice vector along qE; uncertainty: spread over packets",
        )
    ]  # fmt: skip
    if time[-1] < periods.mean() * (1 - 1e-9):
        return result
    along = (position - position[:, :1]) @ unit
    extent = along.max(axis=1) - along.min(axis=1)
    shift = _after(time, position - position[:, :1], float(periods.mean()))
    result.append(
        Observable(
            "bloch_amplitude", extent, np.full(len(extent), _sampling_error(along)), "angstrom",
            "extent of each stored path along qE at the saved times; uncertainty: what lies between saves",
        )
    )  # fmt: skip
    if shift is not None:
        result.append(
            Observable(
                "bloch_shift", shift, np.full(shift.shape, config.integrator.tolerance * float(extent.max())), "angstrom",
                "displacement over one Bloch period of each stored path; uncertainty: tolerance times extent",
            )
        )  # fmt: skip
    return result


def _after(time: Float, displacement: Float, period: float) -> Float | None:
    """Displacement after one period, where that is a saved time."""
    nearest = int(np.argmin(np.abs(time - period)))
    return displacement[:, nearest] if abs(time[nearest] - period) < 1e-6 * period else None


def _sampling_error(along: Float) -> float:
    """A parabola through an extremum and its neighbours lies at most an eighth of its second difference beyond it."""
    return float(np.abs(np.diff(along, 2, axis=1)).max() / 8) if along.shape[1] > 2 else float("nan")
