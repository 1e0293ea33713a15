"""Paths between saves: smooth where the saves tell that they are, straight where a packet may have turned in a moment."""

import numpy as np

from wavepacket.arrays import Flags, Float

__all__ = ["PARTS", "between", "drawn_parts", "resampled", "subdivided"]

PARTS = 6
"""Of the way from frame to frame of a movie, so that tails are round."""
_ENOUGH = 400  # points of a path that is drawn as a whole
_FEWEST = 5  # saves from which a path can be told to be smooth
_MISSED = 0.25  # of the longest step: a save that its neighbours miss by more is a bounce, a collision, or one turn of many


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


def resampled(time: Float, paths: Float, stamps: Float) -> tuple[Float, Flags]:
    """Paths (n, T, d) at the times of frames (F,), (F, n, d), and whether each packet still moved, (F, n).

    A packet that was stopped stays at its last finite place of a frame.
    """
    points = np.moveaxis(between(time, paths, stamps), 1, 0)
    moving: Flags = np.all(np.isfinite(points), axis=2)
    latest = np.maximum.accumulate(np.where(moving, np.arange(len(stamps))[:, None], 0), axis=0)
    return points[latest, np.arange(points.shape[1])], moving


def drawn_parts(saves: int) -> int:
    """Steps between two saves of a path that is drawn as a whole."""
    return max(1, min(20, -(-_ENOUGH // saves)))


def subdivided(time: Float, parts: int) -> Float:
    """Times (T,) with ``parts`` steps between each two of them."""
    return np.interp(np.arange(parts * (len(time) - 1) + 1) / parts, np.arange(len(time)), time)
