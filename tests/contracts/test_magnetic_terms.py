"""The contract of B(r): the kernels equal a formula, gradients are its slopes, and packets keep ε - m·B.

On a layer B_z alone acts; in space all components do, of a field without divergence.
"""

from typing import Any

import numpy as np
import pytest

from tests.cases import problem, run
from tests.contracts.test_potentials import EVEN, landscape, stored
from wavepacket.config import Fields
from wavepacket.errors import InputError
from wavepacket.fields import magnetic_values
from wavepacket.units import BOHR_MAGNETON, E_OVER_HBAR

STENCIL = ((-2, 1 / 12), (-1, -2 / 3), (1, 2 / 3), (2, -1 / 12))
HALDANE = {"name": "haldane", "staggered": 0.3}
MU0 = 4e-7 * np.pi  # T m/A; the measured one is 1e-10 of it away


class MagneticContract:
    """Inherit, and give a term as in a config, and B_z(r) of it as a formula."""

    terms: Any

    def formula(self, r: np.ndarray) -> np.ndarray:
        """B_z (n,) in T at places r (n, 3) in Å."""
        raise NotImplementedError

    @property
    def fields(self) -> Fields:
        return Fields.model_validate({"magnetic_terms": [self.terms], "magnetic": [0, 0, 20.0]})

    def places(self) -> np.ndarray:
        r = np.random.default_rng(0).normal(0, 30, (300, 3))
        r[:, 2] = 0.0
        return r

    def test_kernel_equals_formula(self) -> None:
        r = self.places()
        expected = self.formula(r)
        assert np.ptp(expected) > 0.1
        found = magnetic_values(self.fields, r).field
        np.testing.assert_allclose(found[:, 2] - 20.0, expected, rtol=0, atol=1e-9 * np.abs(expected).max())
        np.testing.assert_array_equal(found[:, :2], 0.0)

    def test_gradient_is_the_slope_of_the_formula(self) -> None:
        r, h = self.places(), 1e-2
        found = magnetic_values(self.fields, r).gradient
        for axis in range(2):
            shift = h * np.eye(3)[axis]
            slope = sum(w * self.formula(r + n * shift) for n, w in STENCIL) / h
            np.testing.assert_allclose(found[:, axis], slope, rtol=0, atol=1e-8 * np.abs(found).max())

    def test_energy_of_the_moment_is_in_the_conserved_one(self) -> None:
        """ε - m·B by the band and the formula; m·B alone is not conserved."""
        ensemble = {
            "kind": "packets",
            "wavevectors": [[0.9, 1.2], [0.4, -0.8]],
            "positions": [[5, -8], [-12, 20]],
        }
        made = problem(
            HALDANE,
            ensemble=ensemble,
            fields={"magnetic_terms": self.terms, "magnetic": [0, 0, 20.0]},
            end=40.0,
        )
        block = run(made)
        assert not block.status.any()
        for k, r in zip(block.wavevector, block.position, strict=True):
            geometry = made.band.geometry(np.ascontiguousarray(k))
            moment = geometry.orbital_moment[:, 2] * (20.0 + self.formula(r))
            assert np.ptp(moment) > 1e-7
            assert np.ptp(geometry.energy - moment) < 1e-10
        assert block.diagnostics["energy_drift"].max() < 1e-10


class VectorContract:
    """Inherit, and give a term as in a config, and B of it as a formula with three components."""

    terms: Any
    digits = 1e-9  # of the constants

    def formula(self, r: np.ndarray) -> np.ndarray:
        """B (n, 3) in T at places r (n, 3) in Å."""
        raise NotImplementedError

    @property
    def fields(self) -> Fields:
        return Fields.model_validate({"magnetic_terms": [self.terms], "magnetic": [20.0, -10.0, 30.0]})

    def test_kernel_equals_formula(self) -> None:
        r = np.random.default_rng(0).normal(0, 30, (300, 3))
        expected, found = self.formula(r), magnetic_values(self.fields, r, layer=False)
        assert np.ptp(expected, axis=0).min() > 0.1
        np.testing.assert_allclose(
            found.field - [20.0, -10.0, 30.0], expected, rtol=0, atol=self.digits * np.abs(expected).max()
        )

    def test_all_slopes_are_those_of_the_formula(self) -> None:
        r, h = np.random.default_rng(1).normal(0, 30, (300, 3)), 1e-2
        found = magnetic_values(self.fields, r, layer=False).slopes
        steepest = np.abs(found).max()
        for axis in range(3):
            shift = h * np.eye(3)[axis]
            slope = sum(w * self.formula(r + n * shift) for n, w in STENCIL) / h
            np.testing.assert_allclose(found[:, :, axis], slope, rtol=0, atol=1e-8 * steepest)
        inside = np.abs(r).max(axis=1) < 60.0
        assert np.abs(np.trace(found[inside], axis1=1, axis2=2)).max() < 1e-12 * steepest

    def test_energy_of_the_moment_is_in_the_conserved_one(self) -> None:
        """ε - m·B by the band and the formula; m·B alone is not conserved."""
        packets = {
            "kind": "packets",
            "wavevectors": [[0.4, 0.2, 0.9], [-0.3, 0.5, -0.7]],
            "positions": [[5, -8, 3], [-12, 20, -9]],
        }
        made = problem(
            {"name": "weyl_lattice"},
            ensemble=packets,
            fields={"magnetic_terms": self.terms, "magnetic": [20.0, -10.0, 30.0]},
            end=40.0,
        )
        block = run(made)
        assert not block.status.any()
        for k, r in zip(block.wavevector, block.position, strict=True):
            geometry = made.band.geometry(np.ascontiguousarray(k))
            field = self.formula(r) + np.array([20.0, -10.0, 30.0])
            moment = np.einsum("tc,tc->t", geometry.orbital_moment, field)
            assert np.ptp(moment) > 1e-7
            assert np.ptp(geometry.energy - moment) < 1e-10
        assert block.diagnostics["energy_drift"].max() < 1e-10


def curl(potential, r, h=0.02):
    """∇×A (n, 3) of a vector potential, by differences."""
    slope = np.stack(
        [sum(w * potential(r + n * h * np.eye(3)[a]) for n, w in STENCIL) / h for a in range(3)], axis=1
    )  # ∂_a A_c
    return np.stack([slope[:, a, c] - slope[:, c, a] for a, c in ((1, 2), (2, 0), (0, 1))], axis=1)


class TestLinearInSpace(VectorContract):
    ROWS = ((0.1, 0.2, -0.3), (0.05, -0.3, 0.1), (0.2, 0.0, 0.2))
    terms = {"kind": "linear", "gradient": ROWS, "center": [3.0, 4.0, -2.0]}  # noqa: RUF012

    def formula(self, r):
        return (r - [3.0, 4.0, -2.0]) @ np.array(self.ROWS).T


class TestDipoleInSpace(VectorContract):
    """∇×A of A = μ₀/4π m×d/(d² + core²)^{3/2}."""

    terms = {  # noqa: RUF012
        "kind": "dipole", "moment": ["1e6 mu_B", "-2e6 mu_B", "3e6 mu_B"], "position": [1.0, 2.0, 25.0], "core": 30.0,
    }  # fmt: skip

    def formula(self, r):
        m = np.array([1e6, -2e6, 3e6]) * BOHR_MAGNETON * 1.602176634e-19  # J/T

        def potential(r):
            d = r - [1.0, 2.0, 25.0]
            return 1e20 * MU0 / (4 * np.pi) * np.cross(m, d) / ((d**2).sum(axis=1) + 900.0)[:, None] ** 1.5

        return 1e10 * curl(potential, r)


class TestWireInSpace(VectorContract):
    """∇×A of A = -μ₀I/4π ln(ρ² + core²) along the wire."""

    terms = {  # noqa: RUF012
        "kind": "wire",
        "current": "0.2 A",
        "direction": [1, 1, 0.5],
        "position": [0, 5.0, 15.0],
        "core": 20.0,
    }

    def formula(self, r):
        along = np.array([1.0, 1.0, 0.5]) / 1.5

        def potential(r):
            d = r - [0.0, 5.0, 15.0]
            across = d - np.outer(d @ along, along)
            return -MU0 * 0.2 / (4 * np.pi) * np.outer(np.log((across**2).sum(axis=1) + 400.0), along)

        return 1e10 * curl(potential, r)


def without_divergence(x, y, z):
    """Of fifth degree at most, as a quintic spline is."""
    x, y, z = x / 60, y / 60, z / 60
    return np.stack([y * z**2 + 0.3 * y**5, x**2 * z - 0.5 * z, x * y**3 + 0 * z], axis=-1)


class TestGridInSpace(VectorContract):
    """Beyond the grid, where some of the places are, B is what it is at its edge."""

    terms = {  # noqa: RUF012
        "kind": "grid",
        "scale": 2.0,
        "file": stored(
            "vector.npz",
            {"x": EVEN[::2], "y": EVEN, "z": EVEN[::4], "magnetic": without_divergence(
                *np.meshgrid(EVEN[::2], EVEN, EVEN[::4], indexing="ij"))},
        ),
    }  # fmt: skip

    def formula(self, r):
        return 2.0 * without_divergence(*np.clip(r.T, -60, 60))


class TestLinear(MagneticContract):
    terms = {"kind": "linear", "gradient": [0.2, -0.1], "center": [3.0, 4.0]}  # noqa: RUF012

    def formula(self, r):
        return 0.2 * (r[:, 0] - 3.0) - 0.1 * (r[:, 1] - 4.0)


class TestDipole(MagneticContract):
    terms = {"kind": "dipole", "moment": ["1e5 mu_B", "-2e5 mu_B", "3e5 mu_B"], "position": [1.0, 2.0, 25.0]}  # noqa: RUF012

    def formula(self, r):
        """μ₀/4π [3 (m·d) d - m d²]/d⁵ in SI."""
        m = np.array([1e5, -2e5, 3e5]) * BOHR_MAGNETON * 1.602176634e-19  # J/T
        d = 1e-10 * (r - [1.0, 2.0, 25.0])
        distance = np.linalg.norm(d, axis=1)
        return MU0 / (4 * np.pi) * (3 * (d @ m) * d[:, 2] / distance**5 - m[2] / distance**3)


class TestWire(MagneticContract):
    terms = {"kind": "wire", "current": "20 mA", "direction": [1, 1], "position": [0, 5.0, 15.0]}  # noqa: RUF012

    def formula(self, r):
        """μ₀I/2πρ round the wire, by the right hand."""
        along = np.array([1.0, 1.0, 0.0]) / np.sqrt(2)
        d = 1e-10 * (r - [0.0, 5.0, 15.0])
        across = d - np.outer(d @ along, along)
        return MU0 * 0.02 / (2 * np.pi) * np.cross(along, across)[:, 2] / (across**2).sum(axis=1)


class TestGrid(MagneticContract):
    terms = {  # noqa: RUF012
        "kind": "grid",
        "file": stored(
            "b.npz", {"x": EVEN, "y": EVEN, "magnetic": landscape(*np.meshgrid(EVEN, EVEN, indexing="ij"))}
        ),
    }

    def formula(self, r):
        return landscape(np.clip(r[:, 0], -60, 60), np.clip(r[:, 1], -60, 60))


class TestUniform:
    """A field with factors of valleys: what a packet feels hangs on the valley in which it starts."""

    PACKETS = {"kind": "packets", "coordinates": "reduced", "wavevectors": [[0.36, -0.31], [-0.35, 0.36]]}  # noqa: RUF012

    def ran(self, **sections):
        return run(problem(HALDANE, ensemble=self.PACKETS, end=60.0, **sections))

    def test_a_pseudo_magnetic_field_is_a_real_one_of_each_valley(self):
        """Paths, D, energies and currents of each valley are those in B = ±200 T."""
        strain = {"kind": "uniform", "field": 100.0, "valleys": {"K": 2.0, "K'": -2.0}}
        pseudo = self.ran(fields={"magnetic_terms": strain})
        assert sorted(pseudo.valley.tolist()) == [0, 1]
        for packet, valley in enumerate(pseudo.valley):
            real = self.ran(magnetic=[0, 0, (200.0, -200.0)[valley]])
            for name in ("position", "wavevector"):
                one, other = getattr(pseudo, name)[packet], getattr(real, name)[packet]
                np.testing.assert_allclose(one, other, rtol=0, atol=1e-9)
            one, other = (each.sums["current"][0, :, valley] for each in (pseudo, real))
            np.testing.assert_allclose(one, other, rtol=0, atol=1e-9 * np.abs(other).max())
            for name in ("minimum_density_of_states_factor", "maximum_density_of_states_factor"):
                one, other = (each.diagnostics[name][packet] for each in (pseudo, real))
                assert one == pytest.approx(other, abs=1e-9)
                assert abs(one - 1) > 1e-5
        assert 200.0 * E_OVER_HBAR * np.ptp(pseudo.position[..., :2]) > 1e-3  # k has been turned

    def test_a_pseudo_potential_pushes_valleys_apart(self):
        valleys = {"K": 1.0, "K'": -1.0}
        push = self.ran(fields={"potential": {"kind": "linear", "gradient": [1e-3], "valleys": valleys}})
        sign = 1 - 2 * push.valley
        change = push.wavevector[:, -1, 0] - push.wavevector[:, 0, 0]
        np.testing.assert_allclose(change, -sign * 1e-3 * 60.0 / 0.6582119569509066, rtol=1e-9)

    def test_it_may_have_three_components(self):
        """They act in space, with the factor of the valley; on a layer B_z alone does."""
        term = {"kind": "uniform", "field": [1.0, 2.0, 3.0], "valleys": {"W+": -2.0}}
        fields = Fields.model_validate({"magnetic_terms": [term]})
        for layer, known in ((False, [-2.0, -4.0, -6.0]), (True, [0.0, 0.0, -6.0])):
            assert (
                magnetic_values(fields, [[1.0, 2.0, 3.0]], valley="W+", layer=layer).field[0].tolist()
                == known
            )

    def test_it_has_no_value_without_a_valley(self):
        term = {"kind": "uniform", "field": 3.0, "valleys": {"K": 1.0, "K'": -0.5}}
        fields = Fields.model_validate({"magnetic_terms": [term]})
        with pytest.raises(InputError, match="say valley="):
            magnetic_values(fields, [[0.0, 0.0]])
        assert magnetic_values(fields, [[0.0, 0.0]], valley="K'").field[0].tolist() == [0.0, 0.0, -1.5]


def test_every_kind_has_a_contract():
    kinds = Fields.model_json_schema()["properties"]["magnetic_terms"]["anyOf"][0]["discriminator"]["mapping"]
    for contract in (MagneticContract, VectorContract):
        assert set(kinds) == {case.terms["kind"] for case in contract.__subclasses__()} | {"uniform"}
