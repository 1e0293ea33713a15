"""Maps, paths and summaries of bands against numbers known in closed form."""

import itertools
import json
import math

import numpy as np
import pytest

from wavepacket.bands import band
from wavepacket.bands.chern import chern_number
from wavepacket.bandstructure.maps import default_quantity, zone_map
from wavepacket.bandstructure.path import band_path
from wavepacket.bandstructure.points import find_plane, find_point, point_label
from wavepacket.bandstructure.summary import band_summary
from wavepacket.bandstructure.zone import Plane
from wavepacket.errors import InputError
from wavepacket.hamiltonians import (
    LatticeHamiltonian,
    cosine_band,
    gapped_graphene,
    haldane,
    massive_dirac,
    parabolic_band,
    qi_wu_zhang,
    weyl_lattice,
    weyl_node,
)
from wavepacket.units import ELECTRON_MASS, HBAR


def test_map_covers_the_zone_and_holds_the_band():
    hamiltonian = haldane()
    source = band(hamiltonian, 0)
    drawn = zone_map(source, "berry_curvature", 60)
    assert drawn.k.shape == (60, 60, 3)
    assert drawn.values.shape == (60, 60)
    left, right, bottom, top = drawn.extent
    assert left < drawn.outline[:, 0].min() < drawn.outline[:, 0].max() < right
    assert bottom < drawn.outline[:, 1].min() < drawn.outline[:, 1].max() < top
    np.testing.assert_allclose(drawn.values[7, 31], source.geometry(drawn.k[7, 31]).berry_curvature[0, 2])
    assert (drawn.unit, drawn.label) == ("angstrom^2", r"$\Omega_z$")
    assert {name: len(places) for name, places in drawn.points.items()} == {"Γ": 1, "K": 3, "K′": 3, "M": 2}


def test_map_of_the_moment_is_in_bohr_magnetons():
    hamiltonian = gapped_graphene()
    drawn = zone_map(band(hamiltonian, 1), "orbital_moment", 40)
    assert drawn.unit == "mu_B"
    # the peak at K is narrower than the grid and is there nevertheless
    assert np.abs(drawn.values).max() == pytest.approx(33.8336, rel=1e-5)


def test_map_in_one_dimension_is_a_curve():
    drawn = zone_map(band(cosine_band(hopping=0.25, lattice_constant=4.0), 0), "energy", 101)
    assert drawn.k.shape == (101, 1, 3)
    np.testing.assert_allclose(drawn.values[:, 0], -0.5 * np.cos(4.0 * drawn.k[:, 0, 0]), atol=1e-14)
    np.testing.assert_allclose(drawn.outline[:, 0], [-math.pi / 4, math.pi / 4])
    np.testing.assert_allclose(np.sort(drawn.points["X"][:, 0]), [-math.pi / 4, math.pi / 4])


def test_map_in_a_plane_of_a_crystal_with_monopoles():
    source = band(weyl_lattice(), 0)
    drawn = zone_map(source, "berry_curvature", 41, plane="xz")
    assert drawn.plane.axes == ("x", "z")
    assert drawn.label == r"$\Omega_z$"  # the y component, normal to the plane, vanishes on it
    assert np.abs(drawn.k[..., 1]).max() == 0
    assert {"Γ", "X", "Z", "W⁺", "W⁻"} <= set(drawn.points)
    assert zone_map(source, "berry_curvature", 9, component="x").label == r"$\Omega_x$"
    shifted = zone_map(source, "gap", 9, plane=Plane(np.array([0, 0, math.pi / 8]), *np.eye(3)[:2]))
    assert shifted.values.min() == pytest.approx(0, abs=1e-12)
    assert "W⁺" in shifted.points
    assert "Γ" not in shifted.points


def test_curvature_of_a_degenerate_point_is_left_out():
    drawn = zone_map(band(weyl_node(cutoff=0.5), 0), "berry_curvature", 21)
    assert np.isnan(drawn.values[10, 10])
    assert np.isfinite(drawn.values[0, 0])
    flat = LatticeHamiltonian.from_hoppings(4 * np.eye(3), {(1, 0, 0): np.eye(2)}, positions=np.zeros((2, 3)))
    assert np.isnan(zone_map(band(flat, 0), "orbital_moment", 5).values).all()


def test_map_of_a_model_without_a_zone():
    source = band(parabolic_band(), 0)
    assert zone_map(source, "energy", 11).outline is None
    assert zone_map(source, "energy", 11, half_width=0.2).extent == pytest.approx((-0.2, 0.2, -0.2, 0.2))


def test_map_around_the_paths_of_a_model_without_a_zone():
    paths = np.array([[[0.02, 0.0, 0.0], [np.nan, 0.0, 0.0]]])
    assert zone_map(band(parabolic_band(), 0), "energy", 5, around=paths).extent[1] == pytest.approx(0.028)
    assert zone_map(band(massive_dirac(cutoff=0.5), 0), "energy", 5, around=[[9.0, 0, 0]]).extent[1] < 0.7
    assert zone_map(band(parabolic_band(), 0), "energy", 5, around=0 * paths).extent[1] > 0.3
    whole = zone_map(band(haldane(), 0), "energy", 5).extent
    assert zone_map(band(haldane(), 0), "energy", 5, around=paths).extent == whole


def test_folded_places():
    hamiltonian = gapped_graphene()
    drawn = zone_map(band(hamiltonian, 0), "gap", 9)
    inside = np.array([[0.3, 0.4, 0.0]])
    np.testing.assert_allclose(drawn.place(inside + 3 * hamiltonian.reciprocal[1]), [[0.3, 0.4]])


@pytest.mark.parametrize(
    ("hamiltonian", "expected"),
    [
        (haldane(), "berry_curvature"),
        (weyl_lattice(), "berry_curvature"),
        (massive_dirac(), "berry_curvature"),
        (cosine_band(), "energy"),
        (parabolic_band(), "energy"),
    ],
)
def test_default_quantity(hamiltonian, expected):
    assert default_quantity(band(hamiltonian, 0)) == expected


def test_bad_requests_for_maps():
    source = band(haldane(), 0)
    with pytest.raises(InputError, match="unknown quantity 'heat'"):
        zone_map(source, "heat")
    with pytest.raises(InputError, match="the spin of haldane is not known"):
        zone_map(source, "spin")
    with pytest.raises(InputError, match="unknown component"):
        zone_map(source, "berry_curvature", 5, component="w")


def test_ticks_of_a_path_lie_at_the_right_distances():
    path = band_path(gapped_graphene(lattice_constant=2.46), "G K M G", 120)
    side = 4 * math.pi / (3 * 2.46)
    expected = np.cumsum([0, side, side / 2, side * math.sqrt(3) / 2])
    np.testing.assert_allclose(path.tick_positions, expected)
    assert path.tick_labels == ("Γ", "K", "M", "Γ")
    assert all(np.isclose(path.distance, position, atol=1e-12).any() for position in expected)
    assert 118 <= len(path.distance) <= 122
    assert path.energies.shape == path.curvature.shape == path.moment.shape == (len(path.distance), 2)
    at_k = np.argmin(np.abs(path.distance - expected[1]))
    np.testing.assert_allclose(path.energies[at_k], [-0.14, 0.14])
    np.testing.assert_allclose(path.curvature[at_k], [920.754, -920.754], rtol=1e-6)
    np.testing.assert_allclose(path.moment[at_k], [-33.8336] * 2, rtol=1e-5)


def test_paths_by_coordinates_and_by_default():
    hamiltonian = qi_wu_zhang(lattice_constant=4.0)
    np.testing.assert_allclose(band_path(hamiltonian, "G 1/2,0").k[-1], [math.pi / 4, 0, 0])
    assert band_path(hamiltonian, "", 30).tick_labels == ("Γ", "X", "M", "Γ")
    assert band_path(massive_dirac(cutoff=0.5), "", 11).k[0, 0] == -0.5
    plain = LatticeHamiltonian.from_hoppings(4 * np.eye(3), {(1, 0, 0): [[1.0]]})
    assert band_path(plain, "", 30).tick_labels == ("½ 0 0", "Γ", "0 ½ 0", "Γ", "0 0 ½")


@pytest.mark.parametrize("path", ["G Q", "G", "G G", "K 1/0,0", "1,,2 G", "G 1,2,3,4", "G --1"])
def test_bad_paths(path):
    with pytest.raises(InputError):
        band_path(haldane(), path)


def test_names_of_points():
    assert point_label("Gamma") == "Γ"
    assert point_label("X1") == "X1"
    np.testing.assert_allclose(find_point(massive_dirac(), "0.1,-0.2"), [0.1, -0.2, 0])


@pytest.mark.parametrize(
    ("phi", "index", "expected"), [(1.2, 0, 1), (1.2, 1, -1), (-1.2, 0, -1), (0.0, 0, 0)]
)
def test_chern_number_of_haldane(phi, index, expected):
    assert chern_number(haldane(phi=phi, staggered=0.1), index) == expected


def test_chern_number_does_not_see_the_orientation_of_the_lattice_vectors():
    plain = qi_wu_zhang()
    turned = LatticeHamiltonian.from_hoppings(
        plain.lattice[[1, 0], :2],
        {(b, a): matrix for (a, b, _), matrix in zip(plain.cells.tolist(), plain.hoppings, strict=True)},
        positions=np.zeros((2, 2)),
    )
    assert chern_number(plain, 0) == chern_number(turned, 0) == -1


def test_chern_number_next_to_a_transition_and_where_there_is_none():
    # A gap of 4e-5 eV: a mesh that sees it everywhere would have 10^5 points along each axis.
    assert [chern_number(qi_wu_zhang(m=m), 0) for m in (1.97, 1.99998, 2.0)] == [-1, -1, None]
    assert chern_number(qi_wu_zhang(m=2.03), 0) == 0
    assert chern_number(weyl_lattice(), 0) is None
    assert chern_number(massive_dirac(), 0) is None


def test_summary_of_gapped_graphene():
    facts = band_summary(gapped_graphene(hopping=2.82, gap=0.28), 1).as_json()
    json.dumps(facts, allow_nan=False)
    assert facts["lattice_type"] == "hexagonal"
    observables = facts["observables"]
    assert observables["energy_minimum"]["value"] == pytest.approx(0.14)
    assert observables["energy_maximum"]["value"] == pytest.approx(math.hypot(0.14, 3 * 2.82))
    np.testing.assert_allclose(observables["energy_maximum"]["wavevector"], 0, atol=1e-6)
    assert observables["smallest_gap"]["value"] == pytest.approx(0.28)
    assert np.linalg.norm(observables["smallest_gap"]["wavevector"]) == pytest.approx(
        4 * math.pi / (3 * 2.46)
    )
    assert observables["chern_number"]["value"] == 0
    assert list(facts["valleys"]) == ["K", "K'"]
    assert facts["valleys"]["K"]["berry_curvature"]["value"][2] == pytest.approx(-920.754, rel=1e-6)
    assert facts["valleys"]["K'"]["orbital_moment"]["value"][2] == pytest.approx(33.8336, rel=1e-5)
    # Massive Dirac: m* = Δ/v² with half gap Δ and ħv = √3at/2.
    mass = 0.14 / (math.sqrt(3) / 2 * 2.46 * 2.82 / HBAR) ** 2 / ELECTRON_MASS
    np.testing.assert_allclose(facts["valleys"]["K"]["effective_mass"]["value"], mass, rtol=1e-6)
    assert [gap["bands"] for gap in facts["gaps"]] == [[0, 1], [0, 1]]


def test_summary_finds_weyl_points_and_a_gap_away_from_named_points():
    facts = band_summary(weyl_lattice(node=1.1, lattice_constant=4.0), 0).as_json()
    assert facts["observables"]["smallest_gap"]["value"] < 1e-9
    assert abs(facts["observables"]["smallest_gap"]["wavevector"][2]) == pytest.approx(1.1 / 4.0)
    assert "chern_number" not in facts["observables"]
    assert facts["valleys"]["W+"]["berry_curvature"]["value"] == [None, None, None]
    assert sorted(point["chirality"]["value"] for point in facts["weyl_points"]) == [-1, 1]
    unnamed = LatticeHamiltonian.from_hoppings(3.0 * np.eye(1), {(1,): [[0.2]], (2,): [[0.15]]})
    lowest = band_summary(unnamed, 0).observables["energy_minimum"]
    cosine = -0.2 / (4 * 0.15)
    assert lowest.value == pytest.approx(0.4 * cosine + 0.3 * (2 * cosine**2 - 1), abs=1e-12)


def test_summary_of_models_without_a_zone():
    facts = band_summary(massive_dirac(velocity=6.0, mass=0.1, cutoff=0.5), 1).observables
    assert facts["energy_maximum"].value == pytest.approx(math.hypot(0.1, 3.0))
    np.testing.assert_allclose(facts["energy_minimum"].facts["wavevector"], 0, atol=1e-9)
    assert band_summary(parabolic_band(), 0).as_json()["observables"]["smallest_gap"]["value"] is None


def test_bands_that_coincide_everywhere_are_one_level():
    """Two copies of a chain: the gap of either is that to the third band, and a remark says so."""
    blocks = {(0,): np.diag([0.0, 0.0, 3.0]), (1,): np.diag([0.3, 0.3, 0.1])}
    double = LatticeHamiltonian.from_hoppings(3.0 * np.eye(1), blocks)
    for index in (0, 1):
        summary = band_summary(double, index)
        assert summary.observables["smallest_gap"].value == pytest.approx(3.0 - 0.4)
        assert "bands 0 to 1 lie within" in summary.notes[0]


def test_paths_that_jump():
    path = band_path(haldane(), "G K|M G", 60)
    assert path.tick_labels == ("Γ", "K|M", "Γ")
    first, second = (slice(*ends) for ends in itertools.pairwise([*path.starts, len(path.k)]))
    assert path.distance[first][-1] == path.distance[second][0] == path.tick_positions[1]
    np.testing.assert_allclose(path.k[second][0], find_point(haldane(), "M"), atol=1e-12)
    with pytest.raises(InputError, match="two or more"):
        band_path(haldane(), "G K|M")


def test_curvature_of_bands_that_nearly_coincide_is_their_mean():
    """A splitting of 1e-5 eV mixes two copies of Haldane's model; the mean over both is that of the model."""
    model = haldane(staggered=0.2)
    mixing = np.kron(np.diag([1e-5, -1e-5]), np.diag([1.0, 0.3])) + 1e-6 * np.kron(
        [[0, 1], [1, 0]], [[0, 1], [1, 0]]
    )
    table = {
        tuple(c): np.kron(np.eye(2), m) for c, m in zip(model.cells.tolist(), model.hoppings, strict=True)
    }
    table[(0, 0, 0)] = table[(0, 0, 0)] + mixing
    double = LatticeHamiltonian.from_hoppings(
        model.lattice, table, positions=np.tile(model.positions, (2, 1)), periodic=model.periodic
    )
    route = "0,0 2/3,1/3 1/2,0"
    one, two = band_path(model, route, 30), band_path(double, route, 30)
    np.testing.assert_allclose(two.curvature[:, 0], two.curvature[:, 1])
    np.testing.assert_allclose(
        two.curvature[:, [0, 2]], one.curvature, atol=1e-4 * np.abs(one.curvature).max()
    )


def test_tables_of_a_path_and_a_map(tmp_path):
    path = band_path(haldane(), "G K|M G", 10)
    path.write_csv(tmp_path / "path.csv")
    rows = (tmp_path / "path.csv").read_text().splitlines()
    assert rows[0].startswith("distance (1/angstrom),kx (1/angstrom)")
    assert len(rows) == 1 + 2 * len(path.k)
    np.testing.assert_allclose([float(row.split(",")[5]) for row in rows[1:3]], path.energies[0])
    drawn = zone_map(band(haldane(), 0), "gap", 5).as_json()
    assert np.shape(drawn["values"]["value"]) == (5, 5)
    json.dumps([path.as_json(), drawn], allow_nan=False)


def test_planes_by_points():
    hamiltonian = weyl_lattice()
    plane = find_plane(hamiltonian, "X G Z")
    np.testing.assert_allclose(plane.origin, find_point(hamiltonian, "X"))
    assert abs(np.cross(plane.first, plane.second)[1]) == pytest.approx(1)
    assert find_plane(hamiltonian, "yz").axes == ("y", "z")
    for name in ("G X", "xx", "G X X", "G Q Z"):
        with pytest.raises(InputError):
            find_plane(hamiltonian, name)


def test_work_is_told_as_it_goes_on_and_does_not_depend_on_it():
    told: dict[str, list[tuple[int, int]]] = {"map": [], "path": [], "search": []}

    def report(what):
        return lambda done, total: told[what].append((done, total))

    source = band(haldane(), 0)
    drawn = zone_map(source, "berry_curvature", 60, progress=report("map"))
    band_path(haldane(), "G K M", 20, progress=report("path"))
    band_summary(haldane(), 0, progress=report("search"))
    for steps in told.values():
        assert len(steps) > 1
        assert steps == sorted(steps)
        assert steps[-1][0] == steps[-1][1]
    whole = source.geometry(drawn.k.reshape(-1, 3)).berry_curvature[:, 2]
    np.testing.assert_array_equal(drawn.values.ravel(), whole)
