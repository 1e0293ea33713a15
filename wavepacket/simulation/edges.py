"""Walls and contacts of a sample, as the loop follows packets between them."""

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Float, Integer
from wavepacket.fields.outline import domain_of, edges_of
from wavepacket.simulation.transits import NO_VALLEYS

if TYPE_CHECKING:
    from wavepacket.simulation.batch import Batch
    from wavepacket.simulation.problem import Problem

__all__ = ["ends_of", "followed_between_edges", "transmission"]

_NO_MATRIX, _NO_INTEGER = np.zeros((0, 3)), np.zeros(0, dtype=np.int64)


def followed_between_edges(problem: "Problem", numbers: Integer) -> tuple[Any, tuple[Any, ...], Float | None]:
    """What the loop calls after each step, what it follows, and what became of each packet (n, 3): see ``bounce.py``.

    None in place of the last where there is no sample. ``numbers`` (n,) of the packets are what diffuse walls throw by.
    """
    if problem.config.sample is None:
        from wavepacket.kernels.integrate.valley_crossing import cross_no_border

        return cross_no_border, NO_VALLEYS, None
    from wavepacket.kernels.integrate import bounce as kernel  # compiled when first needed

    marks, outcome = np.zeros((len(numbers), kernel.MARKS)), np.zeros((len(numbers), kernel.OUTCOME))
    marks[:, kernel.NUMBER] = numbers
    marks[:, kernel.LEAVING] = 1.0  # packets may start on an edge
    outcome[:, kernel.CONTACT], outcome[:, kernel.WHEN] = -1.0, np.nan
    edges, domain = edges_of(problem.config.sample), domain_of(problem.hamiltonian)
    seed = np.array([problem.config.seed], dtype=np.int64)
    followed = (edges, domain, _NO_MATRIX, seed, _NO_INTEGER, marks, outcome)
    return kernel.bounce, followed, outcome


def ends_of(problem: "Problem", outcome: Float | None) -> dict[str, npt.NDArray[np.generic]]:
    """What shards keep of the ends of packets in a sample, by names of diagnostics: nothing without one."""
    if outcome is None:
        return {}
    return {
        "contact": outcome[:, 0].astype(np.int32),
        "contact_time": outcome[:, 1],
        "reflections": outcome[:, 2].astype(np.int64),
    }


def transmission(problem: "Problem", batch: "Batch", outcome: Float | None) -> dict[str, Float]:
    """Weight (2, P, C, C + 1) of packets by sign of E, replica, contact that they come from and that they end at.

    The last column are those that have ended at none. Nothing where packets come from no contacts.
    """
    emitters = problem.ensemble.emitters
    if outcome is None or emitters is None:
        return {}
    sample = problem.config.sample
    assert sample is not None
    number = len(sample.contacts)
    total = np.zeros((*batch.shape[:2], number, number + 1))
    arrived = outcome[:, 0].astype(np.int64)
    emitter = emitters(int(batch.ids[0]), len(batch.ids))
    np.add.at(total, ((1 - batch.signs) // 2, batch.packets.replica, emitter, arrived), batch.packets.weight)
    return {"transmission": total}
