"""Exact spectra in a field B along +z for charge −e: Landau levels of k·p models, lattices at rational flux.

The kinetic momentum is Π = p + eA, so [Π_x, Π_y] = −iħeB. On a lattice the hopping from r_j to r_i gains
exp(−i(e/ħ)∫_j^i A·dl) along the straight line.
"""

import itertools

import numpy as np

from wavepacket.hamiltonians import KPHamiltonian, LatticeHamiltonian
from wavepacket.units import E_OVER_HBAR


def dirac_landau_levels(
    velocity: float, mass: float, field: float, count: int, valley: int = 1
) -> np.ndarray:
    """Return the exact levels of H = ħv(τk_xσ_x + k_yσ_y) + Δσ_z, sorted, (2·count + 1,), eV.

    Parameters
    ----------
    velocity : ħv, eV Å
    mass : Δ, eV
    field : B, T, either sign
    count : levels n = 1..count of both signs besides the lone one at −τ sign(B) Δ
    """
    n = np.arange(1, count + 1)
    pairs = np.sqrt(mass**2 + 2 * velocity**2 * n * E_OVER_HBAR * abs(field))
    return np.sort(np.concatenate([-pairs, pairs, [-valley * np.sign(field) * mass]]))


def kp_landau_levels(hamiltonian: KPHamiltonian, field: float, oscillators: int) -> np.ndarray:
    """Return the levels of a 2D k·p model, k → Π/ħ in symmetrised order, in a truncated oscillator basis.

    The truncation adds states from the edge of the basis: look only at levels that do not move with its size.
    """
    inverse_length = np.sqrt(2 * E_OVER_HBAR * abs(field))
    lower = inverse_length * np.diag(np.sqrt(np.arange(1.0, oscillators)), 1)
    raising = lower.T
    # Π_x − iΠ_y lowers for B > 0 and raises for B < 0.
    minus, plus = (lower, raising) if field > 0 else (raising, lower)
    momentum = ((plus + minus) / 2, (plus - minus) / 2j)
    total = np.zeros((oscillators * hamiltonian.size,) * 2, dtype=complex)
    for powers, matrix in zip(hamiltonian.powers, hamiltonian.matrices, strict=True):
        total += np.kron(_symmetrised_product(momentum, powers), matrix)
    return np.linalg.eigvalsh(total)


def _symmetrised_product(momentum: tuple[np.ndarray, np.ndarray], powers: np.ndarray) -> np.ndarray:
    orders = set(itertools.permutations([0] * int(powers[0]) + [1] * int(powers[1])))
    total = np.zeros_like(momentum[1])
    for order in orders:
        product = np.eye(len(total), dtype=complex)
        for axis in order:
            product = product @ momentum[axis]
        total += product
    return total / len(orders)


def flux_quantum_field(hamiltonian: LatticeHamiltonian) -> float:
    """Return the field of one flux quantum h/e per cell, T."""
    return 2 * np.pi / (E_OVER_HBAR * hamiltonian.cell_volume)


def flux_spectrum(hamiltonian: LatticeHamiltonian, p: int, q: int, nk: int) -> np.ndarray:
    """Return the energies of a 2D crystal at p/q flux quanta h/e per cell, B along +z for p > 0.

    Returns
    -------
    (nk², q·N), eV, on a uniform grid over the zone of the magnetic cell, which is q cells along a₁; the mean
    over the grid of a sum over states is q times that per cell
    """
    if np.gcd(p, q) != 1 or hamiltonian.dimension != 2:
        raise ValueError("the flux must be a reduced fraction and the crystal two-dimensional")
    phases = 2 * np.pi * (np.arange(nk) + 0.5) / nk
    # A phase of 2π/q in the second direction only relabels the cells of the magnetic cell.
    first, second = np.meshgrid(phases, phases / q, indexing="ij")
    hoppings = _flux_hoppings(hamiltonian, p, q)
    size = q * hamiltonian.size
    total = np.zeros((nk * nk, size, size), dtype=complex)
    for (step1, step2), matrix in hoppings.items():
        total += np.exp(1j * (first.ravel() * step1 + second.ravel() * step2))[:, None, None] * matrix
    return np.linalg.eigvalsh(total)


def _flux_hoppings(hamiltonian: LatticeHamiltonian, p: int, q: int) -> dict[tuple[int, int], np.ndarray]:
    """Return (magnetic cells along a₁, cells along a₂) → matrix between the q·N orbitals.

    In reduced coordinates A·dl = Φ x₁dx₂ with Φ the flux through a cell, along a₁×a₂. The gauge change
    by X₁τ₂ makes it periodic under X₁ → X₁ + q also for orbitals off the origin of the cell.
    """
    flux = p / q * np.sign(np.linalg.det(hamiltonian.lattice))
    tau1, tau2 = hamiltonian.positions[:, 0], hamiltonian.positions[:, 1]
    size = hamiltonian.size
    table: dict[tuple[int, int], np.ndarray] = {}
    for (step1, step2, _), hopping in zip(hamiltonian.cells.tolist(), hamiltonian.hoppings, strict=True):
        for cell in range(q):
            beyond, target = divmod(cell + step1, q)
            # Orbital i stands in cell (cell, 0), orbital j in (cell + R₁, R₂); the electron hops from j to i.
            x_i, x_j = cell + tau1[:, None], cell + step1 + tau1[None, :]
            y_i, y_j = tau2[:, None], step2 + tau2[None, :]
            gauge = (cell + step1) * tau2[None, :] - cell * tau2[:, None]
            phase = -2 * np.pi * flux * ((x_i + x_j) / 2 * (y_i - y_j) + gauge)
            block = table.setdefault((beyond, step2), np.zeros((q * size, q * size), dtype=complex))
            block[cell * size : (cell + 1) * size, target * size : (target + 1) * size] += hopping * np.exp(
                1j * phase
            )
    return table


def grand_potential_slope(hamiltonian: LatticeHamiltonian, mu: float, q: int, nk: int) -> float:
    """Return −∂Ω/∂B per area from flux ±1/q at T = 0, μ in a gap: what M must be, (e/ħ)·eV."""
    totals = [_grand_potential(hamiltonian, mu, sign, q, nk) for sign in (1, -1)]
    # B = ±(1/q) h/(e·area): in (e/ħ) units of M the area cancels against that of Ω per area.
    return -(totals[0] - totals[1]) / (2 * (2 * np.pi / q))


def _grand_potential(hamiltonian: LatticeHamiltonian, mu: float, p: int, q: int, nk: int) -> float:
    """Return Σ(ε − μ) over occupied states per cell, eV."""
    energies = flux_spectrum(hamiltonian, p, q, nk)
    return float(np.sum(np.minimum(energies - mu, 0.0))) / (len(energies) * q)
