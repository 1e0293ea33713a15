"""``python -m benchmarks``: run the chosen sections, print tables, write JSON."""

import argparse
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks import comparison, costs, disk, goals, machine, report, response, scaling, startup, whole
from benchmarks.comparison import Effort
from benchmarks.problems import QI_WU_ZHANG, WEYL, Case, table_case

Say = Callable[[str], None]


@dataclass(frozen=True)
class Size:
    """How much is done."""

    rounds: int
    packets: int
    table_packets: int
    grid: int
    stored: int
    cold: bool
    quick: bool


FULL = Size(rounds=9, packets=4096, table_packets=1024, grid=64, stored=32768, cold=True, quick=False)
QUICK = Size(rounds=3, packets=4096, table_packets=128, grid=32, stored=8192, cold=False, quick=True)


def _race(case: Case, size: Size, say: Say) -> dict[str, Any]:
    with machine.one_core():
        return comparison.compare(case, size.packets, (201, 2), Effort(size.rounds, size.quick, say))


def _whole(size: Size, say: Say) -> dict[str, Any]:
    with machine.one_core():
        return whole.race(QI_WU_ZHANG, size.stored, min(size.rounds, 5), say)


def _table(size: Size, say: Say) -> dict[str, Any]:
    case = table_case(size.grid)
    say("building the table")
    with machine.one_core():
        found = costs.lookup(case, rounds=size.rounds)
        raced = comparison.compare(case, size.table_packets, (201,), Effort(size.rounds, size.quick, say))
    return {**raced, "lookup": found}


def _costs(size: Size, say: Say) -> dict[str, Any]:
    with machine.one_core():
        found = costs.right_hand_sides(grid=size.grid, rounds=size.rounds, say=say)
        return found | {"integration": costs.integration(found["peak_gflops"], rounds=size.rounds)}


SECTIONS: dict[str, Callable[[Size, Say], dict[str, Any]]] = {
    "qi_wu_zhang": lambda size, say: _race(QI_WU_ZHANG, size, say),
    "weyl_lattice": lambda size, say: _race(WEYL, size, say),
    "whole": _whole,
    "table": _table,
    "costs": _costs,
    "scaling": lambda size, say: scaling.two_cores(number=2 * size.packets, rounds=size.rounds, say=say),
    "disk": lambda size, say: disk.throughput(
        number=size.stored, rounds=min(size.rounds, 5), threads=2, say=say
    ),
    "response": lambda size, say: response.race(rounds=1 if size.quick else 3, quick=size.quick, say=say),
    "startup": lambda size, say: startup.times(rounds=min(size.rounds, 5), cold=size.cold, say=say),
}


def _print(console: Console, name: str, found: dict[str, Any]) -> None:
    if "races" in found:
        report.races(console, found)
        if "lookup" in found:
            report.lookup(console, found["lookup"])
    else:
        getattr(report, name)(console, found)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Compare wavepacket with its peers."
    )
    parser.add_argument("--quick", action="store_true", help="fewer rounds, smaller problems")
    names = ", ".join(SECTIONS)
    parser.add_argument(
        "--only",
        nargs="+",
        choices=SECTIONS,
        default=list(SECTIONS),
        metavar="NAME",
        help=f"some of: {names}",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write everything measured")
    return parser.parse_args()


def main() -> None:
    """Run the chosen sections in order."""
    chosen = _arguments()
    console = Console() if Console().is_terminal else Console(width=150)
    size = QUICK if chosen.quick else FULL
    results: dict[str, Any] = {"machine": machine.description(), "quick": chosen.quick}
    results |= {"sections": {}, "wall_seconds": {}}
    console.print_json(data=results["machine"])
    for name in chosen.only:
        begin = time.perf_counter()
        with console.status(name) as status:
            found = SECTIONS[name](size, lambda text: status.update(text))
        results["sections"][name] = found
        results["wall_seconds"][name] = time.perf_counter() - begin
        results["goals"] = goals.judged(results)
        results["machine"]["load_at_end"] = (
            round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None
        )
        if chosen.json:  # after each section: a later one that fails loses nothing
            chosen.json.write_text(json.dumps(results, indent=2) + "\n")
        _print(console, name, found)
    report.goals(console, results["goals"])


if __name__ == "__main__":
    main()
