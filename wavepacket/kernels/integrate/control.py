"""What happens to a packet after a step: accept or reject, next step length, monitors, reasons to stop."""

from wavepacket.kernels import lanes as row_of
from wavepacket.kernels.elementary import inverse_eighth_root
from wavepacket.kernels.jit.decorators import routine, scalar
from wavepacket.kernels.lanes import (
    ACCEPTED,
    BEFORE,
    CONSERVED,
    DRIFT,
    ERROR,
    FACTOR_HIGH,
    FACTOR_LOW,
    FRESH,
    GAP_LOW,
    HERE,
    MIXED,
    NOW,
    ORIGIN,
    REACHED,
    REJECTED,
    SAVED,
    STEP,
    STOP,
    TARGET,
    TIME,
    used_lanes,
)
from wavepacket.kernels.layout import (
    CURVATURE,
    ENERGY,
    GAP,
    LANES,
    MOMENT_SHIFT,
    NEED_MIXING,
    POTENTIAL_ENERGY,
    REDUCED_SHIFT,
)
from wavepacket.kernels.motion.equations import (
    density_of_states_factor,
    squared_mixing,
    three,
    with_shift,
    zeeman_energy,
)
from wavepacket.kernels.motion.fields import CHARGE, MOMENT_FIELD, REDUCED_FIELD
from wavepacket.kernels.vectors import dot

W = LANES

# Places in ``control``.
SUBSTEPS = 0  # steps between two saves of a fixed-step method; 0 means adaptive
MAXIMUM_STEPS = 1
MINIMUM_FACTOR = 2  # smallest D
MINIMUM_GAP = 3  # eV
CUTOFF = 4  # largest |k| of a k·p model, 1/Å
FIRST_PHASE = 5  # a first step moves k by this much, 1/Å
MAXIMUM_STEP = 6  # fs
MEMORY = 7  # part of the error of the step before that counts for the next length
LEAST_TIME = 8  # fs: a step is too short for the time that it leads from, at least this
INTERPOLATES = 9  # 1 with dense output; else adaptive steps end at the saves, and their inside is looked at along a cubic
LONGEST_PHASE = 10  # change of k in a step, in units of 1/a, that the stages resolve
UNSEEN = 11  # how far below the lowest gap at a stage a cone may lead between two, of highest less lowest
SURVIVAL = 12  # exponent at which a free flight is over; 0 for paths
BREAK_COUNT = 13
BREAKS = 14  # from here on times, fs, where E(t) is not smooth: steps end there
# Then for each pulse: when it begins, when it is over, and the longest step in between, fs.

# Status codes, the same numbers as wavepacket.errors.Status.
MAX_STEPS, STEP_UNDERFLOW, NON_FINITE = 10.0, 20.0, 30.0
DENSITY_OF_STATES, GAP_TOO_SMALL, LEFT_DOMAIN = 40.0, 50.0, 60.0
ABSORBED, NO_REFLECTION = 70.0, 80.0

# 0.9 rejects a fifth of all steps of an oscillating packet; this is faster at equal error, and kinder to dense output.
SAFETY, SHRINK, GROW = 0.75, 0.2, 6.0
_TINY = 1e-14


@routine
def judge(lanes, error, count):
    """Accept a step whose error is at most one and find the time that it reaches."""
    for l in range(used_lanes(count)):
        t, h, target = lanes[TIME * W + l], lanes[STEP * W + l], lanes[TARGET * W + l]
        lanes[ERROR * W + l] = error[l]
        lanes[ACCEPTED * W + l] = 1.0 if error[l] <= 1.0 else 0.0
        lanes[REACHED * W + l] = target if h >= target - t else t + h


@routine
def monitor(lanes, new_state, band, field, environment, control, count):
    """Extremes of D and gap, the drift of the conserved energy, and reasons to stop, at the end of accepted steps."""
    b = (environment[REDUCED_FIELD], environment[REDUCED_FIELD + 1], environment[REDUCED_FIELD + 2])
    moment_field = (environment[MOMENT_FIELD], environment[MOMENT_FIELD + 1], environment[MOMENT_FIELD + 2])
    charge, cutoff = environment[CHARGE], control[CUTOFF] * control[CUTOFF]
    smallest_gap, smallest_factor = control[MINIMUM_GAP], control[MINIMUM_FACTOR]
    for l in range(used_lanes(count)):
        new = lanes[ACCEPTED * W + l] > 0.0
        here = with_shift(b, field, REDUCED_SHIFT, l)
        factor = density_of_states_factor(dot(here, three(band, CURVATURE * W + l)))
        gap = band[GAP * W + l]
        k, r, r0 = three(new_state, l), three(new_state, 3 * W + l), three(lanes, ORIGIN * W + l)
        path = (r[0] - r0[0], r[1] - r0[1], r[2] - r0[2])
        moments = with_shift(moment_field, field, MOMENT_SHIFT, l)
        energy = band[ENERGY * W + l] + zeeman_energy(band, l, moments)
        energy += field[POTENTIAL_ENERGY * W + l] - charge * dot(three(field, l), path)
        conserved = energy if lanes[FRESH * W + l] > 0.0 else lanes[CONSERVED * W + l]
        lanes[CONSERVED * W + l] = conserved
        drift, low = abs(energy - conserved), lanes[FACTOR_LOW * W + l]
        high, closest = lanes[FACTOR_HIGH * W + l], lanes[GAP_LOW * W + l]
        lanes[DRIFT * W + l] = drift if new and drift > lanes[DRIFT * W + l] else lanes[DRIFT * W + l]
        lanes[FACTOR_LOW * W + l] = factor if new and factor < low else low
        lanes[FACTOR_HIGH * W + l] = factor if new and factor > high else high
        lanes[GAP_LOW * W + l] = gap if new and gap < closest else closest
        stop = 0.0 if energy - energy == 0.0 else NON_FINITE  # infinite or not a number
        stop = LEFT_DOMAIN if dot(k, k) > cutoff else stop
        stop = GAP_TOO_SMALL if gap < smallest_gap else stop
        stop = DENSITY_OF_STATES if factor < smallest_factor else stop
        lanes[STOP * W + l] = stop if new else lanes[STOP * W + l]
        lanes[HERE * W + l] = gap if new else lanes[HERE * W + l]


@routine
def monitor_mixing(watch, watched, source, count, lanes, k, rates, band):
    """The largest interband mixing at the ends of accepted steps, if it is wanted; ``band`` may be written over.

    Where the end of a step was not evaluated with it, this takes an evaluation of its own, of a band source that gives it.
    """
    known = source[4][0] & NEED_MIXING
    if not known and watched[0] & NEED_MIXING:
        watch(k, count, watched, source[1], source[2], band)
        known = watched[0] & NEED_MIXING
    if known:
        for l in range(used_lanes(count)):
            new, largest = lanes[ACCEPTED * W + l] > 0.0, lanes[MIXED * W + l]
            value = squared_mixing(band, rates, l)
            lanes[MIXED * W + l] = value if new and value > largest else largest


@routine
def next_step(lanes, new_state, rates, new_rates, control, count):
    """Choose the next length and commit accepted steps: Hairer, Nørsett and Wanner (1993), section II.4, exponent 1/8.

    No step leads over a break, a pulse or the end. ``rates`` belong to the state at its start, ``new_rates`` to
    ``new_state``.
    """
    choose_length(lanes, new_rates, control, count)
    keep_to_field(lanes, control, count)
    used = used_lanes(count)
    for row in range(len(new_state) // W):
        for l in range(used):
            new = lanes[ACCEPTED * W + l] > 0.0
            place = row * W + l
            # All four are loaded before anything is chosen: a choice of what to load would not vectorise.
            before, after = lanes[NOW * W + place], new_state[place]
            first, last = rates[place], new_rates[place]
            lanes[NOW * W + place] = after if new else before
            rates[place] = last if new else first


@routine
def choose_length(lanes, new_rates, control, count):
    """Next step length and time of every lane; packets whose steps have become too short stop."""
    first_phase, longest, memory = control[FIRST_PHASE], control[MAXIMUM_STEP], control[MEMORY]
    least, is_flight = control[LEAST_TIME], control[SURVIVAL] > 0.0
    for l in range(used_lanes(count)):
        new = lanes[ACCEPTED * W + l] > 0.0
        error, h = lanes[ERROR * W + l], lanes[STEP * W + l]
        before = lanes[BEFORE * W + l]
        lanes[BEFORE * W + l] = error if new else before
        factor = SAFETY * inverse_eighth_root(max(max(error, memory * before), 1e-12))
        limit = 1.0 if lanes[REJECTED * W + l] > 0.0 else GROW
        factor = min(max(factor, SHRINK), limit)
        factor = factor if error >= 0.0 else SHRINK  # the error is not a number
        kx, ky, kz = three(new_rates, l)
        speed = abs(kx) + abs(ky) + abs(kz)
        fresh = lanes[FRESH * W + l] > 0.0
        following = min(first_phase / max(speed, 1e-300) if fresh else factor * h, longest)
        t = lanes[TIME * W + l]
        # A flight ends one rejection earlier.
        tried = following if is_flight else h
        lost = 1.0 if tried <= _TINY * max(least, abs(t)) else 0.0
        reason = STEP_UNDERFLOW if error >= 0.0 else NON_FINITE
        stop = lanes[STOP * W + l]
        reason = reason if lost > 0.0 else stop
        lanes[STOP * W + l] = stop if new else reason
        t = lanes[REACHED * W + l] if new else t
        lanes[TIME * W + l] = t
        lanes[STEP * W + l] = following
        lanes[TARGET * W + l] = lanes[row_of.END * W + l]
        lanes[REJECTED * W + l] = 0.0 if new else 1.0
        lanes[FRESH * W + l] = 0.0 if new else lanes[FRESH * W + l]


@routine
def keep_to_field(lanes, control, count):
    """Let the next step end at the next break of E(t), and lead over no pulse."""
    used = used_lanes(count)
    pulses = BREAKS + int(control[BREAK_COUNT])
    for time in control[BREAKS:pulses]:
        for l in range(used):
            target = lanes[TARGET * W + l]
            lanes[TARGET * W + l] = time if lanes[TIME * W + l] < time and time < target else target
    for l in range(used):
        lanes[STEP * W + l] = min(lanes[STEP * W + l], lanes[TARGET * W + l] - lanes[TIME * W + l])
    for pulse in range(pulses, len(control), 3):
        begin, over, width = control[pulse], control[pulse + 1], control[pulse + 2]
        for l in range(used):
            t, h = lanes[TIME * W + l], lanes[STEP * W + l]
            room = max(width, begin - t)
            lanes[STEP * W + l] = min(h, room) if t < over else h


@routine
def keep_to_saves(lanes, counts, requested, count):
    """Let the next step end at the next save at the latest."""
    for l in range(count):
        t, target = lanes[TIME * W + l], min(lanes[TARGET * W + l], requested[counts[SAVED * W + l]])
        lanes[TARGET * W + l] = target
        lanes[STEP * W + l] = min(lanes[STEP * W + l], target - t)


@scalar
def ends_at_saves(control):
    """Whether a method chooses its steps and has no dense output."""
    return control[SUBSTEPS] == 0.0 and control[INTERPOLATES] == 0.0


@scalar
def fixed_step(lanes, l, tried, times, substeps):
    """Set length and end of the next fixed step of lane l from its index, so that saves fall on ends of steps."""
    interval, part = tried // substeps, tried % substeps
    h, reached = 0.0, lanes[TIME * W + l]
    if interval < len(times) - 1:
        h = (times[interval + 1] - times[interval]) / substeps
        reached = times[interval + 1] if part == substeps - 1 else times[interval] + (part + 1) * h
    lanes[STEP * W + l] = h
    lanes[REACHED * W + l] = reached
    lanes[ACCEPTED * W + l] = 1.0
    lanes[ERROR * W + l] = 0.0
