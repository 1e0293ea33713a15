"""Geometry of a group of bands as matrices between its states: velocity, field strength, moment, connection, derivatives.

With the projector P on the group, A = i⟨u|∂u⟩ and X_a = (1−P) ∂_aP P, all but A turn with the states, O → U†OU:

    F_ab = ∂_aA_b − ∂_bA_a − i[A_a, A_b] = i (X_a†X_b − X_b†X_a)
    m̂_ab = −(i/2)(e/ħ) [X_a†H X_b − ½(X_a†X_b h + h X_a†X_b) − (a ↔ b)]        charge −e, h = PHP
    D_aO = P (∂_aO) P + X_a†O P + P O X_a,        D_ah = P (∂_aH) P
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Complex, Float
from wavepacket.errors import InputError
from wavepacket.hamiltonians import Hamiltonian
from wavepacket.units import E_OVER_HBAR, HBAR

__all__ = ["PLANES", "BandGroup", "GroupGeometry", "band_group"]

_APART = 1e-9  # eV; a group that comes as near to other bands has no geometry
PLANES: Final = ((1, 2), (2, 0), (0, 1))
"""Axes of the planes across x, y and z: yz, zx, xy."""


@dataclass(frozen=True, eq=False)
class GroupGeometry:
    """Geometry of a group of G bands at n wavevectors; matrices are between its ``states``.

    Attributes
    ----------
    energy : (n, G) eV
    states : (n, N, G) orthonormal states that span the group, orbitals' positions in the phase of H(k)
    hamiltonian : (n, G, G) h between them, eV
    velocity : (n, 3, G, G) D_ah/ħ, Å/fs
    berry_curvature : (n, 3, G, G) F_yz, F_zx, F_xy, Å²
    orbital_moment : (n, 3, G, G) m̂ of a carrier of charge −e, eV/T
    tilt : (n, 3, N, G) X_a between the orbitals and the states, Å
    """

    energy: Float
    states: Complex
    hamiltonian: Complex
    velocity: Complex
    berry_curvature: Complex
    orbital_moment: Complex
    tilt: Complex = field(repr=False)

    @property
    def total_curvature(self) -> Float:
        """Tr F (n, 3), Å²: the sum of Ω over the bands of the group without what they do among themselves."""
        return np.asarray(np.trace(self.berry_curvature, axis1=2, axis2=3).real)

    @property
    def total_moment(self) -> Float:
        """Tr m̂ (n, 3), eV/T."""
        return np.asarray(np.trace(self.orbital_moment, axis1=2, axis2=3).real)

    def block(self, operator: npt.ArrayLike) -> Complex:
        """An operator (N, N) or (n, N, N) of the orbitals between the states, (n, G, G)."""
        return np.asarray(_adjoint(self.states) @ np.asarray(operator) @ self.states)

    def covariant_derivative(self, operator: npt.ArrayLike, slope: npt.ArrayLike | None = None) -> Complex:
        """D_aO (n, 3, G, G) of an operator (N, N) or (n, N, N) of the orbitals, times Å.

        Parameters
        ----------
        slope : ∂_aO, (n, 3, N, N); default: O does not depend on k
        """
        operator = np.asarray(operator)
        turned = (operator @ self.states)[:, None]
        found = _adjoint(self.tilt) @ turned
        found = found + _adjoint(np.conj(np.swapaxes(operator, -1, -2)) @ self.states)[:, None] @ self.tilt
        if slope is not None:
            found = found + _adjoint(self.states)[:, None] @ np.asarray(slope) @ self.states[:, None]
        return np.asarray(found)

    def connection(self, trial: npt.ArrayLike) -> tuple[Complex, Complex]:
        """A_a (n, 3, G, G), Å, in the smooth gauge of trial states (N, G), and the states (n, N, G) of that gauge.

        These are P(k)|trial⟩ made orthonormal as Löwdin does, ψ (ψ†ψ)^(−1/2).

        Raises
        ------
        InputError
            where the trial states do not span the group
        """
        trial = np.asarray(trial, dtype=np.complex128)
        raw = self.states @ (_adjoint(self.states) @ trial)
        value, turn = np.linalg.eigh(_adjoint(raw) @ raw)
        if value.min() < 1e-6:
            raise InputError("the trial states do not span the group at one of the wavevectors")
        root = (turn * value[:, None] ** -0.5) @ _adjoint(turn)
        smooth = raw @ root
        # ∂P = X + X†, and S = (ψ†ψ)^(−1/2) obeys S ∂S + ∂S S = −S² ∂(ψ†ψ) S².
        slope_of_p = self.tilt @ _adjoint(self.states)[:, None]
        slope_of_p = slope_of_p + _adjoint(slope_of_p)
        bent = slope_of_p @ trial
        inner = _adjoint(turn)[:, None] @ (_adjoint(trial) @ bent) @ turn[:, None]
        scale = (
            value[:, :, None] * value[:, None, :] * (value[:, :, None] ** -0.5 + value[:, None, :] ** -0.5)
        )
        slope_of_root = -turn[:, None] @ (inner / scale[:, None]) @ _adjoint(turn)[:, None]
        slope = bent @ root[:, None] + raw[:, None] @ slope_of_root
        found = 1j * _adjoint(smooth)[:, None] @ slope
        return 0.5 * (found + _adjoint(found)), smooth


@dataclass(frozen=True, eq=False)
class BandGroup:
    """A group of successive bands of a crystal.

    Attributes
    ----------
    hamiltonian : the crystal
    first, last : its lowest and its highest band
    """

    hamiltonian: Hamiltonian
    first: int
    last: int

    def geometry(self, k: npt.ArrayLike, frames: npt.ArrayLike | None = None) -> GroupGeometry:
        """Geometry at wavevectors k (n, 3), 1/Å.

        Parameters
        ----------
        frames : (n, G, G) unitary matrices that turn the eigenstates into the states that matrices are between; default none

        Raises
        ------
        InputError
            where the group touches another band
        """
        k = np.atleast_2d(np.asarray(k, dtype=np.float64))
        energy, every = np.linalg.eigh(self.hamiltonian.hamiltonian(k))
        inside = np.arange(self.first, self.last + 1)
        outside = np.setdiff1d(np.arange(self.hamiltonian.size), inside)
        gap = energy[:, None, inside] - energy[:, outside, None]
        self._check(gap, outside, k)
        slope = _adjoint(every)[:, None] @ self.hamiltonian.hamiltonian_gradient(k) @ every[:, None]
        turn = np.asarray(np.eye(len(inside)) if frames is None else frames, dtype=np.complex128)
        tilt = (slope[:, :, outside[:, None], inside] / gap[:, None]) @ _extra(turn)
        h = _adjoint(turn) @ (energy[:, inside, None] * turn)
        curvature, moment = [], []
        for a, b in PLANES:
            left, right = _adjoint(tilt[:, a]), tilt[:, b]
            both = left @ right
            lifted = left @ (energy[:, outside, None] * right) - 0.5 * (both @ h + h @ both)
            curvature.append(1j * (both - _adjoint(both)))
            moment.append(-0.5j * E_OVER_HBAR * (lifted - _adjoint(lifted)))
        return GroupGeometry(
            energy[:, inside], every[:, :, inside] @ turn, h,
            _adjoint(_extra(turn)) @ slope[:, :, inside[:, None], inside] @ _extra(turn) / HBAR,
            np.stack(curvature, axis=1), np.stack(moment, axis=1), every[:, None, :, outside] @ tilt,
        )  # fmt: skip

    def _check(self, gap: Float, outside: npt.NDArray[np.int64], k: Float) -> None:
        if not gap.size or np.abs(gap).min() > _APART:
            return
        place, m, n = np.unravel_index(int(np.abs(gap).argmin()), gap.shape)
        where = ", ".join(f"{each:.4g}" for each in k[place] + 0.0)
        raise InputError(
            f"bands {self.first + n} and {outside[m]} touch at k = [{where}] 1/angstrom, and only one is in the group "
            f"{self.first} to {self.last}"
        )


def band_group(hamiltonian: Hamiltonian, bands: tuple[int, int]) -> BandGroup:
    """Bands first to last of a crystal as one group: ``band_group(...).geometry(k)``.

    Raises
    ------
    InputError
        for bands that do not exist, and for crystals with position elements, which groups do without

    Examples
    --------
    >>> from wavepacket.hamiltonians import kane_mele
    >>> geometry = band_group(kane_mele(), (0, 1)).geometry([[0.1, 0.2, 0.0]])
    >>> geometry.berry_curvature.shape, geometry.total_curvature.shape
    ((1, 3, 2, 2), (1, 3))

    """
    first, last = bands
    if not 0 <= first <= last < hamiltonian.size:
        raise InputError(
            f"bands {first} to {last} do not exist: {hamiltonian.name} has bands 0 to {hamiltonian.size - 1}"
        )
    if getattr(hamiltonian, "position_matrices", None) is not None:
        raise InputError(
            "groups of bands have orbital positions alone: read the crystal with position_elements=False"
        )
    return BandGroup(hamiltonian, first, last)


def _adjoint(matrices: Complex) -> Complex:
    return np.conj(np.swapaxes(matrices, -1, -2))


def _extra(turn: Complex) -> Complex:
    """Matrices (n, G, G), or one, with an axis for the components of a vector."""
    return turn[:, None] if turn.ndim == 3 else turn
