"""Paths between saves: smooth where the saves tell that they are, straight where a packet may have turned in a moment."""

import numpy as np

from wavepacket.arrays import Flags, Float

__all__ = ["PARTS", "between", "drawn_parts", "hops", "resampled", "subdivided", "without_hops"]

PARTS = 6
"""Of the way from frame to frame of a movie, so that tails are round."""
_ENOUGH = 400  # points of a path that is drawn as a whole
_HOP = 8.0  # times the median step
_LONG_HOP = 0.3  # of the farthest way from the start
_LEAST_HOP = 0.05  # of the farthest way from the start
_FEWEST = 5  # saves from which a path can be told to be smooth
_MISSED = 0.25  # of the longest step: a save that its neighbours miss by more is a bounce, a collision, or one turn of many


def hops(time: Float, wavevector: Float) -> Flags:
    """Steps (n, T − 1) of wavevectors (n, T, 3) in which a collision or a wall took a packet far away.

    They are many usual steps long, or long at all on a path that is not smooth.
    """
    steps = np.nan_to_num(np.linalg.norm(np.diff(wavevector, axis=1), axis=2))
    far = np.nan_to_num(np.linalg.norm(wavevector - wavevector[:, :1], axis=2)).max(axis=1, initial=0.0)
    finite = np.isfinite(wavevector).all(axis=(1, 2))
    rough = np.zeros(len(wavevector), dtype=bool)
    if finite.any():
        rough[finite] = ~_is_smooth(time, wavevector[finite])
    long = steps > _LONG_HOP * far[:, None]
    unusual = (steps > _HOP * np.median(steps, axis=1, keepdims=True)) & (steps > _LEAST_HOP * far[:, None])
    found: Flags = (rough[:, None] & long) | unusual
    return found


def without_hops(time: Float, paths: Float, stamps: Float, hopped: Flags) -> Float:
    """As `between`; a packet that hops (n, T − 1) stays where it was for half of the step; in its middle is a gap (NaN)."""
    found = between(time, paths, stamps)
    place = np.interp(stamps, time, np.arange(len(time)))
    before = np.minimum(place.astype(np.int64), len(time) - 2)
    part = place - before
    here, inside = hopped[:, before], (part > 0) & (part < 1)
    held = paths[:, np.where(part < 0.5, before, before + 1)]
    first = np.flatnonzero(np.diff(before, prepend=-1))
    middle = np.zeros(len(stamps), dtype=bool)
    for start, stop in zip(first, [*first[1:], len(stamps)], strict=True):
        middle[start + int(np.argmin(np.abs(part[start:stop] - 0.5)))] = True
    found = np.where((here & inside)[..., None], held, found)
    return np.where((here & inside & middle)[..., None], np.nan, found)


def between(time: Float, paths: Float, stamps: Float) -> Float:
    """Paths (n, T, d) at the times ``stamps`` (F,) from the first to the last of ``time`` (T,), (n, F, d).

    A cubic spline runs through the saves of a path, which keeps circles round: it is wrong by h⁴/77 of the fourth
    derivative, with h between saves. A path whose every second save is not where the others lead to is joined by straight
    lines. It ends at its last finite save, and there is nothing (NaN) behind that.
    """
    found = np.full((len(paths), len(stamps), paths.shape[2]), np.nan)
    finite = np.all(np.isfinite(paths), axis=2)
    known = np.where(finite.all(axis=1), finite.shape[1], np.argmin(finite, axis=1))
    for number in np.unique(known[known > 0]).tolist():
        rows, inside = np.flatnonzero(known == number), stamps <= time[number - 1] * (1 + 1e-12)
        values = _interpolated(time[:number], paths[rows, :number], stamps[inside])
        found[np.ix_(rows, np.flatnonzero(inside))] = values
    return found


def _interpolated(time: Float, paths: Float, stamps: Float) -> Float:
    """Finite paths (n, T, d) at times within theirs."""
    if len(time) == 1:
        return np.repeat(paths, len(stamps), axis=1)
    place = np.interp(stamps, time, np.arange(len(time)))
    before = np.minimum(place.astype(np.int64), len(time) - 2)
    part = (place - before)[:, None]
    values: Float = paths[:, before] * (1 - part) + paths[:, before + 1] * part
    smooth = _is_smooth(time, paths)
    if smooth.any():
        from scipy.interpolate import CubicSpline  # takes a while to load

        values[smooth] = CubicSpline(time, paths[smooth], axis=1)(stamps)
    return values


def _is_smooth(time: Float, paths: Float) -> Flags:
    """Whether every second save (of those between the first and the last) lies where the others lead to, (n,)."""
    if len(time) < _FEWEST:
        return np.zeros(len(paths), dtype=bool)
    from scipy.interpolate import CubicSpline

    kept = np.union1d(np.arange(0, len(time), 2), [len(time) - 1])
    left = np.setdiff1d(np.arange(len(time)), kept)
    missed = CubicSpline(time[kept], paths[:, kept], axis=1)(time[left]) - paths[:, left]
    steps = np.linalg.norm(np.diff(paths, axis=1), axis=2)
    smooth: Flags = np.linalg.norm(missed, axis=2).max(axis=1) <= _MISSED * steps.max(axis=1)
    return smooth


def resampled(time: Float, paths: Float, stamps: Float, hopped: Flags | None = None) -> tuple[Float, Flags]:
    """Paths (n, T, d) at the times of frames (F,), (F, n, d), and whether each packet still moved, (F, n).

    A packet that was stopped stays at its last finite place of a frame. ``hopped`` as in `without_hops`: one that hops stays
    where it was until it is elsewhere.
    """
    found = between(time, paths, stamps) if hopped is None else without_hops(time, paths, stamps, hopped)
    points = np.moveaxis(found, 1, 0)
    moving: Flags = np.all(np.isfinite(points), axis=2)
    if hopped is not None:
        still: Flags = np.all(np.isfinite(between(time, paths, stamps)), axis=2).T
        latest = np.maximum.accumulate(np.where(moving, np.arange(len(stamps))[:, None], 0), axis=0)
        return points[latest, np.arange(points.shape[1])], still
    latest = np.maximum.accumulate(np.where(moving, np.arange(len(stamps))[:, None], 0), axis=0)
    return points[latest, np.arange(points.shape[1])], moving


def drawn_parts(saves: int) -> int:
    """Steps between two saves of a path that is drawn as a whole."""
    return max(1, min(20, -(-_ENOUGH // saves)))


def subdivided(time: Float, parts: int) -> Float:
    """Times (T,) with ``parts`` steps between each two of them."""
    return np.interp(np.arange(parts * (len(time) - 1) + 1) / parts, np.arange(len(time)), time)
