"""Wavevectors that are zones away: rounding of k·a would hide where in the zone they are."""

from collections.abc import Callable

import numpy as np

from wavepacket.arrays import Float
from wavepacket.errors import InputError
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian
from wavepacket.hamiltonians.arrays import LARGEST
from wavepacket.hamiltonians.zone import fold

FARTHEST_ZONE = 1000
"""Zones; nearer wavevectors stay as they are given, so that saved ones go on from there."""
_FARTHEST = 1e6  # 1/Å in a k·p model, where nothing can be folded


def refuse_beyond(k: Float, limit: float) -> float:
    """Return the largest component of wavevectors, or raise InputError where it is beyond a limit."""
    largest = float(np.abs(k).max(initial=0.0))
    if not largest <= limit:
        raise InputError(
            f"a wavevector of {largest:.3g} is beyond this crystal: check its unit, plain numbers are in 1/angstrom"
        )
    return largest


def near_zone(hamiltonian: Hamiltonian, k: Float, report: Callable[[str], None]) -> Float:
    """Fold those of the wavevectors (..., 3), 1/Å, that are too far away into the first zone, and say so.

    Raises
    ------
    InputError : a wavevector is beyond what numbers, or a k·p model, can tell
    """
    lattice = isinstance(hamiltonian, LatticeHamiltonian)
    largest = refuse_beyond(k, LARGEST if lattice else _FARTHEST)
    if not isinstance(hamiltonian, LatticeHamiltonian):
        return k
    zones = np.abs(k @ hamiltonian.lattice[: hamiltonian.dimension].T) / (2 * np.pi)
    far = np.any(zones > FARTHEST_ZONE, axis=-1)
    if not np.any(far):
        return k
    report(
        f"warning: {int(np.sum(far))} wavevectors, up to {largest:.3g}/angstrom, lie more than {FARTHEST_ZONE} zones away "
        "and are folded into the first zone: were they given in 1/m? Plain numbers are in 1/angstrom"
    )
    near = k.copy()
    near[far] = fold(hamiltonian, k[far])
    return near
