"""Uncertainties of `response` cover the truth: random crystals without symmetry, roughly and finely.

Meshes and cells, in two and three dimensions, at T = 0 and above, of metals and of insulators. The converged values are
those of meshes with about seven times (3D: three times) as many points along each axis. `docs/trust.md` has the table that
`python -m tests.physics.test_response_pulls` prints.
"""

import itertools
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

import wavepacket.response.band_geometry  # noqa: F401
from wavepacket.config.schema_response import Response
from wavepacket.hamiltonians import LatticeHamiltonian
from wavepacket.observables import Observable, package_observables
from wavepacket.response.axis import EnergyAxis
from wavepacket.response.collect import Collected, Task
from wavepacket.response.columns import Columns
from wavepacket.response.converge import Limits, converge
from wavepacket.response.domain import domain_of
from wavepacket.response.observables import Report
from wavepacket.response.scan import Scan
from wavepacket.response.uniform import on_shifted_meshes
from wavepacket.response.wanted import targets_of
from wavepacket.threads import on_threads

pytestmark = [pytest.mark.physics, pytest.mark.slow]

MU = (-0.9, -0.2, 0.3)
KELVIN = (0.0, 50.0, 600.0)
QUANTITIES = (
    "density", "anomalous_hall_conductivity", "anomalous_nernst_conductivity", "orbital_magnetization",
    "berry_curvature_dipole", "quantum_metric",
)  # fmt: skip
FINE = {2: 112, 3: 28}


def crystal(seed: int, dimension: int, gap: float = 0.0) -> LatticeHamiltonian:
    """Hoppings at random that fall off with distance; a gap pulls the orbitals' levels apart."""
    rng = np.random.default_rng(seed)
    size = 2 + seed % 2
    positions = rng.uniform(0, 1, (size, dimension))
    table = {}
    for cell in itertools.product(range(-1, 2), repeat=dimension):
        if cell < (0,) * dimension:
            continue
        noise = rng.normal(size=(2, size, size)) * 0.8 ** np.abs(cell).sum() / (1 + np.abs(cell).sum())
        matrix = noise[0] + 1j * noise[1]
        levels = gap * np.diag(np.where(np.arange(size) == 0, -1.0, 1.0))
        table[cell] = (matrix + matrix.conj().T) / 2 + levels if not any(cell) else matrix
    return LatticeHamiltonian.from_hoppings(3.0 * np.eye(dimension), table, positions=positions)


def task_of(hamiltonian: LatticeHamiltonian) -> Task:
    columns = Columns(hamiltonian.dimension, moment=True, dipole=True, metric=True)
    return Task(domain_of(hamiltonian), EnergyAxis(np.array(MU), np.array(KELVIN)), columns, pairs=True)


def scan_of(task: Task, collected: Collected) -> Scan:
    return Scan(task, np.array(MU), np.array(KELVIN), collected)


def numbers(scans: dict[str, Scan]) -> dict[str, Observable]:
    """Every observable from the scan that knows its quantity best."""
    made = {}
    for name, scan in scans.items():
        made |= package_observables("response", Report(scan, "", quantities=(name,)))
    derived = ("mott_nernst_conductivity", "pair_magnetization", "nonlinear_hall_coefficient")
    return {
        name: one
        for name, one in made.items()
        if name not in derived and not name.startswith("quantum_metric_")
    }


def everything(observables: dict[str, Observable]) -> tuple[np.ndarray, np.ndarray]:
    """Values and uncertainties of all of them behind each other."""
    parts = ([o.value for o in observables.values()], [o.uncertainty for o in observables.values()])
    values, errors = (np.concatenate([np.ravel(np.asarray(one)) for one in part]) for part in parts)
    return values, errors


@cache
def truth(seed: int, dimension: int, gap: float) -> tuple[np.ndarray, np.ndarray]:
    """Values of a fine mesh, extrapolated where it is linear over cells, and what they may be off: what that moved, too."""
    task, mesh = task_of(crystal(seed, dimension, gap)), FINE[dimension]
    fine, coarse = (on_shifted_meshes(task, n, in_order=on_threads(2)) for n in (mesh, mesh // 2))
    fine = replace(fine, coarser=coarse)
    return everything(numbers(dict.fromkeys(QUANTITIES, scan_of(task, fine))))


def pulls(seed: int, dimension: int, gap: float, method: str, points: int, target: float) -> np.ndarray:
    """(value − converged)/uncertainty of every number that is converged to a third of that or better."""
    task = task_of(crystal(seed, dimension, gap))
    wanted = Response(
        chemical_potential=list(MU), temperature=list(KELVIN), quantities=list(QUANTITIES), uncertainty=target,
        points=points, method=method,
    )  # fmt: skip
    targets = targets_of(task, wanted, -1.0, {})
    found = converge(
        lambda some: scan_of(task, some), task, targets, Limits(points, method, None, on_threads(2))
    )
    values, errors = everything(numbers({name: found.best(name)[0] for name in QUANTITIES}))
    exact, doubt = truth(seed, dimension, gap)
    # Below 1e-17 there are tails of f alone, which end where f differs from 0 by less than rounding.
    known = (doubt <= 0.34 * np.maximum(errors, np.abs(values - exact))) & (np.abs(exact) > 1e-17)
    return np.abs(values - exact)[known] / errors[known]


KINDS = {
    "metal 2D, meshes": (2, 0.0, "uniform", 1500, 1e-9),
    "metal 2D, cells": (2, 0.0, "adaptive", 2500, 1e-9),
    "metal 2D, to a target of 2 %": (2, 0.0, "auto", 5000, 0.02),
    "insulator 2D, meshes": (2, 4.0, "uniform", 1500, 1e-9),
    "metal 3D, meshes": (3, 0.0, "uniform", 4000, 1e-9),
    "metal 3D, cells": (3, 0.0, "adaptive", 4000, 1e-9),
}


def of_kind(name: str, crystals: int) -> np.ndarray:
    """All pulls of random crystals of a kind."""
    return np.concatenate([pulls(seed, *KINDS[name]) for seed in range(crystals)])


@pytest.mark.parametrize("name", KINDS)
def test_uncertainties_of_the_response_cover_the_truth(name, trials):
    """Numbers of one crystal err together, so that of 95 % on average fewer may be inside in one of two crystals."""
    found = of_kind(name, trials(1, 2))
    assert len(found) > 20
    assert np.mean(found <= 1) >= 0.9
    assert found.max() < 5


def main() -> None:
    """Print the table."""
    print(
        "| response | numbers | residuals over uncertainty: variance | inside | largest |\n|---|---|---|---|---|"
    )
    for name in KINDS:
        found = of_kind(name, 8 if KINDS[name][0] == 2 else 3)
        inside = np.mean(found <= 1)
        print(
            f"| {name} | {found.size} | {np.mean(found**2):.2f} | {inside:.0%} | {found.max():.1f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
