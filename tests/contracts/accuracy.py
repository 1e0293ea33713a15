"""How exact a band quantity can be at each k: first-order rounding bounds, and the radius of analyticity.

Phases k·R are known to eps·|k·R| and a sum of N×N matrices to eps·Σ|terms|: δH and δV below. By perturbation theory an
error δH turns states by δH/gap and changes a gap by δH, so that for Ω = Σ V²/gap² and its relatives each factor V brings
δV/V and each factor 1/gap brings δH/gap. ε(k) and the rest are analytic within gap/4|V| of k: there the gap is at least half
of what it is at k, which bounds all higher derivatives by Cauchy's estimate, and with them the errors of differences.
"""

from dataclasses import dataclass

import numpy as np

from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian
from wavepacket.units import E_OVER_HBAR, HBAR

EPS = float(np.finfo(float).eps)
_SAFETY = 8.0


@dataclass(frozen=True)
class Accuracy:
    """Bounds (n,) on errors of rounding, the scale of Ω and m, and the radius of analyticity in 1/Å."""

    energy: np.ndarray
    velocity: np.ndarray
    curvature: np.ndarray
    moment: np.ndarray
    mixing: np.ndarray
    slope_scale: np.ndarray
    curvature_scale: np.ndarray
    moment_scale: np.ndarray
    radius: np.ndarray


def rounding(hamiltonian: Hamiltonian, k: np.ndarray, gap: np.ndarray) -> Accuracy:
    """Return the bounds at k (n, 3) of a band with the given gaps (n,), which are infinite for a single band."""
    delta_h, delta_v, length = _sums(hamiltonian, k)
    h, v = hamiltonian.hamiltonian(k), hamiltonian.hamiltonian_gradient(k)
    for a in range(3):
        connection = hamiltonian.connection(k)[:, a]
        v[:, a] += 1j * (h @ connection - connection @ h)
    speed = np.sqrt(np.sum(np.linalg.norm(v, ord=2, axis=(2, 3)) ** 2, axis=1))
    inverse, c = 1 / gap, _SAFETY * hamiltonian.size
    own = np.abs(hamiltonian.connection(k)).sum(axis=(1, 2, 3)) ** 2
    own += np.abs(hamiltonian.connection_gradient(k)).sum(axis=(1, 2, 3, 4))
    return Accuracy(
        energy=c * delta_h,
        velocity=c * (delta_v + 2 * speed * delta_h * inverse) / HBAR,
        curvature=c * (2 * speed * delta_v * inverse**2 + 4 * speed**2 * delta_h * inverse**3 + EPS * own),
        moment=c * E_OVER_HBAR * (speed * delta_v * inverse + 2 * speed**2 * delta_h * inverse**2),
        mixing=c * (2 * speed * delta_v * inverse**4 + 6 * speed**2 * delta_h * inverse**5),
        slope_scale=speed + length * np.linalg.norm(h, ord=2, axis=(1, 2)),
        curvature_scale=hamiltonian.size * (speed * inverse) ** 2 + own,
        moment_scale=hamiltonian.size * E_OVER_HBAR * speed**2 * inverse,
        radius=0.25 / (speed * inverse + length + 1e-3),
    )


def _sums(hamiltonian: Hamiltonian, k: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Return (δH, δV, a length over which H varies)."""
    if isinstance(hamiltonian, LatticeHamiltonian):
        weights = np.linalg.norm(hamiltonian.hoppings, ord=2, axis=(1, 2))
        steps = np.linalg.norm(hamiltonian.translations, axis=1)
        site = np.linalg.norm(hamiltonian.sites, axis=1).max()
        own = 0.0
        if hamiltonian.position_matrices is not None:
            own = np.linalg.norm(hamiltonian.position_matrices, ord=2, axis=(2, 3)).sum()
        phases = EPS * (1 + np.linalg.norm(k, axis=1) * (steps.max() + site))
        total = weights.sum()
        delta_v = phases * (weights @ steps + 2 * (site + own) * total)
        return phases * total, delta_v, float(steps.max() + site + own)
    # A monomial of degree p is exact to p+1 roundings; its derivative in any direction is at most p |k|^(p-1).
    degree, size = hamiltonian.powers.sum(axis=1), np.linalg.norm(k, axis=1)[:, None]
    weights = np.linalg.norm(hamiltonian.matrices, ord=2, axis=(1, 2)) * (degree + 1)
    total = (weights * size**degree).sum(axis=1)
    slopes = (weights * degree * size ** np.maximum(degree - 1, 0)).sum(axis=1)
    return EPS * total, EPS * slopes, hamiltonian.length_scale


def slope(function, k: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """Return ∂_a f at k (n, 3) as the last axis, by five points at a distance where truncation meets rounding.

    With |f| <= M within the radius ρ, f⁽⁵⁾ <= 5! M/ρ⁵: truncation 4 M h⁴/ρ⁵, rounding 1.5 δf/h, h = ρ eps^(1/5).
    """
    h = radius * EPS**0.2
    columns = []
    for a in range(3):
        step = h[:, None] * np.eye(3)[a]
        near, far = (function(k + n * step) - function(k - n * step) for n in (1, 2))
        columns.append((8 * near - far) / (12 * h.reshape(-1, *[1] * (near.ndim - 1))))
    return np.stack(columns, axis=-1)


def slope_error(scale: np.ndarray, noise: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """Return the bound of `slope` for |f| <= scale within the radius and errors of f up to noise."""
    return 4 * scale / radius * EPS**0.8 + 1.5 * noise / (radius * EPS**0.2)


def gaps(energy: np.ndarray, index: int) -> np.ndarray:
    """Return the distance (n,) of band ``index`` to its nearest neighbour; infinite for one band."""
    distance = np.abs(energy - energy[:, [index]])
    distance[:, index] = np.inf
    return distance.min(axis=1)


def assert_within(found: np.ndarray, expected: np.ndarray, tolerance: np.ndarray) -> None:
    """Compare arrays (n, ...) with one tolerance for each of the n."""
    difference = np.abs(found - expected).reshape(len(found), -1).max(axis=1)
    worst = int(np.argmax(difference - tolerance))
    assert np.all(difference <= tolerance), (
        f"point {worst}: {found[worst]} and {expected[worst]} differ by {difference[worst]:.2e} > {tolerance[worst]:.2e}"
    )
