"""Every band at a block of wavevectors: energies, velocities, Ω, m and sums over pairs of bands that they are made of.

With V_a = ∂_aH + i[H, A_a] and F_ab = ∂_aA_b − ∂_bA_a − i[A_a, A_b] of the orbitals' connection A (zero without
position elements), and X_nl = ⟨n|V|l⟩×⟨l|V|n⟩ without the pairs inside a degenerate group:

    Ω_n = ⟨n|F|n⟩ + i Σ_l X_nl/(ε_n−ε_l)²,      m_n = −(ie/2ħ) Σ_l X_nl/(ε_l−ε_n)      (charge −e).

At T = 0 occupied–empty pairs see nothing of what bands below μ do among themselves:

    ∫[dk] Σ_{n occ} Ω_n = Σ_{n occ, l empty} i X_nl/(ε_n−ε_l)²  (+ the orbitals' own part),
    M = (e/ħ) Σ_{n occ, l empty} i X_nl [μ − (ε_n+ε_l)/2]/(ε_n−ε_l)².
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np

from wavepacket.arrays import Complex, Float
from wavepacket.bands.between import DEGENERATE, EveryBand
from wavepacket.hamiltonians import Hamiltonian
from wavepacket.response.weighing import Weighing
from wavepacket.units import E_OVER_HBAR

__all__ = ["Bands", "States", "joined_states", "pair_rows", "pair_sums", "states_at", "states_of"]

_CHUNK = 60_000
"""Complex numbers of V that are kept at once: what the second level of caches holds."""


@dataclass(frozen=True, eq=False)
class States:
    """All bands at n wavevectors.

    Attributes
    ----------
    energy : (n, N), eV, rising
    slope : (n, N, 3) ∂ε/∂k, eV Å
    curvature : (n, N, 3) Ω, Å²; inside a degenerate group only the sum over it means anything
    moment : (n, N, 3) m for charge −e, eV/T
    sizes : (n, N, 3, 3) Σ_l |X_nl|/|ε_n−ε_l|^p by p − 1 and component, for rounding errors
    own : (n, N, 3) ⟨n|F|n⟩, what position elements add to Ω beyond pairs, Å²; None without them
    metric : (n, N, 3, 9) Σ_l Re⟨n|V_a|l⟩⟨l|V_b|n⟩/(ε_n−ε_l)² with the sign of ε_l−ε_n, the same of sizes, and of sizes
        over one more |ε_n−ε_l|; None unless asked for
    spin : (n, N, 3, columns) weights, sizes and these over one more gap, see `spin_states`; None unless asked for
    separated : (n, N, 6) Σ_l of i X_nl/(ε_n−ε_l)² and of that times the mean energy, over states on other sides of
        chemical potentials; None unless asked for
    mass : (2, n, N, 3, 3) ∂_a∂_bε and the size of its terms, eV Å²; None unless asked for
    curvature_slope : (n, N, 3, 3) ∂_aΩ_b, Å³; None unless asked for
    """

    energy: Float
    slope: Float
    curvature: Float
    moment: Float
    sizes: Float
    own: Float | None = None
    metric: Float | None = None
    separated: Float | None = None
    mass: Float | None = None
    curvature_slope: Float | None = None
    spin: Float | None = None


def states_at(
    hamiltonian: Hamiltonian,
    k: Float,
    *,
    position_elements: bool = True,
    metric: bool = False,
    mu: Float | None = None,
) -> States:
    """Diagonalise H at wavevectors (n, 3), 1/Å; with rising chemical potentials ``mu`` also `States.separated`."""
    return Bands(hamiltonian, position_elements).states(k, metric=metric, mu=mu)


@dataclass(frozen=True, eq=False)
class Bands:
    """All bands of a Hamiltonian."""

    hamiltonian: Hamiltonian
    position_elements: bool = True

    @cached_property
    def between(self) -> EveryBand:
        """What diagonalises H."""
        return EveryBand(self.hamiltonian, self.position_elements)

    def states(self, k: Float, *, metric: bool = False, mu: Float | None = None) -> States:
        """See `states_at`."""
        step = 32 * max(1, _CHUNK // (96 * self.hamiltonian.size**2))
        parts = [
            states_of(*self.between.at(k[first : first + step]), metric=metric, mu=mu)
            for first in range(0, max(len(k), 1), step)
        ]
        return joined_states(parts)

    def with_slopes(self, states: States, k: Float, *, curvature: bool) -> States:
        """The same states with inverse masses and, where asked for, slopes of Ω."""
        from wavepacket.response.slopes import slopes_at  # few quantities need them

        found = slopes_at(
            self.hamiltonian, k, tolerance=DEGENERATE, position_elements=self.position_elements, curvature=curvature
        )  # fmt: skip
        return replace(states, mass=np.stack([found.mass, found.mass_size]), curvature_slope=found.curvature)


def joined_states(parts: Sequence[States]) -> States:
    """States of parts of the wavevectors behind each other."""
    if len(parts) == 1:
        return parts[0]
    every: dict[str, Any] = {
        each.name: [getattr(part, each.name) for part in parts] for each in fields(States)
    }
    return States(**{name: np.concatenate(some) for name, some in every.items() if some[0] is not None})


def states_of(
    energy: Float,
    velocity: Complex,
    own: Float | None = None,
    *,
    metric: bool = False,
    mu: Float | None = None,
    tolerance: float = DEGENERATE,
) -> States:
    """Sum what V (n, 3, N, N) between states, of which the upper triangle is read, and ⟨n|F|n⟩ make.

    Parameters
    ----------
    tolerance : gap below which two bands are one group, eV
    """
    from wavepacket.kernels.reduce.pairs import sum_over_pairs, sum_over_separated

    count, size = energy.shape
    parts = np.ascontiguousarray(velocity).view(np.float64).reshape(count, 3, size, size, 2)
    vectors, sizes = np.zeros((count, size, 2, 3)), np.zeros((count, size, 3, 3))
    products = np.zeros((count if metric else 0, size, 3, 9))
    sum_over_pairs(energy, parts, tolerance, np.empty(3), vectors, sizes, products)
    separated = None
    if mu is not None:
        separated = np.zeros((count, size, 6))
        sum_over_separated(energy, parts, np.searchsorted(mu, energy), np.empty(3), separated)
        if own is not None:
            separated += np.concatenate([own, own * energy[..., None]], axis=-1)
    return States(
        energy=energy,
        slope=np.real(np.diagonal(velocity, axis1=2, axis2=3)).swapaxes(1, 2),
        curvature=vectors[:, :, 0] if own is None else vectors[:, :, 0] + own,
        moment=E_OVER_HBAR / 2 * vectors[:, :, 1],
        sizes=sizes,
        own=own,
        metric=products if metric else None,
        separated=separated,
    )


def pair_rows(mu: Float, states: States, components: tuple[int, ...], weighing: Weighing) -> Float:
    """Return (M, columns, channels): steps over rising μ (M,) whose running sum is the sum over pairs at each μ.

    Pairs that no μ of the scan separates never enter, whatever the rounding of their 1/gap².
    """
    from wavepacket.kernels.reduce.spectral import enter_rows

    assert states.separated is not None
    columns = states.separated[..., [*components, *(3 + c for c in components)]]
    rows = np.searchsorted(mu, states.energy).ravel()
    width = weighing.channels * columns.shape[-1]
    out = np.zeros((len(mu) + 1, width))
    row = np.zeros(weighing.measure.shape[1] * columns.shape[-1])
    enter_rows(rows, weighing.of(columns[:, :, None]), out.reshape(-1), width, row)
    return np.swapaxes(out[:-1].reshape(len(mu), weighing.channels, -1), 1, 2)


def pair_sums(rows: Float, mu: Float, components: int) -> tuple[Float, Float]:
    """Return Ω and Ω·(μ − mean energy), (M, components, channels), at each μ."""
    sums = rows.cumsum(axis=0)
    hall, centre = sums[:, :components], sums[:, components:]
    return hall, mu[:, None, None] * hall - centre
