"""Every quantity asked for has a target, honest errors, and says where it is not known or not defined."""

import numpy as np
import pytest

from tests.reference.random_crystal import random_crystal
from tests.reference.wannier_text import tb_text
from wavepacket.config import config_from_mapping
from wavepacket.formulas import entropy_kernel, fermi, grand_kernel, surface_kernel
from wavepacket.hamiltonians import LatticeHamiltonian, gapped_graphene
from wavepacket.response import response
from wavepacket.response.axis import EnergyAxis
from wavepacket.response.critical import critical_potentials
from wavepacket.response.domain import domain_of
from wavepacket.response.histogram import Histogram, histogram_states
from wavepacket.response.weighing import Weighing
from wavepacket.units import BOLTZMANN

SQUARE = {
    "lattice": [[3.0, 0], [0, 3.0]],
    "hoppings": [{"cell": [1, 0], "matrix": [[-0.8]]}, {"cell": [0, 1], "matrix": [[-0.8]]}],
}


def respond(model, charge=-1.0, **section):
    config = {"name": "x", "model": model, "charge": charge, "response": section}
    return response(config_from_mapping(config), threads=2)


def wannier_file(folder, seed, **kwargs):
    path = folder / f"random{seed}_tb.dat"
    path.write_text(tb_text(random_crystal(seed, **kwargs)))
    return {"file": str(path)}


def chiral_file(folder):
    """A random crystal with spin and time reversal, no other symmetry: H ⊕ its time-reversed partner, coupled by spin."""
    rng = np.random.default_rng(3)
    cells = [(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)]
    table = {}
    for cell in cells:
        # T = iσ_y K leaves a + i b·σ with real a, b alone.
        parts = rng.normal(size=(4, 2, 2))
        sigma = [
            np.eye(2),
            *(1j * np.array(s) for s in ([[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]])),
        ]
        matrix = sum(np.kron(s, part) for s, part in zip(sigma, parts, strict=True))
        table[cell] = (matrix + matrix.conj().T) / 2 if cell == (0, 0, 0) else 0.4 * matrix
    positions = np.tile(rng.uniform(0, 1, (2, 3)), (2, 1))
    path = folder / "chiral_tb.dat"
    path.write_text(tb_text(LatticeHamiltonian.from_hoppings(3 * np.eye(3), table, positions=positions)))
    return {"file": str(path)}


def test_a_dipole_alone_is_driven_and_told(tmp_path):
    """Time reversal forbids σ and M: the old targets were met at once, and D came out as 0.1 ± 1 without a word."""
    model = chiral_file(tmp_path)
    found = respond(
        model, chemical_potential=0.3, quantities=["berry_curvature_dipole"], uncertainty=0.02, points=4000
    )
    told = found.convergence["quantities"]
    assert list(told) == ["berry_curvature_dipole"]
    value = np.asarray(found["berry_curvature_dipole"].value)[0, 0]
    error = np.asarray(found["berry_curvature_dipole"].uncertainty)[0, 0]
    share = error.max() / np.abs(value).max()
    assert told["berry_curvature_dipole"]["met"] == (told["berry_curvature_dipole"]["reached"] <= 0.02)
    assert (
        told["berry_curvature_dipole"]["met"]
        or "berry_curvature_dipole is not converged" in found.warnings[0]
    )
    assert told["berry_curvature_dipole"]["reached"] <= share * 1.01
    finer = respond(
        model, chemical_potential=0.3, quantities=["berry_curvature_dipole"], uncertainty=0.02, points=60000
    )
    better = np.asarray(finer["berry_curvature_dipole"].uncertainty)[0, 0]
    assert better.max() < 0.5 * error.max()
    assert np.all(
        np.abs(value - np.asarray(finer["berry_curvature_dipole"].value)[0, 0]) <= 2 * (error + better)
    )
    chi = finer["nonlinear_hall_coefficient"]
    assert np.shape(chi.uncertainty) == np.shape(chi.value)


def test_a_floor_can_be_given(tmp_path):
    model = wannier_file(tmp_path, 4)
    section = {
        "chemical_potential": 0.2,
        "quantities": ["anomalous_hall_conductivity"],
        "uncertainty": 0.01,
        "points": 3000,
    }
    strict = respond(model, **section)
    found = respond(model, floors={"anomalous_hall_conductivity": 1e9}, **section)
    assert not strict.convergence["met"]
    assert found.convergence["met"]


def test_each_value_counts_beside_a_peak():
    """Graphene's valley: |σ| falls as gap/2μ from its plateau; each value is known to the target or is told."""
    model = {"name": "haldane", "t2": 0.1, "staggered": 0.2}
    found = respond(
        model, chemical_potential=[0.0, 1.2], quantities=["anomalous_hall_conductivity"], uncertainty=2e-3
    )
    hall = found["anomalous_hall_conductivity"]
    value, error = (np.abs(np.asarray(part)[:, 0, 0, 1]) for part in (hall.value, hall.uncertainty))
    assert value[1] < 0.2 * value[0]
    assert np.all(error <= 2e-3 * value + 1e-12)


@pytest.mark.parametrize("method", ["uniform", "adaptive"])
@pytest.mark.parametrize("temperature", [0.0, 30.0])
def test_numbers_are_covered_by_their_uncertainties(method, temperature):
    """The square of `grid_uncertainty`: n and its slope by the elliptic integral, T = 30 K by Sommerfeld's expansion.

    With w = μ/4t: density of states K(1−w²)/(2π²ta²). k_BT is far below the steps of every mesh here: sums over points
    were wrong by as much as they are large, with uncertainties of 1e-12.
    """
    from scipy.integrate import quad
    from scipy.special import ellipk

    def states(e):
        return ellipk(1 - (e / 3.2) ** 2) / (2 * np.pi**2 * 0.8 * 9)

    section = {"quantities": ["density"], "method": method, "points": 6000, "mesh": 16, "uncertainty": 1e-9}
    mu = np.array([-1.9, -1.1, 0.7])
    found = respond(SQUARE, chemical_potential=mu.tolist(), temperature=[temperature], **section)
    # One state in 9 Å², symmetric around zero, where the density of states has its logarithm.
    exact = np.array([quad(states, -3.2, m)[0] if m < 0 else 1 / 9 - quad(states, -3.2, -m)[0] for m in mu])
    for name, expected in (("density", exact), ("density_of_states", states(mu))):
        value, error = (np.asarray(part)[:, 0] for part in (found[name].value, found[name].uncertainty))
        # (π k_BT)²/6 times slopes of the density of states of order 0.01/eV² Å² are left out: 2e-7.
        np.testing.assert_array_less(np.abs(value - expected), error + 1e-6)
        # Cells are driven by n alone here.
        assert np.all(error < 0.2 * expected)


@pytest.mark.parametrize("seed", [11, 12])
def test_the_metric_of_a_metal_is_covered(tmp_path, seed):
    """Shifted meshes at T = 0: of 54 numbers nine in ten are inside of their 95 % bounds, and none far outside.

    One difference of two meshes was exceeded by factors of five.
    """
    model = wannier_file(tmp_path, seed, dimension=2)
    section = {
        "chemical_potential": [-1.0, -0.3, 0.4],
        "quantities": ["quantum_metric", "orbital_magnetization"],
    }
    rough = respond(model, method="uniform", points=2500, uncertainty=1e-9, **section)
    fine = respond(model, method="adaptive", points=30_000, uncertainty=1e-9, **section)
    pulls = []
    for name in ("quantum_metric", "orbital_magnetization"):
        one, other = rough[name], fine[name]
        both = np.asarray(one.uncertainty) + np.asarray(other.uncertainty)
        known = both > 1e-12
        pulls.append((np.abs(np.asarray(one.value) - np.asarray(other.value))[known] / both[known]).ravel())
    every = np.concatenate(pulls)
    assert np.mean(every < 1) >= 0.9
    assert every.max() < 2.5


class TestStatesThatAreNot:
    def states(self, model, mu):
        found = respond(model, chemical_potential=mu, quantities=["density"], points=20_000, uncertainty=0.01)
        value = np.asarray(found["density_of_states"].value)[:, 0]
        return value, found["density_of_states"].facts.get("undefined_at_0_K", {})

    def test_edge_and_saddle_of_a_square(self):
        """ε = −1.6 (cos + cos): edges at ±3.2, where n′ jumps from 0 to 1/(4π t a²), a logarithm at 0."""
        value, why = self.states(SQUARE, [-3.2, -1.0, 0.0])
        assert np.isnan(value).tolist() == [True, False, True]
        assert why == {"-3.2 eV": "the edge of a band", "0 eV": "a saddle"}

    def test_a_flat_band(self):
        flat = {
            "lattice": [[2.0, 0], [0, 2.0]],
            "hoppings": [{"cell": [0, 0], "matrix": [[1.0, 0.5], [0.5, -1.0]]}],
        }
        value, why = self.states(flat, [-(1.25**0.5), 0.3])
        assert np.isnan(value[0])
        assert value[1] == 0
        assert list(why.values()) == ["a flat band"]

    def test_json_has_null(self):
        found = respond(SQUARE, chemical_potential=0.0, quantities=["density"], points=3000)
        assert found["density_of_states"].as_json()["value"] == [[None]]

    def test_at_a_temperature_there_are(self):
        found = respond(
            SQUARE, chemical_potential=0.0, temperature=300, quantities=["density"], points=20_000
        )
        assert np.isfinite(found["density_of_states"].value).all()

    def test_in_the_gap_of_graphene_nothing_is_critical(self):
        crystal = gapped_graphene(gap=0.3)
        assert critical_potentials(domain_of(crystal), np.array([0.0, 0.15, 0.2])) == {
            1: "the edge of a band"
        }


def test_what_symmetry_forbids_is_zero():
    """Time reversal: M_z = 1.09e-14 ± 1e-17 was a claim."""
    found = respond(
        {"name": "gapped_graphene", "gap": 0.3}, chemical_potential=[0.0, 0.4], points=3000, uncertainty=0.1
    )
    for name in ("orbital_magnetization", "anomalous_hall_conductivity"):
        assert not np.asarray(found[name].value).any()


def test_no_uncertainty_is_below_rounding():
    """A filled Chern band: σ is −1 to rounding, of which each of thousands of terms has some 1e-16 of its size."""
    found = respond({"name": "haldane", "t2": 0.1}, chemical_potential=0.0, uncertainty=1e-10,
                    quantities=["anomalous_hall_conductivity", "density"])  # fmt: skip
    hall = found["anomalous_hall_conductivity"]
    value, error = (np.asarray(part)[0, 0, 0, 1] for part in (hall.value, hall.uncertainty))
    assert abs(value + 1) <= error
    assert error >= 4e-16
    density = found["density"]
    assert np.asarray(density.uncertainty)[0, 0] >= np.spacing(np.asarray(density.value)[0, 0])


@pytest.mark.parametrize("widths", [(0.9, 0.6, 0.5), (0.9, 0.0009, 0.0009)])
def test_wide_cells_have_thermal_averages(widths):
    """Cells 100 k_BT wide against the mean over their points, 0.03 k_BT apart or closer, at the ends of a flat one, too.

    Sommerfeld's expansion took the slope of the density of states there, which was 1000 times too large at an end.
    """
    mu, kelvin = np.array([-0.05, 0.03, 0.4501]), 100.0
    kt = BOLTZMANN * kelvin
    axis = EnergyAxis(mu, np.array([kelvin]))
    widths = np.array(widths)
    histogram = Histogram(
        axis,
        histogram_states(
            axis, np.zeros((1, 1)), widths[None, None], np.ones((1, 1, 1, 1)), Weighing.alone(np.ones(1))
        ),
    )
    points, few = ((np.arange(n) + 0.5) / n - 0.5 for n in (4000, 40))
    if widths[1] > 0.1:
        points = few = (np.arange(160) + 0.5) / 160 - 0.5
    energy = (widths[0] * points[:, None, None] + widths[1] * few[:, None] + widths[2] * few).ravel()
    kernels = {
        "sea": fermi, "surface": lambda x: surface_kernel(x) / kt, "grand": lambda x: kt * grand_kernel(x),
        "entropy": lambda x: BOLTZMANN * entropy_kernel(x),
        "warming": lambda x: x * surface_kernel(x) / kelvin,
    }  # fmt: skip
    for name, kernel in kernels.items():
        exact = np.array([kernel((energy - m) / kt).mean() for m in mu])
        found = getattr(histogram.group(kelvin), name)(mu, kelvin)[:, 0, 0]
        np.testing.assert_allclose(found, exact, rtol=1e-3, atol=1e-3 * np.abs(exact).max())


def test_the_moment_has_the_sign_of_the_charge():
    """m = i(q/2ħ)⟨∂u|×[H−ε]|∂u⟩: odd in q, and so are the text that defines it and M."""
    section = {
        "chemical_potential": 0.0,
        "quantities": ["orbital_magnetization"],
        "points": 3000,
        "uncertainty": 0.1,
    }
    one, other = (
        respond({"name": "haldane", "t2": 0.1, "staggered": 0.1}, charge, **section) for charge in (-1.0, 1.0)
    )
    for valley in ("K", "K'"):
        moments = [each["valley_orbital_moment"].value[valley][:, 2] for each in (one, other)]
        assert np.all(np.abs(moments[0]) > 0.1)
        np.testing.assert_allclose(moments[0], -moments[1])
    np.testing.assert_allclose(
        one["orbital_magnetization"].value, -np.asarray(other["orbital_magnetization"].value)
    )
    assert "m = -i(e/2hbar)" in one["valley_orbital_moment"].convention
    assert "m = i(e/2hbar)" in other["valley_orbital_moment"].convention
    assert "charge +e" in other["orbital_magnetization"].convention
    assert "m f - (e/hbar) Omega" in other["orbital_magnetization"].convention
    assert "charge -e" not in " ".join(each.convention for each in other.observables.values())


def test_the_moment_of_a_band_has_it_too():
    from wavepacket.bandstructure.summary import band_summary

    one, other = (band_summary(gapped_graphene(), 1, charge=charge) for charge in (-1.0, 1.0))
    moments = [summary.valleys["K"]["orbital_moment"] for summary in (one, other)]
    assert abs(moments[0]["value"][2]) == pytest.approx(33.83, abs=0.005)
    np.testing.assert_allclose(moments[0]["value"], -moments[1]["value"])
    assert "charge +e" in moments[1]["convention"]


RASHBA = {
    "kp": [
        {"powers": [2, 0], "matrix": [[10, 0], [0, 10]]},
        {"powers": [0, 2], "matrix": [[10, 0], [0, 10]]},
        {"powers": [0, 1], "matrix": [[0, 1.5], [1.5, 0]]},
        {"powers": [1, 0], "matrix": [[0, "1.5j"], ["-1.5j", 0]]},
        {"powers": [0, 0], "matrix": [[-0.1, 0], [0, 0.1]]},
    ],
    "dimension": 2,
    "length_scale": "5 angstrom",
    "cutoff": "0.5 1/angstrom",
}


def test_the_nernst_effect_of_a_ball_converges():
    """A ferromagnetic Rashba gas, against its radial integral: Ω = ±λ²Δ/2E³ of E = (Δ² + λ²k²)^½, Δ = 0.1, λ = 1.5 eV Å.

    Meshes leap to where they resolve k_BT, and rows of a ball are bricks, so that every one sees other radii.
    """
    mu, kelvin = np.array([-0.04, 0.06, 0.3]), 300.0
    found = respond(
        RASHBA, chemical_potential=mu.tolist(), temperature=kelvin, points=100_000, uncertainty=1e-3,
        quantities=["anomalous_nernst_conductivity", "density", "identities"],
    )  # fmt: skip
    assert found.convergence["met"]
    kt, k = BOLTZMANN * kelvin, (np.arange(200_000) + 0.5) / 200_000 * 0.5
    split = np.sqrt(0.01 + 2.25 * k**2)
    curvature = 0.1 * 2.25 / (2 * split**3)
    density, entropy = np.zeros(3), np.zeros(3)
    for sign in (-1, 1):
        x = (10 * k**2 + sign * split - mu[:, None]) / kt
        measure = k * (k[1] - k[0]) / (2 * np.pi)
        density += fermi(x) @ measure
        entropy += entropy_kernel(x) @ (-sign * curvature * measure)
    np.testing.assert_allclose(np.asarray(found["density"].value)[:, 0], density, rtol=1e-6)
    # (e/ħ) k_B ∫ s Ω, A/K; the sign of Δ makes it that of −Ω here.
    alpha = np.asarray(found["anomalous_nernst_conductivity"].value)[:, 0, 0, 1]
    siemens_times_volt = 1.602176634e-19**2 / 1.054571817e-34
    np.testing.assert_allclose(np.abs(alpha), np.abs(siemens_times_volt * BOLTZMANN * entropy), rtol=1e-5)


def test_residuals_have_the_uncertainty_of_a_difference():
    """Both sides of an identity come from the same points: what they share cancels, and what is left is covered.

    The truth is zero. The terms alone are known to a tenth, their difference to a thousandth or better.
    """
    model = {"name": "haldane", "t2": 0.1, "staggered": 0.3}
    found = respond(
        model, chemical_potential=[-1.1, -0.4, 0.9], temperature=[0, 100], points=3000, uncertainty=1e-9,
        method="uniform", quantities=["identities"],
    )  # fmt: skip
    for name in ("streda", "nernst_identity"):
        table = found[name]
        residual, error = table.value["residual"], table.uncertainty["residual"]
        assert np.all(residual <= error)
        size = np.abs(table.value["fermi_surface_term"]).max(axis=0)
        assert np.all(error <= 1e-2 * size + 1e-12)
