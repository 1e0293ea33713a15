"""Orbits in B against closed forms, quadrature that knows nothing of them, and exact Landau levels."""

import numpy as np
import pytest
from scipy.integrate import quad

from tests.reference.landau import dirac_landau_levels, kp_landau_levels
from tests.reference.random_crystal import random_crystal
from wavepacket import hamiltonians, orbits
from wavepacket.bands.search import band_energies, search_grid
from wavepacket.errors import InputError
from wavepacket.hamiltonians import KPHamiltonian, LatticeHamiltonian
from wavepacket.oscillations import Search, landau_levels, scan_orbits
from wavepacket.oscillations.orbit import orbit_of
from wavepacket.units import E_OVER_HBAR, ELECTRON_MASS, HBAR

pytestmark = pytest.mark.physics

PAULI = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])


ROUGH = {"planes": 21, "points": 40}


def found(model, magnetic, mu, index=0, charge=-1, **options):
    config = {"name": "o", "band": index, "charge": charge, "fields": {"magnetic": list(magnetic)}}
    return orbits(config, hamiltonian=model, chemical_potential=mu, **options)


@pytest.mark.parametrize("valley", [1, -1])
@pytest.mark.parametrize("field", [3.0, -3.0])
@pytest.mark.parametrize("band", [0, 1])
def test_massive_dirac_has_its_exact_levels(valley, field, band):
    """Berry phase and moment add up to none: A = 2π n eB/ħ, though each of them depends on the energy."""
    side = 2 * band - 1
    model = hamiltonians.massive_dirac(valley=valley)
    orbit = found(model, [0, 0, field], 0.17 * side, band).orbits[0]
    assert orbit.kind == ("electron" if band else "hole")
    # Upper band: Ω = −τ(ħv)²Δ/2ε³ about z, whose flux is −τπ(1 − Δ/ε); the lower band has the other sign.
    turn = -valley * np.sign(field) * side * np.pi
    assert orbit.berry_phase == pytest.approx(turn * (1 - 0.1 / 0.17), rel=1e-10)
    assert orbit.moment_phase == pytest.approx(turn * 0.1 / 0.17, rel=1e-10)
    assert orbit.phase == pytest.approx(0.0, abs=1e-10)
    exact = dirac_landau_levels(6.0, 0.1, field, 40, valley)
    exact = np.sort(np.abs(exact[exact * side > 0]))
    own = side * landau_levels(orbit, abs(field), range(12, 20))
    step = np.diff(exact)[15]
    assert np.abs(own[:, None] - exact).min(axis=1).max() < 1e-6 * step
    assert len(np.unique(own.round(9))) == 8


def test_weyl_node_has_its_exact_levels_in_every_plane():
    """At k_∥ the levels are ±√(n 2eB/ħ + k_∥²) ħv; at the extremal orbit the Berry phase alone is π."""
    field = 4.0
    result = found(hamiltonians.weyl_node(), [0.0, 0.3 * field / 5, 0.4 * field / 5 * 3.0], 0.3, 1)
    orbit = result.orbits[0]
    size = result.field
    assert abs(orbit.berry_phase) == pytest.approx(np.pi, abs=1e-9)
    assert orbit.moment_phase == pytest.approx(0.0, abs=1e-9)
    assert orbit.bend == pytest.approx(-2 * np.pi, rel=1e-7)
    assert orbit.area == pytest.approx(np.pi * 0.06**2, rel=1e-11)
    for along in (0.0, 0.03):
        there = orbit_of(orbit.curve.moved(along=along))
        exact = 5.0 * np.sqrt(2 * np.arange(1, 30) * E_OVER_HBAR * size + along**2)
        own = landau_levels(there, size, range(8, 14))
        assert np.abs(own[:, None] - exact).min(axis=1).max() < 1e-6 * np.diff(exact).min()
        if along:
            assert abs(there.moment_phase) > 1.0  # neither part alone would do
            assert abs(there.berry_phase) < 2.0


def test_levels_of_a_warped_dirac_band_are_right_to_first_order():
    """Exact levels in an oscillator basis; without the moment they would be off by a tenth of their distance."""
    model = KPHamiltonian.from_terms(
        {(1, 0): 5.0 * PAULI[0] + 0.5 * np.eye(2), (0, 1): 4.0 * PAULI[1], (0, 0): 0.1 * PAULI[2],
         (2, 0): 6.0 * np.eye(2) + 3.0 * PAULI[2], (0, 2): 4.0 * np.eye(2)},
        length_scale=10.0, cutoff=0.3,
    )  # fmt: skip
    orbit = found(model, [0, 0, 1.0], 0.25, 1).orbits[0]
    assert abs(orbit.moment_phase) > 0.6
    misfits = []
    for field in (2.0, 1.0):
        exact = kp_landau_levels(model, field, 160)
        nearest = round(orbit.frequency / field)
        own = landau_levels(orbit, field, [nearest])
        near = np.sort(np.abs(exact - own[0]))
        misfits.append(near[0] / np.diff(np.sort(exact[np.argsort(np.abs(exact - own[0]))[:2]]))[0])
    assert misfits[0] < 0.02
    assert misfits[1] == pytest.approx(misfits[0] / 2, rel=0.2)


def test_ellipsoids_in_tilted_fields():
    """m_c = √(m₁m₂m₃/(b·m·b)), A = 2π m_c μ/ħ², A'' = −2A/k² where the surface ends at k along B."""
    masses = np.array([0.1, 0.25, 0.7])
    model = hamiltonians.parabolic_band(*masses, dimension=3, cutoff=0.2)
    for field in ([0, 0, 2.0], [1.0, -2.0, 0.5]):
        axis = np.array(field) / np.linalg.norm(field)
        orbit = found(model, field, 0.05, planes=21).orbits[0]
        along = axis @ (masses * axis)
        mass = np.sqrt(masses.prod() / along)
        area = 2 * np.pi * mass * ELECTRON_MASS * 0.05 / HBAR**2
        assert orbit.cyclotron_mass == pytest.approx(mass, rel=1e-10)
        assert abs(orbit.area - area) <= max(orbit.area_error, 1e-12 * area)
        assert orbit.frequency == pytest.approx(area / (2 * np.pi * E_OVER_HBAR), rel=1e-10)
        assert orbit.bend == pytest.approx(-2 * area / (2 * along * ELECTRON_MASS * 0.05 / HBAR**2), rel=1e-7)
        assert orbit.period(2.0) == pytest.approx(
            2 * np.pi * mass * ELECTRON_MASS / (E_OVER_HBAR * HBAR * 2), rel=1e-10
        )
        assert orbit.phase == 0.5


def _cubic_area(depth):
    """Area in k a of cos x + cos y > depth, by quadrature of its outline."""
    end = np.arccos(depth - 1)
    return (
        4 * quad(lambda x: np.arccos(np.clip(depth - np.cos(x), -1, 1)), 0, end, epsabs=1e-11, limit=200)[0]
    )


def test_neck_and_hole_of_a_cubic_crystal():
    """t = 0.25 eV, a = 4 Å, μ = −0.2 eV: cos x + cos y = −μ/2t − cos z at z = π (neck) and 0 (hole around M)."""
    result = found(hamiltonians.cosine_band(dimension=3), [0, 0, 1.0], -0.2, **ROUGH)
    hole, neck = result.orbits
    for orbit, depth, kind in ((neck, 0.4 + 1, "electron"), (hole, 1 - 0.4, "hole")):
        area = _cubic_area(depth) / 16
        assert (orbit.kind, orbit.extremum, orbit.copies) == (kind, "minimum", 1)
        assert orbit.area == pytest.approx(area, rel=1e-8)
        change = 1e-4
        slope = (_cubic_area(depth - change) - _cubic_area(depth + change)) / (2 * change) / 16 / 0.5
        assert orbit.cyclotron_mass == pytest.approx(HBAR**2 * slope / (2 * np.pi * ELECTRON_MASS), rel=1e-6)
    assert not result.open


def test_extremal_orbits_in_a_tilted_field_are_extremal():
    """The neck along a direction of no symmetry, its areas by quadrature over the angle around its middle."""
    result = found(hamiltonians.cosine_band(dimension=3), [0.3, 0.1, 1.0], -0.2, **ROUGH)
    neck = min(result.orbits, key=lambda orbit: orbit.area)
    section, centre = neck.curve.section, neck.curve.z.mean()

    def area(along):
        def radius(angle):
            r = 0.2
            for _ in range(50):
                z = centre + r * np.exp(1j * angle)
                k = 4.0 * (z.real * section.first + z.imag * section.second + along * section.axis)
                way = np.cos(angle) * section.first + np.sin(angle) * section.second
                r -= (-0.5 * np.cos(k).sum() + 0.2) / (2.0 * np.sin(k) @ way)
            return r

        angles = 2 * np.pi * np.arange(256) / 256
        return np.pi * np.mean([radius(angle) ** 2 for angle in angles])

    here, step = area(neck.along), 0.02
    assert neck.area == pytest.approx(here, rel=1e-10)
    below, above = area(neck.along - step), area(neck.along + step)
    assert (above - below) / (2 * step) == pytest.approx(0.0, abs=1e-3 * neck.bend * step)
    assert neck.bend == pytest.approx((above + below - 2 * here) / step**2, rel=0.01)


def test_open_orbits_are_told_from_closed_ones():
    """B a little off x has open orbits along z; along the cube's diagonal all are closed."""
    crystal = hamiltonians.cosine_band(dimension=3)
    result = found(crystal, [1.0, 0.1, 0.0], -0.2, **ROUGH)
    ((direction, share),) = result.open[0]
    assert np.abs(direction) == pytest.approx([0, 0, np.pi / 2])
    assert 0.1 < share < 0.4
    assert not found(crystal, [1.0, 1.0, 1.0], -0.2, **ROUGH).open
    # A band along two axes only: open everywhere across B.
    layers = LatticeHamiltonian.from_hoppings(4.0 * np.eye(3), {(1, 0, 0): [[-0.25]], (0, 0, 1): [[-0.02]]})
    result = found(layers, [0.0, 1.0, 0.0], 0.0, planes=11)
    assert not result.orbits
    assert np.abs(result.open[0][0][0]) == pytest.approx([0, 0, np.pi / 2])


def test_a_cylinder_along_the_field_has_one_constant_orbit():
    layers = LatticeHamiltonian.from_hoppings(4.0 * np.eye(3), {(1, 0, 0): [[-0.25]], (0, 1, 0): [[-0.25]]})
    (orbit,) = found(layers, [0, 0, 1.0], -0.4, **ROUGH).orbits
    assert orbit.extremum == "constant"
    assert orbit.bend == 0.0
    assert orbit.area == pytest.approx(_cubic_area(0.8) / 16, rel=1e-8)


def test_six_valleys_are_copies_and_a_charge_turns_the_other_way():
    """Pockets at the faces' middles: along z two and four of them; positive carriers in −B move as negative ones in B."""
    crystal = hamiltonians.cosine_band(dimension=3)
    result = found(crystal, [0, 0, 1.0], -0.9, **ROUGH)
    assert [orbit.copies for orbit in result.orbits] == [1]
    pockets = LatticeHamiltonian.from_hoppings(
        4.0 * np.eye(3), {(2, 0, 0): [[-0.25]], (0, 2, 0): [[-0.25]], (0, 0, 1): [[-0.25]]}
    )
    assert found(pockets, [0, 0, 1.0], -1.4, **ROUGH).orbits[0].copies == 4
    model = hamiltonians.massive_dirac()
    one, other = (found(model, [0, 0, b], 0.15, 1, charge=q).orbits[0] for b, q in ((1.0, -1), (-1.0, 2)))
    assert one.berry_phase == pytest.approx(other.berry_phase, rel=1e-12)
    assert one.moment_phase == pytest.approx(other.moment_phase, rel=1e-12)
    assert one.frequency == pytest.approx(2 * other.frequency, rel=1e-12)


def curvature_inside(curve):
    """∫Ω·b over the inside of a star-shaped curve, by a sum over radius and the curve's own parameter."""
    nodes, weights = np.polynomial.legendre.leggauss(40)
    middle = curve.z.mean()
    spokes, share = curve.z - middle, 0.5 * (nodes + 1)
    inside = (np.outer(share, spokes) + middle).ravel()
    k = curve.section.points(inside, curve.along)
    curvature = curve.section.band.geometry(k, slopes=False).berry_curvature @ curve.section.axis
    turning = (np.conj(spokes) * curve.tangent).imag / len(spokes)
    return np.einsum("r,r,s,rs->", 0.5 * weights, share, turning, curvature.reshape(len(share), -1))


def test_a_berry_phase_is_the_flux_of_the_curvature():
    """Of a Rashba ferromagnet."""
    orbit = found(hamiltonians.rashba_ferromagnet(), [0, 0, 1.0], 0.15).orbits[0]
    flux = curvature_inside(orbit.curve)
    assert abs(flux) > 0.05
    assert orbit.berry_phase == pytest.approx(flux, rel=1e-6)


@pytest.mark.full
def test_a_berry_phase_has_the_elements_of_r():
    """Of a crystal whose elements of r between cells have a part in Ω: with them the flux, without them another phase."""
    crystal = random_crystal(4, dimension=2)
    bottom = band_energies(crystal, search_grid(crystal))[..., 0].min()
    (one,) = found(crystal, [0, 0, 1.0], bottom + 0.1).orbits
    off = np.exp(1j * (one.berry_phase - curvature_inside(one.curve)))
    assert np.angle(off) == pytest.approx(0.0, abs=1e-7)
    config = {
        "name": "o",
        "band": {"index": 0, "position_elements": False},
        "fields": {"magnetic": [0, 0, 1]},
    }
    (alone,) = orbits(config, hamiltonian=crystal, chemical_potential=bottom + 0.1).orbits
    assert abs(alone.berry_phase - one.berry_phase) > 1e-3


def test_scan_of_angles(tmp_path):
    """F of a cylinder-like ellipsoid against the polar angle."""
    config = {
        "name": "s",
        "model": {"name": "parabolic_band", "mass_x": 0.1, "mass_y": 0.1, "mass_z": 1.0, "dimension": 3, "cutoff": 0.2},
        "band": 0,
        "fields": {"magnetic": {"strength": 5.0}},
        "ensemble": {"kind": "fermi_surface", "chemical_potential": 0.02, "temperature": 10},
        "scattering": {"relaxation_time": 100},
    }  # fmt: skip
    scan = scan_orbits(config, ["fields.magnetic.polar=0:90:45deg"], Search(planes=21, points=40))
    own = [each.orbits[0].cyclotron_mass for each in scan.results]
    angle = np.radians([0, 45, 90])
    expected = np.sqrt(0.01 / (0.1 * np.sin(angle) ** 2 + np.cos(angle) ** 2))
    np.testing.assert_allclose(own, expected, rtol=1e-10)


def test_bands_that_cross_have_orbits_of_their_own():
    """A parabola of electrons and one of holes that cross: F = ħ k_F²/2e, each under the number that the config gives it."""
    light, heavy = HBAR**2 / (2 * 0.1 * ELECTRON_MASS), HBAR**2 / (2 * 0.2 * ELECTRON_MASS)
    terms = [
        ((2, 0), np.diag([light, -heavy])),
        ((0, 2), np.diag([light, -heavy])),
        ((0, 0), np.diag([-0.1, 0.08])),
    ]
    model = {"kp": [{"powers": powers, "matrix": matrix.tolist()} for powers, matrix in terms], "cutoff": 0.2}
    config = {"name": "c", "model": model, "fields": {"magnetic": [0, 0, 2]}}
    exact = {number: level / (2 * E_OVER_HBAR) for number, level in {0: 0.1 / light, 1: 0.08 / heavy}.items()}
    by_character = {"each": [0, 1], "follow": "character", "at": [0, 0]}
    told = orbits(config | {"bands": by_character}, chemical_potential=0.0, **ROUGH).orbits
    assert {orbit.band: orbit.frequency for orbit in told} == pytest.approx(exact, rel=1e-9)
    assert {orbit.band: orbit.kind for orbit in told} == {0: "electron", 1: "hole"}
    (second,) = orbits(
        config | {"band": by_character | {"each": None, "index": 1}}, chemical_potential=0.0, **ROUGH
    ).orbits
    assert (second.band, second.kind) == (1, "hole")
    lower = orbits(
        config | {"bands": "auto"}, chemical_potential=0.0, **ROUGH
    ).orbits  # both are of the lower band
    assert sorted(orbit.frequency for orbit in lower) == pytest.approx(sorted(exact.values()), rel=1e-9)
    assert {orbit.band for orbit in lower} == {0}


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"fields": {"magnetic": [0, 0, 0]}}, "magnetic field"),
        ({"fields": {"magnetic": [1, 0, 0]}}, "B_z"),
        ({"model": {"name": "parabolic_band"}}, "cutoff"),
        ({"model": {"name": "ssh"}}, "chain"),
        ({"band": None, "bands": [0, 1], "model": {"name": "massive_dirac"}}, "one band"),
    ],
)
def test_what_has_no_orbits_is_refused(config, words):
    base = {"name": "r", "model": {"name": "haldane"}, "band": 0, "fields": {"magnetic": [0, 0, 1]}}
    asked = {key: value for key, value in (base | config).items() if value is not None}
    with pytest.raises(InputError, match=words):
        orbits(asked, chemical_potential=0.1)
    if words == "magnetic field":
        with pytest.raises(InputError, match="chemical potential"):
            orbits(base)
