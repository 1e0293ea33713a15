"""H of a box with λ(r, t) in the middle of each bond, its motion, and the packet at its start, against dense matrices."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from tests.unit.quantum.conftest import tesla
from wavepacket.errors import ConfigError
from wavepacket.hamiltonians import base_hamiltonian, build_hamiltonian
from wavepacket.hamiltonians.texture import on_cells, textured_crystal
from wavepacket.quantum.box import Box, discs, lattice_matrix
from wavepacket.quantum.evolution import Dynamics, evolve
from wavepacket.quantum.gauge import Gauge
from wavepacket.quantum.local_band import carried_states, space_gauge, space_geometry
from wavepacket.quantum.moments import moments, start_of_packets
from wavepacket.quantum.projection import initial_state
from wavepacket.quantum.terms import terms_to_test
from wavepacket.quantum.textures import varying_crystal
from wavepacket.units import HBAR

SQUARE = {
    "lattice": [[1.0, 0], [0, 1.0]],
    "hoppings": [{"cell": cell, "matrix": [[-1, 0], [0, -1]]} for cell in ([1, 0], [0, 1])],
}
CHAIN = {"lattice": [[1.0]], "hoppings": [{"cell": [1], "matrix": [[-1, 0], [0, -1]]}]}
# Two orbitals at different places; the bond along a_2 and its phase vary.
SKEW = {
    "lattice": [[1.0, 0.0], [0.4, 1.1]], "positions": [[0.0, 0.0], [0.3, 0.45]],
    "hoppings": [
        {"cell": [0, 0], "matrix": [[0.2, 0.7], [0.7, -0.2]]}, {"cell": [1, 0], "matrix": [[0.3, "0.1j"], [0.4, 0.2]]},
    ],
}  # fmt: skip
BOND = {"hoppings": [{"cell": [0, 1], "matrix": [[0.1, "0.2+0.3j"], [0.0, "0.4j"]]}]}
WAVE = {"kind": "wave", "wavevector": [0.21, -0.13], "frequency": 0.4, "phase": 0.3, "offset": 0.5}
SKYRMION = {"profile": {"kind": "skyrmion", "radius": 18.0}, "strength": 6.0}


def packet(center, width, **more):
    return {"kind": "gaussian", "center": center, "width": width, "number": 256, "replicas": 2, **more}


def dense_bond(box, time):
    """λ H_a of `BOND` with the wave in the middle of each bond, one bond after another."""
    places, cells = box.position.reshape(-1, 2, 3), box.cells.reshape(-1, 3)
    matrix = np.zeros((len(cells), 2, len(cells), 2), dtype=complex)
    hop = np.array([[0.1, 0.2 + 0.3j], [0.0, 0.4j]])
    for a, here in enumerate(cells):
        for b in np.flatnonzero((cells == np.add(here, [0, 1, 0])).all(axis=1)):
            for i in range(2):
                for j in range(2):
                    x, y, _ = 0.5 * (places[a, i] + places[b, j])
                    value = (0.5 + np.cos(0.21 * x - 0.13 * y - 0.4 * time + 0.3)) * hop[i, j]
                    matrix[a, i, b, j] += value
                    matrix[b, j, a, i] += np.conj(value)
    return matrix.reshape(box.size, box.size)


def without_texture(dynamics):
    """H_0 of a box."""
    cells = [tuple(cell) for cell in dynamics.box.hamiltonian.cells.tolist()]
    return lattice_matrix(dynamics.box, on_cells(dynamics.varying.crystal.base, cells))


@pytest.fixture
def varying(quantum_config):
    """A small box of `SKEW` with the bond that varies."""
    config = quantum_config(SKEW | {"textures": [{"term": BOND, "profile": WAVE}]}, [9, 9])
    crystal = textured_crystal(config, base_hamiltonian(config))
    box, gauge = Box(build_hamiltonian(config), (9, 8, 1), np.zeros(3)), Gauge(np.zeros(3))
    made = varying_crystal(box, crystal, 0, gauge)
    return Dynamics(box, made.matrix(0.0), (), gauge, -1.0, config.fields, 1e-7, made)


def test_parameters_are_those_of_the_middle_of_a_bond(varying):
    dynamics, box = varying, varying.box
    for time in (0.0, 0.7):
        found = dynamics.varying.matrix(time)
        uniform = without_texture(dynamics)
        assert abs(found - found.conj().T).max() < 1e-15
        rest = (found - uniform).toarray()
        assert np.abs(rest - dense_bond(box, time)).max() < 1e-14
        centre, radius = dynamics.varying.discs(dynamics.varying.values(time))
        for one, other in zip((centre, radius), discs(found), strict=True):
            np.testing.assert_allclose(one, other, rtol=0, atol=1e-14)


def test_a_texture_that_does_not_vary_is_a_crystal(setting):
    """In a magnetic field, too."""
    wave = {"kind": "wave", "phase": 0.3, "offset": 0.5}
    made = setting(
        SKEW | {"textures": [{"term": BOND, "profile": wave}]}, [61, 61], ensemble=packet([0.4, 0.1], 0.15),
        fields={"magnetic": tesla([0, 0, 0.02])},
    )  # fmt: skip
    dynamics = made.dynamics
    whole = lattice_matrix(dynamics.box, dynamics.crystal_at(np.zeros(3)).hoppings, dynamics.gauge)
    assert abs(dynamics.matrix - whole).max() < 1e-14


def test_motion_in_parameters_that_change_in_time(varying):
    dynamics, rng = varying, np.random.default_rng(0)
    state = rng.normal(size=dynamics.box.size) + 1j * rng.normal(size=dynamics.box.size)
    state /= np.linalg.norm(state)
    uniform = without_texture(dynamics)
    bonds = [dynamics.varying.filled(each) for each in _quadratures(dynamics)]

    def slope(t, y):
        # λ H_a at any time follows from three times, as a constant, a cosine and a sine of ωt.
        constant, cosine, sine = bonds
        return (
            -1j
            / HBAR
            * (uniform @ y + constant @ y + np.cos(0.4 * t) * (cosine @ y) + np.sin(0.4 * t) * (sine @ y))
        )

    exact = solve_ivp(slope, (0.0, 0.8), state, "DOP853", rtol=1e-11, atol=1e-12).y[:, -1]
    *_, found = evolve(dynamics, state, np.linspace(0.0, 0.8, 3))
    assert np.linalg.norm(found - exact) < 3e-7
    start = dynamics.matrix @ state
    assert np.linalg.norm(start - uniform @ state) > 0.1


def _quadratures(dynamics):
    base = dynamics.varying.constant[dynamics.varying.rows[2]]
    at = [dynamics.varying.values(quarter * 0.5 * np.pi / 0.4) - base for quarter in range(3)]
    constant = 0.5 * (at[0] + at[2])
    return constant, at[0] - constant, at[1] - constant


@pytest.fixture
def in_skyrmion(setting):
    """A packet on the flank of a skyrmion."""
    return setting(
        SQUARE | {"textures": [SKYRMION]}, [81, 81], band=1,
        ensemble=packet([1.0, 0.2], 0.1, position=[-8.0, 3.0]), time={"end": 1.0, "saves": 2},
    )  # fmt: skip


def direction(x, y):
    u = np.clip(np.hypot(x, y) / 18.0, 0, 1)
    cosine = 2 * u**3 * (10 - 15 * u + 6 * u * u) - 1
    azimuth = np.arctan2(y, x)
    sine = np.sqrt(1 - cosine**2)
    return np.array([sine * np.cos(azimuth), sine * np.sin(azimuth), cosine])


def test_geometry_of_spins_that_follow_a_direction(in_skyrmion):
    """Ω_xy = -½ n·(∂_x n × ∂_y n) for the spin along n, g_ij = ¼ ∂_i n·∂_j n."""
    places = np.array([[-8.0, 3.0, 0.0], [4.0, 10.0, 0.0], [2.0, -1.0, 0.0], [19.0, 0.0, 0.0]])
    found = space_geometry(in_skyrmion.dynamics.varying, np.array([1.0, 0.2, 0.0]), places)
    x, y, h = places[:, 0], places[:, 1], 1e-4
    along = (direction(x + h, y) - direction(x - h, y)) / (2 * h)
    across = (direction(x, y + h) - direction(x, y - h)) / (2 * h)
    solid = np.einsum("in,in->n", direction(x, y), np.cross(along, across, axis=0))
    np.testing.assert_allclose(found.curvature, -0.5 * solid, rtol=0, atol=1e-9)
    slopes = np.array([along, across])
    np.testing.assert_allclose(
        found.metric, 0.25 * np.einsum("ian,jan->nij", slopes, slopes), rtol=0, atol=1e-9
    )
    assert np.abs(found.curvature[:3]).min() > 1e-3


def test_states_are_carried_along_rays(in_skyrmion):
    """⟨u|∂u⟩ vanishes along rays, and across them it is that of the vector potential of Ω_xy."""
    varying, k, centre = in_skyrmion.dynamics.varying, np.array([1.0, 0.2, 0.0]), np.array([-8.0, 3.0, 0.0])
    gauge = space_gauge(varying, k, centre)
    h = 1e-3
    for place in ([-2.0, 7.0, 0.0], [5.0, -9.0, 0.0]):
        steps = np.array([[h, 0, 0], [-h, 0, 0], [0, h, 0], [0, -h, 0], [0, 0, 0]])
        u = carried_states(varying, k, place + steps, centre)
        connection = [-np.imag(np.vdot(u[4], u[i] - u[i + 1])) / (2 * h) for i in (0, 2)]
        expected = gauge.potential(np.array([place]))[0]
        np.testing.assert_allclose(connection, expected[:2], rtol=0, atol=0.01 * np.abs(expected).max())


def test_a_packet_follows_the_direction_from_its_start(in_skyrmion):
    """It is in its band, at its place, with the k of its section; ⟨k²⟩ without the metric is that of the envelope."""
    made, dynamics = in_skyrmion, in_skyrmion.dynamics
    state = initial_state(dynamics, made.bands, made.wavevector, made.width, by_energy=True)
    cells = state.reshape(-1, 2)
    n = direction(*dynamics.box.position[::2, :2].T)
    spin = np.einsum("ni,aij,nj,an->", cells.conj(), PAULI, cells, n).real
    assert spin == pytest.approx(1.0, abs=5e-3)  # what is missing follows the motion: (ħ v·∂n/2J)²
    found = moments(dynamics, state, made.wavevector)
    np.testing.assert_allclose(found.mean[3:5], [-8.0, 3.0], rtol=0, atol=0.1)
    start, bent = start_of_packets(dynamics, state, made.wavevector, made.width)
    np.testing.assert_allclose(start.mean[:2], [1.0, 0.2], rtol=0, atol=2e-3)
    # The uniform part of Ω_xy adds (Ωσ/2)² as a magnetic field does.
    omega = space_geometry(dynamics.varying, made.wavevector, dynamics.centre[None]).curvature[0]
    expected = 0.1**2 + (0.5 * omega * 5.0) ** 2
    np.testing.assert_allclose(np.diag(start.covariance)[:2], expected, rtol=0.05)
    assert found.covariance[0, 0] > 1.3 * start.covariance[0, 0]
    assert np.abs(bent(np.array([[0.0, 3.0, 0.0], [-8.0, 12.0, 0.0]]))).max() > 0.01


PAULI = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])


def test_a_helix_is_a_uniform_crystal_in_its_own_frame(setting):
    """Spins along (sin qx, 0, cos qx): ψ = e^{ikx} e^{-iqxσ_y/2} χ is a Bloch state, and ⟨k²⟩ of the envelope is 1/(2σ)²."""
    q, k = 0.3, 0.9
    helix = {"profile": {"kind": "helix", "wavevector": [q, 0.0], "phase": 0.4}, "strength": 3.0}
    made = setting(
        CHAIN | {"textures": [helix]},
        [161],
        band=0,
        ensemble=packet([k], 0.05, position=[3.0]),
        time={"end": 1.0, "saves": 2},
    )
    state = initial_state(made.dynamics, made.bands, made.wavevector, made.width, by_energy=True)
    start, bent = start_of_packets(made.dynamics, state, made.wavevector, made.width)
    # What is left is the metric of the states, which lag behind n by about ħ v q/2J.
    lag = 2 * np.sin(k) * q / 6.0
    assert start.covariance[0, 0] == pytest.approx(0.05**2, abs=1.5 * lag**2 * q**2 / 4)
    bare = moments(made.dynamics, state, made.wavevector).covariance[0, 0]
    assert bare - start.covariance[0, 0] == pytest.approx(q**2 / 4, rel=1e-6)
    assert np.abs(bent(np.array([[0.0, 0, 0], [20.0, 0, 0]]))).max() < 1e-12
    # e^{-iφ(x)σ_z/2} turns the helix in the plane into a uniform direction, and the hopping into -cos(k - qσ_z/2).
    x = made.dynamics.box.position[::2, 0]
    turned = state.reshape(-1, 2) * np.exp(0.5j * (q * x[:, None] + 0.4) * np.array([1, -1]))
    waves, momenta = np.fft.fft(turned, axis=0), 2 * np.pi * np.fft.fftfreq(len(x))
    for wave, p in zip(waves, momenta, strict=True):
        if np.linalg.norm(wave) > 1e-2:
            hamiltonian = np.diag(-2 * np.cos(p + 0.5 * q * np.array([-1, 1]))) + 3.0 * PAULI[0]
            _, frame = np.linalg.eigh(hamiltonian)
            assert abs(np.vdot(frame[:, 1], wave)) < 1e-5 * np.linalg.norm(wave) + 1e-7


@pytest.mark.parametrize(
    ("model", "texture", "expected"),
    [
        (SQUARE, SKYRMION, ("place_curvature",)),
        (CHAIN, {"profile": {"kind": "domain_wall", "width": 20.0}}, ()),
        (CHAIN, {"profile": {"kind": "domain_wall", "width": 20.0, "frequency": 0.1}}, ("time_curvature",)),
        (
            SKEW, {"term": BOND, "profile": {"kind": "wave", "frequency": 0.3}}, ("time_curvature",),
        ),
        (
            SKEW, {"term": BOND, "profile": WAVE},
            ("place_curvature", "mixed_curvature", "gradient_energy", "time_curvature"),
        ),
    ],
)  # fmt: skip
def test_terms_that_matter(setting, model, texture, expected):
    dimension = len(model["lattice"])
    center = [0.4, 0.1][:dimension]
    made = setting(model | {"textures": [texture]}, [71] * dimension, ensemble=packet(center, 0.1))
    assert terms_to_test(made) == expected


@pytest.mark.parametrize(
    ("textures", "term", "message"),
    [
        ([SKYRMION], "curvature", "in a crystal with textures there are place_curvature"),
        (None, "gradient_energy", "the crystal is the same everywhere"),
    ],
)
def test_terms_that_are_not_there(setting, textures, term, message):
    made = setting(
        SQUARE | ({"textures": textures} if textures else {}), [81, 81], ensemble=packet([0.4, 0.1], 0.1),
        quantum={"sites": [81, 81], "terms": [term]},
    )  # fmt: skip
    with pytest.raises(ConfigError, match=message):
        terms_to_test(made)


def test_the_middle_of_the_box(setting):
    """The packet stands 20 cells from it, and must fit there."""
    far = {
        "ensemble": packet([0.4, 0.1], 0.1, position=[-20.0, 0.0]),
        "quantum": {"sites": [111, 81], "center": [0, 0]},
    }
    made = setting(SQUARE | {"textures": [SKYRMION]}, [0], **far)
    assert made.dynamics.box.cells[..., 0].min() == -55
    np.testing.assert_allclose(made.dynamics.centre, [-20.0, 0.0, 0.0])
    far["quantum"]["sites"] = [81, 81]
    with pytest.raises(ConfigError, match="20 cells from the middle of the box, and needs at least 98 sites"):
        setting(SQUARE | {"textures": [SKYRMION]}, [0], **far)
