"""Packets around one point of phase space: a Gaussian in k and r, by chance or evenly spread."""

import numpy as np

from wavepacket.arrays import Float
from wavepacket.config import Gaussian
from wavepacket.ensembles.ensemble import Ensemble
from wavepacket.ensembles.near import FARTHEST_ZONE
from wavepacket.ensembles.packets import Packets
from wavepacket.ensembles.random import uniforms
from wavepacket.ensembles.zone import scattered_points
from wavepacket.errors import InputError
from wavepacket.hamiltonians import Hamiltonian

_STREAM = 2
_FARTHEST_PLACE = 1e10  # Å
_NOTHING = 1e-7  # root of the rounding of an eigenvalue that is zero


def cloud(specification: Gaussian, hamiltonian: Hamiltonian, centre: Float, seed: int) -> Ensemble:
    """Gaussian cloud around k = ``centre`` (3,), 1/Å; directions beyond the crystal's dimension are not spread.

    Raises
    ------
    InputError
        for a matrix that is no covariance, a cloud beyond all measure, or too few packets for a balanced cloud

    """
    root = _root(specification, hamiltonian.dimension)
    _check_spread(root, hamiltonian)
    mean = np.concatenate([centre, specification.position])
    replicas = min(specification.replicas, specification.number)
    balanced = _balanced(specification, root, replicas, seed) if specification.balanced else None

    def packets(first: int, number: int) -> Packets:
        ids = np.arange(first, first + number)
        if balanced is None:
            points, replica = _scores(seed, first, number) @ root.T, ids % specification.replicas
        else:
            points, replica = balanced[first : first + number], (ids // 2) % replicas
        state = mean + points
        weight = np.full(number, 1.0 / specification.number)
        return Packets(state[:, :3], state[:, 3:], weight, replica, np.zeros(number))

    return Ensemble(specification.number, replicas, specification.field_reversal, False, packets)


def _check_spread(root: Float, hamiltonian: Hamiltonian) -> None:
    width, position_width = np.abs(root[:3]).max(), np.abs(root[3:]).max()
    if width * hamiltonian.length_scale > 2 * np.pi * FARTHEST_ZONE:
        raise InputError(
            f"a cloud of width {width:.3g}/angstrom is wider than {FARTHEST_ZONE} zones: check its unit"
        )
    if position_width > _FARTHEST_PLACE:
        raise InputError(f"a cloud of width {position_width:.3g} angstrom is wider than 1 m: check its unit")


def _scores(seed: int, first: int, number: int) -> Float:
    """Independent normal numbers of (k, r), (number, 6)."""
    from scipy.special import ndtri  # a tenth of a second to import

    return np.asarray(ndtri(uniforms(seed, _STREAM, first, number, 6)))


def _root(specification: Gaussian, dimension: int) -> Float:
    """Lower triangular L (6, 6) with L Lᵀ the covariance of (k, r): the first, most even columns of points spread k."""
    spread = np.arange(3) < dimension
    if specification.covariance is None:
        return np.diag(np.concatenate([specification.width * spread, specification.position_width * spread]))
    covariance = np.array(specification.covariance)
    inside = np.concatenate([spread, spread])
    # Lengths of k and r differ by orders of magnitude: the matrix is judged by its correlations.
    scale = np.where(np.diag(covariance) > 0, np.sqrt(np.maximum(np.diag(covariance), 0.0)), 1.0)
    correlation = covariance / np.outer(scale, scale)
    values, vectors = np.linalg.eigh(0.5 * (correlation + correlation.T))
    if not np.allclose(correlation, correlation.T, rtol=0.0, atol=1e-9) or values.min() < -1e-9:
        raise InputError("ensemble.covariance must be symmetric and must have no negative eigenvalue")
    if np.any(covariance[~inside]):
        raise InputError(
            f"ensemble.covariance spreads packets along a direction that a {dimension}D crystal does not have"
        )
    root = np.linalg.qr((vectors * np.sqrt(np.maximum(values, 0.0))).T)[1].T
    root[:, np.abs(root).max(axis=0) < _NOTHING] = 0.0
    return np.asarray(scale[:, None] * root)


def _balanced(specification: Gaussian, root: Float, replicas: int, seed: int) -> Float:
    """Deviations (number, 6) in opposite pairs whose covariance within each replica is L Lᵀ."""
    from scipy.special import ndtri

    used = np.flatnonzero(np.any(root != 0.0, axis=0))
    pairs = specification.number // 2
    if specification.number % 2 or pairs // replicas < 2 * max(1, len(used)):
        raise InputError(
            f"a balanced cloud needs an even number of packets, at least {4 * replicas * max(1, len(used))} for "
            f"{replicas} replicas"
        )
    uniform, replica = scattered_points(len(used), replicas, np.arange(pairs), seed)
    scores = ndtri(uniform[:, : len(used)])
    for index in range(replicas):
        part = replica == index
        factor = np.linalg.cholesky(scores[part].T @ scores[part] / part.sum())
        scores[part] = np.linalg.solve(factor, scores[part].T).T
    half = scores @ root[:, used].T
    return np.asarray(np.stack([half, -half], axis=1).reshape(-1, 6))
