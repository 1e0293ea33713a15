"""The benchmarks themselves run: each section prints its tables, and each figure of the goals is found."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.full
def test_each_section_runs_and_writes_what_it_measured(tmp_path):
    """Times are not looked at: they are the machine's."""
    file = tmp_path / "measured.json"
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--quick", "--json", str(file)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    measured = json.loads(file.read_text())
    assert set(measured["sections"]) == set(measured["wall_seconds"])
    assert {"qi_wu_zhang", "weyl_lattice", "whole", "response", "startup"} <= set(measured["sections"])
    assert measured["goals"]
