"""Orbits in a magnetic field on the Fermi surface, and the quantum oscillations that they make."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from wavepacket.lazy import loader

if TYPE_CHECKING:
    from wavepacket.config import ConfigLike
    from wavepacket.oscillations.orbit import Orbit, landau_levels
    from wavepacket.oscillations.result import OrbitResult, OrbitScan
    from wavepacket.oscillations.search import Search, scan_orbits

__all__ = ["Orbit", "OrbitResult", "OrbitScan", "Search", "landau_levels", "orbits", "scan_orbits"]

__getattr__ = loader(
    __name__,
    {
        "Orbit": "wavepacket.oscillations.orbit",
        "OrbitResult": "wavepacket.oscillations.result",
        "OrbitScan": "wavepacket.oscillations.result",
        "Search": "wavepacket.oscillations.search",
        "landau_levels": "wavepacket.oscillations.orbit",
        "scan_orbits": "wavepacket.oscillations.search",
    },
)


def orbits(
    config: "ConfigLike",
    *,
    hamiltonian: object | None = None,
    chemical_potential: float | None = None,
    all_bands: bool = False,
    planes: int = 61,
    points: int = 80,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> "OrbitResult":
    """Find the extremal closed orbits in B on ε = μ, with the frequencies, masses and phases of quantum oscillations.

    Parameters
    ----------
    config : a config, the path of its file, or a mapping with its keys; B is ``fields.magnetic``
    hamiltonian : in place of the config's model, as of `wavepacket.response`
    chemical_potential : μ in eV; default that of the ensemble
    all_bands : every band at μ, not only those of the config
    planes, points : planes across the zone along B, and points across the zone in each; pockets smaller than their distances
        may be missed, but for those around named points
    progress : called with planes done and all

    Returns
    -------
    OrbitResult
        ``result.orbits`` each with ``frequency`` (T), ``cyclotron_mass`` (m_e), ``area`` (1/Å²), ``berry_phase`` and
        ``moment_phase`` (rad), ``phase``, ``kind``, ``k`` (n, 3); ``result.open`` has the directions of open orbits

    Raises
    ------
    InputError
        for a config without B or μ, a chain, a layer without B_z, textures, groups of bands, and k·p models without a cutoff

    Examples
    --------
    >>> import wavepacket
    >>> found = wavepacket.orbits("configs/cubic_oscillations.yaml")  # doctest: +SKIP
    >>> found.orbits[0].frequency, found.orbits[0].cyclotron_mass  # doctest: +SKIP
    """
    from wavepacket.oscillations.search import (
        Search,
        find_orbits,
    )  # so that ``import wavepacket`` starts at once

    return find_orbits(config, hamiltonian, Search(chemical_potential, all_bands, planes, points), progress)
