"""What a sweep of the direction of B says: anisotropic magnetoresistance and planar Hall effect against the angle.

B of one strength turns in a plane, by φ from the axis 1 of the plane towards 2. For a current along 1 an isotropic metal has

    ρ_11 = ρ_⊥ + Δρ cos²φ,    ρ_22 = ρ_⊥ + Δρ sin²φ,    (ρ_12 + ρ_21)/2 = Δρ sin φ cos φ,    Δρ = ρ_∥ − ρ_⊥

A crystal has more, so each of the three is fitted with a series in 2φ, of which those are the first terms:
y = a_0 + Σ a_n cos 2nφ + b_n sin 2nφ. Parts that are odd in B are not in it, and count as misfit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from wavepacket.arrays import Float
from wavepacket.observables import plain
from wavepacket.sweeps.magnetotransport import UNITS, Measured
from wavepacket.sweeps.table import Point, Sweep

__all__ = ["AngleFit", "Turned", "turned_field"]

_FIELD = "fields.magnetic"
_PARALLEL = 1e-9
_FEWEST = 4  # directions, opposite ones counted once
_MOST = 3  # harmonics of 2φ
_CLEAR = 30.0  # condition number up to which angles tell the harmonics apart


@dataclass(frozen=True, eq=False)
class AngleFit:
    """A series in 2φ.

    Attributes
    ----------
    cosines, sines : (N + 1,) a_n and b_n, in the unit of ρ; b_0 is 0
    cosine_errors, sine_errors : what the errors of the data and the largest misfit may add up to
    misfit : largest difference of the data
    """

    cosines: Float
    sines: Float
    cosine_errors: Float
    sine_errors: Float
    misfit: float

    def __call__(self, angle: Float) -> Float:
        """Value at angles (m,), rad."""
        turns = 2 * np.arange(len(self.cosines)) * angle[:, None]
        return np.asarray(np.cos(turns) @ self.cosines + np.sin(turns) @ self.sines)


@dataclass(frozen=True, eq=False)
class Turned:
    """ρ in a field that turns in a plane, all else the same.

    Attributes
    ----------
    settings : what else was swept
    strength : |B|, T
    axes : (2, 3) unit vectors 1 and 2 of the plane
    angle : (n,) φ, rad, ascending
    resistivity, errors : (n, 2, 2) between 1 and 2, in ``unit``
    """

    settings: Mapping[str, str]
    strength: float
    axes: Float
    angle: Float
    resistivity: Float
    errors: Float
    unit: str

    @property
    def names(self) -> tuple[str, str]:
        """Letters of the two axes; 1 and 2 where they are none of x, y, z."""
        letters = [
            [letter for letter, part in zip("xyz", axis, strict=True) if part > 1 - _PARALLEL]
            for axis in self.axes
        ]
        first, second = letters
        return (first[0], second[0]) if first and second else ("1", "2")

    def data(self, name: str) -> tuple[Float, Float]:
        """Values and errors (n,) of ``along`` (ρ_11), ``across`` (ρ_22) or ``planar`` ((ρ_12 + ρ_21)/2)."""
        i, j = {"along": (0, 0), "across": (1, 1), "planar": (0, 1)}[name]
        values, errors = (
            0.5 * (each + each.swapaxes(1, 2))[:, i, j] for each in (self.resistivity, self.errors)
        )
        return values, errors

    @cached_property
    def fits(self) -> dict[str, AngleFit] | None:
        """Of the three, by name; None where the angles do not tell the harmonics apart."""
        design = _design(self.angle)
        if design is None:
            return None
        return {name: _fitted(design, *self.data(name)) for name in ("along", "across", "planar")}

    @property
    def measured(self) -> dict[str, Measured]:
        """ρ_⊥ and Δρ of a current along 1, the same of one along 2, and Δρ of the planar Hall effect."""
        fits = self.fits
        if fits is None:
            return {}
        found = {}
        for name, sign in (("along", 1.0), ("across", -1.0)):
            a, error = fits[name].cosines, fits[name].cosine_errors
            found[f"{name}_perpendicular"] = Measured(
                float(a[0] - sign * a[1]), float(error[0] + error[1]), self.unit
            )
            found[f"{name}_change"] = Measured(float(2 * sign * a[1]), float(2 * error[1]), self.unit)
        b, error = fits["planar"].sines, fits["planar"].sine_errors
        return {**found, "planar_change": Measured(float(2 * b[1]), float(2 * error[1]), self.unit)}

    @property
    def rest(self) -> float:
        """Largest harmonic that the forms of an isotropic metal do not have, in the unit of ρ."""
        parts = [0.0]
        for name, fit in (self.fits or {}).items():
            parts += [*np.abs(fit.cosines[2:]), *np.abs(fit.sines[2:])]
            parts.append(abs(fit.cosines[1]) if name == "planar" else abs(fit.sines[1]))
            parts.append(abs(fit.cosines[0]) if name == "planar" else 0.0)
        return float(max(parts))

    @property
    def misfit(self) -> float:
        """Largest difference of any datum to its series."""
        return max((fit.misfit for fit in (self.fits or {}).values()), default=np.nan)

    def as_json(self) -> dict[str, Any]:
        """Plain lists and numbers; angles in degrees."""
        fits = {
            name: {
                "cosine": fit.cosines.tolist(), "cosine_uncertainty": plain(fit.cosine_errors),
                "sine": fit.sines.tolist(), "sine_uncertainty": plain(fit.sine_errors), "misfit": fit.misfit,
            }
            for name, fit in (self.fits or {}).items()
        }  # fmt: skip
        return {
            "settings": dict(self.settings), "strength": self.strength, "axes": self.axes.tolist(),
            "angle": np.degrees(self.angle).tolist(), "resistivity": self.resistivity.tolist(),
            "resistivity_uncertainty": plain(self.errors), "unit": self.unit,
            **{name: each.as_json() for name, each in self.measured.items()},
            "largest_other_harmonic": self.rest, "series_in_twice_the_angle": fits,
        }  # fmt: skip


def turned_field(sweep: Sweep) -> tuple[Turned, ...]:
    """What a sweep of the direction of B says, one for each strength and combination of what else was swept.

    There is none where B does not stay in a plane, has fewer than four directions, or lies out of the plane of a layer.
    """
    groups: dict[tuple[Any, ...], list[Point]] = {}
    for point in sweep.points:
        found = point.observables.get("resistivity")
        if (
            found is not None
            and isinstance(found.value, np.ndarray | list)
            and found.unit in UNITS.values()
            and any(point.magnetic)
        ):
            others = tuple((k, v) for k, v in point.settings.items() if not k.startswith(_FIELD))
            groups.setdefault((others, round(float(np.linalg.norm(point.magnetic)), 9)), []).append(point)
    made = [_of(dict(others), strength, points) for (others, strength), points in groups.items()]
    return tuple(each for each in made if each is not None)


def _of(settings: Mapping[str, str], strength: float, points: Sequence[Point]) -> Turned | None:
    field = np.array([point.magnetic for point in points]) / strength
    axes = _plane(field)
    observables = [point.observables["resistivity"] for point in points]
    if axes is None or (observables[0].unit == UNITS[2] and np.any(axes[:, 2])):
        return None
    angle = np.arctan2(field @ axes[1], field @ axes[0])
    angle = np.where(angle < -_PARALLEL, angle + 2 * np.pi, angle)
    order = np.argsort(angle, kind="stable")
    values = np.array([np.asarray(each.value, dtype=np.float64) for each in observables])
    errors = np.array(
        [
            np.full((3, 3), np.nan)
            if each.uncertainty is None
            else np.asarray(each.uncertainty, dtype=np.float64)
            for each in observables
        ]
    )
    if observables[0].unit == UNITS[2]:
        errors[:, 2], errors[:, :, 2] = 0.0, 0.0  # a layer has no such components
    return Turned(
        settings, strength, axes, angle[order], (axes @ values @ axes.T)[order],
        (np.abs(axes) @ errors @ np.abs(axes).T)[order], observables[0].unit,
    )  # fmt: skip


def _plane(field: Float) -> Float | None:
    """Axes (2, 3) of the plane in which unit vectors (n, 3) lie: 1 is z, x or y if that is in it, else the first of them."""
    _, size, rows = np.linalg.svd(field, full_matrices=True)
    if len(field) < _FEWEST or size[1] < 1e-3 or size[2] > _PARALLEL * size[0]:
        return None
    normal = rows[2]
    inside = [axis for axis in np.eye(3)[[2, 0, 1]] if abs(axis @ normal) < _PARALLEL]
    first = inside[0] if inside else field[0]
    second = np.cross(normal, first)
    second = second * np.sign(second[np.argmax(np.abs(second))])
    return np.asarray(np.round(np.stack([first, second]), 15) + 0.0)


def _design(angle: Float) -> Float | None:
    """Columns 1, cos 2φ, sin 2φ, … (n, 2N + 1) with as many harmonics as the angles tell apart, else None."""
    half = np.sort(np.mod(angle, np.pi))
    steps = np.diff(np.append(half, half[0] + np.pi))
    distinct = int(np.count_nonzero(steps > 1e-6))
    for harmonics in range(min(_MOST, (distinct - 2) // 2), 0, -1):
        turns = 2 * np.arange(1, harmonics + 1) * angle[:, None]
        design = np.concatenate([np.ones((len(angle), 1)), np.cos(turns), np.sin(turns)], axis=1)
        if np.linalg.cond(design) < _CLEAR:
            return design
    return None


def _fitted(design: Float, values: Float, errors: Float) -> AngleFit:
    number = design.shape[1]
    inverse = np.linalg.pinv(design)
    found = inverse @ values
    rest = values - design @ found
    # What the series lacks is a smooth function of the angle, no noise: it may add up as errors do.
    bound = np.abs(inverse) @ (errors + np.abs(rest).max())
    half = (number - 1) // 2
    nothing = np.zeros(1)
    return AngleFit(
        found[: half + 1], np.concatenate([nothing, found[half + 1 :]]), bound[: half + 1],
        np.concatenate([nothing, bound[half + 1 :]]), float(np.abs(rest).max()),
    )  # fmt: skip
