"""Starting points over the zone, before anything is known of the band there."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from wavepacket.arrays import Flags, Float, Integer
from wavepacket.config import FermiDirac, FermiSurface, FilledBand, Optical, Zone
from wavepacket.ensembles.balls import Balls, balls_round
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

OverZone = Zone | FilledBand | FermiDirac | FermiSurface | Optical

_CHUNK = 1 << 15


@dataclass(frozen=True, eq=False)
class ZonePoints:
    """Candidates numbered 0 to candidates − 1, of equal volume, over the zone or over balls round its valleys.

    Attributes
    ----------
    candidates, replicas : their number, and the number of independent estimates that they form
    states : states per Å^d that each stands for where D = 1 and f = 1
    points : function ids → wavevectors (n, 3) in 1/Å and replicas (n,)
    phases : function ids → phases (n,) in [0, 1), where in a period of the field packets begin
    inside : function wavevectors (n, 3) → whether each counts
    centres : function ids → centres (n, 3) of the balls they lie in, None where they fill the zone
    steps : (d, 3) from a point of a grid to its neighbours, 1/Å; None where points are scattered
    apart : of scattered points, the steps of a grid of as many

    """

    candidates: int
    replicas: int
    states: float
    points: Callable[[Integer], tuple[Float, Integer]] = field(repr=False)
    phases: Callable[[Integer], Float] = field(repr=False)
    inside: Callable[[Float], Flags] = field(repr=False)
    centres: Callable[[Integer], Float] | None = field(default=None, repr=False)
    steps: Float | None = field(default=None, repr=False)
    apart: Float | None = field(default=None, repr=False)

    def chunks(self) -> Iterator[Integer]:
        """All numbers, some at a time."""
        for first in range(0, self.candidates, _CHUNK):
            yield np.arange(first, min(first + _CHUNK, self.candidates))


def zone_points(specification: OverZone, hamiltonian: Hamiltonian, seed: int, centres: Float) -> ZonePoints:
    """The grid or the low-discrepancy set of an ensemble section; ``centres`` (V, 3) of valleys, 1/Å."""
    dimension, shape = hamiltonian.dimension, specification.grid
    if shape is not None and len(shape) != dimension:
        raise InputError(
            f"ensemble.grid needs {dimension} numbers for a {dimension}D crystal, not {len(shape)}"
        )
    radius = specification.valley_radius
    balls = None if radius is None else balls_round(centres, radius, hamiltonian, shape)
    copies = 1 if balls is None else len(balls.centres)
    if shape is not None:
        each, replicas = int(np.prod(shape)), grid_replicas(shape)
    else:
        assert specification.number is not None
        replicas = max(1, min(specification.replicas, specification.number // copies))
        each = max(specification.number // copies, 1)

    def points(ids: Integer) -> tuple[Float, Integer]:
        if shape is not None:
            reduced, replica = grid_points(shape, ids % each)
        else:
            reduced, replica = scattered_points(dimension, replicas, ids % each, seed)
        if balls is not None:
            return balls.points(reduced, ids // each), replica
        return in_zone(hamiltonian, reduced), replica

    def phases(ids: Integer) -> Float:
        return (
            grid_phases(shape, ids % each)
            if shape is not None
            else scattered_phases(replicas, ids % each, seed)
        )

    def inside(k: Float) -> Flags:
        cutoff = getattr(hamiltonian, "cutoff", None)
        meant = np.ones(len(k), dtype=bool) if cutoff is None else np.sum(k * k, axis=1) < cutoff**2
        return meant if balls is None else meant & balls.contain(k)

    states = (states_of(hamiltonian) if balls is None else balls.states) / each
    around = None if balls is None else lambda ids: balls.centres[ids // each]
    steps = None if shape is None else _steps(hamiltonian, shape, balls)
    apart = _apart(hamiltonian, each, balls) if shape is None else None
    return ZonePoints(copies * each, replicas, states, points, phases, inside, around, steps, apart)


def _steps(hamiltonian: Hamiltonian, shape: tuple[float, ...], balls: Balls | None) -> Float:
    """From a point of a grid to its neighbours (d, 3), 1/Å."""
    d = hamiltonian.dimension
    if balls is not None:
        return np.asarray(np.eye(3)[:d] * balls.steps[:, None])
    if isinstance(hamiltonian, LatticeHamiltonian):
        return np.asarray(hamiltonian.reciprocal[:d] / np.array(shape)[:, None])
    assert hamiltonian.cutoff is not None
    return np.asarray(np.eye(3)[:d] * (2 * hamiltonian.cutoff / np.array(shape))[:, None])


def _apart(hamiltonian: Hamiltonian, number: int, balls: Balls | None) -> Float:
    """Steps (d, 3) of a grid of so many points."""
    along = number ** (1 / hamiltonian.dimension)
    if balls is not None:
        return np.asarray(np.eye(3)[: hamiltonian.dimension] * (balls.box / along)[:, None])
    return _steps(hamiltonian, (along,) * hamiltonian.dimension, None)


def states_of(hamiltonian: Hamiltonian) -> float:
    """States of a full band per Å^d: ∫[dk] over the zone, or over the cube around the domain of a k·p model."""
    if isinstance(hamiltonian, LatticeHamiltonian):
        return 1.0 / hamiltonian.cell_volume
    if hamiltonian.cutoff is None:
        raise InputError(
            "this ensemble covers the zone, but a k·p model has none: give model.cutoff, or packets, or gaussian"
        )
    return float((hamiltonian.cutoff / np.pi) ** hamiltonian.dimension)


def in_zone(hamiltonian: Hamiltonian, reduced: Float) -> Float:
    """Wavevectors (n, 3) from points of [0, 1)^d: over the zone, or over the cube around the domain of a k·p model."""
    if isinstance(hamiltonian, LatticeHamiltonian):
        return combined(reduced, hamiltonian.reciprocal)
    assert hamiltonian.cutoff is not None
    inside = np.arange(3) < hamiltonian.dimension
    return np.where(inside, (2 * reduced - 1) * hamiltonian.cutoff, 0.0)
