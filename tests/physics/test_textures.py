"""Packets in H(k, λ(r, t)) against exact results, and against the theory with single terms left out."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm, qmc

from tests.cases import problem, run
from wavepacket.bands import with_factors
from wavepacket.units import E_OVER_HBAR, HBAR

X, Y, Z = [[0, 1], [1, 0]], [[0, "-1j"], ["1j", 0]], [[1, 0], [0, -1]]
DIRAC = {
    "kp": [{"powers": [1, 0], "matrix": X}, {"powers": [0, 1], "matrix": Y}, {"powers": [0, 0], "matrix": Z}]
}
SQUARE = {
    "lattice": [[1.0, 0], [0, 1.0]],
    "hoppings": [{"cell": cell, "matrix": [[-1, 0], [0, -1]]} for cell in ([1, 0], [0, 1])],
}
RICE_MELE = {
    "lattice": [[1.0]], "positions": [[0.0], [0.5]],
    "hoppings": [{"cell": [0], "matrix": [[0, -1], [-1, 0]]}, {"cell": [-1], "matrix": [[0, -1], [0, 0]]}],
}  # fmt: skip
DIMERISATION = {
    "hoppings": [{"cell": [0], "matrix": [[0, -1], [-1, 0]]}, {"cell": [-1], "matrix": [[0, 1], [0, 0]]}]
}
STAGGERING = {"matrix": Z}


def without(made, **factors):
    """The problem with terms of the equations of motion scaled."""
    return replace(made, band=with_factors(made.band, **factors), moving=with_factors(made.moving, **factors))


def at(model, textures, k, r, end, **sections):
    """Packets that start at k and r; the time in ħ/eV."""
    given = {"ensemble": {"kind": "packets", "wavevectors": k, "positions": r}} | sections
    return problem(model | {"textures": textures}, end=end * HBAR, **given)


@pytest.mark.parametrize("band", [0, 1])
def test_vector_potential_as_a_texture(band):
    """λ = A(r) of a uniform B: Ω_rr, Ω_rk, the gradient energy and D together make the Lorentz force, -m·B and 1 - (q/ħ)B·Ω.

    Massive Dirac electrons, for which k + eA/ħ is linear in A; r, D and the mixing are those of the run in B.
    """
    b, electric = 0.02, [0.003, 0.001, 0.0]
    k, r = np.array([[0.4, 0.1], [-0.2, 0.3]]), np.array([[0.0, 0.0], [3.0, -5.0]])
    potential = 0.5 * b * np.stack([-r[:, 1], r[:, 0]], axis=1)
    textures = [
        {"term": {"matrix": X}, "profile": {"kind": "linear", "gradient": [0, -b / 2]}},
        {"term": {"matrix": Y}, "profile": {"kind": "linear", "gradient": [b / 2, 0]}},
    ]
    canonical = at(DIRAC, textures, k - potential, r, 60.0, band=band, electric=electric)
    packets = {"kind": "packets", "wavevectors": k, "positions": r}
    kinetic = problem(
        DIRAC, ensemble=packets, end=60 * HBAR, band=band, electric=electric, magnetic=[0, 0, b / E_OVER_HBAR]
    )
    one, other = run(canonical), run(kinetic)
    assert np.linalg.norm(other.position[:, -1] - other.position[:, 0], axis=1).min() > 4
    np.testing.assert_allclose(one.position, other.position, rtol=0, atol=1e-8)
    for name, close in (
        ("minimum_density_of_states_factor", 1e-5),
        ("interband_mixing", 1e-3),
        ("minimum_gap", 1e-4),
    ):
        np.testing.assert_allclose(one.diagnostics[name], other.diagnostics[name], rtol=close)
    assert abs(one.diagnostics["minimum_density_of_states_factor"] - 1).min() > 5e-3
    for term in ("of_place", "mixed", "gradient"):
        lacking = run(without(canonical, **{term: 0.0}))
        assert np.abs(lacking.position[:, -1] - other.position[:, -1]).max() > 1e-3, term


@pytest.mark.parametrize(("band", "sense", "expected"), [(0, 1, 1), (1, 1, -1), (0, -1, -1)])
def test_pump(band, sense, expected):
    """A filled band of the Rice-Mele chain moves by one cell in a cycle; a weak E, which moves k, changes nothing."""
    number, period = 32, 50.0
    k = 2 * np.pi * (np.arange(number)[:, None] + 0.5) / number
    omega = 2 * np.pi / (period * HBAR)
    textures = [
        {"term": DIMERISATION, "profile": {"kind": "wave", "amplitude": 0.5, "frequency": omega}},
        {"term": STAGGERING,
         "profile": {"kind": "wave", "amplitude": 0.7, "frequency": omega, "phase": sense * np.pi / 2}},
    ]  # fmt: skip
    made = at(RICE_MELE, textures, k, 0 * k, period, band=band, electric=[2e-3, 0, 0], saves=2)
    found = run(made)
    assert np.mean(found.position[:, -1, 0]) == pytest.approx(expected, abs=1e-8)
    assert np.all(np.isnan(found.diagnostics["energy_drift"]))  # nothing is conserved
    lacking = run(without(made, of_time=0.0))
    assert abs(np.mean(lacking.position[:, -1, 0])) < 1e-3


@pytest.mark.parametrize(("band", "spin"), [(0, -1), (1, 1)])
def test_kick_and_work_of_a_domain_wall(band, spin):
    """A wall whose azimuth is q·y - ωt gives a packet that goes through it ±q in k_y, and does the work ±ħω."""
    wall = {"kind": "domain_wall", "width": 40.0, "wavevector": [0, 0.3]}
    start = [[1.2, 0.2]], [[-10.0, 0.0]]
    still = run(at(SQUARE, [{"profile": wall, "strength": 5.0}], *start, 40.0, band=band))
    assert still.position[0, -1, 0] > 45
    assert still.wavevector[0, -1, 1] - 0.2 == pytest.approx(0.3 * spin, abs=1e-9)
    assert still.diagnostics["energy_drift"][0] < 1e-10

    def energy(k):
        return -2 * np.cos(k[0]) - 2 * np.cos(k[1])

    turning = run(
        at(SQUARE, [{"profile": wall | {"frequency": 0.2 / HBAR}, "strength": 5.0}], *start, 40.0, band=band)
    )
    assert energy(turning.wavevector[0, -1]) - energy(turning.wavevector[0, 0]) == pytest.approx(
        0.2 * spin, abs=1e-9
    )


def test_chain_with_a_loop_in_space():
    """What depends on the sense of a loop of (δ, Δ) that a packet goes through: 0.743 cells, and 0.764 of the exact packet.

    Without the gradient energy it is -0.668, without Ω_rk 1.417: both terms are of the same order.
    """
    z = norm.ppf(qmc.Sobol(2, seed=0).random(128))
    k, r = 1.8 + z[:, 1:] / 24, -60 + 12 * z[:, :1]

    def shift(**factors):
        ends = []
        for sense in (1, -1):
            loop = {"kind": "loop", "first": 0.5, "second": 0.5, "width": 40.0, "turn": sense * 2 * np.pi}
            texture = {"terms": [DIMERISATION, STAGGERING], "profile": loop}
            made = at(RICE_MELE, [texture], k, r, 330.0, saves=2, integrator={"tolerance": 1e-8})
            ends.append(run(without(made, **factors)).position[:, -1, 0].mean())
        return ends[1] - ends[0]

    assert shift() == pytest.approx(0.743, abs=2e-3)
    assert shift(gradient=0.0) == pytest.approx(-0.668, abs=2e-3)
    assert shift(mixed=0.0) == pytest.approx(1.417, abs=2e-3)


# A texture in a Haldane lattice: its staggering and the bond along y vary in space and time.
HALDANE = {
    "name": "haldane",
    "t1": 1.0,
    "t2": 0.1,
    "phi": 0.4 * np.pi,
    "staggered": 0.3,
    "lattice_constant": np.sqrt(3),
}


def test_liouville_and_energy():
    """D times the determinant of the flow is constant in textures with E, B and time; the energy in static ones."""
    q = 2 * np.pi / 30

    def made(rate, **more):
        textures = [
            {"term": {"matrix": Z}, "strength": 0.1,
             "profile": {"kind": "wave", "wavevector": [q, 0.3 * q], "frequency": 0.05 * rate}},
            {"term": {"matrix": X}, "strength": 0.2,
             "profile": {"kind": "wave", "wavevector": [q, 2 * q], "frequency": -0.03 * rate, "phase": 1.0}},
            {"term": {"matrix": Y}, "strength": 0.15,
             "profile": {"kind": "wave", "wavevector": [-0.5 * q, 1.5 * q], "phase": 0.4}},
        ]  # fmt: skip
        fields = {"electric": [0.003, 0.001, 0.0], "magnetic": [0, 0, 0.02 / E_OVER_HBAR]}
        h = 2e-3
        shifts = np.concatenate([np.zeros((1, 4)), *(n * h * np.eye(4) for n in (1, -1, 2, -2))])
        start = np.array([1.0, 2.0, 2.0, 0.5]) + shifts
        return at(
            HALDANE, textures, start[:, 2:], start[:, :2], 15.0, saves=2, tolerance=1e-13, **fields, **more
        ), h

    def product(found, h):
        ends = np.concatenate([found.position[:, -1, :2], found.wavevector[:, -1, :2]], axis=1)
        one, back, two, behind = (ends[1 + 4 * i : 5 + 4 * i] for i in range(4))
        return np.linalg.det((8 * (one - back) - (two - behind)) / (12 * h))

    moving, h = made(1.0)
    found = run(moving)
    assert not found.status.any()
    first, last = factor(moving, found, 0), factor(moving, found, -1)
    assert abs(last / first - 1) > 1e-2
    assert product(found, h) * last / first == pytest.approx(1.0, abs=1e-7)
    for term in ("of_place", "mixed", "of_time", "gradient"):
        lacking = without(moving, **{term: 0.5})
        block = run(lacking)
        ratio = factor(lacking, block, -1) / factor(lacking, block, 0)
        wrong = abs(product(block, h) * ratio - 1)
        # The equations without the gradient energy are Hamiltonian, too: it is the chain above that needs it.
        assert wrong < 1e-6 if term == "gradient" else wrong > 1e-4, term
    still, _ = made(0.0)
    assert run(still).diagnostics["energy_drift"].max() < 1e-11


def factor(made, block, save):
    """D of the first packet at a save, from the monitors of a run that begins there."""
    k, r, t = block.wavevector[0, save], block.position[0, save], made.times[save]
    from wavepacket.kernels import layout
    from wavepacket.kernels.layout import LANES

    integers, reals = made.moving.arguments(moment=True, mixing=True)
    point, band, field, out = (np.zeros(rows * LANES) for rows in (6, layout.GEOMETRY, layout.FIELD, 6))
    point.reshape(6, -1)[:] = np.concatenate([k, r])[:, None]
    source = (integers, reals, np.zeros(made.moving.scratch_size), made.environment)
    evaluate(made, source, np.full(LANES, t), point, band, field, out)
    return 1.0 - band[(layout.CURVATURE + 2) * LANES]


def evaluate(made, source, t, point, band, field, out):
    from wavepacket.kernels.layout import LANES

    made.rates(made.moving.kernel, 8, source, t, np.ones(2 * LANES), point, band, field, out)


def test_without_strength_nothing_changes():
    """λ = 0 gives the path of the run without textures, to rounding."""
    k, r = [[0.3, 0.2]], [[0.0, 0.0]]
    fields = {"electric": [0.003, 0.001, 0.0], "magnetic": [0, 0, 0.02 / E_OVER_HBAR]}
    texture = {"term": {"matrix": Z}, "strength": 0.0, "profile": {"kind": "wave", "wavevector": [0.1, 0]}}
    found = run(at(HALDANE, [texture], k, r, 60.0, **fields))
    plain = run(problem(HALDANE, ensemble={"kind": "packets", "wavevectors": k}, end=60 * HBAR, **fields))
    np.testing.assert_allclose(found.position, plain.position, rtol=0, atol=1e-10)


def in_emergent_field(k, r, end, spin):
    """Ends of packets -2 cos k_x - 2 cos k_y in B = spin (ħ/2e) n·(∂_xn × ∂_yn) of the skyrmion, by 220 steps of RK4."""

    def rates(y):
        u = np.clip(np.hypot(y[0], y[1]) / 30.0, 1e-9, 1)
        b = -spin * 30 * (u * (1 - u)) ** 2 / (30.0**2 * u)
        vx, vy = 2 * np.sin(y[2]), 2 * np.sin(y[3])
        return np.array([vx, vy, -vy * b, vx * b])

    state, h = np.concatenate([r, k], axis=1).T, end / 220
    for _ in range(220):
        a = rates(state)
        b = rates(state + h / 2 * a)
        c = rates(state + h / 2 * b)
        state = state + h / 6 * (a + 2 * b + 2 * c + rates(state + h * c))
    return state[:2].T


@pytest.mark.parametrize(("band", "winding", "spin"), [(1, 1, 1), (0, 1, -1), (1, -1, -1)])
def test_skyrmion_turns_spins_apart(band, winding, spin):
    """Packets of both spins and of both windings are deflected to opposite sides, as by the emergent field.

    The mean of an ensemble of 2¹⁴ is ∓8.686, and that of the exact packet ∓8.683 (8.674 in band 0).
    """
    z = norm.ppf(qmc.Sobol(4, seed=0).random(64))
    k, r = [1.2, 0.0] + z[:, 2:] / 20, [-50.0, 0.0] + 10 * z[:, :2]
    skyrmion = {"profile": {"kind": "skyrmion", "radius": 30.0, "winding": winding}, "strength": 6.0}
    made = at(SQUARE, [skyrmion], k, r, 55.0, band=band, saves=2, integrator={"tolerance": 1e-9})
    found = run(made).position[:, -1, :2]
    np.testing.assert_allclose(found, in_emergent_field(k, r, 55.0, spin), rtol=0, atol=1e-3)
    assert np.mean(found[:, 1] - r[:, 1]) == pytest.approx(-8.69 * spin, abs=0.5)
    plain = run(without(made, of_place=0.0)).position[:, -1, 1]
    assert abs(np.mean(plain - r[:, 1])) < 0.5
