"""Tables of crystals that were made symmetric are sampled in a part of the zone, and hold what those of the whole do."""

from dataclasses import replace

import numpy as np
import pytest

from tests.reference.slater_koster import ferromagnet
from wavepacket.bands import band
from wavepacket.bands.table_samples import Sampler, sample_grid
from wavepacket.bands.table_symmetry import images_on_grid
from wavepacket.hamiltonians.operations import generated, read_operation

TETRAGONAL = ("-y, x, z", "-x, -y, -z", "x, -y, -z, T")


def with_operations(*texts):
    group = generated([read_operation(text) for text in texts])
    return replace(ferromagnet(), operations=np.array([one.in_time for one in group]))


@pytest.mark.parametrize("points", [(10, 10, 10), (8, 12, 10)])
def test_every_point_has_the_value_of_its_own(points):
    """Also on a grid that some of the operations do not map onto itself."""
    crystal = with_operations(*TETRAGONAL)
    folded, whole = (
        sample_grid(Sampler(band(one, 5, source="direct")), points, 1, print)
        for one in (crystal, replace(crystal, operations=None))
    )
    for name, columns in (("fields", (0, slice(1, 4), slice(4, 7), 7)), ("mixing", (slice(0, 6),))):
        for column in columns:
            ours, theirs = (getattr(one, name)[..., column] for one in (folded, whole))
            # Ω near a gap of some meV is known to rounding over the square of the gap.
            np.testing.assert_allclose(ours, theirs, atol=1e-7 * np.abs(theirs).max())


def test_sixteen_operations_leave_a_twelfth_of_the_points():
    crystal = with_operations(*TETRAGONAL)
    sampler = Sampler(band(crystal, 5, source="direct"))
    images = images_on_grid(crystal, (20, 20, 20), sampler.values)
    assert len(images.operations) == 16
    assert 8000 / len(images.chosen) > 12


def test_an_operation_that_is_broken_is_left_out():
    crystal = with_operations(*TETRAGONAL)
    hoppings = np.array(crystal.hoppings)
    hoppings[len(hoppings) // 2] += 1e-3 * np.kron([[0, 1], [1, 0]], np.eye(9))  # a little field along x
    leant = replace(crystal, hoppings=hoppings)
    images = images_on_grid(leant, (6, 6, 6), Sampler(band(leant, 5, source="direct")).values)
    assert len(images.operations) == 4  # identity, inversion, and two turns about y with time reversal
