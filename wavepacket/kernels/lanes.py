"""The state of the packets in flight: LANES of them side by side, each with its own time and step."""

from collections import namedtuple

import numpy as np

from wavepacket.kernels._jit import scalar
from wavepacket.kernels.layout import DENSE, GEOMETRY, LANES, STAGES, STATE

W = LANES

# Block arrays: y, new (STATE rows), K (STAGES·STATE), point (3), polynomial (DENSE·STATE), band (GEOMETRY), field (3),
# origin (3, r at the start). One number a lane: t, h (fs), next_time (fs), sign, error, accepted (0 or 1), stop (status code),
# fresh (1 before the first rates are known), rejected (1 after a rejection), and the monitors. Integers a lane: packet (its
# number), saved (how many saves are done), steps (how many were tried).
Lanes = namedtuple(
    "Lanes",
    "y new K point polynomial band field origin t h next_time stage_time sign error accepted stop fresh rejected "
    "energy drift factor_low factor_high gap_low packet saved steps",
)


@scalar
def allocate():
    """Zeroed lanes."""
    return Lanes(
        np.zeros(STATE * W), np.zeros(STATE * W), np.zeros(STAGES * STATE * W), np.zeros(3 * W),
        np.zeros(DENSE * STATE * W), np.zeros(GEOMETRY * W), np.zeros(3 * W), np.zeros(3 * W),
        np.zeros(W), np.zeros(W), np.zeros(W), np.zeros(W), np.ones(W), np.zeros(W), np.zeros(W), np.zeros(W),
        np.zeros(W), np.zeros(W), np.zeros(W), np.zeros(W), np.zeros(W), np.zeros(W), np.zeros(W),
        np.zeros(W, dtype=np.int64), np.zeros(W, dtype=np.int64), np.zeros(W, dtype=np.int64),
    )  # fmt: skip


@scalar
def load(lanes, l, packet, start, sign, begin):
    """Put a packet into lane l; its first step has length zero and only finds the rates and the geometry there."""
    for row in range(STATE):
        lanes.y[row * W + l] = start[row]
        lanes.K[row * W + l] = 0.0
    for row in range(3):
        lanes.origin[row * W + l] = start[3 + row]
    lanes.t[l] = begin
    lanes.h[l] = 0.0
    lanes.sign[l] = sign
    lanes.stop[l] = 0.0
    lanes.fresh[l] = 1.0
    lanes.rejected[l] = 0.0
    lanes.drift[l] = 0.0
    lanes.factor_low[l] = np.inf
    lanes.factor_high[l] = -np.inf
    lanes.gap_low[l] = np.inf
    lanes.packet[l] = packet
    lanes.saved[l] = 0
    lanes.steps[l] = 0


@scalar
def move(lanes, source, target):
    """Close a gap among the active lanes: copy what a step starts from."""
    for row in range(STATE):
        lanes.y[row * W + target] = lanes.y[row * W + source]
        lanes.K[row * W + target] = lanes.K[row * W + source]
    for row in range(3):
        lanes.origin[row * W + target] = lanes.origin[row * W + source]
    for values in (
        lanes.t, lanes.h, lanes.sign, lanes.stop, lanes.fresh, lanes.rejected, lanes.energy, lanes.drift,
        lanes.factor_low, lanes.factor_high, lanes.gap_low,
    ):  # fmt: skip
        values[target] = values[source]
    for counts in (lanes.packet, lanes.saved, lanes.steps):
        counts[target] = counts[source]


@scalar
def park(lanes, l):
    """Leave lane l idle: it repeats steps of length zero, whose results nobody reads."""
    lanes.h[l] = 0.0
    lanes.fresh[l] = 1.0
