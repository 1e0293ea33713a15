"""Where panels, names and marks of a figure go: nothing lies on anything else, and no place stays empty."""

import numpy as np
import pytest

from wavepacket.config import Fields
from wavepacket.observables import Observable
from wavepacket.plots.contours import Ground, draw_contours, draw_edges
from wavepacket.plots.field_marks import draw_field_marks
from wavepacket.plots.figures import compose
from wavepacket.plots.headline import Row, plot_rows
from wavepacket.plots.observables import series_of_run
from wavepacket.plots.series import Series, plot_series
from wavepacket.plots.style import add_colour_bar, colour_scale, prepare


@pytest.mark.parametrize(
    ("panels", "filled", "rows"),
    [(1, True, [1]), (3, True, [3]), (4, True, [2, 2]), (5, True, [2, 3]), (6, True, [2, 2, 2]), (9, True, [2, 2, 2, 3]),
     (5, False, [2, 2, 1])],
)  # fmt: skip
def test_rows_of_panels(panels, filled, rows):
    """They fill the page, but where legends are too wide for three of them."""
    figure = compose([lambda ax: ax] * panels, "", filled=filled)
    figure.draw_without_rendering()
    heights = np.array([ax.get_position().y0 for ax in figure.axes]).round(3)
    assert [np.count_nonzero(heights == height) for height in np.unique(heights)[::-1]] == rows
    letters = [ax.texts[0].get_text() for ax in figure.axes if ax.texts]
    assert letters == ([f"({letter})" for letter in "abcdefghi"[:panels]] if panels > 1 else [])


@pytest.mark.parametrize("panels", [3, 5])
def test_panels_with_colour_bars_and_long_labels_leave_each_other_room(panels):
    """And the layout says nothing: a warning is an error here."""

    def coloured(ax):
        values = np.linspace(-1.0, 1.0, 16).reshape(4, 4)
        scale = colour_scale(values, signed=True)
        image = ax.imshow(values, cmap=scale.colours, norm=scale.norm)
        add_colour_bar(ax, image, scale, r"$B_\mathrm{em}$", "T")
        ax.set_ylabel("$y$ (nm)")
        return ax

    def number(ax):
        return plot_rows([Row("texture drag", 0.8031710185, 5e-10, 0.803171)], "1", ax=ax)

    figure = compose(([coloured] * 3 + [number] * 2)[:panels], "A title", filled=True)
    figure.draw_without_rendering()
    boxes = [ax.get_tightbbox() for ax in figure.axes]
    assert not any(one.overlaps(other) for i, one in enumerate(boxes) for other in boxes[:i])


def _boxes(ax):
    ax.figure.draw_without_rendering()
    return {text.get_text(): text.get_window_extent() for text in ax.texts if text.get_text()}


@pytest.mark.parametrize(
    "contacts",
    [
        {"collector": [-0.5, 0.02], "injector": [0.0, 0.02]},
        {"nw": [-0.4, 0.1], "ne": [0.4, 0.1]},
        {"emitter": [-0.3, 0.02], "collector": [0.0, 0.02], "detector": [0.3, 0.02]},
    ],
    ids=["neighbours", "far", "three"],
)
def test_names_of_contacts_overlap_neither_each_other_nor_the_frame(contacts):
    ax = prepare(None, 2.2)
    ax.set_aspect("equal", adjustable="box")
    walls = (np.array([[-1.0, 0.0], [1.0, 0.0], [1.0, 1.0], [-1.0, 1.0], [-1.0, 0.0]]),)
    ends = {name: np.array([[x - w, 0.0], [x + w, 0.0]]) for name, (x, w) in contacts.items()}
    draw_edges(ax, Ground(walls=walls, contacts=ends), 1.0)
    boxes = _boxes(ax)
    assert set(boxes) == set(contacts)
    frame = ax.get_window_extent()
    for name, box in boxes.items():
        assert frame.y0 <= box.y0
        assert box.y1 < ax.transData.transform((0.0, 0.0))[1]
        assert not any(box.overlaps(other) for key, other in boxes.items() if key != name)


def test_the_name_of_a_field_in_a_low_device_stands_beside_its_mark():
    ax = prepare(None)
    draw_field_marks(ax, Fields.model_validate({"magnetic": [0, 0, 1]}), (0, 1))
    mark, name = _boxes(ax).values()
    assert mark.x1 <= name.x0 + 1.0
    assert name.y1 <= mark.y1 + 0.3 * mark.height


def test_labels_of_contours_keep_away_from_paths_and_from_each_other():
    """Contours of a step are straight lines; a path runs along the middle."""
    ax = prepare(None)
    ax.set_xlim(0.0, 1.0)
    ax.set_ylim(0.0, 1.0)
    path = np.stack([np.linspace(0.0, 1.0, 200), np.full(200, 0.5)], axis=1)
    draw_contours(ax, lambda places: np.clip(2.0 * places[:, 0], 0.4, 1.6), (0, 1), 1.0, path)
    places = np.array([text.get_position() for text in ax.texts])
    assert len(places) >= 3
    assert np.all((places > 0.1) & (places < 0.9))
    assert np.all(np.abs(places[:, 1] - 0.5) > 0.05)
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)[~np.eye(len(places), dtype=bool)]
    assert apart.min() > 0.05


def test_no_label_where_paths_leave_no_room():
    ax = prepare(None)
    ax.set_xlim(0.0, 1.0)
    ax.set_ylim(0.0, 1.0)
    everywhere = np.stack(np.meshgrid(*2 * [np.linspace(0.0, 1.0, 60)]), axis=-1)
    draw_contours(ax, lambda places: places[:, 0], (0, 1), 1.0, everywhere)
    assert not ax.texts
    assert ax.collections


def test_a_course_on_top_of_another_is_dashed():
    time = np.linspace(0.0, 10.0, 50)
    columns = np.stack([time**2, time**2 + 1e-3, -time, time**2 - 1e-3], axis=1)
    ax = plot_series(Series(time, columns, labels=["a", "b", "c", "d"]))
    assert [line.is_dashed() for line in ax.lines] == [False, True, False, True]


def test_a_single_component_is_named_on_the_axis():
    """Not by a legend of one letter."""
    time = np.linspace(0.0, 10.0, 5)
    moved = np.zeros((5, 3))
    moved[:, 1] = time
    (course,) = series_of_run(
        {"valley_displacement": Observable("valley_displacement", {"none": moved}, {}, "angstrom")}, time
    )
    assert (course.name, list(course.labels)) == (r"$\langle y\rangle$", [])
