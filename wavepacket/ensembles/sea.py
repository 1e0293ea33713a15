"""What the states away from the Fermi surface add to a current and to densities: no packet has to move for it."""

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Float
from wavepacket.bands import Band
from wavepacket.config import FermiDirac, FermiSurface
from wavepacket.ensembles.at_zero import cold_sea
from wavepacket.ensembles.candidates import zone_points
from wavepacket.ensembles.occupation import density_factor, fermi_function, wavepacket_energy
from wavepacket.ensembles.valleys import nearest_valley
from wavepacket.formulas import entropy_kernel, heat_kernel, surface_kernel
from wavepacket.units import BOLTZMANN

COLUMNS = 8
_WITH_HEAT = 20


def fermi_sea(
    specification: FermiSurface | FermiDirac,
    band: Band,
    centres: Float,
    *,
    magnetic: npt.ArrayLike,
    charge: float,
    seed: int,
    alone: bool = True,
    threads: int = 1,
    heat: bool = False,
) -> Float:
    """Integrals over the occupied states and the empty ones by replica and valley, (P, V + 1, COLUMNS).

    ∫[dk] f Ω (3, Å²⁻ᵈ), ∫[dk] D f and ∫[dk] D (1 − f) (Å⁻ᵈ), and ∫[dk] f Ω at the same μ without B (3); the last valley is
    "none". With ``heat`` further columns, as in ``runs/transport.py``. At T = 0 a band that is not
    ``alone`` in a run leaves its curvature to `curvature_of_others`.
    """
    if isinstance(specification, FermiSurface) and specification.is_cold:
        field = np.asarray(magnetic, dtype=np.float64)
        return cold_sea(
            specification, band, centres, magnetic=field, charge=charge, seed=seed, alone=alone, threads=threads,
        )  # fmt: skip
    zone = zone_points(specification, band.hamiltonian, seed, centres)
    valleys = len(centres) + 1
    mu, temperature = specification.chemical_potential, specification.temperature
    columns = _WITH_HEAT if heat else COLUMNS
    total = np.zeros((zone.replicas * valleys, columns))
    for ids in zone.chunks():
        k, replica = zone.points(ids)
        # Curvature that is odd about a valley, such as that of a Weyl node, cancels between k and its mirror image.
        images = [k] if zone.centres is None else [k, 2 * zone.centres(ids) - k]
        for image in images:
            geometry = band.geometry(image, threads, slopes=False)
            energy = wavepacket_energy(geometry, magnetic, charge)
            states = zone.states / len(images) * zone.inside(image)
            factor = density_factor(geometry, magnetic, charge)
            occupied = states * fermi_function(energy, mu, temperature)
            still = states * fermi_function(geometry.energy, mu, temperature)
            empty = states * fermi_function(-energy, -mu, temperature)  # 1 − f, to the last digit
            # Where the band is empty its curvature is not asked for: it may be singular there.
            some = (occupied > 0) | (still > 0)
            found = np.zeros((len(image), columns))
            found[some, :3] = occupied[some, None] * geometry.berry_curvature[some]
            found[some, 3] = occupied[some] * factor[some]
            found[:, 4] = empty * np.where(np.isfinite(factor), factor, 1.0)
            found[some, 5:8] = still[some, None] * geometry.berry_curvature[some]
            if heat:
                levels = np.array([energy, geometry.energy])[:, some] - mu
                carried = states[some] * _heat_of(levels, BOLTZMANN * temperature)
                found[some, 8:] = (
                    (carried[:, :, None] * geometry.berry_curvature[some]).swapaxes(0, 1).reshape(-1, 12)
                )
            valley = nearest_valley(band.hamiltonian, image, centres)
            np.add.at(total, replica * valleys + valley % valleys, found)
    return total.reshape(zone.replicas, valleys, columns)


def _heat_of(levels: Float, thermal: float) -> Float:
    """What curvature counts in heat (4, n), of 𝓔 − μ and ε − μ (2, n), both in eV; ``thermal``: k_BT."""
    x, still = levels / thermal
    return np.array(
        [
            thermal * entropy_kernel(x), thermal**2 * heat_kernel(x), surface_kernel(x) / thermal,
            thermal * entropy_kernel(still),
        ]
    )  # fmt: skip
