"""Populations, drifts and chemical potentials of the valleys in a steady state whose collisions conserve their numbers."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from wavepacket.analysis.steady_sums import SteadyState
from wavepacket.observables import Observable
from wavepacket.runs import StoredRun

Float = npt.NDArray[np.float64]


def populations(state: SteadyState, run: StoredRun) -> list[Observable]:
    """What there is by valley beside its current."""
    d, names = run.dimension, run.valley_names

    def observable(name: str, function: Callable[..., Float], unit: str, convention: str) -> Observable:
        value, error = state.replicas.estimate(function)
        return Observable(
            name, dict(zip(names, value, strict=True)),
            dict(zip(names, error, strict=True)), unit, f"{convention}; {state.replicas.how}",
        )  # fmt: skip

    def drift(*totals: Float) -> Float:
        numbers = totals[2][:-1, 3] + state.balance(*totals).started
        flow = state.flow(0, *totals)[0].sum(axis=0)[:-1]
        return np.asarray(flow / np.where(numbers > 0, numbers, np.nan)[:, None])

    found = [
        observable(
            "valley_population", lambda *totals: totals[2][:-1, 3] + state.balance(*totals).excess,
            f"1/angstrom^{d}", "occupied states nearest to each valley, E as given",
        ),
        observable(
            "valley_imbalance", lambda *totals: state.balance(*totals).shift, "eV",
            "shift of the chemical potential of each valley that collisions within it lead to, E as given; to first "
            "order in it",
        ),
        observable(
            "valley_drift", drift, "angstrom/fs",
            "mean velocity, E as given, of the packets that start nearest to each valley",
        ),
    ]  # fmt: skip
    if len(names) == 2:
        found.append(_polarisation(state, names))
    return found


def _polarisation(state: SteadyState, names: tuple[str, ...]) -> Observable:
    def share(*totals: Float) -> Float:
        first, second = totals[2][:-1, 3] + state.balance(*totals).excess
        return np.asarray((first - second) / (first + second))

    value, error = state.replicas.estimate(share)
    first, second = names
    return Observable(
        "valley_polarisation", float(value), float(error), "1",
        f"(n_{first} - n_{second})/(n_{first} + n_{second}) of the occupied states, E as given; {state.replicas.how}",
    )  # fmt: skip
