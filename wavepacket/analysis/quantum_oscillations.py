"""Frequencies of Shubnikov–de Haas and de Haas–van Alphen oscillations of a metal's run, from areas of its orbits.

The flights of packets are classical and do not oscillate. Orbits are found in the crystal, which takes seconds, and so only
where somebody asks for these observables.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from wavepacket.analysis.source import Source
from wavepacket.errors import InputError
from wavepacket.observables import RUNS, Observable, entry
from wavepacket.oscillations import orbits

if TYPE_CHECKING:
    from wavepacket.oscillations import Orbit

_ASKED: Mapping[str, Any] = {"asked": True, "needs": ("crystal", "2D or 3D")}
_NAMES = "b0_1 is the largest frequency of band 0, b0_2 the next"


def _found(of: Source) -> "dict[str, Orbit]":
    """Extremal orbits at the chemical potential of the ensemble by their names; none where a run has none."""
    config = of.config
    if getattr(config.ensemble, "chemical_potential", None) is None or not any(config.fields.magnetic):
        return {}
    found: dict[str, Orbit] = {}
    for one in [config.of_band(index) for index in config.bands] or [config]:
        try:
            result = orbits(one)
        except InputError:  # a group of bands, or a k·p model without a cutoff
            continue
        for number, orbit in enumerate(result.orbits, start=1):
            found[f"b{orbit.band}_{number}"] = orbit
    return found


def _number(of: Source, number: "Callable[[Orbit], tuple[float, float]]") -> Observable | None:
    """A number of each orbit with its uncertainty."""
    found = {name: number(orbit) for name, orbit in of.once(_found).items()}
    if not found:
        return None
    values, errors = ({name: pair[i] for name, pair in found.items()} for i in range(2))
    return Observable("", values, errors)


@entry(*RUNS, unit="T", symbol="$F$", **_ASKED,
    convention="F = hbar A/2 pi |q| of oscillations in 1/B, A the extremal areas across B at the chemical potential of the "
    f"ensemble; {_NAMES}; uncertainty: that of the areas")  # fmt: skip
def oscillation_frequencies(of: Source) -> Observable | None:
    """Frequencies of quantum oscillations in 1/B."""
    return _number(of, lambda orbit: (orbit.frequency, orbit.frequency_error))


@entry(*RUNS, unit="m_e", symbol=r"$m_\mathrm{c}$", **_ASKED,
    convention="cyclotron masses (hbar^2/2 pi) |dA/de| of the orbits of oscillation_frequencies")  # fmt: skip
def oscillation_masses(of: Source) -> Observable | None:
    """Masses by which temperature damps quantum oscillations."""
    return _number(of, lambda orbit: (orbit.cyclotron_mass, np.nan))


@entry(*RUNS, unit="1", symbol=r"$\gamma$", **_ASKED,
    convention="gamma of F/B = n + gamma in [0, 1): 1/2 - (Berry phase + phase of the orbital moment)/2 pi, of the orbits "
    "of oscillation_frequencies; spin is not in it")  # fmt: skip
def oscillation_phases(of: Source) -> Observable | None:
    """Phases of quantum oscillations."""
    return _number(of, lambda orbit: (orbit.phase, np.nan))
