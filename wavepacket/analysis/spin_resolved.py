"""Populations, ways and currents of packets in a group of bands, by the value of their spin."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from wavepacket.analysis.ballistic import Ballistic
from wavepacket.analysis.estimates import Estimator
from wavepacket.analysis.source import CURRENT, Source, rows
from wavepacket.arrays import Float
from wavepacket.hamiltonians.library.spin import spin_values
from wavepacket.observables import Observable, entry

__all__ = ["value_labels"]

_SUMS = ("value_population", "value_current", "value_displacement", "population")
_NOTHING = 1e-12  # of all weight: what rounding leaves of a value that is not there
_LARGEST = 8  # denominator of a value that is written as a fraction


def value_labels(of: Source) -> tuple[str, ...]:
    """Values of the spin by which the sums of a run are resolved, in words, rising; none where they are not."""
    internal = of.config.internal
    if internal is None or internal.resolve is None or internal.spin is None:
        return ()
    values = spin_values(internal.spin, None if internal.resolve == "helicity" else internal.axis)
    fractions = [Fraction(value).limit_denominator(_LARGEST) for value in values]
    return tuple(
        str(one) if abs(one - value) < 1e-8 else f"{value:.6g}"
        for one, value in zip(fractions, values, strict=True)
    )


def _resolved(of: Source) -> Estimator | None:
    """The sums by value of a run that has them."""
    if "value_population" not in of.run.sums:
        return None
    return Estimator.of_run(of.run, of.config, list(_SUMS))


def _by_value(of: Ballistic, function: Callable[..., Any], names: Sequence[str] = ()) -> Observable | None:
    """A function of the sums (T, S, ...) against time, with what it is at the end, by value."""
    estimator, labels = of.once(_resolved), of.once(value_labels)
    if estimator is None:
        return None
    value, error = estimator.estimate(function)
    series = Observable(
        "", rows(labels, np.moveaxis(value, 1, 0)), rows(labels, np.moveaxis(error, 1, 0)), over_time=True
    )
    return Observable("", rows(labels, value[-1]), rows(labels, error[-1]), convention=of.how, series=series)


_WHICH = "of the value of the spin along the axis of internal, or along k, that internal.resolve names"


@entry("ballistic", unit="1", symbol="$p_s$", needs=("internal.resolve",),
    convention=f"share {_WHICH}: mean of <u|Pi_s|u> at the end, Pi_s the projector of the orbitals; E as given")  # fmt: skip
def spin_resolved_population(of: Ballistic) -> Observable | None:
    """How packets are shared among the values."""

    def shares(population: Float, flow: Float, way: Float, whole: Float) -> Float:
        total = whole[0].sum(axis=0)[:, None]
        return np.asarray(population[0].sum(axis=0) / np.where(total > 0, total, np.nan))

    return _by_value(of, shares)


@entry("ballistic", unit="angstrom", symbol=r"$\langle r - r_0\rangle_s$", needs=("internal.resolve",),
    convention=f"mean of r - r(0) at the end by the share at the start {_WHICH}, {{sign}}; 0 of a value that nothing "
    "starts with")  # fmt: skip
def spin_resolved_displacement(of: Ballistic) -> Observable | None:
    """Where packets of each value drift."""

    def mean(sign: int, population: Float, way: Float) -> Float:
        held = population[sign].sum(axis=0)[0]
        there, found = np.abs(held) > _NOTHING * np.abs(held).sum(), way[sign].sum(axis=0)
        held = np.where(there, held, 1.0)[:, None]
        return np.asarray(np.where(there[:, None], found / held, 0.0))

    def drift(population: Float, flow: Float, way: Float, whole: Float) -> Float:
        forward = mean(0, population, way)
        return 0.5 * (forward - mean(1, population, way)) if of.both_signs else forward

    return _by_value(of, drift)


@entry("ballistic", unit="{current}", symbol="$j_s$", needs=("internal.resolve", "states"),
    convention=f"q Σ D f <u|Pi_s|u> dr/dt at the end, {_WHICH}, {{sign}}: they add up to the current")  # fmt: skip
def spin_resolved_current(of: Ballistic) -> Observable | None:
    """Current that each value carries."""
    factor = of.config.charge * CURRENT[of.dimension]

    def flow_of(population: Float, flow: Float, way: Float, whole: Float) -> Float:
        found = flow.sum(axis=1)
        return np.asarray(factor * (0.5 * (found[0] - found[1]) if of.both_signs else found[0]))

    return _by_value(of, flow_of)


@entry("ballistic", unit="{conductivity}", symbol=r"$\sigma_s$",
    needs=("internal.resolve", "states", "2D or 3D", "E and -E"),
    convention=f"Hall conductivity {_WHICH}, odd in E, at the start, where packets are eigenstates of that spin within "
    "their group; {across}")  # fmt: skip
def spin_resolved_hall_conductivity(of: Ballistic) -> Observable | None:
    """Tr(PΠ_sP Ω) of a filled group: a sum over eigenstates of the spin within it, which has two values."""
    estimator, labels, internal = of.once(_resolved), of.once(value_labels), of.config.internal
    if estimator is None or internal is None or len(labels) != 2:
        return None
    if internal.start != internal.resolve or internal.values is not None or internal.weights is not None:
        return None

    def across(population: Float, flow: Float, way: Float, whole: Float) -> Any:
        first = flow[:, :, 0].sum(axis=1)
        return of.across(0.5 * (first[0] - first[1]))

    value, error = estimator.estimate(across)
    return Observable("", rows(labels, value), rows(labels, error), convention=of.how)
