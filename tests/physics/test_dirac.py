"""Massive Dirac electrons: transverse motion in closed form, opposite valleys, the exact Schrödinger evolution."""

import numpy as np
import pytest

from tests.cases import problem, run, velocities
from tests.reference.schroedinger import evolve
from wavepacket.bands import band
from wavepacket.hamiltonians import haldane, massive_dirac
from wavepacket.units import HBAR

pytestmark = pytest.mark.physics

SPEED, MASS = 6.0, 0.15  # ħv in eV Å, Δ in eV


def transverse_displacement(k, k0, mass, valley, sign, force):
    """y(k_x) for a force along x and band sign s = ±1: s v k_y ∫dk_x/√… /k̇ plus ∫Ω dk_x, with M² = Δ² + (ħv k_y)².

    ∫Ω dk_x = −sτ (ħv)² Δ/(2M²) · k_x/√(M² + (ħv k_x)²) at fixed k_y; ∫v_y dt = s ħv k_y/F · asinh(ħv k_x/M).
    """
    reduced = np.sqrt(mass**2 + (SPEED * k0[1]) ** 2)

    def primitive(x):
        energy = np.sqrt(reduced**2 + (SPEED * x) ** 2)
        anomalous = -sign * valley * SPEED**2 * mass / (2 * reduced**2) * x / energy
        ordinary = sign * SPEED * k0[1] / force * np.arcsinh(SPEED * x / reduced)
        return anomalous, ordinary

    return [late - early for late, early in zip(primitive(k), primitive(k0[0]), strict=True)]


@pytest.mark.parametrize("charge", [-1.0, 1.0])
@pytest.mark.parametrize("index", [0, 1])
@pytest.mark.parametrize("valley", [1, -1])
def test_transverse_displacement(valley, index, charge):
    field, k0 = 2e-4, np.array([-0.03, 0.01, 0.0])
    made = problem(
        {"name": "massive_dirac", "velocity": SPEED, "mass": MASS, "valley": valley}, band=index,
        wavevectors=[k0, [0.02, 0.0, 0.0]], electric=[field, 0, 0], charge=charge, end=150.0, saves=31,
    )  # fmt: skip
    block, sign = run(made), 2 * index - 1
    for n, start in enumerate(block.wavevector[:, 0]):
        anomalous, ordinary = transverse_displacement(
            block.wavevector[n, :, 0], start, MASS, valley, sign, charge * field
        )
        np.testing.assert_allclose(block.position[n, :, 1], anomalous + ordinary, rtol=0, atol=1e-9)
        assert np.abs(anomalous).max() > 1.0
        if not start[1]:
            assert not np.any(ordinary)


def test_valleys_are_opposite():
    """Time reversal: at mirrored starts in the two valleys the transverse displacement is opposite."""
    paths = {}
    for valley in (1, -1):
        made = problem(
            {"name": "massive_dirac", "valley": valley},
            band=1,
            wavevectors=[[0.01, 0, 0]],
            electric=[2e-4, 0, 0],
            end=100.0,
        )
        paths[valley] = run(made).position[0]
    np.testing.assert_allclose(paths[1][:, 1], -paths[-1][:, 1], rtol=1e-12)
    np.testing.assert_allclose(paths[1][:, 0], paths[-1][:, 0], rtol=1e-12)
    assert abs(paths[1][-1, 1]) > 1.0


class TestSchroedinger:
    """The packet's velocity against ⟨ψ|∂H/ħ∂k|ψ⟩ of a state carried along k(t) by iħ∂ψ = Hψ under a smooth ramp."""

    RAMP, END = 60.0, 80.0

    def exact_and_semiclassical(self, model, crystal, index, k0, field):
        term = {"kind": "ramp", "amplitude": field, "start": 0.0, "duration": self.RAMP}
        made = problem(
            model, band=index, wavevectors=[k0], fields={"electric": [term]}, end=self.END, saves=81
        )
        block = run(made)

        def path(t):
            x = min(t / self.RAMP, 1.0)
            impulse = self.RAMP * (x**6 - 3 * x**5 + 2.5 * x**4) + max(t - self.RAMP, 0.0)
            return np.asarray(k0) - np.asarray(field) * impulse / HBAR

        times = np.linspace(0, self.END, 8001)
        k, exact = evolve(crystal, index, path, times)
        np.testing.assert_allclose(block.wavevector[0], k[::100], rtol=0, atol=1e-10)
        ordinary = band(crystal, index).geometry(k[::100]).group_velocity
        return exact[::100] - ordinary, velocities(made)[0] - ordinary

    @pytest.mark.parametrize("valley", [1, -1])
    @pytest.mark.parametrize("index", [0, 1])
    def test_anomalous_velocity_of_a_dirac_electron(self, valley, index):
        """The sign, and the size to the first order in the field: corrections are of order (F·A/gap)² and of the ramp."""
        model = {"name": "massive_dirac", "velocity": SPEED, "mass": 0.3, "valley": valley}
        crystal = massive_dirac(velocity=SPEED, mass=0.3, valley=valley)
        exact, found = self.exact_and_semiclassical(model, crystal, index, [0.01, 0.005, 0], [5e-5, 0.0, 0.0])
        late = slice(65, None)
        assert np.abs(found[late, 1]).min() > 1e-4
        np.testing.assert_allclose(exact[late, 1], found[late, 1], rtol=2e-3)

    def test_anomalous_velocity_on_a_lattice(self):
        model, crystal = {"name": "haldane", "t2": 0.2, "staggered": 0.2}, haldane(t2=0.2, staggered=0.2)
        exact, found = self.exact_and_semiclassical(model, crystal, 0, [0.9, 0.7, 0.0], [1e-4, 1e-4, 0.0])
        late = slice(65, None)
        across = found[late] @ [1, -1, 0]
        np.testing.assert_allclose(
            exact[late] @ [1, -1, 0], across, rtol=5e-3, atol=2e-3 * np.abs(across).max()
        )
        assert np.abs(across).min() > 1e-5
