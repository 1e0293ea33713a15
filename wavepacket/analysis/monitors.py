"""Where the equations of motion are valid, and how well they were solved: the worst values of a run."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

from wavepacket.config import Config
from wavepacket.conventions import DENSITY_OF_STATES_FACTOR, with_carrier
from wavepacket.errors import STATUS_SENTENCES, Status
from wavepacket.observables import Observable

Array = npt.NDArray[np.generic]
_EXTREMES = (
    "minimum_density_of_states_factor",
    "maximum_density_of_states_factor",
    "minimum_gap",
    "energy_drift",
    "interband_mixing",
)
FIELDS = ("status", "weight", *(f"diagnostics/{name}" for name in _EXTREMES))
DEPARTURE = 0.1
"""|D − 1| from which on semiclassics is at the end of its range: the next order in B is a hundredth."""
# Shares of the weight that are as good as none. Near a limit a packet moves by a few times what it would; one that stopped
# is missing from sums whose uncertainty does not know of it.
_NOTHING = 1e-6
_NOTHING_STOPPED = 1e-9


def monitors(shards: Iterable[Mapping[str, Array]], config: Config) -> list[Observable]:
    """Energy drift, extremes of D, gap and interband mixing, and the share of trajectories that stopped early.

    Beside the extremes stands the share of the ensemble's weight that is beyond a limit: a single packet of no weight may
    have passed a Weyl node. ``shards`` give the arrays of FIELDS, some trajectories at a time: a run may have more than
    fit into memory.
    """
    worst = "worst value over all trajectories; a bound has no uncertainty"
    lows: dict[str, float] = {}
    highs: dict[str, float] = {}
    counts: Counter[int] = Counter()
    total, far, mixed, stopped = 0.0, 0.0, 0.0, 0.0
    for arrays in shards:
        weight = np.abs(np.asarray(arrays["weight"], dtype=np.float64))
        total += float(weight.sum())
        far += float(weight[_departure(arrays) > DEPARTURE].sum())
        mixing = np.asarray(arrays["diagnostics/interband_mixing"], dtype=np.float64)
        mixed += float(weight[mixing > config.limits.interband_mixing].sum())
        stopped += float(weight[arrays["status"] != Status.OK].sum())
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

    def share(part: float) -> float:
        return part / total if total > 0 else 0.0

    largest = extreme("interband_mixing", True)
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
            {"limit": DEPARTURE, "weight_beyond_limit": share(far)},
        ),
        Observable("minimum_gap", extreme("minimum_gap", False), None, "eV", f"to the nearest other band; {worst}"),
        Observable(
            "interband_mixing", largest, None, "1",
            f"hbar |dk/dt . A_mn|/|e_m - e_n|, all other bands; {worst}",
            {"beyond_limit": bool(largest > config.limits.interband_mixing), "weight_beyond_limit": share(mixed)},
        ),
        excluded_fraction(counts, share(stopped)),
    ]  # fmt: skip


def _departure(arrays: Mapping[str, Array]) -> npt.NDArray[np.float64]:
    """|D − 1| of each trajectory, the largest met; not-a-number where D was not watched."""
    low, high = (
        np.asarray(arrays[f"diagnostics/{side}_density_of_states_factor"], dtype=np.float64)
        for side in ("minimum", "maximum")
    )
    return np.maximum(np.abs(low - 1), np.abs(high - 1))


def excluded_fraction(counts: Mapping[int, int], weight: float) -> Observable:
    """Share of trajectories that stopped early, with the number for each reason, from numbers by status.

    ``weight`` is their share of the ensemble's weight.
    """
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
        {"reasons": reasons, "weight": weight},
    )


def warnings(observables: Mapping[str, Observable], config: Config) -> list[str]:
    """Sentences about limits that were passed by packets of any weight, with the share of the weight that they have."""
    limits, said = config.limits, []
    factors = observables["density_of_states_factor"]
    far = factors.details["weight_beyond_limit"]
    if far > _NOTHING:
        assert isinstance(factors.value, Mapping)
        departure = max(abs(factors.value["min"] - 1), abs(factors.value["max"] - 1))
        said.append(
            f"|D - 1| reaches {departure:.2g}, and is above {DEPARTURE:g} for {_percent(far)} of the ensemble's weight: "
            "the semiclassical equations are at the end of their range there"
        )
    mixing = observables["interband_mixing"]
    mixed = mixing.details["weight_beyond_limit"]
    if mixed > _NOTHING:
        said.append(
            f"interband mixing reaches {mixing.value:.2g}, and is above limits.interband_mixing = "
            f"{limits.interband_mixing:g} for {_percent(mixed)} of the ensemble's weight: other bands take part, and these "
            "trajectories leave them out"
        )
    drift = observables["energy_drift"].value
    if isinstance(drift, float) and drift > limits.energy_drift:
        said.append(
            f"the conserved energy drifts by up to {drift:.2g} eV, more than limits.energy_drift = {limits.energy_drift:g} "
            "eV: the steps are too long; take a smaller integrator.tolerance or integrator.step"
        )
    excluded = observables["excluded_fraction"]
    if excluded.details["weight"] > _NOTHING_STOPPED:
        reasons = "; ".join(f"{count} x {reason}" for reason, count in excluded.details["reasons"].items())
        said.append(
            f"trajectories with {_percent(excluded.details['weight'])} of the ensemble's weight stopped early: {reasons}"
        )
    return said


def _percent(share: float) -> str:
    """Return a share with two digits, however small.

    >>> _percent(0.5), _percent(0.1234), _percent(2.34e-5)
    ('50 %', '12 %', '0.0023 %')
    """
    return f"{float(f'{100 * share:.2g}'):g} %"
