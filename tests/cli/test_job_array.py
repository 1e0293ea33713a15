"""Parts of a run computed by processes that know nothing of each other give the bytes of the run in one process."""

import threading

import pytest

from tests.cli.interruption import CONFIG, digest
from wavepacket import simulation
from wavepacket.config import load_config
from wavepacket.errors import Interrupted
from wavepacket.runs import finished_shards
from wavepacket.simulation import provenance, share


@pytest.fixture
def config(tmp_path):
    file = tmp_path / "interrupted.yaml"
    file.write_text(CONFIG.replace("[30, 30]", "[12, 12]").replace("trajectories: 900", "trajectories: 144"))
    return file


def test_a_job_array_gives_the_bytes_of_one_run(wavepacket, config, tmp_path, small_shards):
    whole = wavepacket("run", config, "-o", tmp_path / "whole", "-q")
    assert whole.code == 0, whole.err
    shards = set(finished_shards(tmp_path / "whole"))
    parts = tmp_path / "parts"
    for index in (2, 3, 1):  # in any order
        done = wavepacket("run", config, "-o", parts, "--shards", f"{index}/3", "-q")
        assert done.code == 0, done.err
    assert "all shards are there" in done.out
    assert set(finished_shards(parts)) == shards
    assert len(shards) > 3
    assert wavepacket("status", parts).code == 0
    assert wavepacket("resume", parts, "-q").code == 0
    assert digest(parts) == digest(tmp_path / "whole")
    again = wavepacket("run", config, "-o", parts, "--shards", "1/3", "-q")
    assert again.code == 0
    assert digest(parts) == digest(tmp_path / "whole")


def test_parts_leave_their_sums_and_nobody_reads_a_shard_again(
    wavepacket, config, tmp_path, small_shards, monkeypatch
):
    """Neither the part that is begun again, nor `resume`, nor `analyze` of a run without paths; a problem is built once."""
    changes = ("--set", "output.trajectories=0", "-q")
    assert wavepacket("run", config, "-o", tmp_path / "whole", *changes).code == 0
    parts, built = tmp_path / "parts", []

    def counted(*arguments, **more):
        built.append(1)
        return build_problem(*arguments, **more)

    build_problem = share.build_problem
    for module in (share, provenance):
        monkeypatch.setattr(module, "build_problem", counted)
    for index in (2, 1):
        assert wavepacket("run", config, "-o", parts, "--shards", f"{index}/2", *changes).code == 0
    assert len(built) == 2
    assert {path.name for path in (parts / "sums").iterdir()} == {"part-1-of-2.h5", "part-2-of-2.h5"}
    for place in ("runs.partial", "runs.reader"):
        monkeypatch.setattr(f"wavepacket.{place}.read_shard", None)
    assert wavepacket("run", config, "-o", parts, "--shards", "1/2", *changes).code == 0
    resumed = wavepacket("resume", parts, "-q")
    assert resumed.code == 0, resumed.err
    assert wavepacket("analyze", parts).code == 0
    assert digest(parts) == digest(tmp_path / "whole")


@pytest.mark.parametrize(("shards", "parts"), [(1, 1), (7, 3), (1000, 7), (100_000, 1000), (100_000, 3)])
def test_parts_are_of_every_shard_once_and_of_like_size(shards, parts):
    every = [simulation.Share(index, parts).of(shards) for index in range(1, parts + 1)]
    assert sorted(each for part in every for each in part) == [*range(shards)]
    sizes = [len(part) for part in every]
    assert max(sizes) - min(sizes) <= max(1, shards // (8 * parts))


def test_parts_at_once_and_a_part_that_is_stopped(config, tmp_path, small_shards):
    """All begin in an empty place at the same time; one is stopped at once, and its shards are left to `resume`."""
    loaded, folder = load_config(config), tmp_path / "parts"
    simulation.run(loaded, tmp_path / "whole")
    problems = []

    def work(index, stop):
        try:
            simulation.run_share(loaded, simulation.Share(index, 3), folder, stop=stop)
        except Interrupted as error:
            problems.append(str(error))

    threads = [threading.Thread(target=work, args=(index, lambda i=index: i == 2)) for index in (1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (problem,) = problems
    assert "the same command goes on" in problem
    there = set(finished_shards(folder))
    assert there >= {index for index in finished_shards(tmp_path / "whole") if index % 3 != 1}
    simulation.resume(folder)
    assert digest(folder) == digest(tmp_path / "whole")


@pytest.mark.parametrize("given", ["0/3", "4/3", "3", "a/b", "1/0"])
def test_what_is_no_part_is_refused(wavepacket, config, tmp_path, given):
    result = wavepacket("run", config, "-o", tmp_path / "run", "--shards", given, "-q")
    assert result.code == 2
    assert "i/n" in result.err
    assert not (tmp_path / "run").exists()


def test_a_folder_of_another_run_is_refused(wavepacket, config, tmp_path, small_shards):
    assert wavepacket("run", config, "-o", tmp_path / "run", "--shards", "1/3", "-q").code == 0
    other = wavepacket(
        "run", config, "-o", tmp_path / "run", "--shards", "2/3", "-q", "--set", "time.saves=21"
    )
    assert other.code == 2
    assert "another run" in other.err
    assert wavepacket("run", config, "--shards", "1/2", "--overwrite").code == 2
