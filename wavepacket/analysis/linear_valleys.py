"""Observables of a linear response valley by valley."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from wavepacket.analysis.currents import CONDUCTIVITY_UNIT
from wavepacket.analysis.linear_sums import TENSOR, LinearResponse
from wavepacket.analysis.response_tensors import Complex, hall_vector, imbalance
from wavepacket.observables import Observable

Float = npt.NDArray[np.float64]


def valley_conductivities(response: LinearResponse) -> list[Observable]:
    """Share of each valley in the conductivity, and in its part that is a Hall current."""
    names, d = response.run.valley_names, response.dimension
    unit, which = CONDUCTIVITY_UNIT[d], f"{TENSOR}; share of the states nearest to each valley"

    def shares(*totals: Float) -> Complex:
        return np.asarray(response.parts(*totals).sum(axis=0)[: len(names)])

    whole = response.observable(
        "valley_conductivity", shares, unit, f"{which}, [valley, a, b]", valleys=list(names)
    )
    if d == 1:
        return [whole]

    def across(*totals: Float) -> Complex:
        vectors = np.array([hall_vector(tensor) for tensor in shares(*totals)])
        return vectors[:, 2] if d == 2 else vectors

    text = "sigma_xy" if d == 2 else "[sigma_yz, sigma_zx, sigma_xy]"
    hall = response.observable(
        "valley_hall_conductivity", across, unit, f"{which}: its antisymmetric part {text}"
    )
    return [
        whole,
        replace(hall, value=_named(hall.value, names), uncertainty=_named(hall.uncertainty, names)),
    ]


def _named(values: Any, names: tuple[str, ...]) -> Any:
    """An array by valley, or a pair of them, as a mapping."""
    if isinstance(values, Mapping):
        return {name: {part: each[i] for part, each in values.items()} for i, name in enumerate(names)}
    return None if values is None else dict(zip(names, values, strict=True))


def valley_imbalance(response: LinearResponse) -> Observable:
    """Shift of each valley's chemical potential where collisions conserve its number."""
    intra = response.intra
    assert intra is not None
    return response.observable(
        "valley_imbalance", lambda flow, sea: imbalance(flow, response.config.charge, intra), "eV angstrom/V",
        "shift of the chemical potential of each valley per field, [valley, b]",
        valleys=list(response.run.valley_names),
    )  # fmt: skip
