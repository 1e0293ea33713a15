"""The bounds of the house: files that fit into one reading, functions that do one thing, calls that can be read."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "wavepacket"
FILE, HOST_FUNCTION, KERNEL_FUNCTION = 300, 50, 60  # lines, of functions without their docstring
HOST_ARGUMENTS, KERNEL_ARGUMENTS = 5, 9  # that can be given by position

PARAMETERS = "the signature of a library model is the list of its parameters, in the order of its reference"
EXCEPTIONS = {
    "hamiltonians/library/bernevig_hughes_zhang.py: arguments of bernevig_hughes_zhang": PARAMETERS,
    "hamiltonians/library/bilayer_graphene.py: arguments of bilayer_graphene": PARAMETERS,
    "hamiltonians/library/kane_mele.py: arguments of kane_mele": PARAMETERS,
}


def length_of(function: ast.FunctionDef) -> int:
    first = function.body[0]
    documented = ast.get_docstring(function) is not None
    docstring = first.end_lineno - first.lineno + 1 if documented else 0
    return function.end_lineno - function.lineno + 1 - docstring


def arguments_of(function: ast.FunctionDef) -> int:
    given = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
    return len([name for name in given if name not in ("self", "cls")])


def over_the_bounds(path: str, text: str) -> Iterator[str]:
    kernel = path.startswith("kernels/")
    if text.count("\n") > FILE:
        yield f"{path}: lines"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if length_of(node) > (KERNEL_FUNCTION if kernel else HOST_FUNCTION):
                yield f"{path}: length of {node.name}"
            if arguments_of(node) > (KERNEL_ARGUMENTS if kernel else HOST_ARGUMENTS):
                yield f"{path}: arguments of {node.name}"


@cache
def offenders() -> set[str]:
    files = sorted(PACKAGE.rglob("*.py"))
    assert len(files) > 100
    return {
        found
        for file in files
        for found in over_the_bounds(file.relative_to(PACKAGE).as_posix(), file.read_text())
    }


def test_everything_is_within_the_bounds():
    assert sorted(offenders() - EXCEPTIONS.keys()) == []


def test_no_exception_is_kept_that_is_not_needed():
    assert sorted(EXCEPTIONS.keys() - offenders()) == []


def test_the_bounds_are_seen():
    body = "    x = 1\n" * 49
    fits = f'def fits(a, b, c, d, e, *, f):\n    """Say\n    what."""\n{body}'
    assert list(over_the_bounds("cli/x.py", fits)) == []
    assert list(over_the_bounds("cli/x.py", fits + "    x = 1\n")) == ["cli/x.py: length of fits"]
    many = "class A:\n    def many(self, a, /, b, c, d, e, f): ...\n"
    assert list(over_the_bounds("cli/x.py", many)) == ["cli/x.py: arguments of many"]
    assert list(over_the_bounds("kernels/x.py", many)) == []
    assert list(over_the_bounds("cli/x.py", "\n" * 300)) == []
    assert list(over_the_bounds("cli/x.py", "\n" * 301)) == ["cli/x.py: lines"]
