"""What is told of single places: Chern numbers of gaps, moments at the valleys, a map of Σ f Ω."""

import numpy as np

from wavepacket.arrays import Float
from wavepacket.bands.chern import chern_number
from wavepacket.conventions import carriers, moment_text
from wavepacket.ensembles import Valleys, valley_centres
from wavepacket.formulas import fermi
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian
from wavepacket.observables import Observable
from wavepacket.response.domain import Domain
from wavepacket.response.states import DEGENERATE, states_at
from wavepacket.response.uniform import mesh_points
from wavepacket.units import BOHR_MAGNETON, BOLTZMANN

__all__ = ["chern_numbers", "coarse_energies", "occupied_curvature", "valley_moments"]


_MESH = {1: 400, 2: 60, 3: 20}


def coarse_energies(domain: Domain, position_elements: bool = True) -> tuple[Float, Float]:
    """Energies (n, N) and moments m_z (n, N), eV/T, on a mesh of a few thousand points."""
    mesh, d = _MESH[domain.dimension], domain.dimension
    if domain.hamiltonian.size > 8:
        mesh = max(8, mesh // 2)
    k = domain.points(mesh_points(mesh, d, 0.5, 0, mesh**d)).k
    states = states_at(domain.hamiltonian, k, position_elements=position_elements)
    return states.energy, states.moment[..., 2]


def chern_numbers(hamiltonian: Hamiltonian, energy: Float, charge: float) -> list[Observable]:
    """Chern number of the lowest bands below each gap of a 2D crystal, and the Hall plateau where the gap is global."""
    if not isinstance(hamiltonian, LatticeHamiltonian) or hamiltonian.dimension != 2:
        return []
    found: dict[str, float] = {}
    gaps, plateaus = {}, {}
    for filled in range(1, hamiltonian.size):
        if (energy[:, filled] - energy[:, filled - 1]).min() <= 10 * DEGENERATE:
            continue
        chern = chern_number(hamiltonian, 0, filled - 1)
        if chern is None:
            continue
        found[str(filled)] = float(chern)
        top, bottom = float(energy[:, filled - 1].max()), float(energy[:, filled].min())
        if bottom > top:
            gaps[str(filled)] = [top, bottom]
            plateaus[str(filled)] = -(charge**2) * chern
    return [
        Observable(
            "chern_number",
            found,
            None,
            "1",
            "C = (1/2π)∫ Σ Omega_z d²k of that many lowest bands, by plaquettes; exact integers",
            {
                "gap": gaps,
                "gap_unit": "eV, edges on a coarse mesh",
                "plateau": plateaus,
                "plateau_unit": "e^2/h",
            },
        )
    ]


def valley_moments(
    hamiltonian: Hamiltonian, valleys: Valleys, position_elements: bool, charge: float = -1.0
) -> list[Observable]:
    """Ω and m of every band at the centre of each valley; not a number where bands touch.

    `charge` of the carriers in units of e: m is proportional to it.
    """
    names, centres = valley_centres(hamiltonian, valleys)
    if not names:
        return []
    states = states_at(hamiltonian, centres, position_elements=position_elements)
    gap = np.abs(states.energy[:, :, None] - states.energy[:, None, :])
    gap += np.where(np.eye(gap.shape[1], dtype=bool), np.inf, 0.0)
    alone = (gap.min(axis=2) > DEGENERATE)[..., None]
    moment = np.where(alone, -charge * states.moment / BOHR_MAGNETON, np.nan)
    curvature = np.where(alone, states.curvature, np.nan)
    return [
        Observable(
            "valley_orbital_moment",
            {name: moment[i] for i, name in enumerate(names)},
            None,
            "mu_B",
            f"{moment_text(charge)} at the centre of the valley, {carriers(charge)}; [band, axis]",
            {
                "berry_curvature": {name: curvature[i] for i, name in enumerate(names)},
                "berry_curvature_unit": "angstrom^2",
                "energy": {name: states.energy[i] for i, name in enumerate(names)},
            },
        )
    ]


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
