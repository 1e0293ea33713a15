"""How long packets survive in each valley on their free flights, where collisions conserve the number in it."""

from typing import TYPE_CHECKING, Any

import numpy as np

from wavepacket.arrays import Float, Integer

if TYPE_CHECKING:
    from wavepacket.simulation.problem import Problem


_NO_MATRIX, _NO_INTEGER = np.zeros((0, 3)), np.zeros(0, dtype=np.int64)
NO_VALLEYS = (
    _NO_MATRIX, _NO_MATRIX, _NO_MATRIX, _NO_INTEGER, _NO_INTEGER, _NO_MATRIX, np.zeros((0, 0)),
)  # fmt: skip
"""What a loop follows whose packets are not followed from valley to valley."""


def followed_by(problem: "Problem", valley: Integer | None, begins: Float) -> tuple[Any, tuple[Any, ...]]:
    """What the loop calls after each step, and what it follows: packets from these valleys (n,), or nothing."""
    from wavepacket.kernels.integrate.valley_crossing import BEGUN, MARKS, cross_no_border

    if valley is None:
        return cross_no_border, NO_VALLEYS
    from wavepacket.kernels.integrate.transit import cross_borders  # compiled when first needed

    regions = problem.regions
    marks = np.zeros((len(valley), MARKS))
    marks[:, BEGUN] = begins
    stays = np.zeros((len(valley), len(problem.valley_names)))
    where = np.array(valley, dtype=np.int64)
    return cross_borders, (
        regions.basis, regions.inverse, regions.images, regions.owners, where, marks, stays,
    )  # fmt: skip


def stays_of(followed: tuple[Any, ...], own: Float) -> Float:
    """Time (n, V) in fs that packets survive in each valley, after the flights of `followed_by`.

    What is left of the chance at the end of a flight belongs to the last valley, so that all times together are 1/Γ.
    """
    from wavepacket.kernels.integrate.valley_crossing import ENTERED

    where, marks, stays = followed[-3:]
    _, rates, begins, ends = own.T
    entered = marks[:, ENTERED]
    weighted = rates > 0.0
    safe = np.where(weighted, rates, 1.0)
    last = np.where(weighted, np.exp(-rates * entered) / safe, ends - begins - entered)
    stays[np.arange(len(where)), where] += last
    return np.asarray(stays)
