"""Arrays that enter a Hamiltonian: read-only, finite, of a stated shape, and hashed by their content."""

import hashlib
from collections.abc import Mapping
from typing import TypedDict

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Complex, Float, Integer
from wavepacket.errors import InputError

Point = tuple[float, float, float]


class Description(TypedDict, total=False):
    """Metadata of a model; none of it enters the physics or the content hash."""

    name: str
    parameters: Mapping[str, float | str]
    path: str
    reference: str
    notes: tuple[str, ...]


LARGEST = 1e100
"""Nothing physical is larger; sums and products of a few such numbers cannot overflow."""
HERMITIAN_TOLERANCE = 1e-9
"""Relative to the largest element: above the rounding of numbers typed with ten digits, below any physics."""


def combined(coefficients: npt.ArrayLike, vectors: Float) -> Float:
    """Return Σ_i c_i v_i for coefficients (..., n) and vectors (n, 3).

    Not a matrix product: its rounding would depend on the linear algebra library and on the CPU.
    """
    return np.asarray((np.asarray(coefficients)[..., None] * vectors).sum(axis=-2), dtype=np.float64)


def real_array(value: npt.ArrayLike, what: str) -> Float:
    """Return a finite array of floats, or say what is wrong with `what`."""
    try:
        given = np.asarray(value)
        if np.iscomplexobj(given):
            raise TypeError
        array = np.array(given, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"{what} must be an array of real numbers with rows of equal length") from None
    _refuse_non_finite(array, what)
    return array


def complex_array(value: npt.ArrayLike, what: str) -> Complex:
    """Return a finite array of complex numbers, or say what is wrong with `what`."""
    try:
        array = np.array(value, dtype=np.complex128)
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"{what} must be an array of numbers with rows of equal length") from None
    _refuse_non_finite(array, what)
    return array


def integer_array(value: npt.ArrayLike, what: str) -> Integer:
    """Return an array of integers; 1.0 is one, 1.5 is refused."""
    array = real_array(value, what)
    if np.any(array != np.rint(array)) or np.any(np.abs(array) > 1e9):
        raise InputError(f"{what} must be integers")
    return array.astype(np.int64)


def _refuse_non_finite(array: Float | Complex, what: str) -> None:
    if not np.all(np.abs(array) < LARGEST):
        raise InputError(f"{what} must be finite numbers, below {LARGEST:g}")


def square_matrix(value: npt.ArrayLike, what: str, size: int | None = None) -> Complex:
    """Return an (N, N) complex matrix; a plain number is a 1×1 matrix."""
    matrix = complex_array(value, what)
    if matrix.ndim == 0:
        matrix = matrix.reshape(1, 1)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or matrix.size == 0:
        raise InputError(f"{what} must be a square matrix, not of shape {matrix.shape}")
    if size is not None and len(matrix) != size:
        raise InputError(f"{what} must be {size}×{size} as the others are, not {len(matrix)}×{len(matrix)}")
    return matrix


def adjoint(matrices: Complex) -> Complex:
    """Return M† of the last two axes."""
    return np.conj(np.swapaxes(matrices, -1, -2))


def disagreement(first: Complex, second: Complex) -> float:
    """Return the largest difference relative to the largest element; 0 for two zeros."""
    scale = max(float(np.max(np.abs(first), initial=0.0)), float(np.max(np.abs(second), initial=0.0)))
    return float(np.max(np.abs(first - second), initial=0.0)) / scale if scale > 0 else 0.0


def wavevectors(k: npt.ArrayLike) -> Float:
    """Return k as floats of shape (n, 3), 1/Å; a single vector of shape (3,) becomes n = 1."""
    array = np.asarray(k, dtype=np.float64)
    if array.shape == (3,):
        array = array.reshape(1, 3)
    if array.ndim != 2 or array.shape[1] != 3:
        raise InputError(f"wavevectors must have shape (n, 3), not {array.shape}")
    return array


def named_points(points: Mapping[str, npt.ArrayLike], what: str) -> dict[str, Point]:
    """Return name → three floats; missing components are zero."""
    named: dict[str, Point] = {}
    for name, value in points.items():
        point = real_array(value, f"{what} {name}")
        if point.ndim != 1 or not 1 <= len(point) <= 3:
            raise InputError(f"{what} {name} must have one to three components")
        padded = [*point.tolist(), 0.0, 0.0][:3]
        named[str(name)] = (padded[0], padded[1], padded[2])
    return named


def freeze(array: npt.NDArray[np.generic]) -> None:
    """Make an array read-only."""
    array.setflags(write=False)


def content_digest(kind: str, *parts: npt.NDArray[np.generic] | None) -> str:
    """Return the SHA-256 of arrays as little-endian bytes with their shapes; −0.0 counts as 0.0."""
    sha = hashlib.sha256(kind.encode())
    for part in parts:
        if part is None:
            sha.update(b"none;")
            continue
        canonical = np.ascontiguousarray(part, dtype=part.dtype.newbyteorder("<"))
        if canonical.dtype.kind in "fc":
            # The parts are added apart: a complex sum may keep the sign of a zero real part.
            canonical = canonical.view("<f8") + 0.0
        sha.update(f"{part.dtype.kind}{part.shape};".encode())
        sha.update(canonical.tobytes())
    return sha.hexdigest()
