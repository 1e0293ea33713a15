"""Properties at single wavevectors: Chern numbers of gaps, moments at the valleys, critical points, a map of Σ f Ω.

At a critical point k* of a band, ∂ε = 0, the density of states per energy diverges at ε(k*) in one dimension, and in
two it jumps (extremum) or diverges (saddle); in three it is continuous. A band that is flat has no density of states.
"""

from typing import Any

import numpy as np

from wavepacket.arrays import Flags, Float
from wavepacket.bands.chern import chern_number
from wavepacket.conventions import moment_text
from wavepacket.ensembles import Valleys, valley_centres
from wavepacket.formulas import fermi
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian
from wavepacket.observables import Plain, rows, words_of
from wavepacket.response.domain import Domain
from wavepacket.response.states import DEGENERATE, states_at
from wavepacket.response.uniform import mesh_points
from wavepacket.units import BOHR_MAGNETON, BOLTZMANN

__all__ = ["coarse_energies", "critical_potentials", "gaps", "occupied_curvature", "valley_centre_states"]

_MESH = {1: 400, 2: 60, 3: 20}


def coarse_energies(domain: Domain, position_elements: bool = True) -> tuple[Float, Float]:
    """Energies (n, N) and moments m_z (n, N), eV/T, on a mesh of a few thousand points."""
    mesh, d = _MESH[domain.dimension], domain.dimension
    if domain.hamiltonian.size > 8:
        mesh = max(8, mesh // 2)
    k = domain.points(mesh_points(mesh, d, 0.5, 0, mesh**d)).k
    states = states_at(domain.hamiltonian, k, position_elements=position_elements)
    return states.energy, states.moment[..., 2]


def gaps(hamiltonian: Hamiltonian, energy: Float, charge: float) -> Plain | None:
    """Chern number of the lowest bands below each gap of a 2D crystal, and the Hall plateau where the gap is global."""
    if not isinstance(hamiltonian, LatticeHamiltonian) or hamiltonian.dimension != 2:
        return None
    found: dict[str, dict[str, Any]] = {"chern": {}, "edges": {}, "plateau": {}}
    for filled in range(1, hamiltonian.size):
        if (energy[:, filled] - energy[:, filled - 1]).min() <= 10 * DEGENERATE:
            continue
        chern = chern_number(hamiltonian, 0, filled - 1)
        if chern is None:
            continue
        found["chern"][str(filled)] = float(chern)
        top, bottom = float(energy[:, filled - 1].max()), float(energy[:, filled].min())
        if bottom > top:
            found["edges"][str(filled)] = np.array([top, bottom])
            found["plateau"][str(filled)] = -(charge**2) * chern
    return Plain(found, frozenset({"gaps"}), words_of(2, charge))


rows(
    "response",
    ("chern_number", "1", "$C$",
     "C = (1/2π)∫ Σ Omega_z d²k of that many lowest bands, by plaquettes; exact integers", lambda of: of.given["chern"]),
    ("hall_plateau", "{conductivity}", r"$\sigma_{xy}$",
     "sigma_xy with mu in the gap above that many lowest bands, where it is one over the whole zone",
     lambda of: of.given["plateau"] or None),
    ("gap_edges", "eV", "", "edges of the gap above that many lowest bands, on a coarse mesh, [lower, upper]",
     lambda of: of.given["edges"] or None),
    needs=("gaps",),
)  # fmt: skip


def valley_centre_states(
    hamiltonian: Hamiltonian, valleys: Valleys, position_elements: bool, charge: float = -1.0
) -> Plain | None:
    """Energy, Ω and m of every band at the centre of each valley; not a number where bands touch.

    `charge` of the carriers in units of e: m is proportional to it.
    """
    names, centres = valley_centres(hamiltonian, valleys)
    if not names:
        return None
    states = states_at(hamiltonian, centres, position_elements=position_elements)
    gap = np.abs(states.energy[:, :, None] - states.energy[:, None, :])
    gap += np.where(np.eye(gap.shape[1], dtype=bool), np.inf, 0.0)
    alone = (gap.min(axis=2) > DEGENERATE)[..., None]
    columns = {
        "moment": np.where(alone, -charge * states.moment / BOHR_MAGNETON, np.nan),
        "curvature": np.where(alone, states.curvature, np.nan),
        "energy": states.energy,
    }
    found = {key: {name: rows[i] for i, name in enumerate(names)} for key, rows in columns.items()}
    words = words_of(hamiltonian.dimension, charge) | {"moment": moment_text(charge)}
    return Plain(found, frozenset({"valley centres"}), words)


rows(
    "response",
    ("valley_orbital_moment", "mu_B", "$m$", "{moment} at the centre of the valley, {carriers}; [band, axis]",
     lambda of: of.given["moment"]),
    ("valley_berry_curvature", "angstrom^2", r"$\Omega$",
     "Omega = i<∂u|x|∂u> at the centre of the valley; [band, axis]", lambda of: of.given["curvature"]),
    ("valley_energy", "eV", r"$\varepsilon$", "at the centre of the valley; [band]", lambda of: of.given["energy"]),
    needs=("valley centres",),
)  # fmt: skip


def occupied_curvature(
    hamiltonian: Hamiltonian, k: Float, mu: float, temperature: float, position_elements: bool = True
) -> Float:
    """Σ f Ω (n, 3) at wavevectors (n, 3), Å²: where the Hall conductivity comes from."""
    result = np.empty((len(k), 3))
    step = max(16, 400_000 // hamiltonian.size**2)
    for start in range(0, len(k), step):
        block = slice(start, start + step)
        states = states_at(hamiltonian, k[block], position_elements=position_elements)
        if temperature > 0:
            occupied = fermi((states.energy - mu) / (BOLTZMANN * temperature))
        else:
            occupied = (states.energy <= mu).astype(np.float64)
        result[block] = np.einsum("nj,njc->nc", occupied, states.curvature)
    return result


_SEARCHED = {1: 200, 2: 48}
_STEPS = 12
_DIFFERENCE = 1e-5
"""Of a step of the mesh, for second derivatives."""
_SAME = 1e-8
"""Relative to the largest energy: μ is typed, or found, to this."""


def critical_potentials(domain: Domain, mu: Float, position_elements: bool = True) -> dict[int, str]:
    """Return the indices of chemical potentials (M,) at an edge or a saddle of a band, each with its name.

    Newton's method on ∂ε = 0 from every point of a mesh where |∂ε| is smaller than beside it.
    """
    d, hamiltonian = domain.dimension, domain.hamiltonian
    if d == 3:
        return {}
    mesh = _SEARCHED[d]
    points = domain.points(mesh_points(mesh, d, 0.0, 0, mesh**d))
    states = states_at(hamiltonian, points.k, position_elements=position_elements)
    size = np.linalg.norm(states.slope, axis=2).reshape(*(mesh,) * d, -1)
    least = np.ones(size.shape, dtype=bool)
    for axis in range(d):
        for way in (1, -1):
            least &= size <= np.roll(size, way, axis=axis)
    at, band = np.nonzero(least.reshape(mesh**d, -1))
    step = float(np.linalg.norm(points.edges, axis=2).max()) / mesh
    reasons: dict[int, str] = {}
    scale = max(float(np.abs(states.energy).max()), 1e-3)
    for index in np.unique(band):
        k = points.k[at[band == index]]
        energy, curvature, settled = _newton(
            hamiltonian, k, int(index), step=step, scale=scale, position_elements=position_elements
        )
        for i in range(len(mu)):
            hits = settled & (np.abs(energy - mu[i]) <= _SAME * scale)
            if hits.any():
                signs = np.sign(np.linalg.eigvalsh(curvature[hits][0]))
                reasons.setdefault(
                    i, "a saddle" if d == 2 and signs[0] * signs[1] < 0 else "the edge of a band"
                )
    return reasons


def _newton(
    hamiltonian: Hamiltonian, k: Float, band: int, *, step: float, scale: float, position_elements: bool
) -> tuple[Float, Float, Flags]:
    """Energies (n,) and second derivatives (n, d, d) at critical points near k (n, 3), and which were found."""
    d, axes, h = hamiltonian.dimension, np.eye(3)[: hamiltonian.dimension], _DIFFERENCE * step
    k = k.copy()

    def slopes(where: Float) -> tuple[Float, Float, Float]:
        states = states_at(hamiltonian, where, position_elements=position_elements)
        gap = np.abs(states.energy - states.energy[:, band : band + 1])
        gap[:, band] = np.inf
        return states.energy[:, band], states.slope[:, band, :d], gap.min(axis=1)

    for _ in range(_STEPS):
        energy, slope, gap = slopes(k)
        second = np.stack([(slopes(k + h * e)[1] - slopes(k - h * e)[1]) / (2 * h) for e in axes], axis=1)
        second = (second + np.swapaxes(second, 1, 2)) / 2
        move = np.linalg.pinv(second, rcond=1e-9, hermitian=True) @ slope[..., None]
        size = np.linalg.norm(move[..., 0], axis=1, keepdims=True)
        move = move[..., 0] * np.minimum(1.0, step / np.maximum(size, 1e-300))
        k[:, :d] -= move
    cutoff = np.inf if isinstance(hamiltonian, LatticeHamiltonian) else hamiltonian.cutoff or np.inf
    inside = np.linalg.norm(k, axis=1) <= cutoff
    flat = np.abs(second).max(axis=(1, 2)) * step**2 <= _SAME * scale
    settled = inside & ~flat & (gap > DEGENERATE) & (np.linalg.norm(slope, axis=1) * step <= _SAME * scale)
    return energy, second, settled
