"""Observables of a steady state in an electric field of any strength, with collisions.

    j = q ∫[dk0] D f0 ∫ (dt/τ) e^{-s} ṙ(t; k0),

exact for collisions that restore f0 at the rate 1/τ: Liouville's theorem turns the Boltzmann equation into this average
over flights that start from equilibrium.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from wavepacket.analysis.currents import CONDUCTIVITY, CONDUCTIVITY_UNIT, CURRENT, CURRENT_UNIT, static_field
from wavepacket.analysis.estimates import Replicas
from wavepacket.config import Config
from wavepacket.observable import Observable
from wavepacket.storage import StoredRun
from wavepacket.storage import transport as quantity

Float = npt.NDArray[np.float64]

_WHAT = "current density q sum(D f dr/dt) of the steady state, charge included"


def steady_state(run: StoredRun, config: Config) -> list[Observable]:
    """All observables of a steady state."""
    flow = run.sums["transport"]
    sub_grids = getattr(config.ensemble, "grid", None) is not None
    state = Replicas((flow[0], flow[1]), sub_grids)
    waves = config.scattering is not None and config.scattering.frequency > 0
    found = [_current(state, run, config, waves), _drift(state, waves)]
    if run.valley_names and not waves:
        found.append(_valleys(state, run, config))
    electric = static_field(config)
    if electric is not None and np.any(flow[1]):
        found += _by_field(state, run, config, electric)
    return found


def _how(state: Replicas) -> str:
    return "uncertainty: " + (
        "largest deviation of a sub-grid of half the density"
        if state.sub_grids
        else "jackknife over replicas"
    )


def parts(flow: Float) -> Float:
    """Σ W ∫ e^{-s} ṙ dt by wave, part of the velocity and valley (2, 4, V + 1, 3)."""
    return np.moveaxis(flow[:, quantity.FLIGHT].reshape(-1, 2, 4, 3), 0, 2)


def _current(state: Replicas, run: StoredRun, config: Config, waves: bool) -> Observable:
    factor = config.charge * CURRENT[run.dimension]
    # The amplitude at a frequency is twice the mean of j e^{iωt}.
    value, error = state.estimate(lambda up, down: factor * parts(up).sum(axis=2) * (2.0 if waves else 1.0))
    convention = f"{_WHAT}, E as given; {_how(state)}"
    if waves:
        convention = f"amplitude of the {convention}; j(t) = Re(j exp(-i omega t)) at scattering.frequency"
    total, total_error = state.estimate(
        lambda up, down: factor * parts(up).sum(axis=(1, 2)) * (2.0 if waves else 1.0)
    )
    names = quantity.PARTS
    shares = {
        name: {
            "value": _shown(value[:, i], waves),
            "uncertainty": None if error is None else _shown(error[:, i], waves),
        }
        for i, name in enumerate(names)
    }
    return Observable(
        "current_density", _shown(total, waves), None if total_error is None else _shown(total_error, waves),
        CURRENT_UNIT[run.dimension], convention, {"contributions": shares},
    )  # fmt: skip


def _shown(pair: Float, waves: bool) -> Any:
    return {"real": pair[0], "imaginary": pair[1]} if waves else pair[0]


def _drift(state: Replicas, waves: bool) -> Observable:
    def drift(up: Float, down: Float) -> Float:
        mean = parts(up).sum(axis=(1, 2)) / up[:, quantity.NUMBERS, 2].sum()
        return np.asarray((2.0 if waves else 1.0) * mean)

    value, error = state.estimate(drift)
    what = "amplitude of the mean velocity at scattering.frequency" if waves else "mean velocity"
    return Observable(
        "drift_velocity", _shown(value, waves), None if error is None else _shown(error, waves), "angstrom/fs",
        f"{what}, E as given; {_how(state)}",
    )  # fmt: skip


def _valleys(state: Replicas, run: StoredRun, config: Config) -> Observable:
    factor = config.charge * CURRENT[run.dimension]
    value, error = state.estimate(lambda up, down: factor * parts(up)[0].sum(axis=0))
    names = run.valley_names
    return Observable(
        "valley_current",
        {name: value[i] for i, name in enumerate(names)},
        None if error is None else {name: error[i] for i, name in enumerate(names)},
        CURRENT_UNIT[run.dimension],
        f"{_WHAT}; of the packets that start nearest to each valley; {_how(state)}",
    )


def _by_field(state: Replicas, run: StoredRun, config: Config, electric: Float) -> list[Observable]:
    """Parts odd and even in E."""
    d, square = run.dimension, float(electric @ electric)
    factor = config.charge * CONDUCTIVITY[d]

    def odd(up: Float, down: Float) -> Float:
        return np.asarray(0.5 * (parts(up)[0] - parts(down)[0]).sum(axis=(0, 1)))

    def even(up: Float, down: Float) -> Float:
        return np.asarray(0.5 * (parts(up)[0] + parts(down)[0]).sum(axis=(0, 1)))

    unit = CONDUCTIVITY_UNIT[d]
    along, along_error = state.estimate(lambda *both: factor * odd(*both) @ electric / square)
    found = [
        Observable(
            "longitudinal_conductivity", float(along), None if along_error is None else float(along_error), unit,
            f"j.E/E^2, part odd in E; {_how(state)}",
        )
    ]  # fmt: skip
    if d > 1:
        inner = np.s_[..., 2] if d == 2 else np.s_[...]
        hall, hall_error = state.estimate(
            lambda *both: factor * np.cross(odd(*both), electric)[inner] / square
        )
        text = (
            "sigma_xy = (j_x E_y - j_y E_x)/E^2"
            if d == 2
            else "h of j = E x h: [sigma_yz, sigma_zx, sigma_xy]"
        )
        found.append(
            Observable(
                "hall_conductivity", _one(hall), None if hall_error is None else _one(hall_error), unit,
                f"j_a = sigma_ab E_b, {text}, part odd in E; {_how(state)}",
            )
        )  # fmt: skip
    second, second_error = state.estimate(lambda *both: factor / square * even(*both))
    found.append(
        Observable(
            "nonlinear_conductivity", second, second_error, f"{unit} angstrom/V",
            "j_even/E^2: rectified current; at low frequency E cos(omega t) gives half of it times E^2 at zero and at "
            f"twice the frequency; {_how(state)}",
        )
    )  # fmt: skip
    return found


def _one(value: Float) -> Any:
    return float(value) if value.ndim == 0 else value
