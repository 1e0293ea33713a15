"""A trajectory depends on its own start alone: any grouping, any order, any number of neighbours, the same bits."""

import dataclasses
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cases import problem, run
from wavepacket.simulation import integrate
from wavepacket.simulation.batch import number_of_trajectories
from wavepacket.simulation.blocks import merge

COUNT = 75
FIELDS = {"electric": [4e-4, -2e-4, 1e-4], "magnetic": [5.0, 10.0, -20.0]}
PLANE = {"electric": [4e-4, -2e-4, 0.0], "magnetic": [0.0, 0.0, -20.0]}
CASES = {
    "weyl": ({"name": "weyl_lattice"}, FIELDS, {"tolerance": 1e-9}),
    "plane": ({"name": "haldane", "staggered": 0.4}, PLANE, {"tolerance": 1e-9}),
    "rk4": ({"name": "weyl_lattice"}, FIELDS, {"method": "rk4", "step": 2.0}),
}


def starts(seed=0):
    """Packets whose numbers of steps differ: some near nodes or valleys, some anywhere."""
    return np.random.default_rng(seed).normal(0.0, 0.5, (COUNT, 3))


@pytest.fixture(scope="module", params=CASES)
def case(request):
    model, fields, integrator = CASES[request.param]
    k = starts() * ([1, 1, 0] if request.param == "plane" else [1, 1, 1])
    made = problem(model, wavevectors=k, end=80.0, saves=9, integrator=integrator, **fields)
    return made, run(made), k


def assert_same(block, whole, rows):
    for name in ("position", "wavevector", "status", "weight", "valley"):
        np.testing.assert_array_equal(getattr(block, name), getattr(whole, name)[rows], err_msg=name)
    for name, values in whole.diagnostics.items():
        np.testing.assert_array_equal(block.diagnostics[name], values[rows], err_msg=name)


@settings(max_examples=15)
@given(cuts=st.lists(st.integers(1, COUNT - 1), max_size=6, unique=True).map(sorted))
def test_pieces(case, cuts):
    """integrate(0, n) against its pieces, which are joined in order; sums are added in another order, so to rounding."""
    made, whole, _ = case
    edges = [0, *cuts, COUNT]
    joined = merge([integrate(made, first, last - first) for first, last in itertools.pairwise(edges)])
    assert_same(joined, whole, slice(None))
    np.testing.assert_array_equal(joined.trajectory, np.arange(COUNT))
    for name, values in whole.sums.items():
        np.testing.assert_allclose(
            joined.sums[name], values, rtol=0, atol=1e-13 * max(np.abs(values).max(), 1e-300)
        )


@settings(max_examples=10)
@given(order=st.permutations(range(COUNT)))
def test_order(case, order):
    made, whole, k = case
    listed = made.config.ensemble.model_copy(update={"wavevectors": tuple(map(tuple, k[order].tolist()))})
    shuffled = dataclasses.replace(made, ensemble=reordered(made.ensemble, np.array(order)))
    assert len(listed.wavevectors) == COUNT
    assert_same(run(shuffled), whole, np.array(order))


def reordered(ensemble, order):
    """The same packets in another order."""

    def packets(first, number):
        return ensemble.packets(0, COUNT).take(order[first : first + number])

    return dataclasses.replace(ensemble, packets=packets)


@settings(max_examples=15)
@given(first=st.integers(0, COUNT - 1), number=st.integers(1, 40))
def test_any_range(case, first, number):
    made, whole, _ = case
    number = min(number, COUNT - first)
    assert_same(integrate(made, first, number), whole, slice(first, first + number))


def test_every_number_of_packets(case):
    """Loops over lanes go to multiples of eight: no lane that is wanted may be left alone, whatever their number."""
    made, whole, _ = case
    for number in range(1, 34):
        assert_same(integrate(made, 0, number), whole, slice(number))


def test_reversed_twins_follow_each_other():
    """Trajectories 2n and 2n + 1 are packet n in E and in −E; a range may begin with either."""
    made = problem(
        {"name": "haldane"}, end=30.0, saves=3, electric=[3e-4, 0, 0],
        ensemble={"kind": "filled_band", "grid": [5, 6]},
    )  # fmt: skip
    assert number_of_trajectories(made) == 60
    whole = run(made)
    assert whole.electric_sign.tolist() == [1, -1] * 30
    np.testing.assert_array_equal(whole.wavevector[::2, 0], whole.wavevector[1::2, 0])
    moved = whole.wavevector[:, -1] - whole.wavevector[:, 0]
    np.testing.assert_allclose(moved[::2], -moved[1::2], rtol=1e-9)
    for first, number in ((0, 1), (1, 1), (1, 2), (3, 4), (7, 20)):
        assert_same(integrate(made, first, number), whole, slice(first, first + number))


def test_threads_share_nothing():
    """Ranges on several threads at once give what one thread gives."""
    from concurrent.futures import ThreadPoolExecutor

    made = problem({"name": "weyl_lattice"}, wavevectors=starts(3), end=60.0, **FIELDS)
    whole = run(made)
    ranges = [(first, min(10, COUNT - first)) for first in range(0, COUNT, 10)] * 3
    with ThreadPoolExecutor(4) as pool:
        blocks = list(pool.map(lambda part: integrate(made, *part), ranges))
    for (first, number), block in zip(ranges, blocks, strict=True):
        assert_same(block, whole, slice(first, first + number))
