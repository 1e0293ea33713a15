"""No file that a run reads can make this package execute anything: what could is not in its sources at all."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "wavepacket"
MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve"}
CALLS = {"eval", "exec", "compile", "__import__"}
METHODS = {
    ("yaml", "load"),
    ("yaml", "full_load"),
    ("yaml", "unsafe_load"),
    ("os", "system"),
    ("os", "popen"),
}


def complaints(tree: ast.AST) -> list[str]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name.split(".")[0] in MODULES]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in MODULES:
            found.append(str(node.module))
        elif isinstance(node, ast.Call):
            function = node.func
            if isinstance(function, ast.Name) and function.id in CALLS:
                found.append(function.id)
            if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
                name = (function.value.id, function.attr)
                found += [".".join(name)] if name in METHODS else []
            found += [
                str(keyword.arg)
                for keyword in node.keywords
                if (keyword.arg == "allow_pickle" and getattr(keyword.value, "value", True) is not False)
                or (keyword.arg == "shell" and getattr(keyword.value, "value", True) is not False)
            ]
    return found


@pytest.mark.parametrize(
    "text",
    ["import pickle", "from dill import x", "eval('1')", "yaml.load(f)", "np.load(f, allow_pickle=True)"],
)
def test_the_search_finds_what_it_is_for(text):
    assert complaints(ast.parse(text))


def test_no_source_unpickles_or_evaluates():
    files = sorted(PACKAGE.rglob("*.py"))
    assert len(files) > 100
    found = {str(file.relative_to(PACKAGE)): complaints(ast.parse(file.read_text())) for file in files}
    # Compiled kernels are executed in any case: one door is that to the cache of kernels, which is no file of a run. The
    # other is that to one's own workers, in a folder which nobody else may open and which goes with the loop.
    doors = {"kernels/jit/decorators.py": ["pickle"], "cluster/mapping.py": ["pickle"]}
    assert {name: each for name, each in found.items() if each} == doors


def test_only_what_the_user_names_is_run():
    """A script is run because ``--load`` names it, and in a worker because the process that asks has loaded it."""
    texts = {str(file.relative_to(PACKAGE)): file.read_text() for file in PACKAGE.rglob("*.py")}
    assert {name for name, text in texts.items() if "exec_module" in text or "runpy" in text} == {
        "scripts.py"
    }
    callers = {name for name, text in texts.items() if "load_script(" in text}
    assert callers == {"scripts.py", "cli/main.py", "cluster/task.py"}
