"""The references against each other: sums over states, plaquettes, exact spectra and exact evolution."""

import numpy as np
import pytest

from tests.reference.kubo import band_quantities, orbital_magnetization, orbital_magnetization_pairs
from tests.reference.landau import dirac_landau_levels, flux_quantum_field, flux_spectrum, kp_landau_levels
from tests.reference.plaquette import curvature
from tests.reference.random_crystal import random_crystal
from tests.reference.schroedinger import evolve
from wavepacket.hamiltonians import (
    LatticeHamiltonian,
    cosine_band,
    haldane,
    massive_dirac,
    parabolic_band,
    qi_wu_zhang,
    weyl_node,
)
from wavepacket.units import ELECTRON_MASS, HBAR


class TestKubo:
    @pytest.mark.parametrize("with_positions", [False, True])
    @pytest.mark.parametrize("seed", [1, 2, 3])
    def test_curvature_equals_plaquettes(self, seed, with_positions):
        """Plaquettes of side s have an error ∝ s²: two sides, extrapolated; no derivative is needed."""
        crystal = random_crystal(seed, size=3, with_positions=with_positions)
        k = np.array([0.31, -0.17, 0.23])
        omega = band_quantities(crystal, k[None]).berry_curvature[0]
        for band in range(3):
            coarse, fine = curvature(crystal, band, k, 2e-3), curvature(crystal, band, k, 1e-3)
            extrapolated = (4 * fine - coarse) / 3
            np.testing.assert_allclose(extrapolated, omega[band], atol=1e-6 * np.max(np.abs(omega)))

    def test_position_matrices_change_the_curvature(self):
        k = np.array([[0.31, -0.17, 0.23]])
        with_positions, without = (
            band_quantities(random_crystal(1, with_positions=flag), k).berry_curvature
            for flag in (True, False)
        )
        assert np.max(np.abs(with_positions - without)) > 0.1 * np.max(np.abs(without))

    def test_velocity_is_the_slope_of_the_energy(self):
        crystal, h = random_crystal(5), 1e-5
        k = np.array([[0.3, 0.1, -0.4]])
        bands = band_quantities(crystal, k)
        for a in range(3):
            step = h * np.eye(3)[a]
            ends = [np.linalg.eigvalsh(crystal.hamiltonian(k + sign * step)) for sign in (1, -1)]
            np.testing.assert_allclose(
                bands.velocity[..., a], (ends[0] - ends[1]) / (2 * h * HBAR), atol=1e-6
            )

    def test_energy_and_curvature_do_not_depend_on_the_choice_of_home_cell(self):
        """An orbital written into the next cell, with its position, is the same orbital."""
        crystal = random_crystal(8, size=2)
        moved = renamed_home(crystal, orbital=1, shift=(1, 0, -1))
        k = np.array([[0.3, 0.1, -0.4], [0.9, 0.2, 0.5]])
        here, there = band_quantities(crystal, k), band_quantities(moved, k)
        np.testing.assert_allclose(there.energy, here.energy, atol=1e-12)
        np.testing.assert_allclose(there.berry_curvature, here.berry_curvature, rtol=1e-9, atol=1e-10)
        np.testing.assert_allclose(there.orbital_moment, here.orbital_moment, rtol=1e-9, atol=1e-15)

    def test_pair_form_of_the_magnetization(self):
        model = haldane(t2=0.2, staggered=0.3, lattice_constant=np.sqrt(3))
        assert orbital_magnetization(model, -0.1, 60) == pytest.approx(
            orbital_magnetization_pairs(model, -0.1, 60)
        )


def renamed_home(crystal, orbital, shift):
    """Return the crystal with one orbital's home cell moved by an integer shift."""
    table, positions = {}, {}
    move = np.zeros((crystal.size, 3), dtype=int)
    move[orbital] = shift
    for cell, matrix, r in zip(crystal.cells, crystal.hoppings, crystal.position_matrices, strict=True):
        for i in range(crystal.size):
            for j in range(crystal.size):
                # ⟨0 i|H|R j⟩ with i renamed to stand in cell s_i and j in R + s_j.
                key = tuple(int(x) for x in cell - move[j] + move[i])
                table.setdefault(key, np.zeros((crystal.size,) * 2, dtype=complex))[i, j] = matrix[i, j]
                positions.setdefault(key, np.zeros((3, *[crystal.size] * 2), dtype=complex))[:, i, j] = r[
                    :, i, j
                ]
    return LatticeHamiltonian.from_hoppings(
        crystal.lattice,
        table,
        periodic=crystal.periodic,
        positions=crystal.positions + move,
        position_matrices=positions,
    )


class TestLandau:
    @pytest.mark.parametrize("valley", [1, -1])
    @pytest.mark.parametrize("field", [5.0, -5.0])
    def test_dirac_levels_from_the_k_p_data(self, valley, field):
        model = massive_dirac(velocity=6.0, mass=0.1, valley=valley)
        exact = dirac_landau_levels(6.0, 0.1, field, 3, valley)
        found = kp_landau_levels(model, field, 60)
        middle = np.abs(found) <= np.max(exact) * 1.001
        # The edge of the truncated basis adds one state at ±Δ.
        distances = np.min(np.abs(found[middle][:, None] - np.append(exact, -exact)[None]), axis=1)
        assert np.max(distances) < 1e-12
        assert all(np.min(np.abs(found - level)) < 1e-12 for level in exact)

    def test_free_electrons(self):
        """ħω_c(n + ½) with ω_c = eB/√(m_x m_y)."""
        levels = kp_landau_levels(parabolic_band(mass_x=0.5, mass_y=2.0), 10.0, 80)
        omega = 1e-5 * 10.0 / ELECTRON_MASS
        np.testing.assert_allclose(levels[:4], HBAR * omega * (np.arange(4) + 0.5), rtol=1e-9)

    def test_half_a_flux_quantum_on_the_square_lattice(self):
        """Exact: ±2t√(cos²x + cos²y)."""
        energies = flux_spectrum(cosine_band(hopping=1.0, dimension=2), 1, 2, 40)
        assert np.max(energies) == pytest.approx(2 * np.sqrt(2), rel=1e-2)
        np.testing.assert_allclose(energies[:, 0], -energies[:, 1], atol=1e-12)
        assert np.mean(energies**2) == pytest.approx(4.0, rel=1e-12)

    def test_lowest_level_of_a_weak_flux_is_the_cyclotron_one(self):
        crystal = cosine_band(hopping=1.0, lattice_constant=2.0, dimension=2)
        mass = HBAR**2 / (2 * 1.0 * 2.0**2)
        field = flux_quantum_field(crystal) / 60
        lowest = np.min(flux_spectrum(crystal, 1, 60, 2))
        assert lowest + 4.0 == pytest.approx(HBAR * 1e-5 * field / mass / 2, rel=0.02)

    @pytest.mark.parametrize("p", [1, -2])
    def test_spectrum_does_not_depend_on_the_description(self, p):
        """Home cells, the order of the lattice vectors and the origin are choices; the spectrum is not.

        The trace of H^n is a trigonometric polynomial of k, so its mean over the grid is exact.
        """

        def moments(model):
            energies = flux_spectrum(model, p, 5, 24)
            return [np.mean(energies**n) for n in range(2, 7)]

        crystal = random_crystal(3, size=2, dimension=2)
        plain = moments(crystal)
        shifted = LatticeHamiltonian.from_hoppings(
            crystal.lattice[:2], cells_of(crystal), positions=crystal.positions + np.array([0.3, -0.2, 0.0])
        )
        swapped = LatticeHamiltonian.from_hoppings(
            crystal.lattice[[1, 0]],
            [(cell[[1, 0, 2]], matrix) for cell, matrix in cells_of(crystal)],
            positions=crystal.positions[:, [1, 0, 2]],
        )
        for other in (shifted, swapped, renamed_home(crystal, 1, (1, -1, 0))):
            np.testing.assert_allclose(moments(other), plain, rtol=1e-10)

    @pytest.mark.parametrize("p", [1, -1])
    def test_states_below_the_gap_follow_the_chern_number(self, p):
        """Charge −e: ∂n/∂B = C e/h, so C = +1 adds p/q states per cell."""
        model, q = haldane(t2=0.2), 12
        occupied = np.sum(flux_spectrum(model, p, q, 3) < 0.0, axis=1)
        assert set(occupied.tolist()) == {q + p}
        assert set(np.sum(flux_spectrum(qi_wu_zhang(m=1.5), p, q, 3) < 0.0, axis=1).tolist()) == {q - p}

    def test_only_planes_and_reduced_fractions(self):
        with pytest.raises(ValueError, match="reduced fraction"):
            flux_spectrum(haldane(), 2, 4, 2)


def cells_of(crystal):
    return list(zip(crystal.cells, crystal.hoppings, strict=True))


class TestSchroedinger:
    @staticmethod
    def velocities(model, band, k, direction, rate):
        """Return ⟨v⟩ when k passes through `k` with ±rate (1/Å per fs), reached along a smooth ramp."""
        end, steps = 120.0, 6000
        times = np.linspace(0.0, end, steps + 1)

        def path(sign):
            def at(time):
                # The integral of a smooth step that reaches its plateau at half of the time.
                x = min(2 * time / end, 1.0)
                passed = end / 2 * (x**6 - 3 * x**5 + 2.5 * x**4) + max(time - end / 2, 0.0)
                return np.asarray(k) + sign * rate * np.asarray(direction) * (passed - 0.75 * end)

            return at

        return [evolve(model, band, path(sign), times)[1][-1] for sign in (1, -1)]

    @pytest.mark.parametrize(
        ("model", "band", "k"),
        [
            pytest.param(qi_wu_zhang(m=1.2), 0, (0.3, 0.2, 0.0), marks=pytest.mark.full),
            pytest.param(qi_wu_zhang(m=1.2), 1, (0.3, 0.2, 0.0), marks=pytest.mark.full),
            (weyl_node(velocity=6.0), 0, (0.1, 0.25, 0.2)),
        ],
    )
    def test_anomalous_velocity(self, model, band, k):
        """[v(k, +k̇) − v(k, −k̇)]/2 = −k̇×Ω: the odd part, free of the slope of the band."""
        rate = 2e-5
        direction = np.array([1.0, 0.0, 0.0])
        ends = self.velocities(model, band, k, direction, rate)
        odd = (ends[0] - ends[1]) / 2
        omega = band_quantities(model, np.array([k])).berry_curvature[0, band]
        expected = -np.cross(rate * direction, omega)
        np.testing.assert_allclose(odd, expected, atol=2e-3 * np.max(np.abs(expected)))
