"""Small runs to write, read and damage."""

import functools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wavepacket.errors import Status
from wavepacket.runs import create_run, finish_run, write_shard
from wavepacket.runs.layout import FIELDS

Arrays = dict[str, np.ndarray]
SAVES = 5


def _shard_arrays(first: int, count: int = 6, paths: int | None = None, saves: int = SAVES) -> Arrays:
    """Return random arrays of every kind; `paths` is the number of stored paths, None for all."""
    random = np.random.default_rng([first, count])
    stored = count if paths is None else paths
    arrays: Arrays = {
        "trajectory": np.arange(first, first + count),
        "time": np.linspace(0.0, 10.0, saves),
        "position": random.normal(size=(stored, saves, 3)),
        "wavevector": random.normal(size=(stored, saves, 3)),
        "electric_sign": random.choice(np.array([-1, 1], dtype="i1"), count),
        "diagnostics/steps": random.integers(1, 100, count),
        "sums/current": random.normal(size=(2, 2, 3, saves, 3)),
        "sums/displacement": random.normal(size=(2, 2, 3, saves, 3)),
        "sums/population": random.random((2, 2, 3, saves)),
        "sums/transport": random.normal(size=(2, 2, 3, 4, 3)),
        "sums/occupation": random.random((2, 2, 3, saves)),
    }
    for name, field in FIELDS.items():
        if field.dims == ("trajectory",) and name not in arrays:
            arrays[name] = random.integers(0, 2, count).astype(field.dtype)
    arrays["status"] = np.where(arrays["status"] > 0, Status.MAX_STEPS, Status.OK).astype("<i4")
    if paths is not None:
        arrays["path"] = np.arange(first, first + stored)
    return arrays


@pytest.fixture
def shard_arrays() -> Callable[..., Arrays]:
    """Give the function that makes the arrays of a shard."""
    return _shard_arrays


def _new_run(folder: Path, **changes: Any) -> Path:
    values: dict[str, Any] = {
        "name": "haldane",
        "dimension": 2,
        "valley_names": ["K", "K′"],
        "config_text": b"version: 1\r\nname: haldane  # \xc3\x85\n",
        "resolved_text": "version: 1\nname: haldane\nseed: 1\n",
        "provenance": {"version": "0.1", "started": "yesterday"},
    }
    return create_run(folder, **{**values, **changes})


@pytest.fixture
def new_run() -> Callable[..., Path]:
    """Give a function that makes the folder of a run without shards."""
    return _new_run


def _finished_run(folder: Path, shards: int) -> Path:
    _new_run(folder)
    for index in range(shards):
        write_shard(folder, index, _shard_arrays(6 * index, paths=2 if index == 2 else None))
    finish_run(folder)
    return folder


@pytest.fixture(scope="session")
def kept_run(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """Give a function that returns a finished run of so many shards: writing one takes a third of a second."""
    folder = tmp_path_factory.mktemp("finished")
    return functools.cache(lambda shards: _finished_run(folder / str(shards), shards))


@pytest.fixture
def finished_run(kept_run: Callable[[int], Path]) -> Callable[..., Path]:
    """Give a function that makes a finished run; of its three shards the last one has two paths only."""

    def make(folder: Path, shards: int = 3) -> Path:
        if os.geteuid() != os.getuid():  # a user who may not read what is kept
            return _finished_run(folder, shards)
        return Path(shutil.copytree(kept_run(shards), folder))

    return make


@pytest.fixture
def unprivileged_folder() -> Iterator[Path]:
    """Give a folder and become an ordinary user for the test, since root is refused nothing."""
    folder = Path(tempfile.mkdtemp(prefix="wavepacket-"))
    root = os.geteuid() == 0
    if root:
        os.chown(folder, 65534, 65534)
        os.seteuid(65534)
    try:
        yield folder
    finally:
        if root:
            os.seteuid(0)
        for path in folder.rglob("*"):
            path.chmod(0o755)
        folder.chmod(0o755)
        shutil.rmtree(folder)
