"""Rotation covariance: an isotropic Weyl node knows no direction; rotated fields and starts rotate the whole path."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from tests.cases import problem, run

ELECTRIC, MAGNETIC = np.array([4e-4, -2e-4, 3e-4]), np.array([1.0, 2.0, -1.5])
K = np.array([[0.08, 0.05, -0.03], [-0.06, 0.09, 0.05], [0.02, -0.1, 0.07]])
SETTINGS = {"end": 100.0, "saves": 5, "tolerance": 1e-13}


def paths(chirality, charge, rotation):
    made = problem(
        {"name": "weyl_node", "chirality": chirality, "cutoff": 1.0}, band=1, charge=charge,
        wavevectors=rotation.apply(K), electric=rotation.apply(ELECTRIC), magnetic=rotation.apply(MAGNETIC), **SETTINGS,
    )  # fmt: skip
    block = run(made)
    assert not block.status.any()
    return block.wavevector, block.position


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.sampled_from([1, -1]), st.sampled_from([-1.0, 1.0]))
def test_rotated_fields_rotate_the_path(seed, chirality, charge):
    rotation = Rotation.random(rng=np.random.default_rng(seed))
    straight, turned = paths(chirality, charge, Rotation.identity()), paths(chirality, charge, rotation)
    for one, other, tolerance in zip(straight, turned, (1e-10, 1e-8), strict=True):
        rotated = rotation.apply(one.reshape(-1, 3)).reshape(one.shape)
        np.testing.assert_allclose(other, rotated, rtol=0, atol=tolerance)


def test_mirror_image_of_a_node_has_the_other_chirality():
    """k, r and E are vectors and B is a pseudovector: an inversion of space turns χ around and leaves B."""
    (k, r), (other_k, other_r) = paths(1, -1.0, Rotation.identity()), mirrored(-1)
    np.testing.assert_allclose(other_k, -k, rtol=0, atol=1e-10)
    np.testing.assert_allclose(other_r, -r, rtol=0, atol=1e-8)


def mirrored(chirality):
    made = problem(
        {"name": "weyl_node", "chirality": chirality, "cutoff": 1.0}, band=1,
        wavevectors=-K, electric=-ELECTRIC, magnetic=MAGNETIC, **SETTINGS,
    )  # fmt: skip
    block = run(made)
    return block.wavevector, block.position
