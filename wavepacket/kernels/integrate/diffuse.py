"""Diffuse walls: a packet goes on in any state of its energy that moves inward, each as often as equilibrium sends it.

The flux of states of one energy away from a wall is ∫dk_t Σ 1 over the states on the line k_t = const. that move inward:
the cosine law, for any band. So k along the wall is drawn evenly over a cell of the zone, or over the domain of a k·p
model, and of the states on that line one of a fixed number of slots; an empty slot is drawn anew.
"""

import math

from wavepacket.kernels.integrate.reflection import energies, energy_at, slope_along
from wavepacket.kernels.jit.decorators import routine
from wavepacket.kernels.layout import LANES
from wavepacket.kernels.random import two_uniforms

W = LANES

_SLOTS = 4  # states of one energy on a line that move inward, at most
_LINES = 20_000  # drawn until no state is thought to be there
_PLACES = 96  # that are looked at on a line through the whole domain of a k·p model
_MANY = 384  # the same on one through a cell of a lattice, with its small pockets
_CLOSE = 4e-16
_MOST = 60


@routine
def widest(domain, way):
    """Largest component along a unit vector within the domain, 1/Å: of a disc (radius alone), or of a cell (2 + 2 rows)."""
    if domain.shape[0] == 1:
        return domain[0, 0]
    one = domain[0, 0] * way[0] + domain[0, 1] * way[1]
    other = domain[1, 0] * way[0] + domain[1, 1] * way[1]
    return 0.5 * (abs(one) + abs(other))


@routine
def chord(domain, k, way):
    """Ends of the line k + q w within the domain; the first is above the second where it leads past it."""
    if domain.shape[0] == 1:
        square = domain[0, 0] ** 2 - k[0] ** 2 - k[1] ** 2
        half = math.sqrt(square) if square > 0.0 else -1.0
        return -half, half
    low, high = -math.inf, math.inf
    for i in range(2, 4):
        x = domain[i, 0] * k[0] + domain[i, 1] * k[1]
        slope = domain[i, 0] * way[0] + domain[i, 1] * way[1]
        if abs(slope) < 1e-12 * abs(domain[i, 0] + domain[i, 1]):
            low = low if abs(x) <= 0.5 else math.inf
            continue
        one, other = (-0.5 - x) / slope, (0.5 - x) / slope
        low, high = max(low, min(one, other)), min(high, max(one, other))
    return low, high


@routine
def look_along(geometry, source, places, k, way, moments, work):
    """𝓔 at some places of a line into ``places``, and its slope there into ``slopes``; work = (rows, geometry, slopes)."""
    _, band, slopes = work
    energies(geometry, source, places, k, way, moments, work[:2])
    for j in range(len(places)):
        slopes[j] = slope_along(band, j, moments, way)


@routine
def turning_point(ends, values, slopes):
    """Where between two places 𝓔 turns, and the value there, by the cubic through both; inf where it cannot pass 0."""
    low, width, (a, b) = ends[0], ends[1] - ends[0], values
    if not slopes[0] * slopes[1] < 0.0 or a * b <= 0.0 or a * slopes[0] > 0.0:
        return math.inf, 0.0
    u = slopes[0] / (slopes[0] - slopes[1])
    v = 1.0 - u
    value = v * v * ((1.0 + 2.0 * u) * a + u * width * slopes[0])
    value += u * u * ((1.0 + 2.0 * v) * b - v * width * slopes[1])
    return low + u * width, value


@routine
def upward(geometry, source, ends, target, k, way, moments, work):
    """The place between two at which 𝓔 passes the target upward, inf for none: bisection and the secant in turn."""
    low, high = ends
    a = energy_at(geometry, source, low, work[4], k, way, moments, work[:2]) - target
    b = energy_at(geometry, source, high, work[4], k, way, moments, work[:2]) - target
    if not a <= 0.0 <= b:
        return math.inf
    best, least = high, abs(b)
    for i in range(_MOST):
        q = 0.5 * (low + high) if i % 3 == 2 or a == b else (low * b - high * a) / (b - a)
        off = energy_at(geometry, source, q, work[4], k, way, moments, work[:2]) - target
        if abs(off) < least:
            best, least = q, abs(off)
        if off == 0.0 or high - low <= _CLOSE * (abs(low) + abs(high)):
            break
        low, a, high, b = (q, off, high, b) if off < 0.0 else (low, a, q, off)
    return best


@routine
def state_on_line(geometry, source, domain, slot, target, k, way, moments, work):
    """Where on the line k + q w the state number ``slot`` of those is that move along w with an energy; inf without it."""
    low, high = chord(domain, k, way)
    width = 2.0 * widest(domain, way) / (_PLACES if domain.shape[0] == 1 else _MANY)
    count, found = int((high - low) / width) + 2 if high > low else 0, 0
    place, value, slope, places, slopes = low, 0.0, 0.0, work[4], work[3]
    for first in range(0, count, W):
        number = min(W, count - first)
        for j in range(number):
            places[j] = low + (high - low) * (first + j) / (count - 1)
        look_along(geometry, source, places[:number], k, way, moments, (work[0], work[1], slopes))
        for j in range(number):
            here, new, rise = low + (high - low) * (first + j) / (count - 1), places[j] - target, slopes[j]
            begin, end = place, math.inf
            if first + j > 0:
                middle, there = turning_point((place, here), (value, new), (slope, rise))
                if value < 0.0 <= new:
                    end = here
                elif middle < here and there * value < 0.0:
                    begin, end = (place, middle) if value < 0.0 else (middle, here)
            if end < math.inf:
                if found == slot:
                    return upward(geometry, source, (begin, end), target, k, way, moments, work)
                found += 1
            place, value, slope = here, new, rise
    return math.inf


@routine
def scattered(geometry, source, domain, dice, target, way, moments, work):
    """A state (k_x, k_y) that a diffuse wall leads to, the line it was drawn on, and how many were; 0 lines without one.

    dice: seed, number of the packet, number of the event, and the first draw.
    """
    seed, number, event, first = dice
    reach = widest(domain, (-way[1], way[0]))
    for draw in range(first, first + _LINES):
        one, other = two_uniforms(seed, number, event, draw)
        along, slot = reach * (2.0 * one - 1.0), int(_SLOTS * other)
        k = (-along * way[1], along * way[0], 0.0)
        q = state_on_line(geometry, source, domain, slot, target, k, way, moments, work)
        if q < math.inf:
            return k[0] + q * way[0], k[1] + q * way[1], draw + 1
    return 0.0, 0.0, 0
