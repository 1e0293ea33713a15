"""Every band at a block of wavevectors: energies, velocities, Ω, m and the pairs of bands that they are made of.

With V_a = ∂_aH + i[H, A_a] and F_ab = ∂_aA_b − ∂_bA_a − i[A_a, A_b] of the orbitals' connection A (zero without
position elements), and X_nl = ⟨n|V|l⟩×⟨l|V|n⟩ without the pairs inside a degenerate group:

    Ω_n = ⟨n|F|n⟩ + i Σ_l X_nl/(ε_n−ε_l)²,      m_n = −(ie/2ħ) Σ_l X_nl/(ε_l−ε_n)      (charge −e).

At T = 0 occupied–empty pairs see nothing of what bands below μ do among themselves:

    ∫[dk] Σ_{n occ} Ω_n = Σ_{n occ, l empty} i X_nl/(ε_n−ε_l)²  (+ the orbitals' own part),
    M = (e/ħ) Σ_{n occ, l empty} i X_nl [μ − (ε_n+ε_l)/2]/(ε_n−ε_l)².
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from wavepacket.arrays import Complex, Float, Integer
from wavepacket.hamiltonians import Hamiltonian
from wavepacket.units import E_OVER_HBAR

__all__ = ["DEGENERATE", "States", "from_eigenstates", "inverse_gaps", "pair_rows", "pair_sums", "states_at"]

DEGENERATE = 1e-6
"""eV; bands closer than this are one group: what its members exchange cancels in every sum over the group."""

PLANES = ((1, 2), (2, 0), (0, 1))
"""(a, b) of the Cartesian component c of a curl."""


@dataclass(frozen=True, eq=False)
class States:
    """All bands at n wavevectors.

    Attributes
    ----------
    energy : (n, N), eV, rising
    slope : (n, N, 3) ∂ε/∂k, eV Å
    curvature : (n, N, 3) Ω, Å²; inside a degenerate group only the sum over it means anything
    moment : (n, N, 3) m for charge −e, eV/T
    pairs : (n, N, N, 3) i X_nl, real, odd under n ↔ l, eV² Å²
    own : (n, N, 3) ⟨n|F|n⟩, what position elements add to Ω beyond pairs, Å²; None without them
    metric : (n, N, N, 3, 3) Re⟨n|V_a|l⟩⟨l|V_b|n⟩, eV² Å²; None unless asked for
    """

    energy: Float
    slope: Float
    curvature: Float
    moment: Float
    pairs: Float
    own: Float | None = None
    metric: Float | None = None


def states_at(
    hamiltonian: Hamiltonian, k: Float, *, position_elements: bool = True, metric: bool = False
) -> States:
    """Diagonalise H at wavevectors (n, 3), 1/Å."""
    h, velocity = hamiltonian.hamiltonian(k), hamiltonian.hamiltonian_gradient(k)
    own = None
    if position_elements and getattr(hamiltonian, "position_matrices", None) is not None:
        connection = hamiltonian.connection(k)
        velocity = velocity + 1j * (h[:, None] @ connection - connection @ h[:, None])
        own = _orbital_curvature(connection, hamiltonian.connection_gradient(k))
    energy, frame = np.linalg.eigh(h)
    return from_eigenstates(energy, frame, velocity, own, metric=metric)


def from_eigenstates(
    energy: Float,
    frame: Complex,
    velocity: Complex,
    own: Complex | None = None,
    *,
    metric: bool = False,
    tolerance: float = DEGENERATE,
) -> States:
    """Assemble what the eigenstates make of V (n, 3, N, N) and, with position elements, F (n, 3, N, N).

    Parameters
    ----------
    frame : (n, N, N) eigenstates as columns; any orthonormal ones inside a degenerate group
    tolerance : gap below which two bands are one group, eV
    """
    bra = np.conj(np.swapaxes(frame, 1, 2))
    v = bra[:, None] @ velocity @ frame[:, None]
    pairs = np.stack([-2.0 * np.imag(v[:, a] * np.conj(v[:, b])) for a, b in PLANES], axis=-1)
    inverse = inverse_gaps(energy, tolerance)
    curvature = np.einsum("nij,nijc->nic", inverse**2, pairs)
    diagonal = None
    if own is not None:
        diagonal = np.real(np.einsum("nji,ncjk,nki->nic", frame.conj(), own, frame, optimize=True))
        curvature += diagonal
    products = None
    if metric:
        products = np.real(v[:, :, None] * np.conj(v[:, None])).transpose(0, 3, 4, 1, 2)
    return States(
        energy=energy,
        slope=np.real(np.diagonal(v, axis1=2, axis2=3)).swapaxes(1, 2),
        curvature=curvature,
        moment=E_OVER_HBAR / 2 * np.einsum("nij,nijc->nic", inverse, pairs),
        pairs=pairs,
        own=diagonal,
        metric=products,
    )


def inverse_gaps(energy: Float, tolerance: float = DEGENERATE) -> Float:
    """1/(ε_n−ε_l), (n, N, N), 1/eV; zero inside a degenerate group."""
    gap = energy[:, :, None] - energy[:, None, :]
    return np.divide(1.0, gap, out=np.zeros_like(gap), where=np.abs(gap) > tolerance)


def _orbital_curvature(connection: Complex, slope: Complex) -> Complex:
    """Return F as a vector, (n, 3, N, N), Å²."""
    curl = [
        slope[:, a, b]
        - slope[:, b, a]
        - 1j * (connection[:, a] @ connection[:, b] - connection[:, b] @ connection[:, a])
        for a, b in PLANES
    ]
    return np.stack(curl, axis=1)


def pair_rows(mu: Float, states: States, components: tuple[int, ...], measure: Float) -> Float:
    """Return (M, columns, channels): steps over rising μ (M,) whose running sum is the sum over pairs at each μ.

    Parameters
    ----------
    measure : (n, channels) of each wavevector
    """
    size, count = states.energy.shape[1], len(mu)
    lower, upper = np.triu_indices(size, 1)
    low, high = states.energy[:, lower], states.energy[:, upper]
    opens, closes = np.searchsorted(mu, low), np.searchsorted(mu, high)
    # A pair that no μ of the scan separates never enters, whatever the rounding of its 1/gap².
    point, pair = np.nonzero(opens < closes)
    data = _pair_data(states, point, lower[pair], upper[pair], list(components))
    rows = [opens[point, pair], closes[point, pair]]
    signs = [np.ones(len(point)), -np.ones(len(point))]
    which = [np.arange(len(point))] * 2
    weights = [data[:, :, None] * measure[point][:, None, :]]
    if states.own is not None:
        own = states.own[..., list(components)].reshape(-1, len(components))
        alone = np.concatenate([own, own * states.energy.reshape(-1, 1)], axis=1)
        rows.append(np.searchsorted(mu, states.energy.ravel()))
        signs.append(np.ones(len(own)))
        which.append(len(point) + np.arange(len(own)))
        weights.append(alone[:, :, None] * np.repeat(measure, size, axis=0)[:, None, :])
    every = np.concatenate(weights)
    steps = csr_matrix(
        (np.concatenate(signs), (np.concatenate(rows), np.concatenate(which))), shape=(count + 1, len(every))
    )
    return np.asarray(steps @ every.reshape(len(every), every.shape[1] * every.shape[2])).reshape(
        -1, *every.shape[1:]
    )[:-1]


def _pair_data(states: States, point: Integer, i: Integer, j: Integer, components: list[int]) -> Float:
    """Columns of the pairs (i, j) at their points."""
    low, high = states.energy[point, i], states.energy[point, j]
    hall = states.pairs[point, i, j][:, components] / (high - low)[:, None] ** 2
    return np.concatenate([hall, hall * (low + high)[:, None] / 2], axis=1)


def pair_sums(rows: Float, mu: Float, components: int) -> tuple[Float, Float]:
    """Return Ω and Ω·(μ − mean energy), (M, components, channels), at each μ."""
    sums = rows.cumsum(axis=0)
    hall, centre = sums[:, :components], sums[:, components:]
    return hall, mu[:, None, None] * hall - centre
