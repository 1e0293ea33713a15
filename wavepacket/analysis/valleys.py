"""Populations, drifts, currents and pumping of a run, valley by valley."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from wavepacket.analysis.currents import CURRENT, CURRENT_UNIT, per_weight, static_field
from wavepacket.analysis.sums import Sums, Totals
from wavepacket.config import Config, FermiSurface, FilledBand, Gaussian, Zone
from wavepacket.conventions import current_density
from wavepacket.ensembles import weight_unit
from wavepacket.observables import Observable
from wavepacket.runs import StoredRun
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
    value, uncertainty = _populations(sums, lambda totals: totals.population[0, :, 0], config)
    details: dict[str, object] = {}
    if sums.totals.occupation is not None:
        held, spread = _populations(sums, _occupation, config)
        largest = np.max(held, axis=1)
        details = {
            "series": _by_name(run, held, largest),
            "series_uncertainty": _by_name(run, spread, largest),
        }
    return Observable(
        "valley_population",
        _by_name(run, value, value),
        _by_name(run, uncertainty, value),
        weight_unit(config.ensemble, run.dimension),
        f"sum of weights; {_WHICH}{_AT_THE_TIME if details else ''}; {sums.how}",
        details,
    )


def _populations(sums: Sums, counts: Callable[[Totals], Float], config: Config) -> tuple[Float, Float]:
    """Populations by valley (V + 1, ...), and their uncertainties.

    Where all packets weigh the same, the weight of all is exact, and only how it is shared among valleys is not: replicas
    may hold a packet more or less, which says nothing.
    """
    plain = isinstance(config.ensemble, Zone | FilledBand) and not any(config.fields.magnetic)
    whole = counts(sums.totals).sum(axis=0)
    if not (plain or isinstance(config.ensemble, Gaussian)) or not np.all(whole > 0):
        return sums.estimate(counts)

    def shares(totals: Totals) -> Float:
        found = counts(totals)
        return np.asarray(whole / found.sum(axis=0) * found)

    return sums.estimate(shares)


def valley_polarisation(sums: Sums, run: StoredRun) -> list[Observable]:
    """(n_1 − n_2)/(n_1 + n_2) of the packets at the start and against time, where there are two valleys."""
    if len(run.valley_names) != 2:
        return []
    if float(sums.totals.population[0, :2, 0].sum()) <= 0:
        return []
    value, error = sums.estimate(lambda totals: _polarisation(totals.population[0, :2, 0]))
    details: dict[str, object] = {}
    if sums.totals.occupation is not None:
        series, spread = sums.estimate(lambda totals: _polarisation(_occupation(totals)[:2]))
        details = {"series": series, "series_uncertainty": spread}
    first, second = run.valley_names
    return [
        Observable(
            "valley_polarisation", float(value), float(error), "1",
            f"(n_{first} - n_{second})/(n_{first} + n_{second}); {_WHICH}{_AT_THE_TIME if details else ''}; {sums.how}",
            details,
        )
    ]  # fmt: skip


def _polarisation(counts: Float) -> Float:
    """(n_1 − n_2)/(n_1 + n_2) of populations (2, ...)."""
    both = counts[0] + counts[1]
    return np.asarray((counts[0] - counts[1]) / np.where(both > 0, both, np.nan))


def _occupation(totals: Totals) -> Float:
    """By valley and time, E as given."""
    assert totals.occupation is not None
    return np.asarray(totals.occupation[0])


def valley_current(sums: Sums, config: Config, run: StoredRun) -> Observable:
    """Current density that the packets of each valley carry, against time."""
    factor = config.charge * CURRENT[run.dimension]
    value, uncertainty = sums.estimate(lambda totals: factor * totals.current[0])
    population = sums.totals.population[0, :, 0]
    return Observable(
        "valley_current",
        _by_name(run, value, population),
        _by_name(run, uncertainty, population),
        per_weight(CURRENT_UNIT[run.dimension], config, run.dimension),
        f"{current_density(config.charge)}, at the saved times, [time, axis]; {_WHICH}; {sums.how}",
    )


def valley_drift(sums: Sums, config: Config, run: StoredRun) -> Observable:
    """Mean displacement of the packets of each valley against time, Å, and its rate.

    Where each packet also runs with E reversed it is the part odd in E: what the field does, without the velocities
    that the packets begin with.
    """
    population = sums.totals.population[0, :, 0]
    mean, uncertainty = sums.estimate(_drift_odd_in_field if sums.reversed_too else _drift)
    which = f"{_PLACE}, part odd in E" if sums.reversed_too else _WHICH
    span = run.time[-1] - run.time[0]
    return Observable(
        "valley_drift",
        _by_name(run, mean[:, -1] / span, population),
        _by_name(run, uncertainty[:, -1] / span, population),
        "angstrom/fs",
        f"mean displacement over the run divided by its time; {which}; {sums.how}",
        {
            "displacement_series": _by_name(run, mean, population),
            "displacement_uncertainty": _by_name(run, uncertainty, population),
            "displacement_unit": "angstrom",
        },
    )


def _drift(totals: Totals, sign: int = 0) -> Float:
    """Mean of r − r(0) by valley, (V + 1, T, 3), of the runs with one sign of E."""
    population = totals.population[sign, :, 0]
    return np.asarray(totals.displacement[sign] / np.where(population > 0, population, np.nan)[:, None, None])


def _drift_odd_in_field(totals: Totals) -> Float:
    return 0.5 * (_drift(totals, 0) - _drift(totals, 1))


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
    def rate(totals: Totals) -> Float:
        displacement = totals.displacement[:, :, -1]
        even = displacement.mean(axis=0) if sums.reversed_too else displacement[0]
        return np.asarray(config.charge * (even @ electric) / span)

    value, uncertainty = sums.estimate(rate)
    population = sums.totals.population[0, :, 0]
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
