"""Several bands in one run: two parabolic bands against the two-band formula, and what bands without packets add."""

import numpy as np
import pytest

import wavepacket
from tests.reference.two_populations import pockets
from wavepacket.config import config_from_mapping, load_config
from wavepacket.errors import ConfigError
from wavepacket.simulation import build_problem
from wavepacket.units import BOLTZMANN, ELECTRON_MASS, HBAR

pytestmark = pytest.mark.physics

TAU, HEAT = 1000.0, 300 * BOLTZMANN  # fs, eV
APART = 0.2  # 1/Å between the two pockets: so far that the bands never meet


def config(*, electrons=(0.1, 0.05), holes=(0.1, 0.05), field=0.0, **more):
    """A pocket of electrons at +k and one of holes at −k; each is its mass in m_e and how deep it is filled in eV."""
    bent = [HBAR**2 / (2 * ELECTRON_MASS * mass) for mass, _ in (holes, electrons)]
    lower, upper = -bent[0], bent[1]
    k = APART / 2
    terms = {
        (2, 0): (lower, upper),
        (0, 2): (lower, upper),
        (1, 0): (2 * lower * k, -2 * upper * k),
        (0, 0): (holes[1] + lower * k * k, upper * k * k - electrons[1]),
    }
    kp = [{"powers": list(powers), "matrix": np.diag(each).tolist()} for powers, each in terms.items()]
    return {
        "name": "two_pockets",
        "model": {"kp": kp, "dimension": 2, "length_scale": "10 angstrom", "cutoff": 0.25},
        "bands": "auto",
        "fields": {"magnetic": [0, 0, field]},
        "ensemble": {
            "kind": "fermi_surface", "chemical_potential": 0, "temperature": 300, "grid": [48, 48], "field_reversal": False,
        },
        "scattering": {"relaxation_time": TAU},
        "output": {"trajectories": 0},
        **more,
    }  # fmt: skip


def densities(*pockets):
    """Carriers per Å² of a parabola whose edge is so far below the chemical potential, one spin."""
    return [
        ELECTRON_MASS * mass * HEAT / (2 * np.pi * HBAR**2) * np.log1p(np.exp(depth / HEAT))
        for mass, depth in pockets
    ]


def two_band_formula(electrons, holes, field, times=(TAU, TAU), density=None):
    """σ (2, 2) in e²/h: each kind of carriers turns by its own ω_cτ (Ashcroft and Mermin, chapter 12)."""
    sigma = np.zeros((2, 2))
    for (mass, _), number, charge, time in zip(
        (electrons, holes), density or densities(electrons, holes), (-1, 1), times, strict=True
    ):
        turned = charge * field * 1e-5 * time / (ELECTRON_MASS * mass)
        still = number * time / (ELECTRON_MASS * mass)
        sigma += still / (1 + turned**2) * np.array([[1, turned], [-turned, 1]])
    return 2 * np.pi * HBAR * sigma


@pytest.fixture(scope="module")
def compensated(tmp_path_factory):
    """Observables at two fields, of as many electrons as holes."""
    folder = tmp_path_factory.mktemp("compensated")
    return {
        field: wavepacket.analyze(wavepacket.run(config(field=field), folder / str(field), announce=False))
        for field in (0.5, 1.0)
    }


def test_compensated_metal_never_saturates(compensated):
    pockets = (0.1, 0.05), (0.1, 0.05)
    for field, found in compensated.items():
        sigma = two_band_formula(*pockets, field)
        rho = np.array(found["resistivity"].value)[:2, :2]
        np.testing.assert_allclose(rho, np.linalg.inv(sigma), rtol=0, atol=1e-4 * rho[0, 0])
        error = np.array(found["resistivity"].uncertainty)[:2, :2]
        assert np.all(np.abs(rho - np.linalg.inv(sigma)) <= error)
        assert abs(rho[1, 0]) <= error[1, 0]
    rho = [np.array(found["resistivity"].value)[0, 0] for found in compensated.values()]
    still = 1 / two_band_formula(*pockets, 0.0)[0, 0]
    rise = (rho[1] / still - 1) / (rho[0] / still - 1)
    assert rise == pytest.approx(4.0, rel=1e-3)  # of B²


def test_carriers_are_told_apart(compensated):
    found, (n, p) = compensated[0.5], densities((0.1, 0.05), (0.1, 0.05))
    assert found["electron_density"].value == pytest.approx(n, rel=1e-4)
    assert found["hole_density"].value == pytest.approx(p, rel=1e-4)
    by_band = found["carrier_density_by_band"]
    assert by_band.facts["carriers"] == {"0": "holes", "1": "electrons"}
    assert by_band.value["0"] == pytest.approx(p, rel=1e-4)
    assert "carrier_density" not in found  # of one kind alone


def test_bands_add_up_to_the_whole(compensated):
    found = compensated[1.0]
    parts = found["conductivity_by_band"].value
    assert list(parts) == ["0", "1"]
    np.testing.assert_allclose(
        sum(map(np.array, parts.values())), found["conductivity"].value, rtol=0, atol=1e-10
    )
    # Electrons and holes turn against each other.
    assert np.array(parts["1"])[0, 1] == pytest.approx(-np.array(parts["0"])[0, 1], rel=1e-3)


def test_surfaces_at_zero_temperature(tmp_path):
    """Each band starts on its own surface: the two-band formula with n = m μ/2πħ², as good as the flights."""
    cold = {
        "kind": "fermi_surface",
        "chemical_potential": 0,
        "temperature": 0,
        "number": 400,
        "field_reversal": False,
    }
    times = {"relaxation_time": TAU, "bands": {"holes": {"relaxation_time": "0.3 ps"}}}
    pockets = {"electrons": (0.1, 0.05), "holes": (0.1, 0.03)}
    given = config(field=0.5, ensemble=cold, scattering=times, **pockets)
    found = wavepacket.analyze(wavepacket.run(given, tmp_path / "run", announce=False))
    n, p = (ELECTRON_MASS * mass * depth / (2 * np.pi * HBAR**2) for mass, depth in pockets.values())
    assert found["electron_density"].value == pytest.approx(n, rel=1e-8)
    assert found["hole_density"].value == pytest.approx(p, rel=1e-8)
    exact = two_band_formula(**pockets, field=0.5, times=(TAU, 300.0), density=(n, p))
    np.testing.assert_allclose(
        np.array(found["conductivity"].value)[:2, :2], exact, rtol=0, atol=1e-8 * exact[0, 0]
    )


def dirac_beside_a_parabola(field, mu):
    """H = ħ²k²/2m in the middle of the gap of a massive Dirac pair: bands 0 to 2, edges at -0.05, 0 and 0.05 eV."""
    speed, mass = 6.0, 0.1
    along, across, still, bent = (np.zeros((3, 3), dtype=complex) for _ in range(4))
    along[0, 2] = along[2, 0] = speed
    across[0, 2], across[2, 0] = -1j * speed, 1j * speed
    still[0, 0], still[2, 2] = 0.05, -0.05
    bent[1, 1] = HBAR**2 / (2 * ELECTRON_MASS * mass)
    terms = {(0, 0): still, (1, 0): along, (0, 1): across, (2, 0): bent, (0, 2): bent}
    kp = [
        {"powers": list(powers), "matrix": [[f"{x.real}{x.imag:+}j" for x in row] for row in matrix]}
        for powers, matrix in terms.items()
    ]
    return {
        "name": "beside", "model": {"kp": kp, "dimension": 2, "length_scale": "10 angstrom", "cutoff": 0.1},
        "bands": {"each": [1, 2]}, "fields": {"magnetic": [0, 0, field]},
        "ensemble": {"kind": "fermi_surface", "chemical_potential": mu, "temperature": 0, "number": 300},
        "scattering": {"relaxation_time": TAU}, "output": {"trajectories": 0},
    }  # fmt: skip


def test_a_pocket_that_a_field_empties_has_no_packets():
    """The moment of the Dirac pair lifts its upper edge by 5.5 meV/T."""
    said = []
    for field, bands in ((0.0, (1, 2)), (-4.0, (1, 2)), (4.0, (1,))):
        problem = build_problem(config_from_mapping(dirac_beside_a_parabola(field, 0.06)), report=said.append)
        assert problem.config.bands == bands
    assert [line for line in said if "no packets" in line] == [
        "band 2 has no packets: the magnetic field moves all its states above mu"
    ]
    with pytest.raises(ConfigError, match="band 2: the ensemble is empty"):
        build_problem(config_from_mapping(dirac_beside_a_parabola(0.0, 0.04)))


@pytest.mark.parametrize(("mu", "bands"), [(1.0, (1,)), pytest.param(-0.55, (0,), marks=pytest.mark.full)])
def test_full_bands_at_zero_temperature(mu, bands, tmp_path):
    """The lower band of the Haldane model has Chern number 1 or −1, and where it is full that is what it adds."""
    given = {
        "name": "cold",
        "model": {"name": "haldane", "staggered": 0.1},
        "bands": "auto",
        "ensemble": {"kind": "fermi_surface", "chemical_potential": mu, "temperature": 0, "number": 600},
        "scattering": {"relaxation_time": 10.0},
        "output": {"trajectories": 0},
    }
    run = wavepacket.run(given, tmp_path / "run", announce=False)
    assert load_config(tmp_path / "run" / "resolved.yaml").bands == bands
    found = wavepacket.analyze(run)
    by_band = found["conductivity_by_band"].value
    alone = found["conductivity"].contributions["anomalous"].value
    hall = by_band["others"][0][1]
    assert hall == pytest.approx(round(hall), abs=found["conductivity_by_band"].uncertainty["others"][0][1])
    assert hall == pytest.approx(round(hall), abs=1e-3)
    assert abs(round(hall)) == (1 if bands == (1,) else 0)
    assert abs(alone[0][1]) < 1.0  # the rest of the upper band takes from the lower one's


def test_each_band_has_times_of_its_own(tmp_path):
    """Holes by what they carry, electrons by the number of their band, which also has a cause that grows with T."""
    own = {
        "holes": {"relaxation_time": "0.3 ps"},
        "1": {"matthiessen": [{"relaxation_time": 500, "power": 1}]},
    }
    given = config(field=0.5, scattering={"relaxation_time": TAU, "bands": own})
    run = wavepacket.run(given, tmp_path / "run", announce=False)
    found = wavepacket.analyze(run)["conductivity"]
    pocket = (0.1, 0.05)
    exact = two_band_formula(pocket, pocket, 0.5, (1 / (1 / TAU + 1 / 500), 300.0))
    error = np.array(found.uncertainty)[:2, :2]
    np.testing.assert_allclose(np.array(found.value)[:2, :2], exact, rtol=0, atol=1e-5 * exact[0, 0])
    assert np.all(np.abs(np.array(found.value)[:2, :2] - exact) <= error)
    # What is stored names both by their numbers, so that a run that goes on asks nobody who carries.
    assert set(load_config(tmp_path / "run" / "resolved.yaml").scattering.bands) == {"0", "1"}


def test_collisions_lead_from_band_to_band(tmp_path):
    """Collisions that forget the velocity are there only where the other band has states, at −0.05 to 0.05 eV; the way
    back follows from the states of both. Sums over a grid jump there, and their error falls as that of counts of points.
    """
    times = {"relaxation_time": TAU, "between": {"band 1": {"band 0": "0.5 ps"}}}
    given = config(electrons=(0.1, 0.05), holes=(0.2, 0.05), field=0.5, scattering=times)
    given["ensemble"]["grid"] = [64, 64]
    found = wavepacket.analyze(wavepacket.run(given, tmp_path / "run", announce=False))
    masses = np.array([0.1, 0.2]) * ELECTRON_MASS
    exact = pockets(masses, (-0.05, 0.05), (1, -1), TAU, 500.0, kelvin=300, turning=0.5e-5) / HBAR
    sigma = found["conductivity"]
    value, error = (np.array(each)[0, :2] for each in (sigma.value, sigma.uncertainty))
    assert np.all(np.abs(value - exact) <= error)
    assert np.all(error < 0.04 * exact[0])
    # Were the rates the same at all energies, 14 % less would flow.
    assert abs(two_band_formula((0.1, 0.05), (0.2, 0.05), 0.5, (1000 / 3, 500.0))[0, 0] / exact[0] - 1) > 0.1
    shares = found["conductivity_by_band"].value
    np.testing.assert_allclose(sum(map(np.array, shares.values())), sigma.value, rtol=0, atol=1e-10)
    stored = load_config(tmp_path / "run" / "resolved.yaml").scattering.between
    assert stored["band 0"]["band 1"] == pytest.approx(1000.0, rel=1e-3)
    assert stored["band 1"]["band 0"] == 500.0


def crossing(points, **more):
    """Electrons and holes about one point: both Fermi lines are one circle, where the bands cross."""
    bent = HBAR**2 / (2 * ELECTRON_MASS * 0.1)
    terms = {(2, 0): bent, (0, 2): bent, (0, 0): -0.05}
    given = config(**more)
    kp = [
        {"powers": list(powers), "matrix": np.diag([-each, each]).tolist()} for powers, each in terms.items()
    ]
    given["model"] |= {"kp": kp, "cutoff": 0.18}
    given["ensemble"]["grid"] = [points, points]
    return given


def test_bands_go_through_crossings_by_character(tmp_path):
    given = crossing(40, field=1.0, bands={"each": [0, 1], "follow": "character"})
    found = wavepacket.analyze(wavepacket.run(given, tmp_path / "run", announce=False))
    exact = np.linalg.inv(two_band_formula((0.1, 0.05), (0.1, 0.05), 1.0))
    rho = np.array(found["resistivity"].value)[:2, :2]
    np.testing.assert_allclose(rho, exact, rtol=0, atol=1e-4 * exact[0, 0])
    assert sorted(found["carrier_density_by_band"].facts["carriers"].values()) == ["electrons", "holes"]


def test_near_bands_are_told_with_their_weight():
    """Bands ±ε are nearer than ħ/τ where |ε| < ħ/2τ; both have states from the crossing on, one of them up to 0.05 eV."""
    problem = build_problem(config_from_mapping(crossing(160, scattering={"relaxation_time": 10.0})))
    told = float(problem.bands_found.partition(";")[2].split("%")[0]) / 100
    share = np.tanh(HBAR / 10.0 / 4 / HEAT) * (1 + np.exp(-0.05 / HEAT))
    assert told == pytest.approx(share, rel=0.03)


def test_more_electrons_than_holes_saturate(tmp_path):
    pockets = {"electrons": (0.1, 0.08), "holes": (0.2, 0.03)}
    found = wavepacket.analyze(wavepacket.run(config(**pockets, field=3.0), tmp_path / "run", announce=False))
    rho, exact = (
        np.array(found["resistivity"].value)[:2, :2],
        np.linalg.inv(two_band_formula(**pockets, field=3.0)),
    )
    np.testing.assert_allclose(rho, exact, rtol=0, atol=1e-4 * rho[0, 0])
    n, p = densities(pockets["electrons"], pockets["holes"])
    assert found["electron_density"].value == pytest.approx(n, rel=1e-4)
    assert found["hole_density"].value == pytest.approx(p, rel=1e-4)
    # ρ_yx/B of the many: 1/((p − n) e) at strong fields, in m²/C.
    assert found["hall_coefficient"].value == pytest.approx(exact[1, 0] / 3.0 * 25812.807459, rel=1e-3)


@pytest.mark.full
def test_steady_state_is_the_sum_of_those_of_its_bands(tmp_path):
    given = {
        "name": "steady",
        "model": {"name": "haldane", "staggered": 0.3},
        "fields": {"electric": ["1 kV/cm", 0]},
        "ensemble": {"kind": "fermi_dirac", "chemical_potential": 1.5, "temperature": 2000, "grid": [16, 16]},
        "scattering": {"relaxation_time": 10.0},
        "output": {"trajectories": 0},
    }
    kinds = {"both": {"bands": "auto"}, "lower": {"band": 0}, "upper": {"band": 1}}
    both, *alone = (
        wavepacket.analyze(wavepacket.run(given | bands, tmp_path / name, announce=False))
        for name, bands in kinds.items()
    )
    for name in ("longitudinal_conductivity", "hall_conductivity"):
        assert both[name].value == pytest.approx(sum(one[name].value for one in alone), rel=1e-9)
    for band, one in zip("01", alone, strict=True):
        np.testing.assert_allclose(
            both["current_density_by_band"].value[band], one["current_density"].value, rtol=1e-9
        )
        assert both["hall_conductivity_by_band"].value[band] == pytest.approx(
            one["hall_conductivity"].value, rel=1e-9
        )
