"""The contract of electric fields: the compiled kernel equals a formula, and packets feel exactly its integral."""

from typing import Any

import numpy as np
import pytest

from tests.cases import problem, run
from wavepacket.config import Fields
from wavepacket.fields import electric_field, environment, is_static, longest_step
from wavepacket.kernels.layout import LANES
from wavepacket.kernels.motion.field_block import field_block
from wavepacket.units import HBAR

END = 60.0


class FieldContract:
    """Inherit, and give the terms as in a config, E(t) as a formula, and its integral from 0 to t."""

    terms: Any
    static = False

    def formula(self, t: np.ndarray) -> np.ndarray:
        """E (n, 3) in V/Å at times t (n,) in fs."""
        raise NotImplementedError

    def impulse(self, t: np.ndarray) -> np.ndarray:
        """∫_0^t E (n, 3) in V fs/Å."""
        raise NotImplementedError

    @property
    def fields(self) -> Fields:
        terms = self.terms if isinstance(self.terms, list) else [self.terms]
        return Fields.model_validate({"electric": terms})

    @property
    def scale(self) -> float:
        return float(np.abs(self.formula(np.linspace(-END, 2 * END, 2000))).max())

    def times(self) -> np.ndarray:
        return np.concatenate([np.random.default_rng(0).uniform(-END, 2 * END, 300), [0.0, END]])

    def test_kernel_equals_formula(self) -> None:
        """To rounding: phases reach a few hundred, so that sine and cosine of their rounded values differ by 1e-13."""
        t = self.times()
        np.testing.assert_allclose(
            electric_field(self.fields, t), self.formula(t), rtol=0, atol=1e-12 * self.scale
        )

    def test_impulse_is_the_integral(self) -> None:
        """The formulas of this test belong together: Gauss-Legendre panels of E give the impulse."""
        x, weights = np.polynomial.legendre.leggauss(20)
        edges = np.linspace(0, END, 601)
        t = edges[:-1, None] + (x + 1) / 2 * np.diff(edges)[:, None]
        panels = (
            self.formula(t.ravel()).reshape(*t.shape, 3)
            * (weights[:, None] / 2)
            * np.diff(edges)[:, None, None]
        )
        total = np.concatenate([np.zeros((1, 3)), np.cumsum(panels.sum(axis=1), axis=0)])
        np.testing.assert_allclose(self.impulse(edges), total, rtol=0, atol=1e-11 * self.scale * END)

    def test_lanes_and_signs(self) -> None:
        """Each lane has its own time and sign; neither depends on the other lanes."""
        packed, t = environment(self.fields, -1.0), np.linspace(-5.0, END, LANES)
        sign, block = np.where(np.arange(LANES) % 3 == 0, -1.0, 1.0), np.empty(3 * LANES)
        field_block(packed, t, sign, block)
        np.testing.assert_array_equal(
            block.reshape(3, LANES).T, sign[:, None] * electric_field(self.fields, t)
        )

    def test_terms_add_up(self) -> None:
        uniform = {"kind": "uniform", "amplitude": [1e-4, -2e-4, 3e-4]}
        terms = self.terms if isinstance(self.terms, list) else [self.terms]
        both, t = Fields.model_validate({"electric": [*terms, uniform]}), self.times()
        expected = self.formula(t) + uniform["amplitude"]
        np.testing.assert_allclose(
            electric_field(both, t), expected, rtol=0, atol=1e-12 * (self.scale + 3e-4)
        )

    @pytest.mark.parametrize("charge", [-1.0, 1.0, 2.0])
    def test_wavevector_follows_the_impulse(self, charge: float) -> None:
        """ħΔk = q∫E dt without B, in any band. The error of a step is at most tolerance/a, of all steps their sum."""
        made = problem(
            {"name": "cosine_band", "dimension": 3},
            wavevectors=[[0.1, 0.2, -0.3]],
            fields={"electric": self.terms},
            charge=charge,
            end=END,
            saves=61,
        )
        block = run(made)
        moved = block.wavevector[0] - block.wavevector[0, 0]
        bound = 1e-12 / made.hamiltonian.length_scale * block.diagnostics["steps"][0]
        np.testing.assert_allclose(moved, charge / HBAR * self.impulse(made.times), rtol=0, atol=10 * bound)

    def test_steps_cannot_jump_over_features(self) -> None:
        assert is_static(self.fields) is self.static
        if self.static:
            assert longest_step(self.fields) == np.inf
        assert longest_step(self.fields) > 0
