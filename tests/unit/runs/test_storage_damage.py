"""Whatever happens to the bytes of a run, `verify` names the file, and reading either refuses or is right."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from wavepacket.errors import InputError
from wavepacket.runs import finished_shards, open_run, verify

Make = Callable[..., Path]


def _read_everything(run: Path) -> dict[str, bytes]:
    """Return all numbers of a run as bytes."""
    stored = open_run(run)
    content = {f"sums/{name}": values.tobytes() for name, values in stored.sums.items()}
    for index, shard in enumerate(stored.shards()):
        content |= {f"{index}/{name}": values.tobytes() for name, values in shard.items()}
    return {**content, "texts": (stored.config_text + stored.resolved_text).encode()}


def _refusal(run: Path, truth: dict[str, bytes]) -> str | None:
    """Return the file that reading a run complains about, None where it gives the true numbers."""
    try:
        content = _read_everything(run)
    except InputError as error:
        path, _, sentence = str(error).partition(": ")
        return str(Path(path).relative_to(run)) if sentence and "\n" not in sentence else str(error)
    return None if content == truth else "wrong numbers"


@pytest.mark.parametrize(
    ("name", "flips", "most"),
    [
        ("shards/000000.h5", 75, 1600),
        ("run.h5", 40, 800),
        ("run.json", 25, 400),
        ("config.yaml", 20, 160),
        ("resolved.yaml", 20, 160),
    ],
)
def test_every_flipped_bit_is_found(
    tmp_path: Path, finished_run: Make, trials: Callable[[int, int], int], name: str, flips: int, most: int
) -> None:
    flips = trials(flips, most)
    run = finished_run(tmp_path / "run", shards=1)
    truth, content = _read_everything(run), (run / name).read_bytes()
    random = np.random.default_rng(1)
    for position in random.choice(8 * len(content), flips, replace=False):
        damaged = bytearray(content)
        damaged[position // 8] ^= 1 << (position % 8)
        (run / name).write_bytes(damaged)
        assert {damage.file for damage in verify(run)} == {name}, position
        assert _refusal(run, truth) in (None, name), position


def test_flipped_bits_in_an_unfinished_run_are_not_finished_shards(
    tmp_path: Path, finished_run: Make
) -> None:
    run = finished_run(tmp_path / "run")
    for name in ("run.h5", "journal.jsonl"):
        (run / name).unlink()
    path = run / "shards/000001.h5"
    content = path.read_bytes()
    for position in np.random.default_rng(2).choice(8 * len(content), 30, replace=False):
        damaged = bytearray(content)
        damaged[position // 8] ^= 1 << (position % 8)
        path.write_bytes(damaged)
        assert set(finished_shards(run)) == {0, 2}
        assert [damage.shard for damage in verify(run)] == [1]


def test_a_shard_that_an_unfinished_run_lost_is_named(tmp_path: Path, finished_run: Make) -> None:
    run = finished_run(tmp_path / "run")
    (run / "run.h5").unlink()
    assert verify(run) == []
    (run / "shards/000001.h5").unlink()
    (damage,) = verify(run)
    assert (damage.file, damage.shard) == ("shards/000001.h5", 1)
    assert "is missing" in str(damage)


@pytest.mark.parametrize("kept", [0, 1, 7, 8, 83, 84, 500, 10_000, -85, -84, -1])
def test_a_truncated_shard_is_named(tmp_path: Path, finished_run: Make, kept: int) -> None:
    run = finished_run(tmp_path / "run")
    path = run / "shards/000002.h5"
    path.write_bytes(path.read_bytes()[:kept])
    (damage,) = verify(run)
    assert (damage.file, damage.shard) == ("shards/000002.h5", 2)
    with pytest.raises(InputError, match=r"^[^\n]*shards/000002\.h5: damaged[^\n]*$"):
        open_run(run)
    assert set(finished_shards(run)) == {0, 1}


def test_a_lengthened_shard_is_named(tmp_path: Path, finished_run: Make) -> None:
    run = finished_run(tmp_path / "run")
    with (run / "shards/000002.h5").open("ab") as file:
        file.write(b"\n")
    assert [damage.shard for damage in verify(run)] == [2]


def _delete(path: Path) -> None:
    path.unlink()


def _swap(path: Path) -> None:
    other, spare = path.with_name("000000.h5"), path.with_name("spare")
    path.rename(spare)
    other.rename(path)
    spare.rename(other)


def _copy(path: Path) -> None:
    shutil.copy(path.with_name("000000.h5"), path)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)


def _device(path: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def _sparse(path: Path) -> None:
    os.truncate(path, 1 << 42)


@pytest.mark.parametrize("damage", [_delete, _swap, _copy, _folder, _pipe, _loop, _device, _sparse])
def test_a_missing_or_exchanged_shard_is_named(
    tmp_path: Path, finished_run: Make, damage: Callable[[Path], None]
) -> None:
    run = finished_run(tmp_path / "run")
    damage(run / "shards/000001.h5")
    assert [found.shard for found in verify(run)] == ([0, 1] if damage is _swap else [1])
    with pytest.raises(InputError, match=r"^[^\n]*shards/00000[01]\.h5: [^\n]*$"):
        open_run(run)
    assert 1 not in finished_shards(run)


def test_a_shard_of_another_run_is_named(
    tmp_path: Path, finished_run: Make, new_run: Callable[..., Path]
) -> None:
    run, other = finished_run(tmp_path / "run"), finished_run(tmp_path / "other")
    new_run(other, overwrite=True, resolved_text="version: 1\nseed: 2\n")
    for name in ("000000.h5", "000001.h5"):
        shutil.copy(run / "shards" / name, other / "shards")
    assert finished_shards(other) == {}
    assert [damage.shard for damage in verify(other)] == [0, 1]
    assert "belongs to another run" in str(verify(other)[0])


def test_a_shard_too_many_is_named(tmp_path: Path, finished_run: Make) -> None:
    run = finished_run(tmp_path / "run")
    shutil.copy(run / "shards/000001.h5", run / "shards/000003.h5")
    assert [damage.file for damage in verify(run)] == ["shards/000003.h5"]


def test_a_description_of_another_run_is_named(
    tmp_path: Path, finished_run: Make, new_run: Callable[..., Path]
) -> None:
    run, other = finished_run(tmp_path / "run"), new_run(tmp_path / "other", name="other")
    shutil.copy(other / "run.json", run)
    assert [damage.file for damage in verify(run)] == ["run.json"]


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"kind": "wavepacket run"}', b"1" * 10_000,
     b'{"kind": "wavepacket run", "format_version": true, "check": 1}'],
)  # fmt: skip
def test_a_malformed_description_is_one_line(tmp_path: Path, finished_run: Make, content: bytes) -> None:
    run = finished_run(tmp_path / "run")
    (run / "run.json").write_bytes(content)
    (damage,) = verify(run)
    assert damage.file == "run.json"
    assert "\n" not in str(damage)
    with pytest.raises(InputError):
        finished_shards(run)
    assert open_run(run).name == "haldane"
