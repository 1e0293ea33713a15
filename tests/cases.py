"""Small problems from a few keywords, through the same doors as a config file, run in memory."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from wavepacket.config import config_from_mapping
from wavepacket.hamiltonians import LatticeHamiltonian
from wavepacket.simulation import Block, Problem, build_problem, integrate
from wavepacket.simulation.batch import number_of_trajectories
from wavepacket.units import PLANCK

Sections = Mapping[str, Any]


def problem(
    model: Sections,
    *,
    wavevectors: Any = None,
    electric: Any = (0.0, 0.0, 0.0),
    magnetic: Any = (0.0, 0.0, 0.0),
    end: float = 100.0,
    saves: int = 11,
    tolerance: float = 1e-12,
    **sections: Any,
) -> Problem:
    """Return a problem; ``sections`` are those of a config, and win. E in V/Å, B in T, k in 1/Å, times in fs."""
    mapping = {
        "version": 1,
        "name": "test",
        "model": model,
        "band": 0,
        "fields": {"electric": plain(electric), "magnetic": plain(magnetic)},
        "ensemble": {"kind": "packets", "wavevectors": plain(wavevectors)},
        "time": {"end": float(end), "saves": saves},
        "integrator": {"tolerance": tolerance},
    }
    return build_problem(config_from_mapping(mapping | plain(sections)), threads=1)


def run(made: Problem) -> Block:
    """Integrate every trajectory of a problem."""
    return integrate(made, 0, number_of_trajectories(made))


def velocities(made: Problem) -> np.ndarray:
    """Return ṙ (n, T, 3) at the saves of every trajectory, Å/fs: what one trajectory alone adds to the current."""
    blocks = [integrate(made, n, 1) for n in range(number_of_trajectories(made))]
    return np.array([block.sums["current"].sum(axis=(0, 1, 2)) / block.weight for block in blocks])


def hall_conductivity(made: Problem, block: Block) -> np.ndarray:
    """Return σ_xy (valleys + 1, T) in e²/h from E along y, by the odd difference in E; the sum over valleys is σ_xy."""
    current = made.config.charge * block.sums["current"].sum(axis=1)[..., 0]
    (term,) = made.config.fields.electric
    assert not term.amplitude[0]
    return PLANCK * (current[0] - current[1]) / (2 * term.amplitude[1])


def lattice_section(crystal: LatticeHamiltonian) -> dict[str, Any]:
    """Return the model section of a crystal without position elements."""
    cells = crystal.cells.tolist()
    return {
        "lattice": crystal.lattice[: crystal.dimension].tolist(),
        "positions": crystal.positions.tolist(),
        "hoppings": [
            {"cell": cell, "matrix": [[[x.real, x.imag] for x in row] for row in matrix]}
            for cell, matrix in zip(cells, crystal.hoppings.tolist(), strict=True)
        ],
    }


def plain(value: Any) -> Any:
    """Return nested lists and mappings of Python numbers, as a YAML file gives them."""
    if isinstance(value, Mapping):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    return value
