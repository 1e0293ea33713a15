"""Packets in crystals whose Hamiltonian varies in space and time: how far they come, and what a pump moves."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from wavepacket.analysis.ballistic import Ballistic
from wavepacket.analysis.source import Source
from wavepacket.arrays import Float
from wavepacket.config import Texture
from wavepacket.hamiltonians import LatticeHamiltonian
from wavepacket.hamiltonians.emergent import TopologicalCharge, topological_charge
from wavepacket.hamiltonians.profiles import profile_values
from wavepacket.observables import RUNS, Observable, entry

__all__ = ["mean_displacement", "mean_emergent_field", "pumped_charge", "topological_charge_of_texture"]

_WHOLE = 1e-5  # of the largest λ: by which it may be off at the end of a cycle
_PLACES = np.array([0.0, 1.3, 17.1, 230.7])  # Å: where λ is looked at


def _mean(of: Ballistic) -> Observable:
    """Mean of r - r(0) at the end (3,), Å, E as given."""

    def mean(current: Float, displacement: Float, population: Float, *_: Float) -> Float:
        return np.asarray(displacement[0, :, -1].sum(axis=0) / population[0, :, 0].sum())

    return of.part(mean)


@entry("ballistic", unit="angstrom", symbol=r"$\langle\Delta r\rangle$", needs=("textures",),
    convention="mean of r - r(0) over all packets at the end, E as given, [axis]")  # fmt: skip
def mean_displacement(of: Ballistic) -> Observable:
    """Of packets in textures."""
    return _mean(of)


@entry("ballistic", unit="e", symbol=r"$Q$", needs=("textures",),
    convention="charge that a filled band moves through a cross-section of the chain in a cycle of the pump: "
    "charge q times the mean displacement in cells; of packets that cover the zone of a chain evenly; series: until each "
    "saved time")  # fmt: skip
def pumped_charge(of: Ballistic) -> Observable | None:
    """Where a chain is driven through whole cycles."""
    config, crystal = of.config, of.hamiltonian
    if not isinstance(crystal, LatticeHamiltonian) or crystal.dimension != 1:
        return None
    cycles = _cycles(config.textures, of.span) if config.ensemble.kind in ("zone", "filled_band") else 0
    if not cycles:
        return None
    factor = config.charge / crystal.lattice[0, 0]

    def moved(current: Float, displacement: Float, population: Float, *_: Float) -> Float:
        return np.asarray(factor * displacement[0, :, :, 0].sum(axis=0) / population[0, :, 0].sum())

    return replace(of.part(lambda *sums: float(moved(*sums)[-1]) / round(cycles)), series=of.part(moved))


def _cycles(textures: Sequence[Texture], span: float) -> int:
    """Whole cycles that textures go through in a time span (fs); 0 where they do not come back to where they began.

    Without a frequency, as in samples, a span that ends as it began is one cycle.
    """
    moving = [texture for texture in textures if not texture.profile.is_static]
    if not moving:
        return 0
    places = np.stack([_PLACES, 0.0 * _PLACES], axis=1)
    begin, end = (profile_values(moving, places, time).value for time in (0.0, span))
    if np.abs(end - begin).max() > _WHOLE * np.abs(begin).max():
        return 0
    rates = [abs(texture.profile.rate) for texture in moving]
    return round(span * min(rates) / (2.0 * math.pi)) if all(rates) else 1


def _charge(of: Source) -> TopologicalCharge | None:
    """Of the first texture that has one."""
    found = (topological_charge(texture) for texture in of.config.textures)
    return next((each for each in found if each is not None), None)


@entry(*RUNS, name="topological_charge", unit="1", symbol=r"$Q$", needs=("textures",),
    convention="int n.(dn/dx x dn/dy) d2r/4 pi of the first texture that is a direction at t = 0, over its cell, or over "
    "all of a skyrmion that is alone")  # fmt: skip
def topological_charge_of_texture(of: Source) -> Observable | None:
    """Of a skyrmion, or of a cell of them."""
    found = of.once(_charge)
    return None if found is None else Observable("", found.value, found.uncertainty)


@entry(*RUNS, unit="T", symbol=r"$\langle B_\mathrm{em}\rangle$", needs=("textures",),
    convention="mean emergent field B_z = (hbar/2e) n.(dn/dx x dn/dy) over the cell of the first texture that is a "
    "direction, for an electron with its spin along it; the opposite for the other spin")  # fmt: skip
def mean_emergent_field(of: Source) -> Observable | None:
    """Of a texture that repeats."""
    found = of.once(_charge)
    if found is None or not math.isfinite(found.cell):
        return None
    scale = found.mean_field / found.value if found.value else 0.0
    return Observable("", found.mean_field, abs(scale) * found.uncertainty)
