"""The field contract for every kind of E(t), and for sums of them."""

import numpy as np
from scipy.special import erf

from tests.contracts.field import FieldContract
from wavepacket.fields import sampled_field

X, Y = np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0])
P = np.array([3e-3, -1e-3, 2e-3])


def outer(profile, amplitude):
    return np.asarray(profile)[:, None] * np.asarray(amplitude)


class TestUniform(FieldContract):
    terms = {"kind": "uniform", "amplitude": P.tolist()}  # noqa: RUF012
    static = True

    def formula(self, t):
        return outer(np.ones_like(t), P)

    def impulse(self, t):
        return outer(t, P)


class TestSmoothRamp(FieldContract):
    terms = {"kind": "ramp", "amplitude": P.tolist(), "start": 7.0, "duration": 25.0}  # noqa: RUF012

    def formula(self, t):
        x = np.clip((t - 7) / 25, 0, 1)
        return outer(6 * x**5 - 15 * x**4 + 10 * x**3, P)

    def impulse(self, t):
        x = np.clip((t - 7) / 25, 0, 1)
        return outer(25 * (x**6 - 3 * x**5 + 2.5 * x**4) + np.maximum(t - 32, 0), P)


class TestLinearRamp(FieldContract):
    terms = {"kind": "ramp", "amplitude": P.tolist(), "start": 7.0, "duration": 25.0, "shape": "linear"}  # noqa: RUF012

    def formula(self, t):
        return outer(np.clip((t - 7) / 25, 0, 1), P)

    def impulse(self, t):
        return outer(25 / 2 * np.clip((t - 7) / 25, 0, 1) ** 2 + np.maximum(t - 32, 0), P)


class TestSinusoid(FieldContract):
    terms = {"kind": "sinusoid", "amplitude": P.tolist(), "frequency": 0.4, "phase": 0.6}  # noqa: RUF012

    def formula(self, t):
        return outer(np.cos(0.4 * t + 0.6), P)

    def impulse(self, t):
        return outer((np.sin(0.4 * t + 0.6) - np.sin(0.6)) / 0.4, P)


class TestSampled(FieldContract):
    """A quintic spline holds a polynomial of fifth degree exactly; before and after its samples E is zero."""

    _t = np.concatenate([[5.0], np.sort(np.random.default_rng(3).uniform(5.5, 49.5, 38)), [50.0]])
    _first, _last = _t[0], _t[-1]
    terms = sampled_field(
        _t, np.stack([((_t - 20) / 30) ** 5, 1 - _t / 60, 0 * _t], axis=1) * 1e-3, scale=2.0
    )

    def formula(self, t):
        inside = (t >= self._first) & (t <= self._last)
        return np.where(inside, 2e-3, 0.0)[:, None] * np.stack(
            [((t - 20) / 30) ** 5, 1 - t / 60, 0 * t], axis=1
        )

    def impulse(self, t):
        def primitive(s):
            return 2e-3 * np.stack([5 * ((s - 20) / 30) ** 6, s - s**2 / 120, 0 * s], axis=1)

        return primitive(np.clip(t, self._first, self._last)) - primitive(np.full_like(t, self._first))


class TestFrequencyInTerahertz(FieldContract):
    """10 THz is 2π/100 rad/fs."""

    terms = {"kind": "sinusoid", "amplitude": P.tolist(), "frequency": "10 THz"}  # noqa: RUF012

    def formula(self, t):
        return outer(np.cos(2 * np.pi * t / 100), P)

    def impulse(self, t):
        return outer(np.sin(2 * np.pi * t / 100) * 100 / (2 * np.pi), P)


class TestCircular(FieldContract):
    """Counterclockwise seen from +z: from x to y."""

    terms = {"kind": "circular", "amplitude": 4e-3, "frequency": 0.3, "phase": 0.2}  # noqa: RUF012

    def formula(self, t):
        return 4e-3 * (outer(np.cos(0.3 * t + 0.2), X) + outer(np.sin(0.3 * t + 0.2), Y))

    def impulse(self, t):
        sine, cosine = np.sin(0.3 * t + 0.2) - np.sin(0.2), np.cos(0.3 * t + 0.2) - np.cos(0.2)
        return 4e-3 / 0.3 * (outer(sine, X) - outer(cosine, Y))


class TestCircularTheOtherWay(FieldContract):
    terms = {"kind": "circular", "amplitude": 4e-3, "frequency": 0.3, "handedness": -1}  # noqa: RUF012

    def formula(self, t):
        return 4e-3 * (outer(np.cos(0.3 * t), X) - outer(np.sin(0.3 * t), Y))

    def impulse(self, t):
        return 4e-3 / 0.3 * (outer(np.sin(0.3 * t), X) + outer(np.cos(0.3 * t) - 1, Y))


class TestPulse(FieldContract):
    terms = {"kind": "pulse", "amplitude": P.tolist(), "center": 28.0, "width": 6.0}  # noqa: RUF012

    def formula(self, t):
        return outer(np.exp(-((t - 28) ** 2) / 72), P)

    def impulse(self, t):
        return outer(
            6 * np.sqrt(np.pi / 2) * (erf((t - 28) / (6 * np.sqrt(2))) - erf(-28 / (6 * np.sqrt(2)))), P
        )


class TestPulseWithCarrier(FieldContract):
    """∫e^{−s²/2w²} cos(ωs+φ) ds = Re e^{iφ} w√(π/2) e^{−ω²w²/2} erf((s/w − iωw)/√2)."""

    terms = {  # noqa: RUF012
        "kind": "pulse",
        "amplitude": P.tolist(),
        "center": 28.0,
        "width": 6.0,
        "frequency": 0.5,
        "phase": -0.7,
    }

    def formula(self, t):
        return outer(np.exp(-((t - 28) ** 2) / 72) * np.cos(0.5 * (t - 28) - 0.7), P)

    def impulse(self, t):
        def primitive(s):
            return np.exp(-0.7j) * 6 * np.sqrt(np.pi / 2) * np.exp(-4.5) * erf((s / 6 - 3j) / np.sqrt(2))

        return outer((primitive(t - 28) - primitive(-28.0)).real, P)


class TestSumOfAllKinds(FieldContract):
    parts = (
        TestUniform(),
        TestSmoothRamp(),
        TestLinearRamp(),
        TestSinusoid(),
        TestCircular(),
        TestPulseWithCarrier(),
    )
    terms = [part.terms for part in parts]  # noqa: RUF012

    def formula(self, t):
        return sum(part.formula(t) for part in self.parts)

    def impulse(self, t):
        return sum(part.impulse(t) for part in self.parts)
