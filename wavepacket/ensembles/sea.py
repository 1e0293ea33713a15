"""What the occupied states below the Fermi surface add to a current: no packet has to move for it."""

import numpy as np
import numpy.typing as npt

from wavepacket.bands import Band
from wavepacket.config import FermiDirac, FermiSurface
from wavepacket.ensembles.candidates import zone_points
from wavepacket.ensembles.occupation import density_of_states_factor, fermi_function, wavepacket_energy
from wavepacket.ensembles.valleys import nearest_valley

Float = npt.NDArray[np.float64]


def fermi_sea(
    specification: FermiSurface | FermiDirac,
    band: Band,
    centres: Float,
    *,
    magnetic: npt.ArrayLike,
    charge: float,
    seed: int,
    threads: int = 1,
) -> Float:
    """∫[dk] f Ω (Å²⁻ᵈ) and ∫[dk] D f (Å⁻ᵈ) by replica and valley, (P, V + 1, 4); the last valley is "none"."""
    zone = zone_points(specification, band.hamiltonian, seed, centres)
    valleys = len(centres) + 1
    total = np.zeros((zone.replicas * valleys, 4))
    for ids in zone.chunks():
        k, replica = zone.points(ids)
        # Curvature that is odd about a valley, such as that of a Weyl node, cancels between k and its mirror image.
        images = [k] if zone.centres is None else [k, 2 * zone.centres(ids) - k]
        for image in images:
            geometry = band.geometry(image, threads, slopes=False)
            energy = wavepacket_energy(geometry, magnetic, charge)
            occupation = zone.states / len(images) * zone.inside(image)
            occupation = occupation * fermi_function(
                energy, specification.chemical_potential, specification.temperature
            )
            factor = density_of_states_factor(geometry, magnetic, charge)
            # Where the band is empty its geometry is not asked for: it may be singular there.
            some = np.flatnonzero(occupation > 0)
            columns = np.column_stack([geometry.berry_curvature, factor])[some]
            valley = nearest_valley(band.hamiltonian, image[some], centres)
            np.add.at(total, replica[some] * valleys + valley % valleys, occupation[some, None] * columns)
    return total.reshape(zone.replicas, valleys, 4)
