"""The function whose level is the Fermi surface, 𝓔 − μ of one band with its slope, and the cell of k space to look at."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Flags, Float
from wavepacket.bands import Band, BandGeometry
from wavepacket.errors import InputError
from wavepacket.fermi.images import Images, images_of
from wavepacket.formulas import density_of_states_factor
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian
from wavepacket.units import E_OVER_HBAR, HBAR

__all__ = ["Domain", "Level", "domain_of", "states_of_all"]

_BEYOND = 1.02  # half the side of the cube round the domain of a k·p model, in units of its cutoff


@dataclass(frozen=True, eq=False)
class Domain:
    """A parallelepiped of k space, or one of its faces or edges: k = origin + x·frame with 0 ≤ x ≤ 1.

    Attributes
    ----------
    origin : (3,) 1/Å
    frame : (d, 3) its edges, 1/Å
    periodic : whether opposite faces are the same states
    """

    origin: Float
    frame: Float
    periodic: bool

    @property
    def dimension(self) -> int:
        """Number of edges that span it."""
        return len(self.frame)

    @property
    def volume(self) -> float:
        """Length, area or volume, 1/Å^d."""
        return float(np.sqrt(np.linalg.det(self.frame @ self.frame.T)))

    def at(self, x: Float) -> Float:
        """Wavevectors (n, 3) of coordinates (n, d)."""
        return np.asarray(self.origin + x @ self.frame)

    def coordinates(self, k: Float) -> Float:
        """Coordinates (n, d) of wavevectors (n, 3)."""
        return np.asarray((k - self.origin) @ np.linalg.pinv(self.frame))

    def face(self) -> "Domain":
        """The face across its first edge."""
        return Domain(self.origin, self.frame[1:], self.periodic)

    def projectors(self) -> Float:
        """Projectors (2^d, 3, 3) on the directions along which x_a is constant for each set bit a of their number."""
        dual, inside = np.linalg.pinv(self.frame), np.linalg.pinv(self.frame) @ self.frame
        found = np.zeros((1 << self.dimension, 3, 3))
        for number in range(len(found)):
            fixed = dual[:, [a for a in range(self.dimension) if number >> a & 1]]
            found[number] = inside - fixed @ np.linalg.pinv(fixed) if fixed.size else inside
        return found


@dataclass(frozen=True, eq=False)
class Level:
    """𝓔 − μ of a band; ``magnetic``: B, T; ``charge`` of the carrier, e; ``threads`` that geometry is computed with."""

    band: Band
    chemical_potential: float
    magnetic: Float = field(default_factory=lambda: np.zeros(3))
    charge: float = -1.0
    threads: int = 1

    def at(self, k: Float) -> tuple[Float, Float]:
        """𝓔 − μ (n,), eV, and ħ ṽ = ∂𝓔/∂k (n, 3), eV Å, at wavevectors (n, 3); of images of each other once."""
        if self.images is None:
            return self._at(k)
        orbits = self.images.orbits(k)
        energy, slope = self._at(k[orbits.first])
        return energy[orbits.which], np.einsum("nab,nb->na", orbits.turn, slope[orbits.which])

    @cached_property
    def images(self) -> Images | None:
        """Operations that keep it, of a crystal that was made symmetric."""
        return images_of(self.band.hamiltonian, self.magnetic, self._energy_at)

    def _at(self, k: Float) -> tuple[Float, Float]:
        turned = bool(np.any(self.magnetic))
        geometry = self.band.geometry(k, self.threads, slopes=turned)
        energy, slope = self._energy(geometry), HBAR * geometry.group_velocity
        if turned:
            slope = slope + self.charge * np.einsum("c,nca->na", self.magnetic, geometry.moment_gradient)
        return energy, slope

    def energy(self, k: Float) -> Float:
        """𝓔 − μ (n,) alone: in a field that takes half the time of `at`, which needs the slope of m."""
        if self.images is None:
            return self._energy_at(k)
        orbits = self.images.orbits(k)
        return self._energy_at(k[orbits.first])[orbits.which]

    def _energy_at(self, k: Float) -> Float:
        return self._energy(self.band.geometry(k, self.threads, slopes=False))

    def _energy(self, geometry: BandGeometry) -> Float:
        energy = geometry.energy - self.chemical_potential
        if np.any(self.magnetic):
            energy = energy + self.charge * (geometry.orbital_moment @ self.magnetic)
        return energy

    def factor(self, geometry: BandGeometry) -> Float:
        """D = 1 − (q/ħ) B·Ω (n,)."""
        flux = self.charge * E_OVER_HBAR * (geometry.berry_curvature @ self.magnetic)
        return np.asarray(density_of_states_factor(flux))

    @property
    def cutoff(self) -> float | None:
        """Of a k·p model, 1/Å; None of a lattice."""
        return getattr(self.band.hamiltonian, "cutoff", None)

    def inside(self, k: npt.ArrayLike) -> Flags:
        """Whether wavevectors (n, 3) belong to the model: all do in a lattice."""
        points = np.asarray(k)
        if self.cutoff is None:
            return np.ones(len(points), dtype=bool)
        return np.asarray(np.sum(points**2, axis=1) < self.cutoff**2)


def domain_of(level: Level) -> Domain:
    """The cell of the reciprocal lattice, or the cube round the domain of a k·p model.

    Raises
    ------
    InputError : the crystal has one dimension, or is a k·p model without a cutoff
    """
    hamiltonian = level.band.hamiltonian
    if hamiltonian.dimension < 2:
        raise InputError("a Fermi surface needs a crystal of two or three dimensions: this one is a chain")
    if isinstance(hamiltonian, LatticeHamiltonian):
        return Domain(np.zeros(3), hamiltonian.reciprocal[: hamiltonian.dimension], True)
    if level.cutoff is None:
        raise InputError(
            "a Fermi surface is looked for in the whole zone, and a k·p model has none: give model.cutoff"
        )
    axes = np.eye(3)[: hamiltonian.dimension]
    side = _BEYOND * level.cutoff
    return Domain(-side * axes.sum(axis=0), 2 * side * axes, False)


def states_of_all(hamiltonian: Hamiltonian) -> float:
    """States of a full band per Å^d; of a k·p model within the cutoff."""
    if isinstance(hamiltonian, LatticeHamiltonian):
        return 1.0 / hamiltonian.cell_volume
    assert hamiltonian.cutoff is not None
    d, cutoff = hamiltonian.dimension, hamiltonian.cutoff
    return float((np.pi * cutoff**2 if d == 2 else 4 / 3 * np.pi * cutoff**3) / (2 * np.pi) ** d)
