"""Samples on a grid turned into the arrays of the table kernel: spline coefficients, padded and aligned."""

import numpy as np

from wavepacket.arrays import Float
from wavepacket.bands.source import Band
from wavepacket.bands.table_samples import Samples
from wavepacket.hamiltonians import LatticeHamiltonian


def table_arrays(source: Band, samples: Samples) -> tuple[list[int], Float]:
    """Arrays of the kernel; a planar table lacks the first of the three axes."""
    from wavepacket.kernels.bands import spline as kernels  # compiled when first needed

    hamiltonian = source.hamiltonian
    assert isinstance(hamiltonian, LatticeHamiltonian)
    shape = samples.fields.shape[:3]
    points = shape if hamiltonian.dimension == 3 else (1, *shape[:2])
    fields = samples.fields.reshape(*points, -1)
    to_cells = hamiltonian.lattice / (2 * np.pi) * np.array(shape)[:, None]
    if hamiltonian.dimension < 3:
        to_cells = np.concatenate([np.zeros((1, 3)), to_cells[:2]])
    reach = [
        kernels.SUPPORT - 1 if hamiltonian.dimension == 3 else 0,
        kernels.SUPPORT - 1,
        kernels.SUPPORT - 1,
    ]
    padded = [p + extra for p, extra in zip(points, reach, strict=True)]
    # The points before and after the zone, so that the six that reach a cell stand together.
    around = [(np.arange(p + extra) - 2 * (extra > 0)) % p for p, extra in zip(points, reach, strict=True)]
    first, count = kernels.FIRST_COEFFICIENT, int(np.prod(padded)) * kernels.FIELDS
    reals = _room(first + count + samples.mixing.size)
    reals[:first] = 0.0
    reals[:9] = to_cells.ravel()
    coefficients = reals[first : first + count].reshape(*padded, kernels.FIELDS)
    for field in range(kernels.FIELDS):
        coefficients[..., field] = _prefiltered(fields[..., field])[np.ix_(*around)]
    reals[first + count :] = samples.mixing.ravel()
    planes = kernels.SUPPORT if hamiltonian.dimension == 3 else 1
    return [0, planes, *points, first + count], reals


def _prefiltered(samples: Float) -> Float:
    """Spline coefficients that interpolate periodic samples: division by the symbol of the quintic B-spline."""
    spectrum = np.fft.rfftn(samples)
    for axis, n in enumerate(samples.shape):
        phase = 2 * np.pi * np.arange(spectrum.shape[axis]) / n
        symbol = (66 + 52 * np.cos(phase) + 2 * np.cos(2 * phase)) / 120
        spectrum /= symbol.reshape([-1 if i == axis else 1 for i in range(samples.ndim)])
    return np.fft.irfftn(spectrum, samples.shape, axes=range(samples.ndim))


def table_bytes(points: tuple[int, int, int]) -> tuple[int, int]:
    """Bytes of a table, and the most that are held while it is made: its samples and one field's transforms beside it."""
    size = int(np.prod(points))
    padded = int(np.prod([p + 5 if p > 1 else 1 for p in points]))
    return 64 * padded + 48 * size, 72 * padded + 200 * size


def aligned(numbers: Float) -> Float:
    """A copy at an address that is a multiple of 64 bytes, so that no point of the table straddles cache lines."""
    room = _room(len(numbers))
    room[:] = numbers
    return room


def _room(count: int) -> Float:
    room = np.empty(count + 8)
    offset = -(room.ctypes.data // 8) % 8
    return room[offset : offset + count]
