"""Emergent fields of a direction n(r, t): what an electron feels whose spin follows it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Float
from wavepacket.config import Texture
from wavepacket.errors import InputError
from wavepacket.hamiltonians.profiles import profile_values
from wavepacket.units import E_OVER_HBAR, HBAR

__all__ = ["EmergentFields", "emergent_fields"]


@dataclass(frozen=True, eq=False)
class EmergentFields:
    """Fields at n places for an electron with its spin along the texture; with the spin against it both change sign.

    Attributes
    ----------
    direction : (n, 3) the unit vector
    magnetic : (n,) B_z = (ħ/2e) n·(∂_xn × ∂_yn), T
    electric : (n, 2) E_i = (ħ/2e) n·(∂_in × ∂_tn), V/Å
    charge_density : (n,) n·(∂_xn × ∂_yn)/4π, 1/Å²: its integral is the topological charge

    """

    direction: Float
    magnetic: Float
    electric: Float
    charge_density: Float


def emergent_fields(texture: Texture, positions: npt.ArrayLike, time: npt.ArrayLike = 0.0) -> EmergentFields:
    """Emergent fields of a texture at positions (n, 2 or 3) in Å and times (n,) or one, fs.

    Raises
    ------
    InputError
        for a texture whose profile is no direction
    """
    if not texture.profile.is_direction:
        raise InputError(
            f"a profile of the kind {texture.profile.kind!r} is no direction: it has no emergent field"
        )
    found = profile_values((texture,), positions, time)
    n, slope, rate = (each / texture.strength for each in (found.value, found.gradient, found.rate))
    solid = np.einsum("na,na->n", n, np.cross(slope[:, 0], slope[:, 1]))
    electric = np.einsum("na,nia->ni", n, np.cross(slope, rate[:, None]))
    return EmergentFields(n, 0.5 * solid / E_OVER_HBAR, 0.5 * HBAR * electric, solid / (4.0 * np.pi))
