"""The observables of a scan, each with unit, convention and uncertainty; arrays are indexed [μ, T, ...].

With E and −∇T along b, currents along a, and the carrier charge q, −e of electrons:

    σ_ab = −(q²/ħ) ε_abc ∫[dk] Σ f Ω_c,        α_ab = −(q/ħ) ε_abc ∫[dk] Σ s Ω_c,
    M = ∫[dk] Σ [m f − (q/ħ) Ω k_BT ln(1+e^{(μ−ε)/k_BT})],        D_ab = ∫[dk] Σ f ∂_aΩ_b,

with m = i(q/2ħ)⟨∂u|×[H−ε]|∂u⟩ of the carriers. Integrals are those of charge −e; what is odd in q gets the factor −q/e.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from wavepacket.formulas import LEVI_CIVITA
from wavepacket.hamiltonians import LatticeHamiltonian
from wavepacket.observables import Observable, entry, rows, words_of
from wavepacket.response.scan import Estimate, Scan
from wavepacket.units import (
    BOHR_MAGNETON,
    BOLTZMANN,
    E_OVER_HBAR,
    HBAR,
    PLANCK,
    SIEMENS,
    SIEMENS_PER_CENTIMETRE,
)

__all__ = ["METRES", "Report", "words"]


METRES = 1e-10
"""Of an angstrom."""


def words(dimension: int, charge: float) -> dict[str, str]:
    """Words of units and conventions."""
    found = words_of(dimension, charge)
    return found | {
        "nernst": "A/K" if dimension < 3 else "A/(K m)",
        "nonlinear": "A m/(V^2 s)" if dimension == 2 else "A/(V^2 s)",
        "metric": {1: "angstrom", 2: "1", 3: "1/angstrom"}[dimension],
        "spin_drude": "(hbar/2e) e^2/(h fs)" if dimension < 3 else "(hbar/e) S/(cm fs)",
        "magnetoelectric": {1: "A m^2/(V s)", 2: "A m/(V s)", 3: "A/(V s)"}[dimension],
        "flux": {1: "", 2: "e/h", 3: "e/(h angstrom)"}[dimension],
        "drude": {1: "e^2 angstrom/(eV fs^2)", 2: "e^2/(h fs)", 3: "S/(cm fs)"}[dimension],
        "ordinary": {1: "", 2: "e^2/(h fs^2 T)", 3: "S/(cm fs^2 T)"}[dimension],
        "nonlinear_drude": {1: "A m^2/(V^2 s^2)", 2: "A m/(V^2 s^2)", 3: "A/(V^2 s^2)"}[dimension],
    }


@dataclass(frozen=True)
class Report:
    """A scan, as the observables see it that are made of it.

    Attributes
    ----------
    how : how the uncertainty was found
    charge : of the carriers in units of e
    undefined : index of μ → why the density of states has no value there at T = 0
    quantities : names of those that are wanted of this scan; entries need one of them
    """

    scan: Scan
    how: str
    charge: float = -1.0
    undefined: Mapping[int, str] = field(default_factory=dict)
    quantities: Collection[str] = ()

    @property
    def dimension(self) -> int:
        """Dimension of k space."""
        return self.scan.task.domain.dimension

    @property
    def has(self) -> frozenset[str]:
        """What entries may need."""
        return frozenset(self.quantities)

    @cached_property
    def words(self) -> dict[str, str]:
        """Of units and conventions; magnetizations are per cell where there is one."""
        found = words(self.dimension, self.charge)
        cell = isinstance(self.scan.task.domain.hamiltonian, LatticeHamiltonian)
        return found | {"magnetization": "mu_B/cell" if cell else f"mu_B{found['per_volume']}"}

    def embedded(self, estimate: Estimate) -> Estimate:
        """Cartesian vector from the components that the dimension allows."""
        components = list(self.scan.task.columns.components)
        return estimate.mapped(np.eye(3)[:, components])

    def tensor(self, estimate: Estimate) -> Estimate:
        """ε_abc of a vector's component c, as [.., a, b]."""
        components = list(self.scan.task.columns.components)
        return estimate.mapped(LEVI_CIVITA[:, :, components].reshape(9, -1)).shaped(3, 3)

    def hall(self, column: str) -> Estimate:
        """−(q²/ħ) ε ∫ f Ω in the unit of a conductivity."""
        return self.hall_factor * self.tensor(self.scan.integral("sea", column))

    @property
    def hall_factor(self) -> float:
        """From ∫[dk] Σ f Ω in Å^(2−d) to a conductivity in its unit."""
        factor = PLANCK if self.dimension < 3 else SIEMENS_PER_CENTIMETRE
        return -(self.charge**2) * factor / HBAR

    @property
    def nernst_factor(self) -> float:
        """From ∫[dk] Σ s Ω in eV/K Å^(2−d) to A/K or A/(K m)."""
        return -self.charge / HBAR * (SIEMENS if self.dimension < 3 else SIEMENS / METRES)

    @property
    def drude_factor(self) -> float:
        """From ∫[dk] Σ (−∂f/∂ε) ∂ε ∂ε in eV Å^(2−d) to a conductivity per time in its unit."""
        unit = {1: 1.0, 2: PLANCK, 3: SIEMENS_PER_CENTIMETRE}[self.dimension]
        return self.charge**2 * unit / HBAR**2

    @property
    def ordinary_factor(self) -> float:
        """From ∫[dk] Σ (−∂f/∂ε) ∂ε ∂ε ∂∂ε in eV² Å^(4−d) to a conductivity per time² and field."""
        return self.charge * E_OVER_HBAR * self.drude_factor / HBAR

    @property
    def nonlinear_factor(self) -> float:
        """From ∫[dk] Σ (−∂f/∂ε) ∂ε ∂∂ε in eV Å^(3−d) to a current density over E² and time²."""
        return self.charge**3 / HBAR**3 * SIEMENS * 1e30 * METRES ** (3 - self.dimension)

    @property
    def moment_factor(self) -> float:
        """From eV/T per Å^d to the unit of a magnetization."""
        hamiltonian = self.scan.task.domain.hamiltonian
        cell = hamiltonian.cell_volume if isinstance(hamiltonian, LatticeHamiltonian) else 1.0
        return cell / BOHR_MAGNETON

    def made(self, estimate: Estimate, index: str = "[mu, T, ...]") -> Observable:
        """An observable without a name; ``index`` says what its axes are."""
        return Observable("", estimate.value, estimate.uncertainty, convention=f"{index}; {self.how}")


@entry("response",
    unit="{volume}",
    symbol="$n$",
    needs=("density",),
    old=("density",),
    convention="n = ∫[dk] Σ f")  # fmt: skip
def electron_density(of: Report) -> Observable:
    """Number of electrons, holes of a positive charge, per volume."""
    return of.made(of.scan.integral("sea", "one").component(0))


@entry("response", unit="{volume}/eV", symbol=r"$\partial n/\partial\mu$", needs=("density",),
    convention="∂n/∂mu = ∫[dk] Σ (-∂f/∂ε), thermally broadened; not defined at T = 0 where mu is on a flat band, and in "
    "one and two dimensions at an edge or a saddle of a band")  # fmt: skip
def density_of_states(of: Report) -> Observable:
    """∂n/∂μ; not a number at T = 0 where it has no value."""
    found = of.made(of.scan.integral("surface", "one").component(0), "[mu, T]")
    cold = of.scan.temperature == 0
    if not of.undefined or not cold.any():
        return found
    for values in (found.value, found.uncertainty):
        for index in of.undefined:
            values[index, cold] = np.nan  # type: ignore[index]
    why = {f"{of.scan.mu[i]:.10g} eV": reason for i, reason in of.undefined.items()}
    return replace(found, facts={"undefined_at_0_K": why})


_HALL = "j_a = sigma_ab E_b, sigma_ab = -{square} eps_abc ∫[dk] Σ f Omega_c, intrinsic"


@entry("response",
    unit="{conductivity}",
    symbol=r"$\sigma$",
    needs=("anomalous_hall_conductivity",),
    convention=_HALL)  # fmt: skip
def anomalous_hall_conductivity(of: Report) -> Observable:
    """σ_ab = −(q²/ħ) ε_abc ∫[dk] Σ f Ω_c, with its parts by band."""
    bands = range(of.scan.task.columns.bands)
    parts = {str(index): of.made(of.hall(f"band {index}")) for index in bands}
    return replace(of.made(of.hall("curvature")), contributions=parts)


@entry("response", unit="{conductivity}", symbol=r"$\sigma_{xy}$", needs=("valley_hall_conductivity",),
    convention=f"{_HALL}; part of the k nearest to each valley, or in each region")  # fmt: skip
def valley_hall_conductivity(of: Report) -> Observable:
    """The same of each valley and region."""
    found = {name: of.hall(f"region {name}") for name in of.scan.task.columns.regions}
    values, errors = (
        {name: getattr(part, key) for name, part in found.items()} for key in ("value", "uncertainty")
    )
    return Observable("", values, errors, convention=f"[mu, T, a, b]; {of.how}")


rows(
    "response",
    ("entropy", "k_B{per_volume}", "$S$", "S = ∫[dk] Σ s, s = k_B[x f + ln(1+e^-x)], x = (ε-mu)/k_B T",
     lambda of: of.made((1 / BOLTZMANN) * of.scan.integral("entropy", "one").component(0))),
    needs=("density",),
)  # fmt: skip


@entry("response", unit="{nernst}", symbol=r"$\alpha$", needs=("anomalous_nernst_conductivity",),
    convention="j_a = alpha_ab (-∂_b T), alpha_ab = {minus_q} eps_abc ∫[dk] Σ s Omega_c, intrinsic, {carriers}")  # fmt: skip
def anomalous_nernst_conductivity(of: Report) -> Observable:
    """α_ab = −(q/ħ) ε_abc ∫[dk] Σ s Ω_c (Xiao, Yao, Fang and Niu, Phys. Rev. Lett. 97, 026603 (2006))."""
    return of.made(of.nernst_factor * of.tensor(of.scan.integral("entropy", "curvature")))


@entry("response", unit="{nernst}", symbol=r"$\alpha$", needs=("anomalous_nernst_conductivity",),
    convention="Mott's limit of anomalous_nernst_conductivity, (pi^2 k_B^2 T/3q) ∂sigma/∂mu with sigma at the "
    "same T")  # fmt: skip
def mott_nernst_conductivity(of: Report) -> Observable:
    """(π²k_B²T/3q) ∂σ/∂μ."""
    slope = of.tensor(of.scan.integral("surface", "curvature"))
    kt = ((np.pi * BOLTZMANN) ** 2 * of.scan.temperature / 3)[:, None, None]
    value, error = of.nernst_factor * slope.value * kt, abs(of.nernst_factor) * slope.uncertainty * kt
    return Observable("", value, error, convention=f"[mu, T, ...]; {of.how}")


@entry("response", unit="{magnetization}", symbol="$M$", needs=("orbital_magnetization",),
    convention="M = ∫[dk] Σ [m f {plus_minus_q} Omega k_B T ln(1+e^{{(mu-ε)/k_B T}})], {carriers}; only the sum of local "
    "and itinerant is physical where bands touch")  # fmt: skip
def orbital_magnetization(of: Report) -> Observable:
    """M = ∫[dk] Σ [m f − (q/ħ) Ω k_BT ln(1+e^{(μ−ε)/k_BT})]: local and itinerant part."""
    factor = -of.charge * of.moment_factor
    local = factor * of.embedded(of.scan.integral("sea", "moment"))
    itinerant = (factor * E_OVER_HBAR) * of.embedded(of.scan.integral("grand", "curvature"))
    parts = {"local": of.made(local), "itinerant": of.made(itinerant)}
    return replace(of.made(local + itinerant), contributions=parts)


@entry("response", unit="{magnetization}", symbol="$M$", needs=("orbital_magnetization",),
    convention="orbital_magnetization at T = 0 by occupied-empty pairs only, points not cells")  # fmt: skip
def pair_magnetization(of: Report) -> Observable:
    """The form of M that needs no energy zero."""
    scan = of.scan
    rounding = scan.cold("sea", "moment").floor + E_OVER_HBAR * scan.cold("grand", "curvature").floor
    pairs = Estimate(E_OVER_HBAR * scan.pair_moment(), rounding)
    return of.made((-of.charge * of.moment_factor) * of.embedded(pairs), "[mu, axis]")
