"""Fields in space, V(r, t) and B(r): packed for the kernels, and their values as arrays."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Float
from wavepacket.config import Fields, GridMagnetic, GridTerm, SpaceTerm
from wavepacket.errors import InputError
from wavepacket.kernels import layout
from wavepacket.kernels.layout import LANES
from wavepacket.kernels.motion.fields import POTENTIAL
from wavepacket.space_spline import SpaceSpline

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
    slopes : (n, 3, 3) ∂B_c/∂r_a at [c, a], T/Å; zero where the field is uniform
    reach : (n,) how long a step of the integration may be, Å

    """

    field: Float
    slopes: Float
    reach: Float

    @property
    def gradient(self) -> Float:
        """∂B_z/∂r (n, 3), T/Å."""
        return self.slopes[:, 2]


def potential_terms(fields: Fields, charge: float, axes: int = 3, valleys: Sequence[str] = ()) -> Float:
    """The part of the environment that ``kernels/motion/potentials.py`` reads; arguments as of `environment`.

    B(r) has all components where the crystal can be moved along all axes, else that along z.
    """
    from wavepacket.kernels.motion import magnetic_vector  # compiled when first needed
    from wavepacket.kernels.motion import potentials as kernel

    magnetic = fields.magnetic_in_space if axes > 1 else ()
    given: list[SpaceTerm] = [*fields.potential, *magnetic]
    numbers = [term.numbers(charge) for term in fields.potential]
    numbers += [term.vector_numbers() if axes == 3 else term.numbers(charge) for term in magnetic]
    names = [name for name, _ in kernel.KINDS]
    functions = [names.index(term.function) for term in fields.potential]
    names = [name for name, _ in magnetic_vector.KINDS] if axes == 3 else names
    functions += [names.index(term.function) for term in magnetic]
    terms, data = np.zeros((len(given), kernel.TERM)), list[Float]()
    place = terms.size  # of what comes next, from the first term on
    for i, term in enumerate(given):
        terms[i, kernel.KIND] = functions[i]
        terms[i, kernel.NUMBERS : kernel.NUMBERS + len(numbers[i])] = numbers[i]
        if term.valleys is not None:
            terms[i, kernel.VALLEYS] = place - i * kernel.TERM
            data.append(np.array(term.factors(tuple(valleys))))
            place += data[-1].size
        if isinstance(term, GridTerm):
            terms[i, kernel.NUMBERS] = place - i * kernel.TERM - kernel.NUMBERS
            data.append(_coefficients(term, terms[i, kernel.NUMBERS :], axes))
            place += data[-1].size
    moved = [float(axis < axes) for axis in range(3)]
    head = [len(fields.potential), *moved, len(magnetic)]
    return np.concatenate([head, terms.ravel(), *data]).astype(np.float64)


def _coefficients(term: GridTerm, numbers: Float, axes: int) -> Float:
    """Coefficients of a grid, those of all components of B one after the other; writes into its numbers where they are."""
    from wavepacket.kernels.motion.potential_grid import APART, FIRST

    splines: tuple[SpaceSpline, ...] = (term.spline,)
    if axes == 3 and isinstance(term, GridMagnetic):
        splines = term.components
        numbers[APART], numbers[FIRST] = term.spline.coefficients.size + _PADDING, 3 - len(splines)
    return np.concatenate(
        [np.append(term.scale * spline.coefficients, np.zeros(_PADDING)) for spline in splines]
    )


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
    from wavepacket.kernels.motion.potential_block import potential_block  # compiled when first needed

    r = _places(positions)
    times = np.broadcast_to(np.asarray(time, dtype=np.float64), len(r))
    found = _values(potential_block, _packed(fields, charge, valley, 3), r, times[None])
    return PotentialValues(
        found[layout.POTENTIAL_ENERGY], _three(found, layout.EFFECTIVE), found[layout.REACH]
    )


def magnetic_values(
    fields: Fields,
    positions: npt.ArrayLike,
    *,
    charge: float = -1.0,
    valley: str | None = None,
    layer: bool = True,
) -> MagneticValues:
    """B and its slopes at positions (n, 3 or 2) in Å, from the kernels of the packets.

    Fields that vary in space are along z on a ``layer``, where nothing else acts, and have all components in other crystals.
    """
    r = _places(positions)
    packed = _packed(fields, charge, valley, 2 if layer else 3)
    field, slopes = (
        np.tile(np.array(fields.magnetic, dtype=np.float64), (len(r), 1)),
        np.zeros((len(r), 3, 3)),
    )
    if layer:
        from wavepacket.kernels.motion.potential_block import magnetic_block  # compiled when first needed

        found = _values(magnetic_block, packed, r, np.zeros((1, len(r))))
        field[:, 2] += found[layout.POTENTIAL_ENERGY]
        slopes[:, 2] = _three(found, layout.EFFECTIVE)
        return MagneticValues(field, slopes, found[layout.REACH])
    from wavepacket.kernels.motion.magnetic_vector_block import magnetic_vector_block

    for c in range(3):
        along = np.zeros((3, len(r)))
        along[c] = 1.0
        found = _values(magnetic_vector_block, packed, r, along)
        slopes[:, c] = _three(found, layout.EFFECTIVE)
    return MagneticValues(field + _three(found, layout.REDUCED_SHIFT), slopes, found[layout.REACH])


def _packed(fields: Fields, charge: float, valley: str | None, axes: int) -> Float:
    """The environment in which fields have values."""
    from wavepacket.fields.environment import environment

    if valley is None and any(term.valleys is not None for term in fields.in_space().values()):
        raise InputError("a field that depends on the valley has no value without one: say valley=")
    return environment(fields, charge, axes, valleys=() if valley is None else (valley,))


def _values(block_of: Callable[..., None], packed: Float, r: Float, given: Float) -> Float:
    """Rows of ``field`` that a kernel leaves at places r (n, 3), with what else it reads at each, (m, n)."""
    rows = layout.VALLEY_FACTOR
    found, block, own = np.zeros((rows, len(r))), np.zeros(layout.FIELD * LANES), np.zeros(2 * LANES)
    for first in range(0, len(r) if packed[POTENTIAL] else 0, LANES):
        part = slice(first, min(first + LANES, len(r)))
        count = part.stop - first
        place, other = np.zeros((3, LANES)), np.zeros((len(given), LANES))
        place[:, :count], other[:, :count] = r[part].T, given[:, part]
        block_of(packed, place.ravel(), other.ravel(), own, block)
        found[:, part] = block.reshape(-1, LANES)[:rows, :count]
    return found


def _three(rows: Float, first: int) -> Float:
    """Three of the rows, as vectors (n, 3)."""
    return np.ascontiguousarray(rows[first : first + 3].T)


def _places(positions: npt.ArrayLike) -> Float:
    """Positions (n, 3); those of a layer may have two components."""
    r = np.atleast_2d(np.asarray(positions, dtype=np.float64))
    return np.pad(r, ((0, 0), (0, 3 - r.shape[1])))
