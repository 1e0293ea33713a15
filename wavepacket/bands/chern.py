"""Chern numbers from plaquettes: integers on every mesh, and the right ones where each flux is small.

A plaquette whose flux is not small is divided into four until all parts are. What its corners say of its flux, which is
known up to a multiple of 2π, stays: the parts only tell which multiple it is, so that the sum is an integer at any time.
"""

from collections.abc import Sequence

import numpy as np

from wavepacket.arrays import Complex, Float
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian

__all__ = ["chern_number", "chern_numbers"]


_MESH = 24
_SMALL_FLUX = 1.0  # rad; a plaquette with less than this cannot have lost a multiple of 2π
_DIVISIONS = 8
_MOST = 96
"""Plaquettes that are divided at once. The fluxes of a group of bands that is apart from the others add up to some 2π:
more large ones are noise, as between partners that only rounding or a broken symmetry of the input holds apart."""
_TOUCHING = 1e-9
"""Of the width of the spectrum: bands closer than this at a corner touch there."""


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
    return chern_numbers(hamiltonian, [(first, first if last is None else last)])[0]


def chern_numbers(hamiltonian: Hamiltonian, groups: Sequence[tuple[int, int]]) -> list[int | None]:
    """Chern number of each group of bands, first to last; states of the mesh are computed once for all of them."""
    if not isinstance(hamiltonian, LatticeHamiltonian) or hamiltonian.dimension != 2:
        return [None] * len(groups)
    bands = [slice(first, last + 1) for first, last in groups]
    energy, fluxes = _mesh_fluxes(hamiltonian, bands)
    width = float(np.ptp(energy))

    def resolved(group: slice, flux: Float) -> int | None:
        if not _apart(energy, group, width):
            return None
        origin = np.stack(np.unravel_index(np.arange(flux.size), flux.shape), axis=1) / _MESH
        whole = _divided(hamiltonian, group, origin, flux.ravel(), _DIVISIONS, width=width)
        if whole is None:
            return None
        orientation = np.sign(np.linalg.det(hamiltonian.lattice))
        return round(float(orientation * whole.sum() / (2 * np.pi)))

    return [resolved(*each) for each in zip(bands, fluxes, strict=True)]


def _apart(energy: Float, group: slice, width: float) -> bool:
    """Whether a group touches no other band at points (n, N)."""
    borders = [n for n in (group.start, group.stop) if 0 < n < energy.shape[1]]
    gaps = [float((energy[:, n] - energy[:, n - 1]).min()) for n in borders]
    return min(gaps, default=np.inf) > _TOUCHING * width


def _states(hamiltonian: LatticeHamiltonian, reduced: Float) -> tuple[Float, Complex]:
    """Energies (n, N) and states (n, N, N) at reduced wavevectors (n, 2)."""
    energy, frames = np.linalg.eigh(hamiltonian.hamiltonian(reduced @ hamiltonian.reciprocal[:2]))
    return energy, frames


def _mesh_fluxes(hamiltonian: LatticeHamiltonian, groups: Sequence[slice]) -> tuple[Float, list[Float]]:
    """Energies (n, N) at the corners of a mesh over the zone, and the flux through its plaquettes, rad, for each group.

    Row by row: states of a large cell need much memory.
    """
    steps = np.arange(_MESH) / _MESH
    # u(k+G) = e^{−iG·τ} u(k): the far borders are the same states as the near ones.
    turn = np.exp(-2j * np.pi * hamiltonian.positions)[:, :, None]

    def row(first: float) -> tuple[Float, Complex]:
        energy, frames = _states(hamiltonian, np.stack([np.full(_MESH, first), steps], axis=1))
        return energy, np.concatenate([frames, frames[:1] * turn[:, 1]])

    energies, fluxes = [], []
    energy, start = row(0.0)
    here = start
    for step in (*steps[1:], None):
        energies.append(energy)
        energy, there = (energy, start * turn[:, 0]) if step is None else row(float(step))
        fluxes.append([_fluxes(here[:, :, each], there[:, :, each]) for each in groups])
        here = there
    return np.concatenate(energies), [np.stack(each) for each in zip(*fluxes, strict=True)]


def _fluxes(here: Complex, there: Complex) -> Float:
    """Flux of Ω between neighbours of two rows of frames (..., p + 1, N, m), rad, (..., p)."""
    along = _overlaps(here, there)
    near, far = (_overlaps(row[..., :-1, :, :], row[..., 1:, :, :]) for row in (here, there))
    # A = i⟨u|∂u⟩: a link is e^{−iA·dk}, so the flux is minus the phase around.
    phases: Float = np.angle(along[..., :-1] * far * along[..., 1:].conj() * near.conj())
    return -phases


def _divided(
    hamiltonian: LatticeHamiltonian, group: slice, origin: Float, flux: Float, divisions: int, *, width: float
) -> Float | None:
    """Fluxes (p,) of plaquettes at reduced `origin` (p, 2) with their multiples of 2π; None where these stay unknown."""
    large = np.abs(flux) >= _SMALL_FLUX
    count = np.count_nonzero(large)
    if not count:
        return flux
    if not divisions or count > _MOST:
        return None
    half = 0.5 ** (_DIVISIONS - divisions + 1) / _MESH
    corners = np.stack(np.meshgrid(*[half * np.arange(3)] * 2, indexing="ij"), axis=-1)
    at = origin[large][:, None, None] + corners
    energy, frames = _states(hamiltonian, at.reshape(-1, 2))
    if not _apart(energy, group, width):
        return None
    frames = frames[:, :, group].reshape(*at.shape[:3], hamiltonian.size, -1)
    parts = np.stack([_fluxes(frames[:, i], frames[:, i + 1]) for i in range(2)], axis=1)
    known = _divided(
        hamiltonian, group, at[:, :2, :2].reshape(-1, 2), parts.ravel(), divisions - 1, width=width
    )
    if known is None:
        return None
    turns = np.zeros(len(flux))
    turns[large] = np.round((known.reshape(count, 4).sum(axis=1) - flux[large]) / (2 * np.pi))
    return np.asarray(flux + 2 * np.pi * turns)


def _overlaps(left: Complex, right: Complex) -> Complex:
    """Determinant of ⟨left|right⟩ of (..., N, m) frames."""
    return np.asarray(np.linalg.det(np.conj(np.swapaxes(left, -1, -2)) @ right))
