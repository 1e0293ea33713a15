"""Intrinsic response against exact values: Haldane, graphene, Dirac valleys, metals."""

import numpy as np
import pytest

from benchmarks.response import random_metal
from tests.cases import lattice_section
from tests.reference.wannier_text import tb_text
from wavepacket.config import config_from_mapping
from wavepacket.hamiltonians import haldane, kagome, qi_wu_zhang
from wavepacket.response import response
from wavepacket.response.flux import exact_flux
from wavepacket.response.phases import phase_diagram
from wavepacket.units import BOHR_MAGNETON, E2_OVER_H, E_OVER_HBAR

pytestmark = pytest.mark.physics

RASHBA = {
    "kp": [
        {"powers": [2, 0], "matrix": [[10, 0], [0, 10]]},
        {"powers": [0, 2], "matrix": [[10, 0], [0, 10]]},
        {"powers": [0, 1], "matrix": [[0, 1.5], [1.5, 0]]},
        {"powers": [1, 0], "matrix": [[0, "1.5j"], ["-1.5j", 0]]},
        {"powers": [0, 0], "matrix": [[-0.1, 0], [0, 0.1]]},
    ],
    "cutoff": 0.5,
    "length_scale": 5.0,
}


def respond(model, **section):
    return response(config_from_mapping({"name": "x", "model": model, "response": section}), threads=2)


def bond_one(**parameters):
    return {"name": "haldane", "t1": 1.0, "t2": 1 / 3, "lattice_constant": 3**0.5, **parameters}


def per_area(found, name="orbital_magnetization"):
    """M_z (M, T) in (e/ħ) eV per area."""
    area = 3 * 3**0.5 / 2
    return np.asarray(found[name].value)[..., 2] * BOHR_MAGNETON / E_OVER_HBAR / area


def component(observable, a=0, b=1):
    return np.asarray(observable.value)[..., a, b]


class TestHaldane:
    def test_magnetization_of_the_trivial_phase(self):
        parameters = {"staggered": 2.0, "phi": 0.25 * np.pi}
        found = respond(bond_one(**parameters), chemical_potential=[0.0, -0.2], uncertainty=1e-7)
        # Printed to eight decimals; in a trivial gap M does not depend on μ.
        np.testing.assert_allclose(per_area(found)[:, 0], -0.00511647, rtol=0, atol=6e-9)
        np.testing.assert_allclose(per_area(found, "pair_magnetization"), -0.00511647, rtol=0, atol=6e-9)

    def test_magnetization_and_its_slope_in_the_chern_phase(self):
        mu = np.array([-0.6, -0.5878, -0.57])
        parameters = {"staggered": 1.0, "phi": 0.3 * np.pi}
        found = respond(
            bond_one(**parameters), chemical_potential=mu.tolist(), uncertainty=1e-9, method="uniform",
            quantities=["orbital_magnetization", "anomalous_hall_conductivity", "identities"],
        )  # fmt: skip
        magnetization = per_area(found)[:, 0]
        # μ is printed to four digits: half of the last one moves M by (1/2π) 5·10⁻⁵ = 8·10⁻⁶.
        assert magnetization[1] == pytest.approx(-0.025747, abs=8.5e-6)
        np.testing.assert_allclose(np.diff(magnetization) / np.diff(mu), 1 / (2 * np.pi), rtol=0, atol=1e-8)
        np.testing.assert_allclose(found["streda"].value["dM_dmu"], 1.0, rtol=0, atol=1e-8)
        np.testing.assert_allclose(found["streda"].value["dn_dB"], 1.0, rtol=0, atol=1e-8)
        assert found["chern_number"].value == {"1": 1.0}
        assert found["hall_plateau"].value == {"1": -1.0}
        np.testing.assert_allclose(component(found["anomalous_hall_conductivity"]), -1.0, atol=1e-8)

    def test_phase_diagram_has_its_boundary(self):
        axes = {"model.phi": "-150:150:60 deg", "model.staggered": "-0.72:0.72:0.24 eV"}
        section = {"phase_diagram": {"axes": axes}}
        model = {"name": "haldane", "t2": 0.1}
        diagram = phase_diagram(config_from_mapping({"name": "x", "model": model, "response": section}))
        phi = np.radians(diagram.first)[:, None]
        inside = np.abs(diagram.second) < 3 * 3**0.5 * 0.1 * np.abs(np.sin(phi))
        np.testing.assert_array_equal(diagram.chern, np.where(inside, np.sign(np.sin(phi)), 0.0))
        # The ends of its pieces lie on |staggered| = 3√3 t2 |sin φ|, to a hundredth of a step along one of the axes.
        angle, staggered = np.radians(diagram.boundary[..., 0]), np.abs(diagram.boundary[..., 1])
        assert len(angle) > 10
        off = np.abs(staggered - 3 * 3**0.5 * 0.1 * np.abs(np.sin(angle)))
        assert off.max() < max(0.24, 3 * 3**0.5 * 0.1 * np.radians(60)) / 100

    def test_parts_add_up(self):
        found = respond(
            {"name": "haldane", "staggered": 0.2}, chemical_potential=[0.0, 0.5], by_band=True, temperature=[300],
            regions={"around G": {"center": [0, 0], "radius": 0.8}},
        )  # fmt: skip
        total = component(found["anomalous_hall_conductivity"])
        bands = {
            name: part.value for name, part in found["anomalous_hall_conductivity"].contributions.items()
        }
        np.testing.assert_allclose(sum(part[..., 0, 1] for part in bands.values()), total, atol=1e-12)
        valleys = found["valley_hall_conductivity"].value
        both = valleys["K"][..., 0, 1] + valleys["K'"][..., 0, 1]
        # Cells know the parts better, whose borders cut Ω off, and meshes the sum: they agree within both uncertainties.
        errors = found["valley_hall_conductivity"].uncertainty
        error = errors["K"][..., 0, 1] + errors["K'"][..., 0, 1]
        assert np.all(
            np.abs(both - total)
            <= error + np.asarray(found["anomalous_hall_conductivity"].uncertainty)[..., 0, 1]
        )
        assert 0 < abs(valleys["around G"][0, 0, 0, 1]) < 0.5

    def test_the_charge_of_the_carriers(self):
        sections = {"chemical_potential": [-0.5], "temperature": [300], "uncertainty": 1e-2}
        configs = [
            config_from_mapping(
                {"name": "x", "model": {"name": "haldane"}, "charge": charge, "response": sections}
            )
            for charge in (-1.0, 2.0)
        ]
        electrons, others = (response(config, threads=1) for config in configs)
        for name, power in (
            ("anomalous_hall_conductivity", 4), ("orbital_magnetization", -2), ("anomalous_nernst_conductivity", -2)
        ):  # fmt: skip
            np.testing.assert_allclose(
                others[name].value, power * np.asarray(electrons[name].value), atol=1e-18
            )


MODELS = {
    "haldane with identity hoppings": (haldane(t1=1, t2=1 / 3, phi=0.3 * np.pi, staggered=1.0), [-0.5878]),
    "qi_wu_zhang": (qi_wu_zhang(m=-1.2), [0.1]),
    "kagome": (kagome(), [-0.6]),
}


@pytest.mark.parametrize("name", MODELS)
def test_exact_spectrum_at_flux_one_sixtieth(name):
    crystal, mu = MODELS[name]
    found = respond(
        lattice_section(crystal), chemical_potential=mu, uncertainty=1e-4,
        quantities=["orbital_magnetization", "identities", "anomalous_hall_conductivity"],
    )  # fmt: skip
    magnetization, states = exact_flux(crystal, np.array(mu), np.zeros(1), 60, threads=2)
    mine = np.asarray(found["orbital_magnetization"].value)[0, 0, 2]
    assert magnetization.value[0, 0] == pytest.approx(mine, rel=0.01)
    assert states.value[0, 0] == pytest.approx(found["streda"].value["dn_dB"][0, 0], abs=1e-2)


class TestGraphene:
    def test_valley_centre(self):
        found = respond(
            {"name": "gapped_graphene"},
            chemical_potential=0.0,
            uncertainty=0.1,
            quantities=["orbital_magnetization"],
        )
        moments = found["valley_orbital_moment"]
        for name in ("K", "K'"):
            # Printed to two decimals.
            np.testing.assert_allclose(np.abs(moments.value[name][:, 2]), 33.83, atol=0.005)
            np.testing.assert_allclose(
                np.abs(found["valley_berry_curvature"].value[name][:, 2]), 920.75, atol=0.005
            )

    def test_valley_hall_follows_gap_over_mu(self):
        gap, mu = 0.02, np.array([0.05, 0.1, 0.2])
        found = respond(
            {"name": "gapped_graphene", "gap": gap}, chemical_potential=mu.tolist(), uncertainty=1e-3, method="adaptive",
            quantities=["anomalous_hall_conductivity"],
        )  # fmt: skip
        hall = found["valley_hall_conductivity"]
        for name in ("K", "K'"):
            values = np.abs(hall.value[name][:, 0, 0, 1])
            # Trigonal warping changes the law of the Dirac cone by (μ/3t)², the borders of the valleys by gap/t.
            np.testing.assert_allclose(values, 0.5 * gap / 2 / mu, rtol=0.01, atol=0.5 * gap / 2.82)
        total = found["anomalous_hall_conductivity"]
        assert np.all(np.abs(component(total)) <= np.asarray(total.uncertainty)[..., 0, 1] + 1e-12)
        assert found.symmetry.allowed_vector().tolist() == [False, False, False]


class TestTiltedDirac:
    mass, velocity, tilt = 0.1, 5.0, 0.05

    def exact(self, chemical_potentials):
        """D_xz = ∮ k dφ v_x Ω/|∂ε/∂k| /4π² around the Fermi line, by Newton's method and the midpoint rule."""
        v, m, t, found = self.velocity, self.mass, self.tilt, []
        cosine = np.cos((np.arange(2000) + 0.5) / 2000 * 2 * np.pi)
        for mu in chemical_potentials:
            k = np.full(2000, np.sqrt(mu**2 - m**2) / v)
            for _ in range(50):
                energy = np.hypot(m, v * k)
                radial = v**2 * k / energy + t * v * cosine
                k -= (energy + t * v * k * cosine - mu) / radial
            along = v**2 * k * cosine / energy + t * v
            found.append((k * along * -(v**2) * m / 2 / energy**3 / np.abs(radial)).mean() / (2 * np.pi))
        return np.array(found)

    def dipole(self, mu):
        v, m, t = self.velocity, self.mass, self.tilt
        model = {
            "kp": [
                {"powers": [1, 0], "matrix": [[t * v, v], [v, t * v]]},
                {"powers": [0, 1], "matrix": [[0, f"-{v}j"], [f"{v}j", 0]]},
                {"powers": [0, 0], "matrix": [[m, 0], [0, -m]]},
            ],
            "cutoff": 0.2,
        }
        return respond(
            model, chemical_potential=list(mu), uncertainty=1e-5, method="adaptive", points=150_000,
            quantities=["berry_curvature_dipole"],
        )  # fmt: skip

    def test_formula_and_its_maximum(self):
        mu = self.mass * np.array([1.2, 2**0.5, 1.7, 2.5])
        found = self.dipole(mu)["berry_curvature_dipole"]
        measured = np.asarray(found.value)[:, 0, 0, 2]
        error = np.asarray(found.uncertainty)[:, 0, 0, 2]
        np.testing.assert_array_less(np.abs(measured - self.exact(mu)), error)
        # Linear in the tilt: what is left out is of the order of its square. Conduction band Ω = −v²m/2ε³ for these
        # matrices; v = ħ × velocity cancels ħ of the printed formula.
        printed = -3 * self.tilt * self.velocity / (8 * np.pi) * self.mass * (mu**2 - self.mass**2) / mu**4
        np.testing.assert_array_less(np.abs(measured - printed), error + 8 * self.tilt**2 * np.abs(printed))
        assert np.abs(measured).argmax() == 1
        np.testing.assert_array_less(error, 0.05 * np.abs(measured).max())

    def test_nonlinear_hall_current_is_transverse(self):
        found = self.dipole([0.14])
        chi = np.asarray(found["nonlinear_hall_coefficient"].value)[0, 0]
        np.testing.assert_allclose(chi, np.swapaxes(chi, 1, 2))
        field = np.array([0.3, -0.8, 0.0])
        current = np.einsum("abc,b,c->a", chi, field, field)
        assert abs(current @ field) < 1e-12 * np.linalg.norm(current)
        # j_y = τ χ_yxx E_x², χ_yxx = (q³/ħ²) ε_yzx D_xz for q = −e.
        per_time = -(1.602176634e-19**3) / 1.054571817e-34**2
        dipole = np.asarray(found["berry_curvature_dipole"].value)[0, 0, 0, 2] * 1e-10
        assert chi[1, 0, 0] == pytest.approx(per_time * dipole, rel=1e-8)


class TestMetals:
    @pytest.mark.parametrize(
        ("model", "mu"),
        [(RASHBA, [-0.05, 0.05, 0.3]), ({"name": "weyl_lattice"}, [-0.3, 0.1])],
        ids=["rashba", "weyl"],
    )
    def test_maxwell_relations(self, model, mu):
        found = respond(
            model, chemical_potential=mu, temperature=[100, 300, 1000], uncertainty=1e-2, points=40_000
        )
        for name in ("streda", "nernst_identity"):
            residual, error = (
                np.asarray(one["relative_residual"]) for one in (found[name].value, found[name].uncertainty)
            )
            assert np.all(residual <= error)
            assert error.max() < 1e-3
            # Where k_BT reaches over a cell both sides are sums over the same points.
            assert residual[:, -1].max() < 1e-6
            assert np.abs(found[name].value["fermi_surface_term"]).max() > 1e-3

    def test_mott_ratio_goes_to_one(self):
        """The next term of Sommerfeld's expansion is of order (k_BT/μ)²."""
        found = respond(
            RASHBA, chemical_potential=[-0.02, 0.25], temperature=[20, 40, 80, 160], uncertainty=2e-6, points=90_000,
            method="uniform", mesh=200, quantities=["anomalous_nernst_conductivity"],
        )  # fmt: skip
        nernst = found["anomalous_nernst_conductivity"]
        ratio = component(nernst) / component(found["mott_nernst_conductivity"])
        deviation = np.abs(ratio - 1)
        assert np.all(deviation[:, 0] < 2e-2)
        assert np.all(deviation[:, 0] < deviation[:, 3])

    def test_plateau_between_the_bands_in_units(self):
        """A Weyl semimetal with nodes at ±θ: |σ_xy| = (e²/h)(2θ/2πa) at the node, in S/cm."""
        found = respond({"name": "weyl_lattice"}, chemical_potential=0.0, uncertainty=5e-3,
                        quantities=["anomalous_hall_conductivity"])  # fmt: skip
        hall = found["anomalous_hall_conductivity"]
        exact = E2_OVER_H * 0.5 / 4e-8
        assert hall.unit == "S/cm"
        error = np.asarray(hall.uncertainty)[0, 0, 0, 1]
        assert abs(component(hall)[0, 0] - exact) < error < 0.02 * exact


@pytest.mark.slow
def test_an_18_band_metal_is_covered_at_two_targets(tmp_path):
    """The values, converged with 124 416 points to ±2.6, ±2.5 and ±2.9 S/cm, are within both uncertainties."""
    file = tmp_path / "metal_tb.dat"
    file.write_text(tb_text(random_metal()))
    converged = np.array([-27.25, -10.65, 51.65])
    doubts = []
    for target in (0.6, 0.3):
        found = respond(
            {"file": str(file)}, chemical_potential=0.0, uncertainty=target, method="adaptive", mesh=7,
            quantities=["anomalous_hall_conductivity"],
        )["anomalous_hall_conductivity"]  # fmt: skip
        pairs = ((1, 2), (2, 0), (0, 1))
        value, error = (np.array([np.asarray(part)[0, 0, a, b] for a, b in pairs])
                        for part in (found.value, found.uncertainty))  # fmt: skip
        assert np.all(np.abs(value - converged) < error)
        doubts.append(error.max())
    assert doubts[1] < doubts[0]
