"""How many states a packet stands for: D(k) times the occupation."""

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Float
from wavepacket.bands import BandGeometry
from wavepacket.formulas import density_of_states_factor, fermi, surface_kernel
from wavepacket.units import BOLTZMANN, E_OVER_HBAR


def density_factor(geometry: BandGeometry, magnetic: npt.ArrayLike, charge: float) -> Float:
    """D = 1 − (q/ħ) B·Ω, (n,); B in T, charge in e."""
    flux = charge * E_OVER_HBAR * (geometry.berry_curvature @ np.asarray(magnetic, dtype=np.float64))
    return np.asarray(density_of_states_factor(flux))


def wavepacket_energy(geometry: BandGeometry, magnetic: npt.ArrayLike, charge: float) -> Float:
    """𝓔 = ε − m·B, (n,), eV; m of the carrier is −charge times the moment of charge −e."""
    return geometry.energy + charge * (geometry.orbital_moment @ np.asarray(magnetic, dtype=np.float64))


def fermi_function(energy: Float, chemical_potential: float, temperature: float) -> Float:
    """F = 1/(1 + exp((𝓔 − μ)/k_BT)); a step with 1/2 at μ for T = 0."""
    x = energy - chemical_potential
    if temperature == 0.0:
        return np.where(x < 0, 1.0, np.where(x > 0, 0.0, 0.5))
    return fermi(x / (BOLTZMANN * temperature))


def fermi_slope(energy: Float, chemical_potential: float, temperature: float) -> Float:
    """−∂f/∂𝓔, 1/eV, for T > 0."""
    heat = BOLTZMANN * temperature
    return surface_kernel((energy - chemical_potential) / heat) / heat
