"""What a filled group of bands does: Hall conductivity, orbital magnetization and spin Hall conductivity.

With the matrices of `bands.group_geometry`, for carriers of charge q, and what other filled bands do left out:

    σ_ab = −(q²/ħ) ε_abc ∫[dk] Tr F_c,          σˢ_ab = −(2q²/ħ) ε_abc ∫[dk] Tr(P S P F_c),
    M = ∫[dk] Tr[m̂ − (q/ħ) F (μ − h)]  =  −(q/ħ) Σ_{n in, l out} ∫[dk] i X_nl [μ − (ε_n+ε_l)/2]/(ε_n−ε_l)²:

pairs of a band inside and one outside, and nothing of what bands of the group do among themselves.
"""

from dataclasses import dataclass, replace

import numpy as np

from wavepacket.arrays import Complex, Float
from wavepacket.bands import BandGroup, band_group
from wavepacket.bands.chern import chern_number
from wavepacket.config import Config, Internal
from wavepacket.config.schema_response import Response
from wavepacket.errors import InputError
from wavepacket.formulas import LEVI_CIVITA
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian
from wavepacket.hamiltonians.library.spin import spin_operators
from wavepacket.observables import Observable, entry
from wavepacket.response.domain import domain_of
from wavepacket.response.observables import words
from wavepacket.response.occupied_group import OccupiedGroup, magnetization_factor, occupied_group
from wavepacket.response.uniform import mesh_points
from wavepacket.units import E_OVER_HBAR, HBAR, PLANCK, SIEMENS_PER_CENTIMETRE

__all__ = ["FilledGroup", "check_group", "filled_group", "groups_of"]

_FIRST = {1: 64, 2: 16, 3: 6}
"""Points along each axis of the first mesh."""
_BLOCK = 2048
_SHIFT = 0.25  # of a step: meshes do not meet the invariant points
_CANCELLED = 0.1  # of what an integral would be if nothing cancelled: below it values need not be resolved
_ROUNDING = 1e-12
_CURVATURE, _MOMENT, _ENERGY, _SPIN = range(4)


@dataclass(frozen=True, eq=False)
class FilledGroup:
    """Integrals over the zone, as the observables see them that are made of them.

    Attributes
    ----------
    group : of bands
    integral, error : (4, 3) ∫[dk] of Tr F, Tr m̂, Tr F h and Tr(PSP F), and their uncertainties
    mu : (M,) eV
    charge : of the carriers, e
    points : wavevectors of the last mesh
    has : ``group``, and ``spin`` where one is known
    """

    group: BandGroup
    integral: Float
    error: Float
    mu: Float
    charge: float
    points: int
    has: frozenset[str]

    @property
    def words(self) -> dict[str, str]:
        """Of units and conventions; magnetizations are per cell where there is one."""
        found = words(self.group.hamiltonian.dimension, self.charge)
        cell = isinstance(self.group.hamiltonian, LatticeHamiltonian)
        unit = "mu_B/cell" if cell else f"mu_B{found['per_volume']}"
        return found | {"magnetization": unit, "bands": f"bands {self.group.first} to {self.group.last}"}

    def hall(self, column: int, factor: float = 1.0) -> Observable:
        """−(q²/ħ) ε_abc times an integral."""
        scale = PLANCK if self.group.hamiltonian.dimension < 3 else SIEMENS_PER_CENTIMETRE
        scale *= -(self.charge**2) / HBAR * factor
        value, error = (
            np.where(np.abs(self.integral) <= self.error, 0.0, self.integral)[column],
            self.error[column],
        )
        return Observable(
            "",
            scale * LEVI_CIVITA @ value,
            np.abs(scale * LEVI_CIVITA) @ error,
            convention=f"[a, b]; {self.how}",
        )

    @property
    def how(self) -> str:
        """How the uncertainty was found."""
        return f"change from a mesh of half the step, {self.points} points"


def check_group(config: Config, hamiltonian: Hamiltonian) -> None:
    """Raise ConfigError for a group that this crystal has not, or whose spin does not fit it, before anything is summed."""
    if not isinstance(config.band.group, tuple) or hamiltonian.dimension == 1:
        return
    try:
        band_group(hamiltonian, (config.band.group[0], config.band.group[-1]))
        _spin_along(config.internal, hamiltonian.size)
    except InputError as problem:
        raise config.problem("band.group", str(problem)) from problem


def groups_of(
    config: Config, hamiltonian: Hamiltonian, request: Response
) -> list[FilledGroup | OccupiedGroup]:
    """What the group of bands of a config does by itself, filled, and as the temperatures above zero fill it."""
    if not isinstance(config.band.group, tuple) or hamiltonian.dimension == 1:
        return []
    mu, kelvin = np.array(request.chemical_potential), np.array(request.temperature)
    filled = filled_group(config, hamiltonian, mu, uncertainty=request.uncertainty, points=request.points)
    if not kelvin.any():
        return [filled]
    spin = _spin_along(config.internal, hamiltonian.size)
    occupied = occupied_group(
        filled.group,
        spin,
        mu,
        kelvin,
        charge=config.charge,
        uncertainty=request.uncertainty,
        points=request.points,
    )
    return [filled, occupied]


def filled_group(
    config: Config, hamiltonian: Hamiltonian, mu: Float, *, uncertainty: float, points: int
) -> FilledGroup:
    """Integrate over the zone what the group of a config does, by meshes of half the step until all are known.

    Raises
    ------
    ConfigError
        for a group that touches other bands, and a spin that does not fit the crystal
    """
    assert isinstance(config.band.group, tuple)
    try:
        group = band_group(hamiltonian, (config.band.group[0], config.band.group[-1]))
        spin = _spin_along(config.internal, hamiltonian.size)
        integral, error, number = _converged(group, spin, uncertainty, points)
    except InputError as problem:
        raise config.problem("band.group", str(problem)) from problem
    has = frozenset({"group"} if spin is None else {"group", "spin"})
    return FilledGroup(group, integral, error, mu, config.charge, number, has)


def _spin_along(internal: Internal | None, size: int) -> Complex | None:
    """The operator of the spin along its axis, ħ."""
    if internal is None or internal.spin is None:
        return None
    try:
        spin = spin_operators(internal.spin, size)
    except InputError as error:
        raise InputError(f"internal.spin: {error}") from error
    axis = np.array(internal.axis)
    return np.tensordot(axis / np.linalg.norm(axis), spin, axes=1)


def _converged(
    group: BandGroup, spin: Complex | None, uncertainty: float, points: int
) -> tuple[Float, Float, int]:
    """Integrals, their uncertainties, and the number of points of the last mesh."""
    dimension = group.hamiltonian.dimension
    mesh, before = _FIRST[dimension], None
    while True:
        value, size = _integrals(group, spin, mesh)
        if before is not None:
            error = np.abs(value - before) + _ROUNDING * size
            known = error <= uncertainty * np.maximum(np.abs(value), _CANCELLED * size)
            if known.all() or (2 * mesh) ** dimension > points:
                return value, error, mesh**dimension
        mesh, before = 2 * mesh, value


def _integrals(group: BandGroup, spin: Complex | None, mesh: int) -> tuple[Float, Float]:
    """Sums over a mesh of the traces, (4, 3), and of the sizes of their matrices."""
    domain, dimension = domain_of(group.hamiltonian), group.hamiltonian.dimension
    number = mesh**dimension
    total = np.zeros((2, 4, 3))
    for first in range(0, number, _BLOCK):
        at = domain.points(mesh_points(mesh, dimension, _SHIFT, first, min(first + _BLOCK, number)))
        geometry = group.geometry(at.k)
        curvature, h = geometry.berry_curvature, geometry.hamiltonian[:, None]
        turned = np.zeros_like(curvature) if spin is None else geometry.block(spin)[:, None] @ curvature
        matrices = np.stack([curvature, geometry.orbital_moment, curvature @ h, turned], axis=1)
        sums = np.trace(matrices, axis1=3, axis2=4).real, np.linalg.norm(matrices, axis=(3, 4))
        total += np.einsum("n,snic->sic", at.weight / number, np.stack(sums))
    return total[0], total[1]


@entry("response", unit="{conductivity}", symbol=r"$\sigma$", needs=("group",),
    convention="j_a = sigma_ab E_b, sigma_ab = -{square} eps_abc ∫[dk] Tr F_c of the group of the config alone, all of it "
    "filled; F the field strength of its states")  # fmt: skip
def group_hall_conductivity(of: FilledGroup) -> Observable:
    """−(q²/ħ) ε_abc ∫[dk] Tr F_c."""
    return of.hall(_CURVATURE)


@entry("response", unit="{conductivity}", symbol=r"$\sigma^\mathrm{s}$", needs=("group", "spin"),
    convention="2e/hbar times the current of the spin along the axis of internal, -2 {square} eps_abc ∫[dk] Tr(PSP F_c) of "
    "the filled group: spin 1/2 counts as 1")  # fmt: skip
def group_spin_hall_conductivity(of: FilledGroup) -> Observable:
    """−(2q²/ħ) ε_abc ∫[dk] Tr(PSP F_c)."""
    return of.hall(_SPIN, 2.0)


@entry("response", unit="{magnetization}", symbol="$M$", needs=("group",),
    convention="M = ∫[dk] Tr[m {plus_minus_q} F (mu - h)] of the filled group at T = 0, {carriers}: pairs of a band "
    "inside and one outside")  # fmt: skip
def group_orbital_magnetization(of: FilledGroup) -> Observable:
    """Local and itinerant part, [μ, axis]."""
    factor = magnetization_factor(of.group.hamiltonian, of.charge)
    mu = of.mu[:, None]
    local = np.broadcast_to(factor * of.integral[_MOMENT], (len(mu), 3))
    error = np.broadcast_to(abs(factor) * of.error[_MOMENT], local.shape)
    itinerant = factor * E_OVER_HBAR * (mu * of.integral[_CURVATURE] - of.integral[_ENERGY])
    more = abs(factor) * E_OVER_HBAR * (np.abs(mu) * of.error[_CURVATURE] + of.error[_ENERGY])
    convention = f"[mu, axis]; {of.how}"
    parts = {
        "local": Observable("", local, error, convention=convention),
        "itinerant": Observable("", itinerant, more, convention=convention),
    }
    whole = Observable("", local + itinerant, error + more, convention=convention)
    return replace(whole, contributions=parts)


@entry("response", unit="1", symbol="$C$", needs=("group",),
    convention="C = (1/2π)∫ Tr F_xy d²k of the group, by plaquettes of determinants; an exact integer; in 2D")  # fmt: skip
def group_chern_number(of: FilledGroup) -> float | None:
    """Non-Abelian Chern number of a layer."""
    found = chern_number(of.group.hamiltonian, of.group.first, of.group.last)
    return None if found is None else float(found)
