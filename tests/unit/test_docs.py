"""What the pages say exists: keys, commands, options, files, names."""

import ast
import builtins
import importlib
import re
from pathlib import Path

import pytest
import yaml

from wavepacket.cli.main import commands
from wavepacket.config import config_from_mapping, json_schema, load_config
from wavepacket.config.scan import scan
from wavepacket.hamiltonians import build_hamiltonian

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(page: Path, language: str) -> list[str]:
    """Fenced code of a page."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)


def spoken(page: Path) -> list[str]:
    """Command lines of a page, in blocks and within sentences, options with their commands."""
    text = page.read_text("utf-8")
    return re.findall(r"(?:^|`|&& (?:\S*/)?|srun )wavepacket ([a-z]+[^`\n&#;]*)", text, re.MULTILINE)


def test_every_key_of_a_config_is_on_a_page() -> None:
    schema = json_schema()
    keys = set(schema["properties"])
    for section in schema["$defs"].values():
        keys |= set(section.get("properties", ()))
    text = "\n".join(page.read_text("utf-8") for page in PAGES)
    assert sorted(key for key in keys if not re.search(rf"\b{key}\b", text)) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_and_options_exist(page: Path) -> None:
    context = commands.make_context("wavepacket", ["models"])
    for line in spoken(page):
        command = commands.get_command(context, line.split()[0])
        assert command is not None, line
        known = {
            name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)
        }
        given = re.findall(r"(?:^|[\s\[|])(--?[a-z][a-z-]*)", line.split(" | ")[0])
        assert [option for option in given if option not in {*known, "--help"}] == [], line


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_files_that_pages_name_exist(page: Path) -> None:
    text = page.read_text("utf-8")
    for link in re.findall(r"\]\(([^)#:]+)", text):
        assert (page.parent / link).exists(), link
    for config in re.findall(r"configs/\w+\.yaml", text):
        assert (ROOT / config).exists(), config


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_names_of_the_package_exist(page: Path) -> None:
    import wavepacket

    for code in blocks(page, "python"):
        for node in ast.walk(ast.parse(code)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("wavepacket"):
                home = importlib.import_module(str(node.module))
                assert all(hasattr(home, name.name) for name in node.names), ast.unparse(node)
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "wavepacket":
                assert hasattr(wavepacket, node.attr), node.attr


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_python_on_a_page_needs_nothing_that_the_page_does_not_say(page: Path) -> None:
    tree = ast.parse("\n".join(blocks(page, "python")))
    known = set(dir(builtins))
    for statement in tree.body:
        names = [node for node in ast.walk(statement) if isinstance(node, ast.Name)]
        bound = {node.id for node in names if isinstance(node.ctx, ast.Store)}
        used = {node.id for node in names if isinstance(node.ctx, ast.Load)}
        if isinstance(statement, ast.Import | ast.ImportFrom):
            bound |= {(name.asname or name.name).split(".")[0] for name in statement.names}
        if isinstance(statement, ast.FunctionDef):
            bound |= {
                statement.name,
                *(node.arg for node in ast.walk(statement) if isinstance(node, ast.arg)),
            }
        assert used - bound <= known, ast.unparse(statement)
        known |= bound


_RANGE = re.compile(r"(?<![\d:.])-?[\d.]+(?:e-?\d+)?(?::-?[\d.]+(?:e-?\d+)?){2}(?![\d:.])")


@pytest.mark.parametrize(
    "page", [*PAGES, *sorted((ROOT / "configs").glob("*.yaml"))], ids=lambda page: page.stem
)
def test_ranges_lead_to_their_ends(page: Path) -> None:
    """But for the one that a page shows as refused, and the hours of a cluster."""
    for text in set(_RANGE.findall(page.read_text("utf-8"))) - {"0:1:0.3", "04:00:00"}:
        assert float(scan(text)[-1]) == float(text.split(":")[1])


def test_configs_on_the_page_about_configs_are_read(tmp_path: Path) -> None:
    shortest, models, *_ = blocks(ROOT / "docs" / "config.md", "yaml")
    config_from_mapping(yaml.safe_load(shortest)).check_run()
    for number, model in enumerate(models.split("---\n")):
        file = tmp_path / f"{number}.yaml"
        file.write_text(f"name: page\n{model}", encoding="utf-8")
        config = load_config(file)
        if "file:" not in model:
            assert build_hamiltonian(config).size == 2


@pytest.mark.parametrize(
    "package", ["wavepacket", "wavepacket.plots", "wavepacket.runs", "wavepacket.sweeps"]
)
def test_names_complete_at_a_prompt(package: str) -> None:
    """Names that are loaded on first use are listed before."""
    module = importlib.import_module(package)
    assert set(dir(module)) == set(module.__all__)
    assert all(hasattr(module, name) for name in dir(module))
