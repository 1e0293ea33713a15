"""Carriers of a valence band, and the parts of the Hall effect, against integrals over the circles of a Dirac cone."""

from dataclasses import replace

import numpy as np
import pytest
import yaml

from tests.cases import plain
from tests.physics.scattered import observe
from wavepacket.analysis import analyze, warnings
from wavepacket.config import config_from_mapping
from wavepacket.runs.transport import SEA
from wavepacket.simulation import build_problem, run
from wavepacket.units import BOLTZMANN, E_OVER_HBAR, ELECTRON_MASS, ELEMENTARY_CHARGE, HBAR, PLANCK

pytestmark = pytest.mark.physics

SPEED, MASS, LEVEL, KELVIN, TAU = 6.0, 0.1, -0.15, 100.0, 100.0  # eV Å, eV, eV, K, fs
HEAT = BOLTZMANN * KELVIN
CUTOFF = 0.2
DIRAC = {"name": "massive_dirac", "velocity": SPEED, "mass": MASS, "cutoff": CUTOFF}
# The sum over a grid is exponentially near: exp(-2π² kT/(ħv Δk)) = 1e-6 at 192 points over twice the cutoff.
SURFACE = {
    "kind": "fermi_surface", "chemical_potential": LEVEL, "temperature": KELVIN, "grid": [192, 192],
    "field_reversal": False,
}  # fmt: skip


class Circle:
    """One circle of the lower band of v(σ_x k_x + σ_y k_y) + Δσ_z in B along z, charge −e.

    ε = −|d|, Ω = +ħ²v²Δ/2|d|³, m = (e/ħ) ε Ω; 𝓔 = ε − mB, D = 1 + (e/ħ)BΩ, v = ∂𝓔/ħ∂k/D, turning at (e/ħ)Bv/k.
    """

    def __init__(self, k, tesla):
        size = np.hypot(MASS, SPEED * k)
        self.curvature = SPEED**2 * MASS / (2 * size**3)
        self.energy = -size + E_OVER_HBAR * size * self.curvature * tesla
        self.still = -size
        self.factor = 1 + E_OVER_HBAR * tesla * self.curvature
        slope = -(SPEED**2) * k / size * (1 + E_OVER_HBAR * tesla * SPEED**2 * MASS / size**3)
        self.velocity = slope / HBAR / self.factor
        # Electrons turn counterclockwise where they are fastest outwards; these move inwards.
        self.turning = E_OVER_HBAR * tesla * self.velocity / k


def over_circles(function):
    """∫[d²k] within the cutoff: Gauss on 80 pieces, each of 1.3 kT at the Fermi line."""
    nodes, weights = np.polynomial.legendre.leggauss(12)
    ends = CUTOFF * np.arange(81) / 80
    k = 0.5 * (ends[1:] + ends[:-1])[:, None] + 0.5 * np.diff(ends)[:, None] * nodes
    return float(np.sum(0.5 * np.diff(ends)[:, None] * weights * k / (2 * np.pi) * function(k)))


def occupied(energy):
    return 1 / (1 + np.exp((energy - LEVEL) / HEAT))


def slope(energy):
    return 0.25 / HEAT / np.cosh(0.5 * (energy - LEVEL) / HEAT) ** 2


def exact(tesla):
    """Hole density, σ_xx and σ_yx of the cone in e²/h, and σ_yx of its curvature at B = 0."""

    def along(k):
        c = Circle(k, tesla)
        return c.factor * slope(c.energy) * 0.5 * c.velocity**2 * TAU / (1 + (c.turning * TAU) ** 2)

    def across(k):
        c = Circle(k, tesla)
        return (
            c.turning
            * TAU
            * c.factor
            * slope(c.energy)
            * 0.5
            * c.velocity**2
            * TAU
            / (1 + (c.turning * TAU) ** 2)
        )

    anomalous = [
        over_circles(lambda k, b=b: occupied(Circle(k, b).energy) * Circle(k, b).curvature) / HBAR
        for b in (tesla, 0.0)
    ]
    holes = over_circles(lambda k: Circle(k, tesla).factor * (1 - occupied(Circle(k, tesla).energy)))
    return (
        holes,
        PLANCK * over_circles(along),
        PLANCK * (over_circles(across) + anomalous[0]),
        PLANCK * anomalous[1],
    )


@pytest.mark.parametrize("tesla", [1.0, -1.0, 1e-3])
def test_holes_of_a_dirac_cone(tesla):
    """The case of a valence band of electrons: densities, tensor, both mobilities, both parts of the Hall effect."""
    found = observe(DIRAC, SURFACE, {"relaxation_time": TAU}, magnetic=(0, 0, tesla))
    holes, along, across, anomalous = exact(tesla)
    sigma = found["conductivity"].value
    assert sigma[0, 0] == pytest.approx(along, rel=1e-5)
    # A grid has the rim of a disc to a part in a thousand, where the curvature is a twentieth of that in the middle.
    assert sigma[1, 0] == pytest.approx(across, rel=1e-5, abs=1e-4 * anomalous)
    assert found["hole_density"].value == pytest.approx(holes, rel=1e-5)
    assert found["carrier_density"].value == found["hole_density"].value
    assert found["carrier_density"].facts["carriers"] == "holes"
    # n + p = ∫D within the cutoff.
    states = over_circles(lambda k: Circle(k, tesla).factor)
    assert found["electron_density"].value == pytest.approx(
        states - holes, rel=2e-3
    )  # the rim of a disc on a grid
    # σ_xx/(e p), in cm²/(V s): positive, as holes are.
    drift = 0.1 * along / PLANCK / holes
    assert found["drift_mobility"].value == pytest.approx(drift, rel=1e-5)
    assert found["mobility"].value == found["drift_mobility"].value
    ordinary = across - anomalous
    square = along**2 + ordinary**2
    rho, turned = along / square, ordinary / square  # ρ_yx = −σ_yx/(σ_xx² + σ_yx²) with the sign of [y, x]
    in_si = PLANCK * 1e-15 / ELEMENTARY_CHARGE  # h/e² in Ω
    assert found["hall_coefficient"].value == pytest.approx(-in_si * turned / tesla, rel=2e-5, abs=0.0)
    assert found["hall_mobility"].value == pytest.approx(-1e4 * ordinary / along / tesla, rel=2e-5)
    resistive = found["resistive_mobility"].value
    assert resistive == pytest.approx(0.1 / (rho * PLANCK * holes), rel=2e-5)
    whole = across / (along**2 + across**2)
    about_field = -np.sign(tesla) * (whole - turned)
    assert found["anomalous_hall_resistivity"].value == pytest.approx(about_field, rel=1e-3)


@pytest.mark.parametrize("tesla", [1.0, -1.0])
def test_the_number_of_holes_is_that_of_landau_levels(tesla):
    """eB/h for each of −√(Δ² + 2(ħv)²n eB/ħ), n ≥ 1, and one at −Δ for B along +z: p grows with D and moment.

    Levels 3.6 meV apart are smooth at kT = 8.6 meV; what semiclassics leaves out is of second order in B, (1/12)/n² of it.
    """
    n = np.arange(1 if tesla < 0 else 0, 4000)
    levels = -np.sqrt(MASS**2 + 2 * SPEED**2 * E_OVER_HBAR * abs(tesla) * n)
    exactly = E_OVER_HBAR * abs(tesla) / (2 * np.pi) * np.sum(1 - occupied(levels))
    assert exact(tesla)[0] == pytest.approx(exactly, rel=1e-3)


def test_the_shared_case(shared_case):
    """Its pocket: T = 0 and B = 0 would be (μ² − Δ²)/4πħ²v² = 2.76e-5, and not the 3.15e-3 up to the cutoff."""
    mapping = yaml.safe_load(shared_case("grid_uncertainty/hole.yaml").read_text())
    mapping["ensemble"]["grid"] = [192, 192]
    found = observe(
        mapping["model"], mapping["ensemble"], mapping["scattering"], magnetic=mapping["fields"]["magnetic"]
    )
    holes, along, _, _ = exact(1.0)
    assert found["carrier_density"].value == pytest.approx(holes, rel=1e-5)
    assert holes == pytest.approx(2.94e-5, rel=2e-3)
    assert found["drift_mobility"].value == pytest.approx(0.1 * along / PLANCK / holes, rel=1e-5)
    assert found["drift_mobility"].value == pytest.approx(4102.5, rel=1e-4)


@pytest.mark.parametrize("level", [-0.6, 0.6])
def test_the_carriers_of_a_lattice_are_the_fewer(level):
    """Of a filled band n + p = 1/A + (e/ħ)B C/2π, here with C = 0; both pockets of a cosine band carry the same."""
    square = {
        "lattice": [[3.0, 0], [0, 3.0]],
        "hoppings": [{"cell": [1, 0], "matrix": [[-0.2]]}, {"cell": [0, 1], "matrix": [[-0.2]]}],
    }
    surface = {"kind": "fermi_surface", "chemical_potential": level, "temperature": 300.0, "grid": [64, 64]}
    found = observe(square, surface, {"relaxation_time": 50.0}, magnetic=(0, 0, 1.0))
    electrons, holes = found["electron_density"].value, found["hole_density"].value
    assert electrons + holes == pytest.approx(1 / 9, rel=1e-12)
    sign = -1 if level < 0 else 1
    assert found["carrier_density"].facts["carriers"] == ("electrons" if level < 0 else "holes")
    assert found["carrier_density"].value == min(electrons, holes)
    for name in ("drift_mobility", "hall_mobility", "hall_coefficient", "hall_angle"):
        assert sign * found[name].value > 0, name
    # The band is its own mirror image.
    expected = _mirrored(square, surface | {"chemical_potential": -level})
    assert found["drift_mobility"].value == pytest.approx(-expected["drift_mobility"].value, rel=1e-9)
    assert found["hall_coefficient"].value == pytest.approx(-expected["hall_coefficient"].value, rel=1e-9)


def _mirrored(model, surface):
    return observe(model, surface, {"relaxation_time": 50.0}, magnetic=(0, 0, 1.0))


def test_electrons_of_a_pocket_that_fills_most_of_its_cutoff_stay_electrons():
    model = {"name": "parabolic_band", "mass_x": 0.1, "mass_y": 0.1, "cutoff": 0.08}
    # ħ²k²/2m = 0.171 eV at 0.067/Å; the cutoff is at 0.244 eV, 28 kT above.
    surface = {"kind": "fermi_surface", "chemical_potential": 0.171, "temperature": 30.0, "grid": [256, 256]}
    found = observe(model, surface, {"relaxation_time": 100.0})
    assert found["electron_density"].value > found["hole_density"].value
    assert found["carrier_density"].facts["carriers"] == "electrons"
    assert found["drift_mobility"].value == pytest.approx(-0.1 * 100.0 / (0.1 * ELECTRON_MASS), rel=1e-3)


def test_the_hall_coefficient_stays_as_the_field_goes():
    """R of the ordinary part goes to that of B → 0; R of all would be −σ_xy/σ_xx²B: 50 times it at a hundredth of it."""
    weak, weaker, none = (
        observe(DIRAC, SURFACE, {"relaxation_time": TAU}, magnetic=(0, 0, tesla))
        for tesla in (1e-2, 1e-4, 0.0)
    )
    assert weaker["hall_coefficient"].value == pytest.approx(weak["hall_coefficient"].value, rel=1e-3)
    for found in (weak, weaker):
        whole = found["resistivity"].value
        parts = found["anomalous_hall_resistivity"].value
        in_si = PLANCK * 1e-15 / ELEMENTARY_CHARGE
        tesla = 1e-2 if found is weak else 1e-4
        parts += found["hall_coefficient"].value * tesla / in_si
        assert parts == pytest.approx(0.5 * (whole[1, 0] - whole[0, 1]), rel=1e-10)
    still = 0.5 * (none["resistivity"].value[1, 0] - none["resistivity"].value[0, 1])
    assert none["anomalous_hall_resistivity"].value == pytest.approx(still, rel=1e-10)
    assert weaker["anomalous_hall_resistivity"].value == pytest.approx(still, rel=1e-4)
    assert "hall_coefficient" not in none
    assert "hall_mobility" not in none


def test_valleys_that_mirror_each_other_have_no_anomalous_part(midpoints):
    """Time reversal: what curvature and moment add to the Hall effect is odd in B, and so belongs to R."""
    model = {"name": "gapped_graphene", "gap": 0.5}
    surface = {
        "kind": "fermi_surface", "chemical_potential": -0.4, "temperature": 1000.0, "grid": [120, 120],
        "valley_radius": 0.35, "field_reversal": False,
    }  # fmt: skip
    found = observe(model, surface, {"relaxation_time": 20.0}, magnetic=(0, 0, 1.0))
    anomalous = found["anomalous_hall_resistivity"]
    # A grid off every mirror has the cancellation as well as it has anything else.
    assert abs(anomalous.value) <= anomalous.uncertainty < 1e-3 * abs(found["resistivity"].value[1, 0])
    assert found["conductivity"].contributions["anomalous"].value[0, 1] != 0.0
    assert found["hall_coefficient"].value > 0


def test_a_run_of_an_earlier_version_says_that_it_does_not_know(tmp_path):
    """It has no number of empty states and no sum without B; what it has stays as it was."""
    mapping = {
        "name": "old", "model": DIRAC, "band": 0, "fields": {"magnetic": [0, 0, 1.0]},
        "ensemble": SURFACE | {"grid": [48, 48]}, "scattering": {"relaxation_time": TAU}, "output": {"trajectories": 0},
    }  # fmt: skip
    new = run(config_from_mapping(plain(mapping)), tmp_path / "run")
    sea = new.arrays[SEA]
    old = replace(new, arrays={**new.arrays, SEA: replace(sea, values=sea.values[..., :4])})
    before, now = analyze(old), analyze(new)
    unknown = {"hole_density", "carrier_density", "drift_mobility", "resistive_mobility", "hall_mobility",
               "hall_coefficient", "anomalous_hall_resistivity"}  # fmt: skip
    assert now.keys() - before.keys() == unknown
    assert before["electron_density"].value == now["electron_density"].value
    np.testing.assert_array_equal(before["conductivity"].value, now["conductivity"].value)


CLOUD = {"kind": "packets", "wavevectors": [[0.01, 0.0]]}


@pytest.mark.parametrize(
    ("charge", "model", "warned"),
    [
        (1.0, DIRAC, True),
        (1.0, {"name": "haldane"}, True),
        (-1.0, DIRAC, False),
        # One band near a point may be meant as that of holes.
        (1.0, {"name": "parabolic_band"}, False),
    ],
    ids=str,
)
def test_a_positive_charge_is_not_a_hole(tmp_path, charge, model, warned):
    mapping = {
        "name": "charge", "model": model, "band": 0, "charge": charge, "ensemble": CLOUD, "time": {"end": 1.0, "saves": 3},
    }  # fmt: skip
    config = config_from_mapping(plain(mapping))
    said = []
    build_problem(config, report=said.append)
    found = analyze(run(config, tmp_path / "run"))
    sentences = [*said, *warnings(found, config)]
    assert sum("not a hole" in sentence for sentence in sentences) == 2 * warned
    assert f"q = {'+' if charge > 0 else '-'}e" in found["density_of_states_factor"].convention
