"""Cells where a band varies along one direction only, across the axes of the zone: the uncertainty covers the truth."""

import numpy as np
import pytest

import wavepacket
from wavepacket.hamiltonians import LatticeHamiltonian
from wavepacket.units import BOLTZMANN


def exact(mu, kelvin):
    """States of ε = −2 cos t, t uniform, in each cell, and their density, 1/eV: sums over t converge exponentially."""
    t = (np.arange(4000) + 0.5) * np.pi / 4000
    f = 1 / (np.exp((-2 * np.cos(t) - mu) / (BOLTZMANN * kelvin)) + 1)
    return f.mean(), (f * (1 - f)).mean() / (BOLTZMANN * kelvin)


@pytest.mark.parametrize("cell", [(1, 2), (2, 1)])
def test_cells_of_small_errors_do_not_err_alike(cell):
    """Cells were left where the cut of the Fermi surface makes their error small, in all replicas the same ones.

    Of 4000 points: n and its slope were off by up to 4.3 uncertainties, of which 95 % cover the truth.
    """
    crystal = LatticeHamiltonian.from_hoppings(
        3.0 * np.eye(2), {(0, 0): [[0.0]], cell: [[-1.0]]}, positions=np.zeros((1, 2))
    )
    pulls = []
    for mu in (-0.93, -0.31, 0.2):
        wanted = {
            "chemical_potential": [mu], "temperature": [600.0], "quantities": ["density"], "method": "adaptive",
            "points": 4000, "uncertainty": 1e-9,
        }  # fmt: skip
        found = wavepacket.response(wanted, hamiltonian=crystal, threads=1)
        for name, true in zip(("electron_density", "density_of_states"), exact(mu, 600.0), strict=True):
            value, error = (
                9 * np.asarray(part)[0, 0] for part in (found[name].value, found[name].uncertainty)
            )
            assert error < 0.2 * true
            pulls.append(abs(value - true) / error)
    assert max(pulls) < 1
