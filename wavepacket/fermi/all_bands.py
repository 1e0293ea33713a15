"""The Fermi surfaces of all bands that cross a chemical potential, and the density that they enclose."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Float
from wavepacket.bands import band, each_followed
from wavepacket.config import Config, ConfigLike
from wavepacket.errors import InputError
from wavepacket.fermi.build import level_surface
from wavepacket.fermi.level import Level, states_of_all
from wavepacket.fermi.surface import Estimate, LevelSurface, Sheet
from wavepacket.hamiltonians import Hamiltonian, as_hamiltonian, build_hamiltonian, open_config

__all__ = ["FermiSurfaces", "fermi_surface"]

ConfigPlace = str | PathLike[str]


@dataclass(frozen=True, eq=False)
class FermiSurfaces:
    """Where the bands of a crystal are at μ.

    Attributes
    ----------
    hamiltonian : the crystal
    chemical_potential : μ, eV
    magnetic : B, T: surfaces are those of 𝓔 = ε − m·B
    bands : by the index of each band that was looked at, its surface; `LevelSurface.empty` where it does not cross μ
    """

    hamiltonian: Hamiltonian
    chemical_potential: float
    magnetic: Float
    bands: dict[int, LevelSurface]

    @property
    def crossing(self) -> dict[int, LevelSurface]:
        """Surfaces of the bands that cross μ."""
        return {index: surface for index, surface in self.bands.items() if not surface.empty}

    @property
    def occupied(self) -> Estimate | None:
        """Filled states of these bands per cell, or of a k·p model as a part of the ball within the cutoff; at B = 0."""
        parts = [surface.occupied for surface in self.bands.values()]
        if any(part is None for part in parts):
            return None
        known = [part for part in parts if part is not None]
        return Estimate(sum(each.value for each in known), sum(each.uncertainty for each in known))

    @property
    def density(self) -> Estimate | None:
        """Filled states of these bands per Å^d, that of the volume they fill over (2π)^d."""
        filled = self.occupied
        if filled is None:
            return None
        full = states_of_all(self.hamiltonian)
        return Estimate(full * filled.value, full * filled.uncertainty)

    @property
    def states(self) -> Estimate:
        """States per energy at μ of these bands, 1/(eV Å^d)."""
        found = [surface.states for surface in self.crossing.values()]
        return Estimate(sum(each.value for each in found), sum(each.uncertainty for each in found))

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences on what is not resolved."""
        return tuple(f"band {index}: {note}" for index, one in self.crossing.items() for note in one.notes)

    def as_json(self) -> dict[str, Any]:
        """All numbers, with units, for other programs."""
        d = self.hamiltonian.dimension
        length = f"1/angstrom^{d - 1}" if d == 3 else "1/angstrom"
        units = {"area": length, "volume": f"1/angstrom^{d}", "states": f"1/(eV angstrom^{d})"}
        bands = {
            str(index): {
                "occupied": _json(surface.occupied, "states per cell" if surface.domain.periodic else "1"),
                "states": _json(surface.states, units["states"]),
                "sheets": [_sheet_json(sheet, units) for sheet in surface.sheets],
            }
            for index, surface in self.bands.items()
        }
        return {
            "chemical_potential": {"value": self.chemical_potential, "unit": "eV"},
            "magnetic": {"value": self.magnetic.tolist(), "unit": "T"},
            "density": _json(self.density, f"1/angstrom^{d}"),
            "states": _json(self.states, units["states"]),
            "bands": bands,
            "notes": list(self.notes),
        }


def _json(estimate: Estimate | None, unit: str) -> dict[str, Any] | None:
    if estimate is None:
        return None
    return {"value": estimate.value, "uncertainty": estimate.uncertainty, "unit": unit}


def _sheet_json(sheet: Sheet, units: dict[str, str]) -> dict[str, Any]:
    low, mean, high = sheet.speed
    return {
        "kind": sheet.kind,
        **{name: _json(getattr(sheet, name), unit) for name, unit in units.items()},
        "speed": {"smallest": low, "mean": mean, "largest": high, "unit": "angstrom/fs"},
        "euler_characteristic": sheet.euler,
        "winding": sheet.winding.tolist(),
        "centre": {"value": sheet.centre.tolist(), "unit": "1/angstrom"},
    }


def fermi_surface(
    source: ConfigLike | object,
    chemical_potential: float | None = None,
    *,
    bands: Sequence[int] | None = None,
    magnetic: npt.ArrayLike | None = None,
    charge: float = -1.0,
    cells: int | None = None,
    position_elements: bool = True,
    threads: int = 1,
    report: Callable[[str], None] = lambda _: None,
) -> FermiSurfaces:
    """Fermi surfaces of a crystal: sheets whose corners lie on 𝓔 = μ to 1e-10 eV, with areas, volumes and integrals.

    Parameters
    ----------
    source : a config (file, mapping or object), or a Hamiltonian. A config gives its bands with what it says of them, B, the
        charge and the μ of its ensemble, where these are not given here
    chemical_potential : eV
    bands : to look at; default: those that cross μ are found among all of a Hamiltonian, or those of a config
    magnetic : B, T; then surfaces are those of 𝓔 = ε − m·B
    charge : of the carriers, e
    cells : of the grid along the longest edge of the zone: it decides which necks and gaps are seen, and the error
    position_elements : use ⟨0 i|r|R j⟩ beyond the centres for Ω and m
    report : called with a sentence about each band

    Raises
    ------
    InputError : there is no μ, the crystal has one dimension, or is a k·p model without a cutoff

    Examples
    --------
    >>> import wavepacket
    >>> square = wavepacket.hamiltonians.cosine_band(dimension=2)
    >>> found = wavepacket.fermi_surface(square, -0.5)
    >>> found.bands[0].sheets[0].kind
    'electron'

    """
    if isinstance(source, Config | str | PathLike | dict):
        config = open_config(source)
        config.refuse_textures("a Fermi surface")
        hamiltonian = build_hamiltonian(config)
        looked_at = _of_config(config, hamiltonian, bands)
        charge, position_elements = config.charge, config.band.position_elements
        field = np.array(config.fields.magnetic if magnetic is None else magnetic, dtype=np.float64)
        mu = (
            getattr(config.ensemble, "chemical_potential", None)
            if chemical_potential is None
            else chemical_potential
        )
    else:
        hamiltonian = as_hamiltonian(source)
        field = np.zeros(3) if magnetic is None else np.asarray(magnetic, dtype=np.float64)
        mu = chemical_potential
        looked_at = {i: (hamiltonian, i) for i in (range(hamiltonian.size) if bands is None else bands)}
    if mu is None or not np.isfinite(mu):
        raise InputError(f"a Fermi surface needs a chemical potential: give one in eV, not {mu}")
    found = {}
    for index, (of, place) in looked_at.items():
        source_band = band(of, place, position_elements=position_elements)
        found[index] = level_surface(Level(source_band, float(mu), field, charge, threads), cells)
        report(
            f"band {index}: "
            + ("does not cross" if found[index].empty else f"{len(found[index].sheets)} sheets")
        )
    return FermiSurfaces(hamiltonian, float(mu), field, found)


def _of_config(
    config: Config, hamiltonian: Hamiltonian, bands: Sequence[int] | None
) -> dict[int, tuple[Hamiltonian, int]]:
    """By its number, the crystal that a band belongs to, and its index there."""
    if bands is not None:
        return {index: (hamiltonian, index) for index in bands}
    if config.finds_bands:
        return {index: (hamiltonian, index) for index in range(hamiltonian.size)}
    return {index: (one.hamiltonian, one.index) for index, one in each_followed(config, hamiltonian).items()}
