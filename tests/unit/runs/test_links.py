"""Links inside a run folder: nothing is written or deleted through them, so nothing outside is ever touched."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from wavepacket.errors import InputError
from wavepacket.runs import finish_run, open_run, recover_run, restore, verify, write_shard
from wavepacket.runs.journal import read_journal
from wavepacket.simulation import repair

Make = Callable[..., Path]


def _content(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def linked(tmp_path: Path, finished_run: Make) -> tuple[Path, Path]:
    """Give a run whose shards are those of another folder, and that folder."""
    run, other = finished_run(tmp_path / "run"), finished_run(tmp_path / "other")
    shutil.rmtree(run / "shards")
    (run / "shards").symlink_to(other / "shards")
    return run, other


@pytest.mark.parametrize("damaged", [False, True])
def test_shards_behind_a_link_are_left_alone(linked: tuple[Path, Path], new_run: Make, damaged: bool) -> None:
    run, other = linked
    if damaged:
        (other / "shards/000001.h5").write_bytes(b"what another run wrote")
    before = _content(other)
    for work in (
        lambda: new_run(run, overwrite=True),
        lambda: repair(run),
        lambda: recover_run(run),
        lambda: finish_run(run),
        lambda: restore(run, verify(run)),
    ):
        if work is not None:
            with pytest.raises(InputError, match=r"run/shards: is a symbolic link; nothing is written"):
                work()
    assert _content(other) == before
    if not damaged:
        assert open_run(run).trajectory_count == 18  # reading is no harm


@pytest.mark.parametrize("name", ["journal.jsonl", "shards/000003.h5", "run.json", "config.yaml"])
def test_a_file_behind_a_link_is_replaced_or_refused_but_not_changed(
    tmp_path: Path, new_run: Make, shard_arrays: Make, name: str
) -> None:
    precious = tmp_path / "precious"
    run = new_run(tmp_path / "run")
    precious.write_bytes(b"mine" if name != "journal.jsonl" else b"")
    (run / name).unlink(missing_ok=True)
    (run / name).symlink_to(precious)
    before = precious.read_bytes()
    for index in (0, 3):
        try:
            write_shard(run, index, shard_arrays(6 * index))
        except InputError as error:
            assert "symbolic link is in the way" in str(error) or "run.json" in str(error)  # noqa: PT017
    for work in (lambda: recover_run(run), lambda: new_run(run, overwrite=True)):
        try:
            work()
        except InputError as error:
            assert "run.json" in str(error)  # noqa: PT017
    assert precious.read_bytes() == before


def test_a_run_folder_that_is_itself_a_link_is_used(
    tmp_path: Path, finished_run: Make, new_run: Make
) -> None:
    """Somebody's choice of a disk, and one lock for both names."""
    real = finished_run(tmp_path / "real")
    (tmp_path / "name").symlink_to(real)
    assert len(recover_run(tmp_path / "name")) == 3
    new_run(tmp_path / "name", overwrite=True)
    assert (tmp_path / "name").is_symlink()
    assert read_journal(real) == {}
