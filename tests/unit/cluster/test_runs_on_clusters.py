"""The same bytes from threads, from processes of this machine, and from a scheduler of somebody else; whoever dies."""

import asyncio
import fcntl
import hashlib
import os
import pickle
import random
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path

import psutil
import pytest

from tests import pieces
from tests.cli.conftest import cut_small
from tests.cli.interruption import CONFIG
from tests.unit.cluster.conftest import ROOT, cluster_in
from wavepacket import simulation, sweeps
from wavepacket.cluster import Work, begun, chosen, computed_on
from wavepacket.cluster.connection import Engine
from wavepacket.cluster.dispatch import Dispatch
from wavepacket.cluster.task import LATER
from wavepacket.config import load_config
from wavepacket.errors import InputError, Interrupted
from wavepacket.response import response
from wavepacket.runs import partial as partial_sums
from wavepacket.runs import run_progress, verify


def bytes_of(folder):
    """Names and SHA-256 of all files but the journal, whose order is that of the answers."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "journal.jsonl")
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture
def small(monkeypatch):
    """Small shards, here and on workers."""
    cut_small(monkeypatch)
    monkeypatch.setattr("wavepacket.simulation.on_workers.prepare", pieces.small)
    monkeypatch.setattr("wavepacket.simulation.on_workers._SUMMED", 1)


@pytest.fixture
def config(tmp_path, small):
    file = tmp_path / "interrupted.yaml"
    file.write_text(CONFIG)
    return load_config(file)


def fewer(folder):
    """A config of 288 trajectories, in 9 shards."""
    (folder / "config.yaml").write_text(CONFIG.replace("[30, 30]", "[12, 12]").replace("900", "144"))
    return load_config(folder / "config.yaml")


@pytest.fixture
def whole(config, tmp_path):
    simulation.run(config, tmp_path / "whole")
    return bytes_of(tmp_path / "whole")


def killing(number, pids, waits=(0.0, 0.4)):
    """Return a progress function that kills so many workers, one at a time, at random moments."""
    draw, left, last = random.Random(7), [number], [time.monotonic() + 0.2]

    def progress(done, total):
        if left[0] and time.monotonic() > last[0] and (alive := pids()):
            os.kill(draw.choice(alive), signal.SIGKILL)
            left[0] -= 1
            last[0] = time.monotonic() + draw.uniform(*waits)

    return progress, left


def leaders():
    """The process that workers of this machine are copies of."""
    found = []
    for process in psutil.Process().children():
        with suppress(psutil.Error):
            if "wavepacket.cluster.host" in process.cmdline():
                found.append(process)
    return found


def hosts():
    """Worker processes of this machine that live."""
    found = []
    for process in leaders():
        with suppress(psutil.Error):
            found += [copy.pid for copy in process.children() if copy.status() != psutil.STATUS_ZOMBIE]
    return found


@pytest.mark.full
def test_two_workers_die(small, tmp_path, monkeypatch):
    """One at any moment, one when its file is whole and has no name yet; nothing is lost, and nothing is left behind."""
    config = fewer(tmp_path)
    simulation.run(config, tmp_path / "whole")
    monkeypatch.setattr("wavepacket.simulation.on_workers.prepare", pieces.dying)
    whole = bytes_of(tmp_path / "whole")
    said, seen = [], []
    progress, left = killing(1, lambda: hosts() if seen[-1].trajectories else [])

    def watch(done, total):
        seen.append(run_progress(tmp_path / "two"))
        progress(done, total)

    with begun(chosen(2, None, 1), "wavepacket.simulation.on_workers") as cluster:
        simulation.run(
            config, tmp_path / "two", cluster=cluster, threads=1, report=said.append, progress=watch
        )
    assert left == [0]
    assert (tmp_path / "killed").read_text().endswith(".part")
    assert bytes_of(tmp_path / "two") == whole
    assert verify(tmp_path / "two") == []
    assert not hosts()
    assert re.search(r"a worker was lost \(\d so far\)", "\n".join(said))
    assert max(each.workers or 0 for each in seen) in (1, 2)
    assert max(each.lost or 0 for each in seen) >= 1
    assert run_progress(tmp_path / "two").workers is None


@pytest.mark.full
def test_a_scheduler_of_somebody_else_over_tls(remote, keys_of, small, tmp_path, monkeypatch):
    """A run through the file of the scheduler, and its repair through a client; the keys are nobody else's."""
    from distributed import Client

    keys_of(remote)
    config, read = fewer(tmp_path), []
    simulation.run(config, tmp_path / "whole")
    whole = bytes_of(tmp_path / "whole")
    other = config.model_copy(update={"seed": 2, "name": "other"})

    def counted(folder, entry, *arguments):
        read.append(entry.index)
        return read_shard(folder, entry, *arguments)

    read_shard = partial_sums.read_shard
    with monkeypatch.context() as patch:
        patch.setattr(partial_sums, "read_shard", counted)
        simulation.run(other, tmp_path / "far", cluster=str(remote.file))
    assert read == [8]  # of 9 shards: workers have added up the others, two at a time
    simulation.run(
        config, tmp_path / "far", cluster=str(remote.file), overwrite=True
    )  # nothing is kept of the other
    assert bytes_of(tmp_path / "far") == whole
    (tmp_path / "far" / "shards" / "000003.h5").unlink()
    (tmp_path / "far" / "shards" / "000004.h5").write_bytes(b"")
    with Client(scheduler_file=str(remote.file), set_as_default=False) as client:
        assert simulation.repair(tmp_path / "far", cluster=client)
    assert bytes_of(tmp_path / "far") == whole
    keys = remote.file.parent / "keys"
    assert not [
        file for file in (keys, keys / "key.pem", keys / "certificate.pem") if file.stat().st_mode & 0o077
    ]
    assert "KEY" not in remote.file.read_text()


def test_points_of_a_sweep(remote, keys_of, tmp_path):
    keys_of(remote)
    config = {
        "version": 1, "name": "swept", "model": {"name": "haldane"}, "band": 0,
        "fields": {"electric": ["1 kV/cm", 0, 0]}, "ensemble": {"kind": "filled_band", "grid": [4, 4]},
        "time": {"end": "20 fs", "saves": 5},
    }  # fmt: skip
    axes = {"fields.electric.x": ["1 kV/cm", "2 kV/cm", "3 kV/cm"]}
    sweeps.sweep(config, axes, tmp_path / "here")
    sweeps.sweep(config, axes, tmp_path / "far", cluster=str(remote.file))
    assert bytes_of(tmp_path / "here") == bytes_of(tmp_path / "far")


def values_of(result):
    """All numbers of a response, as they are."""
    shown = {name: (each.value, each.uncertainty) for name, each in result.observables.items()}
    return pickle.dumps((shown, result.convergence))


def test_a_response_on_workers(remote, keys_of, tmp_path):
    """Meshes and cells; stopped there, and gone on with here: the same bits. What a killed driver left goes."""
    keys_of(remote)
    request = {"chemical_potential": [-2.0], "temperature": [0], "uncertainty": 1e-6, "points": 9000}
    config = {"name": "metal", "model": {"name": "haldane"}, "response": request}
    here, done = response(config), []
    remains, other = (tmp_path / f".wavepacket-{name}" for name in ("killed", "other"))
    for folder in (remains, other):
        folder.mkdir()
        (folder / "proof").write_text("its driver")
    held = (other / "proof").open()
    fcntl.flock(held, fcntl.LOCK_EX)  # this one lives
    there = response(config, cluster=str(remote.file), partial=tmp_path / "kept.npz")
    assert values_of(there) == values_of(here)
    assert "cells" in here.convergence["how"]
    partial = tmp_path / "kept.npz"
    early = response(
        config, cluster=str(remote.file), partial=partial, progress=lambda done_now, total: done.append(done_now),
        stop=lambda: len(done) > 20,
    )  # fmt: skip
    assert early.convergence["stopped"]
    assert partial.is_file()
    assert values_of(response(config, partial=partial)) == values_of(here)
    assert list(tmp_path.iterdir()) == [other]
    held.close()


@pytest.mark.full
def test_a_cluster_that_cannot_do_it_is_told_of_in_one_sentence(
    remote, keys_of, config, tmp_path, monkeypatch
):
    """No scheduler; another version on the workers; a folder that they do not see. What was begun goes on later."""
    with pytest.raises(
        InputError, match=r"at tcp://127\.0\.0\.1:9 cannot be reached within 10 s; is it running\?"
    ):
        list(computed_on(chosen(None, "tcp://127.0.0.1:9"), Work(pieces.numbers, tmp_path), [0]))
    keys_of(remote)
    cluster = chosen(None, str(remote.file))
    with pytest.raises(
        InputError, match=r"does not see /no/such/folder; choose a folder with -o that all machines"
    ):
        list(computed_on(cluster, Work(pieces.numbers, Path("/no/such/folder")), [0]))
    with monkeypatch.context() as patch:
        patch.setattr("wavepacket.cluster.fitness.code_digest", lambda: "another")
        with pytest.raises(
            InputError, match=r"another version of wavepacket; .*; then go on with `wavepacket resume"
        ):
            simulation.run(config, tmp_path / "run", cluster=str(remote.file))
    assert simulation.resume(tmp_path / "run").trajectory_count == 1800


def test_a_piece_that_nobody_waits_for_ends(remote, keys_of, tmp_path):
    """The worker is free at once for who comes next."""
    keys_of(remote)
    cluster, begun = chosen(None, str(remote.file)), []

    def stop():
        begun.append(len(list(tmp_path.glob("begun-*"))))
        return begun[-1] == 2

    with pytest.raises(Interrupted, match="stopped"):
        list(computed_on(cluster, Work(pieces.waiting, tmp_path), [0, 1, 2], stop=stop))
    deadline = time.monotonic() + 30
    while len(list(tmp_path.glob("dropped-*"))) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    found = dict(computed_on(cluster, Work(pieces.numbers, tmp_path), range(5)))
    assert sorted(found) == [0, 1, 2, 3, 4]


def test_a_piece_that_kills_its_workers_is_given_up_at_last(remote, keys_of, tmp_path, monkeypatch):
    """It takes nothing with it: all others are done."""
    keys_of(remote)
    monkeypatch.setattr("wavepacket.cluster.dispatch.ATTEMPTS", 2)
    work, said = Work(pieces.deadly, tmp_path), []
    found = dict(computed_on(chosen(None, str(remote.file)), work, range(6), noted=said.append))
    assert found.pop(2) == {"failure": "its worker was lost, 2 times"}
    assert sorted(found) == [0, 1, 3, 4, 5]
    assert len((tmp_path / "begun-2").read_text().split()) == 2
    assert said[-1].lost >= 1  # the second may be told after the answers


def test_a_piece_that_kills_its_workers_takes_none_that_is_written_with_it(tmp_path, monkeypatch):
    """What was being written when it was begun is not blamed for what it does."""
    monkeypatch.setattr("wavepacket.cluster.dispatch.ATTEMPTS", 2)
    found = dict(computed_on(chosen(1, None), Work(pieces.deadly_beside, tmp_path), range(4)))
    assert found.pop(2) == {"failure": "its worker was lost, 2 times"}
    assert found == {index: {"index": index} for index in (0, 1, 3)}


def test_what_a_lost_worker_said_late_is_not_heard(tmp_path):
    """Another one is at this piece now, and has not said yet that it has begun to write it."""
    told = []
    dispatch = Dispatch(chosen(1, None), Work(pieces.numbers, tmp_path), told.append)
    late = {"index": 5, "key": dispatch._key(5), "answer": {LATER: ""}}
    dispatch._lost(5)
    dispatch.resting[5] = "tls://another"
    dispatch._hear((0.0, late))
    assert dispatch.resting == {5: "tls://another"}
    assert not told
    dispatch._hear((0.0, {"index": 5, "key": dispatch._key(5), "answer": {"index": 5}}))
    assert told == [(5, {"index": 5})]


WORKER = """
import asyncio, sys
from distributed import Worker
import tests.pieces, wavepacket.cluster.task

async def serve(file, port):
    async with Worker(scheduler_file=file, nthreads=1, host="127.0.0.1", port=int(port), dashboard=False) as worker:
        await worker.finished()

sys.stdin.readline()
asyncio.run(serve(*sys.argv[1:]))
"""


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.mark.full
def test_a_worker_that_is_there_again_at_its_address_at_once(tmp_path, keys_of, monkeypatch):
    """It died while it wrote; nobody looked in between, and the other one that has its address knows nothing of it."""
    monkeypatch.setattr("wavepacket.cluster.dispatch._LOOK", 5.0)
    with cluster_in(tmp_path, workers=0) as cluster, ExitStack() as stack:
        keys_of(cluster)
        environment = os.environ | {"PYTHONPATH": str(ROOT), "DASK_CONFIG": str(tmp_path / "keys")}
        command = [sys.executable, "-c", WORKER, cluster.file, str(free_port())]
        first, second = (
            subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
            for _ in range(2)
        )
        for process in (first, second):
            stack.callback(process.wait)
            stack.callback(process.kill)
        first.stdin.write(b"\n")
        first.stdin.flush()
        replaced = []

        def stop():
            if not replaced and list(tmp_path.glob(f"writes-0-{first.pid}")):
                replaced.append(time.monotonic())
                first.kill()
                first.wait()
                second.stdin.write(b"\n")
                second.stdin.flush()
            return bool(replaced) and time.monotonic() > replaced[0] + 60  # it would wait for ever

        work = Work(pieces.slowly_written, tmp_path)
        found = dict(computed_on(chosen(None, str(cluster.file)), work, [0], stop=stop))
    assert found == {0: {"index": 0}}
    assert list(tmp_path.glob(f"writes-0-{second.pid}"))


def test_a_worker_that_left_is_missed_under_its_old_address(tmp_path):
    """What it was writing is done again, though somebody is there whenever one looks."""
    dispatch = Dispatch(chosen(1, None), Work(pieces.numbers, tmp_path), lambda said: None)
    address, employed = "tls://there:1", []

    class Client:
        status = "running"

        async def nthreads(self):
            return {address: 1}

    async def employ(engine, address, threads):
        employed.append(address)
        await asyncio.sleep(60)

    async def look():
        await dispatch._look(Engine(Client()))
        await asyncio.sleep(0)

    dispatch._employ = employ
    dispatch._loop.run_until_complete(look())
    dispatch.resting[7] = address
    dispatch._loop.run_until_complete(look())
    assert dispatch.resting == {7: address}
    dispatch._miss((0.0, {"action": "remove-worker", "worker": address}))
    dispatch._loop.run_until_complete(look())
    assert employed == [address, address]
    assert dispatch.resting == {}
    assert dispatch._queue.get_nowait() == 7
    dispatch.crew[address].cancel()
    dispatch._loop.run_until_complete(asyncio.sleep(0))
    dispatch._loop.close()


@pytest.mark.full
def test_a_shard_that_kills_its_workers_is_left_out(config, whole, tmp_path, monkeypatch):
    monkeypatch.setattr("wavepacket.simulation.on_workers.prepare", pieces.failing)
    monkeypatch.setattr("wavepacket.cluster.dispatch.ATTEMPTS", 2)
    (tmp_path / "bad").touch()
    said = []
    finished = simulation.run(config, tmp_path / "run", workers=1, threads=1, report=said.append)
    assert finished.quarantined == (2,)
    assert any(
        "shard 2 could not be computed" in each and "its worker was lost, 2 times" in each for each in said
    )
    (tmp_path / "bad").unlink()
    assert simulation.resume(tmp_path / "run").quarantined == ()
    assert bytes_of(tmp_path / "run") == whole


@pytest.mark.full
def test_twenty_workers_die(config, whole, tmp_path):
    """At random moments, one for every two shards that are done; once what they are copies of dies, and all with it."""
    draw, killed = random.Random(7), []

    def progress(done, total):
        if done >= 64 * len(killed) and len(killed) < 20:
            time.sleep(draw.uniform(0.0, 0.4))
            if alive := [process.pid for process in leaders()] if len(killed) == 10 else hosts():
                os.kill(draw.choice(alive), signal.SIGKILL)
                killed.append(done)

    with begun(chosen(3, None, 1), "wavepacket.simulation.on_workers") as cluster:
        simulation.run(config, tmp_path / "here", cluster=cluster, threads=1, progress=progress)
    assert len(killed) == 20
    assert bytes_of(tmp_path / "here") == whole


DRIVER = """
import sys
from tests import pieces
pieces._small()
from wavepacket.simulation import on_workers
on_workers.prepare = pieces.small
from wavepacket.cli import main
main(sys.argv[1:])
"""


@pytest.mark.full
def test_five_drivers_die(config, tmp_path):
    """Each is killed when it has written some shards more; its workers end with it."""
    run, whole, environment = tmp_path / "run", tmp_path / "whole", os.environ | {"PYTHONPATH": str(ROOT)}
    driven, file = [sys.executable, "-c", DRIVER], tmp_path / "interrupted.yaml"
    subprocess.run([*driven, "run", file, "-o", whole, "-q"], env=environment, cwd=ROOT, check=True)
    for number in range(5):
        begin = ["resume", run] if number else ["run", file, "-o", run]
        command = [*driven, *begin, "-j", "2", "--threads", "1", "-q"]
        before = len(list(run.glob("shards/*.h5")))
        with subprocess.Popen(command, env=environment, cwd=ROOT) as driver:
            while len(list(run.glob("shards/*.h5"))) < before + 5:
                assert driver.poll() is None
                time.sleep(0.01)
            crew = psutil.Process(driver.pid).children(recursive=True)
            driver.kill()
        assert len(crew) == 3  # two workers, and what they are copies of
        assert not psutil.wait_procs(crew, timeout=30)[1]
    assert not (run / "run.h5").exists()
    simulation.resume(run)
    assert bytes_of(run) == bytes_of(whole)


@pytest.mark.full
def test_two_schedulers_die(config, whole, tmp_path, keys_of):
    for number in range(2):
        (tmp_path / f"cluster{number}").mkdir()
        with cluster_in(tmp_path / f"cluster{number}") as cluster:
            keys_of(cluster)

            def progress(done, total, cluster=cluster, number=number):
                if done > (number + 1) * 400:
                    os.killpg(cluster.scheduler.pid, signal.SIGKILL)

            begin = simulation.resume if number else partial(simulation.run, config)
            with pytest.raises(
                Interrupted, match=r"the scheduler was lost .*: \d+ of 1800 trajectories are safe"
            ):
                begin(tmp_path / "far", cluster=str(cluster.file), progress=progress)
    simulation.resume(tmp_path / "far")
    assert bytes_of(tmp_path / "far") == whole
