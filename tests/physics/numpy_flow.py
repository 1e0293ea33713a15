"""The equations of motion once more: implicit form, Kubo sums, numpy and scipy; no code shared with the kernels.

ħk̇ = q E(t) + q ṙ×B,   ṙ = ∂𝓔/ħ∂k − k̇×Ω,   𝓔 = ε − m·B with m of charge q.
"""

from collections.abc import Callable

import numpy as np
from scipy.integrate import solve_ivp

from tests.reference.kubo import band_quantities
from wavepacket.hamiltonians import Hamiltonian
from wavepacket.units import E_OVER_HBAR, HBAR

_TESLA = E_OVER_HBAR * HBAR  # V fs/Å² in one tesla: q v×B is then a force in eV/Å
_EPSILON = np.zeros((3, 3, 3))
for _i, _j, _k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
    _EPSILON[_i, _j, _k], _EPSILON[_i, _k, _j] = 1.0, -1.0


def wavepacket_energy(
    hamiltonian: Hamiltonian, band: int, k: np.ndarray, magnetic: np.ndarray, charge: float
) -> np.ndarray:
    """Return 𝓔 (n,) = ε − m·B; the reference gives m of charge −e, and m is proportional to q."""
    bands = band_quantities(hamiltonian, k)
    return bands.energy[:, band] + charge * bands.orbital_moment[:, band] @ magnetic


def density_factor(
    hamiltonian: Hamiltonian, band: int, k: np.ndarray, magnetic: np.ndarray, charge: float
) -> np.ndarray:
    """Return D (n,) = 1 − (q/ħ) B·Ω."""
    return 1 - charge * E_OVER_HBAR * band_quantities(hamiltonian, k).berry_curvature[:, band] @ magnetic


def rates(
    hamiltonian: Hamiltonian,
    band: int,
    k: np.ndarray,
    electric: np.ndarray,
    magnetic: np.ndarray,
    charge: float,
    step: float,
) -> np.ndarray:
    """Return (k̇, ṙ) as (n, 6) by solving the two implicit equations; ∂(m·B)/∂k by differences with the given step in 1/Å."""
    bands, shift = band_quantities(hamiltonian, k), np.empty_like(k)
    for a in range(3):
        d = step * np.eye(3)[a]
        values = [
            wavepacket_energy(hamiltonian, band, k + n * d, magnetic, charge)
            - band_quantities(hamiltonian, k + n * d).energy[:, band]
            for n in (-2, -1, 1, 2)
        ]
        shift[:, a] = (values[0] - 8 * values[1] + 8 * values[2] - values[3]) / (12 * step)
    velocity, omega = bands.velocity[:, band] + shift / HBAR, bands.berry_curvature[:, band]
    # k̇_i − (q/ħ) ε_ijk ṙ_j B_k = qE_i/ħ  and  ṙ_i + ε_ijk k̇_j Ω_k = ṽ_i.
    system = np.zeros((len(k), 6, 6))
    system[:, :3, :3] = system[:, 3:, 3:] = np.eye(3)
    system[:, :3, 3:] = -charge * _TESLA / HBAR * np.einsum("ijk,k->ij", _EPSILON, magnetic)
    system[:, 3:, :3] = np.einsum("ijk,nk->nij", _EPSILON, omega)
    right = np.concatenate([np.broadcast_to(charge * electric / HBAR, k.shape), velocity], axis=1)
    return np.linalg.solve(system, right[..., None])[..., 0]


def trajectories(
    hamiltonian: Hamiltonian,
    band: int,
    k: np.ndarray,
    times: np.ndarray,
    electric: Callable[[float], np.ndarray],
    magnetic: np.ndarray,
    charge: float = -1.0,
    *,
    step: float = 1e-3,
    tolerance: float = 1e-11,
) -> tuple[np.ndarray, np.ndarray]:
    """Return wavevectors and positions (n, T, 3) of packets that start at k (n, 3) and r = 0."""

    def slope(t: float, y: np.ndarray) -> np.ndarray:
        state = y.reshape(-1, 6)
        return rates(hamiltonian, band, state[:, :3], electric(t), magnetic, charge, step).ravel()

    start = np.concatenate([k, np.zeros_like(k)], axis=1).ravel()
    found = solve_ivp(
        slope, (times[0], times[-1]), start, "DOP853", t_eval=times, rtol=tolerance, atol=tolerance
    )
    assert found.success
    paths = found.y.T.reshape(len(times), len(k), 6).swapaxes(0, 1)
    return paths[..., :3], paths[..., 3:]
