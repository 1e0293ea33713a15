"""A k·p model that leaves out occupied states says how many."""

import numpy as np
import pytest

from wavepacket.bands import band
from wavepacket.config import FermiDirac, config_from_mapping
from wavepacket.ensembles import tail_beyond_cutoff
from wavepacket.hamiltonians import haldane, massive_dirac, parabolic_band
from wavepacket.simulation import build_problem
from wavepacket.units import BOLTZMANN, ELECTRON_MASS, HBAR

SECTIONS = {
    "version": 1, "name": "t", "model": {"name": "parabolic_band", "mass_x": "0.1 m_e", "mass_y": "0.1 m_e", "cutoff": 0.05},
    "band": 0, "fields": {"electric": [1e-6, 0]}, "time": {"end": 1, "saves": 2},
    "ensemble": {"kind": "fermi_dirac", "chemical_potential": "90 meV", "temperature": "77 K", "number": 1000},
}  # fmt: skip


def occupation_at_cutoff(mu, temperature):
    """f at ħ²k²/2m of the cutoff."""
    energy = HBAR**2 * 0.05**2 / (2 * 0.1 * ELECTRON_MASS)
    return 1 / (1 + np.exp((energy - mu) / (BOLTZMANN * temperature)))


@pytest.mark.parametrize("temperature", [77.0, 300.0])
def test_it_is_the_occupation_at_the_cutoff(temperature):
    config = config_from_mapping(
        SECTIONS | {"ensemble": SECTIONS["ensemble"] | {"temperature": f"{temperature} K"}}
    )
    crystal = parabolic_band(mass_x=0.1, mass_y=0.1, cutoff=0.05)
    found = tail_beyond_cutoff(config.ensemble, band(crystal, 0))
    assert found == pytest.approx(occupation_at_cutoff(0.09, temperature), rel=1e-6)
    assert tail_beyond_cutoff(config.ensemble, band(haldane(), 0)) == 0.0


@pytest.mark.parametrize(("band_number", "sign"), [(1, 1.0), (0, -1.0)])
@pytest.mark.parametrize("kelvin", [0.0, 300.0])
def test_all_of_the_edge_is_beyond_where_a_band_is_full_at_the_cutoff(band_number, sign, kelvin):
    """A conduction band that rises, with μ above all that it has, and the mirror image of it, which is empty at the rim."""
    crystal = massive_dirac(velocity=6.0, mass=0.1, cutoff=0.2)
    edge = np.hypot(0.1, 6.0 * 0.2)
    for mu in (edge + 0.3, 0.0):
        given = FermiDirac(kind="fermi_dirac", chemical_potential=sign * mu, temperature=kelvin, number=1000)
        expected = 1.0 if mu > edge else 0.0
        # e^(−(μ−ε)/k_BT) is e^(−11.6) at 0.3 eV, and at the edge of 1.2 eV far less.
        assert tail_beyond_cutoff(given, band(crystal, band_number)) == pytest.approx(expected, abs=1e-5)


def test_a_run_says_so():
    said = []
    build_problem(config_from_mapping(SECTIONS), report=said.append)
    (sentence,) = (line for line in said if "model.cutoff" in line)
    assert f"{occupation_at_cutoff(0.09, 77.0):.2g} of the thermal edge" in sentence
    said.clear()
    cold = SECTIONS | {"ensemble": SECTIONS["ensemble"] | {"temperature": "2 K"}}
    build_problem(config_from_mapping(cold), report=said.append)
    assert not [line for line in said if "thermal edge" in line]
