"""Saves and steps: exact ends, dense output within the tolerance, orders of convergence, packing of the controls."""

import numpy as np
import pytest

from tests.cases import problem, run
from wavepacket.config import Integrator, Limits
from wavepacket.errors import InputError
from wavepacket.integrators import METHODS, control
from wavepacket.kernels.integrate import control as place

WEYL = {"name": "weyl_lattice"}
K = np.random.default_rng(1).uniform(-0.6, 0.6, (7, 3))
SETTINGS = {"electric": [1e-3, -5e-4, 3e-4], "magnetic": [10.0, 20.0, -30.0], "end": 200.0}
A = 4.0  # lattice constant, the scale of the tolerance


def weyl(**options):
    return run(problem(WEYL, wavevectors=K, **(SETTINGS | options)))


@pytest.fixture(scope="module")
def truth():
    """All saves of a run at the tightest tolerance."""
    return weyl(saves=401, tolerance=1e-15)


class TestSaves:
    def test_first_save_is_the_start_and_last_is_the_end_of_a_step(self):
        """The steps do not know of the saves: the end has the same bits whatever is saved in between."""
        blocks = [weyl(saves=saves) for saves in (2, 3, 17, 401)]
        for block in blocks:
            np.testing.assert_array_equal(block.wavevector[:, 0], K)
            np.testing.assert_array_equal(block.position[:, 0], 0.0)
            np.testing.assert_array_equal(block.wavevector[:, -1], blocks[0].wavevector[:, -1])
            np.testing.assert_array_equal(block.position[:, -1], blocks[0].position[:, -1])
            np.testing.assert_array_equal(block.diagnostics["steps"], blocks[0].diagnostics["steps"])

    @pytest.mark.parametrize(("few", "times"), [(5, 2), (6, 5), (41, 10), (17, 25), (101, 4)])
    def test_shared_times_have_the_same_bits(self, few, times):
        """However many saves fall into a step, of which the kernel makes eight at a time."""
        fewer, many = weyl(saves=few), weyl(saves=(few - 1) * times + 1)
        np.testing.assert_array_equal(fewer.position, many.position[:, ::times])
        np.testing.assert_array_equal(fewer.wavevector, many.wavevector[:, ::times])

    @pytest.mark.parametrize("tolerance", [1e-6, 1e-9, 1e-12])
    def test_dense_output_is_as_good_as_the_steps(self, truth, tolerance):
        """Saves between steps err little more than the end of the run does, and that follows the tolerance."""
        block = weyl(saves=401, tolerance=tolerance)
        error = np.abs(block.wavevector - truth.wavevector).max(axis=(0, 2)) * A
        steps = block.diagnostics["steps"].max()
        assert error.max() < 2 * steps * tolerance
        assert error.max() > 1e-3 * tolerance  # it is the tolerance that decides
        assert error[1:-1].max() < 50 * max(error[-1], tolerance)

    def test_times_are_equidistant_and_end_exactly(self):
        made = problem(WEYL, wavevectors=K, **(SETTINGS | {"end": 0.7, "saves": 8}))
        assert made.times[0] == 0.0
        assert made.times[-1] == 0.7
        np.testing.assert_allclose(np.diff(made.times), 0.1, rtol=1e-14)

    def test_a_run_shorter_than_one_step(self):
        block = weyl(end=1e-3, saves=5)
        assert np.all(block.diagnostics["steps"] <= 2)
        drift = np.diff(block.position, axis=1)
        np.testing.assert_allclose(drift, drift[:, :1] + 0 * drift, rtol=1e-3, atol=1e-12)

    def test_nothing_moves_without_velocity(self):
        block = run(problem({"name": "cosine_band"}, wavevectors=[[0, 0, 0]], end=1e6, saves=3))
        np.testing.assert_array_equal(block.position, 0.0)
        assert block.diagnostics["steps"][0] < 20


class TestConvergence:
    def test_rk4_is_of_fourth_order(self, truth):
        """Halving the step divides the global error by 16; k and r alike, at every save."""
        errors = []
        for step in (2.0, 1.0, 0.5):
            block = weyl(saves=401, integrator={"method": "rk4", "step": step / 4})
            assert set(block.diagnostics["steps"]) == {int(200 / step * 4)}
            errors.append(
                [
                    np.abs(block.wavevector - truth.wavevector).max(),
                    np.abs(block.position - truth.position).max(),
                ]
            )
        orders = np.log2(np.array(errors[:-1]) / np.array(errors[1:]))
        np.testing.assert_allclose(orders, 4.0, atol=0.25)

    def test_dop853_follows_its_tolerance(self, truth):
        """Step control by an error estimate of order 8: steps grow as tolerance^(-1/8), errors shrink with the tolerance."""
        tolerances = 10.0 ** -np.arange(5, 13)
        blocks = [weyl(saves=401, tolerance=tolerance) for tolerance in tolerances]
        errors = np.array([np.abs(block.wavevector - truth.wavevector).max() for block in blocks])
        steps = np.array([block.diagnostics["steps"].mean() for block in blocks])
        slope = np.polyfit(np.log(tolerances), np.log(errors), 1)[0]
        assert slope == pytest.approx(1.0, abs=0.2)
        growth = np.polyfit(np.log(tolerances), np.log(steps), 1)[0]
        assert growth == pytest.approx(-1 / 8, abs=0.03)


class TestControl:
    def test_packing(self):
        packed = control(
            Integrator(tolerance=1e-9, maximum_steps=77), Limits(density_of_states_factor=0.2, gap=0.03),
            np.array([0.0, 1.0]), length_scale=4.0, cutoff=0.5, longest_step=3.0, breaks=(2.0, 5.0),
            pulses=[(1.0, 4.0, 0.3)],
        )  # fmt: skip
        np.testing.assert_allclose(packed.scale, [4e9, 4.0, 1e9])
        assert packed.values[place.SUBSTEPS] == 0
        assert packed.values[place.MAXIMUM_STEPS] == 77
        assert packed.values[place.MINIMUM_FACTOR] == 0.2
        assert packed.values[place.MINIMUM_GAP] == 0.03
        assert packed.values[place.CUTOFF] == 0.5
        assert packed.values[place.MAXIMUM_STEP] == 3.0
        assert packed.values[place.BREAK_COUNT] == 2
        assert packed.values[place.BREAKS :].tolist() == [2.0, 5.0, 1.0, 4.0, 0.3]

    def test_no_cutoff_is_infinite(self):
        packed = control(Integrator(), Limits(), np.array([0.0, 1.0]), length_scale=1.0)
        assert packed.values[place.CUTOFF] == np.inf
        assert packed.values[place.MAXIMUM_STEP] == np.inf

    @pytest.mark.parametrize(
        ("step", "expected"), [(1.0, 10), (0.99, 11), (10.0, 1), (25.0, 1), (3.0, 4), (0.1, 100)]
    )
    def test_fixed_steps_fill_the_interval(self, step, expected):
        """As many as keep the step at or below the one asked for; 10/0.1 is 100, not 101."""
        packed = control(
            Integrator(method="rk4", step=step), Limits(), np.linspace(0, 50, 6), length_scale=1.0
        )
        assert packed.values[place.SUBSTEPS] == expected

    def test_too_many_fixed_steps_are_refused(self):
        with pytest.raises(InputError, match=r"needs 500 steps, more than integrator\.maximum_steps = 400"):
            control(
                Integrator(method="rk4", step=0.1, maximum_steps=400),
                Limits(),
                np.linspace(0, 50, 6),
                length_scale=1.0,
            )

    def test_methods_are_described(self):
        assert {name: method.order for name, method in METHODS.items()} == {"dop853": 8, "rk4": 4}
        assert METHODS["dop853"].adaptive
        assert not METHODS["rk4"].adaptive
