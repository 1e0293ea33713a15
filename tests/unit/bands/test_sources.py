"""Which source serves a band, that all sources agree, and what is refused."""

import numpy as np
import pytest

from tests.contracts.accuracy import assert_within, gaps, rounding
from tests.reference.random_crystal import random_crystal
from wavepacket.bands import band, direct, two_band
from wavepacket.errors import InputError
from wavepacket.hamiltonians import gapped_graphene, haldane, massive_dirac, qi_wu_zhang, weyl_lattice
from wavepacket.units import HBAR

NAMES = ("energy", "group_velocity", "berry_curvature", "orbital_moment", "moment_gradient", "gap", "mixing")
WITH_ELEMENTS = random_crystal(1, size=2)
THREE_BANDS = random_crystal(2, size=3, with_positions=False)


def somewhere(model, count=20):
    k = np.random.default_rng(1).uniform(-1, 1, (count, 3)) * 0.4
    k[:, model.dimension :] = 0
    return k


class TestAutomaticChoice:
    @pytest.mark.parametrize(
        ("model", "options", "kind"),
        [
            (haldane(), {}, "two_band"),
            (massive_dirac(), {}, "two_band"),
            (WITH_ELEMENTS, {}, "direct"),
            (WITH_ELEMENTS, {"position_elements": False}, "two_band"),
            (THREE_BANDS, {}, "direct"),
            (haldane(), {"source": "direct"}, "direct"),
            (haldane(), {"source": "table", "grid": (16, 16)}, "table"),
        ],
    )
    def test_kind(self, model, options, kind):
        assert band(model, 1, **options).kind == kind

    def test_without_elements_means_orbital_positions_only(self):
        """Leaving the elements out is the same as never having had them, and differs from having them."""
        k = somewhere(WITH_ELEMENTS)
        bare = random_crystal(1, size=2, with_positions=False)
        without = direct(WITH_ELEMENTS, 0, position_elements=False).geometry(k)
        np.testing.assert_array_equal(without.berry_curvature, direct(bare, 0).geometry(k).berry_curvature)
        full = direct(WITH_ELEMENTS, 0).geometry(k)
        assert np.abs(full.berry_curvature - without.berry_curvature).max() > 0.1
        assert np.abs(full.orbital_moment - without.orbital_moment).max() > 1e-7


class TestRefusals:
    @pytest.mark.parametrize(
        ("model", "index", "options", "message"),
        [
            (haldane(), 2, {}, "band 2 does not exist: haldane has bands 0 to 1"),
            (haldane(), -1, {}, "band -1 does not exist"),
            (THREE_BANDS, 0, {"source": "two_band"}, "one or two bands"),
            (WITH_ELEMENTS, 0, {"source": "two_band"}, "no position elements"),
            (massive_dirac(), 0, {"source": "table"}, "periodic zone"),
            (haldane(), 0, {"source": "table", "grid": (8, 8, 8)}, "2D table needs 2 numbers"),
            (gapped_graphene(gap=0.0), 0, {"source": "table", "grid": (12, 12)}, "touches another band"),
            (weyl_lattice(), 0, {"source": "table", "grid": (8, 8, 8)}, "touches another band"),
            (haldane(), 0, {"source": "spline"}, "unknown band source 'spline'"),
        ],
    )
    def test_message(self, model, index, options, message):
        with pytest.raises(InputError, match=message):
            band(model, index, **options)

    def test_shape_of_k(self):
        with pytest.raises(ValueError, match="shape"):
            band(haldane(), 0).geometry(np.zeros((4, 2)))


class TestAgreement:
    @pytest.mark.parametrize("index", [0, 1])
    @pytest.mark.parametrize(
        "model",
        [
            haldane(t2=0.15, phi=0.7, staggered=0.2),
            qi_wu_zhang(m=0.7),
            weyl_lattice(),
            massive_dirac(valley=-1),
        ],
        ids=lambda model: model.name,
    )
    def test_closed_form_and_diagonalisation(self, model, index):
        """Two independent formulas: both have the rounding bound of the contract, and ∂m/∂k its own scale over length."""
        k = somewhere(model)
        one, other = two_band(model, index).geometry(k), direct(model, index).geometry(k)
        bound = rounding(model, k, gaps(np.linalg.eigvalsh(model.hamiltonian(k)), index))
        for name, error in zip(
            NAMES,
            (
                bound.energy,
                bound.velocity,
                bound.curvature,
                bound.moment,
                bound.moment / bound.radius,
                bound.energy,
                bound.mixing,
            ),
            strict=True,
        ):
            assert_within(getattr(one, name), getattr(other, name), 2 * error)

    def test_table_against_diagonalisation(self):
        """All rows, at grid points (where splines interpolate: values to rounding) and between."""
        model, grid = haldane(t2=0.15, phi=0.7, staggered=0.2), (60, 60)
        tabulated, exact = band(model, 0, source="table", grid=grid), direct(model, 0)
        nodes = np.random.default_rng(3).integers(0, 60, (20, 3)) / 60 * [1, 1, 0] @ model.reciprocal
        for name in ("energy", "berry_curvature", "orbital_moment", "gap", "mixing"):
            found, expected = getattr(tabulated.geometry(nodes), name), getattr(exact.geometry(nodes), name)
            np.testing.assert_allclose(
                found, expected, rtol=0, atol=1e-12 * np.abs(expected).max(), err_msg=name
            )
        k = somewhere(model)
        for name in NAMES[:-1]:
            found, expected = getattr(tabulated.geometry(k), name), getattr(exact.geometry(k), name)
            np.testing.assert_allclose(
                found, expected, rtol=0, atol=1e-3 * np.abs(expected).max(), err_msg=name
            )

    def test_threads_change_no_bit(self):
        model = haldane()
        k = np.random.default_rng(5).uniform(-2, 2, (5000, 3))
        one, two = direct(model, 0).geometry(k, threads=1), direct(model, 0).geometry(k, threads=2)
        for name in NAMES:
            np.testing.assert_array_equal(getattr(one, name), getattr(two, name))


class TestUnits:
    def test_velocity_of_a_dirac_electron(self):
        """ħv = 6 eV Å is 6/ħ Å/fs far from the gap."""
        speed = band(massive_dirac(velocity=6.0, mass=1e-6), 1).geometry([[0.1, 0, 0]]).group_velocity[0, 0]
        assert speed == pytest.approx(6.0 / HBAR, rel=1e-9)
