"""Which components of the spin's response symmetry forbids: operations of a crystal that turn its spins, too.

An operation that bands, Ω and m have need not turn the spin: without spin-orbit coupling spins stay where they are when the
lattice turns. Those count whose columns of `spin_states` at g k are the turned ones of k, summed over bands from below.
"""

from collections.abc import Sequence
from functools import reduce

import numpy as np

from wavepacket.arrays import Float
from wavepacket.bands.between import DEGENERATE
from wavepacket.response.collect import Task
from wavepacket.response.spin_states import SpinColumns
from wavepacket.response.symmetry import Operation

__all__ = ["spin_operations", "spin_projectors"]

_SAME = 1e-7  # relative, as of bands
_NOTHING = 1e-4  # of the largest column
_PROBES = 6
_FACTORS = {"spin_curvature": "sva", "spin_drude": "svv", "spin": "s", "spin_flow": "vs", "moment_flow": "vm"}
"""What a column is a product of: spin or orbital moment, velocity, and for the curvature a vector odd in time again."""


def spin_operations(task: Task, operations: Sequence[Operation]) -> list[Operation]:
    """Those that turn the spins, too, where anything of spins is wanted; else all."""
    columns = task.columns.spin
    if columns is None:
        return list(operations)
    k = _probes(task)
    here = _sums(task, k)
    return [
        each
        for each in operations
        if _alike(columns, _sums(task, each.moved(k)), here @ _turned(columns, each).T)
    ]


def spin_projectors(task: Task, operations: Sequence[Operation]) -> dict[str, Float]:
    """Column → matrix that keeps what every operation leaves alone, of operations that turn the spins."""
    columns = task.columns.spin
    if columns is None:
        return {}
    whole: Float = np.mean([_turned(columns, each) for each in operations], axis=0)
    whole = np.where(np.abs(whole) > 1e-9, whole, 0.0)
    return {name: whole[place, place] for name, place in columns.slices.items()}


def _probes(task: Task) -> Float:
    """Wavevectors at random, none of them special."""
    d = task.domain.dimension
    return task.domain.points(np.random.default_rng(21).uniform(0.0, 1.0, (_PROBES, d))).k


def _sums(task: Task, k: Float) -> Float:
    """Running sums over bands of the columns, which degeneracies leave alone, zero within a degenerate group."""
    states = task.states(k)
    assert states.spin is not None
    apart = np.diff(states.energy, axis=1, append=states.energy[:, -1:] + 1.0)[..., None]
    weight = np.minimum(apart, 1.0) ** 2 * (apart > 10 * DEGENERATE)
    return np.asarray(np.cumsum(states.spin[:, :, 0], axis=1) * weight)


def _alike(columns: SpinColumns, found: Float, expected: Float) -> bool:
    """Whether both differ by rounding only, of the largest number of each kind; what vanishes is rounding itself."""
    least = _NOTHING * np.abs(expected).max()
    return all(
        np.abs(found[..., one] - expected[..., one]).max()
        <= _SAME * max(np.abs(expected[..., one]).max(), least)
        for one in columns.slices.values()
    )


def _turned(columns: SpinColumns, operation: Operation) -> Float:
    """How all columns turn, block by block."""
    sign = -1.0 if operation.time_reversal else 1.0
    d, c = columns.dimension, list(columns.components)
    axial = sign * np.linalg.det(operation.matrix) * operation.matrix
    velocity = sign * operation.matrix[:d, :d]
    # Of ⟨n|..|l⟩⟨l|V_b|n⟩ the imaginary part is taken, which changes its sign in time.
    parts = {"s": axial, "m": axial[np.ix_(c, c)], "v": velocity, "a": sign * velocity}
    size = sum(columns.sizes.values())
    matrix = np.zeros((size, size))
    for name, place in columns.slices.items():
        matrix[place, place] = reduce(np.kron, [parts[letter] for letter in _FACTORS[name]])
    return matrix
