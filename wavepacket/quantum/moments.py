"""Mean and spread of a packet in space and in wavevector, measured on its wave function."""

from dataclasses import dataclass

import numpy as np

from wavepacket.arrays import Complex, Float
from wavepacket.quantum.box import Box, overlap
from wavepacket.quantum.evolution import Dynamics


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


def moments(dynamics: Dynamics, state: Complex, near: Float, reduced_field: Float) -> Moments:
    """Measure a packet whose wavevector is close to ``near`` (3,), 1/Å; the gauge has A = 0 at the centre.

    The canonical wavevector is read from the zone around ``near + qA/ħ`` at the packet's mean position.
    """
    box = dynamics.box
    places = [dynamics.position_times(state, axis) for axis in range(3)]
    mean_place = np.array([overlap(state, place) for place in places])
    gauge = _gauge_matrix(reduced_field)
    origin = near + gauge @ mean_place
    waves = np.fft.fftn(state.reshape(box.state_shape), axes=(0, 1, 2))
    offset = _offsets(box, origin)
    kicks = [np.fft.ifftn(waves * offset[..., axis, None], axes=(0, 1, 2)).ravel() for axis in range(3)]
    vectors = np.array(kicks + places)
    mean = np.array([overlap(state, vector) for vector in vectors])
    products = (vectors.conj() @ vectors.T).real
    covariance = 0.5 * (products + products.T) - np.outer(mean, mean)
    mean[:3] += origin
    # k = p − qA(r)/ħ is a linear map of (p, r − c).
    change = np.eye(6)
    change[:3, 3:] = -gauge
    mean = change @ mean
    mean[3:] += dynamics.centre
    return Moments(mean, change @ covariance @ change.T)


def _gauge_matrix(reduced_field: Float) -> Float:
    """Return the matrix M with qA/ħ = M (r − c) = b×(r − c)/2."""
    x, y, z = 0.5 * reduced_field
    return np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])


def _offsets(box: Box, origin: Float) -> Float:
    """Distance of every wavevector of the box from ``origin``, in the zone around it, (n_1, n_2, n_3, 3), 1/Å."""
    crystal = box.hamiltonian
    reduced = box.wavevectors - origin @ crystal.lattice.T / (2 * np.pi)
    reduced -= np.where(crystal.periodic, np.round(reduced), reduced)
    return reduced @ crystal.reciprocal


def wavevector_density(dynamics: Dynamics, state: Complex, place: Float, reduced_field: Float) -> Float:
    """|ψ(k)|² over the box's wavevectors (n_1, n_2, n_3), in the gauge with A = 0 at ``place`` (3,), Å."""
    box = dynamics.box
    kick = _gauge_matrix(reduced_field) @ (place - dynamics.centre)
    turned = state * np.exp(-1j * (dynamics.relative_position @ kick))
    waves = np.fft.fftn(turned.reshape(box.state_shape), axes=(0, 1, 2))
    return np.asarray(np.sum(np.abs(waves) ** 2, axis=3) / np.prod(box.shape))
