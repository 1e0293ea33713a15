"""What a table of a band would cost, and how much faster than diagonalising it would be, before it is built."""

import time
from dataclasses import dataclass

import numpy as np

from wavepacket.arrays import Float
from wavepacket.bands.source import Band
from wavepacket.bands.table import band_of_table
from wavepacket.bands.table_error import exact_samples
from wavepacket.bands.table_plan import plan_grid
from wavepacket.bands.table_samples import Sampler, sample_grid, table_arrays
from wavepacket.hamiltonians import LatticeHamiltonian

__all__ = ["TableCost", "cost_of_table"]

_COARSE = 8  # points along each axis of a table that is timed
_TIMED = 4096  # wavevectors


@dataclass(frozen=True)
class TableCost:
    """What a table takes.

    Attributes
    ----------
    shown : its grid, such as ``64 x 64``
    seconds : of building it
    speed : how many times faster the band is read from it

    """

    shown: str
    seconds: float
    speed: float


def cost_of_table(source: Band, moving: Band, accuracy: float, threads: int) -> TableCost | None:
    """Return the cost of a table of a band that is diagonalised, by a plan and a coarse table; None where none would hold.

    ``moving`` is the band in the form that packets are advanced with. A large table is read more slowly than the coarse one,
    as it does not fit into the caches of a processor.
    """
    hamiltonian = source.hamiltonian
    if source.kind != "direct" or not isinstance(hamiltonian, LatticeHamiltonian):
        return None
    reference, sampler = exact_samples(source, threads), Sampler(source)
    plan = plan_grid(sampler, reference, accuracy)
    if plan.obstacle:
        return None
    points = [_COARSE] * hamiltonian.dimension + [1, 1]
    samples = sample_grid(sampler, (points[0], points[1], points[2]), 1, lambda _: None)
    coarse = band_of_table(source, *table_arrays(source, samples), {}, [])
    k = np.random.default_rng(0).uniform(0, 1, (_TIMED, 3)) @ hamiltonian.reciprocal
    direct, read = _fastest(moving, k), _fastest(coarse, k)
    return TableCost(plan.shown, sampler.seconds_per_point() * plan.size / threads, direct / read)


def _fastest(band: Band, k: Float) -> float:
    """Seconds of processor time of the geometry at wavevectors, the least of three."""
    found = []
    for _ in range(3):
        began = time.thread_time()
        band.geometry(k, slopes=False)
        found.append(time.thread_time() - began)
    return max(min(found), 1e-9)
