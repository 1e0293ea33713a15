"""Results as a person reads them: digits by the uncertainty, and no flood of arrays in a notebook."""

import numpy as np
import pytest

from wavepacket.observables import Observable, Observables


def shown(value: object, uncertainty: object = None, unit: str = "1") -> str:
    """Return what a notebook shows."""
    return repr(Observable("x", value, uncertainty, unit, "by hand"))


@pytest.mark.parametrize(
    ("value", "uncertainty", "text"),
    [
        (0.0963983631, 3.01e-3, "0.0964 ± 0.003"),
        (-0.9999999999515, 4.4e-11, "-1 ± 4.4e-11"),
        (-196959959.3, 8.5e9, "-2e+08 ± 8.5e+09"),
        (3.9e-11, 0.5, "0 ± 0.5"),
        (-1e-18, 1e-3, "0 ± 0.001"),
        (1033.916924, 0.0, "1033.916924 ± 0"),
        (9.378910981e-10, None, "9.37891e-10"),
        (np.nan, None, "not defined"),
        (2.5, np.nan, "2.5 ± unknown"),
    ],
)
def test_digits_end_where_the_uncertainty_begins(value: float, uncertainty: float | None, text: str) -> None:
    """Two digits of the uncertainty; six of a number that has none."""
    found = shown(value, uncertainty)
    assert found == text


def test_arrays_have_their_uncertainties_beside_them() -> None:
    """A vector, a matrix by valley, and the end of a series."""
    vector = np.array([1.23456, -0.0, 2e-9])
    assert shown(vector, np.array([0.01, 0.0, 1e-3]), "A/m") == "[1.235, 0, 0] ± [0.01, 0, 0.001] A/m"
    assert shown({"K": vector[:2], "K'": vector[:2]}) == "K [1.23456, 0], K' [1.23456, 0]"
    assert shown(np.arange(5.0), np.full(5, 0.1)) == "5 values, last 4 ± 0.1"
    assert shown(np.eye(2), np.full((2, 2), 0.1)) == "[[1, 0], [0, 1]] ± [[0.1, 0.1], [0.1, 0.1]]"


def test_only_components_of_a_tensor_that_differ_from_zero() -> None:
    """A third-rank tensor has 27 components and symmetry leaves few."""
    tensor = np.zeros((3, 3, 3))
    tensor[0, 1, 1], tensor[1, 0, 0] = 2.0, 1e-15
    assert shown(tensor, np.full((3, 3, 3), 1e-3)) == "xyy 2 ± 0.001"
    assert shown(np.zeros((3, 3, 3)), np.full((3, 3, 3), 1e-3)) == "no component above 0.001"
    assert shown({"real": tensor, "imaginary": np.zeros((3, 3, 3))}) == "xyy 2"


def test_the_convention_is_printed_below() -> None:
    """One line for the number, one for how to read it."""
    assert str(Observable("x", 1.0, 0.5, "eV", "by hand")) == "x: 1 ± 0.5 eV\n    by hand"


def test_tables_for_notebooks():
    """A row for each number in pandas; the notebook's table holds names, numbers and conventions, and no markup of users."""
    pandas = pytest.importorskip("pandas")
    drift = Observable("valley_drift", {"K": np.array([0.0, 2.0])}, {"K": np.array([0.1, 0.1])}, "angstrom")
    hall = Observable("hall", -1.0, 1e-9, "e^2/h", "sign of <electrons>")
    found = Observables({"valley_drift": drift, "hall": hall})
    table = found.to_dataframe()
    assert isinstance(table, pandas.DataFrame)
    assert table[["observable", "component"]].to_numpy().tolist() == [
        ["valley_drift", "K.0"], ["valley_drift", "K.1"], ["hall", ""],
    ]  # fmt: skip
    assert table["value"].tolist() == [0.0, 2.0, -1.0]
    shown = found._repr_html_()
    assert "-1" in shown
    assert "e^2/h" in shown
    assert "&lt;electrons&gt;" in shown


def test_a_name_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(KeyError, match="no observable 'conductivty' here; there are conductivity"):
        Observables(conductivity=Observable("conductivity", 1.0))["conductivty"]
