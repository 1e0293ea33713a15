"""What a search for orbits found, for people, for programs and for figures."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from wavepacket.arrays import Float
from wavepacket.config.scan import Axis
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian
from wavepacket.oscillations.orbit import Orbit

__all__ = ["COLUMNS", "OrbitResult", "OrbitScan"]

COLUMNS: Mapping[str, tuple[str, str]] = {
    "frequency": ("T", "F = hbar A/2 pi |q| of oscillations in 1/B; uncertainty: A by half the points, and rounding"),
    "cyclotron_mass": ("m_e", "(hbar^2/2 pi) |dA/de|"),
    "area": ("1/angstrom^2", "of the orbit in k, across B"),
    "curvature": ("1", "d^2A/dk^2 along B; null in a layer"),
    "berry_phase": ("2 pi", "gamma_B/2 pi, flux of Omega through the orbit about -qB, modulo 1"),
    "moment_phase": ("2 pi", "gamma_m/2 pi, of the orbital moment: levels are those of e - m.B"),
    "phase": ("2 pi", "gamma of F/B = n + gamma: 1/2 - (gamma_B + gamma_m)/2 pi, in [0, 1); spin is not in it"),
    "gap": ("eV", "smallest distance to the next band on the orbit"),
}  # fmt: skip
"""Number of an orbit → unit and convention."""


@dataclass(frozen=True, eq=False, repr=False)
class OrbitResult:
    """Extremal orbits of one config.

    Attributes
    ----------
    name : of the config
    hamiltonian : the crystal
    chemical_potential : eV
    axis : (3,) −qB/|q|, T: electrons turn counterclockwise about it
    orbits : all bands together, the largest frequency first
    open : band → reciprocal vectors (3,) after which open orbits come back, with the share of planes across B that have them
    notes : what the search could not tell
    """

    name: str
    hamiltonian: Hamiltonian
    chemical_potential: float
    axis: Float
    orbits: tuple[Orbit, ...]
    open: Mapping[int, tuple[tuple[Float, float], ...]]
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        """Return the frequencies."""
        return f"OrbitResult({self.name}: {', '.join(map(repr, self.orbits)) or 'no orbits'})"

    @property
    def field(self) -> float:
        """|B|, T."""
        return float(np.linalg.norm(self.axis))

    def open_ways(self) -> Iterator[tuple[int, str, float]]:
        """Bands, directions and shares of planes of open orbits."""
        for index, ways in self.open.items():
            for vector, share in ways:
                yield index, _direction(self.hamiltonian, vector), share

    def as_json(self) -> dict[str, Any]:
        """Plain lists and numbers with units and conventions."""
        return {
            "chemical_potential": {"value": self.chemical_potential, "unit": "eV"},
            "axis": {"value": self.axis.tolist(), "unit": "T", "convention": "-qB/|q|"},
            "orbits": [_as_json(orbit) for orbit in self.orbits],
            "open_orbits": [
                {"band": index, "direction": vector.tolist(), "share_of_planes": share}
                for index, ways in self.open.items()
                for vector, share in ways
            ],
            "conventions": {name: {"unit": unit, "text": text} for name, (unit, text) in COLUMNS.items()},
            "notes": list(self.notes),
        }


@dataclass(frozen=True, eq=False)
class OrbitScan:
    """Orbits at each value of a key."""

    axis: Axis
    results: tuple[OrbitResult, ...]

    def as_json(self) -> dict[str, Any]:
        """What each value gives."""
        points = [
            {"value": value, **each.as_json()}
            for value, each in zip(self.axis.values, self.results, strict=True)
        ]
        return {"key": self.axis.path, "points": points}


def _as_json(orbit: Orbit) -> dict[str, Any]:
    turn = 2 * math.pi
    numbers = {
        "frequency": orbit.frequency, "cyclotron_mass": orbit.cyclotron_mass, "area": orbit.area,
        "curvature": orbit.bend, "berry_phase": orbit.berry_phase / turn, "moment_phase": orbit.moment_phase / turn,
        "phase": orbit.phase, "gap": orbit.gap,
    }  # fmt: skip
    finite = {name: value if math.isfinite(value) else None for name, value in numbers.items()}
    return {
        "band": orbit.band, "kind": orbit.kind, "extremum": orbit.extremum, "copies": orbit.copies, **finite,
        "frequency_uncertainty": orbit.frequency_error, "area_uncertainty": orbit.area_error,
        "along": orbit.along, "centre": orbit.centre.tolist(),
    }  # fmt: skip


def _direction(crystal: Hamiltonian, vector: Float) -> str:
    """A reciprocal vector in whole numbers of the b_i, or Cartesian."""
    if isinstance(crystal, LatticeHamiltonian):
        steps = np.round(vector @ crystal.lattice.T / (2 * np.pi)).astype(int)
        terms = [
            f"{'+' if n > 0 else '-'}{'' if abs(n) == 1 else abs(n)}b{i + 1}"
            for i, n in enumerate(steps)
            if n
        ]
        return "".join(terms).lstrip("+")
    return str(vector)
