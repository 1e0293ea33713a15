"""What is summed of packets in a group of bands by the value of their spin, along its axis or along k.

A packet is of the value s by the share p_s = <u|Π_s|u>, Π_s the projector of the orbitals on that value. Shares follow from
the moments <u|A^n|u> of the spin A along the direction, by Lagrange's polynomials: no matrix is diagonalised, and numbers
are added and multiplied real part and imaginary part apart, so that the same bits come out on every CPU.
"""

from typing import TYPE_CHECKING

import numpy as np

from wavepacket.arrays import Complex, Float, Integer
from wavepacket.config import Config, Internal
from wavepacket.errors import InputError
from wavepacket.hamiltonians.library.spin import spin_values

if TYPE_CHECKING:
    from wavepacket.simulation.batch import Batch
    from wavepacket.simulation.group_paths import GroupPaths
    from wavepacket.simulation.problem import Problem
    from wavepacket.simulation.steps import Paths

__all__ = ["check_resolved", "shares_of_values", "value_sums", "values_resolved"]


def values_resolved(internal: Internal) -> tuple[float, ...]:
    """Values of the spin by which a config wants its sums, ħ, rising; none where it does not.

    Raises
    ------
    InputError
        for matrices without fixed values along k
    """
    if internal.resolve is None or internal.spin is None:
        return ()
    return spin_values(internal.spin, None if internal.resolve == "helicity" else internal.axis)


def check_resolved(config: Config, internal: Internal) -> None:
    """Raise ConfigError for a spin that has no values to resolve."""
    try:
        values = values_resolved(internal)
    except InputError as error:
        raise config.problem("internal.resolve", str(error)) from error
    if len(values) == 1:
        raise config.problem(
            "internal.resolve", f"the spin has one value alone along this axis, {values[0]:g}"
        )


def shares_of_values(spin: Complex, values: tuple[float, ...], direction: Float, u: Float) -> Float:
    """Shares (..., S) of the values of a spin along directions (..., 3) in states u (..., 2N), (Re, Im) of each orbital.

    Along no direction, as of k = 0, it is the spin along z.
    """
    x, y, z = (direction[..., a] for a in range(3))
    length = np.sqrt(x * x + y * y + z * z)
    still = length == 0.0
    along = np.where(still[..., None], [0.0, 0.0, 1.0], direction / np.where(still, 1.0, length)[..., None])
    image, moments = u, [(u * u).sum(axis=-1)]
    for _ in values[1:]:
        image = _applied(spin, along, image)
        moments.append((u * image).sum(axis=-1))
    found = np.zeros((*u.shape[:-1], len(values)))
    for place, value in enumerate(values):
        for moment, factor in zip(moments, _lagrange(values, value), strict=True):
            found[..., place] += factor * moment
    return found


def _lagrange(values: tuple[float, ...], value: float) -> list[float]:
    """Coefficients, lowest power first, of the polynomial that is 1 at a value and 0 at the others."""
    found = [1.0]
    for other in values:
        if other != value:
            scale = 1.0 / (value - other)
            shifted = [0.0, *found]
            found = [scale * (up - other * low) for up, low in zip(shifted, [*found, 0.0], strict=True)]
    return found


def _applied(spin: Complex, along: Float, u: Float) -> Float:
    """The spin along directions (..., 3) times states (..., 2N)."""
    found = np.zeros_like(u)
    for a, operator in enumerate(spin):
        part = along[..., a]
        for i, j in zip(*np.nonzero(operator), strict=True):
            re, im = operator[i, j].real, operator[i, j].imag
            found[..., 2 * i] += part * (re * u[..., 2 * j] - im * u[..., 2 * j + 1])
            found[..., 2 * i + 1] += part * (re * u[..., 2 * j + 1] + im * u[..., 2 * j])
    return found


def value_sums(
    problem: "Problem", batch: "Batch", counted: Integer, paths: "GroupPaths", ways: "Paths"
) -> dict[str, Float]:
    """Weighted sums of the shares of each value, of these times the velocity, and of the way by the share at the start."""
    group = problem.group
    assert group is not None
    values = values_resolved(group.internal)
    if not values:
        return {}
    assert group.spin is not None
    axis = np.broadcast_to(np.array(group.internal.axis), ways.wavevector.shape)
    direction = ways.wavevector if group.internal.resolve == "helicity" else axis
    share = shares_of_values(group.spin, values, direction, paths.state)
    moved = ways.position - ways.position[:, :1]
    times, number = len(problem.times), len(values)
    padded = np.zeros((*share.shape[:2], 3 * -(-number // 3)))
    padded[:, :, :number] = share
    parts = [_summed(problem, batch, counted, padded[:, :, i : i + 3]) for i in range(0, number, 3)]
    flow = [_summed(problem, batch, counted, share[:, :, i, None] * paths.velocity) for i in range(number)]
    way = [_summed(problem, batch, counted, share[:, :1, i, None] * moved) for i in range(number)]
    shape = (*batch.shape, times)
    return {
        "value_population": np.concatenate(parts, axis=2)[:, :, :number].reshape(*shape, number),
        "value_current": np.stack(flow, axis=2).reshape(*shape, number, 3),
        "value_displacement": np.stack(way, axis=2).reshape(*shape, number, 3),
    }


def _summed(problem: "Problem", batch: "Batch", counted: Integer, vectors: Float) -> Float:
    """Weighted sum (bins, T, 3) of vectors (n, T, 3) of packets that count."""
    from wavepacket.kernels.reduce.sample import accumulate

    total = np.zeros((batch.bins, len(problem.times), 3))
    accumulate(
        np.ascontiguousarray(vectors),
        batch.packets.weight,
        batch.bin,
        counted,
        total,
        np.zeros(total.shape[:2]),
    )
    return total
