"""Fields in space, V(r, t) and B(r): packed for the kernels, and their values as arrays."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Float
from wavepacket.config import Fields, GridTerm, SpaceTerm
from wavepacket.errors import InputError
from wavepacket.kernels import layout
from wavepacket.kernels.layout import LANES

__all__ = ["MagneticValues", "PotentialValues", "magnetic_values", "potential_terms", "potential_values"]


_PADDING = 2  # numbers behind the coefficients of a grid, which are read eight at a time


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
    reach : (n,) how long a step of the integration may be, Å

    """

    field: Float
    gradient: Float
    reach: Float


def potential_terms(fields: Fields, charge: float, axes: int = 3, valleys: Sequence[str] = ()) -> Float:
    """The part of the environment that ``kernels/motion/potentials.py`` reads; arguments as of `environment`."""
    from wavepacket.kernels.motion import potentials as kernel  # compiled when first needed

    names = [name for name, _ in kernel.KINDS]
    moved = [float(axis < axes) for axis in range(3)]
    magnetic = fields.magnetic_in_space if axes > 1 else ()
    given: list[SpaceTerm] = [*fields.potential, *magnetic]
    terms, data = np.zeros((len(given), kernel.TERM)), list[Float]()
    place = terms.size  # of what comes next, from the first term on
    for i, term in enumerate(given):
        numbers = term.numbers(charge)
        terms[i, kernel.KIND] = names.index(term.function)
        terms[i, kernel.NUMBERS : kernel.NUMBERS + len(numbers)] = numbers
        if term.valleys is not None:
            terms[i, kernel.VALLEYS] = place - i * kernel.TERM
            data.append(np.array(term.factors(tuple(valleys))))
            place += data[-1].size
        if isinstance(term, GridTerm):
            terms[i, kernel.NUMBERS] = place - i * kernel.TERM - kernel.NUMBERS
            data.append(np.append(term.scale * term.spline.coefficients, np.zeros(_PADDING)))
            place += data[-1].size
    head = [len(fields.potential), *moved, len(magnetic)]
    return np.concatenate([head, terms.ravel(), *data]).astype(np.float64)


def potential_values(
    fields: Fields,
    positions: npt.ArrayLike,
    time: npt.ArrayLike = 0.0,
    *,
    charge: float = -1.0,
    valley: str | None = None,
) -> PotentialValues:
    """V, ∂V/∂r and the reach at positions (n, 3 or 2) in Å and times (n,) or one, fs, from the kernel of the packets.

    ``valley`` is that of the packets, for terms that have factors of valleys; InputError where these need one.
    """
    found = _values("potential_block", fields, positions, time, charge=charge, valley=valley)
    return PotentialValues(*found)


def magnetic_values(
    fields: Fields, positions: npt.ArrayLike, *, charge: float = -1.0, valley: str | None = None
) -> MagneticValues:
    """B and ∂B_z/∂r at positions (n, 3 or 2) in Å; fields that vary in space are those of a layer, along z."""
    more, gradient, reach = _values("magnetic_block", fields, positions, 0.0, charge=charge, valley=valley)
    field = np.tile(np.array(fields.magnetic, dtype=np.float64), (len(more), 1))
    field[:, 2] += more
    return MagneticValues(field, gradient, reach)


def _values(
    name: str,
    fields: Fields,
    positions: npt.ArrayLike,
    time: npt.ArrayLike,
    *,
    charge: float,
    valley: str | None,
) -> tuple[Float, Float, Float]:
    """Value (n,), gradient (n, 3) and reach (n,) by the kernel of this name."""
    from wavepacket.fields.environment import environment
    from wavepacket.kernels.motion import potential_block  # compiled when first needed

    block_of: Callable[..., None] = getattr(potential_block, name)
    r = _places(positions)
    times = np.broadcast_to(np.asarray(time, dtype=np.float64), len(r))
    rows = layout.REACH + 1
    found, block = np.zeros((len(r), rows)), np.zeros(layout.FIELD * LANES)
    if valley is None and any(term.valleys is not None for term in fields.in_space().values()):
        raise InputError("a field that depends on the valley has no value without one: say valley=")
    packed = environment(fields, charge, valleys=() if valley is None else (valley,))
    own = np.zeros(2 * LANES)
    for first in range(0, len(r) if fields.vary_in_space else 0, LANES):
        count = min(LANES, len(r) - first)
        place, t = np.zeros((3, LANES)), np.zeros(LANES)
        place[:, :count], t[:count] = r[first : first + count].T, times[first : first + count]
        block_of(packed, place.ravel(), t, own, block)
        found[first : first + count] = block.reshape(-1, LANES)[:rows, :count].T
    slope = found[:, layout.EFFECTIVE : layout.EFFECTIVE + 3]
    return found[:, layout.POTENTIAL_ENERGY], slope, found[:, layout.REACH]


def _places(positions: npt.ArrayLike) -> Float:
    """Positions (n, 3); those of a layer may have two components."""
    r = np.atleast_2d(np.asarray(positions, dtype=np.float64))
    return np.pad(r, ((0, 0), (0, 3 - r.shape[1])))
