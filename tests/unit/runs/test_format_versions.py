"""Runs of every format that ever was are read bit for bit; those of older formats can be written anew."""

import importlib.util
import json
import shutil
from pathlib import Path

import pytest

from tests.old_format import FOLDER, read_format_0
from wavepacket.analysis import analyze
from wavepacket.errors import InputError
from wavepacket.runs import READERS, finished_shards, migrate, open_run, recover_run, run_progress, verify

DATA = Path(__file__).resolve().parents[2] / "data"
EXPECTED = json.loads((DATA / "expected.json").read_text())

_spec = importlib.util.spec_from_file_location("make_runs", DATA / "make_runs.py")
assert _spec is not None
assert _spec.loader is not None
make_runs = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(make_runs)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_golden_run_reads_as_it_was_written(tmp_path: Path, name: str) -> None:
    run = open_run(shutil.copytree(DATA / name, tmp_path / name))
    found = make_runs.digests(run)
    # Later versions may add arrays; what was there stays.
    assert {key: found[key] for key in EXPECTED[name]} == EXPECTED[name]
    assert verify(run.folder) == []
    assert run.name == name
    assert run_progress(run.folder).state == "finished"
    assert analyze(run)["excluded_fraction"].value == 0.0


@pytest.mark.parametrize("name", EXPECTED)
def test_a_golden_run_that_is_not_finished_reads_too(tmp_path: Path, name: str) -> None:
    run = shutil.copytree(DATA / name, tmp_path / name)
    for file in ("run.h5", "journal.jsonl"):
        (run / file).unlink()
    table = {entry.index: entry for entry in open_run(DATA / name).entries}
    assert finished_shards(run) == recover_run(run) == table


def test_the_number_left_out_is_remembered() -> None:
    assert open_run(DATA / "format_1").quarantined == (1,)
    assert open_run(DATA / "format_1_paths").quarantined == ()


def test_an_older_format_is_written_anew_with_the_same_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InputError, match="is in format 0; this version knows 1, 2"):
        migrate(FOLDER, tmp_path / "new")
    assert not (tmp_path / "new").exists()
    monkeypatch.setitem(READERS, 0, read_format_0)
    before = {file: file.read_bytes() for file in (FOLDER).iterdir()}
    assert migrate(FOLDER, tmp_path / "new")
    assert before == {file: file.read_bytes() for file in (FOLDER).iterdir()}
    run = open_run(tmp_path / "new")
    found = make_runs.digests(run)
    assert {key: found[key] for key in EXPECTED["format_1"]} == EXPECTED["format_1"]
    assert run.provenance["migrated from format"] == "0"
    assert run.quarantined == (1,)
    with pytest.raises(InputError, match="is there already and not empty"):
        migrate(FOLDER, tmp_path / "new")


def test_the_present_format_needs_no_migration(tmp_path: Path) -> None:
    assert not migrate(DATA / "format_2", tmp_path / "new")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    "text", ["", "[1]", "{}", '{"format_version": "1"}', '{"format_version": true}', "[" * 9999]
)
def test_a_description_without_a_version_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(InputError, match=r"^[^\n]*run\.json: states no format version$"):
        migrate(tmp_path, tmp_path / "new")
    with pytest.raises(InputError, match="is not the folder of a run"):
        migrate(tmp_path / "nowhere", tmp_path / "new")
