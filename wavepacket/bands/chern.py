"""Chern numbers from plaquettes: integers on every mesh that resolves Ω."""

import numpy as np

from wavepacket.arrays import Complex, Float
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian

__all__ = ["chern_number"]


_MESHES = (24, 48, 96, 192, 384)
_SMALL_FLUX = 1.0  # rad; a plaquette with less than this cannot have lost a multiple of 2π


def chern_number(hamiltonian: Hamiltonian, first: int, last: int | None = None) -> int | None:
    """Chern number C = (1/2π)∫Ω_z d²k of bands `first` to `last` (default: the first alone) of a 2D crystal.

    Bands of the group may touch each other. None for other crystals and where no mesh resolves Ω.

    Notes
    -----
    Sum of the fluxes through plaquettes, each the phase of the determinant of the overlaps of the states at its
    corners: an integer on any mesh, and the right one as soon as all fluxes are small.

    References
    ----------
    T. Fukui, Y. Hatsugai, H. Suzuki, "Chern Numbers in Discretized Brillouin Zone: Efficient Method of Computing
    (Spin) Hall Conductances" (2005), J. Phys. Soc. Jpn. 74, 1674.
    """
    if not isinstance(hamiltonian, LatticeHamiltonian) or hamiltonian.dimension != 2:
        return None
    group = slice(first, (first if last is None else last) + 1)
    for mesh in _MESHES:
        fluxes = _plaquette_fluxes(hamiltonian, group, mesh)
        if np.abs(fluxes).max() < _SMALL_FLUX:
            orientation = np.sign(np.linalg.det(hamiltonian.lattice))
            return round(float(orientation * fluxes.sum() / (2 * np.pi)))
    return None


def _plaquette_fluxes(hamiltonian: LatticeHamiltonian, group: slice, mesh: int) -> Float:
    """Flux of Ω through each of mesh × mesh plaquettes of the zone, rad."""
    steps = np.arange(mesh) / mesh
    reduced = np.zeros((mesh, mesh, 3))
    reduced[..., 0], reduced[..., 1] = steps[:, None], steps[None, :]
    k = (reduced @ hamiltonian.reciprocal).reshape(-1, 3)
    frames = np.linalg.eigh(hamiltonian.hamiltonian(k))[1][:, :, group]
    states = np.empty((mesh + 1, mesh + 1, *frames.shape[1:]), dtype=np.complex128)
    states[:-1, :-1] = frames.reshape(mesh, mesh, *frames.shape[1:])
    # u(k+G) = e^{−iG·τ} u(k): the far borders are the same states as the near ones.
    turn = np.exp(-2j * np.pi * hamiltonian.positions)[:, :, None]
    states[-1, :-1] = states[0, :-1] * turn[:, 0]
    states[:, -1] = states[:, 0] * turn[:, 1]
    along = _overlaps(states[:-1], states[1:])
    across = _overlaps(states[:, :-1], states[:, 1:])
    # A = i⟨u|∂u⟩: a link is e^{−iA·dk}, so the flux is minus the phase around.
    phases: Float = np.angle(along[:, :-1] * across[1:] * along[:, 1:].conj() * across[:-1].conj())
    return -phases


def _overlaps(left: Complex, right: Complex) -> Complex:
    """Determinant of ⟨left|right⟩ of (..., N, m) frames."""
    return np.asarray(np.linalg.det(np.conj(np.swapaxes(left, -1, -2)) @ right))
