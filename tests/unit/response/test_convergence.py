"""Meshes and adaptive cells: exact values within the stated uncertainty, bounded work, no dependence on threads."""

from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest

from wavepacket.config import config_from_mapping
from wavepacket.errors import ConfigError, InputError, Interrupted
from wavepacket.hamiltonians import KPHamiltonian, haldane, weyl_lattice
from wavepacket.response import response
from wavepacket.response.adaptive import Adaptive
from wavepacket.response.axis import EnergyAxis
from wavepacket.response.collect import Task
from wavepacket.response.columns import Columns, ball, part_inside, regions_of_valleys
from wavepacket.response.domain import domain_of
from wavepacket.response.histogram import Histogram
from wavepacket.response.scan import FIXED, Estimate, combined
from wavepacket.response.targets import Target, Term
from wavepacket.response.uniform import REPLICAS, mesh_points

DIRAC = {"name": "massive_dirac", "velocity": 6.0, "mass": 0.1, "cutoff": 0.5}


def respond(model, threads=2, **section):
    return response(config_from_mapping({"name": "x", "model": model, "response": section}), threads=threads)


def disc(dimension, cutoff=0.7):
    powers = np.eye(3)[:dimension].astype(int)[:, :dimension]
    return KPHamiltonian.from_terms(
        {tuple(2 * p): [[1.0]] for p in powers}, cutoff=cutoff, dimension=dimension
    )


class TestDomain:
    @pytest.mark.parametrize(
        ("dimension", "volume"), [(1, 2 * 0.7), (2, np.pi * 0.7**2), (3, 4 / 3 * np.pi * 0.7**3)]
    )
    def test_ball_has_its_volume_and_second_moment(self, dimension, volume):
        points = domain_of(disc(dimension)).points(mesh_points(24, dimension, 0.5, 0, 24**dimension))
        weight = points.weight / 24**dimension * (2 * np.pi) ** dimension
        # Euler-Maclaurin: 7 s⁗ h⁴/5760 = 3e-6 at each of two ends of up to two eased coordinates, some more for k².
        assert weight.sum() == pytest.approx(volume, rel=2e-5)
        second = (weight[:, None] * points.k**2).sum(axis=0)[:dimension]
        expected = volume * 0.7**2 / (dimension + 2)
        np.testing.assert_allclose(second, expected, rtol=1e-4)

    @pytest.mark.parametrize("dimension", [2, 3])
    def test_edges_are_the_derivatives_of_the_map(self, dimension):
        domain, h = domain_of(disc(dimension)), 1e-6
        u = np.random.default_rng(1).uniform(0.1, 0.9, (5, dimension))
        for axis in range(dimension):
            step = h * np.eye(dimension)[axis]
            numeric = (domain.points(u + step).k - domain.points(u - step).k) / (2 * h)
            signed = domain.points(u).edges[:, axis]
            sign = np.sign(np.sum(numeric * signed, axis=1))[:, None]
            np.testing.assert_allclose(sign * signed, numeric, atol=1e-8)

    def test_no_cutoff_no_integral(self):
        model = {"kp": [{"powers": [2], "matrix": [[1]]}]}
        with pytest.raises(ConfigError, match="give the k·p model a cutoff"):
            respond(model)


@pytest.mark.parametrize("method", ["auto", "uniform", "adaptive"])
@pytest.mark.parametrize("mu", [0.0, 0.15, -0.3])
def test_dirac_valley_is_exact_within_its_uncertainty(mu, method):
    """σ_xy of one valley: ∓(e²/2h)(Δ/max(|μ|, Δ) − Δ/ε(cutoff)), and its states of a disc."""
    found = respond(
        DIRAC, chemical_potential=mu, method=method, uncertainty=2e-3, points=60_000,
        quantities=["density", "anomalous_hall_conductivity"],
    )  # fmt: skip
    edge = np.hypot(0.1, 6.0 * 0.5)
    exact = -0.5 * (0.1 / max(abs(mu), 0.1) - 0.1 / edge)
    hall = found["anomalous_hall_conductivity"]
    error = np.asarray(hall.uncertainty)[0, 0, 0, 1]
    assert abs(np.asarray(hall.value)[0, 0, 0, 1] - exact) <= error + 1e-9
    assert error < 5e-3


def test_a_weyl_metal_is_covered_at_two_targets():
    values = []
    for target in (2e-2, 6e-3):
        found = respond(
            {"name": "weyl_lattice"}, chemical_potential=[0.3], uncertainty=target, method="adaptive",
            quantities=["density", "anomalous_hall_conductivity"],
        )  # fmt: skip
        hall = found["anomalous_hall_conductivity"]
        values.append([np.asarray(part)[0, 0, 0, 1] for part in (hall.value, hall.uncertainty)])
        assert found.convergence["met"]
    (rough, doubt), (fine, rest) = values
    assert abs(rough - fine) <= doubt + rest
    assert rest < 0.5 * doubt


def test_a_budget_that_does_not_suffice_is_stated():
    found = respond(
        {"name": "weyl_lattice"}, chemical_potential=[0.3], uncertainty=1e-8, points=3000,
        quantities=["anomalous_hall_conductivity"],
    )  # fmt: skip
    assert not found.convergence["met"]
    assert found.convergence["points"] <= 3000
    assert any("not converged" in sentence for sentence in found.warnings)


def test_results_do_not_depend_on_threads():
    section = {
        "chemical_potential": [0.2, 0.3],
        "temperature": [0, 200],
        "points": 5000,
        "method": "adaptive",
    }
    one, two = (respond({"name": "haldane", "staggered": 0.4}, threads=n, **section) for n in (1, 2))
    for name, observable in one.observables.items():
        if not isinstance(observable.value, dict):
            np.testing.assert_array_equal(observable.value, two[name].value)


def test_what_was_stopped_is_known_so_far_and_goes_on_with_the_same_bits(tmp_path):
    """Stopped after every fifth block, again and again: meshes and rounds that are finished stay."""
    section = {"chemical_potential": [0.2, 0.3], "temperature": [0, 200], "points": 5000}
    config = config_from_mapping(
        {"name": "x", "model": {"name": "haldane", "staggered": 0.4}, "response": section}
    )
    whole = response(config, threads=1)
    file, known = tmp_path / "some.partial.npz", []
    for _ in range(60):
        asked = iter([False] * 4 + [True] * 1000)
        with suppress(Interrupted):
            known.append(response(config, threads=1, partial=file, stop=lambda asked=asked: next(asked)))
            if not known[-1].convergence["stopped"]:
                break
        assert file.is_file()
    assert not file.exists()
    for content in (b"no such file", b"PK\x03\x04"):
        file.write_bytes(content)
        with pytest.raises(InputError, match="not what this integration left"):
            response(config, threads=1, partial=file)
        assert file.read_bytes() == content
    with pytest.raises(InputError, match="there is no folder"):
        response(config, threads=1, partial=tmp_path / "absent" / "some.npz")
    for name, observable in whole.observables.items():
        if not isinstance(observable.value, dict):
            np.testing.assert_array_equal(observable.value, known[-1][name].value)
    # What was said on the way is right within what was said of it.
    for found in known[:-1]:
        assert "stopped on request" in found.warnings[0]
        hall = found["anomalous_hall_conductivity"]
        off = np.abs(np.asarray(hall.value) - np.asarray(whole["anomalous_hall_conductivity"].value))
        assert np.all(off <= 2 * (np.asarray(hall.uncertainty) + 1e-12))
    assert len(known) > 1


HALL = Target("anomalous_hall_conductivity", ((Term("sea", "curvature"),),), 1e-3)
DENSITY = Target("density", ((Term("sea", "one"),),), 1e-3)


def test_a_temperature_does_not_depend_on_the_others():
    """Cells that 50 K does not resolve, but 600 K does, were Sommerfeld's at both, 30 % off at 600 K."""
    section = {
        "chemical_potential": [-0.7, -0.4],
        "method": "uniform",
        "mesh": 48,
        "points": 11_520,
        "uncertainty": 1e-9,
    }
    model = {"name": "haldane", "staggered": 0.4}
    both, one = (respond(model, temperature=kelvin, **section) for kelvin in ([50, 600], [600]))
    for name in ("density", "entropy", "anomalous_nernst_conductivity", "berry_curvature_dipole"):
        value, alone = (np.asarray(found[name].value)[:, -1] for found in (both, one))
        # Nodes are the same ones.
        np.testing.assert_allclose(value, alone, rtol=1e-12, atol=1e-20)


class TestRegions:
    def test_a_ball_has_its_area_in_cells_that_it_cuts(self):
        """Flat borders over cells miss h²/8R of the radius; cells that are in or out are off by far more."""
        crystal = haldane()
        points = domain_of(crystal).points(mesh_points(24, 2, [0.3, 0.1, 0.0][:2], 0, 24**2))
        part = part_inside(ball(crystal, (0.3, 0.6), 0.8), points.k, points.edges / 24)
        step = np.linalg.norm(points.edges[0] / 24, axis=1).max()
        area = part.sum() * np.abs(np.linalg.det(points.edges[0, :2, :2])) / 24**2
        assert area == pytest.approx(np.pi * 0.8**2, rel=(step / 0.8) ** 2 / 4)
        assert np.any((part > 0.1) & (part < 0.9))

    def test_valleys_share_every_cell(self):
        crystal = haldane()
        points = domain_of(crystal).points(mesh_points(24, 2, 0.37, 0, 24**2))
        parts = [
            part_inside(region, points.k, points.edges / 24)
            for region in regions_of_valleys(crystal).values()
        ]
        np.testing.assert_allclose(np.sum(parts, axis=0), 1.0, atol=1e-12)


class TestAdaptive:
    def made(self, rounds):
        axis = EnergyAxis(np.array([0.25, 0.4]), np.array([0.0]))
        task = Task(domain_of(haldane(staggered=0.4)), axis, Columns(2))
        adaptive = Adaptive(task, 8, [HALL], axis.mu)
        for _ in range(rounds):
            assert adaptive.refine(np.full((1, 4), 0.1), 10**6)
        return adaptive

    def test_cells_fill_the_zone_at_every_stage(self):
        """The number of states of both bands, at μ above them, is that of the cell: no part lost or counted twice."""
        area = haldane().cell_volume
        for rounds in (0, 1, 4):
            axis = EnergyAxis(np.array([-50.0, 50.0]), np.array([0.0]))
            task = Task(domain_of(haldane()), axis, Columns(2))
            adaptive = Adaptive(task, 4, [DENSITY, HALL], axis.mu)
            for _ in range(rounds):
                size = adaptive._cells.error.shape
                noise = np.random.default_rng(rounds).uniform(size=size).astype(np.float32)
                adaptive._cells = replace(adaptive._cells, error=noise)
                assert adaptive.refine(np.ones((2, 4)), 10**5)
            count = adaptive.collected.rows[:, 0]
            steps = count[3 * 2 : 4 * 2].cumsum(axis=0)
            np.testing.assert_allclose(steps[1, 0] * area, 2.0, rtol=1e-12)
            np.testing.assert_allclose(steps[1, 1:], 0.0, atol=1e-12)

    def test_replicas_are_shifted_and_divided_apart(self):
        """Each has the zone to itself, and the spread of five values is the printed deviation of their mean."""
        adaptive = self.made(6)
        cells = adaptive._cells
        volumes = [np.sum((0.5 ** cells.level[cells.replica == part] / 8) ** 2) for part in range(REPLICAS)]
        np.testing.assert_allclose(volumes, 1.0, rtol=1e-12)
        found = Histogram(adaptive._task.axis, combined(adaptive.collected).rows).cold("sea")[:, 1]
        # Deviations of five values from their mean add up to nothing, times Student's 2.776/(2 √4).
        deviations = found[:, 2:] / (2.776 / 4)
        np.testing.assert_allclose(deviations.sum(axis=1), 0.0, atol=1e-12)
        channels = np.insert(deviations * (2.776 / 4), 0, np.zeros((FIXED, 1)), axis=1)
        bound = Estimate(channels, np.zeros(2)).statistical
        np.testing.assert_allclose(bound, 2.776 * np.std(deviations, axis=1, ddof=1) / 5**0.5, rtol=1e-12)


def test_a_flat_band_is_no_trouble():
    flat = {
        "lattice": [[2.0, 0], [0, 2.0]],
        "hoppings": [{"cell": [0, 0], "matrix": [[1.0, 0.5], [0.5, -1.0]]}],
    }
    found = respond(flat, chemical_potential=[-2, 0, 2], temperature=[0, 300])
    np.testing.assert_allclose(np.asarray(found["density"].value)[:, 0], [0, 0.25, 0.5], atol=1e-12)
    assert np.isfinite(np.asarray(found["orbital_magnetization"].value)).all()


def test_one_dimension_has_density_alone():
    found = respond({"lattice": [[3.0]], "hoppings": [{"cell": [1], "matrix": [[-1]]}]},
                    chemical_potential=[-1.0, 0.0, 1.0])  # fmt: skip
    # ε = −2 cos ka: n = (1/πa) arccos(−μ/2).
    exact = np.arccos(-np.array([-1.0, 0.0, 1.0]) / 2) / (np.pi * 3.0)
    np.testing.assert_allclose(np.asarray(found["density"].value)[:, 0], exact, rtol=2e-3)
    assert "anomalous_hall_conductivity" not in found.observables


def test_unknown_fillings_and_fluxes_are_input_errors():
    from wavepacket.response.flux import exact_flux

    with pytest.raises(InputError, match="two-dimensional"):
        exact_flux(weyl_lattice(), np.zeros(1), np.zeros(1), 5)
