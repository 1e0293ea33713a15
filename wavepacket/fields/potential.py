"""A potential V(r, t), the energy of the carrier: packed for the kernels, and its values as arrays."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Float
from wavepacket.config import Fields
from wavepacket.kernels import layout
from wavepacket.kernels.layout import LANES

__all__ = ["MagneticValues", "PotentialValues", "magnetic_values", "potential_terms", "potential_values"]


@dataclass(frozen=True, eq=False)
class PotentialValues:
    """V at n places.

    Attributes
    ----------
    energy : (n,) V of the carrier, eV
    gradient : (n, 3) ∂V/∂r, eV/Å; the force is its negative
    reach : (n,) how long a step of the integration may be, Å

    """

    energy: Float
    gradient: Float
    reach: Float


@dataclass(frozen=True, eq=False)
class MagneticValues:
    """B at n places.

    Attributes
    ----------
    field : (n, 3) T
    gradient : (n, 3) ∂B_z/∂r, T/Å; zero where the field is uniform

    """

    field: Float
    gradient: Float


def potential_terms(fields: Fields, charge: float, axes: int = 3) -> Float:
    """The part of the environment that ``kernels/motion/potentials.py`` reads, B(r) too; ``axes`` as in `environment`."""
    from wavepacket.kernels.motion import potentials as kernel  # compiled when first needed

    names = [name for name, _ in kernel.KINDS]
    terms = np.zeros((len(fields.potential), kernel.TERM))
    for packed, term in zip(terms, fields.potential, strict=True):
        numbers = term.numbers(charge)
        packed[kernel.KIND] = names.index(term.function)
        packed[kernel.NUMBERS : kernel.NUMBERS + len(numbers)] = numbers
    moved = [float(axis < axes) for axis in range(3)]
    gradient = np.array(fields.magnetic_gradient) * moved if axes > 1 else np.zeros(3)
    return np.concatenate([[len(terms)], moved, gradient, terms.ravel()]).astype(np.float64)


def potential_values(
    fields: Fields, positions: npt.ArrayLike, time: npt.ArrayLike = 0.0, *, charge: float = -1.0
) -> PotentialValues:
    """V, ∂V/∂r and the reach at positions (n, 3 or 2) in Å and times (n,) or one, fs, from the kernel of the packets."""
    from wavepacket.fields.environment import environment
    from wavepacket.kernels.motion.potential_block import potential_block  # compiled when first needed

    r = _places(positions)
    times = np.broadcast_to(np.asarray(time, dtype=np.float64), len(r))
    found, block = np.zeros((len(r), layout.FIELD)), np.zeros(layout.FIELD * LANES)
    packed = environment(fields, charge)
    for first in range(0, len(r) if fields.vary_in_space else 0, LANES):
        count = min(LANES, len(r) - first)
        place, t = np.zeros((3, LANES)), np.zeros(LANES)
        place[:, :count], t[:count] = r[first : first + count].T, times[first : first + count]
        potential_block(packed, place.ravel(), t, block)
        found[first : first + count] = block.reshape(-1, LANES)[:, :count].T
    slope = found[:, layout.EFFECTIVE : layout.EFFECTIVE + 3]
    return PotentialValues(found[:, layout.POTENTIAL_ENERGY], slope, found[:, layout.REACH])


def magnetic_values(fields: Fields, positions: npt.ArrayLike) -> MagneticValues:
    """B and ∂B_z/∂r at positions (n, 3 or 2) in Å; fields that vary in space are those of a layer, along z."""
    r, slope = _places(positions), np.array(fields.magnetic_gradient)
    field = np.tile(np.array(fields.magnetic, dtype=np.float64), (len(r), 1))
    field[:, 2] += r @ slope
    return MagneticValues(field, np.tile(slope, (len(r), 1)))


def _places(positions: npt.ArrayLike) -> Float:
    """Positions (n, 3); those of a layer may have two components."""
    r = np.atleast_2d(np.asarray(positions, dtype=np.float64))
    return np.pad(r, ((0, 0), (0, 3 - r.shape[1])))
