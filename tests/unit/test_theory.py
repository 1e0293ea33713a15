"""The page of the theory: each formula stands in one function, which is found by its name where the page says."""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import wavepacket
from wavepacket.bands import band
from wavepacket.units import E_OVER_HBAR

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "theory.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| .+ \| (`\w+`(?:, `\w+`)*) \| `([\w/]+\.py)` \|$", PAGE, re.MULTILINE)
PLACES = [(name, file) for names, file in ROWS for name in re.findall(r"\w+", names)]


@cache
def functions(file: Path) -> list[str]:
    """Names of the functions of a file that are no methods."""
    return [
        node.name
        for node in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef)
    ]


def test_the_page_names_functions():
    assert len(PLACES) >= 18


@pytest.mark.parametrize(("name", "file"), PLACES)
def test_a_formula_stands_where_the_page_says_and_nowhere_else(name, file):
    package = ROOT / "wavepacket"
    count = Counter(
        {path.relative_to(package).as_posix(): functions(path).count(name) for path in package.rglob("*.py")}
    )
    assert {where: n for where, n in count.items() if n} == {file: 1}


def test_the_sign_of_the_moment_is_that_of_the_lowest_landau_level():
    """Massive Dirac, Δ > 0: √(Δ² + 2v²ħeB) − Δ = ħω_c + O(B²) is what ħω_c/2 − m_z B gives with m_z = −eħv²/2Δ."""
    velocity, mass, field = 6.0, 0.1, 1e-3  # eV Å, eV, T
    crystal = wavepacket.hamiltonians.massive_dirac(velocity=velocity, mass=mass)
    geometry = band(crystal, 1).geometry([[0.0, 0.0, 0.0]])
    moment = geometry.orbital_moment[0, 2]
    assert moment == pytest.approx(-E_OVER_HBAR * velocity**2 / (2 * mass), rel=1e-12)
    level = np.sqrt(mass**2 + 2 * velocity**2 * E_OVER_HBAR * field) - mass
    half_quantum = velocity**2 * E_OVER_HBAR * field / (2 * mass)  # ħω_c/2 with the mass ħ²Δ/v²
    # What is left is of second order in B: (ħω_c)²/2Δ.
    assert abs(half_quantum - moment * field - level) <= 1.01 * (2 * half_quantum) ** 2 / (2 * mass)
    assert abs(half_quantum + moment * field - level) > half_quantum
