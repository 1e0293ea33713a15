"""Where the equations of motion are valid, and how well they were solved: the worst values of a run."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from wavepacket.config import Config
from wavepacket.errors import STATUS_SENTENCES, Status
from wavepacket.observable import Observable

Array = npt.NDArray[np.generic]
FIELDS = (
    "status",
    "diagnostics/minimum_density_of_states_factor",
    "diagnostics/maximum_density_of_states_factor",
    "diagnostics/minimum_gap",
    "diagnostics/energy_drift",
    "diagnostics/interband_mixing",
)


def monitors(arrays: Mapping[str, Array], config: Config) -> list[Observable]:
    """Energy drift, extremes of D, gap and interband mixing, and the share of trajectories that stopped early."""
    worst = "worst value over all trajectories; a bound has no uncertainty"

    def extreme(name: str, largest: bool) -> float:
        values = np.asarray(arrays[f"diagnostics/{name}"], dtype=np.float64)
        values = values[np.isfinite(values)]
        return float("nan") if len(values) == 0 else float(values.max() if largest else values.min())

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
        Observable("density_of_states_factor", factors, None, "1", f"D = 1 - (q/hbar) B.Omega; {worst}"),
        Observable("minimum_gap", extreme("minimum_gap", False), None, "eV", f"to the nearest other band; {worst}"),
        Observable(
            "interband_mixing", mixing, None, "1",
            f"hbar |dk/dt . A_mn|/|e_m - e_n|, all other bands; {worst}",
            {"beyond_limit": bool(mixing > config.limits.interband_mixing)},
        ),
        excluded_fraction(np.asarray(arrays["status"], dtype=np.int64)),
    ]  # fmt: skip


def excluded_fraction(status: npt.NDArray[np.int64]) -> Observable:
    """Share of trajectories that stopped early, with the number for each reason."""
    codes, counts = np.unique(status[status != Status.OK], return_counts=True)
    reasons = {STATUS_SENTENCES[Status(code)]: int(count) for code, count in zip(codes, counts, strict=True)}
    return Observable(
        "excluded_fraction",
        float(np.mean(status != Status.OK)),
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
