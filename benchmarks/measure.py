"""Contenders, tolerances of equal error, and interleaved timing.

Work of this process is timed by its processor time, which other work on the machine hardly changes; waiting, children and
what several threads gain by the clock.
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

LADDER = tuple(10.0 ** (-7 - i / 5) for i in range(31))  # 1e-7 … 1e-13, five a decade
_SAMPLE = 0.12  # s, the least that one sample takes
_MOST_REPEATS = 64


@dataclass(frozen=True)
class Contender:
    """One way to integrate a problem.

    Attributes
    ----------
    prepare : function (tolerance, number) → a call that integrates the first ``number`` packets; only it is timed
    states : turns what the call returns into scaled states (number, saves, components)
    number : packets in one timed call
    matching : packets from which its error is found
    ladder : its tolerances, descending

    """

    name: str
    prepare: Callable[[float, int], Callable[[], Any]]
    states: Callable[[Any], np.ndarray]
    number: int
    matching: int
    ladder: Sequence[float] = LADDER


@dataclass(frozen=True)
class Matched:
    """A contender at the tolerance that was chosen for it, and the p95 error it has there."""

    contender: Contender
    tolerance: float
    error: float


def p95_error(states: np.ndarray, reference: np.ndarray) -> float:
    """95 % quantile over packets of the largest error over saves and components; lost packets count as infinite."""
    worst = np.abs(states - reference[: len(states)]).max(axis=(1, 2))
    return float(np.quantile(np.where(np.isfinite(worst), worst, np.inf), 0.95, method="higher"))


def match(contender: Contender, reference: np.ndarray, target: float) -> Matched:
    """Largest tolerance of the ladder whose p95 error is at most the target; the tightest one if none is."""

    def error(place: int) -> float:
        call = contender.prepare(contender.ladder[place], contender.matching)
        return p95_error(contender.states(call()), reference)

    low, high, known = 0, len(contender.ladder) - 1, {}
    while low < high:
        middle = (low + high) // 2
        known[middle] = error(middle)
        low, high = (low, middle) if known[middle] <= target else (middle + 1, high)
    return Matched(contender, contender.ladder[low], known[low] if low in known else error(low))


def processor_time(call: Callable[[], Any]) -> float:
    """Seconds that all threads of this process work during a call."""
    begin = time.process_time()
    call()
    return time.process_time() - begin


def stopwatch(call: Callable[[], Any]) -> float:
    """Seconds by the clock that a call takes."""
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def repeated(call: Callable[[], Any], sample: float = _SAMPLE) -> tuple[Callable[[], None], int]:
    """A call that repeats another until it lasts about ``sample`` seconds, and how often it does."""
    call()
    times = min(_MOST_REPEATS, max(1, math.ceil(sample / max(processor_time(call), 1e-7))))

    def again() -> None:
        for _ in range(times):
            call()

    return again, times


def pair(base: Callable[[], Any], other: Callable[[], Any], rounds: int) -> np.ndarray:
    """Seconds by the clock (rounds, 2) of two calls in turn."""
    return np.array([[stopwatch(base), stopwatch(other)] for _ in range(rounds)])


def race(ours: Matched, peers: Sequence[Matched], rounds: int) -> list[dict[str, Any]]:
    """Rates of all contenders, each peer timed right after a sample of ours, peers in turn within every round.

    By processor time: a contender with several threads gains nothing by them.
    """
    entrants = [ours, *peers]
    calls = []
    for entrant in entrants:
        number = entrant.contender.number
        again, times = repeated(entrant.contender.prepare(entrant.tolerance, number))
        calls.append((again, number * times))
    base, amount = calls[0]
    rates: list[list[tuple[float, float]]] = [[] for _ in entrants]
    for turn in range(rounds):
        order = range(1, len(entrants))
        for place in order if turn % 2 == 0 else reversed(order):
            mine = amount / processor_time(base)
            again, count = calls[place]
            rates[place].append((mine, count / processor_time(again)))
            rates[0].append((mine, mine))
    if not peers:
        rates[0] = [(amount / processor_time(base),) * 2 for _ in range(rounds)]
    return [_row(entrant, np.array(pairs)) for entrant, pairs in zip(entrants, rates, strict=True)]


def _row(entrant: Matched, pairs: np.ndarray) -> dict[str, Any]:
    return {
        "contender": entrant.contender.name,
        "packets_per_call": entrant.contender.number,
        "tolerance": entrant.tolerance,
        "p95_error": entrant.error,
        "trajectories_per_second": quantiles(pairs[:, 1]),
        "ours_over_this": quantiles(pairs[:, 0] / pairs[:, 1]),
    }


def quantiles(values: Any) -> dict[str, float]:
    """Median and 10 and 90 % quantiles."""
    low, median, high = np.quantile(np.asarray(values, dtype=float), [0.1, 0.5, 0.9])
    return {"median": float(median), "q10": float(low), "q90": float(high)}
