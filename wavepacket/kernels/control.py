"""What happens to a packet after a step: accept or reject, next step length, monitors, reasons to stop."""

from wavepacket.kernels._jit import scalar
from wavepacket.kernels.elementary import inverse_eighth_root
from wavepacket.kernels.fields import CHARGE, MOMENT_FIELD, REDUCED_FIELD
from wavepacket.kernels.layout import CURVATURE, ENERGY, GAP, LANES, LAST_STAGE, STATE
from wavepacket.kernels.motion import density_of_states_factor, three, zeeman_energy
from wavepacket.kernels.vectors import dot

W = LANES
ROWS = STATE * W

# Places in ``control``.
SUBSTEPS = 0  # steps between two saves of a fixed-step method; 0 means adaptive
MAXIMUM_STEPS = 1
MINIMUM_FACTOR = 2  # smallest D
MINIMUM_GAP = 3  # eV
CUTOFF = 4  # largest |k| of a k·p model, 1/Å
FIRST_PHASE = 5  # a first step moves k by this much, 1/Å
MAXIMUM_STEP = 6  # fs

# Status codes, the same numbers as wavepacket.errors.Status.
MAX_STEPS, STEP_UNDERFLOW, NON_FINITE, DENSITY_OF_STATES, GAP_TOO_SMALL, LEFT_DOMAIN = 10, 20, 30, 40, 50, 60

_SAFETY, _SHRINK, _GROW = 0.9, 0.2, 6.0
_TINY = 1e-14


@scalar
def judge(lanes, end):
    """Accept a step whose error is at most one and find the time that it reaches; vectorised over lanes."""
    for l in range(W):
        lanes.accepted[l] = 1.0 if lanes.error[l] <= 1.0 else 0.0
        lanes.next_time[l] = end if lanes.h[l] >= end - lanes.t[l] else lanes.t[l] + lanes.h[l]


@scalar
def monitor(lanes, environment, control):
    """Extremes of D and gap, the drift of the conserved energy, and reasons to stop, at the end of accepted steps."""
    b = (environment[REDUCED_FIELD], environment[REDUCED_FIELD + 1], environment[REDUCED_FIELD + 2])
    moment_field = (environment[MOMENT_FIELD], environment[MOMENT_FIELD + 1], environment[MOMENT_FIELD + 2])
    charge = environment[CHARGE]
    for l in range(W):
        new = lanes.accepted[l] > 0.0
        factor = density_of_states_factor(b, three(lanes.band, CURVATURE, l))
        gap = lanes.band[GAP * W + l]
        k, r, r0 = three(lanes.new, 0, l), three(lanes.new, 3, l), three(lanes.origin, 0, l)
        path = (r[0] - r0[0], r[1] - r0[1], r[2] - r0[2])
        energy = lanes.band[ENERGY * W + l] + zeeman_energy(lanes.band, l, moment_field)
        energy -= charge * dot(three(lanes.field, 0, l), path)
        lanes.energy[l] = energy if lanes.fresh[l] > 0.0 else lanes.energy[l]
        drift = abs(energy - lanes.energy[l])
        lanes.drift[l] = drift if new and drift > lanes.drift[l] else lanes.drift[l]
        lanes.factor_low[l] = factor if new and factor < lanes.factor_low[l] else lanes.factor_low[l]
        lanes.factor_high[l] = factor if new and factor > lanes.factor_high[l] else lanes.factor_high[l]
        lanes.gap_low[l] = gap if new and gap < lanes.gap_low[l] else lanes.gap_low[l]
        stop = 0.0
        stop = float(LEFT_DOMAIN) if dot(k, k) > control[CUTOFF] * control[CUTOFF] else stop
        stop = float(GAP_TOO_SMALL) if gap < control[MINIMUM_GAP] else stop
        stop = float(DENSITY_OF_STATES) if factor < control[MINIMUM_FACTOR] else stop
        lanes.stop[l] = stop if new else lanes.stop[l]


@scalar
def next_step(lanes, end, control):
    """Commit accepted steps and choose the next length: Hairer, Nørsett and Wanner (1993), section II.4, exponent 1/8."""
    for l in range(W):
        new = lanes.accepted[l] > 0.0
        factor = _SAFETY * inverse_eighth_root(max(lanes.error[l], 1e-12))
        limit = 1.0 if lanes.rejected[l] > 0.0 else _GROW
        factor = min(max(factor, _SHRINK), limit)
        factor = factor if lanes.error[l] >= 0.0 else _SHRINK  # the error is not a number
        kx, ky, kz = three(lanes.K, LAST_STAGE * STATE, l)
        speed = abs(kx) + abs(ky) + abs(kz)
        first = control[FIRST_PHASE] / max(speed, 1e-300)
        h = min(first if lanes.fresh[l] > 0.0 else factor * lanes.h[l], control[MAXIMUM_STEP])
        tiny = _TINY * max(abs(end), abs(lanes.t[l]))
        lost = not new and lanes.h[l] <= tiny
        reason = float(STEP_UNDERFLOW) if lanes.error[l] >= 0.0 else float(NON_FINITE)
        lanes.stop[l] = reason if lost else lanes.stop[l]
        lanes.t[l] = lanes.next_time[l] if new else lanes.t[l]
        lanes.h[l] = min(h, end - lanes.t[l])
        lanes.rejected[l] = 0.0 if new else 1.0
        lanes.fresh[l] = 0.0 if new else lanes.fresh[l]
    for row in range(STATE):
        for l in range(W):
            new = lanes.accepted[l] > 0.0
            place = row * W + l
            last = LAST_STAGE * ROWS + place
            lanes.y[place] = lanes.new[place] if new else lanes.y[place]
            lanes.K[place] = lanes.K[last] if new else lanes.K[place]


@scalar
def fixed_step(lanes, l, times, substeps):
    """Length and end of the next fixed step of lane l, from its index, so that saves fall on ends of steps."""
    index = lanes.steps[l] - 1  # the first step has length zero
    interval, part = max(index, 0) // substeps, max(index, 0) % substeps
    if index < 0 or interval >= len(times) - 1:
        return 0.0, lanes.t[l]
    h = (times[interval + 1] - times[interval]) / substeps
    if part == substeps - 1:
        return h, times[interval + 1]
    return h, times[interval] + (part + 1) * h
