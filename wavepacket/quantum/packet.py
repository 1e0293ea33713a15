"""The packet at its start: a Gaussian wave, projected on one band."""

import numpy as np

from wavepacket.arrays import Complex, Float
from wavepacket.errors import InputError
from wavepacket.quantum.evolution import Dynamics
from wavepacket.quantum.projection import is_resolved, project_by_energy, zone_projector


def initial_state(
    dynamics: Dynamics, band: int, wavevector: Float, width: float, *, magnetic: bool
) -> Complex:
    """Π [exp(−(r−c)²/4σ²) e^{ik₀·(r−c)} u(k₀)], normalised, with the projector Π on a band.

    No gauge of u(k) enters: the amplitude ⟨u(k)|u(k₀)⟩ of the Gaussian in each Bloch state is the smooth choice around k₀,
    in which the Berry connection vanishes at k₀ and the packet is centred at c up to the curvature of the band.

    Parameters
    ----------
    wavevector : k₀ (3,), gauge invariant, 1/Å
    width : σ of the probability |ψ|² (before projection), Å
    magnetic : whether H has a magnetic field, and the band is told by its energy

    Raises
    ------
    InputError
        where the band touches another one at k₀, or a magnetic field keeps no band apart for so narrow a packet

    """
    crystal = dynamics.box.hamiltonian
    levels, frames = np.linalg.eigh(crystal.hamiltonian(wavevector[None])[0])
    _check_gap(levels, band)
    spatial = np.exp(-np.sum(dynamics.relative_position**2, axis=1) / (4 * width**2))
    wave = spatial * np.exp(1j * (dynamics.relative_position @ wavevector))
    trial = wave * np.tile(frames[:, band], dynamics.box.size // crystal.size)
    trial = trial / np.linalg.norm(trial)
    if not magnetic:
        state = zone_projector(dynamics.box, band).project(trial)
        return np.asarray(state / np.linalg.norm(state))
    state = project_by_energy(dynamics, levels, band, trial)
    state = state / np.linalg.norm(state)
    if not is_resolved(levels, band, dynamics.energy(state)[1]):
        raise InputError(
            "the packet's energies reach half-way to the next band, and a magnetic field leaves nothing else to tell "
            "bands apart: make the packet wider in space (ensemble.width smaller), or leave out the magnetic field"
        )
    return np.asarray(state)


def _check_gap(levels: Float, band: int) -> None:
    others = np.delete(levels, band)
    if len(others) and np.abs(others - levels[band]).min() < 1e-6:
        raise InputError(
            "the band touches another one at the packet's wavevector: there is no packet of one band"
        )
