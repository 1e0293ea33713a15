"""An uncertainty covers the truth, or says that it is not known."""

import json

import numpy as np
import pytest
from scipy.special import ellipk

import wavepacket
from tests.cases import problem
from wavepacket.config import config_from_mapping
from wavepacket.units import BOLTZMANN

pytestmark = pytest.mark.physics

HOP, SIZE, LEVEL, TEMPERATURE = 0.8, 3.0, -1.9, 100.0
SQUARE = {
    "lattice": [[SIZE, 0], [0, SIZE]],
    "hoppings": [{"cell": [1, 0], "matrix": [[-HOP]]}, {"cell": [0, 1], "matrix": [[-HOP]]}],
}
SURFACE = {
    "kind": "fermi_surface",
    "chemical_potential": LEVEL,
    "temperature": TEMPERATURE,
    "field_reversal": False,
}


def observables(folder, model, ensemble, **sections):
    mapping = {
        "name": "honest",
        "model": model,
        "band": 0,
        "ensemble": ensemble,
        "output": {"trajectories": 0},
    }
    run = wavepacket.run(
        config_from_mapping(mapping | sections), folder, overwrite=True, announce=False, threads=1
    )
    return wavepacket.analyze(run)


def metal(folder, temperature=TEMPERATURE, **points):
    collisions = {"scattering": {"relaxation_time": 500.0}, "fields": {"magnetic": [0, 0, 3]}}
    return observables(
        folder,
        SQUARE,
        SURFACE | {"temperature": temperature} | points,
        integrator={"tolerance": 1e-7},
        **collisions,
    )


def square_lattice_states(temperature):
    """∫ D(ε) (−∂f/∂ε) dε of D = K(√(1 − (ε/4t)²))/2π²ta²: states per energy and area of the square lattice."""
    x, w = np.polynomial.legendre.leggauss(200)
    thermal = BOLTZMANN * temperature
    energy = LEVEL + 40 * thermal * x
    density = ellipk(1 - (energy / (4 * HOP)) ** 2) / (2 * np.pi**2 * HOP * SIZE**2)
    return float(w @ (density * 10 / np.cosh(20 * x) ** 2))


class TestGridsOfAMetal:
    """`shared/cases/grid_uncertainty/square.yaml`: once 207 ± 2e-12 e²/h, where 757.35 is right."""

    @pytest.mark.parametrize("grid", [[33, 32], [32, 32], [64, 64], [128, 128]])
    def test_one_that_misses_the_fermi_surface_has_no_uncertainty(self, grid, tmp_path):
        found = metal(tmp_path / "run", grid=grid)
        for name in ("conductivity", "hall_coefficient", "density_of_states", "carrier_density"):
            assert np.all(np.isnan(found[name].uncertainty)), name
            assert "not known" in found[name].convention
            assert "unknown" in repr(found[name])
        assert json.dumps(found["density_of_states"].as_json()["uncertainty"]) == "null"

    @pytest.mark.parametrize("points", [{"grid": [400, 400]}, {"number": 20000}])
    def test_one_that_resolves_it_covers_the_truth(self, points, tmp_path):
        """σ_xx and R_H as 600² and 800² points of an independent sum give them, the density of states in closed form."""
        found = metal(tmp_path / "run", **points)
        states = found["density_of_states"]
        exact = square_lattice_states(TEMPERATURE)
        assert exact == pytest.approx(0.0141039, abs=1e-7)
        # Independent points have a standard error, of which 3.5 are met but once in two thousand times.
        times = 1.0 if "grid" in points else 3.5
        assert abs(states.value - exact) <= times * states.uncertainty < 0.3 * exact
        assert (
            abs(found["conductivity"].value[0][0] - 757.35) <= times * found["conductivity"].uncertainty[0][0]
        )
        assert abs(found["hall_coefficient"].value + 3.826) <= times * found["hall_coefficient"].uncertainty

    def test_low_temperatures(self, tmp_path):
        """Free electrons at 10 K and 4 K on 32² points: once 28 ± 3.6 and 1.2 ± 0.1 e²/h, where 85.7 is right."""
        model = {"name": "parabolic_band", "mass_x": 0.1, "mass_y": 0.1, "cutoff": 0.08}
        sections = {"scattering": {"relaxation_time": 1000.0}, "fields": {"magnetic": [0, 0, 0.5]}}
        surface = SURFACE | {"chemical_potential": 0.1}
        for temperature in (10.0, 4.0):
            grid = observables(
                tmp_path / "grid", model, surface | {"temperature": temperature, "grid": [32, 32]}, **sections
            )
            assert np.all(np.isnan(grid["conductivity"].uncertainty))
            number = observables(
                tmp_path / "number", model, surface | {"temperature": temperature, "number": 4000}, **sections
            )
            sigma = number["conductivity"]
            assert abs(sigma.value[0][0] - 85.7) <= 3.5 * sigma.uncertainty[0][0] + 0.05


class TestGridsOfOtherKinds:
    def test_a_band_edge_of_a_chern_metal(self, tmp_path):
        """`ahe.yaml`: once −0.0078 ± 5e-13 e²/h on [24, 25], where 600² points give −0.00318."""
        model = {"name": "qi_wu_zhang", "t": 1.0, "m": -1.2, "lattice_constant": 4.0}
        ensemble = {"kind": "fermi_dirac", "chemical_potential": -1.4, "temperature": 40.0}
        fields = {"fields": {"electric": [1e-5, 0, 0]}, "time": {"end": 20.0, "saves": 3}}
        odd = observables(tmp_path / "run", model, ensemble | {"grid": [24, 25]}, **fields)[
            "hall_conductivity"
        ]
        assert np.isnan(odd.uncertainty)
        assert "even number of points" in odd.convention
        for grid in (24, 40, 64):
            hall = observables(tmp_path / "run", model, ensemble | {"grid": [grid, grid]}, **fields)
            hall = hall["hall_conductivity"]
            assert abs(hall.value + 0.00318) <= hall.uncertainty

    @pytest.mark.parametrize(("staggered", "known"), [(0.0, True), (0.515, False), (0.5196, False)])
    def test_a_gap_that_closes_between_the_points(self, staggered, known, tmp_path):
        """Near Δ = 3√3 t₂ |sin φ| the curvature of a whole valley lies between four points of the grid."""
        model = {"name": "haldane", "t2": 0.1, "phi": np.pi / 2, "staggered": staggered}
        fields = {"fields": {"electric": [1e-6, 0, 0]}, "time": {"end": 1.0, "saves": 2}}
        found = observables(tmp_path / "run", model, {"kind": "filled_band", "grid": [24, 24]}, **fields)
        hall = found["hall_conductivity"]
        assert np.isfinite(hall.uncertainty) == known
        assert abs(abs(hall.value) - 1.0) <= hall.uncertainty if known else abs(hall.value) < 0.9

    def test_few_points_of_a_pocket(self, tmp_path):
        """At one kelvin no point is at the Fermi surface, and the nearest one carries everything."""
        found = metal(tmp_path / "run", temperature=1.0, number=400)
        assert np.all(np.isnan(found["conductivity"].uncertainty))

    def test_a_narrow_line_of_light(self):
        model = {"name": "gapped_graphene", "gap": 1.66, "hopping": 1.1, "lattice_constant": 3.193}
        light = {"kind": "optical", "valence": 0, "photon_energy": 1.8}
        wide, narrow = (
            problem(
                model, band=1, ensemble=light | {"width": width, "grid": [90, 90]}
            ).ensemble.resolution.energy
            for width in (0.1, 0.001)
        )
        assert wide < 1 < narrow
        assert narrow == pytest.approx(100 * wide, rel=0.2)

    @pytest.mark.parametrize("grid", [[120, 16], [120, 32]])
    def test_sheets_that_are_nearly_flat(self, grid, tmp_path):
        """Nothing averages over where the points lie between flat sheets: sub-grids may agree, and be wrong alike."""
        model = {
            "lattice": [[SIZE, 0], [0, SIZE]],
            "hoppings": [{"cell": [1, 0], "matrix": [[-HOP]]}, {"cell": [0, 1], "matrix": [[-0.01]]}],
        }
        x, y = 2 * np.pi * (np.arange(2400) + 0.5) / 2400, 2 * np.pi * (np.arange(60) + 0.5) / 60
        energy = -2 * HOP * np.cos(x)[:, None] - 0.02 * np.cos(y)
        for level in (-1.10, -1.04, -0.97):
            surface = SURFACE | {"chemical_potential": level, "temperature": 100.0, "grid": grid}
            found = observables(
                tmp_path / "run",
                model,
                surface,
                scattering={"relaxation_time": 100.0},
                integrator={"tolerance": 1e-6},
            )["density_of_states"]
            thermal = BOLTZMANN * 100.0
            exact = np.mean(0.25 / thermal / np.cosh((energy - level) / (2 * thermal)) ** 2) / SIZE**2
            assert not abs(found.value - exact) > found.uncertainty
            assert np.isnan(found.uncertainty)

    def test_where_all_packets_stop_nothing_is_known(self, tmp_path):
        model = {"name": "massive_dirac", "velocity": 6.0, "mass": 0.1, "cutoff": 0.2}
        occupied = {"kind": "fermi_dirac", "chemical_potential": 0.15, "temperature": 100.0, "grid": [32, 32]}
        found = observables(
            tmp_path / "run",
            model,
            occupied,
            band=1,
            fields={"electric": [1e-3, 0, 0]},
            scattering={"relaxation_time": 500.0},
        )
        assert found["excluded_fraction"].value == 1.0
        assert np.all(np.isnan(found["current_density"].value))

    def test_a_small_gap_where_no_packet_is(self):
        """MoS₂ at K: between Γ and K its band all but touches the next one, where light of this colour fills nothing."""
        light = {"kind": "optical", "valence": 0, "photon_energy": 1.7, "width": 0.05, "grid": [120, 120]}
        assert problem({"name": "tmd"}, band=1, ensemble=light).ensemble.resolution.states < 0.1


class TestIntegration:
    @pytest.mark.parametrize("tolerance", [1e-10, 1e-8, 1e-6])
    def test_its_error_belongs_to_the_uncertainty(self, tolerance, tmp_path):
        """`kill.yaml`, exactly −1: at 1e-8 it once was off by 82 of its uncertainties, since more packets do not help."""
        fields = {"electric": [4e-4, 0, 0], "magnetic": [0, 0, 2]}
        hall = observables(
            tmp_path / "run", {"name": "haldane"}, {"kind": "filled_band", "grid": [64, 64]},
            fields=fields, time={"end": 2000.0, "saves": 3}, integrator={"tolerance": tolerance},
        )["hall_conductivity"]  # fmt: skip
        assert abs(hall.value + 1) <= hall.uncertainty < 1e4 * tolerance

    def test_a_fixed_step_has_one_too(self, tmp_path):
        fields = {"electric": [4e-4, 0, 0], "magnetic": [0, 0, 2]}
        hall = observables(
            tmp_path / "run", {"name": "haldane"}, {"kind": "filled_band", "grid": [48, 48]},
            fields=fields, time={"end": 400.0, "saves": 3}, integrator={"method": "rk4", "step": 10.0},
        )["hall_conductivity"]  # fmt: skip
        assert 1e-9 < abs(hall.value + 1) <= hall.uncertainty

    def test_a_table_has_the_error_of_its_bands(self, tmp_path):
        band = {"index": 0, "source": "table", "grid": [16, 16]}
        hall = observables(
            tmp_path / "run", {"name": "haldane"}, {"kind": "filled_band", "grid": [24, 24]}, band=band,
            fields={"electric": [4e-4, 0, 0]}, time={"end": 100.0, "saves": 3},
        )["hall_conductivity"]  # fmt: skip
        assert 1e-7 < abs(hall.value + 1) <= hall.uncertainty

    def test_a_list_of_packets_has_no_other(self, tmp_path):
        """Free electrons: r moves by −eEt²/2m, exactly known."""
        drift = observables(
            tmp_path / "run", {"name": "parabolic_band", "mass_x": 1.0, "mass_y": 1.0},
            {"kind": "packets", "wavevectors": [[0.1, 0.0, 0.0]]}, fields={"magnetic": [0, 0, 50]},
            time={"end": 5000.0, "saves": 3},
        )["valley_drift"]  # fmt: skip
        (error,) = drift.uncertainty.values()
        assert 0 < error[0] < 1e-6


class TestWhatCannotBeMeasured:
    def test_a_hall_current_along_the_field(self, tmp_path):
        """E ∥ z gives σ_yz and σ_zx; σ_xy was once printed as 0 ± 0."""
        hall = observables(
            tmp_path / "run", {"name": "weyl_lattice"}, {"kind": "filled_band", "grid": [8, 8, 8]},
            fields={"electric": [0, 0, 1e-5]}, time={"end": 2.0, "saves": 2},
        )["hall_conductivity"]  # fmt: skip
        assert np.isfinite(hall.value).tolist() == [True, True, False]
        assert hall.as_json()["value"][2] is None
        assert hall.as_json()["uncertainty"][2] is None

    def test_components_that_are_not_there_are_exactly_zero(self, tmp_path):
        sigma = metal(tmp_path / "run", temperature=400.0, grid=[96, 96])["conductivity"]
        assert np.all(sigma.value[2] == 0)
        assert np.all(sigma.uncertainty[2] == 0)
        assert sigma.uncertainty[0][0] > 0
