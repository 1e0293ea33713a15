"""What is integrated over, as a map from the unit cube u ∈ [0, 1)^d: the Brillouin zone, or k up to a cutoff.

A lattice's zone is k = Σ u_i b_i. A k·p model's ball is mapped by polar coordinates; where a coordinate ends (the
radius, the polar angle) it runs as s(u) with s′ = 140 u³(1−u)³, so that the midpoint rule loses only terms of the
fourth power of the step there (Euler and Maclaurin: 7 s⁗ h⁴/5760 at each end).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from wavepacket.arrays import Float
from wavepacket.errors import InputError
from wavepacket.hamiltonians import Hamiltonian, KPHamiltonian, LatticeHamiltonian
from wavepacket.response.lattice_rule import REPLICAS, lattice_rule

__all__ = ["Domain", "Points", "domain_of"]


_START = np.array([0.0471953, 0.1573281, 0.0916408])
"""Of a step: no symmetry of a lattice makes one of the shifted meshes another one."""
_BRICKS = {2: np.array([0.618034]), 3: np.array([0.754878, 0.569840])}
"""Of a step, from row to row: multiples of these numbers fill the unit interval most evenly."""


@dataclass(frozen=True, eq=False)
class Points:
    """Wavevectors with what an integral ∫[dk] needs of them.

    Attributes
    ----------
    k : (n, 3), 1/Å
    weight : (n,) density of [dk] = d^dk/(2π)^d over the unit cube, 1/Å^d
    edges : (n, d, 3) ∂k/∂u, 1/Å
    """

    k: Float
    weight: Float
    edges: Float


@dataclass(frozen=True, eq=False)
class Domain:
    """The zone of a lattice or the ball of a k·p model as an image of the unit cube."""

    hamiltonian: Hamiltonian

    @property
    def dimension(self) -> int:
        """Dimension of k space."""
        return self.hamiltonian.dimension

    @cached_property
    def shifts(self) -> Float:
        """Where the first point of each of the shifted meshes is, (REPLICAS, d), in steps of a mesh."""
        rule = np.array(lattice_rule(self.hamiltonian)) / REPLICAS
        return np.asarray((_START[: self.dimension] + np.arange(REPLICAS)[:, None] * rule) % 1.0)

    def bricks(self, u: Float, mesh: int) -> Float:
        """How far the rows of a mesh at u (n, d) are moved along the first direction, (n,), in the unit cube.

        The radii of a ball: else a mesh would meet a round Fermi surface everywhere at the same distance, and its errors
        would add up. A whole number of steps in all keeps the mesh periodic.
        """
        if isinstance(self.hamiltonian, LatticeHamiltonian) or self.dimension == 1:
            return np.zeros(len(u))
        steps = np.round(_BRICKS[self.dimension] * mesh) / mesh
        return np.asarray((np.floor(u[:, 1:] * mesh) @ steps) % 1.0 / mesh)

    def points(self, u: Float) -> Points:
        """Map u (n, d)."""
        if isinstance(self.hamiltonian, LatticeHamiltonian):
            return _in_zone(self.hamiltonian, u)
        return _in_ball(self.hamiltonian, u)


def domain_of(hamiltonian: Hamiltonian) -> Domain:
    """Return the domain of a Hamiltonian; a k·p model must have a cutoff."""
    if isinstance(hamiltonian, KPHamiltonian) and hamiltonian.cutoff is None:
        raise InputError("an integral over k needs an end: give the k·p model a cutoff")
    return Domain(hamiltonian)


def _in_zone(hamiltonian: LatticeHamiltonian, u: Float) -> Points:
    edges = hamiltonian.reciprocal[: hamiltonian.dimension]
    weight = np.full(len(u), 1.0 / hamiltonian.cell_volume)
    return Points(u @ edges, weight, np.broadcast_to(edges, (len(u), *edges.shape)))


def _in_ball(hamiltonian: KPHamiltonian, u: Float) -> Points:
    assert hamiltonian.cutoff is not None
    radius, d = hamiltonian.cutoff, hamiltonian.dimension
    if d == 1:
        s, slope = _eased(u[:, 0])
        k, edges = np.zeros((len(u), 3)), np.zeros((len(u), 1, 3))
        k[:, 0], edges[:, 0, 0] = radius * (2 * s - 1), 2 * radius * slope
        return Points(k, 2 * radius * slope / (2 * np.pi), edges)
    s, slope = _eased(u[:, 0])
    edges = np.zeros((len(u), d, 3))
    phi = 2 * np.pi * u[:, -1]
    cosine, sine, turn = np.zeros(len(u)), np.ones(len(u)), np.zeros(len(u))
    if d == 3:
        t, turn = _eased(u[:, 1])
        cosine = 2 * t - 1
        sine = np.sqrt(np.maximum(1 - cosine**2, 0.0))
    along = np.stack([sine * np.cos(phi), sine * np.sin(phi), cosine], axis=1)
    around = np.stack([-along[:, 1], along[:, 0], 0 * phi], axis=1)
    edges[:, 0] = (radius * slope)[:, None] * along
    edges[:, -1] = (2 * np.pi * radius * s)[:, None] * around
    jacobian = 2 * np.pi * radius**2 * s * slope
    if d == 3:
        # dθ = −d(cos θ)/sin θ; the sign of an edge does not matter.
        tangent = np.stack([cosine * np.cos(phi), cosine * np.sin(phi), -sine], axis=1)
        bend = np.divide(2 * turn, sine, out=np.zeros_like(sine), where=sine > 0)
        edges[:, 1] = (radius * s * bend)[:, None] * tangent
        jacobian = jacobian * radius * s * 2 * turn
    return Points(radius * s[:, None] * along, jacobian / (2 * np.pi) ** d, edges)


def _eased(u: Float) -> tuple[Float, Float]:
    """s(u) from 0 to 1 with three vanishing derivatives at both ends, and s′."""
    return u**4 * (35 - 84 * u + 70 * u**2 - 20 * u**3), 140 * (u * (1 - u)) ** 3
