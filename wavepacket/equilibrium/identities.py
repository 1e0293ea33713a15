"""Thermodynamic identities, both sides computed independently.

    ∂n/∂B|_μ = ∂M/∂μ|_B = ∫[dk] Σ [(e/ħ) Ω f + m (−∂f/∂ε)],      ∂S/∂B|_μ = ∂M/∂T|_μ = α_xy + ∫[dk] Σ m ∂f/∂T.

The left sides are differences of n(μ, T, ±B) and S(μ, T, ±B), from the density of states D = 1 + (e/ħ)B·Ω and the
energies ε − m·B in a finite field; the middle ones are differences of M at μ and T beside those of the scan; the
right sides are integrals of their own.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from wavepacket.equilibrium.scan import Estimate, Scan
from wavepacket.observable import Observable
from wavepacket.units import BOLTZMANN, E_OVER_HBAR

__all__ = ["COLD_STEP", "NOTE", "field_step", "identities"]

Float = npt.NDArray[np.float64]

COLD_STEP = 1e-5
"""Step of μ at T = 0, eV."""
_MU_STEP = 0.03
"""Step of μ for T > 0, of k_BT: a rule of fourth order leaves less than 10⁻⁷."""
_T_STEP = 0.005
"""Step of T, of T itself; twice as much stays above the lowest temperature of the nodes."""
_SMALL_FIELD = 1e-4
"""Largest m·B on a coarse mesh in units of k_BT: its square is what differences leave out, and near a monopole of Ω
there are larger moments than a mesh sees."""
_LEAST_FIELD = 1e-3
"""T; below it n changes by less than 10⁻⁷ of itself, and rounding by 10⁻⁹ of that."""

_NEGLIGIBLE = 1e-5
"""In units of e/h (k_B e/h): both sides are then numbers that vanish, such as entropies deep in a gap."""

NOTE = (
    "sigma_xy is not e ∂n/∂B in general. Exact is the Maxwell relation ∂n/∂B|mu = ∂M/∂mu|B = "
    "∫[dk] Σ [(e/hbar) Omega f + m (-∂f/∂ε)], and only its first term is the anomalous Hall conductivity: "
    "sigma_xy = -e ∂n/∂B + e ∫[dk] Σ m (-∂f/∂ε). The printed Streda formula holds where the Fermi-surface term vanishes: "
    "mu in a gap and k_B T much smaller than the gap. Likewise ∂M/∂T|mu = ∂S/∂B|mu = alpha_xy + ∫[dk] Σ m ∂f/∂T."
)


def field_step(moments: Float, temperature: float) -> float:
    """B of the finite differences, T, from the moments m_z (eV/T) of states near μ."""
    energy = BOLTZMANN * temperature if temperature > 0 else COLD_STEP / _SMALL_FIELD
    largest = float(np.abs(moments).max(initial=1e-12))
    return float(np.clip(_SMALL_FIELD * energy / largest, _LEAST_FIELD, 10.0))


def identities(scan: Scan, charge: float, how: str) -> list[Observable]:
    """Return the tables `streda` and `nernst_identity`, [μ, T]; B along z."""
    field = scan.task.field
    assert field is not None
    z = scan.task.columns.components.index(2)
    factor = -charge * 2 * np.pi / E_OVER_HBAR
    by_density = {
        "dn_dB": _by_field(scan, "sea", field),
        "dM_dmu": _stacked(scan, lambda t: _slope_in_mu(scan, t)),
        "hall": E_OVER_HBAR * _component(scan.integral("sea", "curvature"), z),
        "fermi_surface_term": _component(scan.integral("surface", "moment"), z),
    }
    by_entropy = {
        "dS_dB": _by_field(scan, "entropy", field),
        "dM_dT": _stacked(scan, lambda t: _slope_in_t(scan, t)),
        "nernst": E_OVER_HBAR * _component(scan.integral("entropy", "curvature"), z),
        "fermi_surface_term": _component(scan.integral("warming", "moment"), z),
    }
    unit = {2: "e/h", 3: "e/(h angstrom)"}[scan.task.domain.dimension]
    return [
        _table("streda", by_density, factor, unit, field, how),
        _table("nernst_identity", by_entropy, factor / BOLTZMANN, f"k_B {unit}", field, how),
    ]


def _table(
    name: str, terms: dict[str, Estimate], factor: float, unit: str, field: float, how: str
) -> Observable:
    scaled = {key: factor * term for key, term in terms.items()}
    left, middle, first, second = scaled.values()
    names = list(scaled)
    residual = np.maximum(np.abs((left - middle).value), np.abs((left - (first + second)).value))
    # Where both sides vanish only rounding is left to compare: the largest of the scan at each T is the measure.
    size = np.abs(np.stack([first.value, second.value])).sum(axis=0).max(axis=0)
    values: dict[str, Float] = {key: term.value for key, term in scaled.items()}
    values["residual"] = residual
    values["relative_residual"] = np.divide(
        residual, size, out=np.zeros_like(residual), where=size > _NEGLIGIBLE
    )
    errors = {key: term.uncertainty for key, term in scaled.items()}
    convention = (
        f"{names[0]} = {names[1]} = {names[2]} + {names[3]}, electrons (charge -e), B along z, field step {field:.3g} T; "
        f"residual: the larger of |{names[0]} - {names[1]}| and |{names[0]} - {names[2]} - {names[3]}|, "
        f"relative to the largest in the scan at each T; [mu, T]; {how}. "
        f"{NOTE}"
    )
    return Observable(name, values, errors, unit, convention)


def _component(estimate: Estimate, index: int) -> Estimate:
    return Estimate(estimate.channels[..., index, :])


def _by_field(scan: Scan, kind: str, field: float) -> Estimate:
    """Difference of n or S in ±B."""
    both = [scan.integral(kind, "", which) for which in ("raised", "lowered")]  # type: ignore[arg-type]
    return (1 / (2 * field)) * _component(both[0] - both[1], 0)


def _stacked(scan: Scan, slope: Callable[[float], Estimate]) -> Estimate:
    return Estimate(np.stack([slope(float(t)).channels for t in scan.temperature], axis=1))


def _magnetization(scan: Scan, mu_step: float, t_step: float, temperature: float) -> Estimate:
    z = scan.task.columns.components.index(2)
    local = scan.shifted("sea", "moment", mu_step, t_step, temperature)
    itinerant = scan.shifted("grand", "curvature", mu_step, t_step, temperature)
    return _component(local + E_OVER_HBAR * itinerant, z)


def _slope_in_mu(scan: Scan, temperature: float) -> Estimate:
    if temperature == 0:
        step = COLD_STEP
        ends = [_magnetization(scan, sign * step, 0.0, 0.0) for sign in (1, -1)]
        return (1 / (2 * step)) * (ends[0] - ends[1])
    step = _MU_STEP * BOLTZMANN * temperature
    return _fourth_order(lambda n: _magnetization(scan, n * step, 0.0, temperature), step)


def _slope_in_t(scan: Scan, temperature: float) -> Estimate:
    if temperature == 0:
        return 0.0 * _magnetization(scan, 0.0, 0.0, 0.0)
    step = _T_STEP * temperature
    return _fourth_order(lambda n: _magnetization(scan, 0.0, n * step, temperature), step)


def _fourth_order(value: Callable[[int], Estimate], step: float) -> Estimate:
    near, far = value(1) - value(-1), value(2) - value(-2)
    return (8 / (12 * step)) * near - (1 / (12 * step)) * far
