"""Packets in a potential V(r): frequencies of a trap, energy at walls, the measure of phase space, steps that see all."""

import numpy as np
import pytest

from tests.cases import problem, run
from tests.physics.numpy_flow import density_factor
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
        dimension = crystal.dimension
        axes = [*range(dimension), *range(3, 3 + dimension)]
        widths = np.array([2e-5] * 3 + [2e-3] * 3)
        offsets = [np.zeros(6)] + [n * widths[a] * np.eye(6)[a] for a in axes for n, _ in STENCIL]
        starts = np.array(start) + np.array(offsets)
        packets = {
            "kind": "packets", "wavevectors": starts[:, :3].tolist(), "positions": starts[:, 3:].tolist(),
        }  # fmt: skip
        potential = [
            {"kind": "harmonic", "stiffness": [2e-4, 5e-5, 1e-4]},
            {"kind": "wave", "amplitude": 0.01, "wavevector": [0.1, 0.06, 0.03], "frequency": 0.05},
        ]
        made = problem(
            model, ensemble=packets, fields={"potential": potential, "magnetic": magnetic}, end=70.0, saves=5,
            tolerance=1e-15,
        )  # fmt: skip
        block = run(made)
        assert not block.status.any()
        states = np.concatenate([block.wavevector, block.position], axis=2)
        moved = states[1:].reshape(len(axes), 4, -1, 6)[..., axes]
        weights = np.array([w for _, w in STENCIL])
        flow = np.einsum("ancj,n->cja", moved, weights) / widths[axes]
        determinant = np.linalg.det(flow)
        factor = density_factor(crystal, 0, states[0, :, :3], np.array(magnetic), -1.0)
        assert np.abs(flow[:, :dimension, dimension:]).max() > 1e-2  # k knows where it began
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
