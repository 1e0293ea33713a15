"""Thermodynamic identities, both sides computed independently.

    ∂n/∂B|_μ = ∂M/∂μ|_B = ∫[dk] Σ [(e/ħ) Ω f + m (−∂f/∂ε)],      ∂S/∂B|_μ = ∂M/∂T|_μ = α_xy + ∫[dk] Σ m ∂f/∂T

for electrons; for a charge q both sides get the factor −q/e.

The left sides are differences of n(μ, T, ±B) and S(μ, T, ±B), from the density of states D = 1 + (e/ħ)B·Ω and the
energies ε − m·B in a finite field; the middle ones are differences of M at μ and T next to those of the scan; the
right sides are integrals of their own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from wavepacket.arrays import Float
from wavepacket.conventions import charge_text, over_hbar
from wavepacket.observables import Observable, entry
from wavepacket.response.observables import words
from wavepacket.response.scan import Estimate, Scan, joined
from wavepacket.units import BOLTZMANN, E_OVER_HBAR

__all__ = ["COLD_STEP", "Identities", "allowed", "density_sides", "entropy_sides", "field_step", "note"]


COLD_STEP = 1e-5
"""Step of μ at T = 0, eV."""
_MU_STEP = 0.03
"""Step of μ for T > 0, of k_BT: a rule of fourth order leaves less than 10⁻⁷."""
_T_STEP = 0.005
"""Step of T, of T itself; twice as much stays above the lowest temperature of the nodes."""
_STEPS = 1e-7
"""Of the terms on the right, what finite differences in μ, T and B leave."""
_SMALL_FIELD = 1e-4
"""Largest m·B on a coarse mesh in units of k_BT: its square is what differences leave out, and near a monopole of Ω
there are larger moments than a mesh sees."""
_LEAST_FIELD = 1e-3
"""T; below it n changes by less than 10⁻⁷ of itself, and rounding by 10⁻⁹ of that."""

_NEGLIGIBLE = 1e-5
"""In units of e/h (k_B e/h): both sides are then numbers that vanish, such as entropies deep in a gap."""


def note(charge: float) -> str:
    """What the relations say and what they do not, for carriers of a charge in units of e."""
    q = charge_text(charge)
    minus = charge_text(-charge, signed=True)
    return (
        f"sigma_xy is not {charge_text(abs(charge))} ∂n/∂B in general. Exact is the Maxwell relation ∂n/∂B|mu = ∂M/∂mu|B = "
        f"∫[dk] Σ [{over_hbar(-charge)} Omega f + m (-∂f/∂ε)], and only its first term is the anomalous Hall conductivity: "
        f"sigma_xy = {q} ∂n/∂B {minus} ∫[dk] Σ m (-∂f/∂ε). The printed Streda formula holds where the Fermi-surface term "
        "vanishes: mu in a gap and k_B T much smaller than the gap. Likewise ∂M/∂T|mu = ∂S/∂B|mu = alpha_xy + "
        "∫[dk] Σ m ∂f/∂T."
    )


def field_step(moments: Float, temperature: float) -> float:
    """B of the finite differences, T, from the moments m_z (eV/T) of states near μ."""
    energy = BOLTZMANN * temperature if temperature > 0 else COLD_STEP / _SMALL_FIELD
    largest = float(np.abs(moments).max(initial=1e-12))
    return float(np.clip(_SMALL_FIELD * energy / largest, _LEAST_FIELD, 10.0))


@dataclass(frozen=True, eq=False)
class Identities:
    """What both tables are made of, [μ, T]; B along z.

    Attributes
    ----------
    density, warm : scan of each table, and how it was found
    undefined : see `observables.Report`
    """

    found: tuple[Scan, str]
    warm: tuple[Scan, str]
    charge: float
    undefined: Mapping[int, str]
    has: frozenset[str] = frozenset({"identities"})

    @property
    def words(self) -> dict[str, str]:
        """Of units and conventions."""
        task = self.found[0].task
        return words(task.domain.dimension, self.charge) | {"step": f"{task.field:.3g}"}

    @property
    def factor(self) -> float:
        """To units of e/h; zero where symmetry forbids."""
        scan = self.found[0]
        return streda_factor(self.charge) * allowed(scan.projectors, scan.task.columns.components.index(2))


_SAID = "{carriers}, B along z, field step {step} T"


@entry("response", unit="{flux}", needs=("identities",),
    convention=f"dn_dB = dM_dmu = hall + fermi_surface_term, {_SAID}")  # fmt: skip
def streda(of: Identities) -> Observable:
    """∂n/∂B = ∂M/∂μ, both sides."""
    scan, how = of.found
    table = _table(_density_terms(scan), of.factor, f"{how}. {note(of.charge)}")
    cold = scan.temperature == 0
    if of.undefined and cold.any():
        # All terms but the Hall conductivity count states at μ, of which there is no density.
        for part in (table.value, table.uncertainty):
            assert isinstance(part, dict)
            for key in part.keys() - {"hall"}:
                for index in of.undefined:
                    part[key][index, cold] = np.nan
    return table


@entry("response", unit="k_B {flux}", needs=("identities",),
    convention=f"dS_dB = dM_dT = nernst + fermi_surface_term, {_SAID}")  # fmt: skip
def nernst_identity(of: Identities) -> Observable:
    """∂S/∂B = ∂M/∂T, both sides."""
    scan, how = of.warm
    return _table(_entropy_terms(scan), of.factor / BOLTZMANN, f"{how}. {note(of.charge)}")


def density_sides(scan: Scan) -> Estimate:
    """The left side less the middle, and less the right side, of ∂n/∂B = ∂M/∂μ, [μ, T, 2]; zero but for errors."""
    return _sides(_density_terms(scan))


def entropy_sides(scan: Scan) -> Estimate:
    """The same of ∂S/∂B = ∂M/∂T, at T > 0."""
    return _sides(_entropy_terms(scan)).at(scan.temperature > 0)


def _sides(terms: dict[str, Estimate]) -> Estimate:
    """Differences of terms from the same wavevectors: errors that they share cancel, replica by replica."""
    left, middle, first, second = terms.values()
    sides = [left - middle, left - (first + second)]
    steps = _STEPS * (np.abs(first.value) + np.abs(second.value))
    sides = [Estimate(one.channels, one.floor + steps) for one in sides]
    return joined([Estimate(one.channels[..., None, :], one.floor[..., None]) for one in sides], axis=-1)


def _density_terms(scan: Scan) -> dict[str, Estimate]:
    # B is along z only, so that the left sides cannot be projected: the others are not, either.
    scan = replace(scan, projectors={})
    z = scan.task.columns.components.index(2)
    return {
        "dn_dB": _by_field(scan, "sea"),
        "dM_dmu": _stacked(scan, lambda t: _slope_in_mu(scan, t)),
        "hall": E_OVER_HBAR * scan.integral("sea", "curvature").component(z),
        "fermi_surface_term": scan.integral("surface", "moment").component(z),
    }


def _entropy_terms(scan: Scan) -> dict[str, Estimate]:
    scan = replace(scan, projectors={})
    z = scan.task.columns.components.index(2)
    return {
        "dS_dB": _by_field(scan, "entropy"),
        "dM_dT": _stacked(scan, lambda t: _slope_in_t(scan, t)),
        "nernst": E_OVER_HBAR * scan.integral("entropy", "curvature").component(z),
        "fermi_surface_term": scan.integral("warming", "moment").component(z),
    }


def allowed(projectors: Mapping[str, Float], z: int) -> bool:
    """Whether symmetry lets the axial component z be; `projectors` as in `scan.Scan`."""
    return bool(projectors["curvature"][z, z] != 0) if "curvature" in projectors else True


def streda_factor(charge: float) -> float:
    """From the integrals' eV/T and Å² to units of e/h, for a charge in units of e."""
    return -charge * 2 * np.pi / E_OVER_HBAR


def _table(terms: dict[str, Estimate], factor: float, how: str) -> Observable:
    scaled = {key: factor * term for key, term in terms.items()}
    _, _, first, second = scaled.values()
    names = list(scaled)
    sides = _sides(scaled)
    # Differences that rounding explains are none.
    residual = np.abs(sides.value).max(axis=-1)
    # Where both sides vanish only rounding is left to compare: the largest of the scan at each T is the measure.
    size = np.abs(np.stack([first.value, second.value])).sum(axis=0).max(axis=0)
    values: dict[str, Float] = {key: term.value for key, term in scaled.items()}
    values["residual"] = residual
    values["relative_residual"] = np.divide(
        residual, size, out=np.zeros_like(residual), where=size > _NEGLIGIBLE
    )
    errors = {key: term.uncertainty for key, term in scaled.items()}
    errors["residual"] = sides.uncertainty.max(axis=-1)
    errors["relative_residual"] = np.divide(
        errors["residual"], size, out=np.zeros_like(residual), where=size > _NEGLIGIBLE
    )
    convention = (
        f"residual: the larger of |{names[0]} - {names[1]}| and |{names[0]} - {names[2]} - {names[3]}|, "
        f"relative to the largest in the scan at each T; its uncertainty is that of the difference, in which errors that "
        f"both sides share cancel; [mu, T]; {how}"
    )
    return Observable("", values, errors, convention=convention)


def _by_field(scan: Scan, kind: str) -> Estimate:
    """Difference of n or S in ±B."""
    field = scan.task.field
    assert field is not None
    both = [scan.integral(kind, "", which) for which in ("raised", "lowered")]  # type: ignore[arg-type]
    return (1 / (2 * field)) * (both[0] - both[1]).component(0)


def _stacked(scan: Scan, slope: Callable[[float], Estimate]) -> Estimate:
    parts = [slope(float(t)) for t in scan.temperature]
    return joined([Estimate(part.channels[:, None], part.floor[:, None]) for part in parts], axis=1)


def _magnetization(scan: Scan, mu_step: float, t_step: float, temperature: float) -> Estimate:
    z = scan.task.columns.components.index(2)
    local = scan.shifted("sea", "moment", mu_step, t_step, temperature)
    itinerant = scan.shifted("grand", "curvature", mu_step, t_step, temperature)
    return (local + E_OVER_HBAR * itinerant).component(z)


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
