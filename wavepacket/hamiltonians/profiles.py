"""λ(r, t) of textures: packed for the kernels, and values with their derivatives as arrays."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Float
from wavepacket.config import GridProfile, OwnProfile, Texture

__all__ = ["ProfileValues", "profile_table", "profile_values"]


@dataclass(frozen=True, eq=False)
class ProfileValues:
    """λ of P components at n places.

    Attributes
    ----------
    value : (n, P) λ, eV where the terms are numbers
    gradient : (n, 2, P) ∂λ/∂r, along x and y
    rate : (n, P) ∂λ/∂t, 1/fs
    curvature : (n, 2, 2, P) ∂²λ/∂r∂r
    reach : (n,) how long a step of the integration may be, Å

    """

    value: Float
    gradient: Float
    rate: Float
    curvature: Float
    reach: Float


def profile_table(textures: Sequence[Texture]) -> Float:
    """What ``kernels/motion/profiles.py`` reads: PROFILE numbers each, then the coefficients of grids."""
    from wavepacket.kernels.motion import profile_numbers as kernel  # compiled when first needed
    from wavepacket.kernels.motion.profile_grid import COEFFICIENTS
    from wavepacket.kernels.motion.profiles import KINDS

    names = [name for name, _ in KINDS]
    table, data = np.zeros((len(textures), kernel.PROFILE)), list[Float]()
    component, place = 0, table.size
    for i, (row, texture) in enumerate(zip(table, textures, strict=True)):
        profile = texture.profile
        row[[kernel.KIND, kernel.COMPONENT, kernel.STRENGTH]] = (
            names.index(profile.function),
            component,
            texture.strength,
        )
        row[kernel.CENTER : kernel.CENTER + 2] = profile.center[:2]
        row[kernel.VELOCITY : kernel.VELOCITY + 2] = profile.velocity[:2]
        numbers = profile.numbers()
        row[kernel.NUMBERS : kernel.NUMBERS + len(numbers)] = numbers
        grid = profile.grid if isinstance(profile, OwnProfile) else profile
        if isinstance(grid, GridProfile):
            row[kernel.NUMBERS + COEFFICIENTS] = place - i * kernel.PROFILE
            data += [spline.coefficients.ravel() for spline in grid.splines]
            place += sum(spline.coefficients.size for spline in grid.splines)
        component += profile.components
    return np.concatenate([table.ravel(), *data])


def profile_values(
    textures: Sequence[Texture], positions: npt.ArrayLike, time: npt.ArrayLike = 0.0
) -> ProfileValues:
    """λ and its derivatives at positions (n, 2 or 3) in Å and times (n,) or one, fs, from the kernel of the packets."""
    from wavepacket.kernels.layout import LANES
    from wavepacket.kernels.motion.profile_numbers import JET
    from wavepacket.kernels.motion.texture_block import texture_block

    places = np.atleast_2d(np.asarray(positions, dtype=np.float64))
    times = np.broadcast_to(np.asarray(time, dtype=np.float64), len(places))
    table, number = profile_table(textures), sum(texture.profile.components for texture in textures)
    found, block = np.empty((len(places), 1 + number * JET)), np.empty((1 + number * JET) * LANES)
    for first in range(0, len(places), LANES):
        some = slice(first, min(first + LANES, len(places)))
        count = some.stop - first
        r, t = np.zeros((3, LANES)), np.zeros(LANES)
        r[:2, :count], t[:count] = places[some, :2].T, times[some]
        texture_block(len(textures), table, r.ravel(), t, block)
        found[some] = block.reshape(-1, LANES)[:, :count].T
    jets = found[:, 1:].reshape(-1, number, JET)
    return ProfileValues(
        jets[..., 0], np.moveaxis(jets[..., 1:3], 2, 1), jets[..., 3],
        np.moveaxis(jets[..., [4, 5, 5, 6]], 2, 1).reshape(-1, 2, 2, number), found[:, 0],
    )  # fmt: skip
