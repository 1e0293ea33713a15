"""What each band adds in a run of several bands, and which carriers it has."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from wavepacket.analysis.ballistic import Ballistic
from wavepacket.analysis.conductivities import TENSOR
from wavepacket.analysis.linear import LinearResponse
from wavepacket.analysis.response_tensors import CONTRIBUTIONS
from wavepacket.analysis.source import CURRENT
from wavepacket.analysis.steady import SteadyState
from wavepacket.arrays import Complex, Float
from wavepacket.config import Config
from wavepacket.ensembles import are_holes
from wavepacket.observables import Observable, Observables, entry
from wavepacket.runs import transport as quantity

__all__ = ["OTHERS", "hole_bands", "table_of_bands"]

OTHERS = "others"
"""Name of the bands without packets, beside the numbers of those with packets."""


def hole_bands(of: LinearResponse) -> tuple[bool, ...]:
    """Whether the carriers of each band are its empty states: the same question as of a run of this band alone."""
    sea = of.band_sums.sums[1].sum(axis=0)
    return tuple(
        are_holes(
            of.config.of_band(band), of.hamiltonian, *sea[i, [quantity.SEA_OCCUPIED, quantity.SEA_EMPTY]].tolist()
        )
        for i, band in enumerate(of.config.bands)
    )  # fmt: skip


@entry("linear_response", unit="{conductivity}", symbol=r"$\sigma$", needs=("several bands",),
    convention=f"{TENSOR}; share of each band, and of the occupied states of all bands without packets (others); they add "
    "up to the conductivity")  # fmt: skip
def conductivity_by_band(of: LinearResponse) -> Observable:
    """Share of each band in σ, in all and by contribution."""
    parts = {name: _shares(of, (i,)) for i, name in enumerate(CONTRIBUTIONS)}
    return replace(_shares(of, tuple(range(len(CONTRIBUTIONS)))), contributions=parts, convention=of.how)


def _shares(of: LinearResponse, parts: tuple[int, ...]) -> Observable:
    """Tensors by band of the sum of some contributions."""

    def share(place: int, flow: Float, sea: Float) -> Complex:
        return np.asarray(of.parts_by_band(flow, sea)[list(parts), place].sum(axis=0))

    every = of.hamiltonian is not None and len(of.config.bands) == of.hamiltonian.size
    others = () if of.config.band.others == "left_out" or every else (OTHERS,)
    found = {
        name: of.part_of(of.sums_by_band, partial(share, place))
        for place, name in enumerate([*map(str, of.config.bands), *others])
    }
    errors = {name: each.uncertainty for name, each in found.items()}
    return Observable("", {name: each.value for name, each in found.items()}, errors)


@entry("linear_response", unit="{volume}", symbol="$n$", needs=("several bands", "empty states"),
    convention="density of the carriers of each band, electrons or holes, as of a run of this band alone")  # fmt: skip
def carrier_density_by_band(of: LinearResponse) -> Observable:
    """Electrons or holes of each band."""
    holes = of.once(hole_bands)
    columns = np.where(holes, quantity.SEA_EMPTY, quantity.SEA_OCCUPIED)
    rows = np.arange(len(columns))
    kinds = {
        str(band): "holes" if empty else "electrons"
        for band, empty in zip(of.config.bands, holes, strict=True)
    }
    return replace(of.by_band(lambda flow, sea: sea[rows, columns]), facts={"carriers": kinds})


@entry("linear_response", unit="{volume}/eV", symbol=r"$\partial n/\partial\mu$", needs=("several bands",),
    convention="sum of D (-df/de) of each band")  # fmt: skip
def density_of_states_by_band(of: LinearResponse) -> Observable:
    """States of each band per energy at μ."""
    return of.by_band(lambda flow, sea: flow[:-1, quantity.NUMBERS, 2])


@entry("ballistic", "steady_state", unit="{conductivity}", symbol=r"$\sigma_{xy}$",
    needs=("several bands", "states", "2D or 3D", "E and -E"),
    convention={
        "ballistic": "share of each band, at the start; j_a = sigma_ab E_b, part odd in E",
        "steady_state": "share of each band; {across}, part odd in E",
    })  # fmt: skip
def hall_conductivity_by_band(of: Ballistic | SteadyState) -> Observable:
    """Share of each band in σ_xy."""
    return of.by_band(of.hall_by_valley)


@entry("ballistic", "steady_state", unit="{current}", symbol="$j$", needs=("several bands", "states", "static probe"),
    convention={
        "ballistic": "{current_text} of each band, at the saved times, [time, axis]; E as given",
        "steady_state": "{current_text} of each band, of the steady state, E as given",
    })  # fmt: skip
def current_density_by_band(of: Ballistic | SteadyState) -> Observable:
    """Current density that the packets of each band carry."""
    factor = of.config.charge * CURRENT[of.dimension]
    found = of.by_band(lambda *totals: factor * of.flow_by_valley(*totals))
    return replace(found, over_time=of.over_time)


def table_of_bands(config: Config, observables: Observables) -> list[str]:
    """A line for each band of a run of several, under a line of titles; empty for other runs."""
    columns: dict[str, Mapping[str, str]] = {}
    if (density := observables.get("carrier_density_by_band")) is not None:
        columns |= {"carriers": density.facts["carriers"], "density": _texts(density)}
    if (sigma := observables.get("conductivity_by_band")) is not None:
        columns |= {
            f"sigma_{x}{y}": _texts(sigma, "xyz".index(x), "xyz".index(y)) for x, y in ("xx", "yy", "xy")
        }
    if (hall := observables.get("hall_conductivity_by_band")) is not None:
        columns |= {"hall_conductivity": _texts(hall)}
    names = dict.fromkeys(name for column in columns.values() for name in column)
    rows = [
        ["band", *columns],
        *([name, *(each.get(name, "") for each in columns.values())] for name in names),
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
    return list(lines) if config.bands and columns else []


def _texts(found: Observable, *place: int) -> dict[str, str]:
    """Values by band as texts, of tensors those at a place."""

    def number(values: Any) -> Any:
        return (
            {name: number(each) for name, each in values.items()}
            if isinstance(values, Mapping)
            else values[place]
        )

    pick = number if place else (lambda values: values)
    values, errors = found.value, found.uncertainty
    assert isinstance(values, Mapping)
    assert isinstance(errors, Mapping)
    return {
        name: repr(Observable("", pick(value), pick(errors[name]), found.unit))
        for name, value in values.items()
    }
