"""Figures show what their run is about: its headline against time, or as numbers, beside their exact values."""

import numpy as np
import pytest

import wavepacket.analysis  # noqa: F401 - its observables have symbols where it is loaded
from wavepacket.config import Fields
from wavepacket.observables import Observable
from wavepacket.plots.field_marks import draw_field_marks
from wavepacket.plots.headline import headline_panels, plot_rows, with_others
from wavepacket.plots.paths import shown_packets
from wavepacket.plots.series import Series
from wavepacket.plots.style import prepare
from wavepacket.plots.transport import measured_panels

TIME = np.linspace(0.0, 10.0, 11)
RAMP = TIME[:, None] * [0.0, 2.0, 0.0]


def observable(name, value, unit="1", **more):
    return {name: Observable(name, value, unit=unit, **more)}


def texts(ax):
    return [each.get_text() for each in ax.texts]


def test_a_course_is_drawn_with_what_is_asked_for():
    found = observable(
        "spin",
        RAMP[-1],
        "hbar",
        uncertainty=np.full(3, 0.1),
        series=Observable("spin", RAMP + np.array([1.0, 0.0, 0.0]), unit="hbar"),
    )
    (series,), panels = headline_panels({"spin.y": 20.5}, found, TIME)
    assert panels == []
    np.testing.assert_array_equal(series.columns[:, 0], 2 * TIME)
    assert series.columns.shape == (11, 1)
    assert series.references.tolist() == [20.5]
    assert series.observable == "spin"


def test_the_exact_value_of_a_last_one_stands_at_the_end_and_that_of_a_mean_everywhere():
    last = observable("spin", RAMP[-1], "hbar", series=Observable("", RAMP, unit="hbar"))
    assert headline_panels({"spin.y": 20.0}, last, TIME)[0][0].at_end
    mean = observable("spin", RAMP.mean(axis=0), "hbar", series=Observable("", RAMP, unit="hbar"))
    assert not headline_panels({"spin.y": 10.0}, mean, TIME)[0][0].at_end


def test_the_drift_of_a_valley_is_its_displacement_in_its_colour():
    found = observable("valley_drift", {"K": np.ones(3), "K'": -np.ones(3)})
    ways = {"K": RAMP, "K'": -RAMP}
    found |= observable("valley_displacement", ways, "angstrom", over_time=True)
    (series,), _ = headline_panels({"valley_drift.K.y": None, "valley_drift.K'.y": None}, found, TIME)
    assert series.by_valley
    assert list(series.labels) == ["K", "K′"]
    assert series.name == r"$\langle y\rangle$"


def test_noise_is_no_course_but_a_number_with_its_error():
    noise = 0.1 * np.sin(7 * TIME)
    hall = Observable("", noise, unit="e^2/h")
    found = observable("hall_conductivity", 0.01, "e^2/h", uncertainty=0.2, series=hall)
    series, (panel,) = headline_panels({"hall_conductivity": 0.0}, found, TIME)
    assert series == []
    ax = panel()
    assert texts(ax) == ["0.01 ± 0.2", "exact 0"]
    low, high = ax.get_xlim()
    assert low < -0.19 < 0.21 < high  # the whole error


def test_numbers_stand_one_below_the_other_by_their_unit():
    found = observable(
        "valley_pumping", {"W+": 6e-12, "W-": -6e-12}, "1/fs", uncertainty={"W+": 1e-13, "W-": 1e-13}
    )
    found |= observable("other", 3.0, "eV")
    wanted = {"valley_pumping.W+": 5.8e-12, "valley_pumping.W-": None, "other": None, "absent": 1.0}
    series, panels = headline_panels(wanted, found, TIME)
    assert series == []
    assert len(panels) == 2
    ax = panels[0]()
    assert [label.get_text()[-4:] for label in ax.get_yticklabels()] == ["(W⁺)", "(W⁻)"]
    assert "10^{-12}" in ax.get_xlabel()
    assert texts(ax) == ["6 ± 0.1", "exact 5.8", "−6 ± 0.1"]


def test_components_of_tensors_are_letters_and_those_of_packets_numbers():
    panels = headline_panels({"tensor": None}, observable("tensor", np.eye(3)), TIME)[1]
    assert panels[0]().get_yticklabels()[1].get_text() == "tensor ($xy$)"
    panels = headline_panels({"trap.1": 2.0}, observable("trap", np.arange(3.0)), TIME)[1]
    assert panels[0]().get_yticklabels()[0].get_text() == "trap (1)"


@pytest.mark.parametrize(("typed", "label"), [("1", r"$\omega$ (1)"), ("y", r"$\omega_{y}$")])
def test_three_packets_are_no_axes(typed, label):
    """Three numbers may be those of packets or components of a vector: as they are typed."""
    found = observable("trap_frequency", np.arange(3.0))
    (panel,) = headline_panels({f"trap_frequency.{typed}": 2.0}, found, TIME)[1]
    assert panel().get_yticklabels()[0].get_text() == label


def test_the_usual_courses_fill_the_room_that_is_left():
    def series(name, values):
        return Series(TIME, values, observable=name)

    own, other, noise = series("a", TIME), series("b", TIME), series("c", 0 * TIME)
    assert with_others([own], 0, [series("a", TIME), noise, other, other]) == [own, other]
    assert with_others([own], 1, [other]) == [own]
    assert with_others([], 0, [noise, other, own, own]) == [other, own, own]


@pytest.mark.parametrize(
    ("fields", "axes", "marks"),
    [
        (Fields(), (0, 1), []),
        (
            {"electric": [1, 0, 0], "magnetic": [0, 0, 2]},
            (0, 1),
            ["", r"$\mathbf{E}$", r"$\odot$", r"$\mathbf{B}$"],
        ),
        ({"magnetic": [0, 0, 2]}, (1, 0), [r"$\otimes$", r"$\mathbf{B}$"]),
        ({"electric": [0, 1, 0]}, (0, 2), [r"$\otimes$", r"$\mathbf{E}$"]),
        (
            {"electric": {"kind": "sinusoid", "amplitude": [0, 1, 0], "frequency": 1}},
            (0, 1),
            ["", r"$\mathbf{E}(t)$"],
        ),
    ],
)
def test_fields_are_marked_in_the_corner(fields, axes, marks):
    fields = fields if isinstance(fields, Fields) else Fields.model_validate(_listed(fields))
    ax = prepare(None)
    draw_field_marks(ax, fields, axes)
    assert texts(ax) == marks


@pytest.mark.parametrize(
    ("where", "corner"), [((5.0, 5.0), (0, 0)), ((0.1, 0.1), (1, 0)), ((9.9, 9.9), (0, 0))]
)
def test_marks_go_to_the_corner_that_paths_leave_free(where, corner):
    """The lower left one, but where paths lie there; without paths to the middle."""
    ax = prepare(None)
    ax.set_xlim(0, 10)
    ax.set_ylim(0, 10)
    fields = Fields.model_validate({"magnetic": [0, 0, 1]})
    draw_field_marks(ax, fields, (0, 1), np.full((3, 4, 2), where))
    assert {each.xy for each in ax.texts} == {corner}
    draw_field_marks(middle := prepare(None), fields, (0, 1))
    assert {each.xy for each in middle.texts} == {(0.5, 0.5)}


def test_a_reference_stands_where_no_exact_value_is_known():
    found = observable("conductance", 2.0, "e^2/h", uncertainty=0.1) | observable(
        "hall_conductivity", 1.0, "e^2/h", uncertainty=0.1
    )
    theory = observable("hall_conductivity", 1.05, "e^2/h") | observable("conductance", 9.0, "e^2/h")
    wanted = {"hall_conductivity": None, "conductance": 2.05}
    (panel,) = headline_panels(wanted, found, TIME, theory=theory)[1]
    assert [text for text in texts(panel()) if not text.endswith("0.1")] == ["reference 1.05", "exact 2.05"]


def test_a_current_with_the_noise_of_its_starts_is_left_to_those_who_ask():
    parts = {"band": Observable("", np.array([1.0, 9.0, 0.0]))}
    found = observable("current_density", np.array([1.0, 9.0, 0.0]), "A/m", contributions=parts)
    assert len(measured_panels(found, None)) == 1
    assert measured_panels(found, None, wanted={"hall_conductivity": None}) == []
    assert len(measured_panels(found, None, wanted={"current_density.y": 9.0})) == 1


def _listed(fields):
    electric = fields.get("electric", [])
    term = (
        electric
        if isinstance(electric, dict)
        else {"kind": "uniform", "amplitude": electric}
        if electric
        else None
    )
    return fields | {"electric": [term] if term else []}


def test_paths_are_chosen_by_weight():
    weight = np.where(np.arange(1000) < 100, 1.0, 1e-6)
    chosen = shown_packets(1000, 60, weight)
    assert len(chosen) == 60
    assert np.all(chosen < 100)
    assert len(set(chosen.tolist())) == 60


def test_rows_without_errors_have_axes():
    from wavepacket.plots.headline import Row

    low, high = plot_rows([Row("x", 2.0)], "eV").get_xlim()
    assert low < 2.0 < high
