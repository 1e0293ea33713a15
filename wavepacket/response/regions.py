"""Which wavevectors belong to a valley or to a ball in k space, as the depth inside of its border."""

from collections.abc import Callable, Sequence

import numpy as np

from wavepacket.arrays import Float
from wavepacket.ensembles import Valleys, valley_centres
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian
from wavepacket.response.spread import Spread, widths_of

__all__ = ["Region", "ball", "part_inside", "regions_of_valleys"]

Region = Callable[[Float], tuple[Float, Float]]
"""Depth (n,) of wavevectors (n, 3) inside of a border, negative outside, 1/Å, and its gradient (n, 3)."""


def part_inside(region: Region, k: Float, edges: Float) -> Float:
    """Part (n,) of cells around wavevectors, of edges (n, d, 3), that lies in a region, its border flat over a cell."""
    depth, slope = region(k)
    widths = widths_of(slope[:, None], edges)[:, 0]
    part = (depth > 0).astype(np.float64)
    cut = np.abs(depth) < widths.sum(axis=1) / 2
    part[cut] = Spread(depth[cut], widths[cut]).sea
    return part


def regions_of_valleys(hamiltonian: Hamiltonian, chosen: Valleys = None) -> dict[str, Region]:
    """Name → the wavevectors nearest to the valley; none where there are fewer than two valleys."""
    names, centres = valley_centres(hamiltonian, chosen)
    if len(names) < 2:
        return {}

    def region(own: int) -> Region:
        def depth(k: Float) -> tuple[Float, Float]:
            found = [_distance(hamiltonian, k, centre) for centre in np.asarray(centres)]
            away = np.array([distance for distance, _ in found])
            away[own] = np.inf
            other, rows = away.argmin(axis=0), np.arange(len(k))
            towards = np.array([direction for _, direction in found])
            return away[other, rows] - found[own][0], towards[other, rows] - found[own][1]

        return depth

    return {name: region(index) for index, name in enumerate(names)}


def ball(hamiltonian: Hamiltonian, center: Sequence[float], radius: float) -> Region:
    """Wavevectors within a radius (1/Å) of a center (reduced; Cartesian for k·p), over all reciprocal vectors."""
    middle = np.array(center, dtype=np.float64)
    if isinstance(hamiltonian, LatticeHamiltonian):
        middle = middle @ hamiltonian.reciprocal[: len(middle)]

    def depth(k: Float) -> tuple[Float, Float]:
        distance, direction = _distance(hamiltonian, k, middle)
        return radius - distance, -direction

    return depth


def _distance(hamiltonian: Hamiltonian, k: Float, centre: Float) -> tuple[Float, Float]:
    """Distances (n,) from the nearest image of a centre, 1/Å, and their gradients (n, 3)."""
    away = k - centre
    if isinstance(hamiltonian, LatticeHamiltonian):
        steps = [(-1, 0, 1) if periodic else (0,) for periodic in hamiltonian.periodic]
        shifts = np.array(np.meshgrid(*steps)).reshape(3, -1).T @ hamiltonian.reciprocal
        reduced = away @ hamiltonian.lattice.T / (2 * np.pi)
        images = ((reduced - np.round(reduced)) @ hamiltonian.reciprocal)[:, None] + shifts
        away = images[np.arange(len(k)), np.linalg.norm(images, axis=2).argmin(axis=1)]
    distance = np.linalg.norm(away, axis=1)
    return distance, np.divide(away, distance[:, None], out=np.zeros_like(away), where=distance[:, None] > 0)
