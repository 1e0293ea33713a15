"""First and second moments of a packet in k and r, and those of the Gaussian that its semiclassical packets sample.

k of the wave function is (p − qA)/ħ, where p is that of the orbitals. Where B varies, or the band in space, k is a curved
function of r in the packet, and no Gaussian: the Gaussian then knows of B and of Ω_xy at the centre alone, and ``bent`` says
what its k lacks at each place.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from wavepacket.arrays import Complex, Flags, Float
from wavepacket.quantum.box import Box, overlap
from wavepacket.quantum.evolution import Dynamics
from wavepacket.quantum.gauge import Gauge
from wavepacket.quantum.local_band import space_gauge, space_geometry

__all__ = ["Moments", "moments", "start_of_packets"]

_FAR = 7.0  # standard deviations, beyond which there is nothing of the packet


@dataclass(frozen=True, eq=False)
class Moments:
    """First and second moments of (k, r); k is gauge invariant, ħk = p − qA(r).

    Attributes
    ----------
    mean : (6,) wavevector in 1/Å, unfolded, then position in Å
    covariance : (6, 6) symmetrised, so that they are those of the Wigner function

    """

    mean: Float
    covariance: Float


def moments(
    dynamics: Dynamics, state: Complex, near: Float, vector_potential: Float | None = None
) -> Moments:
    """Measure a packet whose wavevector is close to ``near`` (3,), 1/Å.

    The canonical wavevector is read from the zone around ``near + qA/ħ`` at the packet's mean position.

    Parameters
    ----------
    vector_potential : qA/ħ at the orbitals that is taken from p/ħ, (orbitals, 3), 1/Å; default all of it
    """
    box = dynamics.box
    a = dynamics.vector_potential if vector_potential is None else vector_potential
    position_states = [dynamics.position_times(state, axis) for axis in range(3)]
    mean_place = np.array([overlap(state, product) for product in position_states])
    gauge = dynamics.gauge.potential(mean_place[None] + dynamics.centre)[0]
    waves = np.fft.fftn(state.reshape(box.state_shape), axes=(0, 1, 2))
    offset = _offsets(box, near + gauge)
    kicks = [np.fft.ifftn(waves * offset[..., axis, None], axes=(0, 1, 2)).ravel() for axis in range(3)]
    kinetic = [kick - (a[:, axis] - gauge[axis]) * state for axis, kick in enumerate(kicks)]
    vectors = np.array(kinetic + position_states)
    mean = np.array([overlap(state, vector) for vector in vectors])
    products = (vectors.conj() @ vectors.T).real
    covariance = 0.5 * (products + products.T) - np.outer(mean, mean)
    mean += np.concatenate([near, dynamics.centre])
    return Moments(mean, covariance)


def _offsets(box: Box, origin: Float) -> Float:
    """Distance of every wavevector of the box from ``origin``, in the zone around it, (n_1, n_2, n_3, 3), 1/Å."""
    crystal = box.hamiltonian
    reduced = box.wavevectors - origin @ crystal.lattice.T / (2 * np.pi)
    reduced -= np.where(crystal.periodic, np.round(reduced), reduced)
    return reduced @ crystal.reciprocal


def start_of_packets(
    dynamics: Dynamics, state: Complex, wavevector: Float, width: float
) -> tuple[Moments, Callable[[Float], Float] | None]:
    """Moments of the Gaussian that packets sample, and what their k at each place lacks, as of `ExactPath`.

    Where the crystal varies in space the metric of the band is taken from ⟨k²⟩: it is no spread of k.
    """
    magnetic, space = dynamics.gauge, _gauge_of_space(dynamics, wavevector)
    places = dynamics.box.position
    known = replace(magnetic, change=None).potential(places)
    if space is None:
        bent = None if magnetic.change is None else (lambda at: -magnetic.beyond_uniform(at))
        return moments(dynamics, state, wavevector, known), bent
    near = np.linalg.norm(dynamics.relative_position, axis=1) < _FAR * width
    known[near] -= space.beyond_uniform(places[near])
    found = moments(dynamics, state, wavevector, known)
    found.covariance[:2, :2] -= _mean_metric(dynamics, state, wavevector, near)
    return found, lambda at: -magnetic.beyond_uniform(at) - space.beyond_uniform(at)


def _gauge_of_space(dynamics: Dynamics, wavevector: Float) -> Gauge | None:
    if dynamics.varying is None:
        return None
    return space_gauge(dynamics.varying, wavevector, dynamics.centre)


def _mean_metric(dynamics: Dynamics, state: Complex, wavevector: Float, near: Flags) -> Float:
    """Mean of g_ij over |ψ|², (2, 2), 1/Å²."""
    assert dynamics.varying is not None
    weight = np.abs(state[near]) ** 2
    metric = space_geometry(dynamics.varying, wavevector, dynamics.box.position[near]).metric
    return np.asarray(np.einsum("n,nij->ij", weight / weight.sum(), metric))
