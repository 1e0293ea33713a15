"""Bars add up to the tensor that they stand for, drifts are drawn where they were measured, and along the telling axis."""

import numpy as np

from wavepacket.analysis.price_cooper import drift_map
from wavepacket.observables import Observable
from wavepacket.plots import plot_contributions, plot_drift_curvature, series_of_run
from wavepacket.plots.devices import plot_transmission


def conductivity(band, anomalous):
    parts = {
        name: Observable(name, value, None, "e^2/h")
        for name, value in (("band", band), ("anomalous", anomalous))
    }
    return Observable("conductivity", band + anomalous, None, "e^2/h", "", parts)


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


def test_bands_have_the_colours_of_their_paths():
    from matplotlib.colors import to_hex

    from wavepacket.plots.style import valley_colour

    parts = {f"band {n}": Observable("", np.eye(3) * n) for n in (3, 5)}
    ax = plot_contributions(Observable("conductivity", 8 * np.eye(3), None, "e^2/h", "", parts))
    assert {to_hex(bar.get_facecolor()).upper() for bar in ax.patches} == {valley_colour(0), valley_colour(1)}


def test_transmissions_stand_in_the_column_they_come_from_and_the_row_they_arrive_at():
    value = {"a to a": 0.0, "a to b": 1.5, "a to c": 2.5, "c to a": 3.5, "c to b": 0.0, "c to c": 4.5}
    ax = plot_transmission(Observable("transmission", value, None, "e^2/h"))
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["a", "c"]
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["a", "b", "c"]
    numbers = {text.get_position(): text.get_text() for text in ax.texts}
    assert numbers == {(0, 0): "0", (0, 1): "1.5", (0, 2): "2.5", (1, 0): "3.5", (1, 1): "0", (1, 2): "4.5"}


def test_a_tensor_of_zeros_can_be_drawn():
    assert len(plot_contributions(conductivity(np.zeros((3, 3)), np.zeros((3, 3)))).get_yticks()) == 1


def measured(**values):
    return {name: Observable(name, value, None, "angstrom^2") for name, value in values.items()}


def test_drift_map_takes_the_nearest_point_of_the_periodic_zone(graphene_map):
    # Points one reciprocal vector away stand for the same k: the map must not care. Random ones have no ties.
    k = np.random.default_rng(3).uniform(-1.0, 1.0, (200, 3)) * [1.0, 1.0, 0.0]
    value = np.arange(200.0)
    maps = [
        drift_map(measured(berry_curvature_from_drifts=value, drift_wavevector=at), graphene_map)
        for at in (k, k + graphene_map.faces[0])
    ]
    assert np.array_equal(maps[0].values, maps[1].values)
    assert maps[0].values.shape == graphene_map.values.shape
    inside = np.linalg.norm(graphene_map.k, axis=-1) < 0.5
    at = graphene_map.k[inside]
    nearest = np.argmin(np.linalg.norm(at[:, None] - k, axis=2), axis=1)
    assert np.array_equal(maps[0].values[inside], value[nearest])


def test_a_ring_lies_at_the_value_of_the_reference():
    band = np.array([[2.0, -1.0, 0], [1.0, 2.0, 0], [0, 0, 0]])
    theory = Observable("conductivity", 1.5 * band, None, "e^2/h", "")
    ax = plot_contributions(conductivity(band, 0 * band), theory)
    rings = next(line for line in ax.lines if line.get_fillstyle() == "none")
    np.testing.assert_allclose(rings.get_xdata(), [3.0, -1.5, 1.5, 3.0])
    np.testing.assert_array_equal(rings.get_ydata(), range(4))
    assert "reference" in [text.get_text() for text in ax.get_legend().get_texts()]
    without = plot_contributions(conductivity(band, 0 * band))
    assert "reference" not in [text.get_text() for text in without.get_legend().get_texts()]


def test_drifts_are_drawn_along_the_row_across_the_force_where_they_vary_most():
    """Ways along +y on a shuffled grid of 5 x 4: rows have one k_y, and the third varies most with k_x."""
    x, y = (each.ravel() for each in np.meshgrid(np.arange(5) * 0.1 - 0.2, np.arange(4) * 0.1 - 0.15))
    order = np.random.default_rng(1).permutation(len(x))
    x, y = x[order], y[order]
    exact = np.where(np.isclose(y, 0.05), 30.0, 3.0) * x
    omega = exact + 0.01 * y
    found = measured(
        berry_curvature_from_drifts=omega, berry_curvature_on_way=exact, drift_wavevector=np.stack([x, y, 0 * x], axis=1),
        drift_way=np.tile([0.0, 0.1, 0.0], (len(x), 1)),
    )  # fmt: skip
    faces = 2.0 * np.array([[1.0, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0]])
    ax = plot_drift_curvature(found, faces)
    line, dots = ax.lines
    # Across a force along y, turned by the right hand about z: towards −x.
    np.testing.assert_allclose(line.get_xdata(), [-0.2, -0.1, 0.0, 0.1, 0.2], atol=1e-12)
    np.testing.assert_allclose(line.get_ydata(), [6.0, 3.0, 0.0, -3.0, -6.0], atol=1e-12)
    np.testing.assert_allclose(dots.get_ydata() - line.get_ydata(), 0.0005)


def drifts(**paths):
    return {"valley_displacement": Observable("valley_displacement", paths, None, "angstrom")}


def test_valleys_are_drawn_along_the_axis_that_tells_them_apart():
    """Both are accelerated along x, by masses that differ by a per cent; they drift apart along y, and z is rounding."""
    time = np.linspace(0, 10.0, 6)
    one = np.stack([-1.00 * time**2, 0.08 * time, 1e-9 * time], axis=1)
    other = np.stack([-1.02 * time**2, -0.08 * time, -1e-9 * time], axis=1)
    assert abs(one - other).max(axis=0).argmax() == 0
    (series,) = series_of_run(drifts(**{"K": one, "K'": other}), time)
    assert "y" in series.name
    np.testing.assert_array_equal(series.columns, np.stack([one[:, 1], other[:, 1]], axis=1))


def test_a_single_valley_is_drawn_along_its_way():
    time = np.linspace(0, 10.0, 6)
    way = np.stack([0 * time, 0.1 * time, -2.0 * time], axis=1)
    (series,) = series_of_run(drifts(**{"K": way}), time)
    np.testing.assert_array_equal(series.columns[:, -1], way[:, 2])
