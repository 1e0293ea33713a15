"""The table of observables: on the page as in the code, one symbol and one unit for a name, old names for one version."""

import json

import numpy as np
import pytest

from tests.observables_table import PAGE, SAID, page
from wavepacket.observables import KINDS, Observable, Observables, Plain, entries, entry, symbol_of
from wavepacket.response.observables import words


def test_the_page_has_the_table_of_the_code():
    assert page() == PAGE.read_text(encoding="utf-8"), "write it by: python -m tests.observables_table"


def test_one_name_is_one_quantity():
    units, symbols = {}, {}
    for each in entries():
        written = each.unit.format_map(words(2, -1.0) | SAID)
        units.setdefault(each.name, set()).add(written)
        symbols.setdefault(each.name, set()).add(each.symbol)
        assert each.kind in KINDS
    assert {name for name, found in units.items() if len(found) > 1} == set()
    assert {name for name, found in symbols.items() if len(found) > 1} == set()


def test_an_old_name_leads_to_the_new_one():
    found = Observables({"new": Observable("new", 2.0, 0.5, "eV", "by hand", old=("former",))})
    with pytest.warns(FutureWarning, match="former is now new"):
        assert found["former"].value == 2.0
    with pytest.warns(FutureWarning, match="former is now new"):
        assert found.get("former").value == 2.0
    assert "former" in found
    assert list(found) == ["new"]
    assert found.get("other", 1) == 1
    with pytest.raises(KeyError):
        found["other"]
    written = json.loads(json.dumps(found.as_json()))
    assert written["former"]["value"] == written["new"]["value"] == 2.0
    assert written["former"]["convention"] == "old name of new, for one version: by hand"


def test_what_lies_beside_the_value():
    part = Observable("", 1.0, 0.1)
    found = Observable(
        "x", 3.0, 0.2, "eV", "", contributions={"a": part, "b": Observable("", 2.0)}, facts={"carriers": "holes"},
        series=Observable("", np.array([1.0, np.nan]), None), valleys=("K",),
    )  # fmt: skip
    beside = {
        key: value for key, value in found.as_json().items() if key not in ("value", "uncertainty", "unit")
    }
    assert beside == {
        "convention": "", "carriers": "holes", "series": [1.0, None], "valleys": ["K"],
        "contributions": {"a": {"value": 1.0, "uncertainty": 0.1}, "b": {"value": 2.0, "uncertainty": None}},
    }  # fmt: skip
    with pytest.warns(DeprecationWarning, match="details"):
        assert found.details["contributions"]["a"]["value"] == 1.0


def test_an_entry_needs_what_its_source_has():
    @entry("response", unit="{volume}", convention="of {carriers}", needs=("gold",), name="nuggets", own=True)
    def nuggets(of: Plain) -> Observable:
        return Observable("", float(of.given), convention="counted")

    try:
        (made,) = (each for each in entries("response") if each.own)
        assert made.made(Plain(3, frozenset({"silver"}), words(3, -1.0))) is None
        found = made.made(Plain(3, frozenset({"gold", "silver"}), words(3, 1.0)))
        assert (found.name, found.unit) == ("nuggets", "1/angstrom^3")
        assert found.convention == "of charge +e; counted"
        assert symbol_of("nuggets") == symbol_of("nuggets", own=True) == "nuggets"
        assert symbol_of("hall_conductivity", own=True) == ""
    finally:
        from wavepacket.observables import forget_own

        forget_own()
