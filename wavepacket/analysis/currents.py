"""Currents and Hall conductivities of a finished run."""

import numpy as np
import numpy.typing as npt

from wavepacket.analysis.sums import Sums
from wavepacket.config import Config, UniformField
from wavepacket.conventions import current_density
from wavepacket.ensembles import weight_unit
from wavepacket.observables import Observable
from wavepacket.runs import StoredRun
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
    "not defined along an axis that E lies on; part odd in E, mean over the run"
)


def mean_current(sums: Sums, config: Config, dimension: int) -> Observable:
    """Current density j(t) of the whole ensemble, (T, 3)."""
    factor = config.charge * CURRENT[dimension]
    value, uncertainty = sums.estimate(lambda totals: factor * totals.current[0].sum(axis=0))
    return Observable(
        "mean_current",
        value,
        uncertainty,
        per_weight(CURRENT_UNIT[dimension], config, dimension),
        f"{current_density(config.charge)}, at the saved times, [time, axis]; {sums.how}",
    )


def per_weight(unit: str, config: Config, dimension: int) -> str:
    """Return a unit for weights of 1/Å^d as it is for the weights of this config: at a Fermi surface per eV."""
    return unit + weight_unit(config.ensemble, dimension).removeprefix(f"1/angstrom^{dimension}")


def static_field(config: Config) -> Float | None:
    """E in V/Å where it is static and not zero, else None."""
    terms = [term.amplitude for term in config.fields.electric if isinstance(term, UniformField)]
    if len(terms) < len(config.fields.electric):
        return None
    total = np.sum(terms, axis=0) if terms else np.zeros(3)
    return total if np.any(total) else None


def hall_conductivity(sums: Sums, config: Config, run: StoredRun) -> list[Observable]:
    """Hall conductivity of the ensemble and of each valley, by the difference of runs with E and −E."""
    electric, dimension = static_field(config), run.dimension
    if electric is None or dimension == 1 or not sums.reversed_too:
        return []
    span = run.time[-1] - run.time[0]
    total, uncertainty = sums.estimate(
        lambda totals: _across(totals.displacement[:, :, -1].sum(axis=1) / span, config, dimension, electric)
    )
    unit = per_weight(CONDUCTIVITY_UNIT[dimension], config, dimension)
    convention = f"{_HALL if dimension == 2 else _HALL_VECTOR}; {sums.how}"
    whole = Observable(
        "hall_conductivity",
        _plain(total),
        _plain(uncertainty),
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
    share, uncertainty = sums.estimate(
        lambda totals: _across(totals.current[:, :, 0], config, dimension, electric)
    )
    return Observable(
        "valley_hall_conductivity",
        {name: _plain(share[i]) for i, name in enumerate(run.valley_names)},
        {name: _plain(uncertainty[i]) for i, name in enumerate(run.valley_names)},
        per_weight(CONDUCTIVITY_UNIT[dimension], config, dimension),
        "share of the trajectories that start nearest to each valley, at the start; "
        f"j_a = sigma_ab E_b, part odd in E; {sums.how}",
    )


def _hall_series(sums: Sums, config: Config, dimension: int, electric: Float) -> Float:
    return _across(sums.totals.current.sum(axis=1), config, dimension, electric)


def _across(flow: Float, config: Config, dimension: int, electric: Float) -> Float:
    """Of a flow Σ D f ṙ (2, ..., 3) with E and −E."""
    return hall_of(config.charge * CONDUCTIVITY[dimension] * 0.5 * (flow[0] - flow[1]), dimension, electric)


def hall_of(current: Float, dimension: int, electric: Float) -> Float:
    """Hall conductivity of a current (..., 3) that is odd in E: σ_xy, or in space [σ_yz, σ_zx, σ_xy] (..., 3).

    The component along an axis that E lies on cannot be measured: it is not-a-number.
    """
    hall = np.cross(current, electric) / (electric @ electric)
    if dimension == 2:
        return np.asarray(hall[..., 2])
    return np.where(np.abs(electric) < np.linalg.norm(electric) * (1 - 1e-12), hall, np.nan)


def _plain(value: Float) -> float | Float:
    return float(value) if value.ndim == 0 else value
