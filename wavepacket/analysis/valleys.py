"""Populations, drifts, currents and pumping of a run, valley by valley."""

import numpy as np
import numpy.typing as npt

from wavepacket.analysis.currents import CURRENT, CURRENT_UNIT, static_field
from wavepacket.analysis.sums import Sums, states_are_densities
from wavepacket.config import Config, FermiSurface, FilledBand, Gaussian, Zone
from wavepacket.conventions import current_density
from wavepacket.observable import Observable
from wavepacket.storage import StoredRun
from wavepacket.units import E_OVER_HBAR, HBAR

Float = npt.NDArray[np.float64]

_PLACE = "trajectories belong to the valley nearest to where they start"
_WHICH = f"{_PLACE}, E as given"


def _by_name(run: StoredRun, values: Float, population: Float) -> dict[str, Float]:
    """Rows by valley name; what belongs to no valley is listed only where there is something."""
    names = [*run.valley_names, "none"]
    return {name: values[i] for i, name in enumerate(names) if population[i] > 0}


_AT_THE_TIME = "; series: of those nearest to each valley at the saved times"


def valley_population(sums: Sums, config: Config, run: StoredRun) -> Observable:
    """States that the packets of each valley stand for, and those that are in each valley against time."""
    counts = sums.population[0, :, :, 0]
    value, uncertainty = _populations(sums, counts, config)
    dense = states_are_densities(config)
    per_energy = "/eV" if isinstance(config.ensemble, FermiSurface) else ""
    details: dict[str, object] = {}
    if sums.occupation is not None:
        held, spread = _populations(sums, sums.occupation[0], config)
        largest = np.max(held, axis=1)
        details = {
            "series": _by_name(run, held, largest),
            "series_uncertainty": None if spread is None else _by_name(run, spread, largest),
        }
    return Observable(
        "valley_population",
        _by_name(run, value, value),
        None if uncertainty is None else _by_name(run, uncertainty, value),
        (f"1/angstrom^{run.dimension}" if dense else "1") + per_energy,
        f"sum of weights; {_WHICH}{_AT_THE_TIME if details else ''}; {sums.how}",
        details,
    )


def _populations(sums: Sums, counts: Float, config: Config) -> tuple[Float, Float | None]:
    """Totals of populations by replica and valley (P, V + 1, ...), and their uncertainties.

    Where all packets weigh the same, the weight of all is exact, and only how it is shared among valleys is not: replicas
    may hold a packet more or less, which says nothing.
    """
    value, uncertainty = sums.estimate(counts)
    plain = isinstance(config.ensemble, Zone | FilledBand) and not any(config.fields.magnetic)
    whole = value.sum(axis=0)
    if not (plain or isinstance(config.ensemble, Gaussian)) or not np.all(whole > 0):
        return value, uncertainty
    return value, sums.estimate(counts - value / whole * counts.sum(axis=1, keepdims=True))[1]


def valley_polarisation(sums: Sums, run: StoredRun) -> list[Observable]:
    """(n_1 − n_2)/(n_1 + n_2) of the packets at the start and against time, where there are two valleys."""
    if len(run.valley_names) != 2:
        return []
    counts = sums.population[0, :, :2, 0]
    if float(counts.sum()) <= 0:
        return []
    value, error = _polarisation(sums, counts)
    details: dict[str, object] = {}
    if sums.occupation is not None:
        series, spread = _polarisation(sums, np.moveaxis(sums.occupation[0, :, :2], 1, -1))
        details = {"series": series, "series_uncertainty": spread}
    first, second = run.valley_names
    return [
        Observable(
            "valley_polarisation", float(value), None if error is None else float(error), "1",
            f"(n_{first} - n_{second})/(n_{first} + n_{second}); {_WHICH}{_AT_THE_TIME if details else ''}; {sums.how}",
            details,
        )
    ]  # fmt: skip


def _polarisation(sums: Sums, counts: Float) -> tuple[Float, Float | None]:
    """(n_1 − n_2)/(n_1 + n_2) of populations (P, ..., 2), and its uncertainty."""
    excess, both = counts[..., 0] - counts[..., 1], counts.sum(axis=-1)
    total = both.sum(axis=0)
    safe = np.where(total > 0, total, 1.0)
    value = excess.sum(axis=0) / safe
    # A ratio of two sums: to first order its replicas are the residuals around it.
    return value, sums.estimate((excess - value * both) / safe)[1]


def valley_current(sums: Sums, config: Config, run: StoredRun) -> Observable:
    """Current density that the packets of each valley carry, against time."""
    factor = config.charge * CURRENT[run.dimension]
    value, uncertainty = sums.estimate(sums.current[0])
    population = sums.population[0, :, :, 0].sum(axis=0)
    return Observable(
        "valley_current",
        _by_name(run, factor * value, population),
        None if uncertainty is None else _by_name(run, abs(factor) * uncertainty, population),
        CURRENT_UNIT[run.dimension],
        f"{current_density(config.charge)}, at the saved times, [time, axis]; {_WHICH}; {sums.how}",
    )


def valley_drift(sums: Sums, config: Config, run: StoredRun) -> Observable:
    """Mean displacement of the packets of each valley against time, Å, and its rate.

    Where each packet also runs with E reversed it is the part odd in E: what the field does, without the velocities
    that the packets begin with.
    """
    population = sums.population[0, :, :, 0].sum(axis=0)
    mean, residual = _mean_displacement(sums, 0)
    if sums.reversed_too:
        backward, residual_backward = _mean_displacement(sums, 1)
        mean, residual = 0.5 * (mean - backward), 0.5 * (residual - residual_backward)
    _, uncertainty = sums.estimate(residual)
    which = f"{_PLACE}, part odd in E" if sums.reversed_too else _WHICH
    span = run.time[-1] - run.time[0]
    return Observable(
        "valley_drift",
        _by_name(run, mean[:, -1] / span, population),
        None if uncertainty is None else _by_name(run, uncertainty[:, -1] / span, population),
        "angstrom/fs",
        f"mean displacement over the run divided by its time; {which}; {sums.how}",
        {
            "displacement_series": _by_name(run, mean, population),
            "displacement_uncertainty": None
            if uncertainty is None
            else _by_name(run, uncertainty, population),
            "displacement_unit": "angstrom",
        },
    )


def _mean_displacement(sums: Sums, sign: int) -> tuple[Float, Float]:
    """Mean of r − r(0) by valley, (V + 1, T, 3), of the runs with one sign of E, and the residuals of its replicas.

    A mean is a ratio of two sums: to first order its replicas are the residuals around it.
    """
    counts = sums.population[sign, :, :, 0]
    population = counts.sum(axis=0)
    safe = np.where(population > 0, population, 1.0)[:, None, None]
    mean = sums.displacement[sign].sum(axis=0) / safe
    return mean, (sums.displacement[sign] - counts[:, :, None, None] * mean) / safe


def valley_pumping(sums: Sums, config: Config, run: StoredRun) -> list[Observable]:
    """Rate at which states of each valley pass the chemical potential: Σ D (−∂f/∂𝓔) qE·ṙ, the chiral anomaly's dn/dt.

    For a Weyl node of charge χ in fields E and B it is χ e² E·B/(4π²ħ²) (N. Armitage, E. Mele and A. Vishwanath,
    Rev. Mod. Phys. 90, 015001 (2018)).
    """
    electric = static_field(config)
    if electric is None or not isinstance(config.ensemble, FermiSurface):
        return []
    span = run.time[-1] - run.time[0]
    # The even part of the displacement: what E alone adds to the energy, ballistic acceleration, is odd and drops out.
    displacement = (
        sums.displacement[:, :, :, -1].mean(axis=0) if sums.reversed_too else sums.displacement[0, :, :, -1]
    )
    rate = config.charge * (displacement @ electric) / span
    value, uncertainty = sums.estimate(rate)
    population = sums.population[0, :, :, 0].sum(axis=0)
    unit_rate = electric @ np.array(config.fields.magnetic) * E_OVER_HBAR / (4 * np.pi**2 * HBAR)
    return [
        Observable(
            "valley_pumping",
            _by_name(run, value, population),
            None if uncertainty is None else _by_name(run, uncertainty, population),
            f"1/(angstrom^{run.dimension} fs)",
            f"states that pass the chemical potential upwards in unit time, part odd in E; {_WHICH}; {sums.how}",
            {"one_chiral_node": unit_rate},
        )
    ]
