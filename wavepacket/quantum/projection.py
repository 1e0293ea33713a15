"""The part of a state that lies in a band or a group of bands, and the packet at its start: a Gaussian wave in them.

Without a magnetic field a discrete Fourier transform finds it exactly, wavevector by wavevector. In a magnetic field, and
in a crystal that varies in space, a band is no function of k alone; it is kept apart by its energy: a window function of H
that is one around the energy of the packet and falls to zero half-way to the neighbouring bands at the packet's wavevector.
Other states of the same energy are far from the packet in k, where it has no weight.

Bands are told by the first and the last of a group, which are the same for one band.
"""

from dataclasses import dataclass

import numpy as np

from wavepacket.arrays import Complex, Float
from wavepacket.errors import InputError
from wavepacket.quantum.box import Box
from wavepacket.quantum.evolution import Dynamics, apply_series, function_series
from wavepacket.quantum.local_band import carried_states
from wavepacket.quantum.textures import VaryingCrystal

_SHARPNESS = 10.0  # steps of the window are a tenth of the gap wide
_ROOM = 0.2  # of the gap, that four standard deviations of the energy may take: the window is 1 there to 1e-5
_TOLERANCE = 1e-9
_TOUCHING = 1e-6  # eV
_FAR = 7.0  # standard deviations, beyond which |ψ| is below 1e-5 of its largest

Bands = tuple[int, int]


@dataclass(frozen=True, eq=False)
class ZoneProjector:
    """Projection on a group of bands at every wavevector of the discrete transform over a box.

    Parameters
    ----------
    frames : for each band (n_1, n_2, n_3, N) Bloch states u(k) with the orbital positions in the phase
    phase : (n_1, n_2, n_3, N) e^{−ik·τ}
    """

    frames: tuple[Complex, ...]
    phase: Complex

    def _amplitudes(self, state: Complex) -> list[Complex]:
        """⟨u(k)|ψ(k)⟩ of each band, (n_1, n_2, n_3, 1)."""
        waves = np.fft.fftn(state.reshape(self.phase.shape), axes=(0, 1, 2)) * self.phase
        return [np.sum(frame.conj() * waves, axis=3, keepdims=True) for frame in self.frames]

    def project(self, state: Complex) -> Complex:
        """P ψ."""
        parts = zip(self._amplitudes(state), self.frames, strict=True)
        inside = np.fft.ifftn(sum(one * frame for one, frame in parts) / self.phase, axes=(0, 1, 2))
        return np.asarray(inside.ravel(), dtype=np.complex128)

    def populations(self, state: Complex) -> Float:
        """Part of the norm in each band of the group, (G,), by rising energy."""
        cells = np.prod(self.phase.shape[:3])
        return np.array([np.sum(np.abs(each) ** 2) / cells for each in self._amplitudes(state)])


def zone_projector(box: Box, bands: Bands) -> ZoneProjector:
    """Diagonalise H at every wavevector of the box's discrete transform."""
    crystal = box.hamiltonian
    k = box.wavevectors.reshape(-1, 3) @ crystal.reciprocal
    states = np.linalg.eigh(crystal.hamiltonian(k))[1]
    frames = tuple(states[:, :, n].reshape(box.state_shape) for n in range(bands[0], bands[1] + 1))
    phase = np.exp(-1j * (k @ crystal.sites.T))
    return ZoneProjector(frames, phase.reshape(box.state_shape))


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


def energy_window(levels: Float, bands: Bands) -> EnergyWindow:
    """Window around a group of bands among the energies (N,) of all bands at one wavevector."""
    first, last = bands
    low = 0.5 * (levels[first] + levels[first - 1]) if first > 0 else -np.inf
    high = 0.5 * (levels[last] + levels[last + 1]) if last + 1 < len(levels) else np.inf
    return EnergyWindow(float(low), float(high), max(_gap(levels, bands), 1e-12) / _SHARPNESS)


def is_resolved(levels: Float, bands: Bands, energy_spread: float) -> bool:
    """Whether a packet with this standard deviation of the energy (eV) passes the window around its bands unchanged."""
    return bool(4.0 * energy_spread < _ROOM * _gap(levels, bands))


def project_by_energy(
    dynamics: Dynamics, levels: Float, bands: Bands, state: Complex, time: float = 0.0
) -> Complex:
    """f(H) ψ with H at a time (fs), without the electric field and V, but with the magnetic one."""
    if bands[1] - bands[0] + 1 == len(levels):
        return state
    apply, bounds = dynamics.hamiltonian(np.zeros(3), elements=dynamics.elements_at(time))
    series = function_series(energy_window(levels, bands), bounds, _TOLERANCE)
    return apply_series(apply, bounds, series, state)


def _gap(levels: Float, bands: Bands) -> float:
    first, last = bands
    below = levels[first] - levels[first - 1] if first > 0 else np.inf
    above = levels[last + 1] - levels[last] if last + 1 < len(levels) else np.inf
    return float(min(below, above))


def initial_state(
    dynamics: Dynamics,
    bands: Bands,
    wavevector: Float,
    width: float,
    *,
    by_energy: bool,
    internal: Complex | None = None,
) -> Complex:
    """Π [exp(−(r−c)²/4σ²) e^{ik₀·(r−c)} u(k₀)], normalised, with the projector Π on a band or a group of bands.

    No gauge of u(k) enters: the amplitude ⟨u(k)|u(k₀)⟩ of the Gaussian in each Bloch state is the smooth choice around k₀,
    in which the Berry connection vanishes at k₀ and the packet is centred at c up to the curvature of the band. Where the
    crystal varies in space u is that of each place, carried in parallel from c.

    Parameters
    ----------
    wavevector : k₀ (3,), gauge invariant, 1/Å
    width : σ of the probability |ψ|² (before projection), Å
    by_energy : whether the band is told by its energy, else by k
    internal : u(k₀) (N,) in a group of bands; of one band its state is taken

    Raises
    ------
    InputError
        where the bands touch other ones at k₀, or nothing keeps them apart for so narrow a packet

    """
    crystal = dynamics.crystal_at(dynamics.centre)
    levels, frames = np.linalg.eigh(crystal.hamiltonian(wavevector[None])[0])
    if _gap(levels, bands) < _TOUCHING:
        one = "the band touches another one" if bands[0] == bands[1] else "the group touches another band"
        raise InputError(f"{one} at the packet's wavevector: there is no packet of it alone")
    spatial = np.exp(-np.sum(dynamics.relative_position**2, axis=1) / (4 * width**2))
    wave = spatial * np.exp(1j * (dynamics.relative_position @ wavevector))
    if dynamics.varying is not None:
        u = _states_of_places(dynamics, dynamics.varying, wavevector, width)
    else:
        u = np.tile(frames[:, bands[0]] if internal is None else internal, dynamics.box.size // crystal.size)
    trial = wave * u
    trial = trial / np.linalg.norm(trial)
    if not by_energy:
        state = zone_projector(dynamics.box, bands).project(trial)
        return np.asarray(state / np.linalg.norm(state))
    state = project_by_energy(dynamics, levels, bands, trial)
    state = state / np.linalg.norm(state)
    if not is_resolved(levels, bands, dynamics.energy(state)[1]):
        raise InputError(
            "the packet's energies reach half-way to the next band, and a magnetic field or a texture leaves nothing else "
            "to tell bands apart: make the packet wider in space (ensemble.width smaller), or leave them out"
        )
    return np.asarray(state)


def _states_of_places(
    dynamics: Dynamics, varying: VaryingCrystal, wavevector: Float, width: float
) -> Complex:
    """Local states (orbitals,) with λ of the middle of each cell; 0 where the packet is not."""
    size = dynamics.box.hamiltonian.size
    middles = dynamics.box.position.reshape(-1, size, 3).mean(axis=1)
    near = np.linalg.norm(middles - dynamics.centre, axis=1) < _FAR * width
    found = np.zeros((len(middles), size), dtype=np.complex128)
    found[near] = carried_states(varying, wavevector, middles[near], dynamics.centre)
    return found.ravel()
