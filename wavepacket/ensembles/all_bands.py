"""Every band of a crystal at the points of an ensemble: which have states there, and what they carry of spin.

Energies are those without a magnetic field: −m·B moves edges of bands by far less than the window of an ensemble is wide.
"""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from wavepacket.arrays import Float, Integer
from wavepacket.bands.between import EveryBand
from wavepacket.bands.spin_geometry import spin_geometry_at
from wavepacket.config import FermiDirac, FermiSurface
from wavepacket.ensembles.at_zero import scattered_zone
from wavepacket.ensembles.candidates import ZonePoints, zone_points
from wavepacket.ensembles.occupation import fermi_function, fermi_slope
from wavepacket.hamiltonians import Hamiltonian

__all__ = [
    "SPIN_COLUMNS",
    "Occupied",
    "Window",
    "each_block",
    "spin_of_states",
    "states_in_window",
    "states_on_surfaces",
]

SPIN_COLUMNS = 30
"""Ωˢ [spin, a, b] and ⟨S⟩."""

Occupied = FermiSurface | FermiDirac
_ELEMENTS = 1 << 18  # complex numbers of a block of matrices


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

    every = EveryBand(hamiltonian)

    def sums(k: Float) -> Float:
        energy = every.at(k).energy
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


def states_on_surfaces(size: int, packets: Mapping[int, tuple[Float, Float]], *, apart: float) -> Window:
    """The same as `states_in_window` of packets at 0 K.

    Parameters
    ----------
    size : number of bands
    packets : by the number of their band weights (n,), and distances (n,) to the nearest other band, eV
    """
    share, near = np.zeros(size), 0.0
    for index, (weight, gap) in packets.items():
        share[index] = weight.sum()
        near += float(weight[gap < apart].sum())
    return Window(share / share.sum(), float(near / share.sum()))


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
        zone = scattered_zone(specification, hamiltonian, seed)
    else:
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

    function(np.zeros((0, 3)))  # kernels are not loaded by two threads at once
    with ThreadPoolExecutor(threads) as pool:
        yield from pool.map(one, blocks)
