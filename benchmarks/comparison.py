"""One case against every peer: same equations, same error, timed in turn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from benchmarks import measure, ours, peers_diffrax, peers_heyoka, peers_numbalsoda, peers_scipy, peers_table
from benchmarks.measure import Contender, Matched
from benchmarks.problems import TARGET, WEYL, Case
from wavepacket.kernels.layout import LANES
from wavepacket.simulation.problem import Problem

REFERENCE = 1e-15
RIVAL = "heyoka batch"  # all that a quick comparison keeps beyond its first race
AGREEMENT = 1e-12  # of right-hand sides, relative to the largest rate


@dataclass(frozen=True)
class Effort:
    """How often each contender is timed, whether corners are cut, and who hears of progress."""

    rounds: int
    quick: bool
    say: Callable[[str], None]


def our_contender(case: Case, problem: Problem, starts: np.ndarray, times: np.ndarray) -> Contender:
    """The plain integration."""

    def prepare(tolerance: float, number: int) -> Callable[[], Any]:
        return ours.Integration(ours.restated(problem, tolerance, times), case.wavevectors(starts[:number]))

    def states(done: Any) -> np.ndarray:
        return case.scaled(done.position, done.wavevector)

    name = "wavepacket" if problem.moving is not problem.band else "wavepacket, numbers at run time"
    return Contender(name, prepare, states, len(starts), len(starts))


def disagreement(case: Case, problem: Problem) -> dict[str, float]:
    """Largest difference of each peer's right-hand side from ours at random points, relative to the largest rate."""
    number = 8 * LANES
    rng = np.random.default_rng(1)
    times, starts = rng.uniform(0, case.end, number), case.starts(number)
    k_rate, r_rate = ours.RightHandSide(problem)(times, case.wavevectors(starts))
    exact = case.scaled(r_rate, k_rate)
    found = {}
    for name, rates in _flows(case, problem).items():
        values = np.array([rates(t, state) for t, state in zip(times, starts, strict=True)])
        found[name] = float((np.abs(values - exact) / np.abs(exact).max(axis=0)).max())
    return found


def _flows(case: Case, problem: Problem) -> dict[str, Callable[[float, np.ndarray], np.ndarray]]:
    """Right-hand sides of one packet, as the peers see them."""
    if case.factory is None:
        table = peers_table.table_flow(case, problem)
        return {"scipy NdBSpline": lambda t, state: table(t, state[:, None])[:, 0]}
    flow = peers_scipy.numpy_flow(case)
    flows = {"numpy": lambda t, state: flow(t, state)}
    if peers_heyoka.version():
        flows["heyoka"] = peers_heyoka.compiled_flow(case)
    if peers_diffrax.version():
        flows["jax"] = peers_diffrax.compiled_flow(case)
    return flows


def reference_states(
    case: Case, problem: Problem, starts: np.ndarray, times: np.ndarray
) -> tuple[np.ndarray, dict[str, Any]]:
    """States that count as exact, and how far a second method is from them."""
    own = our_contender(case, problem, starts, times)
    mine = own.states(own.prepare(3e-14, len(starts))())
    if case.factory is None:
        few = 32
        other = peers_table.reference(case, problem, starts[:few], times)
        name, by = "wavepacket, tolerance 3e-14", "scipy DOP853 on the same spline, tolerance 3e-14"
        chosen, difference = mine, measure.p95_error(other, mine)
    elif peers_heyoka.version():
        chosen = peers_heyoka.reference(case, starts, times, REFERENCE)
        name, by = f"heyoka, tolerance {REFERENCE:g}", "wavepacket, tolerance 3e-14"
        difference = measure.p95_error(mine, chosen)
    else:
        flow, few = peers_scipy.numpy_flow(case), 64
        other = np.moveaxis(peers_scipy.all_at_once(flow, starts[:few], times, 3e-14)(), 0, 2)
        chosen, name, by = mine, "wavepacket, tolerance 3e-14", "scipy DOP853, tolerance 3e-14"
        difference = measure.p95_error(other, mine)
    return chosen, {"reference": name, "checked_by": by, "p95_difference": difference}


def peers_of(case: Case, problem: Problem, starts: np.ndarray, times: np.ndarray) -> list[Contender]:
    """Every peer that is installed."""
    if case.factory is None:
        return peers_table.contenders(case, problem, starts, times)
    families = (peers_heyoka, peers_numbalsoda, peers_diffrax, peers_scipy)
    return [each for family in families for each in family.contenders(case, starts, times)]


def missing() -> list[str]:
    """Peers that cannot be measured here."""
    found = {
        "heyoka": peers_heyoka.version(),
        "numbalsoda": peers_numbalsoda.installed(),
        "diffrax": peers_diffrax.version(),
    }
    return [name for name, there in found.items() if not there]


def compare(case: Case, number: int, saves: Sequence[int], effort: Effort) -> dict[str, Any]:
    """Match, race and return rows, for each number of saves (2: the final state only)."""
    problem, starts = case.problem(number), case.starts(number)
    differences = disagreement(case, problem)
    if max(differences.values()) > AGREEMENT:
        raise RuntimeError(f"{case.name}: right-hand sides differ: {differences}")
    grid = np.linspace(0.0, case.end, max(saves))
    exact, reference = reference_states(case, problem, starts, grid)
    races: dict[str, list[dict[str, Any]]] = {}
    for count in saves:
        kept = slice(None) if count == len(grid) else [0, -1]
        peers = peers_of(case, problem, starts, grid[kept])
        if effort.quick and (races or case is WEYL):
            peers = [peer for peer in peers if peer.name.startswith(RIVAL)]
        large = ours.for_large_ensembles(problem)
        own = [our_contender(case, each, starts, grid[kept]) for each in (large, problem)]
        entrants = [*(own if large is not problem else own[:1]), *peers]
        matched = [_matched(each, exact[:, kept], effort) for each in entrants]
        effort.say(f"{case.name}: timing {len(matched)} contenders")
        title = "final state" if count == 2 else f"{count} saves"
        races[title] = measure.race(matched[0], matched[1:], effort.rounds)
    return {
        "title": case.title,
        "packets": number,
        "target": TARGET,
        "rates_differ_by": differences,
        "reference": reference,
        "missing": missing() if case.factory else [],
        "races": races,
    }


def _matched(contender: Contender, reference: np.ndarray, effort: Effort) -> Matched:
    effort.say(f"matching the error of {contender.name}")
    if effort.quick:
        # The error of all packets in one call belongs to their number, which must stay.
        few = contender.matching if contender.matching == contender.number else contender.matching // 4
        contender = replace(contender, matching=few, ladder=contender.ladder[::2])
    return measure.match(contender, reference, TARGET)
