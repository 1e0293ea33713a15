"""A packet must not pass a closing gap between the ends of its steps: packets aimed at crossings, and at narrow gaps."""

from itertools import product

import numpy as np
import pytest

from tests.cases import problem, run
from wavepacket.errors import Status
from wavepacket.hamiltonians import haldane, weyl_lattice
from wavepacket.units import E_OVER_HBAR, HBAR

SPEED = 5.0  # eV Å
X, Y, Z = np.array([[0, 1], [1, 0]]), np.array([[0, -1j], [1j, 0]]), np.diag([1.0, -1.0])
# Steps shrink towards a crossing: at tight tolerances some packets take all steps that they may before they meet it.
METHODS = [
    *({"tolerance": 10.0**-digits, "maximum_steps": 1000} for digits in range(4, 13)),
    {"method": "rk4", "step": 0.3},
    {"method": "rk4", "step": 1.0},
    {"method": "rk4", "step": 4.0},
]
ALL_TRIALS = 2000


def kp(terms, **more):
    listed = [{"powers": list(powers), "matrix": plain_matrix(matrix)} for powers, matrix in terms.items()]
    return {"kp": listed, **more}


def plain_matrix(matrix):
    return [[[float(x.real), float(x.imag)] for x in row] for row in np.asarray(matrix, dtype=complex)]


def bands_that_cross(rng, size):
    """H = diag with one pair of equal levels + Σ k_a V_a with random V: a Weyl point of bands 1 and 2, at k = 0 exactly."""
    levels = np.array([-1.0, 0.0, 0.0, *np.linspace(1.2, 2.0, size - 3)])
    turned = np.linalg.qr(rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size)))[0]

    def slope():
        matrix = rng.normal(size=(size, size)) + 1j * rng.normal(size=(size, size))
        return matrix + matrix.conj().T

    start = turned @ np.diag(levels) @ turned.conj().T
    return kp(
        {
            (0, 0, 0): 0.5 * (start + start.conj().T),
            (1, 0, 0): slope(),
            (0, 1, 0): slope(),
            (0, 0, 1): slope(),
        }
    )


def crossings(rng):
    """(model, band, a point where the gap closes, dimension) of every kind, drawn anew."""
    dirac = {(1, 0): SPEED * X, (0, 1): SPEED * Y}
    tilted = {(1, 0): SPEED * X + 2.0 * np.eye(2), (0, 1): 3.0 * Y, (2, 0): np.diag([3.0, 3.0]) + X}
    weyl = {(1, 0, 0): 2.0 * X, (0, 1, 0): 3.0 * Y, (0, 0, 1): SPEED * Z + np.eye(2)}
    double = {(2, 0): 8.0 * X, (0, 2): -8.0 * X, (1, 1): 16.0 * Y}
    lattice, node = weyl_lattice(), np.array(weyl_lattice().valleys["W-"])
    honeycomb = haldane()
    corner = np.array(honeycomb.valleys["K"]) @ honeycomb.reciprocal
    origin = np.zeros(3)
    return [
        (kp(dirac), 0, origin, 2),
        (kp(tilted), 1, origin, 2),
        (kp(weyl), 0, origin, 3),
        (kp(double), 1, origin, 2),
        ({"name": "gapped_graphene", "gap": 0.0}, 1, corner, 2),
        ({"name": "weyl_lattice"}, 0, node @ lattice.reciprocal, 3),
        (bands_that_cross(rng, 4), 1, origin, 3),
        (bands_that_cross(rng, 6), 2, origin, 3),
        ({"name": "kane_mele", "rashba": 0}, 1, None, 2),
        *((touching(power), power % 2, origin, 1) for power in (2, 3, 4)),
    ]


def touching(power, gap=0.0):
    """Bands as near as a gap at k = 0, where they differ by 2 c k^power along x: flat there, so that steps are long."""
    slope = {1: 5.0, 2: 30.0, 3: 100.0, 4: 300.0}[power]
    terms = {(power, 0): slope * X, (0, 1): 6.0 * Y}
    return kp(terms | ({(0, 0): 0.5 * gap * Z} if gap else {}), cutoff=5.0, length_scale=10.0)


def aimed(rng, point, dimension, number):
    """Starts on a line through the point, and a field that moves them along it at a random speed, in 100 fs."""
    direction = np.zeros(3)
    direction[:dimension] = rng.normal(size=dimension)
    direction /= np.linalg.norm(direction)
    field = 10.0 ** rng.uniform(-3.3, -2.4)
    ways = rng.uniform(0.02, 0.98, number) * 100.0 * field / HBAR
    return point + ways[:, None] * direction, field * direction


def test_no_packet_passes_a_closing_gap(trials):
    """On straight lines through crossings, exactly: wherever the steps end, the gap on the way is zero."""
    rng, passed, tried = np.random.default_rng(16), [], 0
    every = len(METHODS) * len(crossings(rng))
    each = trials(1, -(-ALL_TRIALS // every))
    for integrator, case in product(METHODS, range(every // len(METHODS))):
        model, index, point, dimension = crossings(rng)[case]
        if point is None:  # bands of opposite spin cross on the whole line from Γ to M
            reciprocal = problem(model, wavevectors=[[0.1, 0.2, 0]], saves=2).hamiltonian.reciprocal
            point = rng.uniform(0.2, 0.8) * 0.5 * reciprocal[0]
        starts, field = aimed(rng, point, dimension, each)
        made = problem(
            model,
            band=index,
            wavevectors=starts,
            electric=field,
            saves=int(rng.choice([2, 11])),
            integrator=integrator,
        )
        assert made.band.geometry(point).gap[0] < 1e-12
        block = run(made)
        tried += each
        passed += [(integrator, case, k) for k in starts[block.status == Status.OK].tolist()]
    assert tried >= trials(100, ALL_TRIALS)
    assert not passed


@pytest.mark.parametrize("limit", [1e-6, 1e-2])
@pytest.mark.parametrize("power", [1, 2, 3, 4])
def test_all_pass_a_gap_above_its_limit_and_know_it(power, limit):
    """Straight through the narrowest place, whose gap is a little more than the limit."""
    starts = np.random.default_rng(power).uniform(0.02, 0.4, 40)[:, None] * [1.0, 0.0, 0.0]
    for integrator in (METHODS[0], METHODS[4], METHODS[-1]):
        made = problem(
            touching(power, 1.002 * limit), wavevectors=starts, electric=[1e-3, 0, 0], end=330.0,
            integrator=integrator, limits={"gap": limit},
        )  # fmt: skip
        block = run(made)
        assert np.all(block.status == Status.OK)
        # With a change of the gap by s from place to place the margin is s/4: the search ends at s < 0.008 of the limit.
        found = block.diagnostics["minimum_gap"] / limit
        assert np.all((found >= 1.002 * (1 - 1e-9)) & (found <= 1.002 + 0.004))


@pytest.mark.parametrize("integrator", METHODS[::2])
def test_no_packet_passes_below_its_limit_on_any_path(integrator):
    """Curved and straight paths at random distances: the gap along the own dense path, with the limit taken away.

    The path of a fixed step is known at its ends and by a cubic in between.
    """
    rng, stopped = np.random.default_rng(7), 0
    for model, index, point, dimension in crossings(rng)[:6]:
        starts, field = aimed(rng, point, dimension, 24)
        starts[:, :dimension] += rng.normal(size=(24, dimension)) * 0.003
        limit = 0.05
        settings = {"band": index, "wavevectors": starts, "electric": field, "magnetic": [0, 0, 1.0]}
        free = problem(model, saves=2001, limits={"gap": 0.0, "density_of_states_factor": 0.0},
                       integrator=integrator, **settings)  # fmt: skip
        if "method" in integrator:
            # More saves would be more steps.
            free = problem(model, saves=11, limits={"gap": 0.0, "density_of_states_factor": 0.0},
                           integrator=integrator, **settings)  # fmt: skip
        paths = run(free).wavevector
        bounded = problem(
            model,
            saves=11,
            limits={"gap": limit, "density_of_states_factor": 0.0},
            integrator=integrator,
            **settings,
        )
        block = run(bounded)
        for n in np.flatnonzero(block.status == Status.OK):
            gap = bounded.band.geometry(paths[n]).gap
            assert gap.min() >= limit
        stopped += np.count_nonzero(block.status == Status.GAP_TOO_SMALL)
    assert stopped > 10


def test_an_aim_through_a_magnetic_field_hits():
    """Massless Dirac, E and B: integrated backwards from the crossing by an independent solver, then forwards.

    Ω and m vanish beside the crossing, so that ħk̇ = -E - v×B with v along k. A run whose error is far below the limit
    over the speed has to come within the limit.
    """
    from scipy.integrate import solve_ivp

    field, magnetic, end = np.array([-2e-3, 5e-4]), 15.0, 60.0

    def rate(_, k):
        v = SPEED / HBAR * k / np.linalg.norm(k)
        return -field / HBAR - E_OVER_HBAR * magnetic * np.array([v[1], -v[0]])

    arrival = field / np.linalg.norm(field) * 1e-9
    back = solve_ivp(rate, (0.0, -end), arrival, method="DOP853", rtol=1e-12, atol=1e-15)
    start = [*back.y[:, -1], 0.0]
    for digits in (6, 8, 10, 12):
        made = problem(
            kp({(1, 0): SPEED * X, (0, 1): SPEED * Y}), band=1, wavevectors=[start], electric=[*field, 0.0],
            magnetic=[0, 0, magnetic], end=end + 10.0, saves=2, tolerance=10.0**-digits,
            limits={"gap": max(1e-6, 100 * 10.0**-digits)},
        )  # fmt: skip
        assert run(made).status.tolist() == [Status.GAP_TOO_SMALL]


@pytest.mark.parametrize("integrator", [METHODS[0], METHODS[3], METHODS[9], METHODS[11]])
def test_d_is_watched_within_steps(integrator):
    """Through the curvature of a narrow gap, along a straight line: D at its centre is 1 − (e/ħ)B v²/2Δ² at most."""
    mass = 0.02
    peak = 0.5 * (SPEED / mass) ** 2 * E_OVER_HBAR  # of |D − 1|, for each T
    model = {"name": "massive_dirac", "velocity": SPEED, "mass": mass, "cutoff": 2.0}
    starts = np.column_stack([np.linspace(0.05, 0.31, 40), np.zeros((40, 2))])
    for depth, status in ((0.95, Status.DENSITY_OF_STATES), (0.6, Status.OK)):
        made = problem(
            model, band=1, wavevectors=starts, electric=[0.2, 0, 0], end=1.3, magnetic=[0, 0, depth / peak], saves=2,
            integrator=integrator,
        )  # fmt: skip
        block = run(made)
        assert set(block.status.tolist()) == {status}


def test_what_is_met_within_steps_is_reported():
    """The gap of a straight way past a Weyl node is known: the smallest one, and not that at an end of a step."""
    for digits in (4, 6, 8):
        made = problem(
            {"name": "weyl_node", "velocity": SPEED}, wavevectors=[[0.1, 1e-3, 0]], electric=[2e-3, 0, 0], saves=2,
            tolerance=10.0**-digits,
        )  # fmt: skip
        (found,) = run(made).diagnostics["minimum_gap"]
        assert 2 * SPEED * 1e-3 * (1 - 1e-9) <= found < 1.5 * 2 * SPEED * 1e-3


def test_flights_between_collisions_stop_at_crossings():
    """A steady state over a cone whose tip every tenth of the packets meets: with loose tolerances as with tight ones."""
    shares = []
    for tolerance in (1e-4, 1e-10):
        made = problem(
            {"name": "gapped_graphene", "gap": 1e-3}, band=1, electric=[5e-3, 0, 0], saves=2,
            ensemble={"kind": "zone", "number": 600, "replicas": 1}, scattering={"relaxation_time": 100.0},
            limits={"gap": 0.4}, tolerance=tolerance,
        )  # fmt: skip
        shares.append(np.mean(run(made).status == Status.GAP_TOO_SMALL))
    assert shares[0] == pytest.approx(shares[1], abs=0.01)
    assert shares[1] > 0.02
