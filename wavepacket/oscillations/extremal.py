"""Extremal orbits: planes across B are cut, and closed curves led along B to where their area stands still."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import brentq

from wavepacket.arrays import Float
from wavepacket.hamiltonians.zone import face_vectors, fold_by_faces
from wavepacket.oscillations.contours import Contours, Window
from wavepacket.oscillations.curve import Curve, led, smoothed
from wavepacket.oscillations.orbit import Orbit, orbit_of

__all__ = ["Found", "extremal_orbits"]

_STILL = 1e-9  # of |dA/dk_∥| over the root of the area, that is rounding
_OVERLAP = 0.55  # of a step between planes, to both sides: no extremum lies between two searches
_BEND = (
    0.02,
    0.004,
    0.0008,
)  # of the radius of an orbit: steps of the second derivative, less where a family ends nearby
_STEPS = 8  # of Newton's method
_SAME = 1e-5  # relative; orbits closer than this are one, or copies by symmetry

Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Found:
    """What the planes across B show.

    Attributes
    ----------
    orbits : extremal ones, the largest frequency first
    planes : how many were cut
    open : directions (3,) of open curves, with the share of planes that have them
    left : planes with curves that end at the border of what was looked at
    """

    orbits: tuple[Orbit, ...]
    planes: int
    open: tuple[tuple[Float, float], ...]
    left: int


def extremal_orbits(window: Window, level: float, *, planes: int, progress: Progress) -> Found:
    """Cut ε = level by planes and search between them.

    Parameters
    ----------
    planes : across the zone along B, an odd number; a layer has one
    """
    layer = window.section.band.axes < 3
    height, step = window.extent[2], 2 * window.extent[2] / max(planes - 1, 1)
    places = np.zeros(1) if layer else np.linspace(-height - step, height + step, planes + 2)
    if not layer:
        marked = window.marked()
        marked = marked[np.abs(marked) <= height]
        apart = [np.abs(places - place).min() > 1e-9 * height for place in marked]
        places = np.sort(np.concatenate([places, marked[apart]]))
    found, cuts = list[Orbit](), list[Contours]()
    for number, along in enumerate(places):
        cuts.append(window.contours(float(along), level))
        for polygon in cuts[-1].closed:
            curve = led(window.section, smoothed(polygon), float(along), level, reach=window.step)
            if curve is not None:
                found.extend(_flat(curve) if layer else _between(curve, _OVERLAP * step))
        progress(number + 1, len(places))
    left = sum(cut.left > 0 for cut in cuts)
    return Found(_merged(window, found), len(places), _open(cuts), left)


def _flat(curve: Curve) -> Iterable[Orbit]:
    orbit = orbit_of(curve)
    return () if orbit is None else (replace(orbit, extremum="layer"),)


def _between(curve: Curve, reach: float) -> Iterable[Orbit]:
    """Extremal orbits of the family of a curve within a distance along B."""
    known = [curve.moved(along=curve.along - reach), curve, curve.moved(along=curve.along + reach)]
    slopes = [0.0 if each is None else each.along_slope for each in known]
    still = _STILL * np.sqrt(curve.area)
    if None not in known and max(map(abs, slopes)) <= still:
        orbit = orbit_of(curve)
        if orbit is not None:
            yield replace(orbit, extremum="constant", bend=0.0)
        return
    if abs(slopes[1]) <= still:  # rounding decides its sign
        places: list[float | None] = [curve.along]
    else:
        pairs = zip(known[:-1], known[1:], slopes[:-1], slopes[1:], strict=True)
        places = [_root(one, other.along) for one, other, a, b in pairs if one and other and a * b < 0]
    for place in places:
        orbit = None if place is None else _extremum(curve, place)
        if orbit is not None:
            yield orbit


def _root(curve: Curve, end: float) -> float | None:
    """Where dA/dk_∥ vanishes between a curve and a plane."""
    lost = False

    def slope(along: float) -> float:
        nonlocal lost
        moved = curve.moved(along=along)
        lost = lost or moved is None
        return 0.0 if moved is None else moved.along_slope

    begin = curve.along
    if slope(begin) * slope(end) >= 0 or lost:
        return None
    place = brentq(slope, begin, end, xtol=1e-12 * (abs(end - begin) + 1e-3), rtol=1e-14)
    return None if lost else float(place)


def _extremum(curve: Curve, along: float) -> Orbit | None:
    """The orbit at a place, led to where dA/dk_∥ vanishes by Newton's method on resolved curves."""
    moved, bend = curve.moved(along=along), 0.0
    for number in range(_STEPS):
        orbit = None if moved is None else orbit_of(moved)
        if orbit is None:
            return None
        slope = orbit.curve.along_slope
        still = abs(slope) <= _STILL * np.sqrt(orbit.area)
        if still or number == 0:
            bend = _bend(orbit.curve)
        if still:
            return replace(orbit, bend=bend, extremum="maximum" if bend < 0 else "minimum")
        if not abs(slope) < _BEND[0] * np.sqrt(orbit.area) * abs(bend):
            return None
        moved = orbit.curve.moved(along=orbit.along - slope / bend)
    return None


def _bend(curve: Curve) -> float:
    """d²A/dk_∥² from differences of dA/dk_∥, of fourth order; not a number where the family ends nearby."""
    for share in _BEND:
        step = share * np.sqrt(curve.area / np.pi)
        moved = [curve.moved(along=curve.along + side * step) for side in (-2, -1, 1, 2)]
        slopes = [each.along_slope for each in moved if each is not None]
        if len(slopes) == 4:
            return float((slopes[0] - 8 * slopes[1] + 8 * slopes[2] - slopes[3]) / (12 * step))
    return float("nan")


def _merged(window: Window, orbits: Sequence[Orbit]) -> tuple[Orbit, ...]:
    """Leave out what was found twice, and count copies by symmetry; the largest frequency first."""
    distinct, kept = list[Orbit](), list[Orbit]()
    for orbit in orbits:
        if not any(_numbers_agree(orbit, each) and _same_place(window, orbit, each) for each in distinct):
            distinct.append(orbit)
    for orbit in distinct:
        for i, each in enumerate(kept):
            if _numbers_agree(orbit, each):
                # Of a cylinder along B each plane shows the same orbit.
                kept[i] = replace(each, copies=each.copies + 1)
                break
        else:
            kept.append(orbit)
    return tuple(sorted(kept, key=lambda each: -each.frequency))


def _numbers_agree(one: Orbit, other: Orbit) -> bool:
    pairs = [(one.area, other.area), (one.curve.energy_slope, other.curve.energy_slope)]
    if not all(abs(a - b) <= _SAME * abs(b) for a, b in pairs) or one.extremum != other.extremum:
        return False
    turns = [np.exp(1j * np.array([each.berry_phase, each.moment_phase])) for each in (one, other)]
    return bool(np.all(np.nan_to_num(np.abs(turns[0] - turns[1])) < 100 * _SAME))


def _same_place(window: Window, one: Orbit, other: Orbit) -> bool:
    """Whether two orbits with the same numbers differ by a reciprocal vector, or by a way along a cylinder."""
    apart = other.centre - one.centre
    if one.extremum == "constant":
        apart = apart - (apart @ window.section.axis) * window.section.axis
    apart = fold_by_faces(apart, face_vectors(window.hamiltonian))
    return bool(np.linalg.norm(apart) < 0.05 * np.sqrt(one.area))


def _open(cuts: Sequence[Contours]) -> tuple[tuple[Float, float], ...]:
    """Directions of open curves, with the share of planes that have them."""
    directions: dict[tuple[float, ...], tuple[Float, int]] = {}
    for cut in cuts:
        seen = set()
        for period in cut.open:
            upward = period if tuple(period.round(9)) > tuple((-period).round(9)) else -period
            key = tuple(upward.round(9).tolist())
            if key not in seen:
                seen.add(key)
                directions[key] = (upward, directions.get(key, (upward, 0))[1] + 1)
    return tuple((vector, number / len(cuts)) for vector, number in directions.values())
