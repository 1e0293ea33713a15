"""Ensembles over the zone: grids, scattered points, and weights that count states with D and with the occupation."""

import itertools

import numpy as np
import pytest

from tests.cases import problem
from tests.reference.kubo import band_quantities, zone_grid
from wavepacket.ensembles import fermi_function
from wavepacket.ensembles.zone import OFFSETS
from wavepacket.errors import InputError
from wavepacket.hamiltonians import haldane, weyl_lattice
from wavepacket.units import BOLTZMANN, E_OVER_HBAR

HALDANE = {"name": "haldane", "t2": 0.2, "staggered": 0.3}
CRYSTAL = haldane(t2=0.2, staggered=0.3)


def packets_of(model=HALDANE, **options):
    made = problem(model, **options)
    return made.ensemble, made.ensemble.packets(0, made.ensemble.size)


def filled(**keys):
    return {"kind": "filled_band", **keys}


class TestGrid:
    def test_weights_sum_to_one_state_per_cell(self):
        ensemble, packets = packets_of(ensemble=filled(grid=[6, 9]))
        assert ensemble.size == 54
        assert packets.weight.sum() == pytest.approx(1 / CRYSTAL.cell_volume, rel=1e-14)
        assert not packets.position.any()

    def test_points_are_a_uniform_grid(self):
        _, packets = packets_of(ensemble=filled(grid=[6, 6]))
        np.testing.assert_allclose(packets.wavevector, zone_grid(CRYSTAL, 6, OFFSETS), atol=1e-14)

    @pytest.mark.parametrize(("grid", "replicas"), [([8, 8], 4), ([8, 7], 1), ([7, 7], 1), ([2, 8], 1)])
    def test_replicas_are_uniform_grids_of_their_own(self, grid, replicas):
        """There are none where an axis cannot be halved: its error would not show in their spread."""
        ensemble, packets = packets_of(ensemble=filled(grid=grid))
        assert ensemble.replicas == replicas
        for n in range(replicas):
            part = packets.wavevector[packets.replica == n] @ CRYSTAL.lattice.T / (2 * np.pi)
            assert len(part) == ensemble.size // replicas
            for axis in (0, 1):
                distinct = np.unique(np.round(part[:, axis], 12))
                np.testing.assert_allclose(np.diff(distinct), 1 / len(distinct), atol=1e-12)

    @pytest.mark.parametrize("dimension", [1, 2, 3])
    def test_no_symmetry_of_any_lattice_takes_a_sub_grid_to_another(self, dimension):
        """Operations of lattices are integer matrices of finite order in reduced coordinates."""
        sub_grids = np.array(list(itertools.product((0.0, 0.5), repeat=dimension)))
        sub_grids += 0.5 * np.array(OFFSETS[:dimension])  # in steps of a sub-grid
        identity, apart = np.eye(dimension, dtype=int), []
        for entries in itertools.product((-1, 0, 1), repeat=dimension**2):
            matrix = np.array(entries).reshape(dimension, dimension)
            if np.array_equal(matrix, identity) or abs(round(np.linalg.det(matrix))) != 1:
                continue
            # The orders that operations of a lattice can have divide 12.
            if np.array_equal(np.linalg.matrix_power(matrix, 12), identity):
                between = (sub_grids @ matrix.T)[:, None] - sub_grids
                apart.append(np.abs(between - np.round(between)).max(axis=2).min())
        assert min(apart) > 0.019

    def test_three_dimensions(self):
        ensemble, packets = packets_of({"name": "weyl_lattice"}, ensemble=filled(grid=[4, 5, 6]))
        assert ensemble.size == 120
        assert packets.weight.sum() == pytest.approx(1 / weyl_lattice().cell_volume, rel=1e-14)
        assert len(np.unique(packets.wavevector.round(12), axis=0)) == 120

    @pytest.mark.parametrize(
        ("ensemble", "message"),
        [
            (filled(grid=[4]), "needs 2 number"),
            (filled(grid=[4, 4, 4]), "needs 2 number"),
            (
                {"kind": "fermi_dirac", "grid": [4, 4], "chemical_potential": -50.0, "temperature": 0.0},
                "no state of this band",
            ),
        ],
    )
    def test_refusals(self, ensemble, message):
        with pytest.raises(InputError, match=message):
            packets_of(ensemble=ensemble)

    def test_a_cone_without_a_cutoff_has_no_zone(self):
        with pytest.raises(InputError, match=r"model\.cutoff"):
            packets_of({"name": "parabolic_band"}, ensemble=filled(grid=[4, 4]))

    def test_a_cone_fills_its_disc(self):
        """States of the disc |k| < cutoff per Å²: πk_c²/4π², to the part of the grid's spacing in its border."""
        _, packets = packets_of({"name": "massive_dirac", "cutoff": 0.3}, ensemble=filled(grid=[200, 200]))
        assert np.linalg.norm(packets.wavevector, axis=1).max() < 0.3
        assert packets.weight.sum() == pytest.approx(0.3**2 / (4 * np.pi), rel=2e-3)


class TestScatteredPoints:
    def test_weights_and_replicas(self):
        ensemble, packets = packets_of(ensemble=filled(number=1000, replicas=8))
        assert (ensemble.size, ensemble.replicas) == (1000, 8)
        assert packets.weight.sum() == pytest.approx(1 / CRYSTAL.cell_volume, rel=1e-14)
        np.testing.assert_array_equal(np.bincount(packets.replica), 125)

    def test_points_fill_the_zone_more_evenly_than_random_ones(self):
        """Low discrepancy: the mean of a smooth periodic function is known to about 1/n, not 1/√n."""
        _, packets = packets_of(ensemble=filled(number=4096, replicas=4))
        reduced = packets.wavevector @ CRYSTAL.lattice.T / (2 * np.pi)
        assert reduced[:, :2].min() >= 0
        assert reduced[:, :2].max() < 1
        for n in (1, 2, 3):
            assert abs(np.exp(2j * np.pi * reduced[:, :2] * n).mean(axis=0)).max() < 10 / 4096

    def test_seed_moves_every_replica_on_its_own(self):
        one, same, other = (
            packets_of(ensemble=filled(number=64), seed=seed)[1].wavevector for seed in (1, 1, 2)
        )
        np.testing.assert_array_equal(one, same)
        assert np.abs(one - other).min(axis=0)[0] > 0
        shifts = one[:8] - other[:8]
        assert len(np.unique(shifts.round(9), axis=0)) == 8


class TestWeights:
    @pytest.mark.parametrize("charge", [-1.0, 1.0])
    def test_density_of_states_factor(self, charge):
        """Each weight carries D = 1 − (q/ħ)B·Ω; the filled band then holds n = 1/A − q C B/h per area (Středa)."""
        magnetic = 30.0
        _, packets = packets_of(ensemble=filled(grid=[48, 48]), magnetic=[0, 0, magnetic], charge=charge)
        omega = band_quantities(CRYSTAL, packets.wavevector).berry_curvature[:, 0, 2]
        expected = (1 - charge * E_OVER_HBAR * magnetic * omega) / (48**2 * CRYSTAL.cell_volume)
        np.testing.assert_allclose(packets.weight, expected, rtol=1e-12)
        change = packets.weight.sum() - 1 / CRYSTAL.cell_volume
        assert change == pytest.approx(-charge * E_OVER_HBAR * magnetic / (2 * np.pi), rel=1e-9)

    @pytest.mark.parametrize("temperature", [0.0, 300.0, 3000.0])
    @pytest.mark.parametrize("chemical_potential", [-2.2, -1.0])
    def test_fermi_dirac_density(self, chemical_potential, temperature):
        """Σ D f(ε − m·B − μ) over the same grid, written here with the reference's Ω and m."""
        magnetic = np.array([0.0, 0.0, 25.0])
        keys = {
            "kind": "fermi_dirac",
            "grid": [60, 60],
            "chemical_potential": chemical_potential,
            "temperature": temperature,
        }
        ensemble, packets = packets_of(ensemble=keys, magnetic=magnetic)
        bands = band_quantities(CRYSTAL, zone_grid(CRYSTAL, 60, OFFSETS))
        energy = bands.energy[:, 0] - bands.orbital_moment[:, 0] @ magnetic
        x = (energy - chemical_potential) / (BOLTZMANN * max(temperature, 1e-6))
        occupation = 1 / (1 + np.exp(np.clip(x, -700, 700)))
        factor = 1 + E_OVER_HBAR * bands.berry_curvature[:, 0] @ magnetic
        density = np.sum(factor * occupation) / (3600 * CRYSTAL.cell_volume)
        assert packets.weight.sum() == pytest.approx(density, rel=1e-8)
        # Empty states are not worth a trajectory: what is left out is less than 1e-9 of the largest weight.
        weight = factor * occupation / (factor * occupation).max()
        assert np.count_nonzero(weight > 1e-9) <= ensemble.size <= np.count_nonzero(weight > 1e-14)
        if temperature == 0.0:
            assert energy[np.argsort(energy)][ensemble.size - 1] <= chemical_potential

    def test_fermi_surface_is_the_derivative_of_the_density(self):
        """Weights with −∂f/∂𝓔 sum to ∂n/∂μ: centred differences of the Fermi–Dirac density, to (δμ/k_BT)²."""
        temperature, step = 1500.0, 1e-3

        def total(kind, chemical_potential):
            keys = {
                "kind": kind,
                "grid": [40, 40],
                "chemical_potential": chemical_potential,
                "temperature": temperature,
            }
            return packets_of(ensemble=keys, magnetic=[0, 0, 20.0])[1].weight.sum()

        slope = (total("fermi_dirac", -1.5 + step) - total("fermi_dirac", -1.5 - step)) / (2 * step)
        assert total("fermi_surface", -1.5) == pytest.approx(
            slope, rel=(step / (BOLTZMANN * temperature)) ** 2
        )

    def test_zone_is_a_full_band(self):
        zone, full = (
            packets_of(ensemble={"kind": kind, "grid": [6, 6]})[1] for kind in ("zone", "filled_band")
        )
        np.testing.assert_array_equal(zone.weight, full.weight)
        np.testing.assert_array_equal(zone.wavevector, full.wavevector)

    def test_field_reversal_defaults(self):
        """On for the ensembles whose Hall current is wanted, off for single packets and clouds."""
        fermi = {"kind": "fermi_dirac", "grid": [4, 4], "chemical_potential": 0.0, "temperature": 1.0}
        assert packets_of(ensemble=filled(grid=[4, 4]))[0].field_reversal
        assert packets_of(ensemble=fermi)[0].field_reversal
        assert not packets_of(ensemble={"kind": "zone", "grid": [4, 4]})[0].field_reversal
        assert not packets_of(wavevectors=[[0, 0, 0]])[0].field_reversal

    def test_fermi_function(self):
        """1/(e^x + 1) without overflow: its symmetry f(x) + f(−x) = 1, and one half at μ."""
        energy = np.linspace(-5, 5, 101)
        f = fermi_function(energy, 0.0, 300.0)
        np.testing.assert_allclose(f + f[::-1], 1.0, atol=1e-15)
        x = energy / (BOLTZMANN * 300)
        np.testing.assert_allclose(f, np.exp(-np.logaddexp(0, x)), rtol=1e-6, atol=1e-16)
        assert fermi_function(np.array([-1e-9, 0.0, 1e-9]), 0.0, 0.0).tolist() == [1.0, 0.5, 0.0]
