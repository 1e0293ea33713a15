"""Bits that flip in what is finished: named, made again alone, and no reason for others to wait."""

import json

import pytest

from tests.cli.free import FREE

QUICK = ("--set", "ensemble.grid=[12,12]", "--set", "time.saves=11", "--set", "time.end=50 fs", "-q")


def flip(path, position=4000):
    content = bytearray(path.read_bytes())
    content[position] ^= 8
    path.write_bytes(content)


def test_a_bit_that_flips_in_an_unfinished_run_costs_one_shard(wavepacket, configs, tmp_path, small_shards):
    assert wavepacket("run", configs / "haldane_hall.yaml", "-o", "run", *QUICK).code == 0
    shards, index = tmp_path / "run/shards", tmp_path / "run/run.h5"
    whole = {file: file.read_bytes() for file in (*sorted(shards.iterdir()), index)}
    index.unlink()
    (shards / "000003.h5").unlink()  # what the kill took
    flip(shards / "000005.h5")
    stamps = {file: file.stat().st_mtime_ns for file in shards.iterdir()}
    assert "wavepacket resume run" in wavepacket("status", "run").out
    done = wavepacket("resume", "run", "-q")
    assert done.code == 0, done.err
    assert "shards/000005.h5: damaged" in done.err
    assert "shard 5 is computed again" in done.err
    assert {file: file.read_bytes() for file in whole} == whole
    changed = [file.name for file, stamp in stamps.items() if file.stat().st_mtime_ns != stamp]
    assert changed == ["000005.h5"]


def test_status_tells_that_a_finished_run_is_damaged(wavepacket, configs, tmp_path, small_shards):
    assert wavepacket("run", configs / "haldane_hall.yaml", "-o", "run", *QUICK).code == 0
    (tmp_path / "run/shards/000003.h5").unlink()
    told = wavepacket("status", "run").out
    assert "haldane_hall: damaged" in told
    assert "wavepacket verify run --repair" in told
    (tmp_path / "run/run.h5").write_bytes(b"")
    assert "damaged" in wavepacket("status", "run").out
    for file in ("run.h5", "resolved.yaml", *(f"shards/{i:06d}.h5" for i in range(9) if i != 3)):
        (tmp_path / "run" / file).unlink()
    for command in ("status", "verify", "resume"):
        told = wavepacket(command, "run")
        assert "begin again with `wavepacket run CONFIG -o run`" in told.out + told.err
    assert wavepacket("run", configs / "haldane_hall.yaml", "-o", "run", *QUICK).code == 0


def test_a_damaged_point_does_not_keep_the_others_waiting(wavepacket, tmp_path):
    (tmp_path / "free.yaml").write_text(FREE)
    arguments = ("sweep", "free.yaml", "-s", "fields.electric.x=1,2,3 kV/cm", "-o", "s", "-q")
    assert wavepacket(*arguments).code == 0
    assert "3 finished" in wavepacket("status", "s").out
    assert wavepacket("verify", "s").out == "s: fine\n"
    tables = [(tmp_path / "s" / name).read_bytes() for name in ("index.csv", "observables.csv")]
    points = [tmp_path / "s/points" / f"{index:06d}" for index in range(3)]
    flip(points[0] / "run.h5")
    flip(points[1] / "shards/000000.h5")
    (points[2] / "run.h5").unlink()
    told = wavepacket("status", "s").out
    assert "1 damaged" in told
    assert "wavepacket verify s --repair" in told
    done = wavepacket("resume", "s", "-q")
    assert done.code == 3
    assert "2 of 3 points have no result" in done.err
    assert "repair it by `wavepacket verify s --repair`" in done.out
    assert (points[2] / "run.h5").exists()
    broken = wavepacket("verify", "s")
    assert broken.code == 2
    for name in ("points/000000/run.h5", "points/000001/shards/000000.h5"):
        assert name in broken.err
    assert len(json.loads(wavepacket("verify", "s", "--json").out)["damages"]) == 2
    mended = wavepacket("verify", "s", "--repair", "-q")
    assert mended.code == 0, mended.err
    assert wavepacket("verify", "s").code == 0
    assert [(tmp_path / "s" / name).read_bytes() for name in ("index.csv", "observables.csv")] == tables


@pytest.mark.full
def test_points_behind_links_are_left_alone(wavepacket, tmp_path):
    (tmp_path / "free.yaml").write_text(FREE)
    arguments = ("sweep", "free.yaml", "-s", "fields.electric.x=1,2 kV/cm", "-q")
    for name in ("s", "t", "other"):
        assert wavepacket(*arguments, "-o", name).code == 0
    (tmp_path / "s/points").rename(tmp_path / "s/old")
    (tmp_path / "s/points").symlink_to(tmp_path / "other/points")
    (tmp_path / "t/points/000001").rename(tmp_path / "t/old")
    (tmp_path / "t/points/000001").symlink_to(tmp_path / "other/points/000001")
    (tmp_path / "other/points/000001/shards/000000.h5").write_bytes(b"mine")
    before = {file: file.read_bytes() for file in (tmp_path / "other").rglob("*") if file.is_file()}
    for name in ("s", "t"):
        for command in (
            (*arguments, "-o", name, "--overwrite"),
            (*arguments, "-o", name),
            ("resume", name, "-q"),
            ("verify", name, "--repair", "-q"),
        ):
            refused = wavepacket(*command)
            assert refused.code == 2, command
            assert "is a symbolic link" in refused.err
    assert {file: file.read_bytes() for file in (tmp_path / "other").rglob("*") if file.is_file()} == before


def test_the_config_of_somebody_is_not_overwritten_by_a_sweep(wavepacket, tmp_path):
    (tmp_path / "free.yaml").write_text(FREE)
    (tmp_path / "s").mkdir()
    (tmp_path / "s/config.yaml").write_text("mine: 1\n")
    refused = wavepacket("sweep", "free.yaml", "-s", "fields.electric.x=1,2 kV/cm", "-q", "-o", "s")
    assert refused.code == 2
    assert (tmp_path / "s/config.yaml").read_text() == "mine: 1\n"
