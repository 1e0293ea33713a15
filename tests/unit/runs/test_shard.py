"""Writing and reading one shard: identity, equal bytes, what is refused."""

import hashlib
import itertools
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays as any_array

from wavepacket.errors import Status
from wavepacket.runs import FORMAT_VERSION, create_run, finish_run, open_run, write_shard
from wavepacket.runs.durable import SEAL_BYTES
from wavepacket.runs.layout import (
    CELL_SUMS,
    FIELDS,
    SPIN_SUMS,
    SUMS,
    VALUE_SUMS,
    chunk_shape,
    shard_index,
    shard_name,
)

SHAPES = list(itertools.product((1, 7, 5000), (1, 201, 100_000), (1, 3)))


def _possible(name: str, values: np.ndarray) -> np.ndarray:
    """Return values with those that a dataset cannot hold changed into others."""
    if name == "status":
        return np.array(sorted(Status), "<i4")[values % len(Status)]
    if name == "electric_sign":
        return np.where(values % 2, 1, -1).astype("i1")
    if name == "valley":
        return (values % 3 - 1).astype("<i4")
    if values.dtype.kind == "i":
        return values & np.iinfo(values.dtype).max
    if name == "weight" or name in SUMS:
        return np.where(np.isfinite(values), values, -0.0)
    if name in ("diagnostics/minimum_gap", "diagnostics/energy_drift", "diagnostics/interband_mixing"):
        return np.where(values < 0, np.nan, values)
    return values


@st.composite
def _shards(draw: st.DrawFn) -> dict[str, np.ndarray]:
    """Draw a shard with any sizes, any bits in its numbers that these can have, and all, some or no paths."""
    first, count, saves = draw(st.integers(0, 2**40)), draw(st.integers(1, 5)), draw(st.integers(1, 4))
    sizes = {"trajectory": count, "time": saves, "axis": 3, "sums/sign": 2}
    sizes |= {"sums/replica": draw(st.integers(1, 2)), "sums/valley": draw(st.integers(1, 3))}
    sizes |= {"sums/quantity": draw(st.integers(1, 4)), "diagnostics/component": draw(st.integers(1, 3))}
    sizes["sums/value"] = draw(st.integers(1, 4))
    sizes |= {
        f"sums/{place}_{axis}": draw(st.integers(1, 2)) for place in ("cell", "corner") for axis in "xy"
    }
    sizes |= {"sums/emitter": draw(st.integers(1, 3)), "sums/contact": draw(st.integers(1, 4))}
    kept = draw(st.lists(st.booleans(), min_size=count, max_size=count))
    sizes["path"] = sum(kept)
    result = {}
    for name, field in FIELDS.items():
        if len(field.dims) > 1 or field.dims == ("trajectory",):
            shape = tuple(sizes[dim] for dim in field.dims)
            result[name] = _possible(name, draw(any_array(np.dtype(field.dtype), shape)))
    with np.errstate(over="ignore"):
        states = np.abs(result["weight"]).sum()
    for name in ("sums/population", "sums/occupation"):
        result[name] = np.minimum(np.abs(result[name]), states)
    result["trajectory"] = np.arange(first, first + count)
    result["path"] = result["trajectory"][kept]
    result["time"] = np.arange(saves) * 0.1
    return result


@given(_shards())
@settings(max_examples=20, deadline=None)
def test_what_is_read_is_what_was_written_bit_for_bit(arrays: dict[str, np.ndarray]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        create_run(
            run, name="x", dimension=1, valley_names="KL", config_text="", resolved_text="", provenance={}
        )
        entry = write_shard(run, 0, arrays)
        finish_run(run)
        stored = open_run(run)
        (content,) = stored.shards()
        assert entry.paths == len(arrays["path"]) == stored.path_count
        assert set(content) == set(arrays)
        for name, values in arrays.items():
            assert content[name].dtype == np.dtype(FIELDS[name].dtype)
            assert content[name].tobytes() == values.tobytes(), name
        for name in SUMS:
            assert stored.sums[name.removeprefix("sums/")].tobytes() == arrays[name].tobytes()


def test_equal_arrays_give_equal_bytes_at_any_time_in_any_folder(
    tmp_path: Path, new_run: Callable[..., Path], shard_arrays: Callable[..., Any]
) -> None:
    first, second = new_run(tmp_path / "a"), new_run(tmp_path / "b", provenance={"started": "today"})
    write_shard(first, 0, shard_arrays(0))
    time.sleep(1.1)  # HDF5 would store times in seconds
    arrays = {name: values.copy() for name, values in reversed(shard_arrays(0).items())}
    write_shard(second, 0, arrays)
    content = (first / "shards/000000.h5").read_bytes()
    assert content == (second / "shards/000000.h5").read_bytes()
    write_shard(first, 0, arrays)
    assert content == (first / "shards/000000.h5").read_bytes()


def test_entry_tells_what_lies_on_the_disk(
    tmp_path: Path, new_run: Callable[..., Path], shard_arrays: Callable[..., Any]
) -> None:
    entry = write_shard(new_run(tmp_path / "run"), 7, shard_arrays(42, count=5, paths=3))
    content = (tmp_path / "run/shards/000007.h5").read_bytes()
    assert (entry.index, entry.name, entry.first, entry.count, entry.paths) == (7, "000007.h5", 42, 5, 3)
    assert entry.size == len(content)
    assert entry.sha256 == hashlib.sha256(content[:-SEAL_BYTES]).hexdigest()
    assert entry.sha256.encode() in content[-SEAL_BYTES:]


def test_every_dataset_is_checksummed_described_and_in_chunks_of_whole_trajectories(
    tmp_path: Path, new_run: Callable[..., Path], shard_arrays: Callable[..., Any]
) -> None:
    rare = {"sums/transmission": np.ones((2, 2, 2, 3)), "diagnostics/state": np.ones((300, 201, 2))}
    given = shard_arrays(0, count=300, saves=201)
    rare |= {name: given["sums/current"] for name in SPIN_SUMS}
    flow = given["sums/current"]
    by_value = np.stack([flow, flow], axis=-2)
    rare |= {name: by_value[..., 0] if len(FIELDS[name].dims) == 5 else by_value for name in VALUE_SUMS}
    cells = {"sums/cell_x": 3, "sums/cell_y": 1, "sums/corner_x": 4, "sums/corner_y": 2}
    rare |= {name: np.ones((2, *(cells[dim] for dim in FIELDS[name].dims[1:]))) for name in CELL_SUMS}
    write_shard(new_run(tmp_path / "run"), 0, given | rare)
    with h5py.File(tmp_path / "run/shards/000000.h5") as file:
        assert file.attrs["format_version"] == FORMAT_VERSION
        for name, field in FIELDS.items():
            if name == "path":
                continue
            assert file[name].fletcher32, name
            assert file[name].attrs["long_name"].decode() == field.long_name
            assert "units" in file[name].attrs or not field.units
        assert file["weight"].attrs["units"] == b"1/angstrom^2"
        rows, *inner = file["position"].chunks
        assert inner == [201, 1]
        assert 4e5 < rows * 201 * 8 <= 6e5


def test_pieces_written_are_at_most_a_mebibyte(
    tmp_path: Path,
    new_run: Callable[..., Path],
    shard_arrays: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run, sizes, write = new_run(tmp_path / "run"), [], os.write

    def recorded(descriptor: int, content: memoryview) -> int:
        sizes.append(len(content))
        return write(descriptor, content)

    monkeypatch.setattr(os, "write", recorded)
    write_shard(run, 0, shard_arrays(0, count=500, saves=201))
    assert max(sizes) <= 1 << 20
    assert sum(sizes) > 4e6


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_chunks_are_as_large_as_allowed_and_waste_little(shape: tuple[int, ...]) -> None:
    chunk = chunk_shape(shape, 8)
    stored = np.prod([-(-size // length) * length for size, length in zip(shape, chunk, strict=True)])
    assert np.prod(chunk) * 8 <= 600_000
    assert stored <= 1.1 * np.prod(shape)


def test_shard_names_and_numbers_belong_together() -> None:
    assert [shard_index(shard_name(index)) for index in (0, 42, 999_999, 1_000_000)] == [
        0,
        42,
        999_999,
        1_000_000,
    ]
    for name in (
        "0.h5",
        "0000000.h5",
        "000000.h5.part",
        ".000000.h5",
        "00000x.h5",
        "-00001.h5",
        "000000.h5\n",
    ):
        assert shard_index(name) is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"velocity": np.zeros(6)}, "unknown arrays"),
        ({"axis": np.zeros(3)}, "unknown arrays"),
        ({"weight": None}, "missing arrays"),
        ({"weight": np.zeros(5)}, "weight has 5"),
        ({"weight": np.zeros((6, 1))}, "has 2 axes"),
        ({"weight": np.zeros(6, complex)}, "complex128"),
        ({"band": np.zeros(6, "f8")}, "float64"),
        ({"weight": np.array([None] * 6)}, "object"),
        ({"trajectory": np.arange(6) * 2}, "consecutive"),
        ({"position": np.zeros((6, 5, 2))}, "along axis"),
        ({"position": np.zeros((4, 5, 3))}, "position has 4"),
        ({"position": None}, "together"),
        ({"path": np.array([0, 9])}, "path"),
        ({"time": np.zeros(0)}, "time"),
        ({"sums/population": np.zeros((3, 2, 3, 5))}, "sums/sign"),
    ],
)
def test_arrays_that_do_not_fit_the_layout_are_refused(
    tmp_path: Path,
    new_run: Callable[..., Path],
    shard_arrays: Callable[..., Any],
    change: dict[str, Any],
    message: str,
) -> None:
    arrays = {name: values for name, values in {**shard_arrays(0), **change}.items() if values is not None}
    with pytest.raises(ValueError, match=message):
        write_shard(new_run(tmp_path / "run"), 0, arrays)
    assert not list((tmp_path / "run/shards").iterdir())
