"""Run commands in this process: the kernels are compiled once for all tests."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from wavepacket.cli import main

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str

    @property
    def observables(self):
        return json.loads(self.out)["observables"]


@pytest.fixture
def wavepacket(capsys, monkeypatch, tmp_path):
    """Call the command line in an empty folder; returns exit code, output and messages."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        with pytest.raises(SystemExit) as leaving:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Result(leaving.value.code or 0, captured.out, captured.err)

    return call


@pytest.fixture
def configs():
    return ROOT / "configs"
