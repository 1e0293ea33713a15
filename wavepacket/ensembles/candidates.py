"""Starting points over the zone, before anything is known of the band there."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from wavepacket.config import FermiDirac, FermiSurface, FilledBand, Optical, Zone
from wavepacket.ensembles.zone import (
    grid_phases,
    grid_points,
    grid_replicas,
    scattered_phases,
    scattered_points,
)
from wavepacket.errors import InputError
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian
from wavepacket.hamiltonians.arrays import combined

Float = npt.NDArray[np.float64]
Integer = npt.NDArray[np.int64]

_CHUNK = 1 << 15


@dataclass(frozen=True, eq=False)
class ZonePoints:
    """Candidates numbered 0 to candidates − 1, of equal volume.

    Attributes
    ----------
    candidates, replicas : their number, and the number of independent estimates that they form
    states : states per Å^d that each stands for where D = 1 and f = 1
    cutoff : |k| in 1/Å beyond which the band is not meant
    points : function ids → wavevectors (n, 3) in 1/Å and replicas (n,)
    phases : function ids → phases (n,) in [0, 1), where in a period of the field packets begin

    """

    candidates: int
    replicas: int
    states: float
    cutoff: float
    points: Callable[[Integer], tuple[Float, Integer]] = field(repr=False)
    phases: Callable[[Integer], Float] = field(repr=False)

    def inside(self, k: Float) -> npt.NDArray[np.bool_]:
        """Which wavevectors the band is meant for."""
        return np.asarray(np.sum(k * k, axis=1) < self.cutoff**2)

    def chunks(self) -> Iterator[Integer]:
        """All numbers, some at a time."""
        for first in range(0, self.candidates, _CHUNK):
            yield np.arange(first, min(first + _CHUNK, self.candidates))


def zone_points(
    specification: Zone | FilledBand | FermiDirac | FermiSurface | Optical,
    hamiltonian: Hamiltonian,
    seed: int,
) -> ZonePoints:
    """The grid or the low-discrepancy set of an ensemble section."""
    dimension, shape = hamiltonian.dimension, specification.grid
    if shape is not None and len(shape) != dimension:
        raise InputError(
            f"ensemble.grid needs {dimension} numbers for a {dimension}D crystal, not {len(shape)}"
        )
    if shape is not None:
        candidates, replicas = int(np.prod(shape)), grid_replicas(shape)
    else:
        assert specification.number is not None
        candidates, replicas = specification.number, min(specification.replicas, specification.number)

    def points(ids: Integer) -> tuple[Float, Integer]:
        if shape is not None:
            reduced, replica = grid_points(shape, ids)
        else:
            reduced, replica = scattered_points(dimension, replicas, ids, seed)
        return _in_zone(hamiltonian, reduced), replica

    def phases(ids: Integer) -> Float:
        return grid_phases(shape, ids) if shape is not None else scattered_phases(replicas, ids, seed)

    cutoff = getattr(hamiltonian, "cutoff", None)
    states = _states(hamiltonian) / candidates
    return ZonePoints(candidates, replicas, states, np.inf if cutoff is None else cutoff, points, phases)


def _states(hamiltonian: Hamiltonian) -> float:
    """States of a full band per Å^d: ∫[dk] over the zone, or over the cube around the domain of a k·p model."""
    if isinstance(hamiltonian, LatticeHamiltonian):
        return 1.0 / hamiltonian.cell_volume
    if hamiltonian.cutoff is None:
        raise InputError(
            "this ensemble covers the zone, but a k·p model has none: give model.cutoff, or packets, or gaussian"
        )
    return float((hamiltonian.cutoff / np.pi) ** hamiltonian.dimension)


def _in_zone(hamiltonian: Hamiltonian, reduced: Float) -> Float:
    if isinstance(hamiltonian, LatticeHamiltonian):
        return combined(reduced, hamiltonian.reciprocal)
    assert hamiltonian.cutoff is not None
    inside = np.arange(3) < hamiltonian.dimension
    return np.where(inside, (2 * reduced - 1) * hamiltonian.cutoff, 0.0)
