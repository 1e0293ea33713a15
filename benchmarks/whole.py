"""Whole runs: starts, paths, currents at every save and files, against heyoka with numpy and h5py at the same job.

The peer is what an expert would write by hand: batches at the settings that were fastest, rates of r compiled for all saves,
one HDF5 file with a checksum of every chunk, on the disk at the end. It does not look at gaps, D or the conserved energy.
"""

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np

import wavepacket
from benchmarks import comparison, measure, ours, peers_heyoka
from benchmarks.equations import LENGTH
from benchmarks.problems import TARGET, Case
from wavepacket.runs.layout import chunk_shape
from wavepacket.simulation.problem import Problem

SAVES = 201
_AT_ONCE = 4096  # packets: states of so many stay near the processor


class ByHand:
    """The job with heyoka: paths of all packets, or of none, and the mean velocity at every save."""

    def __init__(self, case: Case, method: peers_heyoka.Batched, tolerance: float, *, stored: bool) -> None:
        self.case, self.stored, self.times = case, stored, np.linspace(0.0, case.end, SAVES)
        self.method, self.tolerance = method, tolerance
        self.velocities = peers_heyoka.velocities(case)

    def __call__(self, starts: np.ndarray, weights: np.ndarray, file: Path) -> None:
        """Write the sum over packets of weight times velocity at every save, and paths if they are wanted."""
        total = np.zeros((len(self.times), self.case.components))
        with h5py.File(file, "w") as opened:
            paths = self._datasets(opened, len(starts)) if self.stored else {}
            for first in range(0, len(starts), _AT_ONCE):
                part = slice(first, first + _AT_ONCE)
                states = self.method.prepare(starts[part], self.times, self.tolerance)()
                total += self._sums(states, weights[part])
                if paths:
                    self._write(paths, part, peers_heyoka.in_order(states))
            opened["current"] = total
        with file.open("rb") as written:
            os.fsync(written.fileno())

    def _sums(self, states: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Sums over packets of batches (batches, saves, components, batch), (saves, components) in Å/fs."""
        flat = np.ascontiguousarray(np.moveaxis(states, 2, 0)).reshape(states.shape[2], -1)
        times = np.broadcast_to(self.times[None, :, None], states[:, :, 0].shape).ravel()
        rates = self.velocities(times, flat).reshape(-1, *states[:, :, 0].shape)
        return LENGTH * np.einsum("cbtl,bl->tc", rates, weights.reshape(len(states), -1))

    def _datasets(self, file: h5py.File, number: int) -> dict[str, h5py.Dataset]:
        shape = (number, len(self.times), self.case.components)  # as a run, which stores no z of a layer
        settings = {"shape": shape, "dtype": "f8", "chunks": chunk_shape(shape, 8), "fletcher32": True}
        return {name: file.create_dataset(name, **settings) for name in ("position", "wavevector")}

    def _write(self, paths: dict[str, h5py.Dataset], part: slice, states: np.ndarray) -> None:
        count, scales = self.case.components, (LENGTH, 1.0 / self.case.lattice_constant)
        for place, (data, scale) in enumerate(zip(paths.values(), scales, strict=True)):
            data[part] = states[..., place * count : (place + 1) * count] * scale


def _matched(case: Case, say: Callable[[str], None]) -> tuple[float, peers_heyoka.Batched, float]:
    """Return our tolerance, the batches that are fastest, and theirs, each at the error that is asked for."""
    starts, times = case.starts(1024), np.linspace(0.0, case.end, SAVES)
    exact = peers_heyoka.reference(case, starts, times, comparison.REFERENCE)
    own = measure.match(comparison.our_contender(case, case.problem(1024), starts, times), exact, TARGET)
    found = []
    for each in peers_heyoka.batches(case):
        say(f"whole runs: trying {each.name}")
        matched = measure.match(each.contender(starts, times), exact, TARGET)
        call = each.prepare(starts, times, matched.tolerance)
        call()
        found.append((min(measure.stopwatch(call) for _ in range(5)), each, matched.tolerance))
    return own.tolerance, *min(found, key=lambda entry: entry[0])[1:]


def race(case: Case, number: int, rounds: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Seconds of both, in turn, with all paths stored and with none; and how their currents differ."""
    if not peers_heyoka.version():
        return {"skipped": "heyoka is not installed"}
    own, method, tolerance = _matched(case, say)
    found: dict[str, Any] = {"packets": number, "saves": SAVES, "tolerance": own}
    found |= {"peer": method.name, "tolerance_of_peer": tolerance, "races": {}}
    place = Path(tempfile.mkdtemp(prefix="wavepacket-benchmark-"))
    try:
        for title, kept in (("all paths stored", None), ("no paths stored", 0)):
            say(f"whole runs: {title}")
            problem = ours.with_output(case.problem(number, SAVES), tolerance=own, trajectories=kept)
            by_hand = ByHand(case, method, tolerance, stored=kept is None)
            found["races"][title] = _one(problem, by_hand, place, rounds)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return found


def _one(problem: Problem, by_hand: ByHand, place: Path, rounds: int) -> dict[str, Any]:
    """One race. The peer starts where our packets do, so that the sums can be compared."""
    case, folder, file = by_hand.case, place / "run", place / "peer.h5"
    wavevectors, weights = ours.starts_of(problem)
    phases = wavevectors[:, : case.components] * case.lattice_constant
    starts = np.concatenate([np.zeros_like(phases), phases], axis=1)

    def mine() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        wavepacket.run(problem.config, folder, threads=1)

    def theirs() -> None:
        file.unlink(missing_ok=True)
        by_hand(starts, weights, file)

    mine()
    theirs()
    seconds = measure.pair(mine, theirs, rounds)
    with h5py.File(folder / "run.h5") as own, h5py.File(file) as other:
        currents = own["sums/current"][...].sum(axis=(0, 1, 2))[:, : case.components], other["current"][...]
    return {
        "seconds": {"wavepacket": measure.quantiles(seconds[:, 0]), "peer": measure.quantiles(seconds[:, 1])},
        "faster_by": measure.quantiles(seconds[:, 1] / seconds[:, 0]),
        "currents_differ_by": float(np.abs(currents[0] - currents[1]).max() / np.abs(currents[0]).max()),
    }
