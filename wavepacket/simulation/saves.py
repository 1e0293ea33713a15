"""At which saves of a packet its velocity is evaluated: at a few of each window, from which those at the others follow.

Windows are as in ``kernels/reduce/windows.py``. How long they are, and how many saves of each are evaluated, follows from
the packet's own number of steps; where that would not halve the work, all are evaluated. Everything is worked out by sums
and products in a fixed order, so that the same currents come out on every CPU.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

import numpy as np

from wavepacket.arrays import Float, Integer
from wavepacket.config import Fields
from wavepacket.fields import longest_step, pulses
from wavepacket.integrators import Control
from wavepacket.kernels.reduce import windows
from wavepacket.kernels.simd import WIDTH

__all__ = ["Kind", "Plan", "plan_of", "weights_of"]


_NODES = (16, 24, 32, 48)  # whole registers; more would cost as much as a band of two orbitals
_MOST_SAVES = 1024  # of a window: tables stay small
# Saves for each that is evaluated, at least: two orbitals cost little more than what is to be weighed instead.
_LEAST_GAIN = {"two_band": 4, "table": 2, "hybrid": 2, "direct": 2, "texture": 4, "texture_direct": 2}
# Steps that a polynomial of degree n follows: (n - 5)/1.85, measured for Haldane, kagome, MoS2 and GaAs.
_FIRST_DEGREE, _DEGREES_OF_STEP = 5, 1.85
_STEP_BETWEEN = 0.25  # of the longest step that E(t) allows: nodes are no further apart
# What the next degrees may add, of tolerance times velocity: a small part of what an error in k of the tolerance changes.
# The other limit is one of noise: paths of the integrator miss the integral by up to 3 in its unit.
_SHARE, _REACH = 0.05, 30.0


@dataclass(frozen=True)
class Kind:
    """Windows of so many saves that are evaluated at so many nodes, for packets of so many steps at most."""

    saves: int
    nodes: int
    steps: float


@dataclass(frozen=True, eq=False)
class Plan:
    """What the saves of a run allow: windows for ever more steps, and ``limits`` as in ``kernels/reduce/windows.py``."""

    kinds: tuple[Kind, ...]
    limits: Float

    def rows(self, steps: Integer) -> Integer:
        """The kind of windows for packets (n,) with so many steps; −1 where all saves are evaluated."""
        kind = np.searchsorted([each.steps for each in self.kinds], steps)
        return np.where(kind < len(self.kinds), kind, -1)

    def tables(self, rows: Integer) -> tuple[Integer, Integer, Float, Float]:
        """Shapes, order, weights and limits for the kernel; of kinds that no packet has, nothing is worked out."""
        shapes, order, weights = _tables(self.kinds, tuple(sorted(set(rows[rows >= 0].tolist()))))
        return shapes, order, weights, self.limits


def plan_of(times: Float, control: Control, fields: Fields, source: str) -> Plan:
    """Windows for saves at these times, fs, and paths integrated with this control in these fields; kind of band source."""
    saves, interval = len(times), float(times[1] - times[0])
    length, tolerance = float(control.scale[1]), 1.0 / float(control.scale[2])
    widest = _STEP_BETWEEN * min([longest_step(fields), *(width for _, _, width in pulses(fields))])
    numbers = [2**i for i in range(saves.bit_length())]
    found: list[Kind] = []
    for number, nodes in sorted(product(numbers, _NODES), key=math.prod):
        window = -(-(saves - 1) // number) + 1
        steps = number * (_degree(nodes) - _FIRST_DEGREE) / _DEGREES_OF_STEP
        if (
            _LEAST_GAIN[source] * nodes * number > saves
            or window > _MOST_SAVES
            or (found and steps <= found[-1].steps)
        ):
            continue
        if interval * np.diff(_nodes(window, nodes)).max() <= widest:
            found.append(Kind(window, nodes, steps))
    even = np.abs(np.diff(times) - interval).max() <= 1e-9 * interval
    limits = np.array([_SHARE * tolerance, _REACH * tolerance, length, interval])
    # Where fields vary in space velocities depend on r, and change as fast as it does: all are evaluated.
    uniform = not fields.vary_in_space and source not in ("texture", "texture_direct")
    return Plan(tuple(found) if even and uniform else (), limits)


def _degree(nodes: int) -> int:
    return nodes - 1 - int(windows.MORE)


@lru_cache(maxsize=16)
def _tables(kinds: tuple[Kind, ...], used: tuple[int, ...]) -> tuple[Integer, Integer, Float]:
    """Shapes (kinds, COLUMNS), order and weights of the kinds that are used."""
    shapes = np.zeros((len(kinds), windows.COLUMNS), dtype=np.int64)
    order, weights = [np.zeros(0, dtype=np.int64)], [np.zeros(0)]
    for row in used:
        kind = kinds[row]
        nodes = _nodes(kind.saves, kind.nodes)
        shapes[row, [windows.SAVES, windows.NODES]] = kind.saves, kind.nodes
        shapes[row, windows.ORDER] = sum(map(len, order))
        order += [nodes, np.setdiff1d(np.arange(kind.saves), nodes)]
        for column, matrix in zip(
            (windows.VALUES, windows.INTEGRALS, windows.NEXT), weights_of(kind.saves, kind.nodes), strict=True
        ):
            shapes[row, column] = sum(map(len, weights))
            weights.append(_in_blocks(matrix))
    return shapes, np.concatenate(order), np.concatenate(weights)


def _in_blocks(matrix: Float) -> Float:
    """Weights (nodes, n) in blocks of eight results, an even number of them."""
    nodes, results = matrix.shape
    padded = np.zeros((nodes, -(-results // windows.ROUND) * windows.ROUND))
    padded[:, :results] = matrix
    return padded.reshape(nodes, -1, WIDTH).swapaxes(0, 1).ravel()


def _nodes(saves: int, nodes: int) -> Integer:
    """Saves nearest to the extremes of a Chebyshev polynomial on a window, both ends with them, no two the same."""
    chosen: list[int] = []
    for i in range(nodes // 2):
        place = 0.5 * (1 - math.cos(math.pi * i / (nodes - 1))) * (saves - 1)
        # A place halfway between two saves must not hang on the last bit of a cosine.
        chosen.append(max(math.floor(place + 0.5 + 1e-9), chosen[-1] + 1 if chosen else 0))
    return np.array(chosen + [saves - 1 - place for place in reversed(chosen)])


@lru_cache(maxsize=16)
def weights_of(saves: int, nodes: int) -> tuple[Float, Float, Float]:
    """Weights of the nodes of a window: for values at all saves, for integrals between them, and for the next degrees.

    Returns
    -------
    (nodes, saves), (nodes, saves − 1) in units of the time between two saves, and (nodes, MORE): coefficients of the next
    degrees times their largest value at a save

    """
    from numpy.polynomial import chebyshev  # takes a while to load, and small runs evaluate all saves

    x = 2.0 * np.arange(saves) / (saves - 1) - 1.0
    series, values = _orthonormal(x[_nodes(saves, nodes)])
    lower = _degree(nodes) + 1
    fit = np.zeros((nodes, nodes))
    for coefficients, at_nodes in zip(series[:lower], values[:lower], strict=True):
        fit += coefficients[:, None] * at_nodes
    integrals = chebyshev.chebval(x, chebyshev.chebint(fit))
    size = np.abs(chebyshev.chebval(x, series[lower:].T)).max(axis=1)
    parts = np.diff(integrals, axis=1) * (0.5 * (saves - 1))
    return np.asarray(chebyshev.chebval(x, fit)), np.asarray(parts), np.asarray(values[lower:].T * size)


def _orthonormal(x: Float) -> tuple[Float, Float]:
    """Polynomials orthonormal on n points: Chebyshev coefficients (n, n) and values (n, n), by their three-term recurrence.

    G. E. Forsythe, J. SIAM 5, 74 (1957). Sums are rounded once, so that they do not depend on their order.
    """
    n = len(x)
    series, values = np.zeros((n, n)), np.zeros((n, n))
    series[0, 0] = values[0] = 1.0 / math.sqrt(n)
    last = 0.0
    for i in range(n - 1):
        mean = math.fsum(x * values[i] * values[i])
        following = (x - mean) * values[i] - last * values[i - 1]
        coefficients = _times_x(series[i]) - mean * series[i] - last * series[i - 1]
        last = math.sqrt(math.fsum(following * following))
        values[i + 1], series[i + 1] = following / last, coefficients / last
    return series, values


def _times_x(series: Float) -> Float:
    """Coefficients of x times a sum of Chebyshev polynomials, whose last one is 0."""
    found = np.zeros_like(series)
    found[1:] = 0.5 * series[:-1]
    found[:-1] += 0.5 * series[1:]
    found[1] += 0.5 * series[0]
    return found
