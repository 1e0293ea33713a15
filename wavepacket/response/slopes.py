"""Derivatives of band energies and of Ω in k: inverse masses ∂_a∂_bε and ∂_aΩ_b of every band.

With the covariant derivative D_a O = ∂_aO − i[A_a, O] of matrices between orbitals (A is zero without position elements),
V_a = D_aH, and (G_a)_nl = ⟨n|V_a|l⟩/(ε_n−ε_l) between states, zero within a degenerate group, a matrix between states
varies as ∂_a⟨n|O|l⟩ = ⟨n|D_aO|l⟩ + [G_a, O]_nl. Hence

    ∂_a∂_bε_n = ⟨n|D_aV_b|n⟩ + [G_a, V_b]_nn,
    ∂_aΩ_n = i Σ_l [∂_aX_nl/(ε_n−ε_l)² − 2 X_nl ∂_a(ε_n−ε_l)/(ε_n−ε_l)³] + ∂_a⟨n|F|n⟩,    X_nl = ⟨n|V|l⟩×⟨l|V|n⟩.
"""

from dataclasses import dataclass

import numpy as np

from wavepacket.arrays import Complex, Float
from wavepacket.formulas import LEVI_CIVITA
from wavepacket.hamiltonians import Hamiltonian

__all__ = ["Slopes", "slopes_at"]

_NUMBERS = 3_000_000
"""Complex numbers that are held at once."""
_STEP = 1e-4
"""Of the inverse length of the cell: of central differences of F, a sum of few plane waves, which errs by its square."""


@dataclass(frozen=True, eq=False)
class Slopes:
    """Derivatives of all bands at n wavevectors; inside a degenerate group only sums over it mean anything.

    Attributes
    ----------
    mass : (n, N, 3, 3) ∂_a∂_bε, eV Å²
    mass_size : the same of the sum of sizes of its terms
    curvature : (n, N, 3, 3) ∂_aΩ_b, Å³; None unless asked for
    """

    mass: Float
    mass_size: Float
    curvature: Float | None = None


def slopes_at(
    hamiltonian: Hamiltonian,
    k: Float,
    *,
    tolerance: float,
    position_elements: bool = True,
    curvature: bool = False,
) -> Slopes:
    """Differentiate at wavevectors (n, 3), 1/Å.

    Parameters
    ----------
    tolerance : gap below which two bands are one group, eV
    curvature : also ∂_aΩ_b
    """
    step = max(1, _NUMBERS // ((20 + 20 * curvature) * hamiltonian.size**2))
    with_elements = position_elements and getattr(hamiltonian, "position_matrices", None) is not None
    parts = [
        _block(hamiltonian, k[i : i + step], tolerance, with_elements=with_elements, curvature=curvature)
        for i in range(0, max(len(k), 1), step)
    ]
    return Slopes(
        np.concatenate([one.mass for one in parts]),
        np.concatenate([one.mass_size for one in parts]),
        np.concatenate([one.curvature for one in parts if one.curvature is not None]) if curvature else None,
    )


def _block(
    hamiltonian: Hamiltonian, k: Float, tolerance: float, *, with_elements: bool, curvature: bool
) -> Slopes:
    energy, states = np.linalg.eigh(hamiltonian.hamiltonian(k))
    velocity, second = _derivatives(hamiltonian, k, with_elements=with_elements)
    velocity, second = _between(states, velocity), _between(states, second)
    gap = energy[:, :, None] - energy[:, None, :]
    inverse = np.divide(1.0, gap, out=np.zeros_like(gap), where=np.abs(gap) > tolerance)
    mixing = velocity * inverse[:, None]
    # [G_a, V_b]_nn = 2 Re Σ_l ⟨n|V_a|l⟩⟨l|V_b|n⟩/(ε_n−ε_l).
    pairs = np.einsum("xanl,xbln->xnab", mixing, velocity).real
    sizes = np.einsum("xanl,xbln->xnab", np.abs(mixing), np.abs(velocity))
    own = np.einsum("xabnn->xnab", second).real
    own = (own + np.swapaxes(own, 2, 3)) / 2
    mass, size = own + pairs + np.swapaxes(pairs, 2, 3), np.abs(own) + 2 * sizes
    if not curvature:
        return Slopes(mass, size)
    # ∂_aV_b between states, [x, a, b, n, l].
    changed = second + mixing[:, :, None] @ velocity[:, None] - velocity[:, None] @ mixing[:, :, None]
    product = np.einsum("xacnl,xdln->xacdnl", changed, velocity) + np.einsum(
        "xcnl,xadln->xacdnl", velocity, changed
    )
    cross = np.einsum("xcnl,xdln->xcdnl", velocity, velocity)
    speed = np.einsum("xann->xan", velocity).real
    relative = speed[:, :, :, None] - speed[:, :, None, :]
    square = inverse**2
    found = np.einsum("bcd,xacdnl,xnl->xnab", LEVI_CIVITA, product, square)
    found -= 2 * np.einsum("bcd,xcdnl,xanl,xnl->xnab", LEVI_CIVITA, cross, relative, square * inverse)
    slopes = np.real(1j * found)
    if with_elements:
        slopes += _own_curvature(hamiltonian, k, states, mixing)
    return Slopes(mass, size, slopes)


def _between(states: Complex, matrices: Complex) -> Complex:
    """Matrices (x, ..., N, N) between orbitals as matrices between states."""
    middle = (1,) * (matrices.ndim - 3)
    shaped = states.reshape(len(states), *middle, *states.shape[1:])
    return np.asarray(np.conj(np.swapaxes(shaped, -1, -2)) @ matrices @ shaped)


def _commuted(connection: Complex, matrices: Complex) -> Complex:
    """−i[A_a, M], (x, 3, ..., N, N)."""
    middle = (1,) * (matrices.ndim - 3)
    a = connection.reshape(*connection.shape[:2], *middle, *connection.shape[2:])
    return np.asarray(-1j * (a @ matrices[:, None] - matrices[:, None] @ a))


def _derivatives(hamiltonian: Hamiltonian, k: Float, *, with_elements: bool) -> tuple[Complex, Complex]:
    """V_a (x, 3, N, N) and D_aV_b (x, 3, 3, N, N) between orbitals."""
    velocity, second = hamiltonian.hamiltonian_gradient(k), hamiltonian.hamiltonian_hessian(k)
    if not with_elements:
        return velocity, second
    h, a = hamiltonian.hamiltonian(k), hamiltonian.connection(k)
    slope = hamiltonian.connection_gradient(k)
    # ∂_aV_b = ∂_a∂_bH − i[∂_aA_b, H] − i[A_b, ∂_aH].
    second = second - 1j * (slope @ h[:, None, None] - h[:, None, None] @ slope)
    second = second + np.swapaxes(_commuted(a, velocity), 1, 2)
    velocity = velocity + _commuted(a, h)
    return velocity, second + _commuted(a, velocity)


def _own_curvature(hamiltonian: Hamiltonian, k: Float, states: Complex, mixing: Complex) -> Float:
    """∂_a⟨n|F_b|n⟩, F the curvature of the orbitals, (n, N, 3, 3)."""
    step = _STEP / hamiltonian.length_scale
    f, a = _orbital_curvature(hamiltonian, k), hamiltonian.connection(k)
    slope = np.stack(
        [
            (
                _orbital_curvature(hamiltonian, k + step * axis)
                - _orbital_curvature(hamiltonian, k - step * axis)
            )
            / (2 * step)
            for axis in np.eye(3)
        ],
        axis=1,
    )
    slope = _between(states, slope + _commuted(a, f))
    f = _between(states, f)
    # [G_a, F_b]_nn = 2 Re Σ_l (G_a)_nl (F_b)_ln, since G is antihermitian.
    turned = 2 * np.einsum("xanl,xbln->xnab", mixing, f).real
    return np.asarray(np.einsum("xabnn->xnab", slope).real + turned)


def _orbital_curvature(hamiltonian: Hamiltonian, k: Float) -> Complex:
    """F_b = ε_bcd (∂_cA_d − i A_cA_d), (x, 3, N, N), Å²."""
    a, slope = hamiltonian.connection(k), hamiltonian.connection_gradient(k)
    product = slope - 1j * np.einsum("xcij,xdjk->xcdik", a, a)
    return np.asarray(np.einsum("bcd,xcdij->xbij", LEVI_CIVITA, product))
