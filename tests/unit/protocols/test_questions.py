"""What a run is is asked in one place: everywhere else its protocol answers."""

import ast
from pathlib import Path

import pytest

import wavepacket
from wavepacket import protocols

PACKAGE = Path(wavepacket.__file__).parent
SECTIONS = {"scattering", "monte_carlo", "intervalley_time"}
KINDS = {"FermiSurface", *(name for name in protocols.__all__ if name[0].isupper())}
NAMES = {kind.name for kind in (protocols.Ballistic, protocols.LinearResponse, protocols.SteadyState)}
AT_HOME = ("protocols/", "ensembles/", "config/schema")
"""The protocols themselves, how an ensemble of each kind is sampled, and the schema."""


def last_name(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def asks(node: ast.AST, *, by_name: bool) -> bool:
    """Whether one expression asks what a run is."""
    if isinstance(node, ast.Call) and last_name(node.func) in ("isinstance", "issubclass"):
        return any(last_name(each) in KINDS for each in ast.walk(node.args[1]))
    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        texts = {each.value for each in sides if isinstance(each, ast.Constant)}
        sections = any(last_name(each) in SECTIONS for each in sides)
        return (
            (sections and None in texts) or "fermi_surface" in texts or (not by_name and bool(texts & NAMES))
        )
    if isinstance(node, ast.If | ast.IfExp | ast.While | ast.Assert):
        return any(last_name(each) in SECTIONS for each in terms(node.test)) or any(
            isinstance(each, ast.Attribute) and "protocol" in ast.unparse(each.value)
            for each in terms(node.test)
        )
    return False


def terms(test: ast.AST) -> list[ast.AST]:
    """What a condition is made of by `and`, `or` and `not`."""
    if isinstance(test, ast.BoolOp):
        return [term for value in test.values for term in terms(value)]
    return terms(test.operand) if isinstance(test, ast.UnaryOp) else [test]


def questions(text: str, *, by_name: bool = False) -> set[str]:
    found = [node for node in ast.walk(ast.parse(text)) if asks(node, by_name=by_name)]
    return {ast.unparse(getattr(node, "test", node)) for node in found}


@pytest.mark.parametrize(
    "text",
    [
        "if isinstance(config.ensemble, FermiSurface | FermiDirac): pass",
        "isinstance(protocol, LinearResponse)",
        "x = config.scattering is None",
        "x = None is not scattering.monte_carlo",
        "assert config.scattering is not None",
        "assert config.scattering",
        "x = 1 if not scattering.intervalley_time and y else 2",
        "if protocol_of(config).conserves: pass",
        "if y or not problem.protocol.unit_field: pass",
        "x = config.ensemble.kind != 'fermi_surface'",
        "x = protocol_of(config).name == 'linear_response'",
    ],
)
def test_a_question_is_seen(text: str) -> None:
    assert questions(text)


def test_what_is_no_question() -> None:
    for text in (
        "x = protocol_of(config).starts",
        "if scattering.frequency: pass",
        "x = found is None",
        "x = isinstance(config.model, FileModel)",
        "params[1] = protocol.unit_field",
    ):
        assert not questions(text), text
    assert not questions("x = protocol_of(config).name == 'linear_response'", by_name=True)


def test_no_other_file_asks() -> None:
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        file = path.relative_to(PACKAGE).as_posix()
        if not file.startswith(AT_HOME):
            # Which observables follow is chosen by the name of the protocol.
            asked = questions(path.read_text(encoding="utf-8"), by_name=file.startswith("analysis/"))
            if left := asked:
                found[file] = left
    assert found == {}
