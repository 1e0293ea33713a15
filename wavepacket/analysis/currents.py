"""Currents and Hall conductivities of a finished run."""

import numpy as np
import numpy.typing as npt

from wavepacket.analysis.sums import Sums
from wavepacket.config import Config
from wavepacket.conventions import current_density
from wavepacket.observable import Observable
from wavepacket.storage import StoredRun
from wavepacket.units import ELEMENTARY_CHARGE, HBAR

Float = npt.NDArray[np.float64]

# e Å/fs per Å^d in A/m^(d-1), and e Å/(fs V Å^(d-1)) in the unit of a conductivity.
CURRENT = {d: ELEMENTARY_CHARGE * 1e5 * 10 ** (10 * d) for d in (1, 2, 3)}
CURRENT_UNIT = {1: "A", 2: "A/m", 3: "A/m^2"}
CONDUCTIVITY = {1: 1.0, 2: 2 * np.pi * HBAR, 3: ELEMENTARY_CHARGE * 1e25 / 100}
CONDUCTIVITY_UNIT = {1: "e^2 angstrom/(eV fs)", 2: "e^2/h", 3: "S/cm"}
_HALL = "j_a = sigma_ab E_b, sigma_xy = (j_x E_y - j_y E_x)/|E|^2; part odd in E, mean over the run"
_HALL_VECTOR = (
    "j = E x h, h = (j x E)/|E|^2 transverse to E, [sigma_yz, sigma_zx, sigma_xy]; "
    "part odd in E, mean over the run"
)


def mean_current(sums: Sums, config: Config, dimension: int) -> Observable:
    """Current density j(t) of the whole ensemble, (T, 3)."""
    value, uncertainty = sums.estimate(sums.current[0].sum(axis=1))
    factor = config.charge * CURRENT[dimension]
    return Observable(
        "mean_current",
        factor * value,
        None if uncertainty is None else abs(factor) * uncertainty,
        CURRENT_UNIT[dimension],
        f"{current_density(config.charge)}, at the saved times, [time, axis]; {sums.how}",
    )


def static_field(config: Config) -> Float | None:
    """E in V/Å where it is static and not zero, else None."""
    if any(term.kind != "uniform" for term in config.fields.electric):
        return None
    total = (
        np.sum([term.amplitude for term in config.fields.electric], axis=0)
        if config.fields.electric
        else np.zeros(3)
    )
    return total if np.any(total) else None


def hall_conductivity(sums: Sums, config: Config, run: StoredRun) -> list[Observable]:
    """Hall conductivity of the ensemble and of each valley, by the difference of runs with E and −E."""
    electric, dimension = static_field(config), run.dimension
    if electric is None or dimension == 1 or not sums.reversed_too:
        return []
    odd = (
        0.5 * (sums.displacement[0, :, :, -1] - sums.displacement[1, :, :, -1]) / (run.time[-1] - run.time[0])
    )
    hall = config.charge * CONDUCTIVITY[dimension] * np.cross(odd, electric) / (electric @ electric)
    total, uncertainty = sums.estimate(hall.sum(axis=1))
    unit = CONDUCTIVITY_UNIT[dimension]
    convention = f"{_HALL if dimension == 2 else _HALL_VECTOR}; {sums.how}"
    whole = Observable(
        "hall_conductivity",
        _component(total, dimension),
        None if uncertainty is None else _component(uncertainty, dimension),
        unit,
        convention,
        {"series": _hall_series(sums, config, dimension, electric)},
    )
    if not run.valley_names:
        return [whole]
    return [whole, _valley_hall(sums, config, run, electric)]


def _valley_hall(sums: Sums, config: Config, run: StoredRun, electric: Float) -> Observable:
    """Share of each valley at the start, where the runs with E and −E have the same k.

    Later the two sets have left the region of their valley on opposite sides, which adds a flow through its rim.
    """
    dimension = run.dimension
    odd = 0.5 * (sums.current[0, :, :, 0] - sums.current[1, :, :, 0])
    hall = config.charge * CONDUCTIVITY[dimension] * np.cross(odd, electric) / (electric @ electric)
    share, uncertainty = sums.estimate(hall)
    return Observable(
        "valley_hall_conductivity",
        {name: _component(share[i], dimension) for i, name in enumerate(run.valley_names)},
        None
        if uncertainty is None
        else {name: _component(uncertainty[i], dimension) for i, name in enumerate(run.valley_names)},
        CONDUCTIVITY_UNIT[dimension],
        "share of the trajectories that start nearest to each valley, at the start; "
        f"j_a = sigma_ab E_b, part odd in E; {sums.how}",
    )


def _hall_series(sums: Sums, config: Config, dimension: int, electric: Float) -> Float:
    odd = 0.5 * (sums.current[0] - sums.current[1]).sum(axis=(0, 1))
    hall = config.charge * CONDUCTIVITY[dimension] * np.cross(odd, electric) / (electric @ electric)
    return hall[:, 2] if dimension == 2 else hall


def _component(hall: Float, dimension: int) -> float | Float:
    return float(hall[2]) if dimension == 2 else hall
