"""What a run will take, told before it begins: time by a few trajectories, memory and disk by arithmetic."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from wavepacket.bands.table_cost import cost_of_table
from wavepacket.errors import InputError
from wavepacket.runs.layout import CELL_SUMS, SPIN_SUMS, VALUE_SUMS
from wavepacket.runs.machine import memory_limit
from wavepacket.runs.size import PROGRAM, Extent, in_words
from wavepacket.simulation.batch import number_of_trajectories
from wavepacket.simulation.engine import integrate
from wavepacket.simulation.group_values import values_resolved
from wavepacket.simulation.layout import Layout, most_paths
from wavepacket.simulation.problem import Problem

_SAMPLES = (32, 32)  # trajectories timed together, from different parts of the ensemble
_IN_ROUNDS = (16, 512)  # the same where some go on after others
_LATER = 30_000_000  # bytes of compiled code that is loaded with the first trajectory
_LOOKED_AT = 1024  # starts, where all are drawn alike
_GIVEN = ("packets", "arrays")  # kinds whose starts are given one by one, and are at hand
_LONG = 20.0  # s of a run for which a table is thought of
_MUCH = 3.0  # times faster, from which it is worth to say so
_SHARE = 50  # the sample is at most this fraction of the run


@dataclass(frozen=True)
class Estimate:
    """What a run takes.

    Parameters
    ----------
    trajectories : number of them
    disk, memory : bytes
    seconds : of computing; None where too few trajectories make it pointless to ask
    """

    trajectories: int
    disk: int
    memory: int
    seconds: float | None = None

    def __str__(self) -> str:
        """Return it as a sentence."""
        needs = f"{in_words(self.disk)} on the disk, {in_words(self.memory)} of memory"
        if self.seconds is not None:
            needs = f"{_duration(self.seconds)}, {needs}"
        return f"{self.trajectories} trajectories: about {needs}"


def estimate(
    problem: Problem, layout: Layout, threads: int, workers: int | None = None, *, always: bool = False
) -> Estimate:
    """Return what a problem takes that is cut in this way.

    ``always``: time small runs too, of which the trajectories that are timed are a large part.
    """
    size = extent(problem, layout, threads)
    processes = (workers or 0) + 1
    seconds = _seconds(
        problem, threads * (workers or 1), -(-size.trajectories // layout.task), always
    )  # before the next line: it loads what the run will need
    program = _program() + (0 if seconds else _LATER)
    memory = processes * program + (workers or 1) * size.memory
    return Estimate(size.trajectories, size.disk, memory, seconds)


def extent(problem: Problem, layout: Layout, threads: int = 1) -> Extent:
    """Return the numbers that the size of a run follows from."""
    trajectories = number_of_trajectories(problem)
    each = 2 if problem.ensemble.field_reversal else 1
    values = 0 if problem.group is None else len(values_resolved(problem.group.internal))
    return Extent(
        trajectories,
        trajectories if problem.kept is None else each * len(problem.kept),
        len(problem.times),
        problem.ensemble.replicas,
        len(problem.valley_names),
        layout.shard,
        most_paths(problem, layout.shard),
        threads * layout.task,
        layout.task,
        problem.protocol.sums
        + (SPIN_SUMS if problem.group is not None and problem.group.spin is not None else ())
        + (VALUE_SUMS if values else ())
        + (CELL_SUMS if problem.layer is not None else ()),
        problem.text_size,
        each,
        _components(problem),
        internal=None if problem.group is None else problem.group.stored,
        values=values,
        cells=(0, 0) if problem.layer is None else problem.layer.cells.shape,
        heat=problem.protocol.heat,
        spin=problem.config.spin,
        energies=0 if problem.leaving is None else problem.leaving.number,
    )


def _components(problem: Problem) -> tuple[int, int]:
    """Components of positions and wavevectors that are stored: of places all three where packets start beside the crystal.

    The files tell -0.0 from 0, so it counts as beside.
    """
    ensemble, dimension = problem.ensemble, problem.hamiltonian.dimension
    number = ensemble.size if problem.config.ensemble.kind in _GIVEN else min(_LOOKED_AT, ensemble.size)
    across = np.ascontiguousarray(ensemble.packets(0, number).position[:, dimension:])
    return 3 if across.view(np.int64).any() else dimension, dimension


def refuse_too_large(problem: Problem, layout: Layout, threads: int, workers: int | None = None) -> None:
    """Raise InputError where a run needs more memory than there is, or files larger than they may be."""
    size = extent(problem, layout, threads)
    size.check()
    needed, limit = (workers or 1) * size.memory + ((workers or 0) + 1) * _program(), memory_limit()
    if limit is not None and needed > limit:
        raise InputError(
            f"the run needs about {in_words(needed)} of memory and there are {in_words(limit)}: {cure(workers)}"
        )


def cure(workers: int | None) -> str:
    """Return what helps a run that needs too much memory."""
    fewer = "fewer workers with -j, " if workers else ""
    return f"take {fewer}fewer saves or fewer threads, or store fewer paths with output.trajectories"


def _seconds(problem: Problem, threads: int, pieces: int, always: bool) -> float | None:
    """Time a few trajectories and scale up to all, which are integrated in so many pieces."""
    total = number_of_trajectories(problem)
    number = sum(_SAMPLES)
    if total < _SHARE * number:
        return _of_few(problem, total, min(threads, pieces)) if always else None
    integrate(problem, 0, 1)
    if problem.protocol.together > 1 or problem.config.ensemble.kind == "contact":
        return _in_rounds(problem, total, pieces) / threads
    began = time.thread_time()  # of this thread: others may be using the machine
    for part, count in enumerate(_SAMPLES, start=1):
        integrate(problem, total * part // (len(_SAMPLES) + 1), count)
    return (time.thread_time() - began) * total / number / threads


def _of_few(problem: Problem, total: int, threads: int) -> float:
    """Time of a small run by some of its trajectories."""
    integrate(problem, 0, 1)  # loads what is compiled
    count = min(_SAMPLES[0], total)
    began = time.thread_time()
    integrate(problem, 0, count)
    return (time.thread_time() - began) * total / count / threads


def table_instead(problem: Problem, seconds: float | None, threads: int) -> str | None:
    """Return a sentence where a table would make a run that diagonalises its band much faster, its building included."""
    config = problem.config
    alone = problem.group is None and not problem.band.is_textured and config.band.source == "auto"
    if seconds is None or seconds < _LONG or not alone:
        return None
    cost = cost_of_table(problem.band, problem.moving, config.band.accuracy, threads)
    if cost is None or cost.seconds + seconds / cost.speed > seconds / _MUCH:
        return None
    with_it = cost.seconds + seconds / cost.speed
    return (
        f"faster: a table of {cost.shown} points is built in {_duration(cost.seconds)}, and a run from it takes "
        f"{_duration(with_it)} with that. Write `band: {{index: {config.band.index}, source: table}}`"
    )


def _in_rounds(problem: Problem, total: int, pieces: int) -> float:
    """Time of packets whose starts or rounds have a cost of their own, that few of them pay as many do."""
    few, many = _IN_ROUNDS
    spent = list[float]()
    integrate(problem, total // 2, few)  # makes what is made once
    for count in _IN_ROUNDS:
        began = time.thread_time()
        integrate(problem, total // 2, count)
        spent.append(time.thread_time() - began)
    each = max(spent[1] - spent[0], 0.0) / (many - few)
    return pieces * max(spent[1] - many * each, 0.0) + total * each


def _program() -> int:
    """Bytes that this process takes now, with the compiled code and the band loaded."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return PROGRAM
    return pages * os.sysconf("SC_PAGE_SIZE")


def _duration(seconds: float) -> str:
    for unit, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.2g} {unit}"
    return f"{seconds:.2g} s"
