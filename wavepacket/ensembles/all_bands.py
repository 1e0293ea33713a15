"""Every band of a crystal at the points of an ensemble: which have states there, and what they carry of spin.

Energies are those without a magnetic field: −m·B moves edges of bands by far less than the window of an ensemble is wide.
"""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from wavepacket.arrays import Float, Integer
from wavepacket.bands.spin_geometry import spin_geometry_at
from wavepacket.config import FermiDirac, FermiSurface
from wavepacket.ensembles.at_zero import REPLICAS
from wavepacket.ensembles.candidates import ZonePoints, zone_points
from wavepacket.ensembles.occupation import fermi_function, fermi_slope
from wavepacket.hamiltonians import Hamiltonian

__all__ = [
    "SPIN_COLUMNS",
    "Occupied",
    "Window",
    "each_block",
    "scattered",
    "spin_of_states",
    "states_in_window",
    "states_on_surfaces",
]

SPIN_COLUMNS = 30
"""Ωˢ [spin, a, b] and ⟨S⟩."""

Occupied = FermiSurface | FermiDirac
_SCATTERED = 40_000  # points over the zone where bands have edges at 0 K
_INDEPENDENT = 16  # replicas that tell a standard error
_ELEMENTS = 1 << 20  # complex numbers of a block of matrices


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
    for _, found in each_block(zone, hamiltonian, sums, threads):
        total += found
    whole = float(total[:-1].sum()) or 1.0
    return Window(total[:-1] / whole, float(total[-1]) / whole)


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


def scattered(specification: FermiSurface) -> FermiSurface:
    """Points over the zone for states with an edge at 0 K, spread over all replicas of the surface."""
    points = {"grid": None, "number": _SCATTERED, "replicas": REPLICAS, "valley_radius": None}
    return specification.model_copy(update=points)


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

    At 0 K points are scattered over the replicas of the surface.

    Parameters
    ----------
    counted : (N,) 1 for each band that counts, else 0
    """
    mu, temperature = specification.chemical_potential, specification.temperature
    if isinstance(specification, FermiSurface) and specification.is_cold:
        specification = scattered(specification)
    zone = zone_points(specification, hamiltonian, seed, centres)

    def carried(k: Float) -> Float:
        found = spin_geometry_at(hamiltonian, k, position_elements)
        return found.sums(fermi_function(found.energy, mu, temperature) * counted) * zone.states

    total = np.zeros((zone.replicas, SPIN_COLUMNS))
    for replica, found in each_block(zone, hamiltonian, carried, threads, by_point=True):
        np.add.at(total, replica, found)
    return total


def each_block(
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
