"""A group of bands that f(μ, T) fills: Hall and spin Hall conductivity and orbital magnetization.

Sums over the bands n of the group, with the energies ε_n of h and g = k_BT ln(1 + e^{(μ−ε)/k_BT}), for charge −e:

    σ_ab = −(e²/ħ) ε_abc ∫[dk] Σ f_n Ω_n,c,      M = ∫[dk] Σ [m_n f_n + (e/ħ) Ω_n g_n],
    σˢ_ab = −(2e²/ħ) ε_abc ∫[dk] Σ f_n Re⟨n|S F_c|n⟩.

Ω_n and m_n are sums over pairs. A pair inside the group adds (f_n − f_l) Ω_nl and Ω_nl [(ε_n−ε_l)(f_n+f_l)/2 + g_n − g_l],
which vanish with ε_n − ε_l: bands that touch, or coincide, need no care. F is made of pairs with bands outside alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from wavepacket.arrays import Complex, Flags, Float
from wavepacket.bands import PLANES, BandGroup, GroupGeometry
from wavepacket.formulas import LEVI_CIVITA, fermi, grand_kernel
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian
from wavepacket.observables import Observable, entry
from wavepacket.response.domain import domain_of
from wavepacket.response.observables import words
from wavepacket.response.uniform import mesh_points
from wavepacket.units import BOHR_MAGNETON, BOLTZMANN, E_OVER_HBAR, HBAR, PLANCK, SIEMENS_PER_CENTIMETRE

__all__ = ["OccupiedGroup", "occupied_group"]

_FIRST = {1: 64, 2: 16, 3: 6}
"""Points along each axis of the first mesh."""
_NUMBERS = 1 << 21  # of a block
_SHIFT = 0.25  # of a step: meshes do not meet the invariant points
_CANCELLED = 0.1  # of what an integral would be if nothing cancelled: below it values need not be resolved
_ROUNDING = 1e-12
_TOGETHER = 1e-7  # eV; what a pair that is split by less adds is below the rounding of its 1/gap²
_HALL, _LOCAL, _ITINERANT, _SPIN = range(4)


@dataclass(frozen=True, eq=False)
class OccupiedGroup:
    """Integrals over the zone for each μ and T, as the observables see them that are made of them.

    Attributes
    ----------
    group : of bands
    integral, error : (4, M, T, 3) ∫[dk] Σ of f Ω, f m, (e/ħ) Ω g and f Re⟨S F⟩, and their uncertainties; not-a-number at
        T = 0 where μ is in a band of the group
    charge : of the carriers, e
    points : wavevectors of the last mesh
    has : ``occupied group``, and ``spin`` where one is known
    """

    group: BandGroup
    integral: Float
    error: Float
    charge: float
    points: int
    has: frozenset[str]

    @cached_property
    def words(self) -> dict[str, str]:
        """Of units and conventions; magnetizations are per cell where there is one."""
        found = words(self.group.hamiltonian.dimension, self.charge)
        cell = isinstance(self.group.hamiltonian, LatticeHamiltonian)
        return found | {"magnetization": "mu_B/cell" if cell else f"mu_B{found['per_volume']}"}

    @property
    def how(self) -> str:
        """How the uncertainty was found, and where there is no value."""
        text = f"change from a mesh of half the step, {self.points} points"
        return f"{text}; not defined at 0 K where mu is in a band of the group" if self._cut else text

    @property
    def _cut(self) -> bool:
        return bool(np.isnan(self.integral).any())

    def hall(self, row: int, factor: float = 1.0) -> Observable:
        """−(q²/ħ) ε_abc times an integral, [μ, T, a, b]."""
        scale = PLANCK if self.group.hamiltonian.dimension < 3 else SIEMENS_PER_CENTIMETRE
        scale *= -(self.charge**2) / HBAR * factor
        value = np.where(np.abs(self.integral) <= self.error, 0.0, self.integral)[row]
        tensor, spread = (
            np.einsum("abc,mtc->mtab", levi, each)
            for levi, each in (
                (LEVI_CIVITA, scale * value),
                (np.abs(LEVI_CIVITA), abs(scale) * self.error[row]),
            )
        )
        return Observable("", tensor, spread, convention=f"[mu, T, a, b]; {self.how}")


def occupied_group(
    group: BandGroup,
    spin: Complex | None,
    mu: Float,
    kelvin: Float,
    *,
    charge: float,
    uncertainty: float,
    points: int,
) -> OccupiedGroup:
    """Integrate over the zone by meshes of half the step until all is known, or there are as many points.

    Parameters
    ----------
    spin : (N, N) operator of the spin along its axis, ħ; None where it is not known
    mu, kelvin : (M,) eV and (T,) K
    """
    dimension = group.hamiltonian.dimension
    mesh, before = _FIRST[dimension], None
    has = frozenset({"occupied group"} if spin is None else {"occupied group", "spin"})
    while True:
        value, size, cut = _integrals(group, spin, mesh, mu, kelvin)
        if before is not None:
            error = np.abs(value - before) + _ROUNDING * size
            known = cut[:, :, None] | (error <= uncertainty * np.maximum(np.abs(value), _CANCELLED * size))
            if known.all() or (2 * mesh) ** dimension > points:
                value[:, cut] = error[:, cut] = np.nan
                return OccupiedGroup(group, value, error, charge, mesh**dimension, has)
        mesh, before = 2 * mesh, value


def _integrals(
    group: BandGroup, spin: Complex | None, mesh: int, mu: Float, kelvin: Float
) -> tuple[Float, Float, Flags]:
    """Sums over a mesh (4, M, T, 3), what they are if nothing cancels, and where (M, T) μ cuts a band at T = 0."""
    domain, dimension = domain_of(group.hamiltonian), group.hamiltonian.dimension
    number, bands = mesh**dimension, group.last - group.first + 1
    block = max(32, _NUMBERS // (bands * len(mu) * len(kelvin)))
    total = np.zeros((2, 4, len(mu), len(kelvin), 3))
    below, above = (np.zeros((bands, len(mu)), dtype=bool) for _ in range(2))
    for first in range(0, number, block):
        at = domain.points(mesh_points(mesh, dimension, _SHIFT, first, min(first + block, number)))
        geometry = group.geometry(at.k)
        filled, lifted = _thermal(geometry.energy, mu, kelvin)
        weight = at.weight[:, None] / number
        for row, shares, vectors in _terms(geometry, spin, filled, lifted):
            flat = (weight[:, :, None, None] * shares).reshape(-1, len(mu) * len(kelvin))
            for place, each in enumerate(
                (flat.T @ vectors.reshape(-1, 3), np.abs(flat).T @ np.abs(vectors.reshape(-1, 3)))
            ):
                total[place, row] += each.reshape(len(mu), len(kelvin), 3)
        below |= (geometry.energy[:, :, None] <= mu).any(axis=0)
        above |= (geometry.energy[:, :, None] >= mu).any(axis=0)
    cut = np.asarray(np.any(below & above, axis=0))[:, None] & (kelvin == 0)
    return total[0], total[1], cut


def _thermal(energy: Float, mu: Float, kelvin: Float) -> tuple[Float, Float]:
    """Occupations f and g (n, G, M, T) of states of energies (n, G)."""
    height = energy[:, :, None, None] - mu[:, None]
    heat = BOLTZMANN * kelvin
    x = height / np.where(heat > 0, heat, 1.0)
    filled = np.where(heat > 0, fermi(x), height < 0)
    lifted = np.where(heat > 0, heat * grand_kernel(x), np.maximum(-height, 0.0))
    return filled, lifted


def _terms(
    geometry: GroupGeometry, spin: Complex | None, filled: Float, lifted: Float
) -> Iterator[tuple[int, Float, Float]]:
    """Rows of the integrals, the shares (n, P, M, T) of bands or pairs, and the vectors (n, P, 3) that these weigh."""
    curvature, moment = (
        np.moveaxis(np.diagonal(each, axis1=2, axis2=3).real, 1, 2)
        for each in (geometry.berry_curvature, geometry.orbital_moment)
    )
    yield _HALL, filled, curvature
    yield _LOCAL, filled, moment
    yield _ITINERANT, lifted, E_OVER_HBAR * curvature
    if spin is not None:
        turned = geometry.block(spin)[:, None] @ geometry.berry_curvature
        yield _SPIN, filled, np.moveaxis(np.diagonal(turned, axis1=2, axis2=3).real, 1, 2)
    n, l = np.triu_indices(geometry.energy.shape[1], 1)
    gap = geometry.energy[:, n] - geometry.energy[:, l]
    slope = HBAR * geometry.velocity[:, :, n, l]
    square = np.where(np.abs(gap) > _TOGETHER, gap * gap, np.inf)[:, :, None]
    pair = np.stack([-2 * (slope[:, a] * slope[:, b].conj()).imag for a, b in PLANES], axis=2) / square
    yield _HALL, filled[:, n] - filled[:, l], pair
    yield _LOCAL, filled[:, n] + filled[:, l], 0.5 * E_OVER_HBAR * gap[:, :, None] * pair
    yield _ITINERANT, lifted[:, n] - lifted[:, l], E_OVER_HBAR * pair


def magnetization_factor(crystal: Hamiltonian, charge: float) -> float:
    """μ_B in a cell, or per Å^d of a k·p model, of 1 eV/T per Å^d of a carrier of charge −e."""
    cell = crystal.cell_volume if isinstance(crystal, LatticeHamiltonian) else 1.0
    return -charge * cell / BOHR_MAGNETON


@entry("response", unit="{conductivity}", symbol=r"$\sigma$", needs=("occupied group",),
    convention="j_a = sigma_ab E_b, sigma_ab = -{square} eps_abc ∫[dk] Σ f Omega_c over the bands of the group of "
    "the config alone")  # fmt: skip
def occupied_group_hall_conductivity(of: OccupiedGroup) -> Observable:
    """−(q²/ħ) ε_abc ∫[dk] Σ f Ω_c."""
    return of.hall(_HALL)


@entry("response", unit="{conductivity}", symbol=r"$\sigma^\mathrm{s}$", needs=("occupied group", "spin"),
    convention="2e/hbar times the current of the spin along the axis of internal, -2 {square} eps_abc ∫[dk] Σ f "
    "Re<n|S F_c|n> over the bands of the group, F of pairs with bands outside: spin 1/2 counts as 1")  # fmt: skip
def occupied_group_spin_hall_conductivity(of: OccupiedGroup) -> Observable:
    """−(2q²/ħ) ε_abc ∫[dk] Σ f Re⟨n|S F_c|n⟩."""
    return of.hall(_SPIN, 2.0)


@entry("response", unit="{magnetization}", symbol="$M$", needs=("occupied group",),
    convention="M = ∫[dk] Σ [m f {plus_minus_q} Omega k_B T ln(1+e^{{(mu-ε)/k_B T}})] over the bands of the group of the "
    "config alone, {carriers}; only the sum of local and itinerant is physical where bands touch")  # fmt: skip
def occupied_group_orbital_magnetization(of: OccupiedGroup) -> Observable:
    """Local and itinerant part, [μ, T, axis]."""
    factor = magnetization_factor(of.group.hamiltonian, of.charge)
    convention = f"[mu, T, axis]; {of.how}"
    local, itinerant = (
        Observable("", factor * of.integral[row], abs(factor) * of.error[row], convention=convention)
        for row in (_LOCAL, _ITINERANT)
    )
    whole = factor * (of.integral[_LOCAL] + of.integral[_ITINERANT])
    error = abs(factor) * (of.error[_LOCAL] + of.error[_ITINERANT])
    return replace(
        Observable("", whole, error, convention=convention),
        contributions={"local": local, "itinerant": itinerant},
    )
