"""The lookup in a table: eight fields at a time it gives the bits of plain loops over numbers, on every kind of CPU."""

import hashlib

import numba
import numpy as np
import pytest
from numba.core import config

from tests.unit.kernels.cpu_models import digests
from wavepacket.bands import table
from wavepacket.hamiltonians import haldane
from wavepacket.kernels import layout
from wavepacket.kernels.bands import spline
from wavepacket.kernels.elementary import fma
from wavepacket.kernels.reduce.sample import sample

compiled = pytest.mark.skipif(bool(config.DISABLE_JIT), reason="compilation is switched off")
POINTS = {2: (1, 9, 12), 3: (7, 9, 12)}


def random_table(directions, seed=0):
    """A table of random coefficients on an oblique lattice, as arrays of the kernel."""
    rng = np.random.default_rng(seed)
    points = np.array(POINTS[directions])
    frame = points[:, None] * rng.normal(size=(3, 3))
    padded = points + (spline.SUPPORT - 1) * (points > 1)
    coefficients = rng.normal(size=int(padded.prod()) * spline.FIELDS)
    mixing = rng.normal(size=int(points.prod()) * 6)
    place = spline.FIRST_COEFFICIENT + len(coefficients)
    gap = np.zeros(spline.FIRST_COEFFICIENT - 9)
    integers = np.array([layout.NEED_MIXING, spline.SUPPORT if directions == 3 else 1, *points, place])
    return integers, np.concatenate([frame.ravel(), gap, coefficients, mixing])


@numba.njit(error_model="numpy")
def plain_lookup(k, integers, reals):
    """One point, number by number: sums over the last axis first, each term added by one fused operation."""
    points, planes = integers[2:5], integers[1]
    weights, slopes, cell = np.zeros((3, 6)), np.zeros((3, 6)), np.zeros(3, dtype=np.int64)
    weights[0, 0] = 1.0
    for i in range(0 if planes > 1 else 1, 3):
        x = fma(reals[3 * i], k[0], fma(reals[3 * i + 1], k[1], reals[3 * i + 2] * k[2]))
        x -= points[i] * np.floor(x / points[i])
        cell[i] = min(int(np.floor(x)), points[i] - 1)
        w, v = spline.quintic_weights(x - cell[i]), spline.quintic_slopes(x - cell[i])
        for j in range(6):
            weights[i, j], slopes[i, j] = w[j], v[j]
    found = np.zeros((4, 8))
    for field in range(8):
        value = first = middle = last = 0.0
        for i in range(planes):
            plane = slope = other = 0.0
            for j in range(6):
                line = tilt = 0.0
                for p in range(6):
                    place = ((cell[0] + i) * (points[1] + 5) + cell[1] + j) * (points[2] + 5) + cell[2] + p
                    point = reals[16 + 8 * place + field]
                    line = fma(weights[2, p], point, line)
                    tilt = fma(slopes[2, p], point, tilt)
                plane = fma(weights[1, j], line, plane)
                slope = fma(slopes[1, j], line, slope)
                other = fma(weights[1, j], tilt, other)
            value = fma(weights[0, i], plane, value)
            first = fma(slopes[0, i], plane, first)
            middle = fma(weights[0, i], slope, middle)
            last = fma(weights[0, i], other, last)
        found[0, field] = value
        for a in range(3):
            found[1 + a, field] = fma(
                reals[6 + a], last, fma(reals[3 + a], middle, fma(reals[a], first, 0.0))
            )
    return found


def looked_up(directions, count=100):
    integers, reals = random_table(directions)
    k = np.random.default_rng(1).uniform(-3, 3, (count, 3))
    rows = np.empty((count, layout.GEOMETRY))
    sample(spline.table_geometry, integers, reals, spline.SCRATCH, k, rows)
    return k, rows


@compiled
@pytest.mark.parametrize("directions", [2, 3])
def test_same_bits_as_plain_loops(directions):
    integers, reals = random_table(directions)
    k, rows = looked_up(directions)
    expected = np.array([plain_lookup(point, integers, reals) for point in k])
    np.testing.assert_array_equal(rows[:, layout.ENERGY], expected[:, 0, 0])
    np.testing.assert_array_equal(rows[:, layout.CURVATURE : layout.CURVATURE + 3], expected[:, 0, 1:4])
    np.testing.assert_array_equal(rows[:, layout.MOMENT : layout.MOMENT + 3], expected[:, 0, 4:7])
    np.testing.assert_array_equal(rows[:, layout.GAP], expected[:, 0, 7])
    np.testing.assert_array_equal(rows[:, layout.GRADIENT : layout.GRADIENT + 3], expected[:, 1:, 0])
    slopes = rows[:, layout.MOMENT_GRADIENT : layout.MOMENT_GRADIENT + 9].reshape(-1, 3, 3)
    np.testing.assert_array_equal(slopes, expected[:, 1:, 4:7].swapaxes(1, 2))


@pytest.mark.parametrize("directions", [2, 3])
def test_mixing_is_that_of_the_nearest_grid_point(directions):
    integers, reals = random_table(directions)
    nodes = np.array(POINTS[directions])
    frame = reals[:9].reshape(3, 3).copy()
    if directions == 2:
        frame[0] = [0, 0, 1]
    cells = np.array([[0, 3, 11], [0, 8, 0]]) + [[-0.4, 0.3, 0.4], [0.2, 0.45, -0.3]] * (nodes > 1)
    rows = np.empty((2, layout.GEOMETRY))
    k = np.ascontiguousarray(np.linalg.solve(frame, cells.T).T)
    sample(spline.table_geometry, integers, reals, spline.SCRATCH, k, rows)
    tensors = reals[integers[5] :].reshape(*nodes, 6)
    np.testing.assert_array_equal(rows[:, layout.MIXING :], [tensors[0, 3, 11], tensors[0, 8, 0]])


def test_a_table_is_aligned():
    """Each point then fills one cache line: a lookup takes half again as long where it straddles two."""
    built = table(haldane(), 0, grid=(8, 8))
    assert (built.reals.ctypes.data + 8 * spline.FIRST_COEFFICIENT) % 64 == 0


def digest():
    return hashlib.sha256(looked_up(2)[1].tobytes() + looked_up(3)[1].tobytes()).hexdigest()


@compiled
@pytest.mark.full
def test_cpu_models_do_not_matter(tmp_path):
    """LLVM splits eight doubles where registers are narrower; without fused instructions it calls the C library."""
    names = ["generic", "haswell"]
    assert digests("tests.unit.kernels.test_lookup", names, tmp_path) == {digest()}
