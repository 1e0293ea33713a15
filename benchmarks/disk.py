"""A real run with every save stored, against the same integration without writing and a raw write of the same bytes."""

import hashlib
import io
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np

import wavepacket
from benchmarks import ours
from benchmarks.measure import quantiles, stopwatch
from benchmarks.problems import QI_WU_ZHANG
from wavepacket.runs.form import fletcher32
from wavepacket.runs.layout import chunk_shape

_PIECE = 1 << 20


def throughput(*, number: int, rounds: int, threads: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Seconds of the run, of the integration alone, and of a raw write and fsync, in turn; and of each checksum."""
    problem = QI_WU_ZHANG.problem(number)
    place = Path(tempfile.mkdtemp(prefix="wavepacket-benchmark-"))
    try:
        say("disk: one run to learn its size")
        folder = _stored(problem, place / "run", threads)
        sizes = [file.stat().st_size for file in sorted((folder / "shards").iterdir())]
        block = np.random.default_rng(0).bytes(max(sizes))
        samples = []
        for turn in range(rounds):
            say(f"disk: round {turn + 1} of {rounds}")
            shutil.rmtree(place / "run")
            run = _times(lambda: _stored(problem, place / "run", threads))
            alone = _times(lambda: ours.simulate(problem, threads))
            raw = _times(lambda: _raw(place / "raw", sizes, block))
            shutil.rmtree(place / "raw")
            samples.append((run, alone, raw))
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return _summary(np.array(samples), number, sum(sizes), threads) | {"checksums": checksum_costs(rounds)}


def _times(call: Callable[[], Any]) -> tuple[float, float]:
    """Seconds by the clock, and of all processors, which others on the machine hardly change."""
    begin = time.process_time()
    return stopwatch(call), time.process_time() - begin


def _stored(problem: Any, folder: Path, threads: int) -> Path:
    wavepacket.run(problem.config, folder, threads=threads)
    return folder


def _raw(folder: Path, sizes: list[int], block: bytes) -> None:
    """Files of the same sizes in pieces of 1 MiB, each on the disk before the next begins, as shards are."""
    folder.mkdir()
    content = memoryview(block)
    for index, size in enumerate(sizes):
        descriptor = os.open(folder / str(index), os.O_WRONLY | os.O_CREAT)
        for start in range(0, size, _PIECE):
            os.write(descriptor, content[start : min(start + _PIECE, size)])
        os.fsync(descriptor)
        os.close(descriptor)


def _summary(samples: np.ndarray, number: int, size: int, threads: int) -> dict[str, Any]:
    (run, alone, raw), processor = samples[..., 0].T, samples[..., 1].T
    names = ("run", "integration", "raw_write")
    return {
        "packets": number,
        "threads": threads,
        "megabytes": size / 1e6,
        "seconds": dict(zip(names, map(quantiles, (run, alone, raw)), strict=True)),
        "processor_seconds": dict(zip(names, map(quantiles, processor), strict=True)),
        "run_megabytes_per_second": quantiles(size / 1e6 / run),
        "raw_megabytes_per_second": quantiles(size / 1e6 / raw),
        "slower_of_both_over_run": quantiles(np.maximum(alone, raw) / run),
        "integration_over_run_in_processor_seconds": quantiles(processor[1] / processor[0]),
    }


def checksum_costs(rounds: int) -> dict[str, Any]:
    """Seconds per GB of the fletcher32 of each chunk and of the SHA-256 of each file, measured in memory.

    HDF5's own filter, which writes the same bytes, stands beside them.
    """
    paths = np.random.default_rng(0).normal(size=(2048, 201, 3))
    chunk = paths[:128].reshape(-1).view(np.uint8)
    fletcher32(chunk)  # compiled or loaded

    def times(call: Callable[[], Any], size: int) -> float:
        return stopwatch(call) / (size / 1e9)

    samples = np.array(
        [
            (
                times(lambda: fletcher32(chunk), chunk.nbytes),
                times(lambda: hashlib.sha256(paths.data).digest(), paths.nbytes),
                times(lambda: _image(paths, True), paths.nbytes)
                - times(lambda: _image(paths, False), paths.nbytes),
            )
            for _ in range(max(rounds, 5))
        ]
    )
    names = ("fletcher32", "sha256", "fletcher32_of_hdf5")
    return {
        f"{name}_seconds_per_gigabyte": quantiles(column)
        for name, column in zip(names, samples.T, strict=True)
    }


def _image(values: np.ndarray, checked: bool) -> memoryview:
    stream = io.BytesIO()
    with h5py.File(stream, "w", libver=("v110", "v110")) as file:
        chunks = chunk_shape(values.shape, values.itemsize)
        file.create_dataset("position", data=values, chunks=chunks, fletcher32=checked)
    return stream.getbuffer()
