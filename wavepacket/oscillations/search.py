"""The orbits of a config: its crystal, its band, its B and its chemical potential."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from wavepacket.arrays import Float
from wavepacket.bands import Followed, band, each_followed, followed
from wavepacket.bands.search import band_energies, search_grid
from wavepacket.config import Config, ConfigLike
from wavepacket.config.scan import Axis, parse_axis
from wavepacket.errors import InputError
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian, build_hamiltonian, open_config
from wavepacket.oscillations.contours import window_of
from wavepacket.oscillations.curve import Section
from wavepacket.oscillations.extremal import Found, Progress, extremal_orbits
from wavepacket.oscillations.orbit import Orbit
from wavepacket.oscillations.result import OrbitResult, OrbitScan

__all__ = ["Search", "find_orbits", "scan_orbits"]

_WIDER = 0.25  # of a band's width on a coarse grid: how far its edges may lie beyond


@dataclass(frozen=True)
class Search:
    """How thoroughly orbits are searched for.

    Attributes
    ----------
    chemical_potential : eV; default that of the config
    all_bands : every band at μ, not only those of the config
    planes : across the zone along B
    points : across the zone in each plane
    """

    chemical_potential: float | None = None
    all_bands: bool = False
    planes: int = 61
    points: int = 80


def scan_orbits(
    config: ConfigLike,
    axes: Sequence[str | Axis],
    search: Search = Search(),
    overrides: Sequence[str] = (),
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> OrbitScan:
    """Orbits at many values of one key, such as ``fields.magnetic.polar=0:90:5deg``; raises as `find_orbits`."""
    parsed = [axis if isinstance(axis, Axis) else parse_axis(axis) for axis in axes]
    if len(parsed) != 1:
        raise InputError("orbits are scanned along one key: -s KEY=VALUES once")
    if isinstance(config, Config):
        raise InputError("a scan of orbits needs the file of a config, or a mapping with its keys")
    results = []
    for number, value in enumerate(parsed[0].values):
        point = open_config(config, overrides=[*overrides, f"{parsed[0].path}={value}"])
        results.append(find_orbits(point, search=search))
        progress(number + 1, len(parsed[0].values))
    return OrbitScan(parsed[0], tuple(results))


def find_orbits(
    config: ConfigLike,
    hamiltonian: object | None = None,
    search: Search = Search(),
    progress: Progress = lambda done, total: None,
) -> OrbitResult:
    """Extremal orbits on ε = μ, as the public `wavepacket.orbits` documents."""
    config = open_config(config, hamiltonian)
    _check(search)
    axis = axis_of(config)
    mu = search.chemical_potential
    mu = chemical_potential_of(config) if mu is None else mu
    crystal = build_hamiltonian(config)
    axis = _in_crystal(config, crystal, axis)
    looked_at = _looked_at(config, crystal, mu, all_bands=search.all_bands)
    found: list[tuple[int, Found]] = []
    for number, (named, one) in enumerate(looked_at.items()):
        source = band(one.hamiltonian, one.index, position_elements=config.band.position_elements)
        section = Section.across(source, axis, abs(config.charge))
        window = window_of(section, search.points)

        def told(done: int, total: int, number: int = number) -> None:
            progress(number * total + done, len(looked_at) * total)

        each = extremal_orbits(window, mu, planes=search.planes, progress=told)
        found.append(
            (named, replace(each, orbits=tuple(replace(orbit, band=named) for orbit in each.orbits)))
        )
    return _result(config, crystal, mu, axis, found)


def axis_of(config: Config) -> Float:
    """−qB/|q|, T; ConfigError where a config has no uniform B, or asks for what has no orbits of one band."""
    config.refuse_textures("an orbit")
    if config.band.group:
        raise config.problem("bands", "orbits are those of one band: write 'band: N'")
    if config.fields.vary_in_space:
        raise config.problem("fields", "orbits are those of a uniform magnetic field: leave the rest out")
    if not any(config.fields.magnetic):
        raise config.problem(
            "fields.magnetic", "orbits need a magnetic field, such as 'magnetic: [0, 0, 10 T]'"
        )
    return -float(np.sign(config.charge)) * np.array(config.fields.magnetic)


def chemical_potential_of(config: Config) -> float:
    """Of the ensemble, else of the section ``response`` where it has one value; ConfigError where there is none."""
    mu = getattr(config.ensemble, "chemical_potential", None)
    if mu is None and config.response is not None and len(config.response.chemical_potential) == 1:
        mu = config.response.chemical_potential[0]
    if mu is None:
        raise config.problem(
            "ensemble", "orbits need a chemical potential: that of an ensemble, or --mu (chemical_potential=)"
        )
    return float(mu)


def _check(search: Search) -> None:
    if search.planes < 3 or search.points < 8:
        raise InputError(
            f"orbits need at least 3 planes and 8 points in each, not {search.planes} and {search.points}"
        )


def _in_crystal(config: Config, crystal: Hamiltonian, axis: Float) -> Float:
    """The part of −qB that makes orbits in this crystal."""
    if crystal.dimension == 1:
        raise config.problem("model", "a chain has no orbits in a magnetic field")
    if not isinstance(crystal, LatticeHamiltonian) and crystal.cutoff is None:
        raise config.problem("model", "orbits of a k.p model need its cutoff, where the search ends")
    if crystal.dimension == 2:
        if not axis[2]:
            raise config.problem("fields.magnetic", "orbits of a layer need a component B_z")
        return np.array([0.0, 0.0, axis[2]])
    return axis


def _looked_at(config: Config, crystal: Hamiltonian, mu: float, *, all_bands: bool) -> dict[int, Followed]:
    """By the number that the config gives it, each band whose orbits are asked for."""
    if not all_bands and not config.finds_bands:
        return each_followed(config, crystal)
    if config.band.follow != "index":
        raise config.problem("band", "all bands are told by their index: leave out 'follow', or 'all bands'")
    return {index: followed(config.of_band(index), crystal) for index in _at_level(crystal, mu)}


def _at_level(crystal: Hamiltonian, level: float) -> list[int]:
    energies = band_energies(crystal, search_grid(crystal)).reshape(-1, crystal.size)
    low, high = energies.min(axis=0), energies.max(axis=0)
    margin = _WIDER * (high - low)
    return np.flatnonzero((low - margin < level) & (level < high + margin)).tolist()


def _result(
    config: Config, crystal: Hamiltonian, mu: float, axis: Float, found: Sequence[tuple[int, Found]]
) -> OrbitResult:
    orbits: list[Orbit] = [orbit for _, each in found for orbit in each.orbits]
    open_: Mapping[int, Any] = {index: each.open for index, each in found if each.open}
    notes = []
    for index, each in found:
        if each.left:
            notes.append(
                f"band {index}: in {each.left} of {each.planes} planes curves end at the border of what is looked at: open "
                "orbits in a field along no direction of the lattice, long closed ones, or states beyond the cutoff"
            )
        if not each.orbits and not each.open and not each.left:
            notes.append(f"band {index}: no orbit at mu = {mu:g} eV")
    orbits.sort(key=lambda orbit: -orbit.frequency)
    return OrbitResult(config.name, crystal, mu, axis, tuple(orbits), open_, tuple(notes))
