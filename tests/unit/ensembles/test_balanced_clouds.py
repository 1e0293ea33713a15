"""Balanced clouds: mean and covariance to rounding in every replica, opposite pairs, and what is refused."""

import numpy as np
import pytest

from wavepacket.bands import band
from wavepacket.config import Gaussian
from wavepacket.ensembles import build_ensemble
from wavepacket.errors import InputError
from wavepacket.hamiltonians import gapped_graphene, weyl_lattice


def covariance(dimension):
    """Return some covariance of (k, r) with correlations between all that is spread."""
    rng = np.random.default_rng(3)
    root = np.zeros((6, 6))
    used = [*range(dimension), *range(3, 3 + dimension)]
    root[np.ix_(used, used)] = rng.normal(size=(2 * dimension, 2 * dimension))
    scale = np.array([0.03, 0.03, 0.03, 20.0, 20.0, 20.0])
    matrix = scale[:, None] * (root @ root.T) * scale
    return (matrix + matrix.T) / 2


def states(specification, crystal):
    ensemble = build_ensemble(specification, band(crystal, 0), seed=7)
    packets = ensemble.packets(0, ensemble.size)
    return ensemble, packets, np.concatenate([packets.wavevector, packets.position], axis=1)


def gaussian(matrix, number=512, **more):
    keys = {
        "width": 0.0,
        "center": (0.2, 0.1, 0.0),
        "position": (5.0, 6.0, 0.0),
        "number": number,
        "replicas": 4,
    }
    return Gaussian(**(keys | {"covariance": tuple(map(tuple, matrix.tolist())), "balanced": True} | more))


@pytest.mark.parametrize(("crystal", "dimension"), [(gapped_graphene(), 2), (weyl_lattice(), 3)])
def test_every_replica_has_the_moments_asked_for(crystal, dimension):
    matrix = covariance(dimension)
    _, packets, found = states(gaussian(matrix), crystal)
    scale = np.sqrt(np.diag(matrix).clip(min=1e-300))
    for replica in range(4):
        part = found[packets.replica == replica]
        assert len(part) == 128
        np.testing.assert_allclose(part.mean(axis=0), [0.2, 0.1, 0.0, 5.0, 6.0, 0.0], atol=1e-12)
        error = np.abs(np.cov(part.T, bias=True) - matrix) / np.outer(scale, scale)
        assert error[matrix != 0].max() < 1e-11
    pairs = 0.5 * (found[::2] + found[1::2])
    np.testing.assert_allclose(pairs, np.broadcast_to(found.mean(axis=0), pairs.shape), atol=1e-12)


def test_any_range_is_a_part_of_the_whole():
    ensemble, packets, _ = states(gaussian(covariance(2)), gapped_graphene())
    part = ensemble.packets(37, 11)
    np.testing.assert_array_equal(part.wavevector, packets.wavevector[37:48])
    np.testing.assert_array_equal(part.replica, packets.replica[37:48])


def test_random_clouds_take_a_covariance_too():
    matrix = covariance(2)
    _, _, found = states(gaussian(matrix, number=40_000, balanced=False), gapped_graphene())
    used = [0, 1, 3, 4]
    sampled, exact = np.cov(found.T, bias=True)[np.ix_(used, used)], matrix[np.ix_(used, used)]
    scale = np.sqrt(np.diag(exact))
    # The standard error of a correlation is at most √2/√n; five of them.
    assert (np.abs(sampled - exact) / np.outer(scale, scale)).max() < 5 * np.sqrt(2 / 40_000)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"number": 511}, "even number"),
        ({"number": 16}, "at least 64"),
        ({"matrix": -np.eye(6)}, "no negative eigenvalue"),
        ({"matrix": np.eye(6) + np.eye(6, k=1) * 0.1}, "symmetric"),
        ({"matrix": np.eye(6)}, "2D crystal does not have"),
    ],
)
def test_what_is_no_cloud_is_refused(changes, message):
    matrix = changes.pop("matrix", covariance(2))
    with pytest.raises(InputError, match=message):
        states(gaussian(matrix, **changes), gapped_graphene())
