"""Where the equations of motion are valid, and how well they were solved: the worst values of a run."""

import math
from collections.abc import Mapping
from typing import Any

from wavepacket.analysis.source import Source
from wavepacket.analysis.stops import gap_closed_at, in_words
from wavepacket.config import Config
from wavepacket.errors import Status
from wavepacket.observables import RUNS, Observable, entry
from wavepacket.runs.worst import DEPARTURE, DIAGNOSTICS, LIMITS, Worst, limits_of

__all__ = ["departure", "percent", "warnings"]

_WORST = "worst value over all trajectories; a bound has no uncertainty"
# Shares of the weight that are as good as none. Near a limit a packet moves by a few times what it would; one that stopped
# is missing from sums whose uncertainty does not know of it.
_NOTHING = 1e-6
_NOTHING_STOPPED = 1e-9


def worst(of: Source) -> Worst:
    """What a run has stored; of one of an earlier version by going through its trajectories, some at a time."""
    limits = limits_of(of.config.limits.interband_mixing)[LIMITS]
    found = Worst.stored(of.run.arrays, limits)
    if found is None:
        found = Worst()
        for arrays in of.run.shards(DIAGNOSTICS):
            found.add(arrays, limits)
    return found


@entry(*RUNS,
    unit="eV",
    convention=f"largest change of the wavepacket energy plus q phi; null where that depends on time; {_WORST}")  # fmt: skip
def energy_drift(of: Source) -> float:
    """How well energy is conserved."""
    return of.once(worst).highs.get("energy_drift", math.nan)


@entry(
    *RUNS,
    name="density_of_states_factor",
    unit="1",
    symbol="$D$",
    convention=f"{{density_of_states_factor}}; {_WORST}",
)
def extremes_of_factor(of: Source) -> Observable:
    """Extremes of D, and the share of the ensemble's weight beyond the limit."""
    found = of.once(worst)
    low = found.lows.get("minimum_density_of_states_factor", math.nan)
    high = found.highs.get("maximum_density_of_states_factor", math.nan)
    facts = {"limit": DEPARTURE, "weight_beyond_limit": found.share(found.far)}
    return Observable("", {"min": low, "max": high}, facts=facts)


@entry(*RUNS, unit="eV", convention=f"to the nearest other band; {_WORST}")
def minimum_gap(of: Source) -> float:
    """Smallest gap on the way."""
    return of.once(worst).lows.get("minimum_gap", math.nan)


@entry(*RUNS, unit="1", convention=f"hbar |dk/dt . A_mn|/|e_m - e_n|, all other bands; {_WORST}")
def interband_mixing(of: Source) -> Observable:
    """How much other bands take part, and the share of the ensemble's weight beyond the limit."""
    found = of.once(worst)
    largest = found.highs.get("interband_mixing", math.nan)
    beyond = bool(largest > of.config.limits.interband_mixing)
    return Observable(
        "", largest, facts={"beyond_limit": beyond, "weight_beyond_limit": found.share(found.mixed)}
    )


@entry(*RUNS, unit="1", convention="trajectories that stopped early are left out of every sum; exact count")
def excluded_fraction(of: Source) -> Observable:
    """Share of trajectories that stopped early, with the number for each reason and their share of the weight."""
    found = of.once(worst)
    fraction = sum(found.reasons.values()) / max(sum(found.counts.values()), 1)
    facts: dict[str, Any] = {"reasons": found.reasons, "weight": found.share(found.stopped)}
    if found.counts[Status.GAP_TOO_SMALL] and (stop := gap_closed_at(of)):
        facts["gap_closed_at"] = stop
    return Observable("", fraction, 0.0, facts=facts)


def warnings(observables: Mapping[str, Observable], config: Config) -> list[str]:
    """Sentences about limits that were passed by packets of any weight, with the share of the weight that they have."""
    limits, said = config.limits, []
    factors = observables["density_of_states_factor"]
    far = factors.facts["weight_beyond_limit"]
    if far > _NOTHING:
        said.append(
            f"|D - 1| reaches {departure(factors):.2g}, and is above {DEPARTURE:g} for {percent(far)} of the "
            "ensemble's weight: the semiclassical equations are at the end of their range there"
        )
    mixing = observables["interband_mixing"]
    mixed = mixing.facts["weight_beyond_limit"]
    if mixed > _NOTHING:
        said.append(
            f"interband mixing reaches {mixing.value:.2g}, and is above limits.interband_mixing = "
            f"{limits.interband_mixing:g} for {percent(mixed)} of the ensemble's weight: other bands take part, and these "
            "trajectories leave them out"
        )
    drift = observables["energy_drift"].value
    if isinstance(drift, float) and drift > limits.energy_drift:
        said.append(
            f"the conserved energy drifts by up to {drift:.2g} eV, more than limits.energy_drift = {limits.energy_drift:g} "
            "eV: the steps are too long; take a smaller integrator.tolerance or integrator.step"
        )
    excluded = observables["excluded_fraction"]
    if excluded.facts["weight"] > _NOTHING_STOPPED:
        reasons = "; ".join(f"{count} x {reason}" for reason, count in excluded.facts["reasons"].items())
        said.append(
            f"trajectories with {percent(excluded.facts['weight'])} of the ensemble's weight stopped early: {reasons}"
        )
        if stop := excluded.facts.get("gap_closed_at"):
            said.append(in_words(stop))
    return said


def departure(factor: Observable) -> float:
    """Largest |D - 1| of the extremes of D."""
    assert isinstance(factor.value, Mapping)
    return float(max(abs(factor.value["min"] - 1), abs(factor.value["max"] - 1)))


def percent(share: float) -> str:
    """Return a share with two digits, however small.

    >>> percent(0.5), percent(0.1234), percent(2.34e-5)
    ('50 %', '12 %', '0.0023 %')
    """
    return f"{float(f'{100 * share:.2g}'):g} %"
