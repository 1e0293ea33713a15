"""What functions take is visible and typed."""

import ast
import inspect
from pathlib import Path

import pytest

import wavepacket

SIMULATION = Path(wavepacket.__file__).parent / "simulation"
FUNCTIONS = [name for name in wavepacket.__all__ if inspect.isfunction(getattr(wavepacket, name))]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_nothing_is_passed_on_unseen(name: str) -> None:
    signature = inspect.signature(getattr(wavepacket, name))
    kinds = {parameter.kind for parameter in signature.parameters.values()}
    assert inspect.Parameter.VAR_KEYWORD not in kinds
    assert all(each.annotation is not each.empty for each in signature.parameters.values())


@pytest.mark.parametrize("name", ["run", "sweep"])
def test_how_a_run_is_computed_is_said_by_name(name: str) -> None:
    parameters = inspect.signature(getattr(wavepacket, name)).parameters
    for key in ("threads", "workers", "progress", "report", "stop"):
        assert parameters[key].kind is inspect.Parameter.KEYWORD_ONLY


def test_the_simulation_says_what_it_passes() -> None:
    """No parameter or result is of any type, but for the arguments of a kernel."""
    found = set()
    for path in SIMULATION.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                notes = [each.annotation for each in [*node.args.args, *node.args.kwonlyargs]] + [
                    node.returns
                ]
                if any("Any" in ast.unparse(note) for note in notes if note is not None):
                    found.add(f"{path.name} {node.name}")
    assert found <= {"transits.py followed_by", "transits.py stays_of"}
