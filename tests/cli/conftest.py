"""Run commands in this process: the kernels are compiled once for all tests."""

import contextlib
import io
import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.interruption import forks
from wavepacket.cli import main
from wavepacket.simulation import layout

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str

    @property
    def observables(self):
        return json.loads(self.out)["observables"]


def command_in(folder, *arguments):
    """Call the command line in a folder, for a fixture that several tests take copies of."""
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.chdir(folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err),
        pytest.raises(SystemExit) as leaving,
    ):  # fmt: skip
        main([str(argument) for argument in arguments])
    return Result(leaving.value.code or 0, out.getvalue(), err.getvalue())


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


def cut_small(patch):
    """Have shards of 32 trajectories, so that a small run has several."""
    patch.setattr("wavepacket.runs.size.SHARD_BYTES", 1)
    patch.setattr(layout, "TASKS", dict.fromkeys(layout.TASKS, 32))


@pytest.fixture
def small_shards(monkeypatch):
    cut_small(monkeypatch)


@pytest.fixture(scope="session")
def runner():
    """A process whose forks run commands, in small shards."""
    with forks("small") as found:
        yield found


@pytest.fixture(scope="session")
def configs():
    return ROOT / "configs"
