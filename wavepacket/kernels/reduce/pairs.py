"""Sums over pairs of bands at many k: what each state has of Ω and m, of the metric, and how far these are from rounding."""

from numba import types

from wavepacket.kernels.jit.decorators import REAL, kernel, routine

_TWO = types.float64[:, ::1]
_THREE = types.float64[:, :, ::1]
_FOUR = types.float64[:, :, :, ::1]
_VELOCITY = types.float64[:, :, :, :, ::1]


@routine
def exchange(v, i, j, x):
    """Real numbers i X_ij, X = ⟨i|V|j⟩ × ⟨j|V|i⟩, of three components."""
    for c in range(3):
        a, b = (c + 1) % 3, (c + 2) % 3
        x[c] = -2.0 * (v[a, i, j, 1] * v[b, i, j, 0] - v[a, i, j, 0] * v[b, i, j, 1])


@routine
def add_pair(x, i, j, inverse, vectors, sizes):
    """What a pair adds to Ω, 2 m/(e/ħ) and to the sizes of terms with 1/gap, 1/gap² and 1/gap³, (N, 2, 3) and (N, 3, 3)."""
    square = inverse * inverse
    for c in range(3):
        once, twice, size = x[c] * inverse, x[c] * square, abs(x[c] * inverse)
        vectors[i, 0, c] += twice
        vectors[j, 0, c] -= twice
        # 1/(ε_i − ε_j) and i X both change sign.
        vectors[i, 1, c] += once
        vectors[j, 1, c] += once
        for p in range(3):
            sizes[i, p, c] += size
            sizes[j, p, c] += size
            size *= abs(inverse)


@routine
def add_metric(v, i, j, inverse, metric):
    """Re⟨i|V_a|j⟩⟨j|V_b|i⟩ over gap² with its sign, without it, and over gap³, (N, 3, 9): state i is the lower one."""
    square = inverse * inverse
    for a in range(3):
        for b in range(3):
            term = (v[a, i, j, 0] * v[b, i, j, 0] + v[a, i, j, 1] * v[b, i, j, 1]) * square
            size, at = abs(term), 3 * a + b
            metric[i, 0, at] += term
            metric[j, 0, at] -= term
            metric[i, 1, at] += size
            metric[j, 1, at] += size
            metric[i, 2, at] += size * abs(inverse)
            metric[j, 2, at] += size * abs(inverse)


@kernel(types.void(_TWO, _VELOCITY, types.float64, REAL, _FOUR, _FOUR, _FOUR))
def sum_over_pairs(energy, velocity, tolerance, x, vectors, sizes, metric):
    """Sums over all partners further than ``tolerance`` away, see the routines; the metric where there is room for it."""
    count = energy.shape[1]
    for point in range(energy.shape[0]):
        for i in range(count):
            for j in range(i + 1, count):
                gap = energy[point, i] - energy[point, j]
                if -gap <= tolerance:
                    continue
                exchange(velocity[point], i, j, x)
                add_pair(x, i, j, 1.0 / gap, vectors[point], sizes[point])
                if metric.shape[0]:
                    add_metric(velocity[point], i, j, 1.0 / gap, metric[point])


@kernel(types.void(_TWO, _VELOCITY, types.int64[:, ::1], REAL, _THREE))
def sum_over_separated(energy, velocity, interval, x, sums):
    """Ω and Ω times the mean energy of pairs, (n, N, 6), from partners in other intervals between chemical potentials."""
    count = energy.shape[1]
    for point in range(energy.shape[0]):
        for i in range(count):
            for j in range(i + 1, count):
                if interval[point, i] == interval[point, j]:
                    continue
                exchange(velocity[point], i, j, x)
                gap = energy[point, j] - energy[point, i]
                mean = 0.5 * (energy[point, i] + energy[point, j])
                for c in range(3):
                    term = x[c] / (gap * gap)
                    sums[point, i, c] += term
                    sums[point, j, c] -= term
                    sums[point, i, 3 + c] += term * mean
                    sums[point, j, 3 + c] -= term * mean
