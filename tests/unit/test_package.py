"""What tells others of the package agrees with it: one version, one list of dependencies, an archive with its tests."""

import tomllib
from pathlib import Path

import yaml

import wavepacket

ROOT = Path(__file__).parents[2]
_CONDA_NAMES = {"matplotlib": "matplotlib-base"}


def test_one_version():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "wavepacket.__version__"}
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    recipe = yaml.safe_load((ROOT / "recipe" / "recipe.yaml").read_text())
    assert citation["version"] == recipe["context"]["version"] == wavepacket.__version__


def test_the_recipe_needs_what_the_package_needs():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    recipe = yaml.safe_load((ROOT / "recipe" / "recipe.yaml").read_text())
    wanted = {f"python {project['requires-python']}"}
    for entry in project["dependencies"]:
        name, bound = entry.lower().split(">=")
        wanted.add(f"{_CONDA_NAMES.get(name, name)} >={bound}")
    assert set(recipe["requirements"]["run"]) == wanted
    scripts = [f"{name} = {target}" for name, target in project["scripts"].items()]
    assert recipe["build"]["python"]["entry_points"] == scripts


def test_a_source_archive_holds_the_tests():
    grafted = {
        line.split()[1]
        for line in (ROOT / "MANIFEST.in").read_text().splitlines()
        if line.startswith("graft")
    }
    assert {"benchmarks", "configs", "docs", "recipe", "tests"} <= grafted
