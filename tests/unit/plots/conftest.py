"""Paths that a uniform field makes, and maps to draw them on; small, for all tests of figures."""

import numpy as np
import pytest

from wavepacket.bands import band
from wavepacket.bandstructure.maps import zone_map
from wavepacket.hamiltonians import cosine_band, gapped_graphene, weyl_lattice
from wavepacket.units import HBAR


class Run:
    """Packets of an electron band in E ∥ x: k moves at −eE/ħ, r by the midpoint rule of the group velocity."""

    def __init__(self, source, n, saves=41, end=400.0, field=2e-3):
        rng = np.random.default_rng(5)
        self.time = np.linspace(0.0, end, saves)
        start = rng.normal(size=(n, 1, 3)) * 0.1
        start[..., source.hamiltonian.dimension :] = 0.0
        drift = np.zeros((saves, 3))
        drift[:, 0] = -field * self.time / HBAR
        self.wavevector = start + drift
        middle = (self.wavevector[:, 1:] + self.wavevector[:, :-1]) / 2
        velocity = source.geometry(middle.reshape(-1, 3)).group_velocity.reshape(n, saves - 1, 3)
        steps = velocity * (self.time[1] - self.time[0])
        self.position = np.concatenate([np.zeros((n, 1, 3)), np.cumsum(steps, axis=1)], axis=1)
        self.valley = np.arange(n) % 2


@pytest.fixture(scope="session")
def graphene():
    return band(gapped_graphene(), 1)


@pytest.fixture(scope="session")
def graphene_map(graphene):
    return zone_map(graphene, "berry_curvature", 60)


@pytest.fixture(scope="session")
def weyl_map():
    return zone_map(band(weyl_lattice(), 1), "berry_curvature", 40, plane="xz")


@pytest.fixture(scope="session")
def chain_map():
    return zone_map(band(cosine_band(), 0), "energy", 101)


@pytest.fixture
def run(graphene):
    return Run(graphene, 12)


@pytest.fixture
def weyl_run():
    return Run(band(weyl_lattice(), 1), 6)


@pytest.fixture
def chain_run():
    return Run(band(cosine_band(), 0), 4, end=3000.0, field=1e-3)
