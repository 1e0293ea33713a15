"""The charge of the carriers in what is printed of a band."""

import json

import pytest

from wavepacket.units import BOHR_MAGNETON, E_OVER_HBAR


@pytest.mark.parametrize(
    ("charge", "formula"), [(-1.0, "m = -i(e/2hbar)"), (1.0, "m = i(e/2hbar)"), (-2.0, "m = -i(2e/2hbar)")]
)
def test_the_moment_of_a_band_is_proportional_to_the_charge(wavepacket, tmp_path, charge, formula):
    """m = i(q/2ħ)⟨∂u|×[H−ε]|∂u⟩ at the gap of massive Dirac: (q/ħ) (ħv)²/2Δ, the same in both bands."""
    config = tmp_path / "dirac.yaml"
    config.write_text(
        "name: dirac\nmodel: {name: massive_dirac, velocity: 6, mass: 0.1, cutoff: 0.2}\nband: 0\n"
        f"charge: {charge}\n"
    )
    route = ("--points", "3", "--path=-0.1,0 0.1,0", "--quantity", "orbital_moment", "-q")
    found = wavepacket("bands", str(config), "--json", *route)
    assert found.code == 0, found.err
    told = json.loads(found.out)
    expected = charge * E_OVER_HBAR * 6.0**2 / (2 * 0.1) / BOHR_MAGNETON
    for entry in (told["extrema"][0]["orbital_moment"], told["valleys"]["K"]["orbital_moment"]):
        assert entry["value"] == pytest.approx([0.0, 0.0, expected], rel=1e-9)
        assert formula in entry["convention"]
    assert told["path"]["moment"]["value"][1] == pytest.approx([expected, expected], rel=1e-9)
    assert max((abs(m), m) for row in told["map"]["values"]["value"] for m in row)[1] == pytest.approx(
        expected, rel=1e-2
    )
