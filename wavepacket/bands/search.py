"""Minima over the whole zone: a coarse grid finds basins, Newton's method walks down each, symmetries lead to partners."""

import itertools
from collections.abc import Callable

import numpy as np

from wavepacket.arrays import Flags, Float, Integer
from wavepacket.bands.levels import Level
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian
from wavepacket.hamiltonians.zone import (
    equivalent_points,
    face_vectors,
    fold_by_faces,
    lattice_point_group,
    point_frame,
)

__all__ = [
    "POINTS",
    "Function",
    "band_energies",
    "distinct",
    "domain_radius",
    "find_minima",
    "first_image",
    "grid_spacing",
    "minimise",
    "reduced_coordinates",
    "search_grid",
    "starts",
    "wavevector_order",
]

Function = Callable[[Float], Level]

_STEPS = 60
_FLAT = 1e-12


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


Height = Callable[[Float], Float]
"""Values (...,) alone at wavevectors (..., 3)."""

POINTS = {1: 360, 2: 60, 3: 24}
"""Grid points along each axis: multiples of 12, so that Γ, X, M, K, L and W are among them."""
MOST = 256
"""Starts of a search: more basins than these are points of a line or a surface of equal values."""
_BLOCK = 1 << 14
_ESCAPES = 3
_SOFT = 1e-6  # of the stiffest direction


def band_energies(hamiltonian: Hamiltonian, k: Float) -> Float:
    """Energies (..., N) of all bands at wavevectors (..., 3), eV."""
    flat = k.reshape(-1, 3)
    blocks = [
        np.linalg.eigvalsh(hamiltonian.hamiltonian(flat[first : first + _BLOCK]))
        for first in range(0, len(flat), _BLOCK)
    ]
    return np.asarray(np.concatenate(blocks).reshape(*k.shape[:-1], hamiltonian.size))


def reduced_coordinates(hamiltonian: Hamiltonian, k: Float) -> Float | None:
    """Coordinates x with k = Σ x_i b_i; None for a k·p model."""
    if not isinstance(hamiltonian, LatticeHamiltonian):
        return None
    return np.asarray(np.round(k @ hamiltonian.lattice.T / (2 * np.pi), 12) + 0.0)


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


def grid_spacing(hamiltonian: Hamiltonian, grid: int | None) -> float:
    """Distance of neighbours on the search grid, 1/Å."""
    points = grid or POINTS[hamiltonian.dimension]
    if isinstance(hamiltonian, LatticeHamiltonian):
        lengths = np.linalg.norm(hamiltonian.reciprocal[: hamiltonian.dimension], axis=1)
        return float(lengths.min()) / points
    return 2 * domain_radius(hamiltonian) / points


def starts(hamiltonian: Hamiltonian, k: Float, values: Float) -> Float:
    """Where descents start, (n, 3): named points of the model, then the basins of values on a search grid k."""
    points = hamiltonian.special_points | hamiltonian.valleys
    named = [np.array(point) @ point_frame(hamiltonian) for point in points.values()]
    # Named points first: they stand for a line of equal values that they lie on.
    return np.concatenate([np.array(named).reshape(-1, 3), _basins(hamiltonian, k, values)])


def _basins(hamiltonian: Hamiltonian, grid: Float, values: Float) -> Float:
    """Grid points (n, 3) not above any of their neighbours, the lowest first; of a k·p model those inside its domain."""
    lowest = np.ones(values.shape, dtype=bool)
    axes = tuple(range(values.ndim))
    slack = 1e-12 * float(np.abs(values).max(initial=0.0))
    for step in itertools.product((-1, 0, 1), repeat=values.ndim):
        lowest &= values <= np.roll(values, step, axes) + slack
    points = grid[lowest][np.argsort(values[lowest], kind="stable")]
    if not isinstance(hamiltonian, LatticeHamiltonian):
        spacing = float(np.linalg.norm(grid[(1,) * values.ndim] - grid[(0,) * values.ndim]))
        points = points[np.linalg.norm(points, axis=1) < domain_radius(hamiltonian) - spacing]
    return np.asarray(points[:MOST])


def find_minima(
    hamiltonian: Hamiltonian, function: Function, height: Height, start: Float, grid: int | None
) -> Float:
    """Return distinct minima (m, 3), folded into the zone, with their images under symmetries of the lattice."""
    spacing, faces, dimension = (
        grid_spacing(hamiltonian, grid),
        face_vectors(hamiltonian),
        hamiltonian.dimension,
    )

    def settled(points: Float) -> Float:
        minima, values = minimise(function, points, dimension, spacing)
        # A start on a maximum or a saddle stays there: it goes on from the lowest point beside it.
        for _ in range(_ESCAPES):
            neighbours, lower = _lowest_beside(height, minima, values, dimension, spacing)
            if not np.any(lower):
                break
            minima[lower], values[lower] = minimise(function, neighbours[lower], dimension, spacing)
        good = _inside(hamiltonian, minima) & ~_lowest_beside(height, minima, values, dimension, spacing)[1]
        minima = fold_by_faces(minima[good], faces)
        minima = minima[np.argsort(np.round(values[good], 9), kind="stable")]
        minima = minima[distinct(hamiltonian, minima, 1e-3 * spacing)]
        return _thinned(hamiltonian, function, minima)

    if len(start) == 0:
        return start
    first = settled(start)
    if not 0 < len(first) < MOST:
        return first
    return settled(_with_partners(hamiltonian, first, 1e-3 * spacing))


def first_image(hamiltonian: Hamiltonian, k: Float) -> Float:
    """Of the points of the first zone's border that are one wavevector (3,) the first in a fixed order."""
    images = equivalent_points(k, face_vectors(hamiltonian))
    return np.asarray(min(images, key=wavevector_order))


def wavevector_order(k: Float) -> tuple[float, float]:
    """Sort key: from the top down, and around the z axis from k_x on."""
    x, y, z = (float(round(part, 6)) for part in k)
    return -z, round(float(np.arctan2(y, x)) % (2 * np.pi), 6)


def _thinned(hamiltonian: Hamiltonian, function: Function, minima: Float) -> Float:
    """Of the minima along a line or a surface of equal values only some that keep a distance."""
    if len(minima) < 2:
        return minima
    dimension = hamiltonian.dimension
    level = function(minima)
    stiffness = np.abs(np.linalg.eigvalsh(level.hessian[:, :dimension, :dimension]))
    # A plateau has no stiff direction either: what counts then is the scale of the function itself.
    scale = 1e-6 * np.abs(level.value) * hamiltonian.length_scale**2
    soft = stiffness.min(axis=1) <= _SOFT * np.maximum(stiffness.max(axis=1), scale)
    sparse = minima[soft][distinct(hamiltonian, minima[soft], np.pi / 4 / hamiltonian.length_scale)]
    return np.concatenate([sparse, minima[~soft]])


def _lowest_beside(
    height: Height, k: Float, values: Float, dimension: int, spacing: float
) -> tuple[Float, Flags]:
    """The lowest of the points at a small distance around each k, and whether it lies below."""
    steps = np.stack(np.meshgrid(*[(-1.0, 0.0, 1.0)] * dimension), axis=-1).reshape(-1, dimension)
    around = np.zeros((len(steps), 3))
    around[:, :dimension] = 0.02 * spacing * steps
    points = k[:, None, :] + around
    near = height(points)
    tolerance = 1e-12 * np.maximum(np.abs(near).max(axis=1, initial=0.0), 1e-300)
    lowest = points[np.arange(len(k)), near.argmin(axis=1)]
    return lowest, np.asarray(near.min(axis=1) < values - tolerance)


def _inside(hamiltonian: Hamiltonian, k: Float) -> Flags:
    if isinstance(hamiltonian, LatticeHamiltonian):
        return np.ones(len(k), dtype=bool)
    return np.asarray(np.linalg.norm(k, axis=1) < 0.99 * domain_radius(hamiltonian))


def distinct(hamiltonian: Hamiltonian, k: Float, tolerance: float) -> Integer:
    """Indices of the first of each set of wavevectors that agree modulo reciprocal vectors to about a distance in 1/Å."""
    from scipy.spatial import cKDTree  # a tenth of a second to import

    tree = cKDTree(_torus(hamiltonian, k))
    taken, kept = np.zeros(len(k), dtype=bool), list[int]()
    for index, near in enumerate(tree.query_ball_point(tree.data, tolerance)):
        if not taken[index]:
            kept.append(index)
            taken[near] = True
    return np.array(kept, dtype=np.int64)


def _torus(hamiltonian: Hamiltonian, k: Float) -> Float:
    """Circles in place of the periodic directions: close points there are close modulo reciprocal vectors."""
    if not isinstance(hamiltonian, LatticeHamiltonian):
        return k
    reciprocal = hamiltonian.reciprocal[: hamiltonian.dimension]
    angles = (k @ hamiltonian.lattice.T)[:, : hamiltonian.dimension]
    radii = np.linalg.norm(reciprocal, axis=1) / (2 * np.pi)
    return np.concatenate([radii * np.cos(angles), radii * np.sin(angles)], axis=1)


def _with_partners(hamiltonian: Hamiltonian, k: Float, tolerance: float) -> Float:
    """The points (n, 3) and where the symmetries of the lattice take them: the places to look for partners."""
    images = np.einsum("gij,nj->ngi", lattice_point_group(hamiltonian), k).reshape(-1, 3)
    every = np.concatenate([k, images])
    return np.asarray(every[distinct(hamiltonian, every, tolerance)])
