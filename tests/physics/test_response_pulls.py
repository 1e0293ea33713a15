"""Uncertainties of `response` cover the truth: random crystals without symmetry, roughly and finely.

Meshes and cells, in two and three dimensions, at T = 0 and above, of metals and of insulators. The converged values are
those of meshes with about twenty times as many points along each axis. `docs/trust.md` has the table that
`python -m tests.physics.test_response_pulls` prints.
"""

import itertools
from collections.abc import Iterator

import numpy as np
import pytest

from wavepacket.config.schema_response import Response
from wavepacket.equilibrium.axis import EnergyAxis
from wavepacket.equilibrium.columns import Columns
from wavepacket.equilibrium.converge import Plan, converge
from wavepacket.equilibrium.domain import domain_of
from wavepacket.equilibrium.observables import Report
from wavepacket.equilibrium.scan import Scan
from wavepacket.equilibrium.uniform import on_shifted_meshes
from wavepacket.equilibrium.wanted import targets_of
from wavepacket.equilibrium.work import Collected, Task
from wavepacket.hamiltonians import LatticeHamiltonian
from wavepacket.observable import Observable

pytestmark = [pytest.mark.physics, pytest.mark.slow]

MU = (-0.9, -0.2, 0.3)
KELVIN = (0.0, 50.0, 600.0)
QUANTITIES = (
    "density", "anomalous_hall_conductivity", "anomalous_nernst_conductivity", "orbital_magnetization",
    "berry_curvature_dipole", "quantum_metric",
)  # fmt: skip
AT_MU = ("density_of_states", "anomalous_nernst_conductivity", "berry_curvature_dipole", "entropy")
"""Densities at μ; the others are sums over filled states."""
FINE = {2: 192, 3: 40}
MESHES = {2: (2_000, 8_000), 3: (8_000, 40_000)}


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


def truth(task: Task, mesh: int) -> Scan:
    """Shifted meshes; where μ cuts cells the error falls as the square of the step, and is extrapolated."""
    fine, coarse = (on_shifted_meshes(task, n, threads=2) for n in (mesh, mesh // 2))
    return scan_of(task, fine), scan_of(task, coarse)


def numbers(report: Report) -> dict[str, Observable]:
    found = [
        *report.density(),
        report.hall(),
        report.nernst(),
        report.magnetization(),
        report.dipole(),
        report.metric(),
    ]
    return {one.name: one for one in found}
