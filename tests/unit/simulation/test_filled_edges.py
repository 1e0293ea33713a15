"""Bands that are filled up to where a model or an ensemble ends: no current through that edge is one of the crystal."""

import numpy as np
import pytest

import wavepacket
from wavepacket.bands import band
from wavepacket.config import config_from_mapping
from wavepacket.ensembles import filled_at_edge
from wavepacket.errors import ConfigError
from wavepacket.hamiltonians import massive_dirac
from wavepacket.simulation import build_problem

DIRAC = {"name": "massive_dirac", "velocity": "6 eV*angstrom", "mass": "0.1 eV", "cutoff": "0.2 1/angstrom"}
HOLES = {  # -H(-k)*
    "kp": [
        {"powers": [1, 0], "matrix": [[0, 6], [6, 0]]},
        {"powers": [0, 1], "matrix": [[0, "6j"], ["-6j", 0]]},
        {"powers": [0, 0], "matrix": [[-0.1, 0], [0, 0.1]]},
    ],
    "cutoff": "0.2 1/angstrom",
}
FIELD = {"electric": ["1e-6 V/angstrom", 0, 0]}


def occupied(kind="fermi_dirac", mu=-0.2, **more):
    return {"kind": kind, "chemical_potential": mu, "temperature": "300 K", "grid": [48, 48]} | more


def config(model=DIRAC, index=0, ensemble=None, **more):
    sections = {"version": 1, "name": "x", "model": model, "band": index, "time": {"end": 1, "saves": 2}}
    return sections | {"ensemble": ensemble or occupied(), "output": {"trajectories": 0}} | more


@pytest.mark.parametrize(
    ("ensemble", "index", "filled"),
    [
        (occupied(), 0, True),
        (occupied(mu=0.2), 1, False),
        (occupied(mu=0.2), 0, True),
        (occupied(mu=-1.3), 0, False),
        (occupied("fermi_surface"), 0, False),
        ({"kind": "filled_band", "grid": [8, 8]}, 1, True),
        (occupied(valley_radius=0.02), 0, False),
        (occupied(valley_radius=0.1), 0, True),
    ],
)
def test_half_of_the_states_at_the_edge_decide(ensemble, index, filled):
    """Energies are ∓1.204 eV at the cutoff, −0.156 eV and −0.608 eV at the edges of the balls."""
    section = config_from_mapping(config(index=index, ensemble=ensemble)).ensemble
    source = band(massive_dirac(velocity=6.0, mass=0.1, cutoff=0.2), index)
    assert filled_at_edge(section, source, [np.zeros(3)]) is filled


def test_a_steady_state_is_refused_and_paths_say_so():
    """It had σ_xx = −40 in place of 5.6 e²/h."""
    steady = config(fields=FIELD, scattering={"relaxation_time": "50 fs"})
    with pytest.raises(ConfigError, match=r"filled up to model\.cutoff.*fermi_surface"):
        build_problem(config_from_mapping(steady))
    said: list[str] = []
    build_problem(config_from_mapping(config(fields=FIELD)), report=said.append)
    assert [line for line in said if "filled up to model.cutoff" in line]
    said.clear()
    build_problem(config_from_mapping(config()), report=said.append)
    build_problem(
        config_from_mapping(config(index=1, ensemble=occupied(mu=0.2), fields=FIELD)), report=said.append
    )
    assert not [line for line in said if "filled" in line]


def test_the_holes_themselves_carry_the_current_of_the_linear_response(tmp_path):
    """σ_xx of the valence band's empty states, and of holes of charge e in the bands of −H(−k)*."""
    times = {"scattering": {"relaxation_time": "50 fs"}}
    linear = config(ensemble=occupied("fermi_surface"), **times)
    steady = config(HOLES, 1, occupied(mu=0.2), charge=1, fields=FIELD, **times)
    found = [
        wavepacket.analyze(wavepacket.run(one, tmp_path / str(i))) for i, one in enumerate((linear, steady))
    ]
    tensor, along = found[0]["conductivity"], found[1]["longitudinal_conductivity"]
    apart = abs(np.asarray(tensor.value)[0, 0] - along.value)
    assert apart <= np.asarray(tensor.uncertainty)[0, 0] + along.uncertainty
    assert apart < 1e-3 * along.value
