"""A k·p Hamiltonian as data: matrices times monomials in the Cartesian components of k."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self, Unpack

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Complex, Float, Integer
from wavepacket.errors import EntryError, InputError
from wavepacket.hamiltonians.arrays import (
    HERMITIAN_TOLERANCE,
    Description,
    Point,
    adjoint,
    complex_array,
    content_digest,
    disagreement,
    freeze,
    integer_array,
    named_points,
    square_matrix,
    wavevectors,
)
from wavepacket.hamiltonians.cells import checked_spin
from wavepacket.lazy import method

_HIGHEST_POWER = 12

Terms = Mapping[Any, npt.ArrayLike] | Iterable[tuple[Sequence[int], npt.ArrayLike]]


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class KPHamiltonian:
    """H(k) = Σ_t k_x^p k_y^q k_z^r M_t, for |k| up to a cutoff.

    Parameters
    ----------
    powers : (nT, 3) exponents (p, q, r), each set once; zero beyond the dimension
    matrices : (nT, N, N) complex Hermitian, eV Å^(p+q+r)
    dimension : 1, 2 or 3
    length_scale : Å; sets the scale of k in tolerances and steps
    cutoff : 1/Å, |k| beyond which the model is not meant; None for no limit
    spin : (3, N, N) complex S_x, S_y, S_z, ħ; None where not known. It is no part of H, nor of the content hash
    valleys, special_points : name → Cartesian wavevector, 1/Å
    path : names of special points
    name, parameters, reference : what it is called, what it was built from, and the article that it is from
    notes : what a reader of the model should know
    """

    powers: Integer
    matrices: Complex
    dimension: int
    length_scale: float
    cutoff: float | None = None
    spin: Complex | None = None
    name: str = "kp"
    parameters: Mapping[str, float | str] = field(default_factory=dict)
    valleys: dict[str, Point] = field(default_factory=dict)
    special_points: dict[str, Point] = field(default_factory=dict)
    path: str = ""
    reference: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Copy, check and freeze everything."""
        powers, matrices = integer_array(self.powers, "powers"), complex_array(self.matrices, "matrices")
        _check_powers(powers, self.dimension)
        if (
            matrices.ndim != 3
            or len(matrices) != len(powers)
            or matrices.shape[1] != matrices.shape[2]
            or not matrices.size
        ):
            raise InputError(f"matrices must have shape ({len(powers)}, N, N), not {matrices.shape}")
        for index, (power, matrix) in enumerate(zip(powers.tolist(), matrices, strict=True)):
            if disagreement(matrix, adjoint(matrix)) > HERMITIAN_TOLERANCE:
                raise EntryError(f"the matrix of powers {power} must be Hermitian", index)
        _check_positive(self.length_scale, "length_scale")
        if self.cutoff is not None:
            _check_positive(self.cutoff, "cutoff")
        spin = None
        if self.spin is not None:
            home = np.zeros((1, 3), dtype=np.int64)
            spin = checked_spin(complex_array(self.spin, "spin")[None], home, matrices.shape[1])[0]
            freeze(spin)
        for array in (powers, matrices):
            freeze(array)
        values = {
            "spin": spin,
            "powers": powers,
            "matrices": matrices,
            "parameters": dict(self.parameters),
            "notes": tuple(self.notes),
            "valleys": named_points(self.valleys, "valley"),
            "special_points": named_points(self.special_points, "special point"),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)

    @classmethod
    def from_terms(
        cls,
        terms: Terms,
        *,
        dimension: int | None = None,
        length_scale: float = 1.0,
        cutoff: float | None = None,
        spin: npt.ArrayLike | None = None,
        valleys: Mapping[str, npt.ArrayLike] | None = None,
        special_points: Mapping[str, npt.ArrayLike] | None = None,
        **description: Unpack[Description],
    ) -> Self:
        """Build a k·p model from {powers: matrix} or (powers, matrix) pairs.

        Parameters
        ----------
        terms : powers of one to three components, matrices in eV Å^p; each set of powers once
        dimension : default: the number of components of the longest powers
        spin : (3, N, N) matrices S_x, S_y, S_z, ħ
        description : name, parameters, path, reference, notes

        Examples
        --------
        >>> KPHamiltonian.from_terms({(2, 0): [[1.0]], (0, 2): [[1.0]]}, name="bowl")
        KPHamiltonian(bowl: 1 band, 2 terms, 2D)
        """
        pairs = list(terms.items()) if isinstance(terms, Mapping) else list(terms)
        if not pairs:
            raise InputError("a k·p model needs at least one term")
        powers = [integer_array(power, "powers") for power, _ in pairs]
        if any(power.ndim != 1 or not 1 <= len(power) <= 3 for power in powers):
            raise InputError("powers must have one to three integers")
        size = len(square_matrix(pairs[0][1], "matrix of the first term"))
        matrices = [
            square_matrix(matrix, f"matrix of powers {power.tolist()}", size)
            for power, (_, matrix) in zip(powers, pairs, strict=True)
        ]
        return cls(
            powers=np.array([np.pad(power, (0, 3 - len(power))) for power in powers]),
            matrices=np.array(matrices),
            dimension=max(map(len, powers)) if dimension is None else dimension,
            length_scale=length_scale,
            cutoff=cutoff,
            spin=None if spin is None else complex_array(spin, "spin"),
            valleys=named_points(valleys or {}, "valley"),
            special_points=named_points(special_points or {}, "special point"),
            **description,
        )

    _repr_html_ = method("wavepacket.plots.notebook", "crystal")

    def __repr__(self) -> str:
        """Name the model and its sizes."""
        bands = "1 band" if self.size == 1 else f"{self.size} bands"
        return f"{type(self).__name__}({self.name}: {bands}, {len(self.powers)} terms, {self.dimension}D)"

    @property
    def size(self) -> int:
        """Number of bands N."""
        return len(self.matrices[0])

    def hamiltonian(self, k: npt.ArrayLike) -> Complex:
        """Return H(k), (n, N, N), eV, for k of shape (n, 3), 1/Å."""
        return self._sum(wavevectors(k))

    def hamiltonian_gradient(self, k: npt.ArrayLike) -> Complex:
        """Return ∂_a H(k), (n, 3, N, N), eV Å."""
        k = wavevectors(k)
        return np.stack([self._sum(k, a) for a in range(3)], axis=1)

    def hamiltonian_hessian(self, k: npt.ArrayLike) -> Complex:
        """Return ∂_a ∂_b H(k), (n, 3, 3, N, N), eV Å²."""
        k = wavevectors(k)
        return np.stack([np.stack([self._sum(k, a, b) for b in range(3)], axis=1) for a in range(3)], axis=1)

    def _sum(self, k: Float, *axes: int) -> Complex:
        """Return H differentiated once along each of the axes."""
        powers, factor = self.powers.copy(), np.ones(len(self.powers))
        for axis in axes:
            factor *= powers[:, axis]
            powers[:, axis] = np.maximum(powers[:, axis] - 1, 0)
        monomials = factor * np.prod(k[:, None, :] ** powers, axis=2)
        return np.tensordot(monomials, self.matrices, axes=1)

    def connection(self, k: npt.ArrayLike) -> Complex:
        """Return the Berry connection of the basis, (n, 3, N, N): zero, the basis does not move with k."""
        return np.zeros((len(wavevectors(k)), 3, self.size, self.size), dtype=np.complex128)

    def connection_gradient(self, k: npt.ArrayLike) -> Complex:
        """Return its derivative, (n, 3, 3, N, N): zero."""
        return np.zeros((len(wavevectors(k)), 3, 3, self.size, self.size), dtype=np.complex128)

    def spin_at(self, k: npt.ArrayLike) -> Complex:
        """Return S, (n, 3, N, N), ħ, the same at every k; InputError where it is not known."""
        if self.spin is None:
            raise InputError(f"the spin of {self.name} is not known")
        return np.tile(self.spin, (len(wavevectors(k)), 1, 1, 1))

    def __eq__(self, other: object) -> bool:
        """Same physics; names and notes do not count."""
        return isinstance(other, type(self)) and self.content_hash() == other.content_hash()

    def __hash__(self) -> int:
        """Hash of the content."""
        return hash(self.content_hash())

    def content_hash(self) -> str:
        """Return the SHA-256 of what the physics depends on: names and notes do not count."""
        scale = np.array([self.dimension, self.length_scale, np.inf if self.cutoff is None else self.cutoff])
        return content_digest("kp", self.powers, self.matrices, scale)


def _check_powers(powers: Integer, dimension: int) -> None:
    if dimension not in (1, 2, 3):
        raise InputError(f"dimension must be 1, 2 or 3, not {dimension}")
    if powers.ndim != 2 or powers.shape[1] != 3 or len(powers) == 0:
        raise InputError(f"powers must have shape (n, 3), not {powers.shape}")
    if np.any(powers < 0) or np.any(powers > _HIGHEST_POWER):
        raise InputError(f"powers must be between 0 and {_HIGHEST_POWER}")
    if np.any(powers[:, dimension:]):
        raise InputError(
            f"powers may only use the first {dimension} components of k in {dimension} dimensions"
        )
    if len(np.unique(powers, axis=0)) != len(powers):
        raise InputError("each set of powers may be given once")


def _check_positive(value: float, what: str) -> None:
    if not (np.isfinite(value) and value > 0):
        raise InputError(f"{what} must be a positive finite number, not {value}")
