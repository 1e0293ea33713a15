"""The equations of motion in solved form against the implicit form of physics.md, solved as a linear system."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numba.core import config

from wavepacket.bands import band
from wavepacket.config import Fields
from wavepacket.fields import environment
from wavepacket.hamiltonians import haldane
from wavepacket.kernels.layout import GEOMETRY, GRADIENT, LANES, MOMENT, MOMENT_GRADIENT
from wavepacket.kernels.motion.equations import (
    density_of_states_factor,
    equations_of_motion,
    packet_velocity,
    zeeman_energy,
)
from wavepacket.kernels.motion.rates_planar import planar_rates
from wavepacket.kernels.motion.rates_spatial import spatial_rates
from wavepacket.kernels.vectors import add_scaled, cross, dot, scale
from wavepacket.units import HBAR

numbers = st.floats(-3, 3, allow_subnormal=False)
vectors = st.tuples(numbers, numbers, numbers)
EPS = np.finfo(float).eps


def skew(vector):
    """Matrix of x → x × vector."""
    x, y, z = vector
    return np.array([[0, z, -y], [-z, 0, x], [y, -x, 0]])


class TestEquationsOfMotion:
    @given(vectors, vectors, vectors, vectors)
    def test_solved_form_is_the_solution_of_the_implicit_one(self, v, omega, f, b):
        """k̇ = f + ṙ×b and ṙ = ṽ − k̇×Ω; the determinant of this system is D², so errors grow with 1/D²."""
        factor = 1 - np.dot(b, omega)
        assume(abs(factor) > 0.05)
        system = np.block([[np.eye(3), -skew(b)], [skew(omega), np.eye(3)]])
        expected = np.linalg.solve(system, np.concatenate([f, v]))
        k_rate, r_rate = equations_of_motion(v, omega, f, b)
        size = np.abs(system).max() ** 2 * (1 + np.abs(expected).max() + np.abs([*f, *v]).max())
        np.testing.assert_allclose([*k_rate, *r_rate], expected, rtol=0, atol=200 * EPS * size / factor**2)
        assert density_of_states_factor(np.dot(b, omega)) == pytest.approx(
            factor, abs=1e-14 * (1 + np.abs(system).max() ** 2)
        )

    def test_signs_one_at_a_time(self):
        """Each term alone: force, Lorentz force q v×B, anomalous velocity −f×Ω, E·B pumping −(f·b)Ω, chiral −(v·Ω)b."""
        x, y, z, zero = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (0.0, 0.0, 0.0)
        assert equations_of_motion(zero, zero, x, zero) == ((1, 0, 0), (0, 0, 0))
        assert equations_of_motion(x, zero, zero, z) == ((0, -1, 0), (1, 0, 0))
        assert equations_of_motion(zero, z, x, zero) == ((1, 0, 0), (0, 1, 0))
        assert equations_of_motion(zero, y, x, x) == ((1, -1, 0), (0, 0, -1))
        assert equations_of_motion(x, x, zero, y) == ((0, 0, 1), (1, -1, 0))

    @pytest.mark.skipif(
        bool(config.DISABLE_JIT), reason="plain Python raises where compiled code divides by zero"
    )
    def test_vanishing_factor_gives_infinities_and_no_exception(self):
        with np.errstate(all="ignore"):
            k_rate, _ = equations_of_motion(
                (1.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.0, 0.0, 0.0), (0.0, 0.0, 1.0)
            )
        assert not np.all(np.isfinite(k_rate))


class TestPlanarShortCut:
    def test_equals_the_full_equations(self):
        """Where Ω and B stand along z and E lies in the plane, both right-hand sides agree to rounding, lane by lane."""
        crystal = band(haldane(staggered=0.4), 0)
        fields = Fields.model_validate(
            {"electric": [{"kind": "uniform", "amplitude": [1e-3, -2e-3, 0]}], "magnetic": [0, 0, 30.0]}
        )
        integers, reals = crystal.arguments()
        scratch, packed = np.empty(crystal.scratch_size), environment(fields, -1.0)
        k = np.random.default_rng(0).uniform(-1, 1, (3, LANES))
        k[2] = 0.0
        results = []
        for rates in (planar_rates, spatial_rates):
            geometry, field, out = np.zeros(GEOMETRY * LANES), np.zeros(3 * LANES), np.zeros(6 * LANES)
            sign = np.where(np.arange(LANES) % 2 == 0, 1.0, -1.0)
            rates(
                crystal.kernel,
                LANES,
                (integers, reals, scratch, packed),
                np.zeros(LANES),
                sign,
                k.ravel(),
                geometry,
                field,
                out,
            )
            results.append(out.reshape(6, LANES))
        np.testing.assert_allclose(results[0], results[1], rtol=1e-13, atol=1e-15)
        assert not results[1][[2, 5]].any()


class TestPacketVelocity:
    def test_energy_shift_enters_with_its_gradient(self):
        """ħṽ_a = ∂_aε − Σ_c B_c ∂_a m_c for charge −e, whose moment field is B; −m·B is the shift itself."""
        rng = np.random.default_rng(0)
        block = rng.normal(size=GEOMETRY * LANES)
        rows, field = block.reshape(GEOMETRY, LANES), (0.3, -1.2, 0.7)
        for lane in (0, 5, LANES - 1):
            slopes = rows[MOMENT_GRADIENT : MOMENT_GRADIENT + 9, lane].reshape(3, 3)
            expected = (rows[GRADIENT : GRADIENT + 3, lane] - np.array(field) @ slopes) / HBAR
            np.testing.assert_allclose(packet_velocity(block, lane, field), expected, rtol=1e-13)
            shift = -rows[MOMENT : MOMENT + 3, lane] @ np.array(field)
            assert zeeman_energy(block, lane, field) == pytest.approx(shift, rel=1e-13)


class TestVectors:
    @given(vectors, vectors)
    def test_products(self, a, b):
        atol = 8 * EPS * (1 + np.abs(a).max() * np.abs(b).max())
        assert dot(a, b) == pytest.approx(np.dot(a, b), abs=atol)
        np.testing.assert_allclose(cross(a, b), np.cross(a, b), rtol=0, atol=atol)

    @given(vectors, vectors, numbers)
    def test_sums(self, a, b, s):
        np.testing.assert_array_equal(scale(s, a), s * np.array(a))
        np.testing.assert_allclose(add_scaled(a, s, b), np.array(a) + s * np.array(b), rtol=0, atol=64 * EPS)
