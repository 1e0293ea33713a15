"""Frequencies of quantum oscillations among the observables of a run, where they are asked for."""

import json

import numpy as np
import pytest

import wavepacket
from tests.cases import plain
from wavepacket.analysis import analyze
from wavepacket.config import config_from_mapping
from wavepacket.errors import InputError
from wavepacket.units import E_OVER_HBAR, ELECTRON_MASS, HBAR

pytestmark = pytest.mark.physics

MASSES, MU = (0.2, 0.3), 0.05


@pytest.fixture(scope="module")
def config():
    """A band of masses 0.2 and 0.3 m_e in B, with few packets."""
    return {
        "name": "layer",
        "model": {"name": "parabolic_band", "mass_x": MASSES[0], "mass_y": MASSES[1], "cutoff": 0.2},
        "band": 0,
        "fields": {"magnetic": [0, 0, 5.0]},
        "ensemble": {"kind": "fermi_surface", "chemical_potential": MU, "temperature": 100.0, "grid": [20, 20],
                     "field_reversal": False},
        "scattering": {"relaxation_time": 20.0}, "output": {"trajectories": 0},
    }  # fmt: skip


def test_onsager(config, tmp_path, capsys):
    """F = ħ A/2πe with A = π k_x k_y, m_c = √(m_x m_y), γ = ½; not there unless somebody asks."""
    from wavepacket.cli.analyze import analyze as command

    run = wavepacket.run(config_from_mapping(plain(config)), tmp_path / "run")
    assert not [name for name in analyze(run) if "oscillation" in name]
    names = ["oscillation_frequencies", "oscillation_masses", "oscillation_phases"]
    found = analyze(run, also=names)
    frequency = found["oscillation_frequencies"]
    root = np.sqrt(MASSES[0] * MASSES[1])
    exact = (2 * MU * ELECTRON_MASS * root / HBAR**2) / (2 * E_OVER_HBAR)
    assert abs(frequency.value["b0_1"] - exact) <= frequency.uncertainty["b0_1"] + 1e-12 * exact
    assert frequency.uncertainty["b0_1"] < 1e-6 * exact
    assert frequency.unit == "T"
    assert found["oscillation_masses"].value["b0_1"] == pytest.approx(root, rel=1e-9)
    assert found["oscillation_phases"].value["b0_1"] == pytest.approx(0.5, abs=1e-9)
    with pytest.raises(InputError, match="'no_such'"):
        analyze(run, also=["no_such"])
    command.main([str(run.folder), "-o", names[0]], standalone_mode=False)
    assert f"{names[0]}: b0_1 {exact:.5g}"[:-1] in capsys.readouterr().out
    command.main([str(run.folder), "-o", names[0], "--json"], standalone_mode=False)
    said = json.loads(capsys.readouterr().out)["observables"][names[0]]
    assert said["value"]["b0_1"] == pytest.approx(exact)


def test_a_headline_asks_for_them(config, tmp_path):
    """In a sweep of B each point has them; without B there are none."""
    asked = config | {"headline": ["oscillation_frequencies.b0_1"]}
    done = wavepacket.sweep(asked, {"fields.magnetic.z": "0,5 T"}, tmp_path / "s")
    values = done.values("oscillation_frequencies", "b0_1")[0]
    assert np.isnan(values[0])
    assert values[1] == pytest.approx(
        MU * ELECTRON_MASS * np.sqrt(MASSES[0] * MASSES[1]) / HBAR**2 / E_OVER_HBAR
    )
