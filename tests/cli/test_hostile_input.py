"""Files made to do harm, given to the commands: each is refused with a message, soon, and with little memory."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.config.test_config_loader import ALIAS_BOMB

ROOT = Path(__file__).resolve().parents[2]
CALLS, MEGABYTES = 5_000_000, 200.0
GOOD = (ROOT / "configs" / "haldane_hall.yaml").read_text()
YAML = {
    "alias bomb": ALIAS_BOMB,
    "self-reference": "a: &a [*a]",
    "merge of itself": "a: &a {<<: *a}",
    "deep lists": "[" * 200_000,
    "deep mappings": "{a: " * 100_000,
    "deep blocks": "- " * 200_000,
    "tag that calls": "a: !!python/object/apply:os.system [touch owned]",
    "tag that constructs": "a: !!python/object/new:type [x]",
    "local tag": "!include /etc/passwd",
    "huge integer": GOOD.replace("seed: 1", "seed: " + "9" * 5000) + "\nseed: " + "9" * 5000,
    "huge exponent": "name: x\ntime: {end: 1e" + "9" * 5000 + ", saves: 2}",
    "many items": "[" + "1," * 250_000 + "]",
    "long line": "a: " + "x" * 2**20,
    "many documents": "---\na: 1\n" * 50_000,
    "escapes": 'a: "' + "\\U99999999" * 40_000 + '"',
    "no text": "\0" * 400_000,
    "name that climbs": "name: ../../etc/passwd\n" + "\n".join(GOOD.splitlines()[2:]),
    "absolute name": "name: /etc/passwd\n",
    "unit that is code": "name: x\ntime: {end: \"__import__('os').system('touch owned') fs\", saves: 2}",
    "unit that is a power tower": "name: x\ntime: {end: 9**9**9**9 fs, saves: 2}",
    "unit of many factors": "name: x\ntime: {end: 1 " + "eV*" * 30_000 + "eV, saves: 2}",
    "long regular text": "name: x\ntime: {end: " + "1" * 50_000 + "e, saves: 2}",
    "grid beyond memory": GOOD + "\nensemble: {kind: filled_band, grid: [100000, 100000]}",
    "device as the model": "name: x\nmodel: {file: /dev/zero}\nband: 0\ntime: {end: 1, saves: 2}\n"
    "ensemble: {kind: zone, number: 1}",
}
MODELS = {
    "claims too many orbitals": "x\n1 0 0\n0 1 0\n0 0 1\n1000000000\n1\n1\n",
    "claims too many cells": "x\n1 0 0\n0 1 0\n0 0 1\n2\n1000000000\n1\n",
    "negative sizes": "x\n1 0 0\n0 1 0\n0 0 1\n-5\n-1\n1\n",
    "not text": "\0" * 100_000,
    "one endless line": "x" * 10_000_000,
    "numbers that are none": "x\nnan inf 0\n0 1 0\n0 0 1\n1\n1\n1\n",
}


@pytest.fixture(scope="module")
def limited():
    command = [sys.executable, ROOT / "tests" / "cli" / "limited.py"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "{}\n"

        def perform(*arguments):
            process.stdin.write(json.dumps([str(each) for each in arguments]) + "\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        yield perform
        process.stdin.close()


def assert_refused(result):
    assert result["code"] == 2, result["output"][-2000:]
    assert result["calls"] < CALLS, result
    assert result["megabytes"] < MEGABYTES, result
    assert "Traceback" not in result["output"]
    assert len(result["output"]) < 20_000
    return result["output"]


@pytest.mark.parametrize("name", YAML)
def test_a_hostile_config_is_refused(limited, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "hostile.yaml"
    file.write_text(YAML[name])
    said = assert_refused(limited("validate", file))
    assert f"{file}:" in said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["hostile.yaml"]


@pytest.mark.parametrize("name", MODELS)
def test_a_hostile_model_file_is_refused(limited, tmp_path, name):
    (tmp_path / "model_tb.dat").write_text(MODELS[name])
    config = ROOT / "configs" / "gaas.yaml"
    said = assert_refused(limited("validate", config, "--set", f"model.file={tmp_path / 'model_tb.dat'}"))
    assert "model_tb.dat" in said


def test_a_model_file_larger_than_any_memory_is_refused(limited, tmp_path):
    with (tmp_path / "model_tb.dat").open("w") as file:
        file.write("x\n1 0 0\n0 1 0\n0 0 1\n1\n1\n1\n")
        os.truncate(file.fileno(), 1 << 40)
    config = ROOT / "configs" / "gaas.yaml"
    assert_refused(limited("validate", config, "--set", f"model.file={tmp_path / 'model_tb.dat'}"))


def _link_out(run):
    for name in ("shards/000000.h5", "shards/000002.h5"):
        (run / name).unlink()
        (run / name).symlink_to("/dev/zero")


def _huge(run):
    for name in ("run.h5", "shards/000000.h5"):
        os.truncate(run / name, 1 << 42)


def _journal_bomb(run):
    (run / "run.h5").unlink()
    os.truncate(run / "journal.jsonl", 1 << 40)


def _description_bomb(run):
    (run / "run.h5").unlink()
    (run / "run.json").write_text('{"kind": "wavepacket run", "format_version": 1, "a": ' + "[" * 5_000_000)


def _long_text(run):
    (run / "run.h5").unlink()
    os.truncate(run / "resolved.yaml", 1 << 40)


FOREIGN = 4_000


def _names(run):
    for index in range(FOREIGN):
        (run / "shards" / f"{index + 10:06d}.h5").touch()


@pytest.mark.parametrize("harm", [_link_out, _huge, _description_bomb, _long_text])
@pytest.mark.parametrize("command", ["verify", "analyze", "resume"])
def test_a_hostile_run_folder_is_refused(limited, tmp_path, harm, command):
    run = shutil.copytree(ROOT / "tests" / "data" / "format_1", tmp_path / "run")
    harm(run)
    if command == "resume" and harm in (_link_out, _huge):
        return  # what is damaged is computed again, which is no refusal
    assert_refused(limited(command, run))


def test_a_journal_larger_than_any_memory_is_refused(limited, tmp_path):
    run = shutil.copytree(ROOT / "tests" / "data" / "format_1", tmp_path / "run")
    _journal_bomb(run)
    assert "journal.jsonl" in assert_refused(limited("status", run))


def test_many_foreign_files_are_looked_at_quickly(limited, tmp_path):
    run = shutil.copytree(ROOT / "tests" / "data" / "format_1", tmp_path / "run")
    _names(run)
    result = limited("verify", run)
    assert result["code"] == 2
    assert result["megabytes"] < MEGABYTES
    assert result["calls"] < 300 * FOREIGN  # so many for each of them, and not for each pair
