"""From an ensemble section of a config to packets, any range of them at a time."""

from collections.abc import Callable
from functools import partial

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Float, Integer
from wavepacket.bands import Band
from wavepacket.config import (
    Arrays,
    Confined,
    ContactEnsemble,
    FermiDirac,
    FermiSurface,
    Fields,
    FilledBand,
    Gaussian,
    Optical,
    Sample,
    Zone,
)
from wavepacket.config import Ensemble as Specification
from wavepacket.config import Packets as ListedPackets
from wavepacket.ensembles.at_zero import on_surface
from wavepacket.ensembles.candidates import OverZone, ZonePoints, zone_points
from wavepacket.ensembles.cloud import cloud
from wavepacket.ensembles.confined import confined
from wavepacket.ensembles.contacts import contact_packets
from wavepacket.ensembles.ensemble import Ensemble
from wavepacket.ensembles.given import given_packets
from wavepacket.ensembles.in_group import InGroup
from wavepacket.ensembles.near import near_zone, refuse_beyond
from wavepacket.ensembles.occupation import density_factor, fermi_function, fermi_slope, wavepacket_energy
from wavepacket.ensembles.optical import absorption, check_light, refuse_off_resonance
from wavepacket.ensembles.packets import Packets
from wavepacket.ensembles.resolution import resolution
from wavepacket.errors import InputError
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian
from wavepacket.hamiltonians.arrays import LARGEST, combined

_NEGLIGIBLE = 1e-10  # of the largest weight: packets of less are left out


def build_ensemble(
    specification: Specification,
    band: Band,
    *,
    magnetic: npt.ArrayLike = (0.0, 0.0, 0.0),
    fields: Fields | None = None,
    charge: float = -1.0,
    seed: int = 1,
    centres: dict[str, Float] | None = None,
    sample: Sample | None = None,
    group: InGroup | None = None,
    negligible: float = _NEGLIGIBLE,
    threads: int = 1,
    report: Callable[[str], None] = lambda _: None,
) -> Ensemble:
    """Packets of a config's ensemble section.

    Parameters
    ----------
    magnetic : B in T, enters the weights through D and the energy 𝓔 = ε − m·B
    fields : with the potential that confines a sample; of that the magnetic field is taken from here
    centres : name → Cartesian wavevector of the valleys that a Gaussian cloud may name, and balls may lie round
    sample : whose contacts may send packets
    group : bands that packets have an internal state in, and which it is; None for packets in one band
    negligible : weight over the largest one below which packets over the zone are left out
    report : called with a sentence where wavevectors are so far away that they have to be folded

    Raises
    ------
    InputError
        for an ensemble that this crystal cannot have

    """
    if isinstance(specification, ListedPackets):
        return _listed(specification, band.hamiltonian, report)
    if isinstance(specification, Arrays):
        return given_packets(specification, band.hamiltonian, report)
    if isinstance(specification, Gaussian):
        centre = gaussian_centre(specification, band.hamiltonian, centres or {}, report)
        return cloud(specification, band.hamiltonian, centre, seed)
    if isinstance(specification, Confined):
        given = fields or Fields()
        return confined(specification, band, given, charge=charge, threads=threads, report=report)
    field = np.asarray(magnetic, dtype=np.float64)
    if isinstance(specification, ContactEnsemble):
        if sample is None:
            raise InputError("packets of contacts need contacts: give sample.contacts")
        given = fields or Fields()
        return contact_packets(specification, sample, band, fields=given, charge=charge, seed=seed)
    if isinstance(specification, FermiSurface) and specification.is_cold:
        if group is not None:
            raise InputError("packets in a group of bands need a temperature above 0")
        return on_surface(specification, band, magnetic=field, charge=charge, threads=threads)
    points = zone_points(
        specification, band.hamiltonian, seed, np.reshape(list((centres or {}).values()), (-1, 3))
    )
    return _zone(
        specification,
        band,
        points,
        magnetic=field,
        charge=charge,
        threads=threads,
        group=group,
        negligible=negligible,
    )


def _cartesian(
    hamiltonian: Hamiltonian, points: npt.ArrayLike, coordinates: str, report: Callable[[str], None]
) -> Float:
    k = np.asarray(points, dtype=np.float64)
    if coordinates == "cartesian":
        return near_zone(hamiltonian, k, report)
    if not isinstance(hamiltonian, LatticeHamiltonian):
        raise InputError("reduced coordinates need a lattice: give cartesian wavevectors in 1/angstrom")
    refuse_beyond(k, LARGEST)
    return near_zone(hamiltonian, combined(k, hamiltonian.reciprocal), report)


def _listed(
    specification: ListedPackets, hamiltonian: Hamiltonian, report: Callable[[str], None]
) -> Ensemble:
    k = _cartesian(hamiltonian, specification.wavevectors, specification.coordinates, report)
    r = np.zeros_like(k) if specification.positions is None else np.array(specification.positions)
    w = np.ones(len(k)) if specification.weights is None else np.array(specification.weights)
    _check_weights(w)

    def packets(first: int, number: int) -> Packets:
        part = slice(first, first + number)
        still = np.zeros(len(k[part]))
        return Packets(k[part], r[part], w[part], still.astype(np.int64), still)

    return Ensemble(len(k), 1, specification.field_reversal, False, packets)


def _check_weights(weights: Float) -> None:
    """Refuse weights whose sums of products with velocities, paths and each other leave the range of numbers."""
    largest = float(weights.max())
    if largest * len(weights) > LARGEST or 0.0 < largest < 1.0 / LARGEST:
        raise InputError(
            f"weights of about {largest:.3g} leave the range of numbers when they are summed: only their ratios count, "
            "give them as numbers of about 1"
        )


def gaussian_centre(
    specification: Gaussian,
    hamiltonian: Hamiltonian,
    centres: dict[str, Float],
    report: Callable[[str], None] = lambda _: None,
) -> Float:
    """Return the wavevector that a Gaussian cloud lies around, (3,), 1/Å; its valley is one of ``centres``."""
    if specification.valley is None:
        assert specification.center is not None
        return _cartesian(hamiltonian, specification.center, specification.coordinates, report)
    if specification.valley not in centres:
        known = ", ".join(centres) or "none"
        raise InputError(f"ensemble.valley: no valley {specification.valley!r}; this model has: {known}")
    return centres[specification.valley]


def _weights(
    specification: OverZone,
    band: Band,
    zone: ZonePoints,
    *,
    magnetic: Float,
    charge: float,
    threads: int,
    group: InGroup | None,
    whole: bool = False,
) -> Callable[[Float], Float]:
    """Function k (n, 3) → weights (n,); ``whole``: of all states together that light makes in a group."""

    def levels(k: Float) -> tuple[Float, Float]:
        if group is not None and group.levels is not None:
            return group.levels(k)
        geometry = band.geometry(k, threads, slopes=False)
        return wavepacket_energy(geometry, magnetic, charge), density_factor(geometry, magnetic, charge)

    def weights(k: Float) -> Float:
        energy, factor = levels(k)
        factor = zone.states * factor
        if isinstance(specification, Optical):
            made = None if group is None else group.light
            return factor * (absorption(specification, band, k) if made is None else made(k)[int(whole)])
        if isinstance(specification, FermiDirac):
            return factor * fermi_function(
                energy, specification.chemical_potential, specification.temperature
            )
        if isinstance(specification, FermiSurface):
            return factor * fermi_slope(energy, specification.chemical_potential, specification.temperature)
        return factor

    return weights


def _zone(
    specification: OverZone,
    band: Band,
    zone: ZonePoints,
    *,
    magnetic: Float,
    charge: float,
    threads: int,
    group: InGroup | None,
    negligible: float,
) -> Ensemble:
    """Packets over the zone."""
    if isinstance(specification, Optical):
        check_light(specification, band, None if group is None or group.light is None else group.bands)
    of = partial(
        _weights, specification, band, zone, magnetic=magnetic, charge=charge, threads=threads, group=group
    )
    weights, of_all = of(), of(whole=True)  # one state alone of those that light makes may have no weight
    selected: Integer | None = None
    points = float(zone.candidates)
    if (
        isinstance(specification, FermiDirac | FermiSurface | Optical)
        or specification.valley_radius is not None
        or getattr(band.hamiltonian, "cutoff", None) is not None
    ):
        selected, points = _selected(zone, of_all, negligible)
    if isinstance(specification, Optical) and selected is not None:
        refuse_off_resonance(specification, band, zone.points(selected)[0])

    def packets(first: int, number: int) -> Packets:
        ids = np.arange(first, first + number) if selected is None else selected[first : first + number]
        k, replica = zone.points(ids)
        return Packets(k, np.zeros_like(k), weights(k), replica, zone.phases(ids))

    size = zone.candidates if selected is None else len(selected)
    if group is not None and group.levels is not None:
        magnetic = np.zeros(3)  # m of one band of a group is no part of its energy
    found = resolution(
        specification, band, zone, points / zone.replicas, magnetic=magnetic, charge=charge, threads=threads,
        group=None if group is None else group.bands,
    )  # fmt: skip
    equal_weights = isinstance(specification, Zone | FilledBand)
    return Ensemble(size, zone.replicas, specification.field_reversal, True, packets, found, equal_weights)


def _selected(
    zone: ZonePoints, weights: Callable[[Float], Float], negligible: float
) -> tuple[Integer, float]:
    """Candidates whose weight counts: those a metal leaves empty are not worth a trajectory. And (Σw)²/Σw²."""
    kept, values = [], []
    for ids in zone.chunks():
        k, _ = zone.points(ids)
        w = np.where(zone.inside(k), np.abs(weights(k)), 0.0)
        largest = w.max(initial=0.0)
        keep = w > negligible * largest
        kept.append(ids[keep])
        values.append(w[keep])
    chosen, weight = np.concatenate(kept), np.concatenate(values)
    if len(chosen) == 0:
        raise InputError(
            "the ensemble is empty: no state of this band is occupied; check its energies in ensemble"
        )
    weight = weight / weight.max()
    return np.asarray(chosen[weight > negligible], dtype=np.int64), float(
        weight.sum() ** 2 / (weight @ weight)
    )
