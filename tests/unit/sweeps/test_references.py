"""References against closed forms written here, and their curves through a sweep."""

import numpy as np
import pytest
from scipy.integrate import quad

from wavepacket.config import config_from_mapping
from wavepacket.errors import ConfigError
from wavepacket.sweeps.references import references
from wavepacket.units import BOLTZMANN, ELECTRON_MASS, HBAR, PLANCK, SIEMENS_PER_CENTIMETRE

TESLA = 1e-5  # V fs/Å²
SURFACE = {"kind": "fermi_surface", "chemical_potential": 0.02, "temperature": 100.0, "grid": [8, 8]}


def config(model, reference, *, ensemble, magnetic=(0.0, 0.0, 0.0), scattering=None, **more):
    return config_from_mapping(
        {
            "name": "c", "model": model, "band": more.pop("band", 0), "fields": {"magnetic": list(magnetic)},
            "ensemble": ensemble, "scattering": scattering or {"relaxation_time": 100.0}, "reference": reference, **more,
        }
    )  # fmt: skip


def values(made):
    return references([made])[0]


FREE = {"name": "parabolic_band", "mass_x": 0.1, "mass_y": 0.1, "cutoff": 0.3}


class TestDrudeHall:
    def test_two_dimensions(self):
        """n = (m kT/2πħ²) ln(1 + e^{μ/kT}) for one spin, σ_xx = nτ/m /(1 + (ω_cτ)²), σ_xy = −ω_cτ σ_xx for electrons."""
        mass, heat = 0.1 * ELECTRON_MASS, BOLTZMANN * 100.0
        found = values(config(FREE, "drude_hall", ensemble=SURFACE, magnetic=[0, 0, 3.0]))
        number = mass * heat / (2 * np.pi * HBAR**2) * np.log1p(np.exp(0.02 / heat))
        assert found["carrier_density"].value == pytest.approx(number, rel=1e-9)
        turns = 3.0 * TESLA / mass * 100.0
        along = PLANCK * number * 100.0 / mass / (1 + turns**2)
        expected = along * np.array([[1, -turns, 0], [turns, 1, 0], [0, 0, 0]])
        np.testing.assert_allclose(found["conductivity"].value, expected, rtol=1e-9, atol=1e-15)
        # Å² in m² over C.
        assert found["hall_coefficient"].value == pytest.approx(-1e-20 / (number * 1.602176634e-19), rel=1e-9)

    def test_three_dimensions_cold(self):
        """n = k_F³/6π² for one spin; an anisotropic mass carries σ_a = nτ/m_a."""
        model = FREE | {"mass_y": 0.4, "mass_z": 0.9, "dimension": 3}
        cold = SURFACE | {"temperature": 0.01, "grid": [8, 8, 8]}
        found = values(config(model, "drude_hall", ensemble=cold))
        masses = np.array([0.1, 0.4, 0.9]) * ELECTRON_MASS
        number = np.prod(np.sqrt(2 * masses * 0.02) / HBAR) / (6 * np.pi**2)
        assert found["carrier_density"].value == pytest.approx(number, rel=1e-6)
        expected = np.diag(number * 100.0 / masses) * SIEMENS_PER_CENTIMETRE
        np.testing.assert_allclose(found["conductivity"].value, expected, rtol=1e-6, atol=1e-12)

    @pytest.mark.parametrize("depth", [20.0, 37.0, 41.0, 300.0])
    def test_below_the_band(self, depth):
        """A band that only the tail of f reaches: n = (m kT/2πħ²) ln(1 + e^{−depth})."""
        mass, heat = 0.1 * ELECTRON_MASS, BOLTZMANN * 100.0
        found = values(config(FREE, "drude_hall", ensemble=SURFACE | {"chemical_potential": -depth * heat}))
        number = mass * heat / (2 * np.pi * HBAR**2) * np.log1p(np.exp(-depth))
        # exp of a sum of numbers up to ``depth`` is as exact as their rounding.
        assert found["carrier_density"].value == pytest.approx(number, rel=1e-9, abs=0)

    def test_at_a_frequency(self):
        """σ(ω) = σ(0)/(1 − iωτ)."""
        still = values(config(FREE, "drude_hall", ensemble=SURFACE))["conductivity"].value
        wave = {"relaxation_time": 100.0, "frequency": 0.02}
        moved = values(config(FREE, "drude_hall", ensemble=SURFACE, scattering=wave))["conductivity"].value
        np.testing.assert_allclose(moved["real"] + 1j * moved["imaginary"], still / (1 - 2j), rtol=1e-12)

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"model": {"name": "haldane"}}, "is for the model parabolic_band"),
            ({"scattering": {"relaxation_time": 1.0, "energy": {"exponent": 1, "unit": 1.0}}}, "one relaxation time"),
            ({"ensemble": SURFACE | {"kind": "fermi_dirac"}}, "fermi_surface"),
            ({"model": FREE | {"mass_x": -0.1, "mass_y": -0.1}}, "positive masses"),
        ],
    )  # fmt: skip
    def test_what_it_is_not_for(self, changes, sentence):
        keys = {"model": FREE, "ensemble": SURFACE, **changes}
        with pytest.raises(ConfigError, match=sentence):
            values(config(keys.pop("model"), "drude_hall", **keys))


NODE = {"name": "weyl_node", "velocity": 5.0}
COLD = SURFACE | {"chemical_potential": 0.2, "temperature": 1e-3, "grid": [8, 8, 8]}
UNIT = TESLA**2 * (5.0 / HBAR) ** 3 / (8 * np.pi**2 * HBAR * 0.04)
"""e⁴v³τB²/8π²ħμ² per B² (T²) and τ."""


class TestWeylNodes:
    def tensor(self, magnetic, **times):
        made = config(
            NODE, "weyl_nodes", ensemble=COLD, band=1, magnetic=magnetic, scattering=times,
            valleys={"W": [0, 0, 0]},
        )  # fmt: skip
        return values(made)["conductivity"].value / SIEMENS_PER_CENTIMETRE

    def test_without_a_field(self):
        """One third of v²τ times the density of states ε²/2π²(ħv)³."""
        expected = (5.0 / HBAR) ** 2 * 30.0 / 3 * 0.04 / (2 * np.pi**2 * 5.0**3)
        np.testing.assert_allclose(
            self.tensor([0, 0, 0], relaxation_time=30.0), expected * np.eye(3), rtol=1e-6, atol=1e-12
        )

    def test_coefficients(self):
        """4/15 along B and −2/15 across it, of e⁴v³τB²/8π²ħμ²; so short a τ bends no orbit."""
        tau = 1e-4
        change = self.tensor([0, 0, 2.0], relaxation_time=tau) - self.tensor([0, 0, 0], relaxation_time=tau)
        unit = 4.0 * tau * UNIT
        assert change[2, 2] == pytest.approx(4 / 15 * unit, rel=1e-4)
        # (ω_cτ)² of the conductivity without a field comes on top: 5e-6 of the unit at this τ.
        assert change[0, 0] == pytest.approx(-2 / 15 * unit, rel=1e-3)

    def test_between_nodes(self):
        """Son and Spivak: e⁴v³τ_vB²/8π²ħμ² along B, in place of the time of all collisions."""
        both = 20.0 * 4000 / 4020
        plain = self.tensor([0, 1.2, 1.6], relaxation_time=both)
        slow = self.tensor([0, 1.2, 1.6], relaxation_time=20.0, intervalley_time=4000.0)
        direction = np.array([0, 0.6, 0.8])
        expected = 4.0 * (4000 - both) * UNIT * np.outer(direction, direction)
        np.testing.assert_allclose(slow - plain, expected, rtol=1e-6, atol=1e-9 * expected.max())

    def test_both_nodes_of_a_lattice(self):
        lattice = config(
            {"name": "weyl_lattice", "hopping": 1.25}, "weyl_nodes", ensemble=COLD, band=1, magnetic=[1, 0, 2.0],
            scattering={"relaxation_time": 20.0},
        )  # fmt: skip
        single = self.tensor([1, 0, 2.0], relaxation_time=20.0) * SIEMENS_PER_CENTIMETRE
        np.testing.assert_allclose(values(lattice)["conductivity"].value, 2 * single, rtol=1e-9)

    @pytest.mark.parametrize(
        ("model", "band", "sentence"),
        [
            ({"name": "weyl_lattice", "tilt": 0.2}, 1, "isotropic"),
            ({"name": "weyl_lattice", "node": 1.0}, 1, "isotropic"),
            ({"name": "weyl_lattice"}, 0, "band 1"),
        ],
    )
    def test_what_it_is_not_for(self, model, band, sentence):
        with pytest.raises(ConfigError, match=sentence):
            values(config(model, "weyl_nodes", ensemble=COLD, band=band))


SPEED, MASS, TILT = 3.0, 0.05, 0.02
TILTED = {
    "kp": [
        {"powers": [1, 0], "matrix": [[TILT, SPEED], [SPEED, TILT]]},
        {"powers": [0, 1], "matrix": [[0, [0, -SPEED]], [[0, SPEED], 0]]},
        {"powers": [0, 0], "matrix": [[MASS, 0], [0, -MASS]]},
    ],
    "dimension": 2,
    "length_scale": 10.0,
    "cutoff": 0.08,
}
OCCUPIED = SURFACE | {"kind": "fermi_dirac", "temperature": 60.0}


class TestZoneIntegrals:
    def test_hall_conductivity_of_one_band(self):
        """−(1/2π) ∫ f Ω d²k of the upper band alone, e²/h, to the second order of the small tilt."""
        levels = [0.04, 0.09, 0.06]
        made = [
            config(TILTED, "zone_integrals", ensemble=OCCUPIED | {"chemical_potential": level}, band=1)
            for level in levels
        ]
        for level, found in zip(levels, references(made), strict=True):

            def integrand(k, level=level):
                split = np.hypot(SPEED * k, MASS)
                x = min((split - level) / (BOLTZMANN * 60.0), 700.0)
                return k * SPEED**2 * MASS / (2 * split**3) / (1 + np.exp(x))

            expected = quad(integrand, 0, 0.08, epsrel=1e-10)[0]
            hall = found["hall_conductivity"]
            assert hall.value == pytest.approx(expected, rel=3e-3)
            assert hall.uncertainty < 3e-3 * abs(expected)

    def test_current_of_second_order(self):
        """j_y = −(e³τ/ħ²) D_xz E_x² 1/(1 − iωτ), with the dipole (3α/8π) m(μ² − m²)/μ⁴ of a small tilt at T = 0."""
        cold = SURFACE | {"chemical_potential": 0.09, "temperature": 40.0}
        wave = {"relaxation_time": 40.0, "frequency": 0.01}
        found = values(config(TILTED, "zone_integrals", ensemble=cold, band=1, scattering=wave))
        chi, error = (getattr(found["nonlinear_hall_conductivity"], key) for key in ("value", "uncertainty"))
        dipole = 3 * TILT / (8 * np.pi) * MASS * (0.09**2 - MASS**2) / 0.09**4
        size = PLANCK * 40.0 / HBAR**2 * dipole
        total = chi["real"][1, 0, 0] + 1j * chi["imaginary"][1, 0, 0]
        assert abs(total * (1 - 0.4j)) == pytest.approx(size, rel=0.02)
        assert (total * (1 - 0.4j)).imag == pytest.approx(0.0, abs=1e-9 * size)
        assert chi["real"][0, 0, 0] == 0.0
        assert 0 < error["real"][1, 0, 0] < 1e-2 * size

    def test_what_it_is_not_for(self):
        with pytest.raises(ConfigError, match="without a magnetic field"):
            values(config(TILTED, "zone_integrals", ensemble=OCCUPIED, magnetic=[0, 0, 1.0]))
        followed = {"index": 0, "follow": "character"}
        with pytest.raises(
            ConfigError, match=r"band.follow: reference zone_integrals counts bands by their index"
        ):
            values(config(TILTED, "zone_integrals", ensemble=OCCUPIED, band=followed))
