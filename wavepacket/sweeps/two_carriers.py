"""Two kinds of carriers fitted to a resistivity in B: densities and mobilities with their errors, or why there are none.

With σ_i the conductivity of a kind without B, μ_i its mobility and s_i = 1 for holes, −1 for electrons

    1/(ρ_xx + iρ_xy) = Σ_i σ_i/(1 − i s_i μ_i B),     σ_i = e n_i μ_i

Drude's tensors of both kinds added: isotropic across B, one relaxation time for each.
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wavepacket.arrays import Complex, Float

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult

__all__ = ["Carrier", "TwoCarriers", "fit_two_carriers"]

_SIGNS = {"hole": 1.0, "electron": -1.0}
_PAIRS = (("electron", "hole"), ("electron", "electron"), ("hole", "hole"))
_FEWEST = 3  # fields besides 0
_KNOWN = 0.3  # relative error of a number beyond which the data do not determine it
_ROUNDING = 1e-9  # of ρ: no datum is better than this
_ONE = 1e-6  # relative misfit of one kind of carriers, below which a second one is rounding
_TRIAL, _FINAL = 25, 1000  # evaluations from each start, and from the best of them
_LARGEST = 200.0  # logarithm of a number of the fit
_RATIOS = (1.5, 8.0)  # of the two mobilities where fits begin


@dataclass(frozen=True)
class Carrier:
    """One kind: its conductivity without B in units of the resistivity's inverse, and its mobility, 1/T.

    Attributes
    ----------
    conductivity_error, mobility_error : standard deviations from the covariance of the fit
    density, density_error : conductivity over mobility, T per unit of resistivity
    """

    kind: str
    conductivity: float
    mobility: float
    conductivity_error: float
    mobility_error: float
    density: float
    density_error: float


@dataclass(frozen=True)
class TwoCarriers:
    """Result of a fit.

    Attributes
    ----------
    carriers : two of them, one where one is enough, none where the data determine neither
    misfit : largest |ρ − fit| over |ρ|
    refusal : why there are no two carriers, else empty
    """

    carriers: tuple[Carrier, ...]
    misfit: float
    refusal: str = ""

    def resistivity(self, field: Float) -> Complex:
        """ρ_xx + iρ_xy of the fit at fields in T."""
        numbers = np.array([[each.conductivity, each.mobility] for each in self.carriers])
        return _resistivity(np.log(numbers).ravel(), field, tuple(each.kind for each in self.carriers))


def fit_two_carriers(field: Float, resistivity: Complex, error: Float) -> TwoCarriers:
    """Fit ρ_xx + iρ_xy (n,) at fields (n,) in T along one direction; errors (n,) are those of either part.

    The errors of the numbers cover the misfit where it is larger than the errors of the data.
    """
    size = np.abs(resistivity)
    error = np.maximum(np.nan_to_num(error), _ROUNDING * size)
    if np.count_nonzero(np.unique(np.abs(field))) < _FEWEST:
        return TwoCarriers((), np.nan, f"two kinds of carriers need {_FEWEST} values of |B| besides 0")
    one = _one_carrier(field, resistivity, error)
    if one is not None and one.misfit < _ONE:
        return one
    fits = [_fit(field, resistivity, error, kinds) for kinds in _PAIRS]
    cost, best = min(fits, key=lambda each: each[0])
    if one is not None and _cost(one, field, resistivity, error) <= cost + 2 * len(field):
        return one
    uncertain = [
        name for each in best.carriers for name, share in _relative_errors(each).items() if not share < _KNOWN
    ]
    if uncertain:
        what = ", ".join(dict.fromkeys(uncertain))
        why = f"the data do not determine two kinds of carriers: {what} would be off by more than 30 %"
        return TwoCarriers((), best.misfit, f"{why}; sweep to larger B")
    return best


def _relative_errors(carrier: Carrier) -> Mapping[str, float]:
    return {
        f"density of {carrier.kind}s": carrier.density_error / carrier.density,
        f"mobility of {carrier.kind}s": carrier.mobility_error / carrier.mobility,
    }


def _one_carrier(field: Float, resistivity: Complex, error: Float) -> TwoCarriers | None:
    """A single kind: ρ_xx constant, ρ_xy linear in B."""
    slope = float(np.sum(field * resistivity.imag / error**2) / max(np.sum(field**2 / error**2), 1e-300))
    flat = float(np.average(resistivity.real, weights=error**-2.0))
    if slope == 0.0 or not flat > 0.0:
        return None
    # ρ_xy = −s μ B ρ_xx
    kind = "hole" if slope < 0 else "electron"
    start = np.log([1 / flat, abs(slope) / flat])
    return _best(field, resistivity, error, (kind,), [start])[1]


def _fit(
    field: Float, resistivity: Complex, error: Float, kinds: tuple[str, str]
) -> tuple[float, TwoCarriers]:
    """Least squares from several starts."""
    weakest = int(np.argmin(np.abs(field)))
    whole = 1 / max(float(resistivity[weakest].real), 1e-300)
    scale = 1 / float(np.abs(field).max())
    starts = [
        np.log([0.5 * whole, first * scale, 0.5 * whole, first * scale * ratio**side])
        for first, ratio, side in itertools.product((0.3, 3.0), _RATIOS, (1, -1))
    ]
    return _best(field, resistivity, error, kinds, starts)


def _best(
    field: Float, resistivity: Complex, error: Float, kinds: tuple[str, ...], starts: list[Float]
) -> tuple[float, TwoCarriers]:
    from scipy.optimize import least_squares  # takes a while to load

    def residuals(numbers: Float) -> Float:
        off = (_resistivity(numbers, field, kinds) - resistivity) / error
        return np.concatenate([off.real, off.imag])

    def solved(start: Float, most: int, tolerance: float) -> "OptimizeResult":
        goals = dict.fromkeys(("xtol", "ftol", "gtol"), tolerance)
        return least_squares(residuals, start, x_scale="jac", max_nfev=most, **goals)

    first = min((solved(start, _TRIAL, 1e-6) for start in starts), key=lambda found: float(found.cost))
    best = solved(first.x, _FINAL, 1e-14)
    left = max(2 * len(field) - len(best.x), 1)
    spread = np.linalg.pinv(best.jac.T @ best.jac) * max(1.0, 2 * float(best.cost) / left)
    # A direction that the data leave free has no curvature, and the pseudoinverse would call it known.
    singular = best.status <= 0 or np.linalg.cond(best.jac) > 1e10
    carriers = tuple(_carrier(kind, best.x, spread, 2 * i, singular) for i, kind in enumerate(kinds))
    misfit = np.abs(_resistivity(best.x, field, kinds) - resistivity) / np.abs(resistivity)
    return 2 * float(best.cost), TwoCarriers(carriers, float(misfit.max()))


def _carrier(kind: str, numbers: Float, spread: Float, first: int, singular: bool) -> Carrier:
    conductivity, mobility = np.exp(np.clip(numbers[first : first + 2], -_LARGEST, _LARGEST))
    of = spread[first : first + 2, first : first + 2]
    errors = np.sqrt(np.maximum([of[0, 0], of[1, 1], of[0, 0] + of[1, 1] - 2 * of[0, 1]], 0.0))
    errors = np.full(3, np.inf) if singular else np.minimum(errors, _LARGEST)
    density = conductivity / mobility
    return Carrier(
        kind, float(conductivity), float(mobility), float(errors[0] * conductivity), float(errors[1] * mobility),
        float(density), float(errors[2] * density),
    )  # fmt: skip


def _resistivity(numbers: Float, field: Float, kinds: tuple[str, ...]) -> Complex:
    """ρ_xx + iρ_xy from the logarithms of σ_i and μ_i."""
    pairs = np.exp(np.clip(numbers, -_LARGEST, _LARGEST)).reshape(-1, 2)
    total = sum(
        sigma / (1 - 1j * _SIGNS[kind] * mobility * field)
        for kind, (sigma, mobility) in zip(kinds, pairs, strict=True)
    )
    return np.asarray(1 / total)


def _cost(fit: TwoCarriers, field: Float, resistivity: Complex, error: Float) -> float:
    return float(np.sum(np.abs((fit.resistivity(field) - resistivity) / error) ** 2))
