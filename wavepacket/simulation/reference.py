"""What the sums of a run would change by if its packets were integrated far more precisely: a few of them are.

The difference of a sample, scaled up to all packets, is an estimate of the error that the integrator, and a table of the
band, leave in the sums. It does not fall with the number of packets, and no spread among them shows it.
"""

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from wavepacket.arrays import Float
from wavepacket.bands import direct
from wavepacket.errors import Status
from wavepacket.integrators import METHODS
from wavepacket.simulation.batch import batch_of
from wavepacket.simulation.blocks import Block
from wavepacket.simulation.build import control_of
from wavepacket.simulation.engine import integrate_batch
from wavepacket.simulation.problem import Problem
from wavepacket.simulation.several_bands import in_bins

__all__ = ["corrections"]


_GROUPS = 4
_EACH = {
    "two_band": 8,
    "texture": 8,
    "table": 8,
    "hybrid": 8,
    "direct": 4,
    "texture_direct": 4,
}  # packets in each; where every point is diagonalised they take long
_TIGHTER = 1e-2  # times the tolerance; what is left of the error is a hundredth of it
_TIGHTEST = 1e-14
_FOR_FIXED_STEPS = 1e-12
_GOLDEN = 0.5 * (math.sqrt(5) - 1)


def corrections(problem: Problem, threads: int = 1) -> dict[str, Float]:
    """By name of a sum the change of its total (group, sign, valley, ...), one estimate for each group of packets.

    A small ensemble is one group of all packets, so that the change is that of the run.
    """
    if problem.parts:
        return _of_bands(problem, [corrections(part, threads) for part in problem.parts])
    precise, twins = _precise(problem), 2 if problem.ensemble.field_reversal else 1

    def change(packet: int) -> dict[str, Float]:
        batch = batch_of(problem, packet * twins, twins)
        return _difference(*(integrate_batch(each, batch) for each in (problem, precise)))

    groups = _sample(problem.ensemble.size, _EACH[problem.band.kind])
    with ThreadPoolExecutor(threads) as pool:
        changes = [list(pool.map(change, group)) for group in groups]
    return {
        name: np.array(
            [
                problem.ensemble.size / len(group) * np.sum([one[name] for one in group], axis=0)
                for group in changes
            ]
        )
        for name in changes[0][0]
    }


def _of_bands(problem: Problem, found: list[dict[str, Float]]) -> dict[str, Float]:
    """The changes of all bands together; a band of one group of packets is the same in all groups."""
    groups = max(len(next(iter(each.values()))) for each in found)

    def spread(values: Float) -> Float:
        return values if len(values) == groups else np.repeat(values, groups, axis=0)

    return {
        name: np.sum(
            [in_bins(problem, i, spread(each[name]), axis=2) for i, each in enumerate(found)], axis=0
        )
        for name in found[0]
    }


def _precise(problem: Problem) -> Problem:
    """The same problem with a tighter tolerance, and with a band that is diagonalised in place of a table."""
    config, band = problem.config, problem.band
    given = config.integrator
    tolerance = max(_TIGHTER * given.tolerance, _TIGHTEST) if given.step is None else _FOR_FIXED_STEPS
    tight = given.model_copy(update={"method": "dop853", "step": None, "tolerance": tolerance})
    config = config.model_copy(update={"integrator": tight})
    moving = problem.moving
    if band.kind in ("table", "hybrid"):
        band = moving = direct(band.hamiltonian, band.index, position_elements=config.band.position_elements)
    return replace(
        problem, config=config, band=band, moving=moving, method=METHODS["dop853"],
        control=control_of(config, problem.crystal, problem.times),
    )  # fmt: skip


def _sample(size: int, each: int) -> list[list[int]]:
    """Numbers of packets in groups, spread over the ensemble by multiples of the golden ratio."""
    number = _GROUPS * each
    if size <= number:
        return [list(range(size))]
    spread = [math.floor((n + 0.5) * _GOLDEN % 1.0 * size) for n in range(number)]
    return [spread[group::_GROUPS] for group in range(_GROUPS)]


def _difference(run: Block, reference: Block) -> dict[str, Float]:
    """Change of the sums of a packet and its twin; none where one of them stopped: it is left out of the run."""
    ended = np.all(run.status == Status.OK) and np.all(reference.status == Status.OK)
    return {
        name: (reference.sums[name] - values).sum(axis=1) * float(ended) for name, values in run.sums.items()
    }
