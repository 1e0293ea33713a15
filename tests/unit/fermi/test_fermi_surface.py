"""Fermi surfaces against closed forms, against sums over states, and pockets smaller than any grid."""

from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import ellipk, ellipkm1

import wavepacket
from tests.unit.fermi.surfaces import surface
from wavepacket.bands import band
from wavepacket.errors import InputError
from wavepacket.fermi import Level
from wavepacket.fermi.pockets import shared_corners
from wavepacket.hamiltonians import LatticeHamiltonian, cosine_band, haldane, massive_dirac, parabolic_band
from wavepacket.units import E_OVER_HBAR, ELECTRON_MASS, HBAR

pytest.importorskip("skimage")


def within(estimate, exact, bound):
    """The uncertainty covers the truth, and is below a bound itself; both relative to the truth."""
    assert abs(estimate.value - exact) <= estimate.uncertainty
    assert estimate.uncertainty <= bound * abs(exact)


@pytest.mark.physics
def test_ellipsoid():
    masses = {"mass_x": 0.3, "mass_y": 0.5, "mass_z": 1.1}
    found = surface(parabolic_band(**masses, dimension=3, cutoff=1.0), 0.4)
    axes = np.sqrt(2 * 0.4 * ELECTRON_MASS * np.array(list(masses.values()))) / HBAR
    (sheet,) = found.sheets
    assert sheet.kind == "electron"
    assert sheet.euler == 2
    volume = 4 / 3 * np.pi * axes.prod()
    within(sheet.volume, volume, 1e-4)
    within(found.states, 1.5 * volume / 0.4 / (2 * np.pi) ** 3, 1e-4)
    # Mean of the square of the velocity with the weight of states: 2μ/(3 m_a) along each axis.
    square, error = found.integral(
        lambda points, geometry: geometry.group_velocity**2 / np.linalg.norm(points.slope, axis=1)[:, None]
    )
    exact = (
        2
        * 0.4
        / (3 * ELECTRON_MASS * np.array(list(masses.values())))
        * found.states.value
        * (2 * np.pi) ** 3
    )
    assert np.all(np.abs(square - exact) <= error + 1e-6 * exact)
    assert np.all(error < 1e-4 * exact)
    assert np.abs(found.fine.off).max() < 1e-10
    energy = band(found.level.band.hamiltonian, 0).geometry(found.samples.k).energy
    assert np.abs(energy - 0.4).max() < 1e-10


@pytest.mark.physics
def test_sphere_converges_with_the_sixth_power():
    crystal = parabolic_band(dimension=3, cutoff=1.0)
    radius = np.sqrt(2 * ELECTRON_MASS * 1.5) / HBAR
    off = [
        abs(surface(crystal, 1.5, cells=n).sheets[0].area.value / (4 * np.pi * radius**2) - 1)
        for n in (10, 20)
    ]
    # 2^6 on average; meshes of two grids differ in their shapes.
    assert off[0] / off[1] > 2**4.5
    assert off[1] < 1e-7


@pytest.mark.physics
def test_square_lattice_at_any_filling():
    crystal = cosine_band(hopping=0.25, lattice_constant=4.0, dimension=2)
    for mu in (-0.9, -0.3, 0.4):
        found = surface(crystal, mu)
        assert found.sheets[0].kind == ("electron" if mu < 0 else "hole")
        # The density of states of the square lattice: K(1 − (μ/4t)²)/(2π² t) per cell.
        exact = ellipk(1 - mu**2) / (2 * np.pi**2 * 0.25) / 16.0
        within(found.states, exact, 1e-6)
    # By symmetry the fillings at ±μ add up to one.
    assert abs(surface(crystal, 0.3).occupied.value + surface(crystal, -0.3).occupied.value - 1) < 1e-9


@pytest.mark.physics
@pytest.mark.parametrize(
    ("mu", "kind", "euler"), [(-0.6, "electron", 2), (-0.45, "open", -4), (0.0, "open", -4), (0.7, "hole", 2)]
)
def test_simple_cubic(mu, kind, euler):
    found = surface(cosine_band(hopping=0.25, lattice_constant=4.0, dimension=3), mu, cells=16)
    (sheet,) = found.sheets
    assert (sheet.kind, sheet.euler) == (kind, euler)
    assert len(sheet.winding) == (3 if kind == "open" else 0)
    within(found.occupied, 0.5 if mu == 0.0 else _filling(mu), 5e-5)
    assert found.notes == ()


def _states(mu: float) -> float:
    """States per energy of the simple cubic lattice with 2t = ½ and a = 4: those of square lattices, along z."""

    def square(level: float) -> float:
        return 0.0 if abs(level) >= 1 else float(ellipkm1(level**2)) / (2 * np.pi**2 * 0.25)

    breaks = sorted({0.0, np.pi, *np.arccos(np.clip((np.array([-1, 0, 1]) - mu) / 0.5, -1, 1)).tolist()})
    layer = lambda z: square(mu + 0.5 * np.cos(z))  # noqa: E731
    return sum(quad(layer, a, b, epsrel=1e-11, limit=400)[0] for a, b in pairwise(breaks)) / np.pi / 64


@pytest.mark.physics
def test_uncertainties_cover_where_a_neck_opens():
    """At |μ| = ½ the sheet touches the faces of the zone in points where the velocity vanishes."""
    crystal = cosine_band(hopping=0.25, lattice_constant=4.0, dimension=3)
    levels = [-0.5, -0.5001, -0.4999, -0.4983, 0.5, 0.493, -1.2, -0.1]
    for mu in levels:
        found, exact = surface(crystal, mu, cells=10), _states(mu)
        within(found.states, exact, 0.05 if abs(abs(mu) - 0.5) < 0.01 else 1e-3)
        # Of a surface alone the sheet is all: the same bar.
        assert sum(sheet.states.uncertainty for sheet in found.sheets) >= found.states.uncertainty


def _filling(mu: float) -> float:
    """Of the simple cubic lattice with 2t = ½, by lines along x: exact where a line is filled, Gauss's rule elsewhere."""

    def square(level: float) -> float:
        """Filling of the square lattice with 2t = ½ up to a level: by arccos along x."""
        edges = sorted({0.0, np.pi, *(np.arccos(np.clip(-2 * level + s, -1, 1)) for s in (-1, 1))})
        line = lambda y: np.arccos(np.clip(-2 * level - np.cos(y), -1, 1)) / np.pi  # noqa: E731
        return sum(quad(line, a, b, epsabs=1e-11, limit=200)[0] for a, b in pairwise(edges)) / np.pi

    breaks = sorted({0.0, np.pi, *(np.arccos(np.clip(-2 * mu + s, -1, 1)) for s in (-2, 0, 2))})
    plane = lambda z: square(mu + 0.5 * np.cos(z))  # noqa: E731
    return sum(quad(plane, a, b, epsabs=1e-9, limit=100)[0] for a, b in pairwise(breaks)) / np.pi


def _shifted(dimension: int, seed: int) -> tuple[LatticeHamiltonian, np.ndarray]:
    """A cosine band in an oblique lattice whose bottom lies at a place at random, and that place in units of b_i."""
    rng = np.random.default_rng(seed)
    phase = rng.random(dimension) * 2 * np.pi
    lattice = 4 * np.eye(dimension) + 0.5 * rng.normal(size=(dimension, dimension))
    steps = np.eye(dimension, dtype=int).tolist()
    hoppings = [(tuple(step), [[-0.25 * np.exp(-1j * phase[i])]]) for i, step in enumerate(steps)]
    return LatticeHamiltonian.from_hoppings(lattice, hoppings, name="shifted"), phase / (2 * np.pi)


@pytest.mark.physics
@pytest.mark.parametrize("dimension", [2, 3])
@pytest.mark.parametrize("seed", [1, 3])
def test_tiny_pockets_are_found(dimension, seed):
    crystal, place = _shifted(dimension, seed)
    for depth in (1e-2, 1e-5, 1e-7):  # the last is 1e-4 of the zone wide
        found = surface(crystal, depth - 0.5 * dimension)
        (sheet,) = found.sheets
        width = np.sqrt(depth / 0.25) / (2 * np.pi)
        exact = (np.pi if dimension == 2 else 4 / 3 * np.pi) * width**dimension
        # The band is parabolic up to depth/(16 t) or so.
        assert abs(found.occupied.value / exact - 1) < 2 * depth + 2e-5
        apart = found.domain.coordinates(sheet.centre[None])[0] - place
        assert np.abs(apart - np.round(apart)).max() < 0.2 * width


@pytest.mark.parametrize("dimension", [2, 3])
def test_cells_share_corners(dimension):
    size = 0.25
    cells = np.random.default_rng(dimension).integers(0, 6, (50, dimension))
    places, which = shared_corners(size * cells, size)
    cube = np.array(list(product((0, 1), repeat=dimension)))
    assert np.array_equal(places[which], size * (cells[:, None] + cube))
    assert len(places) == len({tuple(place) for place in places.tolist()})


def test_shared_corners_of_cells_deep_in_a_fine_grid():
    """Numbers of all corners that such a grid could have do not fit into 64 bits."""
    size = 2.0**-14
    far = np.array([[0.0, 0.0, 0.0], [300.0, 300.0, 300.0], [300.0, 300.0, 300.0 + size]])
    places, which = shared_corners(far, size)
    assert len(places) == 20
    assert np.array_equal(places[which[:, 0]], far)


def test_energy_alone_is_that_with_its_slope():
    level = Level(band(haldane(), 0), 0.1, np.array([0.0, 0.0, 30.0]))
    k = np.random.default_rng(0).normal(size=(40, 3)) * [1, 1, 0]
    assert np.array_equal(level.energy(k), level.at(k)[0])
    assert np.abs(level.energy(k) - replace(level, magnetic=np.zeros(3)).energy(k)).min() > 0.0


@pytest.mark.physics
@pytest.mark.parametrize("dimension", [2, 3])
def test_crystals_without_symmetry_are_filled_as_a_sum_over_states_says(dimension):
    rng = np.random.default_rng(dimension)
    cells = [cell for cell in np.ndindex(*(3,) * dimension) if cell >= (1,) * dimension]
    hoppings = [
        (tuple(i - 1 for i in cell), 0.3 ** np.abs(np.subtract(cell, 1)).sum() * rng.normal(size=(2, 2)))
        for cell in cells
    ]
    hoppings[0] = (hoppings[0][0], hoppings[0][1] + hoppings[0][1].T)
    lattice = 4 * np.eye(dimension) + rng.normal(size=(dimension, dimension))
    crystal = LatticeHamiltonian.from_hoppings(lattice, hoppings, name="any")
    points = 300 if dimension == 2 else 48
    grid = np.stack(np.meshgrid(*[np.arange(points)] * dimension, indexing="ij"), axis=-1).reshape(
        -1, dimension
    )
    levels = np.linalg.eigvalsh(crystal.hamiltonian((grid + 0.34) / points @ crystal.reciprocal[:dimension]))
    for index in range(2):
        mu = float(np.quantile(levels[:, index], 0.35))
        found = surface(crystal, mu, index)
        assert found.notes == ()
        # A sum over points knows a volume to about the root of the number of cells that the surface cuts.
        error = np.sqrt(4 * points ** (dimension - 1)) / points**dimension
        assert abs(found.occupied.value - np.mean(levels[:, index] < mu)) < 3 * error


@pytest.mark.physics
def test_massive_dirac_in_a_magnetic_field():
    v, mass, field, mu = 3.0, 0.1, 5.0, 0.3
    found = surface(massive_dirac(velocity=v, mass=mass, cutoff=0.4), mu, 1, field=(0, 0, field))
    # 𝓔 = ε − m_z B with m = −(e/ħ) v²Δ/(2ε²): a cubic for ε on the line, where v²k² = ε² − Δ².
    moment = -E_OVER_HBAR * v**2 * mass / 2
    roots = np.roots([1.0, -mu, 0.0, -moment * field])
    energy = float(max(roots[np.abs(roots.imag) < 1e-9].real))
    radius = np.sqrt(energy**2 - mass**2) / v
    (sheet,) = found.sheets
    within(sheet.volume, np.pi * radius**2, 1e-9)
    curvature = -(v**2) * mass / (2 * energy**3)
    factor = 1 + E_OVER_HBAR * field * curvature
    slope = (1 + 2 * moment * field / energy**3) * v**2 * radius / energy
    within(found.states, factor * radius / slope / (2 * np.pi), 1e-9)


def test_what_has_no_surface():
    with pytest.raises(InputError, match="two or three dimensions"):
        surface(cosine_band(dimension=1), 0.0)
    with pytest.raises(InputError, match=r"model\.cutoff"):
        surface(parabolic_band(dimension=2), 0.1)
    empty = surface(cosine_band(dimension=2), -2.0)
    assert empty.empty
    assert empty.occupied.value == 0.0
    assert surface(cosine_band(dimension=2), 2.0).occupied.value == 1.0
    cut = surface(parabolic_band(mass_x=4.0, dimension=2, cutoff=0.3), 0.2)
    assert {sheet.kind for sheet in cut.sheets} == {"cut"}
    assert cut.occupied is None


@pytest.mark.physics
def test_all_bands_of_a_crystal():
    found = wavepacket.fermi_surface(haldane(), -2.0)
    assert list(found.crossing) == [0]
    assert found.density.value == pytest.approx(found.bands[0].occupied.value / haldane().cell_volume)
    told = found.as_json()
    assert told["bands"]["0"]["sheets"][0]["kind"] == "electron"
    assert told["density"]["unit"] == "1/angstrom^2"


def test_bands_of_a_config_by_their_character():
    """Discs of electrons and of holes whose bands cross, each of its own band, as runs of both carry packets."""
    terms = [
        ((2, 0), [[4.0, 0], [0, -2.0]]),
        ((0, 2), [[4.0, 0], [0, -2.0]]),
        ((0, 0), [[-0.1, 0], [0, 0.08]]),
    ]
    model = {"kp": [{"powers": powers, "matrix": matrix} for powers, matrix in terms], "cutoff": 0.5}
    named = {"each": [0, 1], "follow": "character", "at": [0, 0]}
    found = wavepacket.fermi_surface({"name": "c", "model": model, "bands": named}, 0.0)
    areas = {number: [sheet.volume.value for sheet in each.sheets] for number, each in found.crossing.items()}
    assert areas == {
        0: [pytest.approx(np.pi * 0.1 / 4.0, rel=1e-8)],
        1: [pytest.approx(np.pi * 0.08 / 2.0, rel=1e-8)],
    }
    indexed = wavepacket.fermi_surface({"name": "c", "model": model, "bands": "auto"}, 0.0)
    assert [len(each.sheets) for each in indexed.crossing.values()] == [2]  # both lie in the lower band
    with pytest.raises(InputError, match="not nan"):
        wavepacket.fermi_surface(haldane(), np.nan)


def test_rotated_crystal_has_the_rotated_surface():
    rng = np.random.default_rng(8)
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    steps = [((1, 0, 0), [[-0.2]]), ((0, 1, 0), [[-0.25]]), ((0, 0, 1), [[-0.1]]), ((1, 1, 0), [[-0.05]])]
    lattice = np.diag([3.0, 4.0, 5.0])
    one = surface(LatticeHamiltonian.from_hoppings(lattice, steps, name="one"), -0.4, cells=16)
    two = surface(LatticeHamiltonian.from_hoppings(lattice @ turn, steps, name="two"), -0.4, cells=16)
    assert one.sheets[0].area.value == pytest.approx(two.sheets[0].area.value, rel=1e-9)
    assert one.occupied.value == pytest.approx(two.occupied.value, rel=1e-9)
    assert [len(each.winding) for each in one.sheets] == [len(each.winding) for each in two.sheets]
