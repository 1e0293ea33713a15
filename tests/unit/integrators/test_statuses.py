"""How trajectories end: each status where it is due, nothing but NaN after a stop, neighbours untouched."""

import numpy as np
import pytest

from tests.cases import problem, run
from wavepacket.errors import Status

GRAPHENE = {"name": "gapped_graphene", "gap": 0.6}
NODE = {"name": "weyl_node", "cutoff": 0.3}
METHODS = [{"tolerance": 1e-10}, {"method": "rk4", "step": 0.5}]


def assert_stopped(block, n, status):
    """The packet has the status, finite saves up to some time, and NaN from then on."""
    assert block.status[n] == status
    finite = np.isfinite(block.position[n]).all(axis=1)
    assert np.array_equal(finite, np.isfinite(block.wavevector[n]).all(axis=1))
    assert not finite[-1]
    assert np.all(np.diff(finite.astype(int)) <= 0)
    return int(finite.sum())


@pytest.mark.parametrize("integrator", METHODS)
class TestLimits:
    def test_left_domain(self, integrator):
        """A constant force carries k past the cutoff of 0.3/Å at a known time: only earlier saves are there."""
        rate = 1e-3 / 0.6582119569509066
        made = problem(
            NODE,
            wavevectors=[[0, 0.1, 0]],
            electric=[-1e-3, 0, 0],
            end=400.0,
            saves=41,
            integrator=integrator,
        )
        block = run(made)
        saved = assert_stopped(block, 0, Status.LEFT_DOMAIN)
        crossing = np.sqrt(0.3**2 - 0.1**2) / rate
        assert made.times[saved - 1] <= crossing
        assert np.linalg.norm(block.wavevector[0, saved - 1]) <= 0.3

    def test_starts_outside_the_domain(self, integrator):
        block = run(problem(NODE, wavevectors=[[0.31, 0, 0]], integrator=integrator))
        assert assert_stopped(block, 0, Status.LEFT_DOMAIN) == 0

    def test_gap_too_small(self, integrator):
        """Through K along a straight line, where the gap shrinks to 0.6 eV: the limit is 1 eV."""
        made = problem(
            GRAPHENE, wavevectors=[[1.4, 0.0, 0.0]], electric=[-2e-4, 0, 0], end=2000.0, saves=201,
            limits={"gap": 1.0}, integrator=integrator,
        )  # fmt: skip
        block = run(made)
        saved = assert_stopped(block, 0, Status.GAP_TOO_SMALL)
        assert saved > 10
        geometry = made.band.geometry(block.wavevector[0, :saved])
        assert np.all(geometry.gap >= 1.0)
        assert block.diagnostics["minimum_gap"][0] < 1.0

    @pytest.mark.parametrize("wavevector", [[0.3, 1.0, 0], [0, 0, 0]], ids=["on the way", "at the start"])
    def test_crossing_of_diagonalised_bands(self, integrator, wavevector):
        """Two of four bands cross on the lines Γ–M: the packet stops there, and what is saved later is no number."""
        made = problem(
            {"name": "kane_mele", "rashba": 0}, wavevectors=[wavevector, [1.6, 0.1, 0]], electric=[1e-3, 0, 0],
            end=600.0, saves=61, limits={"gap": 1e-4}, integrator=integrator,
        )  # fmt: skip
        assert made.band.kind == "direct"
        block = run(made)
        saved = assert_stopped(block, 0, Status.GAP_TOO_SMALL)
        assert (saved == 0) == (wavevector == [0, 0, 0])
        assert np.all(made.band.geometry(block.wavevector[0, :saved]).gap >= 1e-4)
        assert block.status[1] == Status.OK
        assert all(np.isfinite(values).all() for values in block.sums.values())

    def test_density_of_states_factor(self, integrator):
        """10 meV half gap at graphene's velocity: D vanishes at K near 0.3 T (physics.md); a field of 1 T stops at once."""
        model = {"name": "massive_dirac", "velocity": 5.99, "mass": 0.01}
        k = [[0, 0, 0], [0.02, 0, 0]]
        made = problem(model, band=1, wavevectors=k, magnetic=[0, 0, 1.0], end=10.0, integrator=integrator)
        block = run(made)
        assert assert_stopped(block, 0, Status.DENSITY_OF_STATES) == 0
        assert block.status[1] == Status.OK
        vanishing = 1 / (1.5192674478786263e-05 * 5.99**2 / (2 * 0.01**2))
        assert vanishing == pytest.approx(0.367, abs=0.001)
        inside = run(
            problem(
                model,
                band=1,
                wavevectors=[[0, 0, 0]],
                magnetic=[0, 0, 0.89 * vanishing],
                end=1.0,
                integrator=integrator,
            )
        )
        outside = run(
            problem(
                model,
                band=1,
                wavevectors=[[0, 0, 0]],
                magnetic=[0, 0, 0.91 * vanishing],
                end=1.0,
                integrator=integrator,
            )
        )
        assert inside.status[0] == Status.OK
        assert inside.diagnostics["minimum_density_of_states_factor"][0] == pytest.approx(0.11, abs=1e-6)
        assert outside.status[0] == Status.DENSITY_OF_STATES

    def test_not_a_number(self, integrator):
        """At a Weyl node there is no velocity: no status can be OK, and no number comes out."""
        block = run(
            problem(NODE, wavevectors=[[0, 0, 0], [0.1, 0, 0]], electric=[1e-4, 0, 0], integrator=integrator)
        )
        assert block.status[0] in (Status.NON_FINITE, Status.GAP_TOO_SMALL)
        assert assert_stopped(block, 0, block.status[0]) == 0
        assert block.status[1] == Status.OK
        assert np.all(np.isfinite(block.sums["current"]))

    def test_a_bad_packet_changes_nobody_else(self, integrator):
        """Bit for bit: with and without stopped packets around, in any order."""
        good = np.random.default_rng(0).uniform(-0.12, 0.12, (50, 3))
        bad = np.array([[0, 0, 0], [0.5, 0, 0], [0.295, 0.0, 0.0]])
        settings = {
            "electric": [-1e-4, 2e-5, 0],
            "magnetic": [0.5, 0, 1.0],
            "end": 60.0,
            "integrator": integrator,
        }
        alone = run(problem(NODE, wavevectors=good, **settings))
        mixed = run(
            problem(NODE, wavevectors=np.concatenate([bad, good[:7], bad, good[7:], bad]), **settings)
        )
        assert not alone.status.any()
        healthy = mixed.status == 0
        np.testing.assert_array_equal(mixed.position[healthy], alone.position)
        np.testing.assert_array_equal(mixed.wavevector[healthy], alone.wavevector)
        for name, values in alone.diagnostics.items():
            np.testing.assert_array_equal(mixed.diagnostics[name][healthy], values)
        np.testing.assert_array_equal(mixed.sums["current"], alone.sums["current"])


def test_maximum_steps():
    settings = {
        "wavevectors": [[0.3, 0, 0], [0.5, 0.2, 0]],
        "electric": [1e-3, 0, 0],
        "end": 2000.0,
        "saves": 101,
    }
    steps = {"method": "dop853", "tolerance": 1e-12}
    full = run(problem(GRAPHENE, integrator=steps, **settings))
    needed = int(full.diagnostics["steps"].max())
    assert not full.status.any()
    short = run(problem(GRAPHENE, integrator=steps | {"maximum_steps": needed // 2}, **settings))
    for n in (0, 1):
        saved = assert_stopped(short, n, Status.MAX_STEPS)
        assert saved > 5
        np.testing.assert_array_equal(short.position[n, :saved], full.position[n, :saved])
        assert short.diagnostics["steps"][n] == needed // 2
    enough = run(problem(GRAPHENE, integrator=steps | {"maximum_steps": needed}, **settings))
    assert not enough.status.any()


def test_step_underflow():
    """Head-on through a Weyl node v jumps: a step h across errs by 2vh, so that h <= 1e-15 a/2v at this tolerance."""
    made = problem(
        NODE | {"cutoff": 10.0}, wavevectors=[[-0.05, 0, 0], [-0.05, 0.02, 0]], electric=[-1e-3, 0, 0],
        limits={"gap": 0.0, "density_of_states_factor": 0.0}, tolerance=1e-15,
    )  # fmt: skip
    block = run(made)
    saved = assert_stopped(block, 0, Status.STEP_UNDERFLOW)
    assert block.wavevector[0, saved - 1, 0] < 0
    assert block.status[1] == Status.OK


def test_stopped_packets_are_left_out_of_the_sums():
    settings = {"electric": [-1e-3, 0, 0], "end": 150.0}
    block = run(problem(NODE, wavevectors=[[0.1, 0, 0], [-0.2, 0.05, 0.02]], **settings))
    only = run(problem(NODE, wavevectors=[[-0.2, 0.05, 0.02]], **settings))
    assert block.status.tolist() == [Status.LEFT_DOMAIN, Status.OK]
    for name, values in only.sums.items():
        np.testing.assert_array_equal(block.sums[name], values)


def test_statuses_of_the_kernel_are_those_of_the_errors():
    from wavepacket.kernels.integrate import control

    for status in Status:
        assert status.name == "OK" or getattr(control, status.name) == float(status)
