"""Ensembles in balls round the valleys: the same sums as over the zone, from far fewer points."""

import numpy as np
import pytest

from tests.cases import problem
from wavepacket.errors import InputError
from wavepacket.hamiltonians import gapped_graphene

GRAPHENE = {"name": "gapped_graphene", "gap": 0.3}
CRYSTAL = gapped_graphene(gap=0.3)
CENTRES = np.array([CRYSTAL.valleys[name] for name in ("K", "K'")]) @ CRYSTAL.reciprocal


def packets_of(kind="filled_band", radius=0.1, model=GRAPHENE, valleys=None, **keys):
    made = problem(
        model,
        band={"index": 1},
        ensemble={"kind": kind, "valley_radius": radius, **keys},
        valleys=valleys or {},
    )
    return made.ensemble, made.ensemble.packets(0, made.ensemble.size)


@pytest.mark.parametrize("points", [{"grid": [101, 101]}, {"grid": [100, 90]}, {"number": 20000}])
def test_full_balls_hold_their_states(points):
    """πR²/4π² for each valley, to the share of cells on the rim."""
    _, packets = packets_of(**points)
    offset = np.linalg.norm(packets.wavevector[:, None] - CENTRES, axis=2)
    assert offset.min(axis=1).max() < 0.1
    for valley in (0, 1):
        states = packets.weight[np.argmin(offset, axis=1) == valley].sum()
        assert states == pytest.approx(0.1**2 / (4 * np.pi), rel=2e-3)


@pytest.mark.parametrize("points", [{"grid": [60, 60]}, {"number": 20000, "replicas": 4}])
def test_pockets_are_those_of_the_whole_zone(points):
    pocket = {"kind": "fermi_dirac", "chemical_potential": 0.2, "temperature": 150.0}
    _, packets = packets_of(**pocket, **points)
    fine = problem(GRAPHENE, band={"index": 1}, ensemble=pocket | {"grid": [900, 900]}).ensemble
    expected = fine.packets(0, fine.size).weight.sum()
    # Low-discrepancy points err like 1/n up to logarithms, grids exponentially little.
    assert packets.weight.sum() == pytest.approx(expected, rel=1e-6 if "grid" in points else 3e-3)


def test_replicas_hold_equally_many_points_of_each_valley():
    """Of the candidates; those outside of the balls make the difference."""
    ensemble, packets = packets_of(number=8000, replicas=4)
    assert ensemble.replicas == 4
    valley = np.argmin(np.linalg.norm(packets.wavevector[:, None] - CENTRES, axis=2), axis=1)
    counts = np.bincount(2 * packets.replica + valley)
    np.testing.assert_allclose(counts, 1000 * np.pi / 4, rtol=0.02)


def test_sub_grids_are_not_mirror_images():
    """A kink at the valley: the error that all sub-grids would share by symmetry shows in their spread."""
    ensemble, packets = packets_of(grid=[40, 40])
    offset = np.linalg.norm(packets.wavevector[:, None] - CENTRES, axis=2).min(axis=1)
    sums = np.bincount(packets.replica, packets.weight * np.maximum(0.05 - offset, 0.0))
    exact = 2 * 0.05**3 / 6 / (2 * np.pi)
    error = abs(sums.sum() - exact)
    assert 0 < error < np.abs(ensemble.replicas * sums - sums.sum()).max()


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"radius": 0.9}, "overlap"),
        ({"radius": 1.5, "valleys": {"one": [0.0, 0.0]}}, "overlap"),
        ({"model": {"name": "qi_wu_zhang"}}, "no valleys"),
    ],
)
def test_refusals(keys, message):
    with pytest.raises(InputError, match=message):
        packets_of(grid=[8, 8], **keys)
