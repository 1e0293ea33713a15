"""Two runs never work in one folder, and no dead run keeps a folder."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from wavepacket.errors import InputError
from wavepacket.runs import finish_run, hold_run, recover_run

ROOT = Path(__file__).parents[3]
HOLD = """
import sys
from wavepacket.runs import hold_run
with hold_run(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def _holder(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Give another process that holds the folder."""
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": ROOT}
    with subprocess.Popen([sys.executable, "-c", HOLD, folder], **pipes) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield process
        finally:
            process.kill()


def test_a_second_process_is_refused_until_the_first_is_gone(
    tmp_path: Path, finished_run: Callable[[Path], Path], new_run: Callable[..., Path]
) -> None:
    run = finished_run(tmp_path / "run")
    with _holder(run) as process:
        for work in (recover_run, finish_run, lambda folder: new_run(folder, overwrite=True)):
            with pytest.raises(InputError, match=f"process {process.pid} on .*delete .*lock"):
                work(run)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert (run / ".lock").exists()
        assert len(recover_run(run)) == 3
    assert not (run / ".lock").exists()


def test_the_owner_may_enter_again_but_another_thread_may_not(tmp_path: Path) -> None:
    refused = []

    def other() -> None:
        try:
            with hold_run(tmp_path):
                pass
        except InputError as error:
            refused.append(str(error))

    with hold_run(tmp_path), hold_run(tmp_path):
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert len(refused) == 1
    assert list(tmp_path.iterdir()) == []
    other()
    assert len(refused) == 1


def test_the_record_of_another_machine_is_respected(tmp_path: Path) -> None:
    lock = tmp_path / ".lock"
    lock.write_text(json.dumps({"process": 1, "host": "another-machine", "boot": "another"}))
    with pytest.raises(InputError, match="process 1 on another-machine"), hold_run(tmp_path):
        pass
    lock.unlink()
    with hold_run(tmp_path):
        assert json.loads(lock.read_text())["process"] == os.getpid()


@pytest.mark.parametrize("record", ["", "{", "[" * 4000, "[1]", '{"host": 5}', "\x00" * 50])
def test_an_unreadable_record_blocks_nobody_for_long(tmp_path: Path, record: str) -> None:
    lock = tmp_path / ".lock"
    lock.write_text(record)
    try:
        with hold_run(tmp_path):
            pass
    except InputError:
        lock.unlink()
        with hold_run(tmp_path):
            pass
    assert not lock.exists()


def test_without_kernel_locks_the_record_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    def unsupported(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", unsupported)
    with hold_run(tmp_path):
        ours = json.loads((tmp_path / ".lock").read_text())
    (tmp_path / ".lock").write_text(json.dumps(ours))
    with pytest.raises(InputError, match="in it"), hold_run(tmp_path):
        pass
    for stale in ({**ours, "boot": "before the restart"}, {**ours, "process": 2**22 + 1}):
        (tmp_path / ".lock").write_text(json.dumps(stale))
        with hold_run(tmp_path):
            pass


def test_a_folder_that_is_not_there_is_made_only_when_asked(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file or folder"), hold_run(tmp_path / "run"):
        pass
    with hold_run(tmp_path / "run", create=True):
        assert (tmp_path / "run").is_dir()
