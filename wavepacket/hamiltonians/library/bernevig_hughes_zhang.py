"""Bernevig–Hughes–Zhang model of HgTe quantum wells on a square lattice."""

import numpy as np

from wavepacket.hamiltonians.catalogue import model
from wavepacket.hamiltonians.lattice import LatticeHamiltonian
from wavepacket.hamiltonians.library.pauli import (
    IDENTITY,
    SIGMA_X,
    SIGMA_Y,
    SIGMA_Z,
    check_spin,
    spin_blocks,
    spin_of_blocks,
)
from wavepacket.units import Energy, EnergyArea, EnergyLength, Length


@model
def bernevig_hughes_zhang(
    mass: Energy = -0.01,
    velocity: EnergyLength = 3.645,
    mass_curvature: EnergyArea = -68.6,
    asymmetry: EnergyArea = -51.2,
    spin: int = 1,
    lattice_constant: Length = 20.0,
) -> LatticeHamiltonian:
    """H_↑ = −Dq² + (A/a)(sin k_xa σ_x + sin k_ya σ_y) + (M − Bq²)σ_z, H_↓(k) = H_↑*(−k); q² = (4−2cos−2cos)/a².

    Parameters
    ----------
    mass : M, half of the gap at Γ, eV; with B of the same sign the bands are inverted
    velocity : A, eV Å
    mass_curvature : B, eV Å²
    asymmetry : D, eV Å², the same for both bands; |D| < |B| keeps the gap open
    spin : 1 or −1 for one spin alone (two bands), 0 for both (four bands)
    lattice_constant : a, Å: of the square lattice that the k·p model is put on, not of the crystal

    Notes
    -----
    Orbitals E1 and H1; the defaults describe an inverted well. The spin of the crystal is the label of the two blocks,
    as a spin 1/2. Symmetry: time reversal and inversion, C₄. Isolated bands: with both spins every band is twofold
    everywhere; one spin alone has a gap for M ∉ {0, 4B/a², 8B/a²}.
    Exact: mass M at Γ, M − 4B/a² at X, M − 8B/a² at M. The lower band of spin s has C = s sign M where
    0 < M/B < 4/a², −s sign M where 4/a² < M/B < 8/a², else 0.

    References
    ----------
    B. A. Bernevig, T. L. Hughes, S.-C. Zhang, "Quantum Spin Hall Effect and Topological Phase Transition in HgTe
    Quantum Wells" (2006), Science 314, 1757.
    """
    check_spin(spin)
    a = lattice_constant
    flat = {
        s: (mass - 4 * mass_curvature / a**2) * SIGMA_Z - 4 * asymmetry / a**2 * IDENTITY for s in (1, -1)
    }
    bend = (mass_curvature * SIGMA_Z + asymmetry * IDENTITY) / a**2
    # H*(−k): sin k_x σ_x turns around, sin k_y σ_y stays.
    along_x = {s: bend - 1j * s * velocity / (2 * a) * SIGMA_X for s in (1, -1)}
    along_y = {s: bend - 1j * velocity / (2 * a) * SIGMA_Y for s in (1, -1)}
    return LatticeHamiltonian.from_hoppings(
        a * np.eye(2),
        {
            (0, 0): spin_blocks(flat, spin),
            (1, 0): spin_blocks(along_x, spin),
            (0, 1): spin_blocks(along_y, spin),
        },
        positions=np.zeros((2 if spin else 4, 2)),
        spin=spin_of_blocks(spin, 2),
        special_points={"G": (0, 0), "X": (0.5, 0), "M": (0.5, 0.5)},
        path="X G M",
        name="bernevig_hughes_zhang",
        parameters={
            "mass": mass,
            "velocity": velocity,
            "mass_curvature": mass_curvature,
            "asymmetry": asymmetry,
            "spin": float(spin),
            "lattice_constant": lattice_constant,
        },
        reference="Bernevig, Hughes, Zhang, Science 314, 1757 (2006)",
    )
