"""Energies of a band with their first two derivatives in k, by perturbation theory: searches over k, effective masses."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Complex, Float
from wavepacket.errors import InputError
from wavepacket.hamiltonians import Hamiltonian
from wavepacket.units import ELECTRON_MASS, HBAR

__all__ = ["EffectiveMass", "effective_mass"]

DEGENERATE = 1e-9
"""States closer than this, relative to the largest energy at k, are one level: perturbation theory leaves them out."""


@dataclass(frozen=True)
class Level:
    """A function of k with its derivatives at n points.

    Attributes
    ----------
    value : (n,)
    gradient : (n, 3), per 1/Å
    hessian : (n, 3, 3), per 1/Å²

    """

    value: Float
    gradient: Float
    hessian: Float


def energy_level(hamiltonian: Hamiltonian, k: Float, band: int) -> Level:
    """ε(k) of a band in eV with ∂ε = ⟨∂H⟩ and ∂∂ε = ⟨∂∂H⟩ + 2 Re Σ_m ⟨n|∂H|m⟩⟨m|∂H|n⟩/(ε_n−ε_m).

    Position elements play no part in energies.
    """
    terms = _terms(hamiltonian, k)
    return Level(
        terms.energy[:, band], terms.velocity[:, :, band, band].real.copy(), terms.bending(band, (band,))
    )


def squared_gap(hamiltonian: Hamiltonian, k: Float, lower: int) -> Level:
    """(ε_{n+1} − ε_n)² in eV² with its derivatives: smooth through points where the two bands touch.

    With the two states' part of H written as d·σ it is 4d², so its Hessian is 8(∂d·∂d + d·∂∂d) with any two states that
    span them; only states outside enter ∂∂d.
    """
    terms, upper = _terms(hamiltonian, k), lower + 1
    gap = terms.energy[:, upper] - terms.energy[:, lower]
    slope = (terms.velocity[:, :, upper, upper] - terms.velocity[:, :, lower, lower]).real
    turn = terms.velocity[:, :, lower, upper]
    pair = (lower, upper)
    bending = terms.bending(upper, pair) - terms.bending(lower, pair)
    outer = slope[:, :, None] * slope[:, None, :] + 4 * (turn[:, :, None] * turn[:, None, :].conj()).real
    return Level(gap**2, 2 * gap[:, None] * slope, 2 * outer + 2 * gap[:, None, None] * bending)


@dataclass(frozen=True)
class _Terms:
    """Energies (n, N), ∂H (n, 3, N, N) between eigenstates and ⟨∂∂H⟩ (n, 3, 3, N) in them."""

    energy: Float
    velocity: Complex
    own: Float

    def bending(self, band: int, without: tuple[int, ...]) -> Float:
        """Second derivative of a band by all states but those left out and those of the same energy."""
        gap = self.energy[:, [band]] - self.energy
        skipped = np.abs(gap) <= DEGENERATE * np.abs(self.energy).max(axis=1, keepdims=True)
        skipped[:, without] = True
        inverse = np.where(skipped, 0.0, 1.0 / np.where(skipped, 1.0, gap))
        row = self.velocity[:, :, band, :]
        mixing = 2 * np.einsum("nam,nbm,nm->nab", row, row.conj(), inverse).real
        return np.asarray(self.own[..., band] + mixing)


def _terms(hamiltonian: Hamiltonian, k: Float) -> _Terms:
    energy, states = np.linalg.eigh(hamiltonian.hamiltonian(k))
    bra = states.conj().swapaxes(1, 2)
    velocity = bra[:, None] @ hamiltonian.hamiltonian_gradient(k) @ states[:, None]
    bent = hamiltonian.hamiltonian_hessian(k) @ states[:, None, None]
    return _Terms(energy, velocity, np.einsum("nji,nabji->nabi", states.conj(), bent).real)


_TOUCHING = (
    1e-6  # eV; bands this near have been found to touch, and a search over k ends as far from the place
)
_SHARED = 1e-6  # relative; a level whose states all bend alike has one mass


@dataclass(frozen=True, eq=False)
class EffectiveMass:
    """Mass tensor of a band at one wavevector.

    Attributes
    ----------
    inverse : (d, d) ∂²ε/ħ²∂k_a∂k_b in units of 1/electron mass; NaN where the band has no second derivative
    principal : (d,) masses along the principal axes in electron masses, by rising curvature; negative for a maximum,
        infinite along a flat direction
    axes : (d, 3) unit vectors of the principal axes
    density_of_states : |Π m_i|^(1/d) in electron masses, one valley and spin
    degeneracy : number of bands that meet at this wavevector

    """

    inverse: Float
    principal: Float
    axes: Float
    density_of_states: float
    degeneracy: int


def effective_mass(hamiltonian: Hamiltonian, index: int, k: npt.ArrayLike) -> EffectiveMass:
    """Mass of band ``index`` at one wavevector k (3,) in 1/Å.

    Where several bands meet, they have a mass tensor only if all of them bend alike (spin pairs do, the top of the
    valence bands of a cubic crystal does not); otherwise the tensor is NaN.

    Examples
    --------
    >>> from wavepacket.hamiltonians import parabolic_band
    >>> effective_mass(parabolic_band(mass_x=0.5), 0, [0, 0, 0]).principal.round(12).tolist()
    [1.0, 0.5]
    """
    if not 0 <= index < hamiltonian.size:
        raise InputError(
            f"band {index} does not exist: {hamiltonian.name} has bands 0 to {hamiltonian.size - 1}"
        )
    dimension = hamiltonian.dimension
    bending, degeneracy = _bending(hamiltonian, index, np.asarray(k, dtype=np.float64).reshape(1, 3))
    inverse = bending[:dimension, :dimension] * ELECTRON_MASS / HBAR**2
    if not np.all(np.isfinite(inverse)):
        nothing = np.full(dimension, np.nan)
        return EffectiveMass(inverse, nothing, np.eye(3)[:dimension], float("nan"), degeneracy)
    curvature, columns = np.linalg.eigh(inverse)
    axes = np.zeros((dimension, 3))
    axes[:, :dimension] = columns.T
    flat = np.abs(curvature) <= 1e-12 * np.abs(curvature).max(initial=0.0)
    principal = np.where(flat, np.inf, 1.0 / np.where(flat, 1.0, curvature))
    density = float(np.exp(np.mean(np.log(np.abs(principal)))))
    return EffectiveMass(inverse, principal, axes, density, degeneracy)


def _bending(hamiltonian: Hamiltonian, index: int, k: Float) -> tuple[Float, int]:
    """∂_a∂_b ε (3, 3) in eV Å², NaN where it does not exist, and the number of bands of the level."""
    energy, states = (part[0] for part in np.linalg.eigh(hamiltonian.hamiltonian(k)))
    level = np.abs(energy - energy[index]) <= max(_TOUCHING, DEGENERATE * np.abs(energy).max())
    inside, outside = states[:, level], states[:, ~level]
    slopes = hamiltonian.hamiltonian_gradient(k)[0]
    first = inside.conj().T @ slopes @ inside
    out = inside.conj().T @ slopes @ outside
    inverse = 1.0 / (energy[index] - energy[~level])
    second = inside.conj().T @ hamiltonian.hamiltonian_hessian(k)[0] @ inside
    mixed = np.einsum("aim,bjm,m->abij", out, out.conj(), inverse)
    second = second + mixed + mixed.conj().transpose(0, 1, 3, 2)
    number = int(level.sum())
    shared = [
        _of_identity(matrices)
        for matrices in (first.reshape(3, number, number), second.reshape(9, number, number))
    ]
    value = np.trace(second, axis1=2, axis2=3).real / number
    return (value if all(shared) else np.full((3, 3), np.nan)), number


def _of_identity(matrices: Complex) -> bool:
    size = matrices.shape[-1]
    mean = np.trace(matrices, axis1=1, axis2=2)[:, None, None] / size * np.eye(size)
    scale = max(1e-3, float(np.abs(matrices).max()))
    return bool(np.abs(matrices - mean).max() <= _SHARED * scale)
