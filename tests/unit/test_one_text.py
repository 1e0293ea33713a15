"""Constants and formulas are written once: a second text would drift away from the first one."""

import ast
from functools import cache
from pathlib import Path

import pytest

import wavepacket
from wavepacket import formulas, units

PACKAGE = Path(wavepacket.__file__).parent
CONSTANTS = {"hbar": units.HBAR, "h": units.PLANCK, "e/hbar": units.E_OVER_HBAR, "k_B": units.BOLTZMANN}
CLOSE = 1e-4  # digits of a constant that somebody might have typed


@cache
def trees() -> list[tuple[str, ast.AST]]:
    files = sorted(PACKAGE.rglob("*.py"))
    return [(path.relative_to(PACKAGE).as_posix(), ast.parse(path.read_text("utf-8"))) for path in files]


def constants_in(tree: ast.AST) -> list[str]:
    """Which constants are written as digits, times any power of ten, or upside down."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, float) and node.value > 0:
            mantissa = f"{node.value:.12e}".split("e")[0]
            for name, value in CONSTANTS.items():
                for wanted in (value, 1 / value):
                    ours = float(f"{wanted:.12e}".split("e")[0])
                    if abs(float(mantissa) / ours - 1) < CLOSE:
                        found.append(name)
    return found


def defined_in(tree: ast.AST) -> set[str]:
    """Names of functions, and of values that are worked out here."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            compiled = isinstance(node.value, ast.Call) and ast.unparse(node.value.func) == "scalar"
            names |= {one.id for one in node.targets if isinstance(one, ast.Name) and not compiled}
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            names.add(node.target.id)
    return names


def test_constants_of_nature_stand_in_one_file() -> None:
    found = {name: constants for name, tree in trees() if (constants := constants_in(tree))}
    assert set(found) <= {"units.py"}, found


def test_a_constant_that_somebody_types_is_seen() -> None:
    for text in ("x = 1.0 / 0.6582119569509066", "y = 8.617e-5 * t", "z = 1.51927", "w = 4.13567"):
        assert constants_in(ast.parse(text)), text
    assert not constants_in(ast.parse("x = 0.65 + 1.5 + 8.6e-5"))


@pytest.mark.parametrize("name", formulas.__all__)
def test_formulas_stand_in_one_file(name: str) -> None:
    places = [file for file, tree in trees() if name in defined_in(tree) and not file.startswith("config/")]
    assert places == ["formulas.py"]


def test_no_occupation_by_hyperbolic_functions() -> None:
    """They lose all digits in the tail; see `formulas`."""
    for file, tree in trees():
        names = {
            node.attr if isinstance(node, ast.Attribute) else node.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute | ast.Name)
        }
        assert not names & {"tanh", "expit"}, file
