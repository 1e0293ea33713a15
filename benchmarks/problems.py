"""The problems: what wavepacket is told, the same in equations for its peers, and where packets start."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from benchmarks import ours
from benchmarks.equations import LENGTH, Functions, Planar, Rates, Spatial, qi_wu_zhang, weyl_lattice
from wavepacket.simulation.problem import Problem

TARGET = 2e-9  # p95 error in the scaled state that every contender has to meet

LATTICE_CONSTANT = 4.0  # Å
_PLANAR = Planar(1.0, 1.5, LATTICE_CONSTANT, 1e-3, 10.0)
_SPATIAL = Spatial(
    1.0, 2.0, LATTICE_CONSTANT, (4e-4, -3e-4, 8e-4), (5e-4, 5e-4, -2e-4), 2 * math.pi / 200, (4.0, -3.0, 8.0)
)
_SMALLEST_GAP = 0.3  # eV: packets that come closer to a Weyl node are left out, they would end there


@dataclass(frozen=True, eq=False)
class Case:
    """One problem.

    Attributes
    ----------
    sections : of wavepacket's config
    factory : of the right-hand side in equations; None where only a table knows it
    components : directions of motion, 2 or 3
    draw : function (number) → k a of the packets, (number, components)
    end : fs

    """

    name: str
    title: str
    sections: Mapping[str, Any]
    factory: Callable[[Functions], Rates] | None
    components: int
    draw: Callable[[int], np.ndarray]
    lattice_constant: float = LATTICE_CONSTANT
    end: float = 1000.0

    def problem(self, number: int = 1024, saves: int = 201) -> Problem:
        """The problem as wavepacket's simulation makes it."""
        return ours.build(self.sections, number=number, end=self.end, saves=saves)

    def starts(self, number: int) -> np.ndarray:
        """Scaled states at t = 0, (number, 2 components)."""
        phases = self.draw(number)
        return np.concatenate([np.zeros_like(phases), phases], axis=1)

    def wavevectors(self, starts: np.ndarray) -> np.ndarray:
        """K (n, 3) in 1/Å of scaled states."""
        k = np.zeros((len(starts), 3))
        k[:, : self.components] = starts[:, self.components :] / self.lattice_constant
        return k

    def scaled(self, position: np.ndarray, wavevector: np.ndarray) -> np.ndarray:
        """Scaled states (..., 2 components) of positions (Å) and wavevectors (1/Å)."""
        kept = slice(self.components)
        return np.concatenate(
            [position[..., kept] / LENGTH, wavevector[..., kept] * self.lattice_constant], axis=-1
        )


def _anywhere(components: int, number: int) -> np.ndarray:
    return np.random.default_rng(0).uniform(-math.pi, math.pi, (number, components))


_SINUSOID = {"kind": "sinusoid", "amplitude": list(_SPATIAL.oscillating), "frequency": _SPATIAL.frequency}

_WEYL_SECTIONS = {
    "model": {"name": "weyl_lattice", "lattice_constant": LATTICE_CONSTANT},
    "fields": {
        "electric": [{"kind": "uniform", "amplitude": list(_SPATIAL.static)}, _SINUSOID],
        "magnetic": list(_SPATIAL.magnetic),
    },
    "limits": {"density_of_states_factor": 0.0},
}


@lru_cache(maxsize=4)
def _away_from_nodes(number: int) -> np.ndarray:
    """Points of the zone whose packets keep a gap of more than _SMALLEST_GAP."""
    candidates = _anywhere(3, 2 * number)
    problem = ours.build(_WEYL_SECTIONS, number=32, end=1000.0, saves=2, tolerance=1e-8)
    gap = ours.Integration(problem, candidates / LATTICE_CONSTANT)().smallest_gap
    kept = candidates[gap > _SMALLEST_GAP][:number]
    if len(kept) < number:
        raise RuntimeError(f"only {len(kept)} of {number} packets stay away from the Weyl nodes")
    return kept


QI_WU_ZHANG = Case(
    "qi_wu_zhang",
    "Qi-Wu-Zhang lower band, E = 1e-3 V/Å along x, B = 10 T along z, 1000 fs",
    {
        "model": {"name": "qi_wu_zhang", "t": 1.0, "m": 1.5, "lattice_constant": LATTICE_CONSTANT},
        "fields": {"electric": [1e-3, 0, 0], "magnetic": [0, 0, 10.0]},
    },
    lambda functions: qi_wu_zhang(functions, _PLANAR),
    2,
    lambda number: _anywhere(2, number),
)

WEYL = Case(
    "weyl_lattice",
    "3D Weyl lattice, lower band, tilted E(t) = static + 5 THz and tilted B of 9.4 T, 1000 fs",
    _WEYL_SECTIONS,
    lambda functions: weyl_lattice(functions, _SPATIAL),
    3,
    _away_from_nodes,
)


def n_band_sections(size: int = 4, seed: int = 3) -> dict[str, Any]:
    """A cubic crystal of ``size`` orbitals with levels 3 eV apart, random hoppings and random orbital positions."""
    rng = np.random.default_rng(seed)

    def matrix(scale: float) -> np.ndarray:
        return scale * (rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size)))

    home = matrix(0.1)
    home = home + home.conj().T + np.diag(3.0 * np.arange(size))
    hoppings = {(0, 0, 0): home} | {cell: matrix(0.12) for cell in ((1, 0, 0), (0, 1, 0), (0, 0, 1))}
    return {
        "lattice": (LATTICE_CONSTANT * np.eye(3)).tolist(),
        "positions": rng.uniform(-0.3, 0.3, (size, 3)).tolist(),
        "hoppings": [
            {"cell": list(cell), "matrix": np.stack([m.real, m.imag], axis=-1).tolist()}
            for cell, m in hoppings.items()
        ],
    }


def table_case(grid: int) -> Case:
    """Lowest band of a 3D four-band crystal from a quintic table, tilted static E and B."""
    return Case(
        "table",
        f"3D four-band crystal, lowest band from a {grid}³ quintic table, tilted E and B, 1000 fs",
        {
            "model": n_band_sections(),
            "band": {"index": 0, "source": "table", "grid": [grid] * 3},
            "fields": {"electric": [8e-4, 3e-4, -4e-4], "magnetic": [4.0, -3.0, 8.0]},
        },
        None,
        3,
        lambda number: _anywhere(3, number),
    )
