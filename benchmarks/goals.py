"""The goals, each beside the measured figure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Results = Mapping[str, Any]


@dataclass(frozen=True)
class Goal:
    """One figure to reach.

    Attributes
    ----------
    figure : finds the measured value in the results; KeyError where it was not measured
    larger : whether more is better

    """

    text: str
    goal: float
    figure: Callable[[Results], float]
    larger: bool = True
    unit: str = "×"


def _ratio(case: str, race: str, *contenders: str) -> Callable[[Results], float]:
    """Median of ours over the fastest of these contenders, which names begin with."""

    def figure(results: Results) -> float:
        rows = results["sections"][case]["races"][race]
        found = [row["ours_over_this"]["median"] for row in rows if row["contender"].startswith(contenders)]
        if not found:
            raise KeyError(contenders)
        return float(min(found))

    return figure


def _value(*path: str, scale: float = 1.0) -> Callable[[Results], float]:
    def figure(results: Results) -> float:
        value: Any = results["sections"]
        for key in path:
            value = value[key]
        return float(value) * scale

    return figure


_SAVES, _FINAL = "201 saves", "final state"
GOALS = (
    Goal(
        "problem (a), 201 saves, against the best of heyoka", 5, _ratio("qi_wu_zhang", _SAVES, "heyoka batch")
    ),
    Goal(
        "problem (a), final state only, against the best of heyoka",
        3,
        _ratio("qi_wu_zhang", _FINAL, "heyoka batch"),
    ),
    Goal(
        "problem (a), 201 saves, against numbalsoda dop853",
        12,
        _ratio("qi_wu_zhang", _SAVES, "numbalsoda dop853"),
    ),
    Goal(
        "problem (a), 201 saves, against scipy, 4096 packets at once",
        15,
        _ratio("qi_wu_zhang", _SAVES, "scipy, "),
    ),
    Goal("problem (a), 201 saves, against the best of diffrax", 60, _ratio("qi_wu_zhang", _SAVES, "diffrax")),
    Goal(
        "problem (a), 201 saves, against scipy packet by packet",
        1000,
        _ratio("qi_wu_zhang", _SAVES, "scipy per packet, Python"),
    ),
    Goal(
        "problem (b), 201 saves, against the best of heyoka",
        3,
        _ratio("weyl_lattice", _SAVES, "heyoka batch"),
    ),
    Goal("2 cores against 1, simulation", 1.75, _value("scaling", "simulation", "two_over_one", "median")),
    Goal(
        "3D quintic lookup along trajectories",
        250,
        _value("table", "lookup", "along_trajectories", "median"),
        larger=False,
        unit=" ns",
    ),
    Goal(
        "stored run against the slower of integration and raw write",
        0.7,
        _value("disk", "slower_of_both_over_run", "median"),
    ),
    Goal("first run ever", 15, _value("startup", "first_run_ever", "median"), larger=False, unit=" s"),
    Goal(
        "later run of a small problem",
        1.0,
        _value("startup", "run_with_cache", "median"),
        larger=False,
        unit=" s",
    ),
    Goal("--help", 150, _value("startup", "help", "median", scale=1e3), larger=False, unit=" ms"),
    Goal("validate", 400, _value("startup", "validate", "median", scale=1e3), larger=False, unit=" ms"),
)


def judged(results: Results) -> list[dict[str, Any]]:
    """Rows of the goals whose figures were measured."""
    rows = []
    for goal in GOALS:
        try:
            figure = goal.figure(results)
        except KeyError:
            continue
        met = figure >= goal.goal if goal.larger else figure <= goal.goal
        rows.append(
            {"goal": goal.text, "wanted": goal.goal, "measured": figure, "met": met, "unit": goal.unit}
        )
    return rows
