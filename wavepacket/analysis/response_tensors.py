"""Linear response of packets with collisions, from sums over the Fermi surface: pure functions of totals.

With 1/τ the rate of all collisions, W = D (−∂f/∂𝓔), q the charge and e^{-s} the chance of a flight to go on
(the solution of the Boltzmann equation by R. G. Chambers, Proc. Phys. Soc. A 65, 458 (1952), with the factor D):

    σ_ab = q² Σ W ṙ_b(k0) ∫ e^{-s + iωt} ṙ_a dt − (q²/ħ) ε_abc ∫[dk] f Ω_c.

Totals have the rows of ``runs/transport.py`` by valley: flow (V + 1, ROWS, 3); sea (V + 1, SEA_COLUMNS).
"""

import numpy as np

from wavepacket.analysis.refill import Refill
from wavepacket.arrays import Complex, Float
from wavepacket.formulas import LEVI_CIVITA, hall_tensor
from wavepacket.runs import transport as quantity
from wavepacket.units import HBAR

CONTRIBUTIONS = ("band", "moment", "chiral", "anomalous", "intervalley")


def waves(pair: Float) -> Complex:
    """A pair of sums with cos ωt and sin ωt (second axis) as one with e^{iωt}."""
    return np.asarray(pair[:, 0] + 1j * pair[:, 1])


def conductivity_by_part(flow: Float, sea: Float, charge: float, refill: Refill | None) -> Complex:
    """σ_ab by contribution and valley (5, V + 1, 3, 3), internal unit; they add up to the total.

    ``refill`` are the collisions that conserve the number in each valley, None without.
    """
    response = waves(flow[:, quantity.RESPONSE].reshape(-1, 2, 4, 3, 3))  # [valley, part, b, a]
    parts = np.zeros((5, len(flow), 3, 3), dtype=np.complex128)
    parts[:3] = charge**2 * np.moveaxis(response[:, :3], 1, 0).swapaxes(2, 3)
    parts[3] = hall_tensor(sea[:, quantity.SEA_CURVATURE], charge)
    if refill is not None:
        parts[4, :-1] = charge**2 * refill.carried(flow)
    return parts


def imbalance(flow: Float, charge: float, refill: Refill) -> Complex:
    """Shift δμ of each valley's chemical potential per unit field (V, 3), eV Å/V, where its number is conserved.

    Collisions within a valley lead to f(𝓔 − μ − δμ) with the valley's own number of states:
    q E·Σ W ṙ(k0) ∫e^{-s}dt + δμ Σ W ∫e^{-s}dt/τ_intra = δμ Σ W.
    """
    return charge * refill.imbalance(flow)


def hall_vector(tensor: Complex) -> Complex:
    """H of j = ... + E x h: [yz, zx, xy] of the antisymmetric part."""
    odd = 0.5 * (tensor - tensor.T)
    return np.array([odd[1, 2], odd[2, 0], odd[0, 1]])


def second_order(flow: Float, charge: float) -> Complex:
    """χ_abc of j_a = χ_abc E_b E_c from the anomalous velocity, symmetric in bc (3, 3, 3), internal unit.

    χ_abc = −(q³/ħ) ε_acd Σ W ṙ_b(k0) ∫ e^{-s + iωt} Ω_d/D dt: the nonlinear Hall effect of the Berry curvature dipole
    (I. Sodemann and L. Fu, Phys. Rev. Lett. 115, 216806 (2015)).
    """
    dipole = waves(flow[:, quantity.RESPONSE].reshape(-1, 2, 4, 3, 3))[:, 3].sum(axis=0)  # [b, d]
    chi = -(charge**3) / HBAR * np.einsum("acd,bd->abc", LEVI_CIVITA, dipole)
    return np.asarray(0.5 * (chi + chi.swapaxes(1, 2)))


def inverse(tensor: Complex, dimension: int) -> Complex:
    """Resistivity tensor: the inverse within the dimensions of the crystal; not a number where nothing conducts."""
    result = np.zeros((3, 3), dtype=np.complex128)
    inner = slice(0, dimension)
    try:
        result[inner, inner] = np.linalg.inv(tensor[inner, inner])
    except np.linalg.LinAlgError:
        result[inner, inner] = np.nan
    return result
