"""From an ensemble section of a config to packets, any range of them at a time."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from wavepacket.bands import Band
from wavepacket.config import Ensemble as Specification
from wavepacket.config import FermiDirac, FermiSurface, FilledBand, Gaussian, Zone
from wavepacket.config import Packets as ListedPackets
from wavepacket.ensembles.candidates import ZonePoints, zone_points
from wavepacket.ensembles.occupation import (
    density_of_states_factor,
    fermi_function,
    fermi_slope,
    wavepacket_energy,
)
from wavepacket.ensembles.packets import Packets
from wavepacket.ensembles.random import uniforms
from wavepacket.errors import InputError
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian

Float = npt.NDArray[np.float64]
Integer = npt.NDArray[np.int64]

_STREAM = 2
_NEGLIGIBLE = 1e-10  # of the largest weight: such packets are left out


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Packets numbered 0 to size − 1.

    Attributes
    ----------
    size : number of packets
    replicas : number of independent estimates (or sub-grids) that they form
    field_reversal : whether every packet is also run with E reversed
    over_zone : whether weights are states per Å^d, so that sums are densities
    packets : function (first, number) → Packets

    """

    size: int
    replicas: int
    field_reversal: bool
    over_zone: bool
    packets: Callable[[int, int], Packets] = field(repr=False)


def build_ensemble(
    specification: Specification,
    band: Band,
    *,
    magnetic: npt.ArrayLike = (0.0, 0.0, 0.0),
    charge: float = -1.0,
    seed: int = 1,
    centres: dict[str, Float] | None = None,
    threads: int = 1,
) -> Ensemble:
    """Packets of a config's ensemble section.

    Parameters
    ----------
    magnetic : B in T, enters the weights through D and the energy 𝓔 = ε − m·B
    centres : name → Cartesian wavevector of the valleys that a Gaussian cloud may name

    Raises
    ------
    InputError
        for an ensemble that this crystal cannot have

    """
    if isinstance(specification, ListedPackets):
        return _listed(specification, band.hamiltonian)
    if isinstance(specification, Gaussian):
        return _gaussian(specification, band.hamiltonian, seed, centres or {})
    return _zone(specification, band, np.asarray(magnetic, dtype=np.float64), charge, seed, threads)


def _cartesian(hamiltonian: Hamiltonian, points: npt.ArrayLike, coordinates: str) -> Float:
    k = np.asarray(points, dtype=np.float64)
    if coordinates == "cartesian":
        return k
    if not isinstance(hamiltonian, LatticeHamiltonian):
        raise InputError("reduced coordinates need a lattice: give cartesian wavevectors in 1/angstrom")
    return k @ hamiltonian.reciprocal


def _listed(specification: ListedPackets, hamiltonian: Hamiltonian) -> Ensemble:
    k = _cartesian(hamiltonian, specification.wavevectors, specification.coordinates)
    r = np.zeros_like(k) if specification.positions is None else np.array(specification.positions)
    w = np.ones(len(k)) if specification.weights is None else np.array(specification.weights)

    def packets(first: int, number: int) -> Packets:
        part = slice(first, first + number)
        return Packets(k[part], r[part], w[part], np.zeros(len(k[part]), dtype=np.int64))

    return Ensemble(len(k), 1, specification.field_reversal, False, packets)


def _gaussian(
    specification: Gaussian, hamiltonian: Hamiltonian, seed: int, centres: dict[str, Float]
) -> Ensemble:
    if specification.valley is not None:
        if specification.valley not in centres:
            known = ", ".join(centres) or "none"
            raise InputError(f"ensemble.valley: no valley {specification.valley!r}; this model has: {known}")
        centre = centres[specification.valley]
    else:
        assert specification.center is not None
        centre = _cartesian(hamiltonian, specification.center, specification.coordinates)
    from scipy.special import ndtri  # a tenth of a second to import

    spread = np.arange(3) < hamiltonian.dimension

    def packets(first: int, number: int) -> Packets:
        normal = ndtri(uniforms(seed, _STREAM, first, number, 6))
        k = centre + specification.width * spread * normal[:, :3]
        r = np.array(specification.position) + specification.position_width * spread * normal[:, 3:]
        replica = np.arange(first, first + number) % specification.replicas
        return Packets(k, r, np.full(number, 1.0 / specification.number), replica)

    replicas = min(specification.replicas, specification.number)
    return Ensemble(specification.number, replicas, specification.field_reversal, False, packets)


def _zone(
    specification: Zone | FilledBand | FermiDirac | FermiSurface,
    band: Band,
    magnetic: Float,
    charge: float,
    seed: int,
    threads: int,
) -> Ensemble:
    zone = zone_points(specification, band.hamiltonian, seed)

    def weights(k: Float) -> Float:
        geometry = band.geometry(k, threads)
        energy = wavepacket_energy(geometry, magnetic, charge)
        factor = zone.states * density_of_states_factor(geometry, magnetic, charge)
        if isinstance(specification, FermiDirac):
            return factor * fermi_function(
                energy, specification.chemical_potential, specification.temperature
            )
        if isinstance(specification, FermiSurface):
            return factor * fermi_slope(energy, specification.chemical_potential, specification.temperature)
        return factor

    selected: Integer | None = None
    if (
        isinstance(specification, FermiDirac | FermiSurface)
        or getattr(band.hamiltonian, "cutoff", None) is not None
    ):
        selected = _selected(zone, weights)

    def packets(first: int, number: int) -> Packets:
        ids = np.arange(first, first + number) if selected is None else selected[first : first + number]
        k, replica = zone.points(ids)
        return Packets(k, np.zeros_like(k), weights(k), replica)

    size = zone.candidates if selected is None else len(selected)
    return Ensemble(size, zone.replicas, specification.field_reversal, True, packets)


def _selected(zone: ZonePoints, weights: Callable[[Float], Float]) -> Integer:
    """Candidates whose weight counts: those a metal leaves empty are not worth a trajectory."""
    kept, values = [], []
    for ids in zone.chunks():
        k, _ = zone.points(ids)
        w = np.where(zone.inside(k), np.abs(weights(k)), 0.0)
        largest = w.max(initial=0.0)
        keep = w > _NEGLIGIBLE * largest
        kept.append(ids[keep])
        values.append(w[keep])
    chosen, weight = np.concatenate(kept), np.concatenate(values)
    if len(chosen) == 0:
        raise InputError(
            "the ensemble is empty: no state of this band is occupied; check ensemble.chemical_potential"
        )
    return np.asarray(chosen[weight > _NEGLIGIBLE * weight.max()], dtype=np.int64)
