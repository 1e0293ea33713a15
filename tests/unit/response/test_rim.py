"""A response of a k·p model says what lies beyond its cutoff."""

import numpy as np
import pytest

from wavepacket.config import config_from_mapping
from wavepacket.hamiltonians import haldane, massive_dirac
from wavepacket.response import response
from wavepacket.response.domain import domain_of
from wavepacket.response.rim import beyond_cutoff, thermal_edge_beyond
from wavepacket.units import BOLTZMANN

EDGE = np.hypot(0.1, 6.0 * 0.2)  # eV, of both bands at the cutoff


@pytest.mark.parametrize("mu", [0.9, 1.1, -1.1, 1.4])
def test_it_is_the_occupation_beyond(mu):
    """Of the upper band f at the cutoff, of the lower one 1 − f: the larger of both, also where μ is beyond."""
    found = thermal_edge_beyond(
        domain_of(massive_dirac(velocity=6.0, mass=0.1, cutoff=0.2)), np.array([mu]), np.array([600.0])
    )
    assert found[0, 0] == pytest.approx(1 / (np.exp((EDGE - abs(mu)) / (BOLTZMANN * 600.0)) + 1), rel=1e-9)


def test_a_response_says_so_above_a_thousandth():
    sections = {
        "name": "x", "model": {"name": "massive_dirac", "velocity": 6.0, "mass": 0.1, "cutoff": 0.2},
        "response": {"chemical_potential": [0.2, 1.0], "temperature": 600.0, "quantities": ["density"], "points": 4000},
    }  # fmt: skip
    said = [
        line for line in response(config_from_mapping(sections), threads=1).warnings if "model.cutoff" in line
    ]
    assert len(said) == 1
    assert "mu = 1 eV, T = 600 K" in said[0]
    assert not beyond_cutoff(
        domain_of(massive_dirac(velocity=6.0, mass=0.1, cutoff=0.2)), np.array([0.8]), np.array([600.0])
    )
    assert not beyond_cutoff(domain_of(haldane()), np.array([0.8]), np.array([600.0]))
