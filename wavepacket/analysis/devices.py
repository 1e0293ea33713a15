"""Conductances of a sample with contacts, from packets that go from one to another.

In linear response the current that enters at contact i is I_i = Σ_j (N_i δ_ij - T_ij) V_j, with T_ij the transmission from
contact j to contact i, T_ii included, and N_i what contact i sends: M. Büttiker, Phys. Rev. Lett. 57, 1761 (1986). A
floating contact takes the voltage at which it carries no current.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from wavepacket.analysis.estimates import Estimator
from wavepacket.analysis.source import Source
from wavepacket.arrays import Float
from wavepacket.observables import Observable, entry
from wavepacket.units import E2_OVER_H, PLANCK

__all__ = ["conductance_between", "current_of", "voltages", "warnings"]

_LEFT = 1e-3  # share of the weight that ends at no contact from which on conductances count as too low
# How far what a contact receives may be from what it sends: share of that, and uncertainties.
_UNLIKE, _SURE = 0.01, 5.0

_WIRED = "current in at the first contact of sample.current and out at the second, all others float"


def _estimator(of: Source) -> Estimator | None:
    """Of the weights (P, 2, C, C + 1) of packets by the contacts they come from and end at."""
    if "transmission" not in of.run.sums:
        return None
    return Estimator.of_run(of.run, of.config, ["transmission"])


def _how(estimator: Estimator) -> str:
    """How uncertainties are found; errors of the integration move no packet but one at the end of a contact."""
    return f"{estimator.sampling.without_integration}, the integration taken as exact"


def _matrix(weights: Float) -> Float:
    """Transmissions (C, C) in e²/h, row: to, column: from; and what is left inside in a last row."""
    return np.asarray(PLANCK * weights[0].T)


def current_of(transmission: Float) -> Float:
    """Matrix (C, C) that gives the currents into the sample for voltages, from the transmissions (C + 1, C).

    What has not ended at a contact is left out.
    """
    arrived = transmission[:-1]
    return np.asarray(np.diag(arrived.sum(axis=0)) - arrived)


def voltages(transmission: Float, source: int, drain: int) -> Float:
    """Voltages (C,) of all contacts for a unit current from a source to a drain, which is at 0.

    Not-a-number of all where a contact that nothing reaches leaves a voltage open.
    """
    matrix = current_of(transmission)
    others = [i for i in range(len(matrix)) if i != drain]
    found = np.zeros(len(matrix))
    driven = np.array([1.0 if i == source else 0.0 for i in others])
    part = matrix[np.ix_(others, others)]
    if np.linalg.cond(part) > 1e12:
        return np.full(len(matrix), np.nan)
    found[others] = np.linalg.solve(part, driven)
    return found


def conductance_between(transmission: Float, source: int, drain: int) -> float:
    """Current over voltage; 0 where no way leads from the source to the drain. Contacts out of reach do not matter."""
    ways = np.eye(transmission.shape[1]) + (transmission[:-1] > 0)
    number = len(ways)
    if not np.linalg.matrix_power(ways, number)[drain, source]:
        return 0.0
    near = np.flatnonzero(np.linalg.matrix_power(ways + ways.T, number)[source])
    part = transmission[np.append(near, number)][:, near]
    first, last = (int(np.searchsorted(near, contact)) for contact in (source, drain))
    return float(1.0 / voltages(part, first, last)[first])


def _wired(of: Source) -> tuple[int, int] | None:
    """Numbers of the source and of the drain, where all contacts emit."""
    sample = of.config.sample
    if sample is None or sample.current is None or getattr(of.config.ensemble, "emitters", None) is not None:
        return None
    names = list(sample.contacts)
    return names.index(sample.current[0]), names.index(sample.current[1])


@entry("ballistic", unit="e^2/h", symbol="$G$",
    convention=f"I/V between the contacts of sample.current, per band; {_WIRED}")  # fmt: skip
def conductance(of: Source) -> Observable | None:
    """Current over voltage."""
    estimator, wired = of.once(_estimator), _wired(of)
    if estimator is None or wired is None:
        return None
    value, error = estimator.estimate(lambda weights: conductance_between(_matrix(weights), *wired))
    return Observable("", float(value), float(error), convention=_how(estimator))


@entry("ballistic", unit="h/e^2", symbol="$R$",
    convention=f"(V_1 - V_2)/I of the contacts of sample.voltage, or of each of voltages, per band; {_WIRED}")  # fmt: skip
def four_terminal_resistance(of: Source) -> Observable | None:
    """Voltage between two contacts over the current through two; also in ohm."""
    estimator, wired = of.once(_estimator), _wired(of)
    sample = of.config.sample
    if estimator is None or wired is None or sample is None or not (sample.voltage or sample.voltages):
        return None
    names, measured = list(sample.contacts), sample.voltages or {"": sample.voltage or ()}
    pairs = np.array([[names.index(name) for name in pair] for pair in measured.values()])

    def resistance(weights: Float) -> Float:
        found = voltages(_matrix(weights), *wired)
        return np.asarray(found[pairs[:, 0]] - found[pairs[:, 1]])

    value, error = (each.tolist() for each in estimator.estimate(resistance))
    if sample.voltage:
        facts = {"ohm": value[0] / E2_OVER_H}
        return Observable("", value[0], error[0], convention=_how(estimator), facts=facts)
    by_name, spread = (dict(zip(measured, each, strict=True)) for each in (value, error))
    ohm = {f"ohm_{name}": each / E2_OVER_H for name, each in by_name.items()}
    return Observable("", by_name, spread, convention=_how(estimator), facts=ohm)


@entry("ballistic", unit="e^2/h", symbol="$T$",
    convention="from one contact to another, per band: h times the states per time and energy that arrive")  # fmt: skip
def transmission(of: Source) -> Observable | None:
    """T of every pair of contacts, by their names; and of contacts that do not receive as much as they send, what they do.

    Where all contacts are at one μ no current may flow: Σ_j T_ij = N_i, what contact i sends.
    """
    estimator, sample = of.once(_estimator), of.config.sample
    if estimator is None or sample is None:
        return None
    value, error = estimator.estimate(_matrix)
    names = list(sample.contacts)
    senders = getattr(of.config.ensemble, "emitters", None) or names
    pairs = [(i, j) for j in range(len(names)) for i in range(len(names)) if names[j] in senders]
    found, spread = (
        {f"{names[j]} to {names[i]}": float(each[i, j]) for i, j in pairs} for each in (value, error)
    )
    return Observable(
        "", found, spread, convention=_how(estimator), facts=_unbalanced(estimator, names, senders)
    )


def _unbalanced(estimator: Estimator, names: list[str], senders: Sequence[str]) -> dict[str, list[float]]:
    """What contacts send and receive, where that differs and all of them send."""
    if set(senders) != set(names):
        return {}

    def gained(weights: Float) -> Float:
        matrix = _matrix(weights)
        return np.asarray(matrix[:-1].sum(axis=1) - matrix.sum(axis=0))

    sent = estimator.estimate(lambda weights: _matrix(weights).sum(axis=0))[0]
    gain, error = estimator.estimate(gained)
    off = (np.abs(gain) > _SURE * error) & (np.abs(gain) > _UNLIKE * sent)
    return {f"unbalanced_{names[i]}": [float(sent[i]), float(sent[i] + gain[i])] for i in np.flatnonzero(off)}


def warnings(observables: Mapping[str, Observable]) -> list[str]:
    """Sentences about packets that have ended at no contact, and about contacts that receive not what they send."""
    said, left = [], observables.get("left_inside")
    if left is not None and isinstance(left.value, float) and left.value > _LEFT:
        share = f"{100 * left.value:.3g} % of the weight has ended at no contact"
        return [f"{share}, and conductances lack it: give a longer time.end, or close the sample"]
    found = observables.get("transmission")
    for name, (sent, received) in () if found is None else found.facts.items():
        contact = name.removeprefix("unbalanced_")
        said.append(
            f"contact {contact!r} sends {sent:.5g} and receives {received:.5g} e^2/h: with all contacts at one chemical "
            "potential a current flows; do contacts lie where packets arrive only from the side that they emit to?"
        )
    return said


@entry("ballistic", unit="1",
    convention="share of the weight that has ended at no contact, and is left out of conductances")  # fmt: skip
def left_inside(of: Source) -> Observable | None:
    """What the run was too short for, or what was stopped."""
    estimator = of.once(_estimator)
    if estimator is None:
        return None
    value, error = estimator.estimate(lambda weights: weights[0, :, -1].sum() / weights[0].sum())
    return Observable("", float(value), float(error), convention=_how(estimator))
