"""One core against two: threads over blocks of packets, as the simulation does it."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from benchmarks import ours
from benchmarks.measure import pair, quantiles
from benchmarks.problems import QI_WU_ZHANG

_BLOCK = 1024


def two_cores(*, number: int, rounds: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Rates with one and two threads, of the plain integration and of the whole simulation, 201 saves."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if cores < 2:
        return {"skipped": "this process may use one core only"}
    say("timing one thread and two")
    problem = QI_WU_ZHANG.problem(number)
    blocks = ours.advance_in_blocks(problem, QI_WU_ZHANG.wavevectors(QI_WU_ZHANG.starts(number)), _BLOCK)

    def advance(threads: int) -> None:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(lambda block: block(), blocks))

    calls: dict[str, Callable[[int], None]] = {
        "integration": advance,
        "simulation": lambda threads: ours.simulate(problem, threads),
    }
    return {name: _rates(call, number, rounds) for name, call in calls.items()}


def _rates(call: Callable[[int], None], number: int, rounds: int) -> dict[str, Any]:
    call(2)
    seconds = pair(lambda: call(1), lambda: call(2), rounds)
    return {
        "one_thread_per_second": quantiles(number / seconds[:, 0]),
        "two_threads_per_second": quantiles(number / seconds[:, 1]),
        "two_over_one": quantiles(np.divide(*seconds.T)),
    }
