"""Where the equations of motion are valid, and how well they were solved: the worst values of a run."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

from wavepacket.config import Config
from wavepacket.conventions import DENSITY_OF_STATES_FACTOR, with_carrier
from wavepacket.errors import STATUS_SENTENCES, Status
from wavepacket.observable import Observable

Array = npt.NDArray[np.generic]
_EXTREMES = (
    "minimum_density_of_states_factor",
    "maximum_density_of_states_factor",
    "minimum_gap",
    "energy_drift",
    "interband_mixing",
)
FIELDS = ("status", *(f"diagnostics/{name}" for name in _EXTREMES))


def monitors(shards: Iterable[Mapping[str, Array]], config: Config) -> list[Observable]:
    """Energy drift, extremes of D, gap and interband mixing, and the share of trajectories that stopped early.

    ``shards`` give the arrays of FIELDS, some trajectories at a time: a run may have more than fit into memory.
    """
    worst = "worst value over all trajectories; a bound has no uncertainty"
    lows: dict[str, float] = {}
    highs: dict[str, float] = {}
    counts: Counter[int] = Counter()
    for arrays in shards:
        for name in _EXTREMES:
            values = np.asarray(arrays[f"diagnostics/{name}"], dtype=np.float64)
            values = values[np.isfinite(values)]
            if len(values):
                lows[name] = min(lows.get(name, math.inf), float(values.min()))
                highs[name] = max(highs.get(name, -math.inf), float(values.max()))
        codes, numbers = np.unique(np.asarray(arrays["status"], dtype=np.int64), return_counts=True)
        counts.update(dict(zip(codes.tolist(), numbers.tolist(), strict=True)))

    def extreme(name: str, largest: bool) -> float:
        return (highs if largest else lows).get(name, math.nan)

    mixing = extreme("interband_mixing", True)
    factors = {
        "min": extreme("minimum_density_of_states_factor", False),
        "max": extreme("maximum_density_of_states_factor", True),
    }
    return [
        Observable(
            "energy_drift", extreme("energy_drift", True), None, "eV",
            f"largest change of the wavepacket energy plus q phi; null where E depends on time; {worst}",
        ),
        Observable(
            "density_of_states_factor", factors, None, "1",
            f"{with_carrier(DENSITY_OF_STATES_FACTOR, config.charge)}; {worst}",
        ),
        Observable("minimum_gap", extreme("minimum_gap", False), None, "eV", f"to the nearest other band; {worst}"),
        Observable(
            "interband_mixing", mixing, None, "1",
            f"hbar |dk/dt . A_mn|/|e_m - e_n|, all other bands; {worst}",
            {"beyond_limit": bool(mixing > config.limits.interband_mixing)},
        ),
        excluded_fraction(counts),
    ]  # fmt: skip


def excluded_fraction(counts: Mapping[int, int]) -> Observable:
    """Share of trajectories that stopped early, with the number for each reason, from numbers by status."""
    reasons = {
        STATUS_SENTENCES[Status(code)]: number for code, number in sorted(counts.items()) if code != Status.OK
    }
    fraction = sum(reasons.values()) / max(sum(counts.values()), 1)
    return Observable(
        "excluded_fraction",
        fraction,
        0.0,
        "1",
        "trajectories that stopped early are left out of every sum; exact count",
        {"reasons": reasons},
    )


def warnings(observables: Mapping[str, Observable], config: Config) -> list[str]:
    """Sentences about limits that were passed."""
    limits, said = config.limits, []
    factors = observables["density_of_states_factor"].value
    assert isinstance(factors, Mapping)
    departure = max(abs(factors["min"] - 1), abs(factors["max"] - 1))
    if departure > 0.1:
        said.append(
            f"|D - 1| reaches {departure:.2g}: the semiclassical equations are at the end of their range"
        )
    mixing = observables["interband_mixing"].value
    if isinstance(mixing, float) and mixing > limits.interband_mixing:
        said.append(
            f"interband mixing reaches {mixing:.2g}, above limits.interband_mixing = {limits.interband_mixing:g}: "
            "other bands take part, and these trajectories leave them out"
        )
    excluded = observables["excluded_fraction"]
    if isinstance(excluded.value, float) and excluded.value > 0:
        reasons = "; ".join(f"{count} x {reason}" for reason, count in excluded.details["reasons"].items())
        said.append(f"{excluded.value:.2%} of the trajectories stopped early: {reasons}")
    return said
