"""Where messages cannot be written, names that look like options, remarks of libraries."""

import os
import shlex
import socket
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from tests.cli.free import FREE
from wavepacket.cli import main, models, signals

ROOT = Path(__file__).resolve().parents[2]


def perform(arguments, folder, **streams):
    command = [sys.executable, "-m", "wavepacket", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=folder, env=environment, check=False, text=True, **streams)


def test_a_run_does_not_end_because_its_remarks_cannot_be_written(tmp_path):
    (tmp_path / "config.yaml").write_text(FREE)
    with Path("/dev/full").open("w") as full:
        done = perform(("run", "config.yaml", "-o", "run"), tmp_path, stdout=subprocess.PIPE, stderr=full)
    assert done.returncode == 0
    assert "run folder: run" in done.stdout
    assert (tmp_path / "run/run.h5").exists()


def test_results_that_cannot_be_written_are_told(tmp_path):
    with Path("/dev/full").open("w") as full:
        done = perform(("models",), tmp_path, stdout=full, stderr=subprocess.PIPE)
        assert done.returncode == 2
        assert done.stderr == "error: cannot write the output: No space left on device\n"
        done = perform(("models", "--nonsense"), tmp_path, stdout=full, stderr=full)
        assert done.returncode == 2


@pytest.mark.parametrize("name", ["-dash", "with space", "a'b\"c", "*?[a]"])
def test_commands_that_are_suggested_work(wavepacket, tmp_path, name):
    (tmp_path / "config.yaml").write_text(FREE)
    assert wavepacket("run", "config.yaml", "-o", f"./{name}", "-q").code == 0
    (tmp_path / name / "run.h5").unlink()
    said = wavepacket("status", f"./{name}").out
    suggested = shlex.split(said.partition("`")[2].partition("`")[0])
    assert suggested[:2] == ["wavepacket", "resume"]
    assert wavepacket(*suggested[1:], "-q").code == 0


def test_what_a_dead_worker_left_is_gone_when_a_run_is_finished(wavepacket, tmp_path):
    (tmp_path / "config.yaml").write_text(FREE)
    assert wavepacket("run", "config.yaml", "-o", "run", "-q").code == 0
    part = tmp_path / "run/shards/.000000.h5.0123456789abcdef.part"
    from wavepacket.runs import finish_run

    part.write_bytes(b"half a shard")
    finish_run(tmp_path / "run")
    assert not part.exists()


def test_a_remark_of_a_library_is_one_line_once(monkeypatch, capsys):
    def call(*_: object, **__: object) -> None:
        for _ in range(3):
            warnings.warn("overflow somewhere", RuntimeWarning, stacklevel=1)
        np.float64(1.0)

    monkeypatch.setattr(models.models, "callback", call)
    monkeypatch.setattr(models.models, "params", [])
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        with pytest.raises(SystemExit):
            main(["models"])
    assert capsys.readouterr().err == "warning: overflow somewhere\n"


def test_a_process_that_does_not_end_in_time_says_how_to_go_on(monkeypatch, capfd, tmp_path):
    reader, writer = socket.socketpair()
    left = []
    monkeypatch.setattr(signals, "_PATIENCE", 0.0)
    monkeypatch.setattr(os, "_exit", left.append)
    writer.send(b"\0")
    signals._end_in_time(reader, signals.Stop(signals.go_on_with(tmp_path / "my run")))
    writer.close()
    assert capfd.readouterr().err == f"stopped: go on with `wavepacket resume '{tmp_path}/my run'`\n"
    assert left == [75]


def test_a_command_that_there_is_not_leads_to_the_one_that_is_meant(capsys):
    with pytest.raises(SystemExit) as leaving:
        main(["analyse"])
    assert leaving.value.code == 2
    assert capsys.readouterr().err == "error: unknown command 'analyse'; did you mean 'analyze'?\n"


def test_a_config_in_place_of_a_run_is_told_from_it(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("my.yaml").write_text("name: my")
    with pytest.raises(SystemExit):
        main(["analyze", "my.yaml"])
    assert "`wavepacket run my.yaml` makes one of a config" in capsys.readouterr().err
