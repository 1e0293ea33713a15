"""Packets in a group of bands of a matrix H(x, y, k_x, k_y, t) in numpy, from differences of projectors alone.

No perturbation sums, no frames: P is a projector of the whole matrix, and all derivatives of P and of the energy as an
operator are central differences of eighth order. Units of the package; in two dimensions, all terms of docs/theory.md.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from wavepacket.units import HBAR

Matrix = Callable[[np.ndarray], np.ndarray]  # of ξ = (x, y, k_x, k_y, t)

_WEIGHTS = np.array([4 / 5, -1 / 5, 4 / 105, -1 / 280])
_X, _Y, _KX, _KY, _T = range(5)


@dataclass(frozen=True)
class Motion:
    """Rates of ξ (4,) and of u (N,), D, and the energy of the packet."""

    rates: np.ndarray
    turn: np.ndarray
    factor: float
    energy: float
    curvature: np.ndarray  # (5, 5)
    gap: float
    mixing: float  # Σ_m |Σ_A ẋ_A ⟨m|∂_AP|u⟩/(ε − ε_m)|²


@dataclass(frozen=True)
class Group:
    """Bands first, ..., last of H, with steps of the differences along r, k and t."""

    matrix: Matrix
    first: int
    last: int
    steps: tuple[float, float, float]

    def step(self, a: int) -> np.ndarray:
        """Vector of one step along a direction."""
        size = self.steps[0] if a in (_X, _Y) else self.steps[1] if a in (_KX, _KY) else self.steps[2]
        return size * np.eye(5)[a]

    def derivative(self, function: Matrix, place: np.ndarray, a: int) -> np.ndarray:
        """∂_a of an operator."""
        h = self.step(a)
        total = sum(
            w * (function(place + (n + 1) * h) - function(place - (n + 1) * h))
            for n, w in enumerate(_WEIGHTS)
        )
        return total / np.abs(h).max()

    def projector(self, place: np.ndarray) -> np.ndarray:
        """P."""
        _, states = np.linalg.eigh(self.matrix(place))
        inside = states[:, self.first : self.last + 1]
        return inside @ inside.conj().T

    def slopes(self, place: np.ndarray, directions: int = 5) -> list[np.ndarray]:
        """∂_AP."""
        return [self.derivative(self.projector, place, a) for a in range(directions)]

    def energy(self, place: np.ndarray, field: float, gradient: float = 1.0) -> np.ndarray:
        """PHP + Σ_j Ĝ_{r_j k_j} + (q/ħ)B Ĝ_{k_x k_y}, an operator that is zero outside the group."""
        h, p, d = self.matrix(place), self.projector(place), self.slopes(place, 4)
        total = p @ h @ p
        for a, b, factor in ((_X, _KX, gradient), (_Y, _KY, gradient), (_KX, _KY, field)):
            for one, other, sign in ((d[a], d[b], 1.0), (d[b], d[a], -1.0)):
                product = one @ other
                part = one @ h @ other - 0.5 * (product @ h + h @ product)
                total = total - 0.5j * sign * factor * (p @ part @ p)
        return total

    def motion(
        self, place: np.ndarray, u: np.ndarray, electric: np.ndarray, field: float, charge: float = -1.0
    ) -> Motion:
        """Rates at a place for a state u of norm 1 in the group; field is (q/ħ)B in 1/Å², electric E in V/Å (2,)."""
        d = self.slopes(place)
        w = [each @ u for each in d]
        omega = np.array([[-2 * np.vdot(one, other).imag for other in w] for one in w])
        operator = self.energy(place, field)
        slope = [
            self.derivative(lambda at: self.energy(at, field), place, a) if a != _T else None
            for a in range(5)
        ]
        g = np.array([np.vdot(u, slope[a] @ u).real for a in range(4)]) / HBAR - omega[:4, _T]
        g[:2] -= charge * electric / HBAR
        matrix = omega[:4, :4].copy()
        matrix[:2, 2:] -= np.eye(2)
        matrix[2:, :2] += np.eye(2)
        matrix[_X, _Y] += field
        matrix[_Y, _X] -= field
        rates = np.linalg.solve(matrix, g)
        mean = np.vdot(u, operator @ u).real
        turn = sum(rates[a] * w[a] for a in range(4)) + w[_T] - 1j / HBAR * (operator @ u - mean * u)
        levels, states = np.linalg.eigh(self.matrix(place))
        outside = [m for m in range(len(levels)) if not self.first <= m <= self.last]
        change = sum(rate * each for rate, each in zip([*rates, 1.0], w, strict=True))
        level = np.vdot(u, self.matrix(place) @ u).real
        mixed = sum(abs(np.vdot(states[:, m], change) / (level - levels[m])) ** 2 for m in outside)
        inside = levels[self.first : self.last + 1]
        gaps = [min(abs(inside - levels[m])) for m in outside]
        factor = np.sqrt(np.linalg.det(matrix))
        return Motion(rates, turn, factor, mean, omega, min(gaps, default=np.inf), mixed)
