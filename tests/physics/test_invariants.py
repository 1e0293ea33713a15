"""What the exact flow keeps: energy, the phase-space measure D d³r d³k, time reversal, translations."""

import numpy as np
import pytest

from tests.cases import problem, run
from tests.physics.numpy_flow import density_factor, wavepacket_energy
from wavepacket.hamiltonians import gapped_graphene, haldane, weyl_lattice

pytestmark = pytest.mark.physics

ELECTRIC = np.array([8e-4, -3e-4, 5e-4])  # V/Å
WEYL, WEYL_CRYSTAL = {"name": "weyl_lattice"}, weyl_lattice()
NODE = np.array(WEYL_CRYSTAL.valleys["W+"]) @ WEYL_CRYSTAL.reciprocal


class TestEnergy:
    @pytest.mark.parametrize("charge", [-1.0, 1.0])
    @pytest.mark.parametrize(
        ("model", "crystal", "magnetic", "plane"),
        [
            (WEYL, WEYL_CRYSTAL, [20.0, -30.0, 50.0], [1, 1, 1]),
            (WEYL, WEYL_CRYSTAL, [0.0, 0.0, 50.0], [1, 1, 0]),
            ({"name": "haldane", "staggered": 0.3}, haldane(staggered=0.3), [0.0, 0.0, 60.0], [1, 1, 0]),
        ],
        ids=["weyl tilted", "weyl crossed", "haldane"],
    )
    def test_energy_and_potential_are_conserved(self, model, crystal, magnetic, plane, charge):
        """𝓔(k) − qE·r to 1e-9 of the energy that is exchanged, 𝓔 from the independent reference."""
        k = np.random.default_rng(0).uniform(-0.7, 0.7, (6, 3)) * (np.arange(3) < crystal.dimension)
        electric = ELECTRIC * plane
        made = problem(
            model,
            wavevectors=k,
            electric=electric,
            magnetic=magnetic,
            charge=charge,
            end=600.0,
            saves=31,
            tolerance=1e-14,
        )
        block = run(made)
        assert not block.status.any()
        energy = np.array(
            [wavepacket_energy(crystal, 0, path, np.array(magnetic), charge) for path in block.wavevector]
        )
        total = energy - charge * block.position @ electric
        exchanged = np.ptp(energy, axis=1)
        assert np.all(exchanged > 0.1)
        assert np.all(np.ptp(total, axis=1) < 1e-9 * exchanged)
        # The run's own monitor says the same of every step.
        assert np.all(block.diagnostics["energy_drift"] < 1e-9 * exchanged)

    def test_the_moment_belongs_to_the_energy(self):
        """Without −m·B the same sum is off by far more: the test above sees the moment."""
        magnetic = np.array([20.0, -30.0, 50.0])
        made = problem(
            WEYL,
            wavevectors=[[0.05, 0.02, 0.45]],
            electric=ELECTRIC,
            magnetic=magnetic,
            end=200.0,
            saves=31,
            tolerance=1e-14,
        )
        block = run(made)
        bare = (
            wavepacket_energy(WEYL_CRYSTAL, 0, block.wavevector[0], 0 * magnetic, -1.0)
            + block.position[0] @ ELECTRIC
        )
        assert np.ptp(bare) > 1e-4

    def test_no_drift_is_claimed_where_energy_is_not_conserved(self):
        term = {"kind": "sinusoid", "amplitude": [1e-4, 0, 0], "frequency": 0.1}
        block = run(problem(WEYL, wavevectors=[[0.1, 0, 0]], fields={"electric": [term]}))
        assert np.isnan(block.diagnostics["energy_drift"][0])


class TestLiouville:
    MAGNETIC = np.array([60.0, -40.0, 90.0])
    STENCIL = ((-2, 1 / 12), (-1, -2 / 3), (1, 2 / 3), (2, -1 / 12))

    def flow_map(self, start, electric, magnetic, end, charge):
        """∂(k, r)(t)/∂(k, r)(0), (T, 6, 6), by five-point differences of neighbouring packets, and the path itself.

        Halving h from 8e-4 on divides the error of the determinant by 16, down to 2e-10 at h = 2e-5 1/Å, where the noise
        of the integration (1e-15 a step) over h is as large.
        """
        steps = np.array([2e-5] * 3 + [1e-2] * 3)
        offsets = [np.zeros(6)] + [n * steps[a] * np.eye(6)[a] for a in range(6) for n, _ in self.STENCIL]
        starts = np.array(start) + np.array(offsets)
        ensemble = {
            "kind": "packets",
            "wavevectors": starts[:, :3].tolist(),
            "positions": starts[:, 3:].tolist(),
        }
        made = problem(
            WEYL,
            ensemble=ensemble,
            electric=electric,
            magnetic=magnetic,
            charge=charge,
            end=end,
            saves=9,
            tolerance=1e-15,
        )
        block = run(made)
        assert not block.status.any()
        states = np.concatenate([block.wavevector, block.position], axis=2)
        weights = np.array([w for _, w in self.STENCIL])
        moved = states[1:].reshape(6, 4, -1, 6)
        return np.einsum("ancj,n->cja", moved, weights) / steps, states[0]

    @pytest.mark.parametrize("charge", [-1.0, 1.0])
    @pytest.mark.parametrize(
        ("offset", "electric", "magnetic"),
        [
            ([0.10, -0.08, 0.05], ELECTRIC, MAGNETIC),
            ([-0.06, 0.11, -0.09], [6e-4, 0.0, 0.0], [0.0, 0.0, 120.0]),
            ([0.12, 0.05, 0.10], [0.0, 0.0, -4e-4], [0.0, 0.0, 120.0]),
        ],
        ids=["tilted", "crossed", "parallel"],
    )
    def test_density_factor_times_determinant(self, offset, electric, magnetic, charge):
        """D·det ∂(r, k)(t)/∂(r, k)(0) = D(0) to 1e-8, and not without D: det alone moves 10⁵ times as much."""
        flow, path = self.flow_map(
            [*(NODE + offset), 0, 0, 0], np.array(electric), np.array(magnetic), 200.0, charge
        )
        determinant = np.linalg.det(flow)
        factor = density_factor(WEYL_CRYSTAL, 0, path[:, :3], np.array(magnetic), charge)
        np.testing.assert_allclose(factor * determinant / factor[0], 1.0, rtol=0, atol=1e-8)
        assert np.abs(determinant - 1).max() > 1e-3
        # Nothing depends on r: the blocks of the map that say so.
        np.testing.assert_allclose(flow[:, 3:, 3:], np.broadcast_to(np.eye(3), (len(path), 3, 3)), atol=1e-9)
        np.testing.assert_allclose(flow[:, :3, 3:], 0.0, atol=1e-12)

    def test_where_the_factor_is_far_from_one(self):
        """D changes by a third here: leaving it out would fail by as much."""
        magnetic = 2 * self.MAGNETIC
        flow, path = self.flow_map(
            [*np.add(NODE, [0.10, -0.08, 0.05]), 0, 0, 0], ELECTRIC, magnetic, 120.0, -1.0
        )
        determinant = np.linalg.det(flow)
        factor = density_factor(WEYL_CRYSTAL, 0, path[:, :3], magnetic, -1.0)
        assert np.ptp(factor) > 0.3
        assert np.abs(determinant - 1).max() > 0.3
        np.testing.assert_allclose(factor * determinant / factor[0], 1.0, rtol=0, atol=1e-8)


class TestReversal:
    @pytest.mark.parametrize("charge", [-1.0, 1.0])
    def test_time_reversal_of_the_flow(self, charge):
        """With time reversal symmetry, k → −k and B → −B at the end brings a packet back to where it was."""
        model, magnetic, electric = (
            {"name": "gapped_graphene", "gap": 1.2},
            np.array([0, 0, 40.0]),
            np.array([4e-4, -2e-4, 0]),
        )
        k = np.random.default_rng(3).uniform(-1, 1, (5, 3)) * [1, 1, 0]
        settings = {"electric": electric, "end": 300.0, "charge": charge, "tolerance": 1e-14}
        there = run(problem(model, wavevectors=k, magnetic=magnetic, **settings))
        back = run(problem(model, wavevectors=-there.wavevector[:, -1], magnetic=-magnetic, **settings))
        np.testing.assert_allclose(back.wavevector, -there.wavevector[:, ::-1], rtol=0, atol=1e-10)
        retraced = there.position[:, ::-1] - there.position[:, -1:]
        np.testing.assert_allclose(back.position, retraced, rtol=0, atol=1e-8)
        # Without turning B around it does not come back.
        wrong = run(problem(model, wavevectors=-there.wavevector[:, -1], magnetic=magnetic, **settings))
        assert np.abs(wrong.wavevector[:, -1] + there.wavevector[:, 0]).max() > 1e-3

    def test_inversion_of_the_flow(self):
        """With inversion symmetry, k → −k, r → −r and E → −E is another solution; B stays."""
        k = np.random.default_rng(4).uniform(-0.6, 0.6, (5, 3))
        settings = {"magnetic": [20.0, 10.0, -30.0], "end": 200.0, "tolerance": 1e-13}
        one = run(problem(WEYL, wavevectors=k, electric=ELECTRIC, **settings))
        other = run(problem(WEYL, wavevectors=-k, electric=-ELECTRIC, **settings))
        np.testing.assert_allclose(other.wavevector, -one.wavevector, rtol=0, atol=1e-10)
        np.testing.assert_allclose(other.position, -one.position, rtol=0, atol=1e-8)


class TestTranslations:
    def test_of_position(self):
        """Nothing depends on r but the rounding of r itself, which the choice of steps may see in its last digits."""
        far = [1e4, -3e4, 2e3]
        k = np.random.default_rng(5).uniform(-0.6, 0.6, (4, 3)).tolist()
        ensembles = [
            {"kind": "packets", "wavevectors": k, "positions": [origin] * 4} for origin in ([0, 0, 0], far)
        ]
        here, there = (
            run(problem(WEYL, ensemble=e, electric=ELECTRIC, magnetic=[5, 6, 7])) for e in ensembles
        )
        np.testing.assert_allclose(there.wavevector, here.wavevector, rtol=0, atol=1e-12)
        steps = here.diagnostics["steps"].max()
        np.testing.assert_allclose(
            there.position - far, here.position, rtol=0, atol=2 * steps * np.spacing(3e4)
        )

    def test_of_wavevector_by_a_reciprocal_vector(self):
        """k and k + G are the same packet; k is stored unfolded."""
        crystal = gapped_graphene(gap=1.0)
        k, g = np.array([[0.3, -0.2, 0.0]]), np.array([2, -1, 0]) @ crystal.reciprocal
        settings = {"electric": [3e-4, 1e-4, 0], "magnetic": [0, 0, 20.0], "end": 200.0}
        one, other = (
            run(problem({"name": "gapped_graphene", "gap": 1.0}, wavevectors=s, **settings))
            for s in (k, k + g)
        )
        np.testing.assert_allclose(other.wavevector - g, one.wavevector, rtol=0, atol=1e-10)
        np.testing.assert_allclose(other.position, one.position, rtol=0, atol=1e-8)

    def test_of_time_in_static_fields(self):
        """Two runs of T one after the other are one of 2T."""
        k = [[0.2, 0.3, -0.1]]
        settings = {"electric": ELECTRIC, "magnetic": [30.0, 10.0, 20.0], "tolerance": 1e-14}
        whole = run(problem(WEYL, wavevectors=k, end=300.0, saves=3, **settings))
        first = run(problem(WEYL, wavevectors=k, end=150.0, saves=2, **settings))
        second = run(problem(WEYL, wavevectors=first.wavevector[:, -1], end=150.0, saves=2, **settings))
        np.testing.assert_allclose(
            first.position[:, -1] + second.position[:, -1], whole.position[:, -1], rtol=0, atol=1e-9
        )
