"""Gaussian clouds, lists of packets, valleys, and random numbers that depend on the packet's number alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cases import problem
from wavepacket.ensembles import nearest_valley, valley_centres
from wavepacket.ensembles.random import uniforms
from wavepacket.errors import InputError
from wavepacket.hamiltonians import gapped_graphene, massive_dirac, weyl_lattice

GRAPHENE = {"name": "gapped_graphene", "gap": 0.5}
CRYSTAL = gapped_graphene(gap=0.5)
K_POINT = np.array(CRYSTAL.valleys["K"]) @ CRYSTAL.reciprocal
CLOUD = {
    "kind": "gaussian",
    "valley": "K",
    "width": 0.02,
    "position_width": 30.0,
    "position": [100.0, -50.0, 0.0],
    "number": 4000,
}


class TestGaussian:
    def test_moments(self):
        """ComputeOptions within four standard errors, variances too: σ²√(2/n); no spread along the third direction."""
        packets = problem(GRAPHENE, ensemble=CLOUD).ensemble.packets(0, 4000)
        for values, centre, width in (
            (packets.wavevector, K_POINT, 0.02),
            (packets.position, [100.0, -50.0, 0.0], 30.0),
        ):
            offset = (values - centre)[:, :2] / width
            assert np.abs(offset.mean(axis=0)).max() < 4 / np.sqrt(4000)
            assert np.abs(offset.var(axis=0) - 1).max() < 4 * np.sqrt(2 / 4000)
            assert abs(np.mean(offset[:, 0] * offset[:, 1])) < 4 / np.sqrt(4000)
            assert np.abs((offset**4).mean(axis=0) - 3).max() < 4 * np.sqrt(96 / 4000)
            assert not np.any((values - centre)[:, 2])
        cross = np.mean((packets.wavevector - K_POINT)[:, 0] * (packets.position[:, 0] - 100.0)) / (
            0.02 * 30.0
        )
        assert abs(cross) < 4 / np.sqrt(4000)

    def test_weights_are_shares_of_one(self):
        made = problem(GRAPHENE, ensemble=CLOUD)
        packets = made.ensemble.packets(0, 4000)
        assert packets.weight.sum() == pytest.approx(1.0, rel=1e-12)
        assert made.ensemble.replicas == 8
        np.testing.assert_array_equal(np.bincount(packets.replica), 500)

    def test_any_range_is_a_slice_of_the_whole(self):
        ensemble = problem(GRAPHENE, ensemble=CLOUD).ensemble
        whole = ensemble.packets(0, 4000)
        for first, number in ((0, 1), (17, 5), (3999, 1), (1000, 1024)):
            part = ensemble.packets(first, number)
            for name in ("wavevector", "position", "weight", "replica"):
                np.testing.assert_array_equal(
                    getattr(part, name), getattr(whole, name)[first : first + number]
                )

    def test_a_larger_cloud_begins_with_the_smaller_one(self):
        small, large = (
            problem(GRAPHENE, ensemble=CLOUD | {"number": n}).ensemble.packets(0, 10) for n in (10, 400)
        )
        np.testing.assert_array_equal(small.wavevector, large.wavevector)

    def test_centre_given_in_reduced_coordinates(self):
        reduced = {
            "kind": "gaussian",
            "center": [1 / 3, 2 / 3],
            "coordinates": "reduced",
            "width": 0.0,
            "number": 3,
        }
        packets = problem(GRAPHENE, ensemble=reduced).ensemble.packets(0, 3)
        np.testing.assert_allclose(
            packets.wavevector, np.tile([1 / 3, 2 / 3, 0] @ CRYSTAL.reciprocal, (3, 1)), atol=1e-14
        )

    def test_unknown_valley(self):
        with pytest.raises(InputError, match="no valley 'X'; this model has: K, K'"):
            problem(GRAPHENE, ensemble=CLOUD | {"valley": "X"})


class TestListed:
    def test_packets_are_as_listed(self):
        listed = {
            "kind": "packets", "coordinates": "reduced", "wavevectors": [[0.1, 0.2], [0.3, -0.4]],
            "positions": [[1.0, 2.0], [3.0, 4.0]], "weights": [2.0, 0.5],
        }  # fmt: skip
        packets = problem(GRAPHENE, ensemble=listed).ensemble.packets(0, 2)
        np.testing.assert_allclose(
            packets.wavevector, np.array([[0.1, 0.2, 0], [0.3, -0.4, 0]]) @ CRYSTAL.reciprocal, atol=1e-15
        )
        np.testing.assert_array_equal(packets.position, [[1, 2, 0], [3, 4, 0]])
        np.testing.assert_array_equal(packets.weight, [2.0, 0.5])

    def test_defaults(self):
        packets = problem(GRAPHENE, wavevectors=[[0.1, 0.2], [0.3, 0.4]]).ensemble.packets(0, 2)
        np.testing.assert_array_equal(packets.wavevector, [[0.1, 0.2, 0], [0.3, 0.4, 0]])
        np.testing.assert_array_equal(packets.position, 0.0)
        np.testing.assert_array_equal(packets.weight, 1.0)

    def test_reduced_coordinates_need_a_lattice(self):
        with pytest.raises(InputError, match="reduced coordinates need a lattice"):
            problem(
                {"name": "massive_dirac"},
                ensemble={"kind": "packets", "coordinates": "reduced", "wavevectors": [[0.1]]},
            )


class TestValleys:
    def test_nearest_centre_over_all_reciprocal_vectors(self):
        """Against a plain search over many reciprocal vectors, for points in many zones."""
        names, centres = valley_centres(CRYSTAL)
        assert names == ("K", "K'")
        k = np.random.default_rng(0).uniform(-12, 12, (500, 3)) * [1, 1, 0]
        steps = (
            np.stack(np.meshgrid(range(-8, 9), range(-8, 9), [0], indexing="ij"), -1).reshape(-1, 3)
            @ CRYSTAL.reciprocal
        )
        distance = np.linalg.norm(k[:, None, None] - centres[None, :, None] - steps[None, None], axis=-1).min(
            axis=2
        )
        clear = np.abs(distance[:, 0] - distance[:, 1]) > 1e-9
        assert clear.sum() > 490
        np.testing.assert_array_equal(
            nearest_valley(CRYSTAL, k, centres)[clear], distance.argmin(axis=1)[clear]
        )

    def test_an_oblique_lattice_and_three_dimensions(self):
        crystal = weyl_lattice(node=1.0)
        _, centres = valley_centres(crystal)
        k = np.array([[0.1, 0, 0.2], [0.1, 0, -0.2], [0, 0, 2 * np.pi / 4 + 0.2], [5 * np.pi / 2, 0, -0.1]])
        assert nearest_valley(crystal, k, centres).tolist() == [0, 1, 0, 1]

    def test_chosen_valleys_replace_those_of_the_model(self):
        names, centres = valley_centres(CRYSTAL, {"M": (0.5, 0.5, 0.0), "G": (0.0, 0.0, 0.0)})
        assert names == ("M", "G")
        np.testing.assert_allclose(centres[0], np.array([0.5, 0.5, 0]) @ CRYSTAL.reciprocal)
        assert nearest_valley(CRYSTAL, np.array([[0.01, 0, 0]]), centres).tolist() == [1]
        made = problem(GRAPHENE, wavevectors=[[0, 0, 0]], valleys={"M": [0.5, 0.5], "G": [0.0, 0.0]})
        assert made.valley_names == ("M", "G")

    def test_no_valleys(self):
        names, centres = valley_centres(weyl_lattice().__class__.from_hoppings([[2.0]], {(1,): [[-0.5]]}))
        assert names == ()
        crystal = weyl_lattice()
        assert nearest_valley(crystal, np.zeros((3, 3)), centres).tolist() == [-1, -1, -1]

    def test_valleys_of_a_cone_are_cartesian(self):
        names, centres = valley_centres(massive_dirac(valley=-1))
        assert names == ("K'",)
        np.testing.assert_array_equal(centres, np.zeros((1, 3)))


class TestRandomNumbers:
    @given(st.integers(0, 2**63 - 1), st.integers(0, 1000), st.integers(1, 50), st.integers(1, 9))
    def test_any_range_equals_the_slice(self, seed, first, number, columns):
        whole = uniforms(seed, 3, 0, first + number, columns)
        np.testing.assert_array_equal(uniforms(seed, 3, first, number, columns), whole[first:])

    def test_open_interval_and_uniform(self):
        """Kolmogorov–Smirnov at the level of 1e-6: √n·D < 2.7; columns and neighbours are independent."""
        numbers = uniforms(5, 1, 0, 20000, 3)
        assert numbers.min() > 0
        assert numbers.max() < 1
        for column in numbers.T:
            distance = np.abs(np.sort(column) - (np.arange(20000) + 0.5) / 20000).max()
            assert distance * np.sqrt(20000) < 2.7
        correlation = np.corrcoef(np.concatenate([numbers.T, numbers.T[:, ::-1]]))
        assert np.abs(correlation - np.eye(6)).max() < 6 / np.sqrt(20000)

    def test_seeds_and_streams_differ(self):
        draws = [uniforms(seed, stream, 0, 4, 4) for seed in (1, 2) for stream in (1, 2)]
        assert len({draw.tobytes() for draw in draws}) == 4
