"""The documentation site builds without a warning; each shipped config has its page, and notebooks run."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def build(site: Path, *options: str) -> None:
    command = [sys.executable, "-m", "docs", "-o", str(site), *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_the_site_builds_without_warnings(tmp_path):
    """Warnings are errors: dead links between pages, names that no module has, malformed docstrings."""
    build(tmp_path / "site", "--no-notebooks")
    pages = {page.stem for page in (tmp_path / "site" / "gallery").glob("*.html")}
    assert {file.stem for file in (ROOT / "configs").glob("*.yaml")} <= pages
    assert 'id="wavepacket.run"' in (tmp_path / "site" / "python.html").read_text()


@pytest.mark.full
def test_notebooks_run(tmp_path):
    """The build runs them, and a cell that fails is an error."""
    build(tmp_path / "site")
    notebooks = sorted(file.stem for file in (ROOT / "docs" / "notebooks").glob("*.ipynb"))
    assert len(notebooks) == 5
    for name in notebooks:
        assert 'class="output' in (tmp_path / "site" / "notebooks" / f"{name}.html").read_text()
    assert "_images/" in (tmp_path / "site" / "notebooks" / "first_steps.html").read_text()  # its figure
