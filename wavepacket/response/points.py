"""Properties at single wavevectors: Chern numbers of gaps, moments at the valleys, a map of Σ f Ω."""

from typing import Any

import numpy as np

from wavepacket.arrays import Float
from wavepacket.bands.between import DEGENERATE
from wavepacket.bands.chern import chern_numbers
from wavepacket.conventions import moment_text
from wavepacket.ensembles import Valleys, valley_centres
from wavepacket.formulas import fermi
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian
from wavepacket.observables import Plain, rows, words_of
from wavepacket.response.domain import Domain
from wavepacket.response.states import Bands, states_at
from wavepacket.response.uniform import mesh_points
from wavepacket.units import BOHR_MAGNETON, BOLTZMANN

__all__ = ["coarse_states", "gaps", "occupied_curvature", "valley_centre_states"]

_MESH = {1: 400, 2: 60, 3: 20}


def coarse_states(domain: Domain, position_elements: bool = True) -> tuple[Float, Float]:
    """Energies (n, N) and moments m_z (n, N), eV/T, on a mesh of a few thousand points."""
    k = _coarse_points(domain)
    states = states_at(domain.hamiltonian, k, position_elements=position_elements)
    return states.energy, states.moment[..., 2]


def _coarse_points(domain: Domain) -> Float:
    mesh, d = _MESH[domain.dimension], domain.dimension
    if domain.hamiltonian.size > 8:
        mesh = max(8, mesh // 2)
    return domain.points(mesh_points(mesh, d, 0.5, 0, mesh**d)).k


def gaps(domain: Domain, mu: Float, charge: float) -> Plain | None:
    """Chern number of the lowest bands below each gap of a 2D crystal that the scan meets, and the Hall plateau where the
    gap is global.

    A chemical potential meets a gap where it is above the band below it and below the band above it, if at different k.
    """
    hamiltonian = domain.hamiltonian
    if not isinstance(hamiltonian, LatticeHamiltonian) or hamiltonian.dimension != 2:
        return None
    energy = np.linalg.eigvalsh(hamiltonian.hamiltonian(_coarse_points(domain)))
    fillings = [
        filled
        for filled in range(1, hamiltonian.size)
        if (energy[:, filled] - energy[:, filled - 1]).min() > 10 * DEGENERATE
        and energy[:, filled - 1].min() <= mu.max()
        and energy[:, filled].max() >= mu.min()
    ]
    found: dict[str, dict[str, Any]] = {"chern": {}, "edges": {}, "plateau": {}}
    numbers = chern_numbers(hamiltonian, [(0, filled - 1) for filled in fillings])
    for filled, chern in zip(fillings, numbers, strict=True):
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
     "C = (1/2π)∫ Σ Omega_z d²k of that many lowest bands, by plaquettes; exact integers; where mu meets the "
     "gap above them", lambda of: of.given["chern"]),
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
    step, bands = max(16, 400_000 // hamiltonian.size**2), Bands(hamiltonian, position_elements)
    for start in range(0, len(k), step):
        block = slice(start, start + step)
        states = bands.states(k[block])
        if temperature > 0:
            occupied = fermi((states.energy - mu) / (BOLTZMANN * temperature))
        else:
            occupied = (states.energy <= mu).astype(np.float64)
        result[block] = np.einsum("nj,njc->nc", occupied, states.curvature)
    return result
