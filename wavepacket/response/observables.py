"""The observables of a scan, each with unit, convention and uncertainty; arrays are indexed [μ, T, ...].

With E and −∇T along b, currents along a, and the carrier charge q, −e of electrons:

    σ_ab = −(q²/ħ) ε_abc ∫[dk] Σ f Ω_c,        α_ab = −(q/ħ) ε_abc ∫[dk] Σ s Ω_c,
    M = ∫[dk] Σ [m f − (q/ħ) Ω k_BT ln(1+e^{(μ−ε)/k_BT})],        D_ab = ∫[dk] Σ f ∂_aΩ_b,

with m = i(q/2ħ)⟨∂u|×[H−ε]|∂u⟩ of the carriers. Integrals are those of charge −e; what is odd in q gets the factor −q/e.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from wavepacket.conventions import carriers, over_hbar
from wavepacket.formulas import LEVI_CIVITA
from wavepacket.hamiltonians import LatticeHamiltonian
from wavepacket.observables import Observable
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

__all__ = ["Report"]

Float = npt.NDArray[np.float64]

_METRES = 1e-10


@dataclass(frozen=True)
class Report:
    """Turns a scan into observables.

    Attributes
    ----------
    how : how the uncertainty was found
    charge : of the carriers in units of e
    undefined : index of μ → why the density of states has no value there at T = 0
    """

    scan: Scan
    how: str
    charge: float = -1.0
    undefined: Mapping[int, str] = field(default_factory=dict)

    @property
    def dimension(self) -> int:
        """Dimension of k space."""
        return self.scan.task.domain.dimension

    def _embedded(self, estimate: Estimate) -> Estimate:
        """Cartesian vector from the components that the dimension allows."""
        components = list(self.scan.task.columns.components)
        return estimate.mapped(np.eye(3)[:, components])

    def _tensor(self, estimate: Estimate) -> Estimate:
        """ε_abc of a vector's component c, as [.., a, b]."""
        components = list(self.scan.task.columns.components)
        return estimate.mapped(LEVI_CIVITA[:, :, components].reshape(9, -1)).shaped(3, 3)

    def _hall(self, column: str) -> Estimate:
        """−(q²/ħ) ε ∫ f Ω in the unit of `hall_unit`."""
        return self.hall_factor * self._tensor(self.scan.integral("sea", column))

    @property
    def hall_factor(self) -> float:
        """From ∫[dk] Σ f Ω in Å^(2−d) to a conductivity in `hall_unit`."""
        factor = PLANCK if self.dimension < 3 else SIEMENS_PER_CENTIMETRE
        return -(self.charge**2) * factor / HBAR

    @property
    def hall_unit(self) -> str:
        """Unit of a conductivity."""
        return "e^2/h" if self.dimension < 3 else "S/cm"

    @property
    def per_volume(self) -> str:
        """Text of 1/length^dimension."""
        return {1: "1/angstrom", 2: "1/angstrom^2", 3: "1/angstrom^3"}[self.dimension]

    def _made(
        self, name: str, estimate: Estimate, unit: str, convention: str, **details: object
    ) -> Observable:
        return Observable(
            name,
            estimate.value,
            estimate.uncertainty,
            unit,
            f"{convention}; [mu, T, ...]; {self.how}",
            details,
        )

    def _states(self) -> Observable:
        """Density of states; not a number at T = 0 where it has no value."""
        estimate = self.scan.integral("surface", "one").component(0)
        value, error = estimate.value, estimate.uncertainty
        cold = self.scan.temperature == 0
        details: dict[str, object] = {}
        if self.undefined and cold.any():
            for index in self.undefined:
                value[index, cold] = error[index, cold] = np.nan
            mu = self.scan.mu
            details["undefined_at_0_K"] = {f"{mu[i]:.10g} eV": why for i, why in self.undefined.items()}
        return Observable(
            "density_of_states",
            value,
            error,
            self.per_volume + "/eV",
            "∂n/∂mu = ∫[dk] Σ (-∂f/∂ε), thermally broadened; not defined at T = 0 where mu is on a flat band, and in "
            f"one and two dimensions at an edge or a saddle of a band; [mu, T]; {self.how}",
            details,
        )

    def density(self) -> list[Observable]:
        """Density, density of states and entropy."""
        scan = self.scan
        return [
            self._made("density", scan.integral("sea", "one").component(0), self.per_volume, "n = ∫[dk] Σ f"),
            self._states(),
            self._made(
                "entropy",
                (1 / BOLTZMANN) * scan.integral("entropy", "one").component(0),
                self.per_volume.replace("1/", "k_B/", 1),
                "S = ∫[dk] Σ s, s = k_B[x f + ln(1+e^-x)], x = (ε-mu)/k_B T",
            ),
        ]

    def hall(self) -> Observable:
        """Anomalous Hall conductivity, with its parts by band."""
        columns = self.scan.task.columns
        details: dict[str, object] = {}
        if columns.bands:
            parts = [self._hall(f"band {index}") for index in range(columns.bands)]
            details["by_band"] = {str(index): part.value for index, part in enumerate(parts)}
        return self._made(
            "anomalous_hall_conductivity", self._hall("curvature"), self.hall_unit, self._hall_text, **details
        )

    def valley_hall(self) -> Observable:
        """Anomalous Hall conductivity of each valley and region."""
        regions = {name: self._hall(f"region {name}") for name in self.scan.task.columns.regions}
        return Observable(
            "valley_hall_conductivity",
            {name: part.value for name, part in regions.items()},
            {name: part.uncertainty for name, part in regions.items()},
            self.hall_unit,
            f"{self._hall_text}; part of the k nearest to each valley, or in each region; [mu, T, a, b]; {self.how}",
        )

    @property
    def _hall_text(self) -> str:
        square = over_hbar(self.charge, 2)
        return f"j_a = sigma_ab E_b, sigma_ab = -{square} eps_abc ∫[dk] Σ f Omega_c, intrinsic"

    def nernst(self) -> Observable:
        """Anomalous Nernst conductivity and its Mott limit."""
        factor = self.nernst_factor
        scan = self.scan
        value = factor * self._tensor(scan.integral("entropy", "curvature"))
        slope = self._tensor(scan.integral("surface", "curvature"))
        kt = (np.pi * BOLTZMANN) ** 2 * scan.temperature / 3
        mott, mott_uncertainty = (
            part * kt[:, None, None] for part in (factor * slope.value, abs(factor) * slope.uncertainty)
        )
        unit = "A/K" if self.dimension < 3 else "A/(K m)"
        return self._made(
            "anomalous_nernst_conductivity",
            value,
            unit,
            f"j_a = alpha_ab (-∂_b T), alpha_ab = {over_hbar(-self.charge)} eps_abc ∫[dk] Σ s Omega_c, intrinsic, "
            f"{carriers(self.charge)}",
            mott=mott,
            mott_uncertainty=mott_uncertainty,
            mott_convention="(pi^2 k_B^2 T/3q) ∂sigma/∂mu with sigma at the same T",
        )

    def magnetization(self) -> Observable:
        """Orbital magnetization: total, local and itinerant parts, and the pair form at T = 0."""
        factor, unit = self.moment_unit
        scan = self.scan
        local = (-self.charge * factor) * self._embedded(scan.integral("sea", "moment"))
        itinerant = (-self.charge * factor * E_OVER_HBAR) * self._embedded(
            scan.integral("grand", "curvature")
        )
        total = local + itinerant
        rounding = scan.cold("sea", "moment").floor + E_OVER_HBAR * scan.cold("grand", "curvature").floor
        pairs = Estimate(E_OVER_HBAR * scan.pair_moment(), rounding)
        pair_form = (-self.charge * factor) * self._embedded(pairs)
        return self._made(
            "orbital_magnetization",
            total,
            unit,
            f"M = ∫[dk] Σ [m f {over_hbar(-self.charge, signed=True)} Omega k_B T ln(1+e^{{(mu-ε)/k_B T}})], "
            f"{carriers(self.charge)}; only the sum of local and itinerant is physical where bands touch",
            local=local.value,
            local_uncertainty=local.uncertainty,
            itinerant=itinerant.value,
            itinerant_uncertainty=itinerant.uncertainty,
            pair_form=pair_form.value,
            pair_form_uncertainty=pair_form.uncertainty,
            pair_form_convention="T = 0, occupied-empty pairs only, points not cells; [mu, axis]",
        )

    @property
    def nernst_factor(self) -> float:
        """From ∫[dk] Σ s Ω in eV/K Å^(2−d) to A/K or A/(K m)."""
        return -self.charge / HBAR * (SIEMENS if self.dimension < 3 else SIEMENS / _METRES)

    @property
    def moment_unit(self) -> tuple[float, str]:
        """Factor from eV/T per Å^d to the unit of a magnetization, and the unit."""
        hamiltonian = self.scan.task.domain.hamiltonian
        if isinstance(hamiltonian, LatticeHamiltonian):
            return hamiltonian.cell_volume / BOHR_MAGNETON, "mu_B/cell"
        return 1 / BOHR_MAGNETON, self.per_volume.replace("1/", "mu_B/", 1)

    def dipole(self) -> Observable:
        """Berry curvature dipole and the nonlinear Hall coefficient per relaxation time."""
        d, columns = self.dimension, self.scan.task.columns
        found = self.scan.integral("surface", "dipole")
        place = np.zeros((9, d * len(columns.components)))
        for a in range(d):
            for b, component in enumerate(columns.components):
                place[3 * a + component, a * len(columns.components) + b] = 1.0
        dipole = found.mapped(place).shaped(3, 3)
        per_time = self.charge**3 / HBAR**2 * SIEMENS * 1e15 * (_METRES if d == 2 else 1.0)
        matrix = np.einsum("adc,be->abced", LEVI_CIVITA, np.eye(3))
        matrix = (matrix + np.swapaxes(matrix, 1, 2)) / 2
        chi = per_time * found.mapped(matrix.reshape(27, 9) @ place).shaped(3, 3, 3)
        return self._made(
            "berry_curvature_dipole",
            dipole,
            "angstrom" if d == 2 else "1",
            "D_ab = ∫[dk] Σ f ∂_a Omega_b = ∫[dk] Σ (∂_a ε) Omega_b (-∂f/∂ε)",
            nonlinear_hall_coefficient=chi.value,
            nonlinear_hall_coefficient_uncertainty=chi.uncertainty,
            nonlinear_hall_coefficient_unit="A m/(V^2 s)" if d == 2 else "A/(V^2 s)",
            nonlinear_hall_coefficient_convention="j_a = tau chi_abc E_b E_c for static E, "
            "chi_abc = (q^3/hbar^2) eps_adc D_bd, symmetric in b and c; tau is the relaxation time",
        )

    def metric(self) -> Observable:
        """Quantum metric of the occupied states at T = 0, and its bound by the Berry curvature."""
        d, scan = self.dimension, self.scan
        metric = scan.cold("sea", "metric")
        place = np.zeros((9, d * d))
        for a in range(d):
            for b in range(d):
                place[3 * a + b, d * a + b] = 1.0
        tensor = metric.mapped(place).shaped(3, 3)
        trace = metric.mapped(np.eye(d).reshape(1, d * d)).component(0)
        hall = scan.cold("sea", "curvature") if d > 1 and scan.task.columns.curvature else None
        size, above = np.zeros(len(scan.mu)), trace
        if hall is not None:
            size = np.linalg.norm(hall.value, axis=-1)
            # Along Ω, to first order in its errors: those that it shares with the trace cancel.
            along = np.divide(
                hall.value, size[:, None], out=np.zeros_like(hall.value), where=size[:, None] > 0
            )
            above = trace - Estimate(
                np.einsum("mc,mcx->mx", along, hall.channels),
                np.einsum("mc,mc->m", np.abs(along), hall.floor),
            )
        unit = {1: "angstrom", 2: "1", 3: "1/angstrom"}[d]
        return Observable(
            "quantum_metric",
            tensor.value,
            tensor.uncertainty,
            unit,
            "G_ab = ∫[dk] Σ_{n occ, l empty} Re<n|V_a|l><l|V_b|n>/(ε_n-ε_l)^2 at T = 0, without position elements' "
            f"states outside the orbitals; the trace is at least |∫[dk] Σ f Omega|; [mu, a, b]; {self.how}",
            {
                "trace": trace.value,
                "trace_uncertainty": trace.uncertainty,
                "curvature": size,
                "trace_minus_curvature": trace.value - size,
                "trace_minus_curvature_uncertainty": above.uncertainty,
            },
        )
