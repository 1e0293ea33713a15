"""Eighteen bands and a thousand cells, as a Wannier90 file of a real material has them."""

import time
import tracemalloc

import numpy as np
import pytest

from tests.reference.random_crystal import random_crystal
from wavepacket.bands import direct
from wavepacket.bands.table_arrays import table_arrays, table_bytes
from wavepacket.bands.table_samples import Sampler, sample_grid
from wavepacket.hamiltonians import LatticeHamiltonian

BANDS, RADIUS = 18, 6.2
NEEDED = (70, 66, 70)  # points that band 0 needs for an accuracy of 1e-6
MINUTES, CORES = 5.0, 2


@pytest.fixture(scope="module")
def crystal():
    """Levels 2 eV apart on a cubic lattice; hoppings at random, decaying by e^{-1.5 |R|/a}."""
    rng = np.random.default_rng(0)
    cells = np.array(list(np.ndindex(13, 13, 13))) - 6
    cells = cells[np.linalg.norm(cells, axis=1) <= RADIUS]
    hoppings = {}
    for cell in map(tuple, cells.tolist()):
        if cell >= (0, 0, 0):
            matrix = rng.normal(size=(BANDS, BANDS)) + 1j * rng.normal(size=(BANDS, BANDS))
            hoppings[cell] = 0.15 * np.exp(-1.5 * np.linalg.norm(cell)) * matrix
    home = hoppings[0, 0, 0]
    hoppings[0, 0, 0] = home + home.conj().T + np.diag(2.0 * np.arange(BANDS))
    return LatticeHamiltonian.from_hoppings(
        4.0 * np.eye(3), hoppings, positions=rng.uniform(-0.3, 0.3, (BANDS, 3))
    )


@pytest.mark.slow
def test_time_of_a_table(crystal):
    """The processor time of a point, times the points of the table, fits into five minutes of two cores."""
    assert len(crystal.cells) > 1000
    sampler, points = Sampler(direct(crystal, 0)), (12, 66, 70)
    begin = time.process_time()
    sample_grid(sampler, points, 1, lambda _: None)
    each = (time.process_time() - begin) / np.prod(points)
    assert each * np.prod(NEEDED) < MINUTES * 60 * CORES


@pytest.mark.slow
def test_memory_of_a_table():
    """What is said before a table is built is an upper bound of what it takes, and not a loose one."""
    source, points = direct(random_crystal(3, size=2, dimension=3), 0), (40, 32, 36)
    sampler = Sampler(source)
    table_arrays(source, sample_grid(sampler, (2, 1, 1), 1, lambda _: None))  # loads the kernels
    tracemalloc.start()
    _, reals = table_arrays(source, sample_grid(sampler, points, 2, lambda _: None))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    kept, working = table_bytes(points)
    assert reals.nbytes == pytest.approx(kept, rel=1e-3)
    assert 0.8 * working < peak < working
