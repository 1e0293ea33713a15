"""How fast packets move where there is no electric field."""

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Float
from wavepacket.bands import BandGeometry
from wavepacket.formulas import density_of_states_factor
from wavepacket.units import E_OVER_HBAR, HBAR


def velocity_at_rest(geometry: BandGeometry, magnetic: npt.ArrayLike, charge: float) -> Float:
    """ṙ (n, 3) in Å/fs at E = 0, B in T."""
    field = np.asarray(magnetic, dtype=np.float64)
    b = charge * E_OVER_HBAR * field
    v = geometry.group_velocity + charge * np.einsum("c,nca->na", field, geometry.moment_gradient) / HBAR
    omega = geometry.berry_curvature
    factor = density_of_states_factor(omega @ b)
    return np.asarray((v - np.sum(v * omega, axis=1)[:, None] * b) / factor[:, None])


def parts_at_rest(
    geometry: BandGeometry, magnetic: npt.ArrayLike, charge: float
) -> tuple[Float, Float, Float, Float]:
    """What `velocity_at_rest` is made of, each (n, 3): of the band, of the moment, chiral; and Ω/D, the rest per field."""
    field = np.asarray(magnetic, dtype=np.float64)
    b, omega = charge * E_OVER_HBAR * field, geometry.berry_curvature
    moment = charge * np.einsum("c,nca->na", field, geometry.moment_gradient) / HBAR
    inverse = 1.0 / density_of_states_factor(omega @ b)[:, None]
    along = np.sum((geometry.group_velocity + moment) * omega, axis=1)[:, None]
    return inverse * geometry.group_velocity, inverse * moment, -inverse * along * b, inverse * omega


def turning_at_rest(geometry: BandGeometry, magnetic: npt.ArrayLike, charge: float) -> Float:
    """dk/dt = (q/ħ) ṙ×B (n, 3) in 1/(Å fs) at E = 0, B in T."""
    b = charge * E_OVER_HBAR * np.asarray(magnetic, dtype=np.float64)
    return np.cross(velocity_at_rest(geometry, magnetic, charge), b)


def velocity_on_layer(geometry: BandGeometry, force: Float, magnetic: Float, charge: float) -> Float:
    """ṙ (n, 2) in Å/fs on a layer under forces (n, 2) in eV/Å and B_z (n,) in T: ṽ − (F/ħ)×Ω over D."""
    omega = geometry.berry_curvature[:, 2]
    v = geometry.group_velocity[:, :2]
    if np.any(magnetic):  # else slopes need not be known
        v = v + (charge / HBAR) * magnetic[:, None] * geometry.moment_gradient[:, 2, :2]
    across = np.stack([force[:, 1] * omega, -force[:, 0] * omega], axis=1) / HBAR
    factor = density_of_states_factor(charge * E_OVER_HBAR * magnetic * omega)
    return np.asarray((v - across) / factor[:, None])
