"""The contract of integration methods: one step has the order that the method declares, in every term of the motion.

Steps of many lengths are taken at once, one in each lane, of packets near a Weyl node in tilted E and B and an alternating
field: the rates depend on k and on t, and no term of the equations of motion vanishes.
"""

import functools

import numpy as np
import pytest

from tests.cases import problem
from wavepacket.integrators import METHODS, Method, sizes_of
from wavepacket.kernels import lanes as rows
from wavepacket.kernels.layout import DENSE, GEOMETRY, INTERPOLANT, LANES, STAGES, STATE, STEP
from wavepacket.simulation import Problem

BLOCK = STATE * LANES
START = np.array([0.06, -0.05, 0.32, 1.0, 2.0, -3.0])  # k in 1/Å near the node at π/2a, r in Å
TIME = 13.0


@functools.cache
def weyl_problem() -> Problem:
    electric = [
        {"kind": "uniform", "amplitude": [2e-3, 1e-3, -1e-3]},
        {"kind": "sinusoid", "amplitude": [0.0, 2e-3, 1e-3], "frequency": 0.05, "phase": 0.3},
    ]
    return problem(
        {"name": "weyl_lattice"},
        wavevectors=[[0, 0, 0]],
        fields={"electric": electric, "magnetic": [10.0, -20.0, 30.0]},
    )


class Step:
    """One step of a method, of length h (LANES,) from states (STATE, LANES) at times (LANES,)."""

    def __init__(
        self, method: Method, h: np.ndarray, start: np.ndarray | None = None, time: float = TIME
    ) -> None:
        made, self.method = weyl_problem(), method
        self.lanes = np.zeros((rows.NOW + STATE, LANES))
        self.lanes[rows.NOW : rows.NOW + STATE] = START[:, None] if start is None else start
        self.lanes[rows.TIME], self.lanes[rows.STEP], self.lanes[rows.SIGN] = time, h, 1.0
        integers, reals = made.band.arguments()
        self.new, self.K, self.error = np.zeros(BLOCK), np.zeros(STAGES * BLOCK), np.zeros(LANES)
        band, field, scratch = (
            np.zeros(GEOMETRY * LANES),
            np.zeros(3 * LANES),
            np.zeros(made.band.scratch_size),
        )
        arrays = (integers, reals, scratch, made.environment)
        k, t, sign = self.lanes[rows.NOW : rows.NOW + 3].ravel(), self.lanes[rows.TIME], self.lanes[rows.SIGN]
        made.rates(made.band.kernel, LANES, arrays, t, sign, k, band, field, self.K[:BLOCK])
        source = (*arrays, integers, made.control.scale, sizes_of(made.dimension, made.band.scratch_size))
        block = (self.lanes.ravel(), self.K, self.new, np.zeros(BLOCK), np.zeros(LANES), band, field)
        self.arguments = (made.rates, made.band.kernel, LANES, source, block)
        method.kernel(STEP, *self.arguments, self.error)

    @property
    def end(self) -> np.ndarray:
        return self.new.reshape(STATE, LANES)

    def between(self, x: float) -> np.ndarray:
        """The dense output at the fraction x of the step, nested as in Hairer, Nørsett and Wanner, section II.6."""
        polynomial = np.zeros(DENSE * BLOCK)
        self.method.kernel(INTERPOLANT, *self.arguments, polynomial)
        value = np.zeros((STATE, LANES))
        for n, coefficient in reversed(list(enumerate(polynomial.reshape(DENSE, STATE, LANES)))):
            value = (value + coefficient) * (1 - x if n % 2 else x)
        return self.lanes[rows.NOW : rows.NOW + STATE] + value


def logarithmic_slope(h: np.ndarray, error: np.ndarray) -> float:
    """Slope of log error against log h."""
    return float(np.polyfit(np.log(h), np.log(error), 1)[0])


class IntegratorContract:
    """Inherit, and name the method and a range of steps in fs: short enough for the order, errors well above rounding."""

    name: str
    shortest: float
    longest: float

    @property
    def method(self) -> Method:
        return METHODS[self.name]

    @property
    def h(self) -> np.ndarray:
        return np.geomspace(self.shortest, self.longest, LANES)

    def in_parts(self, h: np.ndarray, parts: int) -> np.ndarray:
        state = np.repeat(START[:, None], LANES, axis=1)
        for n in range(parts):
            state = Step(self.method, h / parts, state, TIME + n * h / parts).end
        return state

    def test_a_step_has_the_declared_order(self) -> None:
        """One step against sixteen: the difference is the local error, of order p + 1 in h; positions and k alike."""
        difference = np.abs(Step(self.method, self.h).end - self.in_parts(self.h, 16))
        for part in (slice(0, 3), slice(3, 6)):
            assert logarithmic_slope(self.h, difference[part].max(axis=0)) == pytest.approx(
                self.method.order + 1, abs=0.3
            )

    def test_a_step_of_length_zero_changes_nothing(self) -> None:
        step = Step(self.method, np.zeros(LANES))
        np.testing.assert_array_equal(step.end, np.repeat(START[:, None], LANES, axis=1))
        assert not np.any(step.error)

    def test_lanes_do_not_see_each_other(self) -> None:
        """Bit for bit, under any permutation and beside lanes that hold no finite number."""
        order = np.random.default_rng(0).permutation(LANES)
        first = Step(self.method, self.h)
        np.testing.assert_array_equal(Step(self.method, self.h[order]).end, first.end[:, order])
        spoiled = np.repeat(START[:, None], LANES, axis=1)
        spoiled[:, ::2] = np.nan
        np.testing.assert_array_equal(Step(self.method, self.h, spoiled).end[:, 1::2], first.end[:, 1::2])

    def test_declared_properties(self) -> None:
        assert self.method.name == self.name
        assert len(self.method.reference) > 20

    def test_dense_output_is_one_order_below(self) -> None:
        """At x of the step against a step of length x h, whose own error is of higher order."""
        if not self.method.adaptive:
            pytest.skip("a fixed-step method ends its steps at the saves")
        for x in (0.21, 0.5, 0.83):
            difference = np.abs(Step(self.method, self.h).between(x) - Step(self.method, x * self.h).end).max(
                axis=0
            )
            assert logarithmic_slope(self.h, difference) == pytest.approx(self.method.order, abs=0.5)
        for x, expected in ((0.0, START[:, None] + np.zeros(LANES)), (1.0, Step(self.method, self.h).end)):
            np.testing.assert_allclose(Step(self.method, self.h).between(x), expected, rtol=0, atol=1e-14)

    def test_error_estimate_has_the_order_of_the_method(self) -> None:
        """h e5²/√(e5² + 0.01 e3²) with e5 ~ h⁵ and e3 ~ h³: order 8 for short steps, somewhat less for long ones."""
        h = self.h / 4
        error = Step(self.method, h).error
        if self.method.adaptive:
            assert logarithmic_slope(h, error) == pytest.approx(self.method.order, abs=0.8)
        else:
            assert not np.any(error)
