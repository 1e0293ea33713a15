"""What a sweep of B along one direction says as an experiment would: ρ(B), Hall effect in two parts, kinds of carriers.

The Hall resistivity is ρ_H = ρ_yx for B along z, the antisymmetric part of ρ about B. The rule: what is odd in B is
ordinary, what is even is anomalous. Where fields of both signs were swept they are combined, ρ_H(B) ∓ ρ_H(−B); else the
two parts are odd and even powers of B. R₀ is the slope of the odd part and ρ_AH the even part, both in the limit B → 0.
One relaxation time τ: without Berry curvature and moment ρ(B, τ)·τ depends on Bτ alone (Kohler's rule).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from wavepacket.analysis.monitors import departure
from wavepacket.analysis.response_tensors import hall_vector
from wavepacket.arrays import Float
from wavepacket.sweeps.table import Point, Sweep
from wavepacket.sweeps.two_carriers import Carrier, TwoCarriers, fit_two_carriers
from wavepacket.units import E2_OVER_H, ELEMENTARY_CHARGE

__all__ = ["UNITS", "Magnetotransport", "Measured", "magnetotransport"]

_FIELD = "fields.magnetic"
_FEWEST = 3  # values of B
_PARALLEL = 1e-9
_ISOTROPIC = 0.01  # of ρ: a larger difference between directions across B is none of isotropic carriers
_ORDERS = 5  # of the extrapolation to B = 0
# 1/m^d from σ/μ in the unit of a conductivity times T, per e: e²/h, S/cm.
_DENSITY = {2: E2_OVER_H / ELEMENTARY_CHARGE * 1e-4, 3: 100 / ELEMENTARY_CHARGE * 1e-6}
UNITS = {2: "h/e^2", 3: "ohm cm"}


@dataclass(frozen=True)
class Measured:
    """A number with its unit and uncertainty; not-a-number where it is not known."""

    value: float
    uncertainty: float
    unit: str

    def __str__(self) -> str:
        """Return them as one would write them."""
        error = f" ± {self.uncertainty:.1e}" if np.isfinite(self.uncertainty) else " ± unknown"
        return f"{self.value:.6g}{error} {self.unit}"

    def as_json(self) -> dict[str, Any]:
        """Plain numbers, null for what is not known."""
        pair = {"value": self.value, "uncertainty": self.uncertainty}
        return {key: each if np.isfinite(each) else None for key, each in pair.items()} | {"unit": self.unit}


@dataclass(frozen=True, eq=False)
class Magnetotransport:
    """ρ in fields along one direction, all else the same.

    Attributes
    ----------
    settings : what else was swept
    points : with a resistivity, by ascending B
    field : (n,) B along ``direction``, T
    direction : (3,) unit vector
    resistivity, errors : (n, 3, 3) in ``unit``
    known : whether all points have an uncertainty; where it is unknown ``errors`` are 0
    """

    settings: Mapping[str, str]
    points: tuple[Point, ...]
    field: Float
    direction: Float
    resistivity: Float
    errors: Float
    unit: str
    known: bool = True

    @property
    def dimension(self) -> int:
        """Of the crystal."""
        return next(d for d, unit in UNITS.items() if unit == self.unit)

    @property
    def both_signs(self) -> bool:
        """Whether each field was swept with its opposite."""
        return bool(np.allclose(self.field, -self.field[::-1], rtol=0, atol=1e-9 * np.abs(self.field).max()))

    @cached_property
    def hall(self) -> tuple[Float, Float]:
        """ρ_H (n,) and its error, a bound: both elements count in full."""
        values = np.array([self.direction @ hall_vector(each.T).real for each in self.resistivity])
        errors = np.array([np.abs(self.direction) @ _pairs(each) for each in self.errors])
        return values, errors

    @cached_property
    def across(self) -> tuple[Float, Float]:
        """Mean (n,) of the diagonal of ρ across B, and its error."""
        weights = (np.arange(3) < self.dimension) - self.direction**2 * (self.dimension == 3)
        diagonal, errors = (np.diagonal(each, axis1=1, axis2=2) for each in (self.resistivity, self.errors))
        plain = np.einsum("nab,a,b->n", self.resistivity, self.direction, self.direction)
        trace = diagonal[:, : self.dimension].sum(axis=1)
        return (trace - plain * (self.dimension == 3)) / 2, errors @ np.abs(weights) / 2

    @property
    def _anisotropy(self) -> Float:
        """Difference (n,) of the principal resistivities across B."""
        helper = np.eye(3)[np.argmin(np.abs(self.direction))]
        first = np.cross(helper, self.direction)
        plane = np.stack([first, np.cross(self.direction, first)]) / np.linalg.norm(first)
        even = 0.5 * (self.resistivity + self.resistivity.swapaxes(1, 2))
        return np.asarray(np.ptp(np.linalg.eigvalsh(plane @ even @ plane.T), axis=1))

    @cached_property
    def without_field(self) -> Measured:
        """ρ across B in the limit B → 0."""
        use = self.field >= 0
        across, error = self.across
        return self._measured(*_limit(across[use], error[use], self.field[use] ** 2), self.unit)

    @cached_property
    def anomalous(self) -> Measured:
        """ρ_AH, the limit of the even part of ρ_H."""
        return self._measured(*self._parts[:2], self.unit)

    @cached_property
    def ordinary(self) -> Measured:
        """R₀, the slope of the odd part of ρ_H at B → 0, m^d/C."""
        scale = {2: 1 / E2_OVER_H, 3: 0.01}[self.dimension]
        return self._measured(scale * self._parts[2], scale * self._parts[3], f"m^{self.dimension}/C")

    def _measured(self, value: float, error: float, unit: str) -> Measured:
        return Measured(value, error if self.known else np.nan, unit)

    @property
    def slope(self) -> float:
        """R₀ in the unit of ρ, per T."""
        return self._parts[2]

    @cached_property
    def _parts(self) -> tuple[float, float, float, float]:
        """Even part and slope of the odd part at B → 0, each with its error."""
        hall, error = self.hall
        if self.both_signs:
            upper = self.field > 0
            size, error = self.field[upper], error[upper]
            even, odd = 0.5 * (hall + hall[::-1])[upper], 0.5 * (hall - hall[::-1])[upper] / size
            still = self.field == 0.0
            rest = (
                (float(hall[still][0]), float(self.hall[1][still][0]))
                if np.any(still)
                else _limit(even, error, size**2)
            )
            return *rest, *_limit(odd, error / size, size**2)
        rest = _limit(hall, error, self.field)
        moving = self.field != 0.0
        x = self.field[moving]
        slope = _limit((hall[moving] - rest[0]) / x, (error[moving] + rest[1]) / np.abs(x), x)
        return *rest, *slope

    @cached_property
    def carriers(self) -> TwoCarriers:
        """Two kinds of carriers fitted to ρ without its anomalous part; none where ρ depends on the direction across B."""
        across, error = self.across
        if np.any(self._anisotropy > _ISOTROPIC * across + 2 * error):
            return TwoCarriers(
                (), np.nan, "no fit of carriers: the resistivity depends on the direction across B"
            )
        hall = self.hall[0] - self.anomalous.value
        spread = np.maximum(error, self.hall[1] + np.nan_to_num(self.anomalous.uncertainty))
        return fit_two_carriers(self.field, across - 1j * hall, spread)

    def of_carrier(self, carrier: Carrier) -> dict[str, Measured]:
        """Density and mobility in the units of experiments."""
        scale, d = _DENSITY[self.dimension], self.dimension
        return {
            "density": Measured(scale * carrier.density, scale * carrier.density_error, f"1/cm^{d}"),
            "mobility": Measured(1e4 * carrier.mobility, 1e4 * carrier.mobility_error, "cm^2/(V s)"),
        }

    @property
    def largest(self) -> dict[str, float]:
        """At the largest B: the field in T, |R₀|B/ρ(0), which is ω_cτ of one kind of carriers, the largest |D − 1|, and
        the share of the weight that is beyond 0.1: where bands all but cross, D of a few packets leaves all bounds.
        """
        at = int(np.argmax(np.abs(self.field)))
        factor = self.points[at].observables.get("density_of_states_factor")
        turn = abs(self._parts[2] * self.field[at] / self.without_field.value)
        return {
            "field": float(abs(self.field[at])),
            "cyclotron_angle": float(turn),
            "departure": float("nan") if factor is None else departure(factor),
            "weight_beyond_limit": float("nan")
            if factor is None
            else factor.facts.get("weight_beyond_limit", float("nan")),
        }

    def as_json(self) -> dict[str, Any]:
        """Plain lists and numbers."""
        fit = self.carriers
        return {
            "settings": dict(self.settings),
            "field": self.field.tolist(), "direction": self.direction.tolist(),
            "resistivity": self.resistivity.tolist(), "unit": self.unit,
            "resistivity_uncertainty": self.errors.tolist() if self.known else None,
            "hall_resistivity": self.hall[0].tolist(),
            "hall_resistivity_uncertainty": self.hall[1].tolist() if self.known else None,
            "resistivity_without_field": self.without_field.as_json(),
            "ordinary_hall_coefficient": self.ordinary.as_json(),
            "anomalous_hall_resistivity": self.anomalous.as_json(),
            "separated_by": "both signs of B" if self.both_signs else "powers of B",
            "carriers": [
                {"kind": each.kind, **{key: m.as_json() for key, m in self.of_carrier(each).items()}}
                for each in fit.carriers
            ],
            "misfit": fit.misfit if np.isfinite(fit.misfit) else None, "refusal": fit.refusal,
            "at_largest_field": {k: v if np.isfinite(v) else None for k, v in self.largest.items()},
        }  # fmt: skip


def magnetotransport(sweep: Sweep) -> tuple[Magnetotransport, ...]:
    """What a sweep of B says, one for each combination of what else was swept; none where B has several directions.

    Points without a static resistivity are left out, and so are combinations of fewer than three values of B.
    """
    groups: dict[tuple[tuple[str, str], ...], list[Point]] = {}
    for point in sweep.points:
        found = point.observables.get("resistivity")
        if found is not None and isinstance(found.value, np.ndarray | list) and found.unit in UNITS.values():
            others = tuple((k, v) for k, v in point.settings.items() if not k.startswith(_FIELD))
            groups.setdefault(others, []).append(point)
    made = [_of(dict(others), points) for others, points in groups.items()]
    return tuple(each for each in made if each is not None)


def _of(settings: Mapping[str, str], points: Sequence[Point]) -> Magnetotransport | None:
    unit = points[0].observables["resistivity"].unit
    fields = np.array([point.magnetic for point in points], dtype=np.float64)
    if unit == UNITS[2]:
        fields[:, :2] = 0.0  # nothing in a layer feels them
    direction = fields[np.argmax(np.linalg.norm(fields, axis=1))]
    if not np.any(direction):
        return None
    direction = direction / np.linalg.norm(direction)
    direction = direction * (1.0 if direction[np.flatnonzero(direction)[-1]] > 0 else -1.0)
    along = fields @ direction
    if np.abs(fields - np.outer(along, direction)).max() > _PARALLEL * np.abs(along).max():
        return None
    order = np.argsort(along, kind="stable")
    if len(np.unique(along)) < _FEWEST or len(np.unique(along)) < len(along):
        return None
    chosen = tuple(points[i] for i in order)
    found = [point.observables["resistivity"] for point in chosen]
    values = np.array([np.asarray(each.value, dtype=np.float64) for each in found])
    errors = [
        np.full((3, 3), np.nan)
        if each.uncertainty is None
        else np.asarray(each.uncertainty, dtype=np.float64)
        for each in found
    ]
    d = 2 if unit == UNITS[2] else 3
    known = bool(np.all(np.isfinite([each[:d, :d] for each in errors])))
    return Magnetotransport(
        settings, chosen, along[order], direction, values, np.nan_to_num(errors), unit, known
    )


def _limit(y: Float, error: Float, x: Float) -> tuple[float, float]:
    """Limit of y at x = 0 from a polynomial through the points next to it.

    Of all orders the one with the least error: how much the limit changed over the last two orders (over the last one twice,
    where there is one), and the errors of the points.
    """
    chosen = np.argsort(np.abs(x), kind="stable")
    if x[chosen[0]] == 0.0:
        return float(y[chosen[0]]), float(error[chosen[0]])
    values, best = list[float](), (np.nan, np.nan)
    for order in range(1, min(len(chosen), _ORDERS) + 1):
        at = x[chosen[:order]]
        weights = [
            np.prod([other / (other - own) for j, other in enumerate(at) if j != i])
            for i, own in enumerate(at)
        ]
        values.append(float(np.dot(weights, y[chosen[:order]])))
        changes = np.abs(np.diff(values))[-2:]
        change = float(changes.sum() * (2 if order == 2 else 1)) if order > 1 else np.inf
        spread = change + float(np.dot(np.abs(weights), error[chosen[:order]]))
        if order == 1 or not best[1] <= spread:
            best = (values[-1], spread)
    return best


def _pairs(errors: Float) -> Float:
    """Errors of [yz, zx, xy] of the antisymmetric part."""
    both = 0.5 * (errors + errors.T)
    return np.array([both[1, 2], both[2, 0], both[0, 1]])
