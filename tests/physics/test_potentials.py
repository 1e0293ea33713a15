"""Packets in a potential V(r): frequencies of a trap, energy at walls, the measure of phase space, steps that see all."""

import numpy as np
import pytest

from tests.cases import problem, run
from tests.physics.numpy_flow import density_factor
from wavepacket.config import Fields
from wavepacket.fields import magnetic_values
from wavepacket.hamiltonians import haldane, weyl_lattice
from wavepacket.units import E_OVER_HBAR, ELECTRON_MASS, HBAR

pytestmark = pytest.mark.physics

STENCIL = ((-2, 1 / 12), (-1, -2 / 3), (1, 2 / 3), (2, -1 / 12))


def dirac(square, mass, parabola=0.0):
    """k·p section of H = v(k_x σ_x + k_y σ_y) + mass σ_z + parabola k², v² = square, in eV and Å."""
    v, x = float(np.sqrt(square)), float(parabola)
    terms = [
        ([1, 0], [[0, v], [v, 0]]), ([0, 1], [[0, [0, -v]], [[0, v], 0]]), ([0, 0], [[mass, 0], [0, -mass]]),
        ([2, 0], [[x, 0], [0, x]]), ([0, 2], [[x, 0], [0, x]]),
    ]  # fmt: skip
    return {"kp": [{"powers": p, "matrix": m} for p, m in terms], "cutoff": 5.0, "length_scale": 2.0}


def turns(model, k, frequency, stiffness, reduced_field=0.0, tolerance=1e-13):
    """Angular frequency, in eV/ħ, of the circular orbit k e^{-iωt} of an electron in a trap, begun as one of ``frequency``.

    ħk̇ = -K r + q ṙ×B gives r: (ω q B + K)(x + iy) = iω (k_x + ik_y) in units of ħ = e = 1.
    """
    place = 1j * frequency * k / (stiffness - frequency * reduced_field)
    start = {"wavevectors": [[k, 0, 0]], "positions": [[place.real, place.imag, 0]]}
    trap = {"kind": "harmonic", "stiffness": stiffness}
    made = problem(
        model, band=1, ensemble={"kind": "packets"} | start, end=200 * HBAR, saves=401, tolerance=tolerance,
        fields={"potential": trap, "magnetic": [0, 0, reduced_field / E_OVER_HBAR]},
    )  # fmt: skip
    block = run(made)
    assert not block.status.any()
    path = block.wavevector[0, :, 0] + 1j * block.wavevector[0, :, 1]
    np.testing.assert_allclose(np.abs(path), k, rtol=1e-6)  # it is the circular orbit
    assert block.diagnostics["energy_drift"][0] < 1e-12
    return -np.unwrap(np.angle(path))[-1] / 200


class TestTrap:
    """ω²(1 - qBΩ/ħ) - ω(KΩ/ħ + qB/m) - K/m = 0; both modes, in opposite senses, K = 0.02 eV/Å²."""

    @pytest.mark.parametrize(
        ("field", "slow", "fast"), [(0.0, 0.0724240688, 0.2124240688), (0.03, 0.07435875, 0.17098939)]
    )
    def test_parabola_with_constant_curvature(self, field, slow, fast):
        """m = 1.3, Ω = 7: a massive Dirac band of v² = 14 with a parabola, where v k is far below the mass.

        The moment's energy -m·B = -7B(1 - 14 k²) is part of the parabola.
        """
        mass, curvature, q = 1.3, 7.0, -1.0
        parabola = (1 / mass - 14.0 - 2 * 7.0 * 14.0 * field) / 2
        whole, linear = 1 - q * field * curvature, 0.02 * curvature + q * field / mass
        for sign, known in ((1, fast), (-1, slow)):
            exact = (linear + sign * np.sqrt(linear**2 + 4 * whole * 0.02 / mass)) / (2 * whole)
            measured = turns(dirac(14.0, -1.0, parabola), 3e-6, exact, 0.02, field, tolerance=1e-15)
            assert abs(exact) == pytest.approx(known, abs=6e-9)
            assert measured == pytest.approx(exact, rel=1e-8)

    def test_massive_dirac_at_finite_amplitude(self):
        """v = Δ = 1, k = 0.4: ω² - ωKΩ(k) - Kv²/ε(k) = 0."""
        k, stiffness = 0.4, 0.02
        energy = np.hypot(1.0, k)
        curvature = -0.5 / energy**3
        for sign, known in ((1, 0.1323267767), (-1, -0.1403308861)):
            root = np.sqrt((stiffness * curvature) ** 2 + 4 * stiffness / energy)
            exact = (stiffness * curvature + sign * root) / 2
            assert exact == pytest.approx(known, abs=6e-11)
            assert turns(dirac(1.0, 1.0), k, exact, stiffness) == pytest.approx(exact, rel=1e-10)


class TestWalls:
    def test_energy_over_many_reflections(self):
        """Some 200 reflections in a channel of soft walls, in a band with Ω and m, under a magnetic field."""
        channel = {"kind": "channel", "height": 3.0, "rise": 20.0, "width": 20.0, "direction": [1.0, 0.3]}
        made = problem(
            {"name": "haldane", "staggered": 0.3}, wavevectors=[[0.3, 0.1, 0], [-0.5, 0.9, 0]], end=10000.0, saves=3001,
            fields={"potential": channel, "magnetic": [0, 0, 5.0]}, tolerance=1e-13,
        )  # fmt: skip
        block = run(made)
        assert not block.status.any()
        across = block.position @ np.array([1.0, 0.3, 0]) / np.hypot(1.0, 0.3)
        assert np.abs(across).max() < 30.0
        turned = (np.diff(np.sign(np.diff(across, axis=1)), axis=1) != 0).sum(axis=1)
        assert turned.min() > 100
        assert block.diagnostics["energy_drift"].max() < 1e-9

    @pytest.mark.parametrize(
        ("electric", "wavevector"), [(0.0, 0.3), (5e-5, 0.0)], ids=["in free flight", "from rest"]
    )
    def test_no_step_jumps_over_a_thin_wall(self, electric, wavevector):
        """A wall of 2 Å far away, as high as nothing passes: k is constant on the way, so that no error limits the steps."""
        barrier = {
            "kind": "barrier", "height": 5.0, "rise": 1.0, "width": 0.0, "direction": [1.0], "center": [5000.0],
        }  # fmt: skip
        made = problem(
            {"name": "parabolic_band"}, wavevectors=[[wavevector, 0.0, 0.0]], end=5000.0, saves=2, tolerance=1e-8,
            fields={"potential": barrier, "electric": [-electric, 0, 0]},
        )  # fmt: skip
        block = run(made)
        assert block.position[0, -1, 0] < 5000.0
        free = HBAR * wavevector / ELECTRON_MASS * 5000.0 + 0.5 * electric / ELECTRON_MASS * 5000.0**2
        assert free > 6000.0
        assert block.diagnostics["steps"][0] < 200


def measure(model, crystal, start, fields):
    """∂(k, r)(t)/∂(k, r)(0) of a packet (T, 2d, 2d) by five-point differences of its neighbours, and its path (T, 6)."""
    axes = [*range(crystal.dimension), *range(3, 3 + crystal.dimension)]
    widths = np.array([2e-5] * 3 + [2e-3] * 3)
    offsets = [np.zeros(6)] + [n * widths[a] * np.eye(6)[a] for a in axes for n, _ in STENCIL]
    starts = np.array(start) + np.array(offsets)
    packets = {"kind": "packets", "wavevectors": starts[:, :3].tolist(), "positions": starts[:, 3:].tolist()}
    made = problem(model, ensemble=packets, fields=fields, end=70.0, saves=5, tolerance=1e-15)
    block = run(made)
    assert not block.status.any()
    assert not block.diagnostics["energy_drift"].max() > 1e-9  # not a number where V depends on time
    states = np.concatenate([block.wavevector, block.position], axis=2)
    moved = states[1:].reshape(len(axes), 4, -1, 6)[..., axes]
    weights = np.array([w for _, w in STENCIL])
    return np.einsum("ancj,n->cja", moved, weights) / widths[axes], states[0]


def spline_roots(spline, column, times):
    """Times at which one component of a spline changes sign."""
    from scipy.optimize import brentq

    values = spline(times)[:, column]
    places = np.flatnonzero(np.sign(values[1:]) != np.sign(values[:-1]))
    return [brentq(lambda t: spline(t)[column], times[i], times[i + 1], xtol=1e-12) for i in places]


class TestMeasure:
    """D·det ∂(k, r)(t)/∂(k, r)(0) = D(0): now the force depends on r, and r on where it began."""

    @pytest.mark.parametrize(
        ("model", "crystal", "start", "magnetic"),
        [
            ({"name": "haldane", "staggered": 0.3}, haldane(staggered=0.3), [0.9, 1.2, 0, 5.0, -8.0, 0.0], [0, 0, 400.0]),
            (
                {"name": "weyl_lattice"}, weyl_lattice(),
                [*(np.array(weyl_lattice().valleys["W+"]) @ weyl_lattice().reciprocal + [0.1, -0.08, 0.05]), 5, -8, 3],
                [60.0, -40.0, 90.0],
            ),
        ],
        ids=["plane", "space"],
    )  # fmt: skip
    def test_density_factor_times_determinant(self, model, crystal, start, magnetic):
        potential = [
            {"kind": "harmonic", "stiffness": [2e-4, 5e-5, 1e-4]},
            {"kind": "wave", "amplitude": 0.01, "wavevector": [0.1, 0.06, 0.03], "frequency": 0.05},
        ]
        flow, path = measure(model, crystal, start, {"potential": potential, "magnetic": magnetic})
        determinant = np.linalg.det(flow)
        factor = density_factor(crystal, 0, path[:, :3], np.array(magnetic), -1.0)
        half = crystal.dimension
        assert np.abs(flow[:, :half, half:]).max() > 1e-3  # k knows where it began
        assert np.abs(determinant - 1).max() > 1e-3
        np.testing.assert_allclose(factor * determinant / factor[0], 1.0, rtol=0, atol=1e-8)


class TestMagneticGradient:
    """B_z(r) = B_z + g·r on a layer, in units of ħ = e = 1 for B and time."""

    def deflection(self, terms, slope=2e-4):
        """Mean way along x in t = 150 of a packet of σ = 15 of mean canonical momentum 0, B' = ``slope`` along x.

        In the gauge A_y = B'x²/2 the kinetic k_y of its Wigner function is higher by that: q = -1.
        """
        nodes, weights = np.polynomial.hermite_e.hermegauss(10)
        x, kx, ky = (each.ravel() for each in np.meshgrid(nodes * 15, nodes / 30, nodes / 30, indexing="ij"))
        weight = np.einsum("i,j,k->ijk", weights, weights, weights).ravel()
        zero = np.zeros_like(x)
        packets = {
            "kind": "packets", "wavevectors": np.stack([kx, ky + 0.5 * slope * x**2, zero], axis=1),
            "positions": np.stack([x, zero, zero], axis=1),
        }  # fmt: skip
        made = problem(
            {"kp": terms, "cutoff": 5.0, "length_scale": 2.0}, band=len(terms[0]["matrix"]) - 1, ensemble=packets,
            fields={"magnetic_gradient": [slope / E_OVER_HBAR]}, end=150 * HBAR, saves=2, tolerance=1e-9,
        )  # fmt: skip
        block = run(made)
        assert not block.status.any()
        assert block.diagnostics["energy_drift"].max() < 1e-8
        return float((block.position[:, -1, 0] - x) @ weight / weight.sum())

    @pytest.mark.parametrize(("valley", "known"), [(1, -1.085), (-1, 1.085)])
    def test_the_moment_pulls_valleys_apart(self, valley, known):
        """H = τ k_x σ_x + k_y σ_y + σ_z: the exact packet on a lattice moves by ∓1.085."""
        matrices = ([[0, valley], [valley, 0]], [[0, [0, -1]], [[0, 1], 0]], [[1, 0], [0, -1]])
        powers = ([1, 0], [0, 1], [0, 0])
        terms = [{"powers": p, "matrix": m} for p, m in zip(powers, matrices, strict=True)]
        assert self.deflection(terms) == pytest.approx(known, rel=0.01)

    def test_without_a_moment_nothing_pulls(self):
        """A parabola of the same mass."""
        assert abs(self.deflection([{"powers": p, "matrix": [[0.5]]} for p in ([2, 0], [0, 2])])) < 0.01

    @pytest.mark.parametrize(
        "powers", [([2, 0], [0, 2]), ([2, 0, 0], [0, 2, 0], [0, 0, 2])], ids=["plane", "space"]
    )
    def test_drift_across_the_gradient(self, powers):
        """Velocity m v² B'/(2 q B²) along y for B' along x, m = 1, v = 0.3, B = 0.05, by extrapolation to B' = 0.

        In space the packet also moves along B, and goes on to do so.
        """
        from scipy.interpolate import make_interp_spline

        upward = 0.2 * (len(powers) - 2)

        def drift(slope):
            parabola = {"kp": [{"powers": p, "matrix": [[0.5]]} for p in powers], "length_scale": 2.0}
            fields = {"magnetic": [0, 0, 0.05 / E_OVER_HBAR], "magnetic_gradient": [slope / E_OVER_HBAR]}
            made = problem(
                parabola,
                wavevectors=[[0, 0.3, upward]],
                fields=fields,
                end=400 * HBAR,
                saves=2001,
                tolerance=1e-14,
            )
            block = run(made)
            np.testing.assert_allclose(block.position[0, :, 2], upward * made.times / HBAR, rtol=0, atol=1e-9)
            spline = make_interp_spline(
                made.times / HBAR, np.stack([*block.wavevector[0].T, *block.position[0].T]).T, k=5
            )
            turns = [t for t in spline_roots(spline, 0, made.times / HBAR) if spline(t)[1] > 0]
            first, last = turns[0], turns[-1]
            assert len(turns) >= 3
            return (spline(last)[4] - spline(first)[4]) / (last - first) / slope

        slopes = np.array([1e-5, -1e-5, 2e-5, -2e-5])
        found = [drift(slope) for slope in slopes]
        limit = np.polynomial.polynomial.polyfit(slopes * 1e5, found, 3)[0]
        assert found[0] * 1e-5 == pytest.approx(-1.80433e-4, rel=1e-5)
        assert limit == pytest.approx(-(0.3**2) / (2 * 0.05**2), rel=1e-5)

    @pytest.mark.parametrize(
        "fields",
        [
            {"magnetic_gradient": [2.0, -1.0]},
            {
                "magnetic_terms": [
                    {
                        "kind": "dipole",
                        "moment": ["1e7 mu_B", "0 eV/T", "2e7 mu_B"],
                        "position": [0, -10.0, 40.0],
                    },
                    {"kind": "wire", "current": "3 A", "direction": [1.0, 0.5], "position": [0, 0, 60.0]},
                ],
                "potential": {"kind": "grid"},
            },
        ],
        ids=["gradient", "terms"],
    )
    def test_measure_of_phase_space(self, fields, tmp_path):
        """D(r, k)·det = D(0): D varies with the place, and the force of the moment, too."""
        crystal, start = haldane(staggered=0.3), np.array([0.9, 1.2, 0, 5.0, -8.0, 0.0])
        if "potential" in fields:
            x = np.linspace(-150, 150, 61)
            waves = np.sin(x / 25)[:, None] * np.cos(x / 30)
            np.savez(tmp_path / "v.npz", x=x, y=x, potential=0.05 * waves)
            fields = fields | {"potential": {"kind": "grid", "file": str(tmp_path / "v.npz")}}
        flow, path = measure(
            {"name": "haldane", "staggered": 0.3}, crystal, start, {"magnetic": [0, 0, 300.0]} | fields
        )
        terms = {key: [value] if isinstance(value, dict) else value for key, value in fields.items()}
        field = 300.0 + magnetic_values(Fields.model_validate(terms), path[:, 3:]).field[:, 2]
        factor = np.array(
            [
                density_factor(crystal, 0, place[None, :3], np.array([0, 0, b]), -1.0)[0]
                for place, b in zip(path, field, strict=True)
            ]
        )
        determinant = np.linalg.det(flow)
        assert np.ptp(field) > 20
        assert np.abs(determinant - 1).max() > 1e-3
        np.testing.assert_allclose(factor * determinant / factor[0], 1.0, rtol=0, atol=1e-8)


class TestUniformField:
    @pytest.mark.parametrize(
        ("model", "charge"), [({"name": "haldane"}, -1.0), ({"name": "weyl_lattice"}, 2.0)]
    )
    def test_a_linear_potential_is_one(self, model, charge):
        """V = qφ = -qE·r, with E along two axes and a magnetic field; currents too."""
        electric = np.array([3e-4, -2e-4, 0.0])
        settings = {"wavevectors": [[0.2, 0.1, 0.0], [0.6, -0.4, 0.0]], "end": 300.0, "charge": charge}
        potential = {"kind": "linear", "gradient": (-charge * electric).tolist()}
        one = run(problem(model, electric=electric, magnetic=[0, 0, 10.0], **settings))
        other = run(problem(model, fields={"potential": potential, "magnetic": [0, 0, 10.0]}, **settings))
        np.testing.assert_allclose(other.wavevector, one.wavevector, rtol=0, atol=1e-10)
        np.testing.assert_allclose(other.position, one.position, rtol=0, atol=1e-8)
        for name in ("current", "displacement"):
            scale = np.abs(one.sums[name]).max()
            np.testing.assert_allclose(other.sums[name], one.sums[name], rtol=0, atol=1e-9 * scale)
        assert np.abs(one.sums["current"][..., 0, :] - one.sums["current"][..., -1, :]).max() > 1e-2

    def test_a_plane_keeps_its_height(self):
        """V at the height of a packet over a plane that it cannot leave."""
        charge = {
            "kind": "point_charge",
            "charge": 1.0,
            "core": 3.0,
            "center": [0, 0, 10.0],
            "permittivity": 4.0,
        }
        model, k = {"name": "haldane"}, [[0.2, 0.1, 0.0]]
        lower, upper = (
            run(
                problem(
                    model, ensemble={"kind": "packets", "wavevectors": k, "positions": [[5.0, 0, height]]},
                    fields={"potential": charge | {"center": [0, 0, 10.0 + height]}},
                )
            )
            for height in (0.0, 7.0)
        )  # fmt: skip
        np.testing.assert_array_equal(upper.position[..., 2], 7.0)
        np.testing.assert_allclose(upper.position[..., :2], lower.position[..., :2], rtol=0, atol=1e-9)
