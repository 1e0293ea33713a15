"""The contract of band sources: geometry at k against the independent reference, against itself, and its symmetries.

A subclass names a crystal and says for which sources and bands it holds. Closed forms and diagonalisation must be
right to rounding; a table to the error that it has measured itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pytest

from tests.contracts.accuracy import EPS, Accuracy, assert_within, gaps, rounding, slope, slope_error
from tests.reference.kubo import BandQuantities, band_quantities
from tests.reference.plaquette import curvature
from wavepacket.bands import Band, BandGeometry, band, can_freeze, frozen
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian
from wavepacket.units import HBAR

# A table's error is the largest of 500 random points; elsewhere it may be somewhat larger.
_OFF_SAMPLE = 4.0


@dataclass(frozen=True)
class Case:
    """A band source at some wavevectors, with the truth there."""

    source: str
    band: Band
    k: np.ndarray
    geometry: BandGeometry
    truth: BandQuantities
    accuracy: Accuracy

    @property
    def hamiltonian(self) -> Hamiltonian:
        return self.band.hamiltonian

    @property
    def index(self) -> int:
        return self.band.index


class BandContract:
    """Inherit, name the crystal, and list (source, band index) pairs."""

    hamiltonian: Hamiltonian
    sources: Sequence[tuple[str, int]]
    full: Sequence[tuple[str, int]] = ()  # those of them that wait for ``--full``
    options: dict[str, Any] = {}  # noqa: RUF012  # replaced as a whole by subclasses
    points = 12
    extent = 1.5  # 1/Å
    least_gap = 0.1  # eV; the error bounds grow with the inverse of the gap

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        cases = [
            pytest.param(
                each, id=f"{each[0]}-{each[1]}", marks=[pytest.mark.full] if each in self.full else []
            )
            for each in self.sources
        ]
        metafunc.parametrize("case", cases, indirect=True, scope="class")

    @pytest.fixture(scope="class")
    @classmethod
    def case(cls, request: pytest.FixtureRequest) -> Case:
        source, index = request.param
        made = cls.make(source, index)
        k = cls.wavevectors(index)
        truth = band_quantities(made.hamiltonian, k)
        return Case(
            source, made, k, made.geometry(k), truth, cls.tolerance(made, k, gaps(truth.energy, index))
        )

    @classmethod
    def make(cls, source: str, index: int) -> Band:
        """A band of the named source; the closed form may also have its numbers frozen into a kernel of its own."""
        if source == "frozen":
            closed = band(cls.hamiltonian, index, source="two_band")
            assert can_freeze(closed)
            return frozen(closed, moment=True)
        return band(cls.hamiltonian, index, source=source, **cls.options.get(source, {}))

    @classmethod
    def wavevectors(cls, index: int) -> np.ndarray:
        """Random points of the band's own dimension, away from the smallest gaps."""
        k = np.random.default_rng(11).uniform(-cls.extent, cls.extent, (40 * cls.points, 3))
        k[:, cls.hamiltonian.dimension :] = 0.0
        wide = gaps(np.linalg.eigvalsh(cls.hamiltonian.hamiltonian(k)), index) > cls.least_gap
        return k[wide][: cls.points]

    @classmethod
    def tolerance(cls, made: Band, k: np.ndarray, gap: np.ndarray) -> Accuracy:
        """Rounding alone, or the measured error of a table on top."""
        exact = rounding(cls.hamiltonian, k, gap)
        if made.kind != "table":
            return exact
        zone = cls.zone(made)
        facts, c = made.facts, _OFF_SAMPLE
        width = np.abs(zone.energy - zone.energy.mean()).max()
        finest = np.max(made.integers[2:5] / np.linalg.norm(made.hamiltonian.reciprocal, axis=1))
        return Accuracy(
            energy=exact.energy + c * facts["table_error_energy"] * width,
            velocity=exact.velocity + c * facts["table_error_velocity"] * np.abs(zone.group_velocity).max(),
            curvature=exact.curvature
            + c * facts["table_error_curvature"] * np.abs(zone.berry_curvature).max(),
            moment=exact.moment + c * facts["table_error_moment"] * np.abs(zone.orbital_moment).max(),
            mixing=np.full(len(k), np.inf),  # taken from the nearest grid point: has a test of its own
            slope_scale=exact.slope_scale,
            curvature_scale=exact.curvature_scale,
            moment_scale=exact.moment_scale,
            # Splines are not analytic: their higher derivatives grow with the density of the grid.
            radius=np.minimum(exact.radius, 1 / finest),
        )

    @staticmethod
    def zone(made: Band) -> BandGeometry:
        reduced = np.random.default_rng(12).uniform(0, 1, (400, 3)) * np.array(made.hamiltonian.periodic)
        return made.geometry(reduced @ made.hamiltonian.reciprocal)

    def test_energy_is_the_eigenvalue(self, case: Case) -> None:
        eigenvalues = np.linalg.eigvalsh(case.hamiltonian.hamiltonian(case.k))[:, case.index]
        assert_within(case.geometry.energy, eigenvalues, case.accuracy.energy)

    def test_velocity_is_the_expectation_of_the_derivative(self, case: Case) -> None:
        assert_within(
            case.geometry.group_velocity, case.truth.velocity[:, case.index], case.accuracy.velocity
        )

    def test_velocity_is_the_slope_of_the_energy(self, case: Case) -> None:
        """To rounding also for a table: energy is conserved because its velocity is the slope of the same splines."""
        exact = rounding(case.hamiltonian, case.k, gaps(case.truth.energy, case.index))
        found = slope(lambda k: case.band.geometry(k).energy, case.k, case.accuracy.radius) / HBAR
        scale = 2 * exact.slope_scale * case.accuracy.radius
        error = slope_error(scale, exact.energy + 8 * EPS * scale, case.accuracy.radius) / HBAR
        assert_within(case.geometry.group_velocity, found, error + exact.velocity)

    def test_curvature_and_moment_are_kubo_sums(self, case: Case) -> None:
        truth = case.truth
        assert_within(
            case.geometry.berry_curvature, truth.berry_curvature[:, case.index], case.accuracy.curvature
        )
        assert_within(case.geometry.orbital_moment, truth.orbital_moment[:, case.index], case.accuracy.moment)

    def test_curvature_is_the_flux_through_small_plaquettes(self, case: Case) -> None:
        """Side s = ρ eps^(1/4): the mean over a plaquette differs by s²|Ω''|/12, |Ω''| <= 2·4 S/ρ²; phases by 32 eps."""
        radius = float(case.accuracy.radius.min())
        found = np.array([curvature(case.hamiltonian, case.index, k, radius * EPS**0.25) for k in case.k])
        error = EPS**0.5 * (case.accuracy.curvature_scale + 32 / radius**2)
        assert_within(case.geometry.berry_curvature, found, case.accuracy.curvature + error)

    def test_moment_gradient_is_the_slope_of_the_moment(self, case: Case) -> None:
        exact = rounding(case.hamiltonian, case.k, gaps(case.truth.energy, case.index))
        found = slope(lambda k: case.band.geometry(k).orbital_moment, case.k, case.accuracy.radius)
        error = slope_error(4 * exact.moment_scale, exact.moment, case.accuracy.radius)
        assert_within(case.geometry.moment_gradient, found, error)

    def test_gap_to_the_nearest_band(self, case: Case) -> None:
        gap = gaps(case.truth.energy, case.index)
        if np.all(np.isinf(gap)):
            assert np.all(np.isinf(case.geometry.gap))
        elif case.band.kind != "table":
            assert_within(case.geometry.gap, gap, 2 * case.accuracy.energy)
        else:  # a gap has kinks where it passes from one neighbour to another, which splines round off
            np.testing.assert_allclose(case.geometry.gap, gap, rtol=0.05)

    def test_mixing_is_the_sum_over_states(self, case: Case) -> None:
        """Re Σ V_nm,a V_mn,b/(ε_m−ε_n)⁴, written here from matrix elements."""
        if case.source == "frozen":
            pytest.skip("frozen kernels move packets; the mixing tensor comes from the closed form itself")
        h, v = case.hamiltonian.hamiltonian(case.k), case.hamiltonian.hamiltonian_gradient(case.k)
        for a in range(3):
            own = case.hamiltonian.connection(case.k)[:, a]
            v[:, a] += 1j * (h @ own - own @ h)
        energy, states = np.linalg.eigh(h)
        elements = np.einsum("nim,naij,nj->nam", states.conj(), v, states[:, :, case.index])
        gap = np.where(np.arange(len(energy[0])) == case.index, np.inf, energy - energy[:, [case.index]])
        expected = np.einsum("nam,nbm->nab", elements.conj(), elements / gap[:, None] ** 4).real
        assert_within(case.geometry.mixing, expected, case.accuracy.mixing)

    def test_periodic_in_the_reciprocal_lattice(self, case: Case) -> None:
        if not isinstance(case.hamiltonian, LatticeHamiltonian):
            pytest.skip("a k·p model has no zone")
        shift = np.array([1, -2, 1]) * case.hamiltonian.periodic @ case.hamiltonian.reciprocal
        moved = case.band.geometry(case.k + shift)
        error = rounding(case.hamiltonian, case.k + shift, gaps(case.truth.energy, case.index))
        assert_within(moved.energy, case.geometry.energy, error.energy)
        assert_within(moved.group_velocity, case.geometry.group_velocity, error.velocity)
        assert_within(moved.berry_curvature, case.geometry.berry_curvature, error.curvature)
        assert_within(moved.orbital_moment, case.geometry.orbital_moment, error.moment)

    def test_a_wavevector_does_not_see_its_neighbours(self, case: Case) -> None:
        """Bit for bit: alone, in another lane, in a block beside points where bands touch."""
        many = np.concatenate([np.full((7, 3), np.nan), case.k[::-1], np.zeros((40, 3)), case.k])
        together = case.band.geometry(np.where(np.isnan(many), 1e-3, many))
        # The mixing tensor is nothing that frozen kernels give.
        for name in (field.name for field in fields(BandGeometry) if field.name != "mixing"):
            alone = np.concatenate([getattr(case.band.geometry(k), name) for k in case.k])
            np.testing.assert_array_equal(getattr(together, name)[-len(case.k) :], alone)
            np.testing.assert_array_equal(getattr(together, name)[7 : 7 + len(case.k)], alone[::-1])

    def test_nothing_stands_along_missing_directions(self, case: Case) -> None:
        elements = getattr(case.hamiltonian, "position_matrices", None) is not None
        heights = getattr(case.hamiltonian, "sites", np.zeros((1, 3)))[:, case.hamiltonian.dimension :]
        if case.hamiltonian.dimension == 3 or elements or np.any(heights):
            pytest.skip(
                "a third direction, orbitals at different heights, or position elements give all components"
            )
        if case.hamiltonian.dimension == 2:
            assert not np.any(case.geometry.berry_curvature[:, :2])
            assert not np.any(case.geometry.orbital_moment[:, :2])
        for vector in (case.geometry.group_velocity, case.geometry.moment_gradient.reshape(-1, 3)):
            # Slopes of splines along an axis of one point cancel to rounding only.
            rounding_of_zero = 8 * EPS * np.abs(vector).max(initial=0.0) if case.band.kind == "table" else 0.0
            assert np.all(np.abs(vector[:, case.hamiltonian.dimension :]) <= rounding_of_zero)
