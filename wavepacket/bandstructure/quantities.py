"""What a map or a path can show of a band: labels, units, and vectors where the band stands alone."""

from collections.abc import Mapping

import numpy as np

from wavepacket.arrays import Float
from wavepacket.bands import BandGeometry
from wavepacket.units import BOHR_MAGNETON

__all__ = ["DEGENERATE", "NOTHING", "QUANTITIES", "isolated_vectors"]


QUANTITIES: Mapping[str, tuple[str, str]] = {
    "energy": (r"$\varepsilon$", "eV"),
    "gap": ("gap", "eV"),
    "berry_curvature": (r"$\Omega_{}$", "angstrom^2"),
    "orbital_moment": (r"$m_{}$", "mu_B"),
}
"""Quantity → (label, unit); a component is put in the braces of a vector's label."""

DEGENERATE = 1e-6
"""eV; below this gap Ω and m of a single band are rounding noise."""
NOTHING = 1e-7
"""Å² or μ_B; rounding, near degeneracies too, of a quantity that vanishes by symmetry."""


def isolated_vectors(geometry: BandGeometry, quantity: str, charge: float = -1.0) -> Float:
    """Ω in Å² or m in μ_B of a carrier of a charge, (n, 3); NaN where the band touches another one."""
    # Band sources give the moment of the charge −e; it is proportional to the charge.
    moment = -charge * geometry.orbital_moment / BOHR_MAGNETON + 0.0
    vectors = geometry.berry_curvature if quantity == "berry_curvature" else moment
    return np.where((geometry.gap > DEGENERATE)[:, None], vectors, np.nan)
