"""Every band of a crystal at the points of an ensemble: which have states there, and what those without packets add.

Energies are those without a magnetic field: −m·B moves edges of bands by far less than the window of an ensemble is wide,
and bands without packets are full or empty there: f(ε − m·B) = f(ε). m of a single band has no bound where it touches
another one that is equally full, whereas the sum over both, which is meant, knows nothing of it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from wavepacket.arrays import Complex, Float, Integer
from wavepacket.bands.spin_geometry import spin_geometry_at
from wavepacket.config import FermiDirac, FermiSurface
from wavepacket.ensembles.at_zero import MESHES
from wavepacket.ensembles.candidates import ZonePoints, zone_points
from wavepacket.ensembles.occupation import fermi_function, fermi_slope
from wavepacket.ensembles.sea import COLUMNS
from wavepacket.formulas import PLANES
from wavepacket.hamiltonians import Hamiltonian

__all__ = [
    "SPIN_COLUMNS",
    "Occupied",
    "Window",
    "curvature_of_others",
    "may_cross",
    "spin_of_states",
    "states_in_window",
    "states_on_surfaces",
]

SPIN_COLUMNS = 30
"""Ωˢ [spin, a, b] and ⟨S⟩."""

Occupied = FermiSurface | FermiDirac
_ELEMENTS = 1 << 20  # complex numbers of a block of matrices
_DEGENERATE = 1e-6  # eV; what states of a level do among themselves has no curvature of one band
_SCATTERED = 40_000  # points over the zone where bands have edges at 0 K
_LOOKED_AT = {1: 96, 2: 24, 3: 12}  # points of a grid along each axis that tell which bands may reach a level


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


def may_cross(specification: FermiSurface, hamiltonian: Hamiltonian) -> tuple[int, ...]:
    """Bands that may reach the chemical potential: energies on a coarse grid, and as far beyond as they change on it."""
    shape = (_LOOKED_AT[hamiltonian.dimension],) * hamiltonian.dimension
    zone = _grid_over(specification, hamiltonian, shape)
    energy = np.concatenate(
        [np.linalg.eigvalsh(hamiltonian.hamiltonian(zone.points(ids)[0])) for ids in zone.chunks()]
    )
    grid = energy.reshape(*shape, -1)
    steps = [
        np.abs(np.diff(grid, axis=axis)).max(axis=tuple(range(len(shape)))) for axis in range(len(shape))
    ]
    beyond = np.max(steps, axis=0)
    mu = specification.chemical_potential
    reached = (energy.min(axis=0) - beyond <= mu) & (mu <= energy.max(axis=0) + beyond)
    return tuple(np.flatnonzero(reached).tolist())


def states_on_surfaces(
    hamiltonian: Hamiltonian, packets: Mapping[int, tuple[Float, Float]], *, apart: float
) -> Window:
    """The same as `states_in_window` of packets at 0 K: wavevectors (n, 3) and weights (n,) by the number of their band."""
    share, near = np.zeros(hamiltonian.size), 0.0
    step = max(1, _ELEMENTS // hamiltonian.size**2)
    for index, (k, weight) in packets.items():
        share[index] = weight.sum()
        for some in (slice(i, i + step) for i in range(0, len(k), step)):
            energy = np.linalg.eigvalsh(hamiltonian.hamiltonian(k[some]))
            gap = np.abs(energy - energy[:, [index]])
            gap[:, index] = np.inf
            near += weight[some][gap.min(axis=1) < apart].sum()
    return Window(share / share.sum(), float(near / share.sum()))


def _grid_over(specification: FermiSurface, hamiltonian: Hamiltonian, shape: tuple[int, ...]) -> ZonePoints:
    """Points of a grid over the whole zone, whatever a section says of its own."""
    plain = specification.model_copy(update={"grid": shape, "number": None, "valley_radius": None})
    return zone_points(plain, hamiltonian, 0, np.zeros((0, 3)))


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

    At 0 K the replicas are the two meshes of each surface. Bands that are full or empty have no edge, and here a grid and
    one of half the density; with an edge points are scattered, half of them for each mesh.

    Bands that are equally full add nothing to each other's, however near they come: of a pair only the difference of its
    occupations counts, f_n Ω_nm + f_m Ω_mn = (f_n − f_m) Ω_nm.
    """
    mu, temperature = specification.chemical_potential, specification.temperature
    without = np.ones(hamiltonian.size)
    without[list(carried)] = 0.0

    def total(zone: ZonePoints) -> Float:
        def curvature(k: Float) -> Float:
            energy, states = np.linalg.eigh(hamiltonian.hamiltonian(k))
            occupied = fermi_function(energy, mu, temperature) * without
            return _curvature(hamiltonian, k, (energy, states), occupied, position_elements) * zone.states

        found = np.zeros((zone.replicas, COLUMNS))
        for replica, part in _each(zone, hamiltonian, curvature, threads, by_point=True):
            np.add.at(found[:, :3], replica, part)
        found[:, 5:] = found[:, :3]
        return found

    if not (isinstance(specification, FermiSurface) and specification.is_cold):
        return total(zone_points(specification, hamiltonian, seed, centres))
    if set(may_cross(specification, hamiltonian)) - set(carried):
        scattered = {"grid": None, "number": _SCATTERED, "replicas": MESHES}
        return total(zone_points(specification.model_copy(update=scattered), hamiltonian, seed, centres))
    grids = [
        _grid_over(specification, hamiltonian, shape)
        for shape in _meshes(specification, hamiltonian.dimension)
    ]
    return np.stack([total(zone).sum(axis=0) / MESHES for zone in grids])


def _meshes(specification: FermiSurface, d: int) -> list[tuple[int, ...]]:
    """Shapes of a finer and a coarser grid, as there are two meshes of each surface at 0 K."""
    cells = max(specification.grid or (round((specification.number or 0) ** (1 / d)),))
    return [(max(cells // part, 4),) * d for part in (1, MESHES)]


def spin_of_states(
    specification: Occupied,
    hamiltonian: Hamiltonian,
    counted: Float,
    centres: Float,
    *,
    seed: int,
    position_elements: bool = True,
    threads: int = 1,
) -> Float:
    """∫[dk] Σ f Ωˢ (Å²⁻ᵈ, [spin, a, b]) and ∫[dk] Σ f ⟨S⟩ (ħ Å⁻ᵈ) of bands, by replica: (P, 30).

    Parameters
    ----------
    counted : (N,) 1 for each band that counts, else 0
    """
    mu, temperature = specification.chemical_potential, specification.temperature
    zone = zone_points(specification, hamiltonian, seed, centres)

    def carried(k: Float) -> Float:
        found = spin_geometry_at(hamiltonian, k, position_elements)
        return found.sums(fermi_function(found.energy, mu, temperature) * counted) * zone.states

    total = np.zeros((zone.replicas, SPIN_COLUMNS))
    for replica, found in _each(zone, hamiltonian, carried, threads, by_point=True):
        np.add.at(total, replica, found)
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
        for c, (i, j) in enumerate(PLANES):
            field = slope[:, i, j] - slope[:, j, i] - 1j * (a[:, i] @ a[:, j] - a[:, j] @ a[:, i])
            own[:, c] = (occupied * np.einsum("nji,njk,nki->ni", states.conj(), field, states).real).sum(
                axis=1
            )
    level = np.abs(gap) < _DEGENERATE
    share = np.where(level, 0.0, occupied[:, :, None] - occupied[:, None, :])
    share = 0.5 * share / np.where(level, 1.0, gap) ** 2
    pairs = [
        (share * (-2.0 * (velocity[:, i] * velocity[:, j].conj()).imag)).sum(axis=(1, 2)) for i, j in PLANES
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
