"""Nodes and weights of Chebyshev series for ``kernels/integrate/series.py``, with the same bits on every computer."""

from decimal import Decimal, localcontext
from functools import lru_cache

import numpy as np

from wavepacket.arrays import Float, Integer
from wavepacket.kernels.integrate import series

__all__ = ["evaluation_order", "series_rules"]

_PI = Decimal("3.14159265358979323846264338327950288419716939937511")


def evaluation_order() -> Integer:
    """Numbers of the nodes: those of the lower degree first."""
    step = series.MANY // series.FEW
    nodes = np.arange(series.MANY + 1)
    return np.concatenate([nodes[::step], nodes[nodes % step > 0]])


@lru_cache(maxsize=1)
def series_rules() -> Float:
    """Places 1 + x of the nodes, and weights that make the terms of a series of values at them."""
    cosines = np.array([_cosine(i) for i in range(2 * series.MANY)])
    places = np.zeros(series.NODES)
    places[: series.MANY + 1] = 1.0 - cosines[: series.MANY + 1]
    return np.concatenate([places, _weights(series.FEW, cosines), _weights(series.MANY, cosines)])


def _weights(degree: int, cosines: Float) -> Float:
    """Weights (nodes, terms) of the polynomial through the extremes x_i = −cos(πi/n); the first and last ones count half."""
    halves = np.where(np.arange(degree + 1) % degree == 0, 0.5, 1.0)
    products = np.outer(np.arange(degree + 1), np.arange(degree + 1))
    weights = (
        2.0 / degree * np.outer(halves, halves) * cosines[series.MANY // degree * products % len(cosines)]
    )
    weights[:, 1::2] *= -1.0
    padded = np.zeros((degree + 1, -(-(degree + 1) // series.WIDE) * series.WIDE))
    padded[:, : degree + 1] = weights
    return padded.ravel()


def _cosine(part: int) -> float:
    """cos(π part/MANY), correctly rounded: libraries of mathematics differ in the last bit."""
    folded = min(part, 2 * series.MANY - part)
    if 2 * folded >= series.MANY:
        return -_cosine(series.MANY - folded) if 2 * folded > series.MANY else 0.0
    with localcontext() as context:
        context.prec = 50
        term = total = Decimal(1)
        square = (_PI * folded / series.MANY) ** 2
        for n in range(1, 40):
            term = -term * square / ((2 * n - 1) * 2 * n)
            total += term
        return float(total)
