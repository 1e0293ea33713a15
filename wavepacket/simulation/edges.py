"""Walls and contacts of a sample, as the loop follows packets between them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Float, Integer
from wavepacket.fields.outline import domain_of, edges_of
from wavepacket.simulation.transits import NO_VALLEYS

if TYPE_CHECKING:
    from wavepacket.simulation.batch import Batch
    from wavepacket.simulation.problem import Problem

__all__ = ["Edges", "edges_between", "ends_of", "transmission"]

_NO_MATRIX, _NO_INTEGER = np.zeros((0, 3)), np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Edges:
    """Walls and contacts for the loop.

    Attributes
    ----------
    after_steps : what it calls after each step; followed : what that follows
    outcome : (n, 3) what became of each packet, see ``at_edges.py``; None where there is no sample
    """

    after_steps: Any
    followed: tuple[Any, ...]
    outcome: Float | None = None

    def of_some(self, rows: Integer) -> "Edges":
        """Of the packets in some rows, which start anew with what has become of them so far."""
        assert self.outcome is not None
        *same, marks, _ = self.followed
        outcome = self.outcome[rows]
        return Edges(self.after_steps, (*same, marks[rows], outcome), outcome)

    def note(self, rows: Integer, some: "Edges") -> None:
        """Take what has become of them since then."""
        assert self.outcome is not None
        self.outcome[rows] = some.outcome


def edges_between(problem: "Problem", numbers: Integer) -> Edges:
    """Walls and contacts of packets at their start; ``numbers`` (n,) of them are what diffuse walls throw by."""
    if problem.config.sample is None:
        from wavepacket.kernels.integrate.valley_crossing import cross_no_border

        return Edges(cross_no_border, NO_VALLEYS)
    from wavepacket.kernels.integrate import bounce as kernel  # compiled when first needed

    marks, outcome = np.zeros((len(numbers), kernel.MARKS)), np.zeros((len(numbers), kernel.OUTCOME))
    marks[:, kernel.NUMBER] = numbers
    marks[:, kernel.LEAVING] = 1.0  # packets may start on an edge
    outcome[:, kernel.CONTACT], outcome[:, kernel.WHEN] = -1.0, np.nan
    edges, domain = edges_of(problem.config.sample), domain_of(problem.hamiltonian)
    seed = np.array([problem.config.seed], dtype=np.int64)
    return Edges(kernel.bounce, (edges, domain, _NO_MATRIX, seed, _NO_INTEGER, marks, outcome), outcome)


def group_edges_between(problem: "Problem", number: int, times: Float, saves: Float) -> Edges:
    """Walls of packets in a group of bands at their start, and the saves of their states.

    The columns of the outcome behind those of `Edges` are marks of ``kernels/integrate/group.py``.

    Parameters
    ----------
    times : of the saves, fs; saves : (n, any) where velocity and u go
    """
    from wavepacket.kernels.integrate.group import MARKS, keep_state  # compiled when first needed

    marks = np.zeros((number, int(MARKS)))
    if problem.config.sample is None:
        nothing = (_NO_MATRIX, _NO_MATRIX, _NO_INTEGER, _NO_INTEGER)
        return Edges(keep_state, (times[None].copy(), *nothing, marks, saves), marks)
    from wavepacket.kernels.integrate import group_bounce as kernel

    outcome = np.concatenate([np.zeros((number, kernel.OUTCOME)), marks], axis=1)
    outcome[:, kernel.CONTACT], outcome[:, kernel.WHEN] = -1.0, np.nan
    marks = np.zeros((number, kernel.MARKS))
    marks[:, kernel.LEAVING] = 1.0
    edges = edges_of(problem.config.sample)
    followed = (edges, outcome, times[None].copy(), _NO_INTEGER, _NO_INTEGER, marks, saves)
    return Edges(kernel.group_bounce, followed, outcome)


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
