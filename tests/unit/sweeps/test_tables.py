"""Tables of a sweep beside what its points hold: damage is told from another version, and from a script that is missing."""

import numpy as np
import pytest

from wavepacket.config.scan import Axis
from wavepacket.observables import Observable
from wavepacket.sweeps.table import OBSERVABLES, Point, Sweep, write_tables, wrong_tables


def sweep_in(folder, *extra):
    def point(number):
        found = [
            Observable("valley_displacement", {"K": np.array([0.5, 0.25, number])}, None, "angstrom"),
            Observable("density_of_states", 2.0 + number, 0.1, "1/angstrom^2/eV"),
            *extra,
        ]
        path = folder / "points" / str(number)
        return Point({"seed": str(number)}, path, "finished", {each.name: each for each in found})

    return Sweep(folder, (Axis("seed", ("0", "1")),), (point(0), point(1)))


def changed(folder, *replacements):
    table = folder / OBSERVABLES
    text = table.read_text()
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new)
    table.write_text(text)


@pytest.mark.parametrize(
    ("replacements", "wrong"),
    [
        ([], []),
        ([(",angstrom\n", ",angstrom^1\n"), ("1/angstrom^2/eV", "1/(eV angstrom^2)")], []),
        ([("density_of_states", "states_of_old")], []),  # renamed
        ([(",2.0,", ",2.1,")], [OBSERVABLES]),
        ([("0,0,density_of_states,", "0,0,density_of_statez,")], [OBSERVABLES]),  # one of several rows
        ([("1,1,density_of_states,,3.0,0.1,1/angstrom^2/eV\n", "")], [OBSERVABLES]),
        ([("1/angstrom^2/eV", "1/angstrom^3/eV")], [OBSERVABLES]),
    ],
)
def test_tables_of_another_version(tmp_path, replacements, wrong):
    write_tables(sweep_in(tmp_path))
    changed(tmp_path, *replacements)
    assert wrong_tables(sweep_in(tmp_path)) == wrong


def test_an_observable_of_a_script_that_is_missing(tmp_path):
    own = Observable("mine", 1.0, None, "1")
    write_tables(sweep_in(tmp_path, own))
    assert wrong_tables(sweep_in(tmp_path)) == []
    assert wrong_tables(sweep_in(tmp_path, own)) == []
    changed(tmp_path, ("0,0,mine,,1.0", "0,0,mine,,1.5"))
    assert wrong_tables(sweep_in(tmp_path, own)) == [OBSERVABLES]
