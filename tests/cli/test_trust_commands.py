"""``status``, ``verify``, ``migrate``, ``cite`` and ``doctor`` as a person uses them."""

import json
import os
import shutil

import numpy as np
import pytest

from tests.cli.conftest import command_in, cut_small
from wavepacket.hamiltonians import CATALOGUE

QUICK = ("--set", "ensemble.grid=[12,12]", "--set", "time.saves=11", "--set", "time.end=50 fs", "-q")


@pytest.fixture(scope="module")
def original(configs, tmp_path_factory):
    """A run of nine shards."""
    folder = tmp_path_factory.mktemp("original")
    with pytest.MonkeyPatch.context() as patch:
        cut_small(patch)
        result = command_in(folder, "run", configs / "haldane_hall.yaml", "-o", "done", *QUICK)
    assert result.code == 0, result.err
    assert "288 trajectories: about" in result.err
    return folder / "done"


@pytest.fixture
def finished(original, tmp_path, small_shards):
    """A copy of it."""
    return shutil.copytree(original, tmp_path / "done")


def content(folder):
    return {file: file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def test_status_tells_how_far_a_run_is(wavepacket, finished):
    assert "288 of 288 trajectories in 9 of 9 shards" in wavepacket("status", finished).out
    for name in ("run.h5", "shards/000003.h5"):
        (finished / name).unlink()
    told = wavepacket("status", finished)
    assert told.code == 0
    assert "haldane_hall: stopped" in told.out
    assert "256 of 288 trajectories in 8 of 9 shards" in told.out
    assert f"wavepacket resume {finished}" in told.out
    found = json.loads(wavepacket("status", finished, "--json").out)
    assert (found["state"], found["shards"], found["shards_total"]) == ("stopped", 8, 9)
    assert wavepacket("status", "nothing").code == 2


def test_verify_names_what_is_damaged_and_repair_makes_just_that_again(wavepacket, finished):
    assert wavepacket("verify", finished).out == f"{finished}: fine\n"
    before = content(finished)
    times = {file: file.stat().st_mtime_ns for file in before}
    (finished / "shards/000001.h5").unlink()
    damaged = bytearray(before[finished / "shards/000005.h5"])
    damaged[4000] ^= 8
    (finished / "shards/000005.h5").write_bytes(damaged)
    shutil.copy(finished / "shards/000002.h5", finished / "shards/000006.h5")
    (finished / "resolved.yaml").write_text("seed: 2\n")
    result = wavepacket("verify", finished)
    assert result.code == 2
    lines = result.err.splitlines()
    assert len(lines) == 5
    for name, line in zip(("resolved.yaml", "000001.h5", "000005.h5", "000006.h5"), lines, strict=False):
        assert name in line
    found = json.loads(wavepacket("verify", finished, "--json").out)
    assert [each["shard"] for each in found["damages"]] == [None, 1, 5, 6]
    repaired = wavepacket("verify", finished, "--repair", "-q")
    assert repaired.code == 0, repaired.err
    assert repaired.out.count("repaired: ") == 4
    assert "other bytes" not in repaired.err
    assert {file: text for file, text in content(finished).items() if file.name != "journal.jsonl"} == {
        file: text for file, text in before.items() if file.name != "journal.jsonl"
    }
    untouched = [file for file in before if file.name in ("000000.h5", "000002.h5", "000004.h5")]
    assert all(file.stat().st_mtime_ns == times[file] for file in untouched)
    assert wavepacket("verify", finished).code == 0


@pytest.mark.parametrize("name", ["run.h5", "run.json", "config.yaml", "resolved.yaml", "journal.jsonl"])
def test_any_other_file_is_repaired_too(wavepacket, finished, name):
    before = content(finished)
    (finished / name).write_bytes(b"\x00" * 100)
    assert wavepacket("verify", finished, "--repair", "-q").code == 0
    assert wavepacket("verify", finished).code == 0
    after = content(finished)
    journal = finished / "journal.jsonl"
    assert {**after, journal: b""} == {**before, journal: b""}


def test_what_cannot_be_made_again_is_said(wavepacket, finished):
    (finished / "run.h5").unlink()
    (finished / "resolved.yaml").write_text("seed: 2\n")
    result = wavepacket("verify", finished, "--repair", "-q")
    assert result.code == 2
    assert "cannot be repaired" in result.err
    assert "resume" not in result.err.splitlines()[0].replace("resolved", "")


@pytest.mark.slow
def test_truncated_deleted_and_swapped_shards_are_named_and_repaired(wavepacket, finished, trials):
    """Three damages at a time, each named, then a repair, which must give the bytes of the first run."""
    random, before = np.random.default_rng(4), content(finished)
    files = sorted((finished / "shards").iterdir())
    for _ in range(trials(4, 84)):
        truncated, deleted, one, other = hurt = random.choice(len(files), 4, replace=False)
        os.truncate(files[truncated], random.integers(files[truncated].stat().st_size))
        files[deleted].unlink()
        files[one].write_bytes(before[files[other]])
        files[other].write_bytes(before[files[one]])
        found = wavepacket("verify", finished)
        assert found.code == 2
        lines = found.err.splitlines()
        assert len(lines) == 5
        for line, index in zip(lines, sorted(hurt), strict=False):
            assert files[index].name in line
        refused = wavepacket("analyze", finished)
        assert refused.code == 2
        assert files[min(hurt)].name in refused.err
        assert len(refused.err.splitlines()) == 1
        assert wavepacket("verify", finished, "--repair", "-q").code == 0
        assert content(finished / "shards") == {file: before[file] for file in files}
        assert (finished / "run.h5").read_bytes() == before[finished / "run.h5"]


def test_migrate_says_that_there_is_nothing_to_do(wavepacket, finished):
    result = wavepacket("migrate", finished)
    assert result.code == 0
    assert "is in format 2 already" in result.out
    assert not finished.with_name("done-migrated").exists()
    assert wavepacket("migrate", "nowhere").code == 2


def test_cite_names_the_papers_of_what_is_used(wavepacket, configs, finished):
    hall = wavepacket("cite", configs / "haldane_hall.yaml")
    assert hall.code == 0
    assert "Phys. Rev. B 59, 14915 (1999)" in hall.out
    assert "Haldane, Phys. Rev. Lett. 61, 2015 (1988)" in hall.out
    assert "137204" not in hall.out  # no magnetic field, no D
    assert wavepacket("cite", finished).out == hall.out
    cyclotron = json.loads(wavepacket("cite", configs / "cyclotron.yaml", "--json").out)
    assert "10.1103/PhysRevLett.95.137204" in [each["doi"] for each in cyclotron["citations"]]
    bibtex = wavepacket("cite", configs / "cyclotron.yaml", "--bibtex").out
    assert bibtex.count("@article{") + bibtex.count("@misc{") == len(cyclotron["citations"])
    assert "journal = {Phys. Rev. B},\n  volume = {59},\n  pages = {14915},\n" in bibtex
    assert "27, 125 (2010)" in wavepacket("cite", configs / "spin_hall.yaml").out
    assert "Son" in wavepacket("cite", configs / "weyl_magnetoresistance.yaml").out
    assert "A 85, 033620 (2012)" in wavepacket("cite", configs / "price_cooper.yaml").out
    nernst = wavepacket("cite", configs / "anomalous_nernst.yaml").out
    assert "97, 026603 (2006)" in nernst
    assert "DOP853" not in nernst  # no packets move
    assert wavepacket("cite", "nowhere.yaml").code == 2


@pytest.mark.parametrize("model", sorted(CATALOGUE))
def test_every_model_of_the_library_can_be_cited(wavepacket, model):
    assert wavepacket("init", model, "-o", "new.yaml").code == 0
    assert "the model:\n" in wavepacket("cite", "new.yaml").out


def test_doctor_finds_this_installation_sound(wavepacket, monkeypatch, tmp_path):
    result = wavepacket("doctor")
    assert result.code == 0, result.out
    assert result.out.count("fine   ") >= 5
    assert "a Bloch oscillation follows the exact path" in result.out
    found = json.loads(wavepacket("doctor", "--json").out)
    assert all(check["fine"] for check in found["checks"].values())
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("WAVEPACKET_CACHE_DIR", str(tmp_path / "file"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    broken = wavepacket("doctor")
    assert broken.code == 1
    assert "FAILED kernel cache" in broken.out
    assert "WAVEPACKET_CACHE_DIR" in broken.out


def test_doctor_tells_of_damaged_kernels_and_prunes_them(wavepacket, monkeypatch, tmp_path):
    from wavepacket.kernels.jit.decorators import STORE

    monkeypatch.setenv("WAVEPACKET_CACHE_DIR", str(tmp_path / "cache"))
    assert STORE.save("sound", "0" * 64, b"content") == STORE.usual
    whole = (STORE.usual / "sound-0000000000000000.kernel").read_bytes()
    damages = {"empty": b"", "cut": whole[:-1], "exchanged-1111111111111111": whole}
    for name, content in damages.items():
        (STORE.usual / f"{name}.kernel").write_bytes(content)
    said = json.loads(wavepacket("doctor", "--json").out)["checks"]["kernel cache"]["message"]
    assert "and 3 files" in said
    assert "--prune deletes them" in said
    said = json.loads(wavepacket("doctor", "--prune", "--json").out)["checks"]["kernel cache"]["message"]
    assert said.startswith("3 files")
    assert [file.name for file in STORE.usual.glob("*.kernel")] == ["sound-0000000000000000.kernel"]


def test_doctor_prunes_tables(wavepacket, monkeypatch, tmp_path):
    monkeypatch.setenv("WAVEPACKET_TABLE_DIR", str(tmp_path / "tables"))
    assert "fine   tables: 0 band tables" in wavepacket("doctor").out
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "old.table").write_bytes(b"{}\n" + bytes(997))
    found = wavepacket("doctor").out
    assert "and 1 band table (1 kB) that this version cannot use: --prune deletes them" in found
    pruned = json.loads(wavepacket("doctor", "--prune", "--json").out)["checks"]["tables"]
    assert pruned["message"].startswith("1 band table (1 kB) deleted; 0 band tables")
    assert not list((tmp_path / "tables").iterdir())


def test_validate_tells_what_a_run_needs(wavepacket, configs):
    quick = wavepacket("validate", configs / "haldane_hall.yaml", *QUICK[:-1])
    assert "at most 288 trajectories: " in quick.out
    # A grid of 48^2 round each of two valleys, for both signs of E.
    balls = wavepacket("validate", configs / "bilayer_valley_drift.yaml")
    assert "at most 9216 trajectories: " in balls.out
    timed = wavepacket("validate", configs / "haldane_hall.yaml", "--time", "--set", "time.saves=3")
    assert "18432 trajectories: about " in timed.out
    assert " s, " in timed.out
    assert "numbers are read at run time" in timed.out
