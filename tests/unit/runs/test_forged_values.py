"""Files that are whole by every digest and hold what no run can hold, or another thing than was sealed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from wavepacket.errors import InputError
from wavepacket.runs import finish_run, open_run, recover_run, verify, write_shard
from wavepacket.runs.durable import SEAL_BYTES, write_sealed
from wavepacket.runs.layout import FIELDS

Make = Callable[..., Path]

FORGED: list[tuple[str, Any]] = [
    ("status", 77),
    ("status", -1),
    ("weight", np.nan),
    ("weight", np.inf),
    ("band", -5),
    ("valley", 10**6),
    ("valley", -2),
    ("replica", -1),
    ("electric_sign", 0),
    ("time", np.nan),
    ("diagnostics/steps", -1),
    ("diagnostics/minimum_gap", -0.1),
    ("diagnostics/energy_drift", -np.inf),
    ("sums/current", np.nan),
    ("sums/population", np.inf),
    ("sums/population", -1e9),
    ("sums/population", 1e9),
    ("sums/occupation", -1.0),
    ("trajectory", 10**9),
]


@pytest.mark.parametrize(("name", "value"), FORGED)
def test_a_value_outside_its_domain_is_refused_by_name(
    tmp_path: Path, new_run: Make, shard_arrays: Callable[..., Any], name: str, value: Any
) -> None:
    """The right seal, the right table, checksums that fit; all ways of reading refuse it."""
    run = new_run(tmp_path / "run")
    write_shard(run, 0, shard_arrays(0))
    path = run / "shards/000000.h5"
    work = tmp_path / "work"
    work.write_bytes(path.read_bytes()[:-SEAL_BYTES])
    with h5py.File(work, "r+", libver=("v110", "v110")) as file:
        file[name][(1,) * len(FIELDS[name].dims)] = value
    write_sealed(path, [work.read_bytes()])
    (run / "journal.jsonl").unlink()
    (damage,) = verify(run)
    assert damage.shard == 0
    with pytest.raises(InputError, match="missing or damaged"):
        finish_run(run)
    said: list[str] = []
    assert recover_run(run, report=said.append) == {}
    assert len(said) == 1
    for sentence in (str(damage), *said):
        assert f"shards/000000.h5: refused: {name} holds " in sentence


def test_a_value_in_the_index_is_refused_too(tmp_path: Path, finished_run: Make) -> None:
    run = finished_run(tmp_path / "run")
    work = tmp_path / "work"
    work.write_bytes((run / "run.h5").read_bytes()[:-SEAL_BYTES])
    with h5py.File(work, "r+", libver=("v110", "v110")) as file:
        file["sums/current"][0, 0, 0, 0, 0] = np.nan
    write_sealed(run / "run.h5", [work.read_bytes()])
    with pytest.raises(InputError, match=r"run\.h5: refused: sums/current holds nan"):
        open_run(run)


@pytest.mark.parametrize("known", [False, True])
def test_a_shard_that_was_edited_in_place_is_not_read(
    tmp_path: Path, finished_run: Make, known: bool
) -> None:
    """Other numbers with the checksums of HDF5 made to fit, under the seal of the old ones, read by this process or not."""
    run = finished_run(tmp_path / "run")
    path = run / "shards/000001.h5"
    stored = open_run(run)
    if known:
        stored.trajectories(["weight"])
    whole = path.read_bytes()
    with h5py.File(path, "r+", libver=("v110", "v110")) as file:
        file["weight"][2] += 1.0
    end = len(whole) - SEAL_BYTES
    path.write_bytes(path.read_bytes()[:end].ljust(end, b"\0") + whole[end:])
    with h5py.File(path) as file:
        assert np.isfinite(file["weight"][2])  # the checksum of HDF5 lets it pass
    assert len(list(open_run(run).entries)) == 3
    with pytest.raises(InputError, match=r"000001\.h5: damaged: its SHA-256"):
        open_run(run).trajectories(["weight"])


def test_what_has_not_changed_is_compared_with_its_seal_once(
    tmp_path: Path, finished_run: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    from wavepacket.runs import durable

    run, read = finished_run(tmp_path / "run"), list[int]()
    monkeypatch.setattr(durable, "_TICK", -(10**12))  # as if all had been written long ago
    monkeypatch.setattr(durable, "_sound", {})
    pread = durable.os.pread
    monkeypatch.setattr(durable.os, "pread", lambda *given: read.append(given[1]) or pread(*given))
    sizes = [file.stat().st_size for file in sorted((run / "shards").iterdir())]
    stored = open_run(run)

    def bytes_read() -> int:
        read.clear()
        stored.trajectories(["weight"])
        return sum(read)

    first, second = bytes_read(), bytes_read()
    assert first > sum(sizes) - 4 * SEAL_BYTES
    assert second < 1000  # the ends of files
    (run / "shards/000000.h5").write_bytes((run / "shards/000000.h5").read_bytes())
    assert sizes[0] - 2 * SEAL_BYTES < bytes_read() < sizes[0] + 2000
