"""Bars add up to the tensor that they stand for; a map of drifts shows the measured values where they were measured."""

import numpy as np

from wavepacket.analysis.price_cooper import drift_map
from wavepacket.observable import Observable
from wavepacket.plots import plot_contributions


def conductivity(band, anomalous):
    parts = {
        name: {"value": value, "uncertainty": None}
        for name, value in (("band", band), ("anomalous", anomalous))
    }
    return Observable("conductivity", band + anomalous, None, "e^2/h", "", {"contributions": parts})


def test_bars_of_a_component_add_up_to_its_sum():
    band = np.array([[2.0, -1.0, 0], [1.0, 2.0, 0], [0, 0, 0]])
    anomalous = np.array([[0, 0.5, 0], [-0.5, 0, 0], [0, 0, 0]])
    ax = plot_contributions(conductivity(band, anomalous))
    labels = [tick.get_text() for tick in ax.get_yticklabels()]
    assert labels == [rf"$\sigma_{{{name}}}$" for name in ("xx", "xy", "yx", "yy")]
    sums = np.zeros(4)
    for bar in ax.patches:
        sums[round(bar.get_y() + 0.3)] += bar.get_width()
    np.testing.assert_allclose(sums, [2.0, -0.5, 0.5, 2.0], atol=1e-15)


def test_a_tensor_of_zeros_can_be_drawn():
    assert len(plot_contributions(conductivity(np.zeros((3, 3)), np.zeros((3, 3)))).get_yticks()) == 1


def test_drift_map_takes_the_nearest_point_of_the_periodic_zone(graphene_map):
    # Points one reciprocal vector away stand for the same k: the map must not care. Random ones have no ties.
    k = np.random.default_rng(3).uniform(-1.0, 1.0, (200, 3)) * [1.0, 1.0, 0.0]
    value = np.arange(200.0)
    maps = [
        drift_map(Observable("o", value, None, "angstrom^2", "", {"wavevector": at}), graphene_map)
        for at in (k, k + graphene_map.faces[0])
    ]
    assert np.array_equal(maps[0].values, maps[1].values)
    assert maps[0].values.shape == graphene_map.values.shape
    inside = np.linalg.norm(graphene_map.k, axis=-1) < 0.5
    at = graphene_map.k[inside]
    nearest = np.argmin(np.linalg.norm(at[:, None] - k, axis=2), axis=1)
    assert np.array_equal(maps[0].values[inside], value[nearest])
