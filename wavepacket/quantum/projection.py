"""The part of a state that lies in one band, and the packet at its start: a Gaussian wave, projected on one band.

Without a magnetic field a discrete Fourier transform finds it exactly, wavevector by wavevector. In a magnetic field a
band is no function of k alone; it is kept apart by its energy: a window function of H that is one around the energy of
the packet and falls to zero half-way to the neighbouring bands at the packet's wavevector. Other states of the same energy
are far from the packet in k, where it has no weight.
"""

from dataclasses import dataclass

import numpy as np

from wavepacket.arrays import Complex, Float
from wavepacket.errors import InputError
from wavepacket.quantum.box import Box
from wavepacket.quantum.evolution import Dynamics, apply_series, function_series

_SHARPNESS = 10.0  # steps of the window are a tenth of the gap wide
_ROOM = 0.2  # of the gap, that four standard deviations of the energy may take: the window is 1 there to 1e-5
_TOLERANCE = 1e-9


@dataclass(frozen=True, eq=False)
class ZoneProjector:
    """Projection on a band at every wavevector of the discrete transform over a box.

    Parameters
    ----------
    frame : (n_1, n_2, n_3, N) Bloch states u(k) with the orbital positions in the phase
    phase : (n_1, n_2, n_3, N) e^{−ik·τ}
    """

    frame: Complex
    phase: Complex

    def project(self, state: Complex) -> Complex:
        """P ψ."""
        waves = np.fft.fftn(state.reshape(self.frame.shape), axes=(0, 1, 2)) * self.phase
        amplitude = np.sum(self.frame.conj() * waves, axis=3, keepdims=True)
        inside = np.fft.ifftn(amplitude * self.frame / self.phase, axes=(0, 1, 2))
        return np.asarray(inside.ravel(), dtype=np.complex128)


def zone_projector(box: Box, band: int) -> ZoneProjector:
    """Diagonalise H at every wavevector of the box's discrete transform."""
    crystal = box.hamiltonian
    k = box.wavevectors.reshape(-1, 3) @ crystal.reciprocal
    frame = np.linalg.eigh(crystal.hamiltonian(k))[1][:, :, band]
    phase = np.exp(-1j * (k @ crystal.sites.T))
    return ZoneProjector(frame.reshape(box.state_shape), phase.reshape(box.state_shape))


@dataclass(frozen=True)
class EnergyWindow:
    """f(E) = [erf((E − low)/width) − erf((E − high)/width)]/2; infinite edges are left out."""

    low: float
    high: float
    width: float

    def __call__(self, energy: Float) -> Float:
        """Value at energies in eV."""
        from scipy.special import erf

        def step(edge: float) -> Float:
            if not np.isfinite(edge):
                return np.full_like(energy, -np.sign(edge))
            return np.asarray(erf((energy - edge) / self.width))

        return 0.5 * (step(self.low) - step(self.high))


def energy_window(levels: Float, band: int) -> EnergyWindow:
    """Window around a band among the energies (N,) of all bands at one wavevector."""
    low = 0.5 * (levels[band] + levels[band - 1]) if band > 0 else -np.inf
    high = 0.5 * (levels[band] + levels[band + 1]) if band + 1 < len(levels) else np.inf
    return EnergyWindow(float(low), float(high), max(_gap(levels, band), 1e-12) / _SHARPNESS)


def is_resolved(levels: Float, band: int, energy_spread: float) -> bool:
    """Whether a packet with this standard deviation of the energy (eV) passes the window around its band unchanged."""
    return bool(4.0 * energy_spread < _ROOM * _gap(levels, band))


def project_by_energy(dynamics: Dynamics, levels: Float, band: int, state: Complex) -> Complex:
    """f(H) ψ with H without the electric field, but with the magnetic one."""
    if len(levels) == 1:
        return state
    matrix = dynamics.matrix
    _, bounds = dynamics.hamiltonian(np.zeros(3))
    series = function_series(energy_window(levels, band), bounds, _TOLERANCE)
    return apply_series(lambda vector: np.asarray(matrix @ vector), bounds, series, state)


def _gap(levels: Float, band: int) -> float:
    others = np.delete(levels, band)
    return float(np.abs(others - levels[band]).min()) if len(others) else np.inf


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
