"""Emergent fields of a direction n(r, t): what an electron feels whose spin follows it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Float
from wavepacket.config import Texture
from wavepacket.errors import InputError
from wavepacket.hamiltonians.profiles import profile_values
from wavepacket.units import E_OVER_HBAR, HBAR

__all__ = ["EmergentFields", "TopologicalCharge", "emergent_fields", "topological_charge"]

_POINTS = 256  # along each side of a cell
_OFFSETS = (0.34, 0.22)  # of these points in their steps


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
    found = profile_values((texture.model_copy(update={"strength": 1.0}),), positions, time)
    n, slope, rate = found.value, found.gradient, found.rate
    solid = np.einsum("na,na->n", n, np.cross(slope[:, 0], slope[:, 1]))
    electric = np.einsum("na,nia->ni", n, np.cross(slope, rate[:, None]))
    return EmergentFields(n, 0.5 * solid / E_OVER_HBAR, 0.5 * HBAR * electric, solid / (4.0 * np.pi))


@dataclass(frozen=True)
class TopologicalCharge:
    """∫ n·(∂_xn × ∂_yn) d²r/4π over the cell of a direction that repeats, or over all of one that is alone.

    Attributes
    ----------
    value, uncertainty : of the charge at t = 0; the error is that of the quadrature
    cell : area that it is the charge of, Å²; infinite of a texture that is alone

    """

    value: float
    uncertainty: float
    cell: float

    @property
    def mean_field(self) -> float:
        """Mean of the emergent B_z over the cell, Q h/(e cell), T: that of an electron with its spin along the texture."""
        return 2.0 * np.pi * self.value / (self.cell * E_OVER_HBAR)


def topological_charge(texture: Texture) -> TopologicalCharge | None:
    """The charge of a texture; None of one that neither repeats along x and y nor ends at a radius, or is no direction."""
    profile = texture.profile
    if not profile.is_direction:
        return None
    cell = profile.cell
    radius = getattr(profile, "radius", None)
    if cell is not None and np.isfinite(cell).all():
        sides, area = np.array(cell), float(np.prod(cell))
    elif radius is not None:
        sides, area = np.array([2.0 * radius, 2.0 * radius]), np.inf
    else:
        return None
    # No symmetry takes one half of the points to the other: sums over both have errors of their own.
    x, y = ((np.arange(_POINTS) + offset) / _POINTS - 0.5 for offset in _OFFSETS)
    places = np.stack(np.meshgrid(sides[0] * x, sides[1] * y), axis=-1).reshape(-1, 2)
    density = emergent_fields(texture, places + np.array(profile.center[:2])).charge_density
    charge = density.reshape(_POINTS, _POINTS) * np.prod(sides)
    # Every second point is a grid of its own.
    return TopologicalCharge(float(charge.mean()), float(abs(charge.mean() - charge[::2, ::2].mean())), area)
