"""What the making of a large table takes of memory; what it takes of time is measured in `benchmarks`."""

import tracemalloc

import pytest

from tests.reference.random_crystal import random_crystal
from wavepacket.bands import direct
from wavepacket.bands.table_samples import Sampler, sample_grid, table_arrays, table_bytes


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
