"""Runs that are cut off by a full disk or a kill, and go on."""

import errno
import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wavepacket.errors import InputError
from wavepacket.runs import finish_run, finished_shards, open_run, recover_run, verify, write_shard

Make = Callable[..., Any]


def _files(folder: Path) -> set[str]:
    """Return the names of everything in a folder."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


@pytest.mark.parametrize("bytes_left", [0, 1, 1000, 20_000, 60_000, 100_000])
def test_a_full_disk_loses_nothing_and_leaves_nothing_half_done(
    tmp_path: Path, new_run: Make, shard_arrays: Make, monkeypatch: pytest.MonkeyPatch, bytes_left: int
) -> None:
    run, left, write = new_run(tmp_path / "run"), [bytes_left], os.write

    def full(descriptor: int, content: memoryview) -> int:
        if not left[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        written = write(descriptor, content[: left[0]])
        left[0] -= written
        return written

    def work() -> None:
        for index in sorted(set(range(3)) - set(finished_shards(run))):
            write_shard(run, index, shard_arrays(6 * index))
        finish_run(run)

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(InputError, match="no space is left"):
            work()
    assert not [name for name in _files(run) if name.endswith(".part")]
    assert not (run / "run.h5").exists()
    assert verify(run) == []
    recover_run(run)
    work()
    assert verify(run) == []
    assert open_run(run).trajectory_count == 18


KILLED = """
    import os, signal, sys
    sys.path[:0] = {path!r}
    from conftest import _shard_arrays
    from wavepacket.runs import *

    calls, fsync, replace = [0], os.fsync, os.replace

    def counted(action):
        def wrapped(*arguments):
            calls[0] -= 1
            if calls[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return action(*arguments)
        return wrapped

    def work(run, step):
        calls[0] = step
        with hold_run(run):
            done = recover_run(run)
            for index in range(3):
                if index not in done:
                    write_shard(run, index, _shard_arrays(6 * index))
            finish_run(run)
        os._exit(0)

    os.fsync, os.replace = counted(fsync), counted(replace)
    for line in sys.stdin:
        run, step = line.split()
        child = os.fork() or work(run, int(step))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
"""In forks of one process: for each line "folder step", work until that durable step, and tell how it ended."""


def test_a_run_killed_at_any_durable_step_goes_on_to_the_same_bytes(tmp_path: Path, new_run: Make) -> None:
    script = textwrap.dedent(KILLED).format(path=[str(Path(__file__).parent), str(Path(__file__).parents[3])])
    unbroken, broken = new_run(tmp_path / "unbroken"), new_run(tmp_path / "broken")
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as forking:

        def work(run: Path, step: int) -> int:
            assert forking.stdin is not None
            assert forking.stdout is not None
            print(run, step, file=forking.stdin, flush=True)
            return int(forking.stdout.readline())

        assert work(unbroken, 0) == 0
        kills = 0
        for step in (1, 2, 4, 3, 8, 6, 7, 9, 5, 10):
            before = finished_shards(broken)
            kills += work(broken, step) == -signal.SIGKILL
            after = finished_shards(broken)
            assert before.items() <= after.items()
        assert kills >= 6
        assert work(broken, 0) == 0
    assert _files(broken) == _files(unbroken)
    for name in ("run.h5", "shards/000000.h5", "shards/000001.h5", "shards/000002.h5"):
        assert (broken / name).read_bytes() == (unbroken / name).read_bytes()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda journal: journal.unlink(),
        lambda journal: journal.write_bytes(journal.read_bytes()[:-40]),
        lambda journal: journal.write_bytes(b"{}\nnull\n[1]\n\xff\xfe\n" + b"[" * 100_000 + b"\n{"),
        lambda journal: journal.write_bytes(journal.read_bytes().replace(b'"first": 6', b'"first": 7')),
        lambda journal: journal.write_bytes(journal.read_bytes().replace(b"000001.h5", b"../../x.h5")),
    ],
)
def test_the_journal_is_only_a_cache(
    tmp_path: Path, finished_run: Make, spoil: Callable[[Path], object]
) -> None:
    run = finished_run(tmp_path / "run")
    entries, journal = finished_shards(run), (run / "journal.jsonl").read_bytes()
    spoil(run / "journal.jsonl")
    assert finished_shards(run) == entries
    assert recover_run(run) == entries
    assert (run / "journal.jsonl").read_bytes() == journal


def test_a_kill_before_there_is_a_run_leaves_a_folder_that_a_run_may_use(
    tmp_path: Path, new_run: Make
) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run/.run.json.0123456789abcdef.part").write_text("{")
    (tmp_path / "run/.lock").write_text("")
    assert _files(new_run(tmp_path / "run")) == {"run.json", "config.yaml", "resolved.yaml", "shards"}


def test_leftovers_of_a_kill_are_ignored_and_cleaned(tmp_path: Path, finished_run: Make) -> None:
    run = finished_run(tmp_path / "run")
    names = _files(run)
    for name in ("shards/.000003.h5.0123456789abcdef.part", ".run.h5.0123456789abcdef.part"):
        (run / name).write_bytes(b"\x89HDF\r\n\x1a\n")
    assert verify(run) == []
    assert open_run(run).trajectory_count == 18
    assert len(recover_run(run)) == 3
    assert _files(run) == names
