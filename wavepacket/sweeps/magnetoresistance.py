"""Magnetoresistance: what a magnetic field adds to the resistivity, from points of a sweep with and without it."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from wavepacket.observables import Observable
from wavepacket.sweeps.table import Point

__all__ = ["with_magnetoresistance"]

_FIELD = "fields.magnetic"


def with_magnetoresistance(points: Sequence[Point]) -> tuple[Point, ...]:
    """Add it to every point of a sweep of B that has a point without B and all else the same."""
    still = {_others(point): point for point in points if not any(point.magnetic) and _has_resistivity(point)}
    if not any(any(point.magnetic) for point in points):
        return tuple(points)
    return tuple(
        replace(point, observables={**point.observables, "magnetoresistance": change})
        if (change := _change(point, still.get(_others(point)))) is not None
        else point
        for point in points
    )


def _others(point: Point) -> tuple[tuple[str, str], ...]:
    """What was swept besides B."""
    return tuple((key, value) for key, value in point.settings.items() if not key.startswith(_FIELD))


def _has_resistivity(point: Point) -> bool:
    # At a finite frequency it is complex, and no magnetoresistance.
    return "resistivity" in point.observables and isinstance(
        point.observables["resistivity"].value, np.ndarray
    )


def _change(point: Point, still: Point | None) -> Observable | None:
    if still is None or not _has_resistivity(point):
        return None
    now, before = point.observables["resistivity"], still.observables["resistivity"]
    value, reference = np.diag(np.asarray(now.value)), np.diag(np.asarray(before.value))
    there = reference != 0.0  # directions outside the crystal have no resistivity
    safe = np.where(there, reference, 1.0)
    error = None
    if now.uncertainty is not None and before.uncertainty is not None:
        spread, reference_spread = (
            np.diag(np.asarray(now.uncertainty)),
            np.diag(np.asarray(before.uncertainty)),
        )
        error = np.where(there, np.hypot(spread, value / safe * reference_spread) / np.abs(safe), 0.0)
        error *= point is not still  # without B it is 0 by definition
    return Observable(
        "magnetoresistance", np.where(there, value / safe - 1.0, 0.0), error, "1",
        "[rho_aa(B) - rho_aa(0)]/rho_aa(0) for a = x, y, z; uncertainty: as if both were independent, though they share "
        "their starting points",
    )  # fmt: skip
