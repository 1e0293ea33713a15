"""Potentials, magnetic fields that vary, and walls on the lattice, against dense matrices, fluxes and images."""

from itertools import pairwise

import numpy as np
import pytest
from matplotlib.path import Path
from scipy.integrate import dblquad
from scipy.sparse.csgraph import connected_components

from tests.reference.random_crystal import random_crystal
from tests.unit.quantum.conftest import CHAIN, SQUARE, tesla
from wavepacket.errors import ConfigError, InputError
from wavepacket.hamiltonians import gapped_graphene
from wavepacket.quantum import build_setting
from wavepacket.quantum.box import Box, lattice_matrix
from wavepacket.quantum.counterpart import counterpart
from wavepacket.quantum.evolution import evolve
from wavepacket.quantum.exact import exact_path
from wavepacket.quantum.gauge import Gauge, resolved
from wavepacket.quantum.projection import initial_state
from wavepacket.simulation import build_problem
from wavepacket.units import HBAR


def packet(center, width, **more):
    return {"kind": "gaussian", "center": center, "width": width, "number": 256, "replicas": 2, **more}


def start(made):
    magnetic = made.dynamics.gauge.is_magnetic
    return initial_state(made.dynamics, made.bands, made.wavevector, made.width, by_energy=magnetic)


def last(made, state):
    *_, found = evolve(made.dynamics, state, made.times)
    return found


def test_a_trap_against_dense_diagonalisation(setting):
    """½Kx² on a chain, and the swing that it makes: ħ²/m = 1 eV Å², K = 0.01 eV/Å², half a period of π√(m/K)."""
    made = setting(
        CHAIN, [101], ensemble=packet([0.0], 0.2236, position=[4.0]),
        fields={"potential": {"kind": "harmonic", "stiffness": 0.01, "center": [1.0]}},
        time={"end": 10 * np.pi * HBAR, "saves": 3},
    )  # fmt: skip
    state, x = start(made), made.dynamics.box.position[:, 0]
    dense = made.dynamics.matrix.toarray() + np.diag(0.005 * (x - 1.0) ** 2)
    energy, frame = np.linalg.eigh(dense)
    expected = frame @ (np.exp(-1j * energy * made.times[-1] / HBAR) * (frame.conj().T @ state))
    found = last(made, state)
    assert np.linalg.norm(found - expected) < 1e-7
    # As wide as the ground state, σ² = ħ/(2√(Km)); k reaches 0.3 beside the spread, and cos k is no parabola.
    assert np.abs(found) ** 2 @ x == pytest.approx(-2.0, abs=0.1)


def test_a_potential_that_changes_in_time_is_an_electric_field(setting):
    """Two waves that run against each other stand, A cos(qx + π/2) cos(ωt) twice: near the origin −qE x, E = 2Aq cos(ωt)."""
    wavevector, strength, rate = 1e-5, 0.02, 0.8
    waves = [
        {"kind": "wave", "amplitude": strength / wavevector / 2, "wavevector": [wavevector], "frequency": sign * rate,
         "phase": -np.pi / 2}
        for sign in (1, -1)
    ]  # fmt: skip
    ends = []
    for fields in (
        {"potential": waves},
        {"electric": {"kind": "sinusoid", "amplitude": [strength], "frequency": rate}},
    ):
        made = setting(CHAIN, [90], fields=fields, ensemble=packet([0.5], 0.1), time={"end": 8.0, "saves": 3})
        ends.append((made, last(made, start(made))))
    (_, found), (made, expected) = ends
    assert np.linalg.norm(found - expected) < 1e-5
    assert np.linalg.norm(found - start(made)) > 0.5


def test_transmission_of_a_step(setting):
    """Between two sites V jumps by h: sin k sin k' / sin²((k + k')/2) of each wave pass, cos k' = cos k + h, ε = −cos k."""
    height = 0.4
    step = {"kind": "step", "height": height, "rise": 1e-3, "direction": [1.0], "position": [0.4]}
    made = setting(
        CHAIN, [501], fields={"potential": step}, ensemble=packet([1.2], 0.02, position=[-110.0]),
        time={"end": 170.0, "saves": 2},
    )  # fmt: skip
    k = 1.2 + np.linspace(-0.1, 0.1, 4001)
    behind = np.arccos(np.cos(k) + height)
    passed = np.sin(k) * np.sin(behind) / np.sin(0.5 * (k + behind)) ** 2
    weight = np.exp(-0.5 * ((k - 1.2) / 0.02) ** 2)
    found = np.abs(last(made, start(made))[made.dynamics.box.position[:, 0] > 0.4]) ** 2
    assert 0.5 < passed @ weight / weight.sum() < 0.99
    assert found.sum() == pytest.approx(passed @ weight / weight.sum(), abs=1e-5)


def square_loop(matrix, box, corner):
    """Phase of four hops round the cell at a corner, and its middle."""
    place = {tuple(np.round(p[:2]).astype(int)): i for i, p in enumerate(box.position)}
    x, y = corner
    around = [place[x + i, y + j] for i, j in ((0, 0), (1, 0), (1, 1), (0, 1), (0, 0))]
    return np.prod([matrix[there, here] / -0.5 for here, there in pairwise(around)])


@pytest.mark.parametrize("corner", [(0, 0), (-7, 5), (9, -10)])
def test_loops_enclose_the_flux_of_a_gradient(setting, corner):
    """B_z = B + g·r from r = 0 on, the packet elsewhere: for a linear field the flux is the field in the middle."""
    made = setting(
        SQUARE, [80, 80], ensemble=packet([0.1, 0.2], 0.1, position=[3.0, -2.0]),
        fields={"magnetic": tesla([0, 0, 0.02]), "magnetic_gradient": tesla([4e-4, -7e-4])},
    )  # fmt: skip
    x, y = np.array(corner) + 0.5
    loop = square_loop(made.dynamics.matrix, made.dynamics.box, corner)
    assert np.angle(loop) == pytest.approx(0.02 + 4e-4 * x - 7e-4 * y, abs=1e-12)
    matrix = made.dynamics.matrix
    assert abs(matrix - matrix.conj().T).max() < 1e-15


def test_loops_enclose_the_flux_of_any_field():
    """b = exp(−r²/2·6²)/50 around a place that is not the gauge's; the difference to the uniform part is integrated."""
    crystal = gapped_graphene().__class__.from_hoppings(np.eye(2), {(1, 0): [[-0.5]], (0, 1): [[-0.5]]})
    box, bump = Box(crystal, (40, 40, 1), np.zeros(3)), np.array([5.0, 2.0])

    def field(x, y):
        return np.exp(-0.5 * ((x - bump[0]) ** 2 + (y - bump[1]) ** 2) / 36) / 50

    middle = field(0.0, 0.0)
    gauge = Gauge(
        np.zeros(3), np.array([0, 0, middle]), lambda at: np.asarray(field(at[:, 0], at[:, 1]) - middle)
    )
    gauge = resolved(gauge, box.position)
    matrix = lattice_matrix(box, crystal.hoppings, gauge)
    for corner in ((5, 2), (-10, 8), (15, -16)):
        flux = dblquad(lambda y, x: field(x, y), corner[0], corner[0] + 1, corner[1], corner[1] + 1)[0]
        assert np.angle(square_loop(matrix, box, corner)) == pytest.approx(flux, abs=1e-9)
    sharp = Gauge(np.zeros(3), change=lambda at: np.cos(9 * at[:, 0]))
    with pytest.raises(InputError, match="varies more slowly"):
        resolved(sharp, np.array([[1000.0, 1.0, 0.0]]))


def test_wavevectors_follow_the_field_at_each_place(quantum_config, setting):
    """B = g x: in the gauge around the packet qA/ħ = (g x/3)(−y, x), so that k_y − p_y = −g x²/3 for each packet."""
    slope = 2e-3
    sections = {
        "fields": {"magnetic_gradient": tesla([slope])}, "ensemble": packet([0.3, 0.2], 0.1),
        "time": {"end": 0.1, "saves": 2},
    }  # fmt: skip
    exact = exact_path(setting(SQUARE, [80, 80], **sections))
    assert exact.mean[0, 1] == pytest.approx(0.2 - slope * 25 / 3, abs=1e-6)
    variance = 0.01 + (slope / 3) ** 2 * 2 * 25**2  # of x² of a Gaussian of variance 25: 2·25²
    assert exact.covariance[0, 1, 1] == pytest.approx(variance, abs=1e-6)
    problem = build_problem(quantum_config(SQUARE, [80, 80], **sections), threads=1)
    packets = counterpart(problem, exact).ensemble.packets(0, 256)
    canonical = packets.wavevector[:, 1] + slope / 3 * packets.position[:, 0] ** 2
    assert np.corrcoef(canonical, packets.position[:, 0] ** 2)[0, 1] == pytest.approx(0.0, abs=0.2)
    np.testing.assert_allclose([canonical.mean(), canonical.std()], [0.2, 0.1], atol=1e-4)


def test_a_straight_wall_makes_an_image(setting):
    """Orbitals from x = −20 on are gone: the wave is ψ(x) − ψ(−40 − x) of the crystal without a wall."""
    changes = {"ensemble": packet([-1.1, 0.4], 0.15, position=[5.0, 0.0]), "time": {"end": 24.0, "saves": 2}}
    wall = {"walls": [{"kind": "line", "points": [[-19.6, -100], [-19.6, 100]]}]}
    walled = setting(SQUARE, [100, 60], sample=wall, **changes)
    free = setting(SQUARE, [150, 60], **changes)
    found = last(walled, start(walled)).reshape(100, 60)
    wave = last(free, start(free)).reshape(150, 60)
    x = free.dynamics.box.cells[:, 0, 0, 0]
    image = {int(at): wave[i] for i, at in enumerate(x)}
    inside = walled.dynamics.box.cells[:, 0, 0, 0]
    expected = np.array(
        [image[at] - image.get(-40 - at, 0.0) if at > -20 else 0 * wave[0] for at in inside.tolist()]
    )
    assert np.abs(found - expected).max() < 1e-6
    assert np.linalg.norm(wave[x < -20]) ** 2 > 0.5  # it has met the wall


def test_walls_part_the_lattice():
    """Nothing hops from inside a polygon with a corner that points inward, or out of a circle; both are whole."""
    from wavepacket.config import CircleWall, PolygonWall

    crystal = gapped_graphene()
    box = Box(crystal, (31, 31, 1), np.zeros(3))
    corners = [(-20.1, -15.3), (21.2, -15.3), (4.1, 1.7), (17.3, 19.8), (-12.2, 18.1)]
    x = box.position[:, :2]
    for wall, inside in (
        (PolygonWall(kind="polygon", points=tuple(corners)), Path(corners).contains_points(x)),
        (CircleWall(kind="circle", radius=13.3, center=(1.0, 2.0)), np.hypot(*(x - [1.0, 2.0]).T) < 13.3),
    ):
        matrix = lattice_matrix(box, crystal.hoppings, walls=[wall])
        assert abs(matrix - matrix.conj().T).max() == 0.0
        row, column = matrix.nonzero()
        np.testing.assert_array_equal(inside[row], inside[column])
        labels = connected_components(abs(matrix))[1]
        assert len(set(labels[inside])) == 1
        whole = lattice_matrix(box, crystal.hoppings)
        row, column = whole.nonzero()
        # One bond within the polygon leads across the tip of the corner that points inward, in both directions.
        assert np.count_nonzero(inside[row] == inside[column]) - matrix.nnz == 2 * (wall.kind == "polygon")


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"sample": {"walls": [{"kind": "circle", "radius": 30}]}}, "a wall is 30 angstrom away"),
        ({"sample": {"walls": [{"kind": "line", "points": [[3, 4], [9, 4]]}]}}, "a wall is 5 angstrom away"),
        ({"sample": {"walls": [{"kind": "circle", "radius": 90, "reflection": "diffuse"}]}}, "knows no diffuse walls"),
        ({"sample": {"contacts": {"left": [[90, 0], [90, 9]]}}}, "walls but no contacts"),
    ],
)  # fmt: skip
def test_walls_that_cannot_be(setting, sections, message):
    with pytest.raises(ConfigError, match=message):
        setting(SQUARE, [121, 121], ensemble=packet([0.4, 0.1], 0.05), **sections)


def test_position_elements_and_a_potential_are_refused(quantum_config):
    trap = {"potential": {"kind": "harmonic", "stiffness": 0.01}}
    config = quantum_config(CHAIN, [101], ensemble=packet([0.4], 0.1), fields=trap)
    with pytest.raises(ConfigError, match="a potential enters the lattice through orbital positions alone"):
        build_setting(config, random_crystal(2, size=2, dimension=1))
