"""Packets in H(k, λ(r, t)) of N orbitals, and in groups of bands of it, against closed forms and slow numpy."""

from dataclasses import replace

import numpy as np
import pytest

from tests.cases import plain, problem, run
from tests.reference.phase_space import Group
from wavepacket.bands import with_factors
from wavepacket.kernels import layout
from wavepacket.kernels.layout import LANES
from wavepacket.units import E_OVER_HBAR, HBAR

X, Y, Z = (np.array(each) for each in ([[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]))
ONE = np.eye(2)
SITES = np.array([[0.0, 0.0], [0.5, 0.1], [0.2, 0.7], [0.8, 0.4]])
WAVES = ((0.2, 0.06, 0.05, 0.3), (0.2, 0.4, -0.03, 1.0), (-0.1, 0.3, 0.02, 0.4))  # q_x, q_y, ω, φ
E, B = np.array([0.003, 0.001]), 0.02
FIELDS = {"electric": [*E, 0.0], "magnetic": [0, 0, B / E_OVER_HBAR]}


def numbers(matrix):
    return [[[each.real, each.imag] for each in row] for row in np.asarray(matrix, dtype=complex).tolist()]


def at(model, textures, k, r, end, **sections):
    """Packets that start at k and r; the time in ħ/eV."""
    given = {"ensemble": {"kind": "packets", "wavevectors": k, "positions": r}} | sections
    return problem(plain(model) | {"textures": plain(textures)}, end=end * HBAR, **given)


def without(made, **factors):
    """The problem of one band with terms of the equations of motion scaled."""
    return replace(made, band=with_factors(made.band, **factors), moving=with_factors(made.moving, **factors))


def bands(first, last):
    return {"band": {"index": first, "group": [*range(first, last + 1)]}}


def waves(matrices):
    return [
        {
            "term": term,
            "profile": {"kind": "wave", "wavevector": [qx, qy], "frequency": omega, "phase": phase},
        }
        for term, (qx, qy, omega, phase) in zip(matrices, WAVES, strict=True)
    ]


class Random:
    """Four random orbitals in a lattice with three waves of random terms, one of them in a hop."""

    def __init__(self):
        draw = np.random.default_rng(5)

        def matrix(size):
            return size * (draw.normal(size=(4, 4)) + 1j * draw.normal(size=(4, 4)))

        def hermitian(size):
            return (lambda each: each + each.conj().T)(matrix(0.5 * size))

        self.cells = np.array([[0, 0], [1, 0], [0, 1], [-1, 0], [0, -1]])
        levels = np.diag([-3.0, -0.6, 0.6, 3.0])
        hops = [levels + hermitian(0.2), matrix(0.15), matrix(0.15)]
        extra = matrix(0.05)
        on_site = [hermitian(0.15) for _ in range(2)]
        none = np.zeros((4, 4))
        self.hops = [
            [*hops, *(each.conj().T for each in hops[1:])],
            *([each, none, none, none, none] for each in on_site),
            [none, extra, none, extra.conj().T, none],
        ]
        self.model = {
            "lattice": np.eye(2), "positions": SITES,
            "hoppings": [
                {"cell": cell, "matrix": numbers(m)} for cell, m in zip(self.cells[:3], hops, strict=True)
            ],
        }  # fmt: skip
        hop = {"hoppings": [{"cell": [1, 0], "matrix": numbers(extra)}]}
        self.textures = waves([*({"matrix": numbers(each)} for each in on_site), hop])

    def matrix(self, place):
        """H at (x, y, k_x, k_y, t)."""
        r, k, t = place[:2], place[2:4], place[4]
        value = [1.0, *(np.cos(qx * r[0] + qy * r[1] - omega * t + phase) for qx, qy, omega, phase in WAVES)]
        total = np.zeros((4, 4), dtype=complex)
        for factor, hops in zip(value, self.hops, strict=True):
            for cell, hop in zip(self.cells, hops, strict=True):
                total += factor * np.exp(1j * k @ cell) * hop
        phases = np.exp(1j * SITES @ k)
        return phases.conj()[:, None] * total * phases


def evaluated(made, k, r, u, time):
    """Rows of the rates, of the geometry and D of one packet; u with the positions in its phases."""
    group = made.group
    arrays = made.moving.arguments(moment=True, mixing=True)
    scratch = made.moving.scratch_size
    if group is not None:
        arrays, scratch = (group.texture.integers, group.texture.reals), group.texture.scratch_size
    point, out = np.zeros((14, LANES)), np.zeros(14 * LANES)
    point[:2], point[3:5] = k[:, None], r[:, None]
    if u is not None:
        point[6::2], point[7::2] = u.real[:, None], u.imag[:, None]
    band, field = np.zeros(layout.GEOMETRY * LANES), np.zeros(layout.FIELD * LANES)
    source = (*arrays, np.full(scratch, np.nan), made.environment)
    own = np.ones(2 * LANES)
    made.rates(made.moving.kernel, 8, source, np.full(LANES, time), own, point.ravel(), band, field, out)
    return out.reshape(14, LANES)[:, 0], band.reshape(-1, LANES)[:, 0]


@pytest.mark.parametrize("last", [1, 2])
def test_against_differences_of_projectors(last):
    """All rates of a packet in band 1 alone and in bands 1 and 2, D, gap, energy and mixing, in E, B and three waves."""
    crystal, time = Random(), 7.0
    k, r = np.array([0.7, -0.4]), np.array([3.0, -5.0])
    band = bands(1, last) if last > 1 else {"band": 1}
    made = at(crystal.model, crystal.textures, [k], [r], 1.0, **band, **field_sections())
    reference = Group(crystal.matrix, 1, last, (0.25, 0.03, 0.5))
    place = np.array([*r, *k, time])
    _, states = np.linalg.eigh(crystal.matrix(place))
    u = states[:, 1] if last == 1 else states[:, 1:3] @ np.array([0.6, 0.8j])
    expected = reference.motion(place, u, E, -B)
    phases = np.exp(1j * SITES @ k)
    out, geometry = evaluated(made, k, r, phases * u if last > 1 else None, time)
    close = {"rtol": 0, "atol": 2e-9}
    np.testing.assert_allclose(out[[3, 4, 0, 1]], expected.rates, **close)
    assert 1.0 - geometry[layout.CURVATURE + 2] == pytest.approx(expected.factor, abs=1e-9)
    assert geometry[layout.GAP] == pytest.approx(expected.gap, rel=1e-12)
    zeeman = -B / E_OVER_HBAR * geometry[layout.MOMENT + 2]
    assert geometry[layout.ENERGY] + zeeman == pytest.approx(expected.energy, abs=1e-9)
    assert geometry[layout.MIXING + 2] * 1e-16 == pytest.approx(expected.mixing, rel=1e-7)
    if last > 1:
        shift = SITES @ expected.rates[2:]
        turned = phases * (expected.turn + 1j * shift * u)
        np.testing.assert_allclose(out[6::2] + 1j * out[7::2], turned, **close)


def field_sections():
    return {"fields": {"electric": FIELDS["electric"], "magnetic": FIELDS["magnetic"]}}


HALDANE = {
    "name": "haldane", "t1": 1.0, "t2": 0.1, "phi": 0.4 * np.pi, "staggered": 0.3, "lattice_constant": np.sqrt(3)
}  # fmt: skip


def test_two_orbitals_by_diagonalisation():
    """The closed form of two bands and the sums over states of N bands give the same paths, D, gap and mixing.

    In E, V(r) and a B that changes in space.
    """
    fields = field_sections()["fields"] | {
        "potential": {"kind": "harmonic", "stiffness": 2e-4},
        "magnetic_gradient": [5e-4 / E_OVER_HBAR, -2e-4 / E_OVER_HBAR, 0],
    }
    textures = waves([{"matrix": numbers(0.15 * each)} for each in (Z, X, Y)])
    start = [[1.0, 0.3], [0.2, -0.5]], [[1.0, 2.0], [-7.0, 4.0]]
    one, other = (
        run(at(HALDANE, textures, *start, 30.0, band={"index": 1, "source": source}, fields=fields))
        for source in ("two_band", "direct")
    )
    assert np.linalg.norm(one.position[:, -1] - one.position[:, 0], axis=1).min() > 5
    np.testing.assert_allclose(other.position, one.position, rtol=0, atol=1e-10)
    np.testing.assert_allclose(other.wavevector, one.wavevector, rtol=0, atol=1e-10)
    for name in ("minimum_density_of_states_factor", "interband_mixing", "minimum_gap"):
        np.testing.assert_allclose(other.diagnostics[name], one.diagnostics[name], rtol=1e-8)


def test_skyrmion_in_a_crystal_of_two_sublattices():
    """A square lattice in a skyrmion, described by cells of two orbitals, each with a spin, or of one: the same path."""
    skyrmion = {"profile": {"kind": "skyrmion", "radius": 15.0}, "strength": 6.0}
    start = [[1.2, 0.1]], [[-10.0, 3.0]]
    simple = {
        "lattice": np.eye(2),
        "hoppings": [{"cell": cell, "matrix": numbers(-ONE)} for cell in ([1, 0], [0, 1])],
    }
    hops = {(0, 0): -X.real, **{cell: [[0, 0], [-1, 0]] for cell in ([(1, 0), (0, 1), (1, 1)])}}
    double = {
        "lattice": [[1, 1], [1, -1]],
        "positions": [[0, 0], [0.5, 0.5], [0, 0], [0.5, 0.5]],
        "hoppings": [{"cell": cell, "matrix": numbers(np.kron(ONE, m))} for cell, m in hops.items()],
    }
    one = run(at(simple, [skyrmion], *start, 12.0, band=1))
    other = run(at(double, [skyrmion], *start, 12.0, band=2))
    assert not one.status.any()
    assert not other.status.any()
    assert abs(one.position[0, -1, 1] - 3.0) > 0.3
    np.testing.assert_allclose(other.position, one.position, rtol=0, atol=1e-10)


# Dirac's four bands, two degenerate pairs, in the plane.
ALPHA_X, ALPHA_Y, BETA = np.kron(X, X), np.kron(Y, ONE), np.kron(Z, ONE)
DIRAC = {
    "kp": [
        {"powers": [1, 0], "matrix": numbers(ALPHA_X)},
        {"powers": [0, 1], "matrix": numbers(ALPHA_Y)},
        {"powers": [0, 0], "matrix": numbers(BETA)},
    ]
}


@pytest.mark.parametrize("split", [0.0, 0.05])
def test_vector_potential_of_a_group(split):
    """λ = A(r) of a uniform B: Ω_rr, Ω_rk, the matrix of the gradient energy and D make b, m̂·B in 𝓔 and in u̇, and 1 − b·Ω.

    Packets of two degenerate or split bands in two internal states; the run in B has k + eA/ħ in place of k.
    """
    b, electric = 0.02, [0.003, 0.001, 0.0]
    k, r = np.array([[0.4, 0.1], [-0.2, 0.3]]), np.array([[0.0, 0.0], [3.0, -5.0]])
    potential = 0.5 * b * np.stack([-r[:, 1], r[:, 0]], axis=1)
    spin = [numbers(0.5 * np.kron(ONE, each)) for each in (X, Y, Z)]
    mass = numbers(BETA + split * np.kron(ONE, X + 0.5 * Z))
    model = {"kp": [*DIRAC["kp"][:2], {"powers": [0, 0], "matrix": mass}]}
    textures = [
        {"term": {"matrix": numbers(ALPHA_X)}, "profile": {"kind": "linear", "gradient": [0, -b / 2]}},
        {"term": {"matrix": numbers(ALPHA_Y)}, "profile": {"kind": "linear", "gradient": [b / 2, 0]}},
    ]
    internal = {"spin": spin, "start": "spin", "axis": [0.3, 0.1, 1.0], "store": True}
    shared = {**bands(2, 3), "internal": internal}
    trap = {"potential": {"kind": "harmonic", "stiffness": 2e-4}}
    fields = {"electric": electric, "magnetic": [0, 0, 0], **trap}
    canonical = at(model, textures, k - potential, r, 40.0, fields=fields, **shared)
    packets = {"kind": "packets", "wavevectors": k, "positions": r}
    kinetic = problem(
        plain(model), ensemble=packets, end=40 * HBAR, **shared,
        fields={"electric": electric, "magnetic": [0, 0, b / E_OVER_HBAR], **trap},
    )  # fmt: skip
    one, other = run(canonical), run(kinetic)
    assert np.linalg.norm(other.position[:, -1] - other.position[:, 0], axis=1).min() > 3
    np.testing.assert_allclose(one.position, other.position, rtol=0, atol=1e-8)
    u, v = (each.diagnostics["state"] for each in (one, other))
    first, second = (each[..., 0::2] + 1j * each[..., 1::2] for each in (u, v))
    overlap = np.abs(np.einsum("nti,nti->nt", first.conj(), second))
    np.testing.assert_allclose(overlap, 1.0, rtol=0, atol=1e-8)
    for name in ("minimum_density_of_states_factor", "interband_mixing"):
        np.testing.assert_allclose(one.diagnostics[name], other.diagnostics[name], rtol=1e-5)
    assert one.diagnostics["state_leak"].max() < 1e-8
    for place in (0, 1, 3):
        factors = tuple(0.0 if i == place else 1.0 for i in range(4))
        lacking = replace(
            canonical, group=replace(canonical.group, texture=canonical.group.texture.with_factors(factors))
        )
        moved = run(lacking).position[:, -1] - other.position[:, -1]
        assert np.abs(moved).max() > 1e-3, place


def test_liouville():
    """D times the determinant of the flow of one of four bands is constant in E, B and waves; it misses each term."""
    crystal, h = Random(), 2e-3
    shifts = np.concatenate([np.zeros((1, 4)), *(n * h * np.eye(4) for n in (1, -1, 2, -2))])
    start = np.array([1.0, 2.0, 0.7, -0.4]) + shifts
    made = at(
        crystal.model, crystal.textures, start[:, 2:], start[:, :2], 15.0, band=1, saves=2, tolerance=1e-13,
        **field_sections(),
    )  # fmt: skip

    def error(of):
        found = run(of)
        assert not found.status.any()
        ends = np.concatenate([found.position[:, -1, :2], found.wavevector[:, -1, :2]], axis=1)
        one, back, two, behind = (ends[1 + 4 * i : 5 + 4 * i] for i in range(4))
        flow = np.linalg.det((8 * (one - back) - (two - behind)) / (12 * h))
        first, last = (
            1 - evaluated(of, found.wavevector[0, save, :2], found.position[0, save, :2], None, of.times[save])[1][
                layout.CURVATURE + 2
            ]
            for save in (0, -1)
        )  # fmt: skip
        assert abs(last / first - 1) > 1e-3
        return abs(flow * last / first - 1)

    assert error(made) < 1e-7
    for term in ("of_place", "mixed", "of_time"):
        assert error(without(made, **{term: 0.5})) > 1e-5, term


def test_group_of_one_band():
    """A group of one band of N, whose internal state is its eigenstate, moves as the band does."""
    crystal = Random()
    start = [[0.7, -0.4], [-1.0, 0.2]], [[1.0, 2.0], [-3.0, 4.0]]
    alone = run(at(crystal.model, crystal.textures, *start, 10.0, band=1, **field_sections()))
    group = run(at(crystal.model, crystal.textures, *start, 10.0, **bands(1, 1), **field_sections()))
    np.testing.assert_allclose(group.position, alone.position, rtol=0, atol=1e-10)
    for name in ("minimum_density_of_states_factor", "interband_mixing", "minimum_gap"):
        np.testing.assert_allclose(group.diagnostics[name], alone.diagnostics[name], rtol=1e-6)


def test_internal_frame_means_nothing():
    """A unitary matrix that mixes orbitals at one place changes no path, and turns the internal state."""
    draw = np.random.default_rng(8)
    mix, _ = np.linalg.qr(draw.normal(size=(4, 4)) + 1j * draw.normal(size=(4, 4)))
    terms = [np.kron(Z, X), np.kron(X, Z), np.kron(ONE, Y)]

    def ends(turn):
        model = {
            "kp": [each | {"matrix": numbers(turn @ matrix @ turn.conj().T)}
                   for each, matrix in zip(DIRAC["kp"], (ALPHA_X, ALPHA_Y, BETA), strict=True)]
        }  # fmt: skip
        textures = waves([{"matrix": numbers(0.1 * turn @ each @ turn.conj().T)} for each in terms])
        operators = [numbers(0.5 * turn @ np.kron(ONE, each) @ turn.conj().T) for each in (X, Y, Z)]
        internal = {"spin": operators, "start": "spin", "values": [0.5], "store": True}
        made = at(
            model, textures, [[0.4, 0.1]], [[2.0, 1.0]], 20.0, **bands(2, 3), internal=internal,
            **field_sections(),
        )  # fmt: skip
        found = run(made)
        return found.position, found.sums["spin"]

    (one, spin), (other, turned) = ends(np.eye(4)), ends(mix)
    np.testing.assert_allclose(other, one, rtol=0, atol=1e-10)
    np.testing.assert_allclose(turned, spin, rtol=0, atol=1e-10)
    assert np.ptp(spin) > 0.1


def test_small_and_large_splittings_of_a_group():
    """A pair of bands that a term splits by almost nothing moves as the degenerate one; split far, it moves band by band.

    Far apart in λ(t) and E: in gradients and in B one band has a gradient energy and a moment from the other band of the
    pair, too, which packets with one centre for both bands have not.
    """
    terms = waves(
        [{"matrix": numbers(0.1 * each)} for each in (np.kron(Z, X), np.kron(X, Z), np.kron(ONE, Y))]
    )
    uniform = [each | {"profile": each["profile"] | {"wavevector": [0, 0]}} for each in terms]
    spin, pair = {"spin": [numbers(0.5 * np.kron(ONE, each)) for each in (X, Y, Z)]}, bands(2, 3)
    polarised = {"internal": spin | {"start": "spin", "values": [0.5]}, **field_sections()}

    def made(split, textures, **sections):
        mass = numbers(4.0 * BETA + split * np.kron(ONE, Z + 0.7 * X))
        model = {"kp": [*DIRAC["kp"][:2], {"powers": [0, 0], "matrix": mass}]}
        return at(model, textures, [[0.4, 0.1]], [[2.0, 1.0]], 30.0, **sections)

    nearly, degenerate = (run(made(split, terms, **pair, **polarised)).position for split in (1e-9, 0.0))
    np.testing.assert_allclose(nearly, degenerate, rtol=0, atol=1e-6)
    level = {"internal": {"start": "eigenstates", "weights": [1.0, 0.0]}}
    push = {"fields": {"electric": [0.01, 0.004, 0.0], "magnetic": [0, 0, 0]}}
    apart = {}
    for split in (0.05, 1.6):
        alone = made(split, uniform, band=2, **push)
        path = run(alone).position
        apart[split] = np.abs(run(made(split, uniform, **pair, **level, **push)).position - path).max()
    assert np.abs(run(without(alone, of_time=0.0)).position - path).max() > 20 * apart[1.6]
    assert apart[1.6] < 0.05 * apart[0.05]
