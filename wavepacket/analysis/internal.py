"""Spin of packets in a group of bands: its mean, its current, and how its sign parts their ways."""

import math
from dataclasses import replace

import numpy as np

from wavepacket.analysis.ballistic import Ballistic
from wavepacket.analysis.estimates import Estimator
from wavepacket.analysis.source import Source, number
from wavepacket.arrays import Float
from wavepacket.observables import Observable, entry

__all__ = ["spin_sums"]

_SUMS = ("population", "spin", "spin_current", "spin_displacement", "polarised")


def spin_sums(of: Source) -> Estimator | None:
    """The sums of a run that knows the spin of its packets."""
    if "spin" not in of.run.sums:
        return None
    return Estimator.of_run(of.run, of.config, list(_SUMS))


def _against_time(of: Ballistic, place: int, divisor: int) -> Observable | None:
    """One of the sums over another, E as given, against time, with its value at the end."""
    estimator = of.once(spin_sums)
    if estimator is None:
        return None

    def mean(*totals: Float) -> Float:
        below = totals[divisor][0].sum(axis=0)
        below = below if below.ndim == 2 else below[:, None]
        return np.asarray(totals[place][0].sum(axis=0) / np.where(below > 0, below, np.nan))

    value, error = estimator.estimate(mean)
    if np.all(np.isnan(value)):
        return None
    last = Observable("", value[-1], None if error is None else error[-1], convention=of.how)
    return replace(last, series=Observable("", value))


@entry("ballistic", unit="{conductivity}", symbol=r"$\sigma^\mathrm{s}$",
    needs=("spin of a group", "states", "2D or 3D", "E and -E"),
    convention="2e/hbar times the current of the spin along the axis of internal, odd in E, at the start, where packets are "
    "eigenstates of the spin within their group: spin 1/2 counts as 1; {across}")  # fmt: skip
def spin_hall_conductivity(of: Ballistic) -> Observable | None:
    """Tr(PSP Ω) of a filled group: a sum over eigenstates of S within the group, which no other states give."""
    estimator, internal = of.once(spin_sums), of.config.internal
    if estimator is None or internal is None or internal.start != "spin" or internal.values is not None:
        return None

    def across(*totals: Float) -> Float:
        flow = totals[2][:, :, 0].sum(axis=1)
        return of.across(flow[0] - flow[1])

    value, error = estimator.estimate(across)
    return Observable("", number(value), number(error), convention=of.how)


@entry("ballistic", unit="angstrom", symbol=r"$\Delta r_s$", needs=("spin of a group",),
    convention="mean of r - r(0) at the end times the sign of the spin at the start, along k for helicities, else along the "
    "axis of internal; E as given")  # fmt: skip
def spin_displacement(of: Ballistic) -> Observable | None:
    """How packets of opposite spin part."""
    return _against_time(of, 3, 4)


@entry("ballistic", unit="hbar", symbol=r"$\langle S\rangle$", needs=("spin of a group",),
    convention="mean <u|S|u> at the end, E as given")  # fmt: skip
def spin(of: Ballistic) -> Observable | None:
    """Mean spin."""
    return _against_time(of, 1, 0)


@entry("ballistic", unit="hbar angstrom/fs", symbol=r"$\langle S v\rangle$", needs=("spin of a group",),
    convention="mean of <u|S|u> along the axis of internal times the velocity at the end, E as given")  # fmt: skip
def spin_velocity(of: Ballistic) -> Observable | None:
    """Spin current of a packet on average."""
    return _against_time(of, 2, 0)


def _worst(of: Source, name: str) -> float | None:
    if of.config.band.group is None:
        return None
    found = [float(np.max(part[name])) for part in of.run.shards((name,))]
    return max(found, default=math.nan)


@entry("ballistic", unit="1", needs=("group",),
    convention="largest part of u outside its group of bands at the end of a step, where it is put back; worst value over "
    "all trajectories; a bound has no uncertainty")  # fmt: skip
def state_leak(of: Source) -> float | None:
    """How well the internal state stays in its group."""
    return _worst(of, "diagnostics/state_leak")


@entry("ballistic", unit="1", needs=("group",),
    convention="largest | |u| - 1 | at the end of a step, where the norm is put back to 1; worst value over "
    "all trajectories; a bound has no uncertainty")  # fmt: skip
def state_norm(of: Source) -> float | None:
    """How well the norm of the internal state is kept."""
    return _worst(of, "diagnostics/state_norm")
