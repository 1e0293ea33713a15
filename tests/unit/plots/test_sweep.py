"""Figures of sweeps: dots where points are, the curve of a reference through them, and labels as in print."""

import numpy as np
import pytest

from wavepacket.config.scan import Axis, scan
from wavepacket.plots.naming import key_symbol, observable_symbol
from wavepacket.plots.sweep import Curves, plot_sweep

FIELD = Axis("fields.magnetic.z", scan("0:2:0.5 T"))
FINE = Axis("fields.magnetic.z", ("0 T", *(f"{x!r} T" for x in np.linspace(0, 2, 9).tolist())))
MASS = Axis("model.mass_x", scan("1,2 m_e"))


def numbers(axis):
    return np.array(axis.numbers)


def test_dots_and_the_curve_of_a_reference():
    measured = Curves((FIELD,), 1e-5 * numbers(FIELD) ** 2, np.full(5, 2e-6), "packets")
    theory = Curves((FINE,), 1.1e-5 * numbers(FINE) ** 2, label="formula")
    ax = plot_sweep(measured, name=r"$\sigma_{xx}$", unit="S/cm", reference=theory)
    line = next(each for each in ax.lines if each.get_marker() == "None" and len(each.get_xdata()) == 10)
    assert np.all(np.diff(line.get_xdata()) >= 0)
    # 4.4e-5 is drawn as 44 of 10^-6.
    np.testing.assert_allclose(line.get_ydata()[-1], 44.0)
    dots = ax.containers[0].lines[0]
    assert dots.get_linestyle() == "None"
    np.testing.assert_allclose(dots.get_ydata(), 10 * numbers(FIELD) ** 2)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["packets", "formula"]
    assert ax.get_xlabel() == "$B_z$ (T)"
    assert "10$^" in ax.get_ylabel() or "$10^{-6}$" in ax.get_ylabel()


def test_without_a_reference_points_are_joined():
    ax = plot_sweep(Curves((FIELD,), numbers(FIELD)), name="value", unit="1")
    assert ax.containers[0].lines[0].get_linestyle() == "-"
    assert ax.get_legend() is None


def test_a_constant_is_not_zoomed_to_its_rounding():
    ax = plot_sweep(Curves((FIELD,), 5.0 + 1e-13 * numbers(FIELD)), name="value", unit="1")
    assert np.ptp(ax.get_ylim()) == pytest.approx(0.1, rel=1e-6)


def test_curves_of_a_second_key_have_the_colours_of_their_references():
    values = np.outer([1.0, 2.0], numbers(FIELD))
    theory = Curves((MASS, FINE), np.outer([1.0, 2.0], numbers(FINE)), label="formula")
    ax = plot_sweep(Curves((MASS, FIELD), values, label="packets"), name="value", unit="1", reference=theory)
    lines = [each for each in ax.lines if len(each.get_xdata()) == 10]
    colours = [container.lines[0].get_color() for container in ax.containers]
    assert len(lines) == len(colours) == 2
    for line, colour in zip(lines, colours, strict=True):
        np.testing.assert_array_equal(line.get_color(), colour)
    legends = [text.get_text() for artist in ax.findobj(type(ax.get_legend())) for text in artist.get_texts()]
    assert sorted(legends) == ["1 m_e", "2 m_e", "formula", "packets"]


def test_a_dot_whose_uncertainty_is_not_known_is_hollow():
    """It has no bar, which would look like an exact value; what has no uncertainty at all, a bound, has full dots."""
    values = np.array([1.0, 2.0, np.nan, 4.0, 5.0])
    ax = plot_sweep(
        Curves((FIELD,), values, np.array([0.1, np.nan, np.nan, 0.1, 0.1])), name="value", unit="1"
    )
    (hollow,) = (each for each in ax.lines if each.get_markerfacecolor() == "white")
    assert (hollow.get_xdata().tolist(), hollow.get_ydata().tolist()) == ([0.5], [2.0])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["± not known"]
    for errors in (np.full(5, 0.1), None):
        ax = plot_sweep(Curves((FIELD,), values, errors), name="value", unit="1")
        assert ax.get_legend() is None


def test_angles_have_ticks_at_right_angles_and_their_halves():
    turn = Axis("fields.magnetic.polar", scan("0:180:15 deg"))
    ax = plot_sweep(Curves((turn,), np.cos(np.radians(numbers(turn)))), name="value", unit="1")
    assert ax.get_xticks().tolist() == [0, 45, 90, 135, 180]
    assert ax.get_xlabel().endswith("(°)")


def test_values_that_are_no_numbers_are_named():
    words = Axis("model.material", ("MoS2", "WSe2"))
    ax = plot_sweep(Curves((words,), np.array([1.0, np.nan])), name="value", unit="1")
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["MoS2", "WSe2"]


@pytest.mark.parametrize(
    ("observable", "component", "symbol"),
    [
        ("conductivity", "2.0", r"$\sigma_{zx}$"),
        ("nonlinear_hall_conductivity", "imaginary.1.0.0", r"Im $\chi_{yxx}$"),
        ("current_density", "1", "$j_{y}$"),
        ("hall_conductivity", "", r"$\sigma_{xy}$"),
        ("magnetoresistance", "2", r"$\Delta\rho_{zz}\,/\,\rho_{zz}(0)$"),
        ("valley_drift", "K.0", r"$v_\mathrm{d}$ (K, $x$)"),
        ("valley_population", "K'", "$n$ (K′)"),
    ],
)
def test_symbols(observable, component, symbol):
    assert observable_symbol(observable, component) == symbol


@pytest.mark.parametrize(
    ("key", "symbol"),
    [
        ("fields.magnetic.z", "$B_z$"),
        ("model.phi", r"$\phi$"),
        ("model.t2", "$t_{2}$"),
        ("model.staggered", "staggered"),
    ],
)
def test_keys_are_named_as_in_print(key, symbol):
    assert key_symbol(key) == symbol


@pytest.mark.parametrize(
    ("observable", "component", "name"),
    [
        ("conductivity_by_band", "3.0.1", r"$\sigma_{xy}$, band 3"),
        ("conductivity_by_band", "others.0.1", r"$\sigma_{xy}$, others"),
        ("carrier_density_by_band", "3", "$n$, band 3"),
    ],
)
def test_what_bands_have_names_its_band(observable, component, name):
    """The number of a band is no axis: σ_xy of band 0 was called σ_xxy."""
    assert observable_symbol(observable, component) == name
