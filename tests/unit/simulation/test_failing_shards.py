"""A shard that cannot be computed is tried three times and then left out; a worker that dies takes nothing with it."""

import json
import time

import pytest

from wavepacket.config import load_config
from wavepacket.errors import InputError, Interrupted, TooManyFailed, WavepacketError
from wavepacket.runs import verify
from wavepacket.simulation import layout, resume, run
from wavepacket.simulation import provenance as memory

CONFIG = """
version: 1
name: failing
model: {name: haldane}
band: 0
fields: {electric: [1 kV/cm, 0, 0]}
ensemble: {kind: filled_band, grid: [10, 10]}
time: {end: 20 fs, saves: 5}
"""


@pytest.fixture
def config(tmp_path, monkeypatch):
    """A config of 200 trajectories in four shards."""
    monkeypatch.setattr("wavepacket.runs.size.SHARD_BYTES", 1)
    monkeypatch.setattr(layout, "TASKS", dict.fromkeys(layout.TASKS, 50))
    (tmp_path / "config.yaml").write_text(CONFIG)
    return load_config(tmp_path / "config.yaml")


def shards(folder):
    return {file.name: file.read_bytes() for file in (folder / "shards").iterdir()}


def failing_integrate(monkeypatch, times):
    """Let the third shard fail so many times."""
    from wavepacket.simulation import local

    integrate, left = local.integrate, [times]

    def failing(problem, first, number, room):
        if first == 100 and left[0]:
            left[0] -= 1
            raise RuntimeError("cosmic ray")
        return integrate(problem, first, number, room)

    monkeypatch.setattr(local, "integrate", failing)


def test_two_failures_change_nothing(config, tmp_path, monkeypatch):
    run(config, tmp_path / "sound")
    failing_integrate(monkeypatch, 2)
    run(config, tmp_path / "failing")
    assert shards(tmp_path / "failing") == shards(tmp_path / "sound")


def test_progress_moves_within_a_shard(config, tmp_path, monkeypatch):
    """A piece that is done is told of before its shard is; nothing is taken back when the shard is on the disk."""
    from wavepacket.simulation import local

    integrate, told = local.integrate, []

    def slow(*arguments):
        time.sleep(0.02)
        return integrate(*arguments)

    monkeypatch.setattr(local, "integrate", slow)
    monkeypatch.setattr(local, "POLL", 0.001)
    monkeypatch.setattr("wavepacket.runs.size.SHARD_BYTES", 1 << 25)
    run(config, tmp_path / "run", threads=1, progress=lambda *pair: told.append(pair))
    assert len(list((tmp_path / "run" / "shards").iterdir())) == 1
    assert {done for done, _ in told} == {0, 50, 100, 150, 200}
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert {total for _, total in told} == {200}


def test_three_failures_leave_the_shard_out_until_it_can_be_computed(config, tmp_path, monkeypatch):
    said = []
    run(config, tmp_path / "sound")
    with monkeypatch.context() as patch:
        failing_integrate(patch, 3)
        finished = run(config, tmp_path / "failing", report=said.append)
    assert finished.quarantined == (2,)
    assert finished.trajectory_count == 150
    assert "shard 2 could not be computed and is left out: RuntimeError: cosmic ray" in said
    assert verify(tmp_path / "failing") == []
    assert resume(tmp_path / "failing").quarantined == ()
    assert shards(tmp_path / "failing") == shards(tmp_path / "sound")
    assert (tmp_path / "failing/run.h5").read_bytes() == (tmp_path / "sound/run.h5").read_bytes()


def test_a_run_with_a_shard_left_out_ends_with_code_3(config, wavepacket_main, tmp_path, monkeypatch):
    failing_integrate(monkeypatch, 3)
    code, out, err = wavepacket_main("run", tmp_path / "config.yaml", "-o", tmp_path / "run", "-q")
    assert code == 3
    assert "1 shards could not be computed and are left out of every number (2)" in err
    code, out, err = wavepacket_main("status", tmp_path / "run", "--json")
    assert json.loads(out)["quarantined"] == [2]


def test_a_run_that_fails_everywhere_says_so(config, tmp_path, monkeypatch):
    def failing(problem, first, number, room):
        raise RuntimeError("nothing works")

    monkeypatch.setattr("wavepacket.simulation.local.integrate", failing)
    monkeypatch.setattr("wavepacket.simulation.local.POLL", 0.0)
    with pytest.raises(
        TooManyFailed, match="no shard could be computed; the last one: RuntimeError: nothing"
    ):
        run(config, tmp_path / "run")


def test_workers_that_cannot_begin_end_the_run_with_a_sentence(config, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "wavepacket.cluster.processes.MODULE", "json.tool"
    )  # leaves with 2: it finds no such file
    with pytest.raises(WavepacketError, match="a worker process could not begin: exit 2"):
        run(config, tmp_path / "run", workers=2)
    assert run(config, tmp_path / "run", overwrite=True).trajectory_count == 200


def test_an_error_of_the_disk_is_not_tried_again(config, tmp_path, monkeypatch):
    calls = []

    def full(*arguments):
        calls.append(arguments)
        raise InputError("no space is left")

    monkeypatch.setattr("wavepacket.runs.shard.ShardBuilder.image", full)
    with pytest.raises(InputError, match="no space is left"):
        run(config, tmp_path / "run")
    assert len(calls) == 1


def test_stop_ends_a_run_that_goes_on_later(config, tmp_path):
    asked = []

    def stop():
        asked.append(None)
        return len(asked) > 3

    with pytest.raises(Interrupted, match=r"trajectories are safe; go on with `wavepacket resume"):
        run(config, tmp_path / "run", stop=stop)
    assert verify(tmp_path / "run") == []
    assert resume(tmp_path / "run").trajectory_count == 200


def test_a_run_whose_crystal_changed_does_not_go_on(config, tmp_path, monkeypatch):
    run(config, tmp_path / "run")
    told = memory.provenance
    monkeypatch.setattr(memory, "provenance", lambda problem: told(problem) | {"hamiltonian": "another"})
    with pytest.raises(InputError, match="the crystal is not the one that the run began with"):
        resume(tmp_path / "run")
