"""Hall conductivities from trajectories: quantised for filled bands, half-quantised for valleys, signs included.

σ_xy = j_x/E_y with j = q Σ w ṙ: −C e²/h for a filled band (physics.md), whatever the charge that q and the flow share.
"""

import numpy as np
import pytest

from tests.cases import hall_conductivity, problem, run
from tests.reference.kubo import band_quantities, zone_grid
from tests.reference.plaquette import chern_number
from wavepacket.bands import band
from wavepacket.ensembles.zone import OFFSETS
from wavepacket.hamiltonians import gapped_graphene, haldane, qi_wu_zhang
from wavepacket.units import BOLTZMANN, PLANCK

pytestmark = pytest.mark.physics

FIELD = [0.0, 1e-4, 0.0]


def filled(model, mesh, *, end=40.0, saves=3, **options):
    made = problem(
        model,
        electric=FIELD,
        ensemble={"kind": "filled_band", "grid": [mesh, mesh]},
        end=end,
        saves=saves,
        **options,
    )
    return made, run(made)


class TestChernInsulators:
    @pytest.mark.parametrize(
        ("parameters", "chern"),
        [
            ({"t2": 0.2, "phi": 1.0, "staggered": 0.3}, 1),
            ({"t2": 0.2, "phi": -1.0, "staggered": 0.3}, -1),
            ({"t2": 0.1, "phi": 1.0, "staggered": 0.8}, 0),
            ({"t2": 0.1, "phi": -1.0, "staggered": -0.8}, 0),
        ],
    )
    def test_haldane(self, parameters, chern):
        """At every time of the run, to 1e-6: the filled band is carried into itself."""
        crystal = haldane(**parameters)
        assert round(chern_number(crystal, [0])) == chern
        made, block = filled({"name": "haldane", **parameters}, 64)
        assert not block.status.any()
        np.testing.assert_allclose(hall_conductivity(made, block).sum(axis=0), -chern, rtol=0, atol=1e-6)

    @pytest.mark.parametrize(("band_index", "chern"), [(0, -1), (1, 1)])
    def test_both_bands_of_qi_wu_zhang(self, band_index, chern):
        made, block = filled({"name": "qi_wu_zhang", "m": 1.2}, 48, band=band_index)
        np.testing.assert_allclose(hall_conductivity(made, block).sum(axis=0), -chern, rtol=0, atol=1e-6)

    def test_charge_enters_squared(self):
        """j = q Σ w ṙ and ṙ = (q/ħ)Ω×E: positive carriers give the same σ_xy."""
        results = [
            hall_conductivity(*filled({"name": "haldane"}, 48, charge=q)).sum(axis=0) for q in (-1.0, 1.0)
        ]
        np.testing.assert_allclose(results[0], results[1], atol=1e-9)
        twice = hall_conductivity(*filled({"name": "haldane"}, 48, charge=-2.0)).sum(axis=0)
        np.testing.assert_allclose(twice, 4 * results[0], atol=1e-6)

    @pytest.mark.parametrize("source", ["two_band", "direct", "table"])
    def test_every_source_gives_the_same(self, source):
        options = {"index": 0, "source": source} | ({"grid": [96, 96]} if source == "table" else {})
        made, block = filled({"name": "haldane", "t2": 0.2}, 48, band=options)
        np.testing.assert_allclose(hall_conductivity(made, block).sum(axis=0), -1.0, rtol=0, atol=1e-6)

    def test_large_ensembles_move_in_a_kernel_of_their_own(self, monkeypatch):
        """From some size on the numbers of the crystal are compiled in: the same motion, to rounding."""
        options = {"magnetic": [0.0, 0.0, 10.0], "end": 20.0}
        model = {"name": "haldane", "t2": 0.15, "phi": 1.1, "staggered": 0.3}
        _, plain = filled(model, 24, **options)
        monkeypatch.setattr("wavepacket.simulation.chosen._SMALL", 1)
        made, _ = filled(model, 24, **options)
        assert made.moving is made.band  # so few steps would never repay it
        monkeypatch.setattr("wavepacket.simulation.chosen.worth_freezing", lambda source, evaluations: True)
        made, own = filled(model, 24, **options)
        assert "planar_geometry" in repr(made.moving.kernel)
        np.testing.assert_allclose(own.position, plain.position, rtol=0, atol=1e-9)
        np.testing.assert_allclose(own.wavevector, plain.wavevector, rtol=0, atol=1e-11)
        for name, values in plain.diagnostics.items():
            np.testing.assert_allclose(own.diagnostics[name], values, rtol=1e-6, atol=1e-9, err_msg=name)

    def test_longitudinal_current_vanishes_and_the_diagonal_is_even(self):
        _, block = filled({"name": "qi_wu_zhang", "m": 1.2}, 48)
        current = block.sums["current"].sum(axis=(1, 2))
        scale = 1 / PLANCK * FIELD[1]
        assert np.abs(current[..., 1]).max() < 1e-6 * scale
        assert not current[..., 2].any()

    def test_trajectories_equal_the_k_sum(self):
        """At time zero the current is the k-sum of the anomalous velocity on the same grid, to rounding."""
        crystal = haldane(t2=0.1, phi=0.7, staggered=0.2)
        made, block = filled({"name": "haldane", "t2": 0.1, "phi": 0.7, "staggered": 0.2}, 20)
        omega = band_quantities(crystal, zone_grid(crystal, 20, OFFSETS)).berry_curvature[:, 0, 2]
        area = abs(np.linalg.det(crystal.reciprocal[:2, :2]))
        expected = -omega.mean() * area / (2 * np.pi)
        assert hall_conductivity(made, block).sum(axis=0)[0] == pytest.approx(expected, abs=1e-11)

    def test_scattered_points_converge_to_the_same(self):
        """Low-discrepancy points: the spread of the replicas tells the error, and covers it."""
        made = problem(
            {"name": "haldane", "t2": 0.2}, electric=FIELD, end=10.0, saves=2,
            ensemble={"kind": "filled_band", "number": 16384, "replicas": 8},
        )  # fmt: skip
        block = run(made)
        current = made.config.charge * block.sums["current"].sum(axis=2)[..., 0]
        replicas = 8 * PLANCK * (current[0] - current[1])[:, -1] / (2 * FIELD[1])
        error = replicas.std(ddof=1) / np.sqrt(8)
        assert 1e-5 < error < 5e-3
        assert replicas.mean() == pytest.approx(-1.0, abs=4 * error)

    def test_displacement_is_the_integral_of_the_current(self):
        made, block = filled({"name": "haldane", "t2": 0.2}, 24, end=50.0, saves=201)
        sums = {
            name: values.sum(axis=(1, 2))[0] for name, values in block.sums.items() if name != "population"
        }
        x, w = made.times, np.full(201, made.times[1])
        w[[0, -1]] /= 2
        np.testing.assert_allclose(
            sums["displacement"][-1],
            w @ sums["current"],
            rtol=0,
            atol=1e-4 * np.abs(sums["displacement"]).max(),
        )
        assert x[0] == 0
        assert not sums["displacement"][0].any()


class TestValleys:
    """Gapped graphene: each valley carries σ_xy → ∓1/2 e²/h as gap/t → 0, opposite in K and K'."""

    def conductivities(self, gap, mesh, index=0):
        made, block = filled({"name": "gapped_graphene", "gap": gap}, mesh, end=1.0, saves=2, band=index)
        sigma = hall_conductivity(made, block)[:, 0]
        assert made.valley_names == ("K", "K'")
        assert sigma[2] == 0.0  # every packet has a valley
        return sigma[:2]

    def test_half_quantum_in_the_limit(self):
        """1/2 − |σ| vanishes linearly in gap/t: Richardson extrapolation of gaps 0.8, 0.4, 0.2 eV (t = 2.82 eV)."""
        values = np.array(
            [self.conductivities(gap, mesh)[0] for gap, mesh in ((0.8, 192), (0.4, 288), (0.2, 480))]
        )
        assert np.all(np.diff(np.abs(values)) > 0)
        first = 2 * values[1:] - values[:-1]
        limit = first[1] + (first[1] - first[0]) / 3
        assert abs(limit) == pytest.approx(0.5, abs=2e-4)

    def test_signs(self, midpoints):
        """Valence band at K with positive gap: Ω > 0, so that σ_xy < 0; the sign turns with valley, band and potential."""
        sigma = self.conductivities(0.8, 96)
        assert sigma[0] < -0.4
        assert sigma[0] == pytest.approx(-sigma[1], abs=1e-9)
        np.testing.assert_allclose(self.conductivities(-0.8, 96), -sigma, rtol=0, atol=1e-12)
        np.testing.assert_allclose(self.conductivities(0.8, 96, index=1), -sigma, rtol=0, atol=1e-9)
        crystal = gapped_graphene(gap=0.8)
        centre = np.array([crystal.valleys["K"]]) @ crystal.reciprocal
        assert band(crystal, 0).geometry(centre).berry_curvature[0, 2] > 0

    def test_haldane_valleys_add_up_to_the_chern_number(self):
        """Both valleys inverted alike: each carries half of C = 1 when the gaps are small."""
        parameters = {"t2": 0.02, "phi": np.pi / 2}
        sigma = hall_conductivity(*filled({"name": "haldane", **parameters}, 256, end=1.0, saves=2))[:, 0]
        assert sigma.sum() == pytest.approx(-1.0, abs=1e-6)
        assert sigma[0] == pytest.approx(-0.5, abs=1e-3)
        assert qi_wu_zhang().valleys == {}


def test_doped_valley():
    """Both bands of a Dirac valley with μ in the upper one: (e²/2h)·Δ/|μ| at T = 0, here the same integral at 300 K.

    σ_xy of a band is ∓1/2 ∫ Δ dε/ε² f(ε) in e²/h, cut off where the model ends: the lower one is full.
    """
    velocity, mass, chemical_potential, thermal, cutoff = 6.0, 0.1, 0.2, BOLTZMANN * 300, 0.8
    totals = []
    ensemble = {
        "kind": "fermi_dirac",
        "grid": [400, 400],
        "chemical_potential": chemical_potential,
        "temperature": 300.0,
    }
    model = {"name": "massive_dirac", "velocity": velocity, "mass": mass, "cutoff": cutoff}
    for index in (0, 1):
        made = problem(model, band=index, electric=FIELD, end=1.0, saves=2, ensemble=ensemble)
        totals.append(hall_conductivity(made, run(made)).sum(axis=0)[0])
    edge = np.hypot(mass, velocity * cutoff)
    energy = mass + (edge - mass) * (np.arange(200000) + 0.5) / 200000
    occupied = 1 / (np.exp(np.clip((energy - chemical_potential) / thermal, None, 700)) + 1)
    upper = np.sum(mass / energy**2 * occupied) * (edge - mass) / 200000 / 2
    lower = 0.5 * (1 - mass / edge)
    # Upper band at valley +1, Δ > 0: Ω < 0, so σ_xy > 0. The grid covers the disc to a part in its circumference.
    np.testing.assert_allclose(totals, [-lower, upper], rtol=1e-3)
    # (e²/2h)·Δ/|μ| itself, up to the temperature.
    assert sum(totals) == pytest.approx(-0.5 * (mass / chemical_potential - mass / edge), rel=0.08)
