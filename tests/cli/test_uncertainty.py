"""As many packets as a stated uncertainty needs."""

import pytest

CONFIG = """
name: metal
model: {name: parabolic_band, mass_x: 0.1, mass_y: 0.1, cutoff: 0.08}
band: 0
ensemble: {kind: fermi_surface, chemical_potential: 0.02, temperature: 100 K, number: 400}
scattering: {relaxation_time: 100 fs}
integrator: {tolerance: 1e-6}
output: {trajectories: 0}
"""


def test_packets_grow_until_the_uncertainty_is_met(wavepacket, tmp_path):
    (tmp_path / "metal.yaml").write_text(CONFIG)
    result = wavepacket("run", tmp_path / "metal.yaml", "-o", "run", "--json", "-q", "--uncertainty", "3e-3")
    assert result.code == 0, result.err
    sigma = result.observables["conductivity"]
    error = max(max(abs(x) for x in row) for row in sigma["uncertainty"])
    assert error <= 3e-3 * sigma["value"][0][0]
    assert "400 points: relative uncertainty of conductivity" in result.err
    # n e²τ/m is what it converges to: n is counted by the same points.
    assert sigma["value"][0][0] == pytest.approx(sigma["value"][1][1], abs=6 * error)


def test_an_ensemble_that_cannot_grow_is_named(wavepacket, configs):
    result = wavepacket("run", configs / "cyclotron.yaml", "-o", "run", "-q", "--uncertainty", "1e-3")
    assert result.code == 2
    assert "uncertainty" in result.err
