"""Steady state in E of collisions that conserve the number in each valley, from sums over the Fermi surface.

Collisions lead at the rate 1/τ to f0 + δμ_v (−∂f0/∂𝓔), with the number that valley v has, and at the rate 1/τ_v to f0.
With Γ = 1/τ + 1/τ_v the deviation h = f − f0 obeys

    (k̇·∂_k + Γ) h = (−∂f0/∂𝓔) (qE·ṙ + y_v),   y_v = δμ_v/τ,

exactly in E, so that h = ∫ e^{-Γt} S(k(−t)) dt for a source S on the Fermi surface. Totals have the rows of
``runs/transport.py`` by valley: flow (V + 1, ROWS + 2 V, 3); sea (V + 1, columns). A flight keeps the τ of the valley
that it begins in; [v, u] is what is in valley v of flights that began in u.
"""

from dataclasses import dataclass

import numpy as np

from wavepacket.arrays import Float
from wavepacket.errors import InputError
from wavepacket.runs import transport as quantity
from wavepacket.units import HBAR

CONTRIBUTIONS = (*quantity.PARTS, "intervalley")


@dataclass(frozen=True, eq=False)
class Collisions:
    """What the valleys of a run have in common.

    Attributes
    ----------
    electric : (3,) E in V/Å
    charge : of a carrier, e
    within : (V,) τ of collisions that conserve the number in each valley, fs
    between : τ_v of those that do not, fs
    closed : whether the band is periodic, so that no number leaves all valleys together
    names : of the valleys

    """

    electric: Float
    charge: float
    within: Float
    between: float
    closed: bool
    names: tuple[str, ...]

    @property
    def rates(self) -> Float:
        """Γ (V,), 1/fs."""
        return np.asarray(1.0 / self.within + 1.0 / self.between)


@dataclass(frozen=True, eq=False)
class Balance:
    """Numbers in the valleys of a steady state, per Å^d.

    Attributes
    ----------
    source : (V,) y + c: what drives h in addition to qE·ṙ, eV/fs
    shift : (V,) δμ, eV
    excess : (V,) h summed over the states in each valley
    started : (V,) the same over those of flights that began there

    """

    source: Float
    shift: Float
    excess: Float
    started: Float


def balance(flow: Float, collisions: Collisions, sign: float) -> Balance:
    """Solve y_v Σ W = Σ_u h_vu/τ_u for y: collisions within a valley give back what they take from it.

    The matrix is a sum of τ/(τ + τ_v) and of the exchange by flights, free of differences, and so good for any τ_v. Where
    no number can leave the band it is conserved as a whole: a total of qE·ṙ other than zero is an error of the sum over
    packets, and is taken off.
    """
    tau, states = collisions.within, flow[:-1, quantity.NUMBERS, 2]
    held, kept = states / collisions.rates, tau / (tau + collisions.between)
    offset = _offset(flow, collisions, sign) if collisions.closed else 0.0
    pushed = _pushed(flow, collisions, sign) - offset * held
    exchange = _exchange(flow)
    arrivals = sign * collisions.charge * exchange[..., :3] @ collisions.electric - offset * exchange[..., 3]
    driven, filled = _completed(arrivals, pushed), _completed(exchange[..., 3], held)
    matrix = np.diag(states * kept) + np.diag(exchange[..., 3].sum(axis=0) / tau) - exchange[..., 3] / tau
    right = driven @ (1.0 / tau)
    if collisions.closed and held.sum() > 0:
        # The total by itself: it would follow from the rest with an error of τ_v/τ roundings.
        matrix += np.outer(states, held) / held.sum()
        right -= states * pushed.sum() / held.sum()
    y = _solved(matrix, right, states, arrivals, collisions.names)
    return Balance(y - offset, y * tau, (driven + filled * y).sum(axis=1), pushed + held * y)


def _pushed(flow: Float, collisions: Collisions, sign: float) -> Float:
    """Σ W qE·ṙ(k0) ∫ e^{-s} dt by valley (V,)."""
    force = sign * collisions.charge * collisions.electric
    return np.asarray(flow[:-1, quantity.SOURCE.start] @ force)


def _offset(flow: Float, collisions: Collisions, sign: float) -> float:
    """Mean of qE·ṙ(k0) over all states, eV/fs."""
    states = flow[:-1, quantity.NUMBERS, 2].sum()
    return float(_pushed(flow, collisions, sign) @ collisions.rates / states) if states > 0 else 0.0


def _exchange(flow: Float) -> Float:
    """Σ W (ṙ(k0), 1) ∫ e^{-s} dt over the time in another valley than that of the start, (V, V, 4) as [v, u]."""
    velocity, number = quantity.transits(len(flow) - 1)
    both = np.concatenate([flow[:-1, velocity], flow[:-1, number, :1]], axis=2).swapaxes(0, 1)
    return np.asarray(np.where(np.eye(len(both), dtype=bool)[..., None], 0.0, both))


def _completed(others: Float, total: Float) -> Float:
    """With what stays in its valley on the diagonal: the rest of the total of each column."""
    return np.asarray(others + np.diag(total - others.sum(axis=0)))


def _solved(matrix: Float, right: Float, states: Float, arrivals: Float, names: tuple[str, ...]) -> Float:
    """Find y (V,); a valley without states at the Fermi level has none to give, and may not be given any."""
    empty = states == 0.0
    if np.any(arrivals[empty] != 0.0):
        which = next(
            name for name, none, row in zip(names, empty, arrivals, strict=True) if none and np.any(row)
        )
        raise InputError(
            f"scattering.intervalley_time: packets come to valley {which}, which has no state at the Fermi level that "
            "could hold them: leave it out of the valleys, or take a higher temperature"
        )
    matrix[empty] = np.eye(len(states))[empty]
    return np.asarray(np.linalg.solve(matrix, np.where(empty, 0.0, right)))


def flows(flow: Float, sea: Float, collisions: Collisions, sign: float) -> Float:
    """Σ D f ṙ by contribution and valley of the start (5, V + 1, 3); that of f0 alone is what E adds to its velocity."""
    force = sign * collisions.charge * collisions.electric
    found = np.zeros((len(CONTRIBUTIONS), len(flow), 3))
    response = flow[:, quantity.RESPONSE].reshape(-1, 2, 4, 3, 3)[:, 0]  # [valley, part, b, a]
    found[:4] = np.einsum("b,vpba->pva", force, response)
    found[3] += np.cross(sea[:, :3], force) / HBAR
    free = flow[:-1, quantity.FLIGHT].reshape(-1, 2, 4, 3)[:, 0].sum(axis=1)
    found[4, :-1] = balance(flow, collisions, sign).source[:, None] * free
    return found
