"""Packets in crystals whose Hamiltonian varies in space and time: how far they come, and what a pump moves."""

import math

import numpy as np

from wavepacket.analysis.ballistic import Ballistic
from wavepacket.arrays import Float
from wavepacket.hamiltonians import LatticeHamiltonian
from wavepacket.observables import Observable, entry

__all__ = ["mean_displacement", "pumped_charge"]

_WHOLE = 1e-6  # of a cycle


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
    "charge q times the mean displacement in cells; of packets that cover the zone of a chain evenly")  # fmt: skip
def pumped_charge(of: Ballistic) -> Observable | None:
    """Where a chain is driven through whole cycles."""
    config, crystal = of.config, of.hamiltonian
    if not isinstance(crystal, LatticeHamiltonian) or crystal.dimension != 1:
        return None
    rates = {texture.profile.rate for texture in config.textures}
    if config.ensemble.kind not in ("zone", "filled_band") or len(rates) != 1 or not max(rates):
        return None
    cycles = of.span * max(rates) / (2.0 * math.pi)
    if cycles < 0.5 or abs(cycles - round(cycles)) > _WHOLE:
        return None
    factor = config.charge / (round(cycles) * crystal.lattice[0, 0])

    def charge(current: Float, displacement: Float, population: Float, *_: Float) -> float:
        return float(factor * displacement[0, :, -1, 0].sum() / population[0, :, 0].sum())

    return of.part(charge)
