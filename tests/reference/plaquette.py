"""Berry fluxes from overlaps of eigenvectors around small plaquettes (links): no derivative, no gauge.

A = i⟨u|∂u⟩, so ⟨u(k)|u(k+dk)⟩ ≈ e^{−iA·dk} and the flux through a plaquette is minus the phase of the
product of its four links. T. Fukui, Y. Hatsugai, H. Suzuki, "Chern numbers in discretized
Brillouin zone: efficient method of computing (spin) Hall conductances" (2005), J. Phys. Soc. Jpn. 74, 1674.
"""

import numpy as np

from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian


def eigenvectors(hamiltonian: Hamiltonian, k: np.ndarray) -> np.ndarray:
    """Return the eigenvectors as columns, (n, N, N), by rising energy."""
    return np.linalg.eigh(hamiltonian.hamiltonian(k))[1]


def _loop_flux(links: list[np.ndarray]) -> np.ndarray:
    product = np.prod(np.stack(links), axis=0)
    return -np.angle(product)


def _link(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return det ⟨left|right⟩ of (..., N, m) frames."""
    return np.linalg.det(np.conj(np.swapaxes(left, -1, -2)) @ right)


def plane_fluxes(
    hamiltonian: LatticeHamiltonian,
    bands: list[int],
    mesh: int,
    axes: tuple[int, int] = (0, 1),
    at: float = 0.0,
) -> np.ndarray:
    """Return the flux of Ω through each plaquette of a plane of the zone, (mesh, mesh).

    Parameters
    ----------
    axes : reduced directions (i, j) that span the plane; the flux is along b_i×b_j
    at : reduced coordinate along the third
    """
    i, j = axes
    x = np.arange(mesh + 1) / mesh
    reduced = np.zeros((mesh + 1, mesh + 1, 3))
    reduced[..., i], reduced[..., j], reduced[..., 3 - i - j] = x[:, None], x[None, :], at
    inside = reduced[:mesh, :mesh].reshape(-1, 3) @ hamiltonian.reciprocal
    frames = np.empty((mesh + 1, mesh + 1, hamiltonian.size, len(bands)), dtype=complex)
    frames[:mesh, :mesh] = eigenvectors(hamiltonian, inside)[:, :, bands].reshape(mesh, mesh, -1, len(bands))
    # u(k+G) = e^{−iG·τ} u(k): the border must be the same states, not another gauge choice of them.
    phase = np.exp(-2j * np.pi * hamiltonian.positions)
    frames[mesh, :mesh] = frames[0, :mesh] * phase[:, i, None]
    frames[:, mesh] = frames[:, 0] * phase[:, j, None]
    along_i = _link(frames[:-1], frames[1:])
    along_j = _link(frames[:, :-1], frames[:, 1:])
    return _loop_flux([along_i[:, :-1], along_j[1:], np.conj(along_i[:, 1:]), np.conj(along_j[:-1])])


def chern_number(hamiltonian: LatticeHamiltonian, bands: list[int], mesh: int = 24, **plane: object) -> float:
    """Return C = (1/2π)∫Ω·dS of a group of bands over a plane of the zone, oriented along a_i×a_j."""
    # b_i×b_j points along a_k·sign(det a): the sign of a left-handed lattice is taken out.
    i, j = plane.get("axes", (0, 1))  # type: ignore[misc]
    orientation = np.sign(np.linalg.det(hamiltonian.reciprocal)) * (1 if (j - i) % 3 == 1 else -1)
    return float(orientation * np.sum(plane_fluxes(hamiltonian, bands, mesh, **plane)) / (2 * np.pi))  # type: ignore[arg-type]


def curvature(hamiltonian: Hamiltonian, band: int, k: np.ndarray, step: float = 1e-3) -> np.ndarray:
    """Return Ω of one band at one k, (3,), Å², from square plaquettes of side `step` in the three planes."""
    return np.array(
        [_plane_curvature(hamiltonian, band, np.asarray(k, dtype=float), step, axis) for axis in range(3)]
    )


def _plane_curvature(hamiltonian: Hamiltonian, band: int, k: np.ndarray, step: float, axis: int) -> float:
    a, b = np.eye(3)[(axis + 1) % 3] * step, np.eye(3)[(axis + 2) % 3] * step
    corners = [k - (a + b) / 2 + shift for shift in (0 * a, a, a + b, b, 0 * a)]
    states = [eigenvectors(hamiltonian, corner)[0, :, band] for corner in corners[:4]]
    states.append(states[0])
    links = [
        _connected_link(
            hamiltonian,
            states[n],
            states[n + 1],
            (corners[n] + corners[n + 1]) / 2,
            corners[n + 1] - corners[n],
        )
        for n in range(4)
    ]
    return float(_loop_flux([np.array(link) for link in links])) / step**2


def _connected_link(
    hamiltonian: Hamiltonian, left: np.ndarray, right: np.ndarray, middle: np.ndarray, dk: np.ndarray
) -> complex:
    """Return ⟨u(k)|u(k+dk)⟩ with the orbitals' own overlap e^{−iA·dk} between."""
    energy, states = np.linalg.eigh(np.tensordot(dk, hamiltonian.connection(middle)[0], axes=1))
    overlap = (states * np.exp(-1j * energy)) @ states.conj().T
    return complex(left.conj() @ overlap @ right)


def box_charge(hamiltonian: Hamiltonian, band: int, centre: np.ndarray, side: float, mesh: int = 12) -> float:
    """Return (1/2π)∮Ω·dS out of a cube around `centre`: the monopole charge of the band inside."""
    total = 0.0
    for axis in range(3):
        a, b, c = np.eye(3)[(axis + 1) % 3], np.eye(3)[(axis + 2) % 3], np.eye(3)[axis]
        for direction in (1, -1):
            x = (np.arange(mesh + 1) / mesh - 0.5) * side
            k = centre + direction * c * side / 2 + x[:, None, None] * a + x[None, :, None] * b
            frames = eigenvectors(hamiltonian, k.reshape(-1, 3))[:, :, band].reshape(
                mesh + 1, mesh + 1, -1, 1
            )
            right, up = _link(frames[:-1], frames[1:]), _link(frames[:, :-1], frames[:, 1:])
            flux = _loop_flux([right[:, :-1], up[1:], np.conj(right[:, 1:]), np.conj(up[:-1])])
            total += direction * float(np.sum(flux))
    return total / (2 * np.pi)
