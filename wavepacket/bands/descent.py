"""Minima of a smooth function of k: a coarse grid finds basins, a damped Newton method walks down each of them."""

import itertools
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from wavepacket.bands.levels import Level
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian
from wavepacket.hamiltonians.zone import face_vectors, fold_by_faces, lattice_point_group

__all__ = ["basins", "distinct", "domain_radius", "minimise", "search_grid", "with_partners"]

Float = npt.NDArray[np.float64]
Integer = npt.NDArray[np.int64]
Function = Callable[[Float], Level]

POINTS = {1: 360, 2: 60, 3: 24}
"""Grid points along each axis: multiples of 12, so that Γ, X, M, K, L and W are among them."""
_STEPS = 60
_FLAT = 1e-12


def domain_radius(hamiltonian: Hamiltonian) -> float:
    """Where to look in a model without a zone, 1/Å."""
    cutoff = None if isinstance(hamiltonian, LatticeHamiltonian) else hamiltonian.cutoff
    return cutoff or np.pi / hamiltonian.length_scale


def search_grid(hamiltonian: Hamiltonian, points: int | None = None) -> Float:
    """Wavevectors (p,)*dimension + (3,) over the zone, or over the cube around the domain of a k·p model, 1/Å."""
    number, dimension = points or POINTS[hamiltonian.dimension], hamiltonian.dimension
    periodic = isinstance(hamiltonian, LatticeHamiltonian)
    steps = np.arange(number) / number if periodic else np.linspace(-1.0, 1.0, number + 1)
    grid = np.zeros((len(steps),) * dimension + (3,))
    grid[..., :dimension] = np.stack(np.meshgrid(*[steps] * dimension, indexing="ij"), axis=-1)
    if isinstance(hamiltonian, LatticeHamiltonian):
        return np.asarray(grid @ hamiltonian.reciprocal)
    return grid * domain_radius(hamiltonian)


def basins(hamiltonian: Hamiltonian, grid: Float, values: Float) -> Float:
    """Grid points (n, 3) not above any of their neighbours; of a k·p model only those inside its domain."""
    lowest = np.ones(values.shape, dtype=bool)
    axes = tuple(range(values.ndim))
    slack = 1e-12 * float(np.abs(values).max(initial=0.0))
    for step in itertools.product((-1, 0, 1), repeat=values.ndim):
        lowest &= values <= np.roll(values, step, axes) + slack
    points = grid[lowest]
    if isinstance(hamiltonian, LatticeHamiltonian):
        return points
    spacing = float(np.linalg.norm(grid[(1,) * values.ndim] - grid[(0,) * values.ndim]))
    return np.asarray(points[np.linalg.norm(points, axis=1) < domain_radius(hamiltonian) - spacing])


def minimise(function: Function, start: Float, dimension: int, reach: float) -> tuple[Float, Float]:
    """Walk from each start (n, 3) down to a minimum with steps of at most ``reach`` (1/Å): places, and last steps.

    Newton's step on the Hessian with its eigenvalues made positive; a step that leads up is taken back and its bound
    quartered, so that cusps, where bands touch, are approached too.
    """
    k, bound = start.copy(), np.full(len(start), reach)
    here = function(k)
    value, gradient, hessian = here.value.copy(), here.gradient.copy(), here.hessian.copy()
    moving = np.arange(len(k))
    for _ in range(_STEPS):
        if moving.size == 0:
            break
        step = _newton(gradient[moving], hessian[moving], dimension, bound[moving])
        there = function(k[moving] + step)
        down = there.value <= value[moving] + 1e-15 * np.abs(value[moving])
        won, lost = moving[down], moving[~down]
        k[won] += step[down]
        value[won], gradient[won], hessian[won] = (
            there.value[down], there.gradient[down], there.hessian[down],
        )  # fmt: skip
        length = np.linalg.norm(step, axis=1)
        bound[won] = np.minimum(reach, 2 * bound[won])
        bound[lost] = length[~down] / 4
        moving = moving[(length > _FLAT * reach) & (bound[moving] > _FLAT * reach)]
    return k, value


def _newton(gradient: Float, hessian: Float, dimension: int, bound: Float) -> Float:
    stiffness, axes = np.linalg.eigh(hessian[:, :dimension, :dimension])
    size = np.abs(stiffness)
    along = np.einsum("nia,ni->na", axes, gradient[:, :dimension])
    # No part of a step longer than a thousand bounds: at a cusp the Hessian may vanish.
    size = np.maximum(size, np.abs(along) / (1e3 * bound[:, None]) + 1e-300)
    step = np.zeros((len(gradient), 3))
    step[:, :dimension] = -np.einsum("nia,na->ni", axes, along / size)
    length = np.linalg.norm(step, axis=1)
    return np.asarray(step * np.minimum(1.0, bound / np.maximum(length, 1e-300))[:, None])


def distinct(hamiltonian: Hamiltonian, k: Float, tolerance: float) -> Integer:
    """Indices of the first of each set of wavevectors that agree modulo reciprocal vectors to a distance in 1/Å."""
    faces, kept = face_vectors(hamiltonian), list[int]()
    for index, point in enumerate(k):
        offsets = fold_by_faces(point - k[kept], faces)
        if not kept or np.linalg.norm(offsets, axis=1).min() > tolerance:
            kept.append(index)
    return np.array(kept, dtype=np.int64)


def with_partners(hamiltonian: Hamiltonian, k: Float, tolerance: float) -> Float:
    """The points (n, 3) and where the symmetries of the lattice take them: the places to look for partners."""
    images = np.einsum("gij,nj->ngi", lattice_point_group(hamiltonian), k).reshape(-1, 3)
    every = np.concatenate([k, images])
    return np.asarray(every[distinct(hamiltonian, every, tolerance)])
