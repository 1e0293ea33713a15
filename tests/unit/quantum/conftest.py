"""Small exact packets from a few keywords."""

import numpy as np
import pytest

from tests.cases import plain
from wavepacket.config import config_from_mapping
from wavepacket.hamiltonians import build_hamiltonian
from wavepacket.quantum import build_setting
from wavepacket.units import E_OVER_HBAR

CHAIN = {"lattice": [[1.0]], "hoppings": [{"cell": [1], "matrix": [[-0.5]]}]}
SQUARE = {
    "lattice": [[1.0, 0.0], [0.0, 1.0]],
    "hoppings": [{"cell": [1, 0], "matrix": [[-0.5]]}, {"cell": [0, 1], "matrix": [[-0.5]]}],
}


def tesla(reduced_field):
    """B in T from qB/ħ (1/Å²) for charge −e."""
    return (-np.asarray(reduced_field) / E_OVER_HBAR).tolist()


@pytest.fixture
def quantum_config():
    def make(model, sites, **sections):
        mapping = {
            "version": 1,
            "name": "test",
            "model": model,
            "band": 0,
            "ensemble": {"kind": "gaussian", "center": [0.0], "width": 0.1, "number": 256, "replicas": 2},
            "time": {"end": 5.0, "saves": 6},
            "quantum": {"sites": sites},
        }
        return config_from_mapping(plain({**mapping, **sections}))

    return make


@pytest.fixture
def setting(quantum_config):
    def make(model, sites, **sections):
        config = quantum_config(model, sites, **sections)
        return build_setting(config, build_hamiltonian(config))

    return make
