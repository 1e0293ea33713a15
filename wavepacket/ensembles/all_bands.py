"""Every band of a crystal at the points of an ensemble: which have states there, and what those without packets add.

Energies are those without a magnetic field: −m·B moves edges of bands by far less than the window of an ensemble is wide.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from wavepacket.arrays import Complex, Float, Integer
from wavepacket.bands import band
from wavepacket.config import FermiDirac, FermiSurface
from wavepacket.ensembles.at_zero import MESHES
from wavepacket.ensembles.candidates import ZonePoints, zone_points
from wavepacket.ensembles.occupation import fermi_function, fermi_slope
from wavepacket.ensembles.sea import COLUMNS
from wavepacket.fermi import Level, level_surface
from wavepacket.hamiltonians import Hamiltonian

__all__ = ["Occupied", "Window", "curvature_of_others", "states_in_window"]

Occupied = FermiSurface | FermiDirac
_ELEMENTS = 1 << 20  # complex numbers of a block of matrices
_SCATTERED = 40_000  # points over the zone at 0 K
_KEPT = 4
_DEGENERATE = 1e-6  # eV; what states of a level do among themselves has no curvature of one band
_LOOKS = {2: 32, 3: 12}  # cells along the zone that show which bands cross the level
_PLANES = ((1, 2), (2, 0), (0, 1))


@dataclass(frozen=True, eq=False)
class Window:
    """Weights of an ensemble in all N bands.

    Attributes
    ----------
    share : (N,) of the sum of all weights
    near : part of that sum whose states have another band nearer than a distance
    """

    share: Float
    near: float


def states_in_window(
    specification: Occupied,
    hamiltonian: Hamiltonian,
    centres: Float,
    *,
    seed: int,
    apart: float = 0.0,
    threads: int = 1,
) -> Window:
    """Weights, f or −∂f/∂ε, of the states at the points that packets may start from.

    Parameters
    ----------
    centres : (V, 3) of the valleys that the points may lie round, 1/Å
    apart : distance of bands in energy, eV, for ``near``
    """
    if isinstance(specification, FermiSurface) and specification.is_cold:
        return _at_zero(specification.chemical_potential, hamiltonian, apart, threads)
    mu, temperature = specification.chemical_potential, specification.temperature
    weight_of = fermi_slope if isinstance(specification, FermiSurface) else fermi_function

    def sums(k: Float) -> Float:
        energy = np.linalg.eigvalsh(hamiltonian.hamiltonian(k)).astype(np.float64)
        weight = weight_of(energy, mu, temperature)
        below = np.diff(energy, axis=1, prepend=-np.inf) < apart
        above = np.diff(energy, axis=1, append=np.inf) < apart
        return np.concatenate([weight.sum(axis=0), [weight[below | above].sum()]])

    zone = zone_points(specification, hamiltonian, seed, centres)
    total = np.zeros(hamiltonian.size + 1)
    for _, found in _each(zone, hamiltonian, sums, threads):
        total += found
    whole = float(total[:-1].sum()) or 1.0
    return Window(total[:-1] / whole, float(total[-1]) / whole)


@lru_cache(maxsize=_KEPT)  # the points of a sweep share it
def _at_zero(mu: float, hamiltonian: Hamiltonian, apart: float, threads: int) -> Window:
    """Of the surfaces themselves at T = 0, on a coarse mesh."""
    share, near = np.zeros(hamiltonian.size), 0.0
    for index in range(hamiltonian.size):
        level = Level(band(hamiltonian, index), mu, threads=threads)
        surface = level_surface(level, _LOOKS.get(hamiltonian.dimension, 0), fewest=1)
        share[index] = surface.coarse_weights.sum()
        near += float(surface.coarse_weights[surface.coarse_geometry.gap < apart].sum())
    whole = float(share.sum()) or 1.0
    return Window(share / whole, near / whole)


def curvature_of_others(
    specification: Occupied,
    hamiltonian: Hamiltonian,
    carried: Sequence[int],
    centres: Float,
    *,
    seed: int,
    position_elements: bool = True,
    threads: int = 1,
) -> Float:
    """∫[dk] Σ f Ω of all bands but some, those that carry packets, by replica, in the columns of `fermi_sea`: (P, COLUMNS).

    Bands that are equally full add nothing to each other's, however near they come: of a pair only the difference of its
    occupations counts, f_n Ω_nm + f_m Ω_mn = (f_n − f_m) Ω_nm.
    """
    left_out, how = tuple(carried), _How(seed, position_elements, threads)
    if isinstance(specification, FermiSurface) and specification.is_cold:
        # Points of the surface do not fill the zone: scattered ones do, half of them for each mesh.
        scattered = {"grid": None, "number": _SCATTERED, "replicas": MESHES}
        return _kept_curvature(specification.model_copy(update=scattered), hamiltonian, left_out, how).copy()
    return _sum_of_curvature(specification, hamiltonian, left_out, how, centres)


class _How(NamedTuple):
    """How states are summed over."""

    seed: int
    position_elements: bool
    threads: int


@lru_cache(maxsize=_KEPT)  # the points of a sweep of B share it
def _kept_curvature(
    specification: Occupied, hamiltonian: Hamiltonian, left_out: tuple[int, ...], how: _How
) -> Float:
    return _sum_of_curvature(specification, hamiltonian, left_out, how, np.zeros((0, 3)))


def _sum_of_curvature(
    specification: Occupied, hamiltonian: Hamiltonian, left_out: tuple[int, ...], how: _How, centres: Float
) -> Float:
    mu, temperature = specification.chemical_potential, specification.temperature
    zone = zone_points(specification, hamiltonian, how.seed, centres)
    without = np.ones(hamiltonian.size)
    without[list(left_out)] = 0.0

    def curvature(k: Float) -> Float:
        energy, states = np.linalg.eigh(hamiltonian.hamiltonian(k))
        occupied = fermi_function(energy, mu, temperature) * without
        return _curvature(hamiltonian, k, (energy, states), occupied, how.position_elements) * zone.states

    total = np.zeros((zone.replicas, COLUMNS))
    for replica, found in _each(zone, hamiltonian, curvature, how.threads, by_point=True):
        np.add.at(total[:, :3], replica, found)
    total[:, 5:] = total[:, :3]
    return total


def _curvature(
    hamiltonian: Hamiltonian,
    k: Float,
    solved: tuple[Float, Complex],
    occupied: Float,
    position_elements: bool,
) -> Float:
    """Σ f Ω (n, 3) at each k for occupations (n, N); ``solved``: energies and states there."""
    energy, states = solved
    bra = states.conj().swapaxes(1, 2)
    velocity = bra[:, None] @ hamiltonian.hamiltonian_gradient(k) @ states[:, None]
    gap = energy[:, :, None] - energy[:, None, :]
    own = np.zeros((len(k), 3))
    if position_elements and getattr(hamiltonian, "position_matrices", None) is not None:
        a = hamiltonian.connection(k)
        slope = hamiltonian.connection_gradient(k)
        velocity = velocity + 1j * gap[:, None] * (bra[:, None] @ a @ states[:, None])
        for c, (i, j) in enumerate(_PLANES):
            field = slope[:, i, j] - slope[:, j, i] - 1j * (a[:, i] @ a[:, j] - a[:, j] @ a[:, i])
            own[:, c] = (occupied * np.einsum("nji,njk,nki->ni", states.conj(), field, states).real).sum(
                axis=1
            )
    level = np.abs(gap) < _DEGENERATE
    share = np.where(level, 0.0, occupied[:, :, None] - occupied[:, None, :])
    share = 0.5 * share / np.where(level, 1.0, gap) ** 2
    pairs = [
        (share * (-2.0 * (velocity[:, i] * velocity[:, j].conj()).imag)).sum(axis=(1, 2)) for i, j in _PLANES
    ]
    return np.asarray(own + np.stack(pairs, axis=1))


def _each(
    zone: ZonePoints,
    hamiltonian: Hamiltonian,
    function: Callable[[Float], Float],
    threads: int,
    *,
    by_point: bool = False,
) -> Iterator[tuple[Integer, Float]]:
    """Replicas, and a function of wavevectors, of all points that count, a block at a time in their order.

    Curvature that is odd about a valley, such as that of a Weyl node, cancels between k and its mirror image, as in
    `fermi_sea`: with ``by_point`` points of balls are the mean of both.
    """
    step = max(1, _ELEMENTS // hamiltonian.size**2)
    blocks = (ids[i : i + step] for ids in zone.chunks() for i in range(0, len(ids), step))

    def one(ids: Integer) -> tuple[Integer, Float]:
        k, replica = zone.points(ids)
        if not by_point:
            return replica, function(k[zone.inside(k)])
        images = [k] if zone.centres is None else [k, 2 * zone.centres(ids) - k]
        found = [np.where(zone.inside(each)[:, None], function(each), 0.0) for each in images]
        return replica, np.asarray(np.mean(found, axis=0))

    with ThreadPoolExecutor(threads) as pool:
        yield from pool.map(one, blocks)
