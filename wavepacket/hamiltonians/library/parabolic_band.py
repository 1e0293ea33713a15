"""Free carriers with a mass for each axis."""

from typing import Annotated

from wavepacket.errors import InputError
from wavepacket.hamiltonians.catalogue import model
from wavepacket.hamiltonians.kp import KPHamiltonian
from wavepacket.units import ELECTRON_MASS, HBAR, Mass, Quantity


@model
def parabolic_band(
    mass_x: Mass = 1.0,
    mass_y: Mass = 1.0,
    mass_z: Mass = 1.0,
    dimension: int = 2,
    cutoff: Annotated[float | None, Quantity("wavevector")] = None,
) -> KPHamiltonian:
    """ε = Σ_a ħ²k_a²/2m_a over the axes of the dimension.

    Parameters
    ----------
    mass_x, mass_y, mass_z : in electron masses; a negative mass is a hole-like band
    dimension : 1, 2 or 3; masses of missing axes are not used
    cutoff : |k| up to which the band is meant, 1/Å; None for no limit

    Notes
    -----
    Symmetry: time reversal, inversion, so Ω = m = 0.
    Exact: Bloch-free acceleration, cyclotron frequency eB/√(m_x m_y) for B ∥ z.

    References
    ----------
    N. W. Ashcroft, N. D. Mermin, "Solid State Physics" (1976), chapter 12.
    """
    masses = {"mass_x": mass_x, "mass_y": mass_y, "mass_z": mass_z}
    if dimension not in (1, 2, 3):
        raise InputError(f"dimension must be 1, 2 or 3, not {dimension}")
    if 0 in masses.values():
        raise InputError("a mass may not be zero")
    powers = ((2, 0, 0), (0, 2, 0), (0, 0, 2))[:dimension]
    terms = {p: [[HBAR**2 / (2 * ELECTRON_MASS * m)]] for p, m in zip(powers, masses.values(), strict=False)}
    return KPHamiltonian.from_terms(
        terms,
        dimension=dimension,
        length_scale=10.0,
        cutoff=cutoff,
        special_points={"G": (0, 0, 0)},
        name="parabolic_band",
        parameters=masses | {"dimension": float(dimension)},
        reference="Ashcroft, Mermin, Solid State Physics (1976)",
    )
