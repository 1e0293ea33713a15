"""Hall conductivity of an 18-band ferromagnet at 300 K, to two targets; and points of a table that symmetry saves.

``python -m benchmarks.ferromagnet [TARGET ...]``, by default 0.05 and 0.02, from the root of the repository.
"""

import sys
import time
from dataclasses import replace

import numpy as np

import wavepacket
from tests.reference.slater_koster import ferromagnet
from wavepacket.bands import band
from wavepacket.bands.table_samples import Sampler, sample_grid
from wavepacket.bands.table_symmetry import images_on_grid
from wavepacket.hamiltonians import LatticeHamiltonian, from_fermi_level
from wavepacket.hamiltonians.operations import generated, read_operation

TETRAGONAL = ("-y, x, z", "-x, -y, -z", "x, -y, -z, T")
_GRID = 40


def hall(crystal: LatticeHamiltonian, target: float) -> None:
    """Print the conductivity at the Fermi level with its uncertainty, and what it took."""
    wall, processor = time.perf_counter(), time.process_time()
    keys = {"chemical_potential": [0.0], "temperature": [300], "uncertainty": target, "points": 1_500_000}
    wanted = {"quantities": ["anomalous_hall_conductivity"]}
    found = wavepacket.response({"response": keys | wanted}, hamiltonian=crystal)
    sigma = found["anomalous_hall_conductivity"]
    value, error = (float(np.asarray(part)[0, 0, 0, 1]) for part in (sigma.value, sigma.uncertainty))
    print(
        f"target {target:g}: sigma_xy {value:.5g} ± {error:.2g} {sigma.unit}, {found.convergence['points']} points, "
        f"{time.perf_counter() - wall:.0f} s, {time.process_time() - processor:.0f} s of processor time"
    )


def table(crystal: LatticeHamiltonian) -> None:
    """Print points and processor time of a table's grid, over the zone and over the part that stands for it."""
    group = generated([read_operation(text) for text in TETRAGONAL])
    symmetric = replace(crystal, operations=np.array([one.in_time for one in group]))
    points, seconds = (_GRID,) * 3, []
    for one in (crystal, symmetric):
        sampler = Sampler(band(one, 5, source="direct"))
        sampler.values(np.zeros((1, 3)))
        begin = time.process_time()
        sample_grid(sampler, points, 1, print)
        seconds.append(time.process_time() - begin)
    images = images_on_grid(symmetric, points, sampler.values)
    assert images is not None
    size = _GRID**3
    print(
        f"table of {_GRID}^3 points: {len(images.chosen)} stand for {size} ({size / len(images.chosen):.1f} times fewer), "
        f"{seconds[1]:.2g} s for {seconds[0]:.2g} s"
    )


if __name__ == "__main__":
    metal = from_fermi_level(ferromagnet(), 8.0)
    table(metal)
    for goal in map(float, sys.argv[1:] or ("0.05", "0.02")):
        hall(metal, goal)
