"""Units in print, powers of ten and the choice of units."""

import numpy as np
import pytest

from wavepacket.plots.labels import axis_label, length_unit, power_of_ten, time_unit, unit_text


@pytest.mark.parametrize(
    ("unit", "printed"),
    [
        ("angstrom^2", "Å$^{2}$"),
        ("mu_B", r"$\mu_\mathrm{B}$"),
        ("e^2/h", "$e$$^{2}$/$h$"),
        ("1/angstrom", "1/Å"),
        ("eV*angstrom", "eV Å"),
        ("1", ""),
        ("", ""),
        ("S/cm", "S/cm"),
        ("A/(K m)", "A/(K m)"),
    ],
)
def test_units_in_print(unit, printed):
    assert unit_text(unit) == printed


def test_axis_labels():
    assert axis_label("energy", "eV") == "energy (eV)"
    assert axis_label("C", "1") == "C"
    assert axis_label("j", "e/angstrom/fs", -6) == "j ($10^{-6}$ $e$/Å/fs)"


@pytest.mark.parametrize(
    ("largest", "power"),
    [(0.0, 0), (1.0, 0), (0.02, 0), (9000.0, 0), (3e-4, -6), (5e-6, -6), (2e4, 3), (1e6, 6), (np.nan, 0)],
)
def test_power_of_ten(largest, power):
    assert power_of_ten([largest, -0.0]) == power


def test_units_that_suit():
    lengths = [length_unit(span)[1] for span in (0.0, 20.0, 400.0, 1.9e4, 2e4, 1e9)]
    assert lengths == ["Å", "Å", "nm", "nm", "µm", "mm"]
    assert [time_unit(span)[1] for span in (0.0, 999.0, 2000.0, 5e6)] == ["fs", "fs", "ps", "ns"]
