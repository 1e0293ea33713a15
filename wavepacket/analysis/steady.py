"""Observables of a steady state in an electric field of any strength, with collisions.

    j = q ∫[dk0] D f0 ∫ (dt/τ) e^{-s} ṙ(t; k0),

exact for collisions that restore f0 at the rate 1/τ: Liouville's theorem turns the Boltzmann equation into this average
over flights that start from equilibrium. Where they conserve the number in each valley see ``intervalley.py``.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from wavepacket.analysis.currents import (
    CONDUCTIVITY,
    CONDUCTIVITY_UNIT,
    CURRENT,
    CURRENT_UNIT,
    hall_of,
    static_field,
)
from wavepacket.analysis.steady_sums import SteadyState
from wavepacket.analysis.steady_valleys import populations
from wavepacket.config import Config
from wavepacket.conventions import current_density
from wavepacket.observables import Observable
from wavepacket.protocols import collisional_of
from wavepacket.runs import StoredRun

Float = npt.NDArray[np.float64]


def steady_state(run: StoredRun, config: Config, closed: bool) -> list[Observable]:
    """All observables of a steady state; ``closed`` where its band is periodic."""
    state = SteadyState.of_run(run, config, closed)
    waves = collisional_of(config).scattering.frequency > 0
    found = [_current(state, run, config, waves), _drift(state, waves)]
    if run.valley_names and not waves:
        found.append(_valleys(state, run, config))
    if state.collisions is not None:
        found += populations(state, run)
    electric = static_field(config)
    if electric is not None and np.any(run.sums["transport"][1]):
        found += _by_field(state, run, config, electric)
    return found


def _current(state: SteadyState, run: StoredRun, config: Config, waves: bool) -> Observable:
    factor = config.charge * CURRENT[run.dimension]
    # The amplitude at a frequency is twice the mean of j e^{iωt}.
    value, error = state.replicas.estimate(
        lambda *totals: factor * state.flow(0, *totals).sum(axis=2) * (2.0 if waves else 1.0)
    )
    convention = f"{current_density(config.charge)}, of the steady state, E as given; {state.replicas.how}"
    if waves:
        convention = f"amplitude of the {convention}; j(t) = Re(j exp(-i omega t)) at scattering.frequency"
    total, total_error = state.replicas.estimate(
        lambda *totals: factor * state.flow(0, *totals).sum(axis=(1, 2)) * (2.0 if waves else 1.0)
    )
    shares = {
        name: {"value": _shown(value[:, i], waves), "uncertainty": _shown(error[:, i], waves)}
        for i, name in enumerate(state.names)
    }
    return Observable(
        "current_density", _shown(total, waves), _shown(total_error, waves),
        CURRENT_UNIT[run.dimension], convention, {"contributions": shares},
    )  # fmt: skip


def _shown(pair: Float, waves: bool) -> Any:
    return {"real": pair[0], "imaginary": pair[1]} if waves else pair[0]


def _drift(state: SteadyState, waves: bool) -> Observable:
    def drift(*totals: Float) -> Float:
        mean = state.flow(0, *totals).sum(axis=(1, 2)) / state.number(*totals)
        return np.asarray((2.0 if waves else 1.0) * mean)

    value, error = state.replicas.estimate(drift)
    what = "amplitude of the mean velocity at scattering.frequency" if waves else "mean velocity"
    return Observable(
        "drift_velocity", _shown(value, waves), _shown(error, waves), "angstrom/fs",
        f"{what}, E as given; {state.replicas.how}",
    )  # fmt: skip


def _valleys(state: SteadyState, run: StoredRun, config: Config) -> Observable:
    factor = config.charge * CURRENT[run.dimension]
    value, error = state.replicas.estimate(lambda *totals: factor * state.flow(0, *totals)[0].sum(axis=0))
    names = run.valley_names
    return Observable(
        "valley_current",
        {name: value[i] for i, name in enumerate(names)},
        {name: error[i] for i, name in enumerate(names)},
        CURRENT_UNIT[run.dimension],
        f"{current_density(config.charge)}, of the steady state and of the packets that start nearest to each valley; "
        f"{state.replicas.how}",
    )


def _by_field(state: SteadyState, run: StoredRun, config: Config, electric: Float) -> list[Observable]:
    """Parts odd and even in E."""
    d, square = run.dimension, float(electric @ electric)
    factor, unit = config.charge * CONDUCTIVITY[d], CONDUCTIVITY_UNIT[d]

    def even(*totals: Float) -> Float:
        return np.asarray(0.5 * (state.flow(0, *totals)[0] + state.flow(1, *totals)[0]).sum(axis=(0, 1)))

    found = [
        _odd(
            state, "longitudinal_conductivity", lambda flow: factor * flow @ electric / square, unit,
            "j.E/E^2, part odd in E",
        )
    ]  # fmt: skip
    if d > 1:
        found += _hall(state, run, factor, electric)
    second, second_error = state.replicas.estimate(lambda *totals: factor / square * even(*totals))
    found.append(
        Observable(
            "nonlinear_conductivity", second, second_error, f"{unit} angstrom/V",
            "j_even/E^2: rectified current; at low frequency E cos(omega t) gives half of it times E^2 at zero and at "
            f"twice the frequency; {state.replicas.how}",
        )
    )  # fmt: skip
    return found


def _hall(state: SteadyState, run: StoredRun, factor: float, electric: Float) -> list[Observable]:
    """Currents across E that are odd in it, of all packets and of those of each valley."""
    d, unit = run.dimension, CONDUCTIVITY_UNIT[run.dimension]
    text = (
        "sigma_xy = (j_x E_y - j_y E_x)/E^2"
        if d == 2
        else "h of j = E x h: [sigma_yz, sigma_zx, sigma_xy], not defined along an axis that E lies on"
    )
    convention = f"j_a = sigma_ab E_b, {text}, part odd in E"

    def across(flow: Float) -> Float:
        return hall_of(factor * flow, d, electric)

    found = [_odd(state, "hall_conductivity", across, unit, convention)]
    names = run.valley_names
    if not names:
        return found
    values, errors = state.replicas.estimate(lambda *totals: across(_odd_flow(state, *totals).sum(axis=0)))
    found.append(
        Observable(
            "valley_hall_conductivity", {name: _one(values[i]) for i, name in enumerate(names)},
            {name: _one(errors[i]) for i, name in enumerate(names)}, unit,
            f"share of the packets that start nearest to each valley; {convention}; {state.replicas.how}",
        )
    )  # fmt: skip
    return found


def _odd_flow(state: SteadyState, *totals: Float) -> Float:
    """Part of Σ D f ṙ that is odd in E, by contribution and valley."""
    return np.asarray(0.5 * (state.flow(0, *totals)[0] - state.flow(1, *totals)[0]))


def _odd(
    state: SteadyState, name: str, function: Callable[[Float], Float], unit: str, convention: str
) -> Observable:
    """A linear function of the flow (..., 3) odd in E, in all and by the term of the velocity that carries it."""

    def shares(*totals: Float) -> Float:
        flow = _odd_flow(state, *totals).sum(axis=1)
        return np.asarray([*function(flow), function(flow.sum(axis=0))])

    values, errors = state.replicas.estimate(shares)
    contributions = {
        part: {"value": _one(values[i]), "uncertainty": _one(errors[i])} for i, part in enumerate(state.names)
    }
    return Observable(
        name, _one(values[-1]), _one(errors[-1]), unit, f"{convention}; {state.replicas.how}",
        {"contributions": contributions},
    )  # fmt: skip


def _one(value: Float) -> Any:
    return float(value) if value.ndim == 0 else value
