"""Weyl points: where two bands of a three-dimensional crystal touch and Berry flux flows out."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Complex, Float
from wavepacket.bands.extrema import GapMinimum, find_gap_minima
from wavepacket.bands.search import POINTS
from wavepacket.errors import InputError
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian
from wavepacket.hamiltonians.zone import face_vectors, fold_by_faces

__all__ = ["WeylPoint", "WeylPoints", "find_weyl_points", "monopole_charge"]


_TOUCH = 1e-7  # eV; a smaller gap is a touching point
_MESHES = (8, 16, 32)
_SMALL_FLUX = 1.0  # rad; a plaquette with less than this cannot have lost a multiple of 2π
_REFINEMENTS = 2


@dataclass(frozen=True, eq=False)
class WeylPoint:
    """A point where bands ``lower`` and ``lower + 1`` touch with a Berry charge.

    Attributes
    ----------
    wavevector, reduced : in the first zone, 1/Å, and in units of the reciprocal vectors (None for k·p)
    energy : eV
    chirality : χ = (1/2π)∮Ω·dS of all bands up to ``lower``; +1 for H = +ħv k·σ
    tilt : 0 for an upright cone, below 1 for type I, above 1 for type II; NaN where a velocity vanishes
    velocities : (3,) principal slopes of the cone without its tilt, eV Å

    """

    lower: int
    wavevector: Float
    reduced: Float | None
    energy: float
    chirality: int
    tilt: float
    velocities: Float

    @property
    def type(self) -> str:
        """``I``, ``II``, or ``multi`` where the cone is not linear in all directions."""
        if not np.isfinite(self.tilt):
            return "multi"
        return "I" if self.tilt < 1 else "II"


@dataclass(frozen=True, eq=False)
class WeylPoints:
    """All that were found between two bands.

    Attributes
    ----------
    points : by falling chirality, then by energy
    total_charge : sum of the chiralities; on a lattice it must be 0
    complete : whether it is 0; if not, a search with a finer grid is worth while (always True for a k·p model)

    """

    points: tuple[WeylPoint, ...]
    total_charge: int
    complete: bool


def find_weyl_points(hamiltonian: Hamiltonian, lower: int, *, grid: int | None = None) -> WeylPoints:
    """Weyl points between bands ``lower`` and ``lower + 1`` of a three-dimensional crystal.

    Every local minimum of the gap that reaches zero is enclosed in a small cube, and the Berry flux through its faces is
    counted. The grid of the search is refined up to two times while the charges of a lattice do not sum to zero. Touching
    points without charge (Dirac points, nodal lines) are not listed: `find_gap_minima` has them.
    """
    if hamiltonian.dimension != 3:
        raise InputError(f"Weyl points need three dimensions; {hamiltonian.name} has {hamiltonian.dimension}")
    number = grid or POINTS[3]
    for refinement in range(_REFINEMENTS + 1):
        points = _weyl_points(hamiltonian, lower, number * 2**refinement)
        total = sum(point.chirality for point in points)
        if total == 0 or not isinstance(hamiltonian, LatticeHamiltonian):
            break
    complete = total == 0 or not isinstance(hamiltonian, LatticeHamiltonian)
    return WeylPoints(points, total, complete)


def _weyl_points(hamiltonian: Hamiltonian, lower: int, grid: int) -> tuple[WeylPoint, ...]:
    touching = [node for node in find_gap_minima(hamiltonian, lower, grid=grid) if node.gap < _TOUCH]
    size = 2 * np.pi / hamiltonian.length_scale
    faces, nodes = face_vectors(hamiltonian), np.array([node.wavevector for node in touching]).reshape(-1, 3)
    points = []
    for index, node in enumerate(touching):
        others = np.delete(nodes, index, axis=0)
        distance = np.linalg.norm(fold_by_faces(others - node.wavevector, faces), axis=1).min(initial=np.inf)
        side = min(0.02 * size, 0.5 * float(distance))
        charge = monopole_charge(hamiltonian, lower, node.wavevector, side)
        if charge:
            points.append(_weyl_point(hamiltonian, node, charge))
    return tuple(sorted(points, key=lambda one: (-one.chirality, round(one.energy, 9))))


def monopole_charge(hamiltonian: Hamiltonian, lower: int, centre: npt.ArrayLike, side: float) -> int:
    """(1/2π)∮Ω·dS of bands 0 to ``lower`` out of a cube of the given side (1/Å) around a wavevector.

    Sum over plaquettes of the phases of overlaps, an integer on any mesh; 0 if no mesh resolves the flux, as where
    a line or a surface of touching points cuts the cube. Position elements do not change it.

    References
    ----------
    T. Fukui, Y. Hatsugai, H. Suzuki, "Chern Numbers in Discretized Brillouin Zone: Efficient Method of Computing
    (Spin) Hall Conductances" (2005), J. Phys. Soc. Jpn. 74, 1674.
    """
    middle = np.asarray(centre, dtype=np.float64)
    for mesh in _MESHES:
        fluxes = np.concatenate([
            direction * _face_fluxes(hamiltonian, lower, middle, side, axis, direction=direction, mesh=mesh)
            for axis in range(3)
            for direction in (1, -1)
        ])  # fmt: skip
        if np.abs(fluxes).max() < _SMALL_FLUX:
            return round(float(fluxes.sum()) / (2 * np.pi))
    return 0


def _face_fluxes(
    hamiltonian: Hamiltonian, lower: int, centre: Float, side: float, axis: int, *, direction: int, mesh: int
) -> Float:
    right, up, out = (np.eye(3)[(axis + turn) % 3] for turn in (1, 2, 0))
    x = side * (np.arange(mesh + 1) / mesh - 0.5)
    k = centre + direction * out * side / 2 + x[:, None, None] * right + x[:, None] * up
    states = np.linalg.eigh(hamiltonian.hamiltonian(k.reshape(-1, 3)))[1][:, :, : lower + 1]
    frames = states.reshape(mesh + 1, mesh + 1, hamiltonian.size, lower + 1)
    along, across = _link(frames[:-1], frames[1:]), _link(frames[:, :-1], frames[:, 1:])
    # A = i⟨u|∂u⟩: a link is e^{−iA·dk}, so the flux is minus the phase around.
    loop = along[:, :-1] * across[1:] * along[:, 1:].conj() * across[:-1].conj()
    return np.asarray(-np.angle(loop).ravel())


def _link(left: Complex, right: Complex) -> Complex:
    return np.asarray(np.linalg.det(left.conj().swapaxes(-1, -2) @ right))


def _weyl_point(hamiltonian: Hamiltonian, node: GapMinimum, charge: int) -> WeylPoint:
    """Slopes of the cone: H ≈ ε + w·q + Σ q_a V_ab σ_b in the two states that touch."""
    wavevector = node.wavevector.reshape(1, 3)
    states = np.linalg.eigh(hamiltonian.hamiltonian(wavevector))[1][0][:, node.lower : node.lower + 2]
    slopes = states.conj().T @ hamiltonian.hamiltonian_gradient(wavevector)[0] @ states
    w = np.trace(slopes, axis1=1, axis2=2).real / 2
    cone = np.stack(
        [slopes[:, 0, 1].real, -slopes[:, 0, 1].imag, (slopes[:, 0, 0] - slopes[:, 1, 1]).real / 2], axis=1
    )
    velocities = np.linalg.svd(cone, compute_uv=False)
    linear = velocities[-1] > 1e-6 * velocities[0]
    tilt = float(np.linalg.norm(np.linalg.solve(cone, w))) if linear else float("nan")
    return WeylPoint(node.lower, node.wavevector, node.reduced, node.energy, charge, tilt, velocities)
