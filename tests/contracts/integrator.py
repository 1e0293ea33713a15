"""The contract of integration methods: one step has the order that the method declares, in every term of the motion.

Steps of many lengths are taken at once, one in each lane, of packets near a Weyl node in tilted E and B and an alternating
field: the rates depend on k and on t, and no term of the equations of motion vanishes.
"""

import functools

import numpy as np
import pytest

from tests.cases import problem
from wavepacket.integrators import METHODS, Method
from wavepacket.kernels.layout import DENSE, GEOMETRY, LANES, STAGES, STATE
from wavepacket.kernels.motion import rates
from wavepacket.kernels.saves import interpolate
from wavepacket.simulation import Problem

ROWS = STATE * LANES
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
    """One step of a method from the same start in all lanes, with a length for each."""

    def __init__(
        self, method: Method, h: np.ndarray, start: np.ndarray | None = None, time: float = TIME
    ) -> None:
        made = weyl_problem()
        self.y = np.repeat(START[:, None], LANES, axis=1).ravel() if start is None else start.ravel().copy()
        self.h, self.K, self.new = h, np.zeros(STAGES * ROWS), np.zeros(ROWS)
        integers, reals = made.band.arguments()
        t, sign, self.error = np.broadcast_to(time, LANES).copy(), np.ones(LANES), np.zeros(LANES)
        band, field, scratch = (
            np.zeros(GEOMETRY * LANES),
            np.zeros(3 * LANES),
            np.zeros(made.band.scratch_size),
        )
        source = (made.band.kernel, LANES, integers, reals, scratch, made.environment)
        rates(*source, t, sign, self.y[: 3 * LANES], band, field, self.K[:ROWS])
        self.arguments = (
            *source,
            made.control.scale,
            t,
            h,
            sign,
            self.y,
            self.K,
            np.zeros(3 * LANES),
            np.zeros(LANES),
            band,
            field,
        )
        method.step(*self.arguments, self.new, self.error)
        self.method = method

    @property
    def end(self) -> np.ndarray:
        return self.new.reshape(STATE, LANES)

    def between(self, x: float) -> np.ndarray:
        """The dense output at the fraction x of the step."""
        polynomial = np.zeros(DENSE * ROWS)
        self.method.dense(*self.arguments, self.new, polynomial)
        values = [interpolate(polynomial, self.y, place, x) for place in range(ROWS)]
        return np.array(values).reshape(STATE, LANES)


def logarithmic_slope(h: np.ndarray, error: np.ndarray) -> float:
    """Slope of log error against log h, of the points well above rounding."""
    seen = error > 1e3 * error.min() if error.max() > 1e8 * error.min() else error > 0
    return float(np.polyfit(np.log(h[seen]), np.log(error[seen]), 1)[0])


class IntegratorContract:
    """Inherit, and name the method and a range of steps in fs whose errors stand above rounding."""

    name: str
    longest = 8.0
    shortest = 1.0

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
        h = self.h
        difference = np.abs(Step(self.method, h).end - self.in_parts(h, 16))
        for rows in (slice(0, 3), slice(3, 6)):
            assert logarithmic_slope(h, difference[rows].max(axis=0)) == pytest.approx(
                self.method.order + 1, abs=0.35
            )

    def test_a_step_of_length_zero_changes_nothing(self) -> None:
        step = Step(self.method, np.zeros(LANES))
        np.testing.assert_array_equal(step.new, step.y)
        assert not np.any(step.error)

    def test_lanes_do_not_see_each_other(self) -> None:
        """Bit for bit, under any permutation and beside lanes that hold no finite number."""
        order = np.random.default_rng(0).permutation(LANES)
        first = Step(self.method, self.h)
        np.testing.assert_array_equal(Step(self.method, self.h[order]).end, first.end[:, order])
        spoiled = np.repeat(START[:, None], LANES, axis=1)
        spoiled[:, ::2] = np.nan
        with np.errstate(invalid="ignore"):
            np.testing.assert_array_equal(Step(self.method, self.h, spoiled).end[:, 1::2], first.end[:, 1::2])

    def test_declared_properties(self) -> None:
        assert self.method.name == self.name
        assert len(self.method.reference) > 20

    def test_dense_output_is_one_order_below(self) -> None:
        """At x of the step against a step of length x h, whose own error is of higher order."""
        if not self.method.adaptive:
            pytest.skip("a fixed-step method ends its steps at the saves")
        for x in (0.0, 0.21, 0.5, 0.83, 1.0):
            step = Step(self.method, self.h)
            expected = Step(self.method, x * self.h).end
            difference = np.abs(step.between(x) - expected).max(axis=0)
            if x in (0.0, 1.0):
                assert difference.max() <= 8 * np.spacing(np.abs(expected).max())
            else:
                assert logarithmic_slope(self.h, difference) == pytest.approx(self.method.order, abs=0.5)

    def test_error_estimate_has_the_order_of_the_method(self) -> None:
        error = Step(self.method, self.h).error
        if self.method.adaptive:
            assert logarithmic_slope(self.h, error) == pytest.approx(self.method.order, abs=0.4)
        else:
            assert not np.any(error)
