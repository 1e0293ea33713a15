"""Paths of layers and chains: components across the crystal take no place in the files, and no bit of them is lost."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from wavepacket.config import config_from_mapping
from wavepacket.runs import RunArray, finish_run, migrate, open_run, verify, write_shard
from wavepacket.runs.description import read_description, write_description
from wavepacket.runs.durable import SEAL_BYTES, write_sealed
from wavepacket.simulation import build_problem
from wavepacket.simulation.layout import layout_of
from wavepacket.simulation.preflight import extent

Make = Callable[..., Any]
DATA = Path(__file__).resolve().parents[2] / "data"


def _paths(dimension: int) -> dict[str, np.ndarray]:
    """Random paths, 0 across; some end early, one of them at once."""
    random = np.random.default_rng(dimension)
    arrays = {name: random.normal(size=(40, 101, 3)) for name in ("position", "wavevector")}
    for values in arrays.values():
        values[..., dimension:] = 0.0
        values[3, 50:] = values[7] = np.nan
    return arrays


def _chunks(file: Path, name: str) -> set[int]:
    """Components of which chunks are in a file."""
    with h5py.File(file) as content:
        chunks = content[name].id
        return {chunks.get_chunk_info(i).chunk_offset[-1] for i in range(chunks.get_num_chunks())}


@pytest.mark.parametrize("dimension", [1, 2, 3])
def test_what_is_0_across_is_left_out_and_comes_back(
    new_run: Make, shard_arrays: Make, tmp_path: Path, dimension: int
) -> None:
    run, given = new_run(tmp_path / "run", dimension=dimension), _paths(dimension)
    for index in range(2):
        write_shard(run, index, shard_arrays(40 * index, count=40, saves=101) | given)
    finish_run(run)
    stored = open_run(run).trajectories()
    assert verify(run) == []
    for name, values in given.items():
        twice = np.concatenate([values, values])
        np.testing.assert_array_equal(stored[name].view(np.int64), twice.view(np.int64))
        # Tools that know nothing of it see 0 where nothing is stored, in the shards and in what joins them.
        if dimension < 3:
            twice[..., dimension:] = 0.0
        for file, rows in (("run.h5", 80), ("shards/000000.h5", 40)):
            with h5py.File(run / file) as content:
                np.testing.assert_array_equal(content[name][...], twice[:rows])
                if file != "run.h5":
                    assert content[name].id.get_storage_size() - 40 * 101 * 8 * dimension <= 12  # checksums
                assert ("are not stored" in str(content[name].attrs.get("comment", ""))) == (dimension < 3)


@pytest.mark.parametrize(
    ("place", "value"),
    [((0, 5, 2), 1e-300), ((0, 5, 2), -0.0), ((0, 5, 2), np.nan), ((3, 60, 2), 0.0), ((3, 60, 2), -np.nan)],
)
def test_what_would_not_come_back_is_stored(
    new_run: Make, shard_arrays: Make, tmp_path: Path, place: tuple[int, int, int], value: float
) -> None:
    run, given = new_run(tmp_path / "run"), _paths(2)
    given["position"][place] = value
    write_shard(run, 0, shard_arrays(0, count=40, saves=101) | given)
    finish_run(run)
    assert _chunks(run / "shards/000000.h5", "position") == {0, 1, 2}
    assert _chunks(run / "shards/000000.h5", "wavevector") == {0, 1}
    stored = open_run(run).trajectories(given)
    for name, values in given.items():
        np.testing.assert_array_equal(stored[name].view(np.int64), values.view(np.int64))


@pytest.mark.parametrize("components", [[], [0], [0, 2], [1, 2], [1]])
def test_other_components_may_not_lack(
    new_run: Make, shard_arrays: Make, tmp_path: Path, components: list[int]
) -> None:
    """A file with a right seal in which chunks along the layer were never written."""
    run = new_run(tmp_path / "run")
    write_shard(run, 0, shard_arrays(0, count=40, saves=101) | _paths(2))
    path = run / "shards/000000.h5"
    (tmp_path / "work").write_bytes(path.read_bytes()[:-SEAL_BYTES])
    with h5py.File(tmp_path / "work", "r+", libver=("v110", "v110")) as file:
        del file["position"]
        made = file.create_dataset("position", (40, 101, 3), "<f8", chunks=(40, 101, 1), fletcher32=True)
        for component in components:
            made[..., component] = 1.0
    write_sealed(path, [(tmp_path / "work").read_bytes()])
    (damage,) = verify(run)
    assert "position claims another size than it holds" in str(damage)


def test_a_run_keeps_the_format_that_it_began_with(tmp_path: Path) -> None:
    """Shards that are made again have the same chunks as before, and no version but the old one is in any file."""
    run = shutil.copytree(DATA / "format_1_paths", tmp_path / "run")
    before = (run / "run.json").read_bytes()
    (content,) = open_run(run).shards()
    (run / "run.h5").unlink()
    write_shard(run, 0, content)
    finish_run(run)
    for file in ("run.h5", "shards/000000.h5"):
        with h5py.File(run / file) as made:
            assert made.attrs["format_version"] == 1
            assert "comment" not in made["position"].attrs
    assert _chunks(run / "shards/000000.h5", "position") == {0}
    assert (run / "run.json").read_bytes() == before
    assert '"format_version": 1,' in read_description(run).to_json()
    assert verify(run) == []


def test_an_old_run_is_written_anew_with_all_that_belongs_to_it(
    new_run: Make, shard_arrays: Make, tmp_path: Path
) -> None:
    old, given = (new_run(tmp_path / "old", weight_unit="1", files={"field_0.npz": b"samples"}), _paths(2))
    write_description(old, replace(read_description(old), format_version=1))
    entry = write_shard(old, 0, shard_arrays(0, count=40, saves=101) | given)
    finish_run(old, arrays={"points": RunArray(np.array(3), "1", "number of points")})
    assert migrate(old, tmp_path / "new")
    assert not migrate(tmp_path / "new", tmp_path / "newer")
    before, after = open_run(old), open_run(tmp_path / "new")
    assert verify(after.folder) == []
    assert entry.size - after.entries[0].size > 0.9 * 2 * 40 * 101 * 8
    for name, values in before.trajectories().items():
        np.testing.assert_array_equal(after.trajectories()[name].view("u1"), values.view("u1"))
    assert after.description.weight_unit == "1"
    assert (after.folder / "field_0.npz").read_bytes() == b"samples"
    assert after.arrays["points"].values == 3
    assert before.sums.keys() == after.sums.keys()


def test_the_size_of_a_chain_is_known_before() -> None:
    config = config_from_mapping({
        "name": "chain", "model": {"name": "rice_mele"}, "band": 0, "time": {"end": 1, "saves": 3},
        "ensemble": {"kind": "filled_band", "grid": [4]},
    })  # fmt: skip
    problem = build_problem(config)
    assert extent(problem, layout_of(problem)).components == (1, 1)
