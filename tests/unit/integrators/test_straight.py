"""Straight lines in k: exact results, steps at the tightest tolerance, and what is left to steps."""

from dataclasses import replace

import numpy as np
import pytest

from tests.cases import problem, run
from wavepacket.errors import ConfigError, Status
from wavepacket.integrators import evaluation_order, series_rules
from wavepacket.kernels.integrate import series
from wavepacket.kernels.motion.fields import CHARGE

RNG = np.random.default_rng(3)
CORNER = np.array([1.7027387, 0.0, 0.0])  # K of graphene, 1/Å
FIELD = [2e-4, 1e-4, 0.0]
K = CORNER + RNG.normal(size=(6, 3)) * [0.1, 0.1, 0.0]
TOLERANCE = 1e-9
MODELS = {
    "graphene": ({"name": "gapped_graphene", "gap": 0.3}, K, FIELD),
    "narrow gap": ({"name": "gapped_graphene", "gap": 0.01}, K, FIELD),
    "narrow gap hit": (
        {"name": "gapped_graphene", "gap": 0.01}, CORNER + np.outer([0.02, 0.05, 0.09], [2.0, 1.0, 0.0]), FIELD,
    ),
    "in space": ({"name": "weyl_lattice"}, RNG.uniform(-0.6, 0.6, (4, 3)), [4e-4, -3e-4, 2e-4]),
    "no field": ({"name": "haldane"}, K[:2], [0.0, 0.0, 0.0]),
}  # fmt: skip


def made(name="graphene", method="auto", tolerance=TOLERANCE, saves=201, **sections):
    model, k, electric = MODELS[name]
    integrator = {"method": method, "tolerance": tolerance}
    given = {"wavevectors": k, "electric": electric, "end": 1000.0, "saves": saves, "integrator": integrator}
    return problem(model, **given | sections)


def same(one, other):
    for name in ("position", "wavevector", "status"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    for name in ("current", "displacement"):
        np.testing.assert_array_equal(one.sums[name], other.sums[name])


@pytest.mark.parametrize("name", MODELS)
def test_paths_and_currents_are_those_of_the_tightest_steps(name):
    found, exact = run(made(name)), run(made(name, "dop853", 1e-14))
    assert not found.status.any()
    paths = np.abs(np.diff(exact.position, axis=1)).sum(axis=(1, 2)).max()
    assert np.abs(found.position - exact.position).max() <= TOLERANCE * (paths + 4.0)
    np.testing.assert_allclose(found.wavevector, exact.wavevector, rtol=0, atol=1e-13)
    for sign in ("current", "displacement"):
        scale = np.abs(exact.sums[sign]).max()
        np.testing.assert_allclose(found.sums[sign], exact.sums[sign], rtol=0, atol=TOLERANCE * scale)
    gap, lower = (each.diagnostics["minimum_gap"] for each in (exact, found))
    assert (lower <= gap * 1.1).all()  # seen at as many places at least
    assert found.diagnostics["energy_drift"].max() < 1e-12
    assert (found.diagnostics["minimum_density_of_states_factor"] == 1.0).all()
    mixing = [each.diagnostics["interband_mixing"] for each in (found, exact)]
    np.testing.assert_allclose(mixing[0], mixing[1], rtol=0.2, atol=1e-12)


def test_bloch_oscillations_are_exact():
    """A chain ε = −2t cos ka: qE x(t) is the change of ε."""
    hopping, a, e = 0.7, 3.0, 2e-3
    model = {"lattice": [[a]], "hoppings": [{"cell": [1], "matrix": [[-hopping]]}]}
    of = problem(
        model, wavevectors=[[0.2], [-0.7]], electric=[e, 0, 0], end=2000.0, saves=101, integrator={"method": "quadrature"}
    )  # fmt: skip
    block = run(of)
    k = block.wavevector[..., 0]
    energy = -2 * hopping * np.cos(k * a)
    np.testing.assert_allclose(
        block.position[..., 0], (energy - energy[:, :1]) / (-e), atol=1e-9 * 4 * hopping / e
    )
    np.testing.assert_allclose(np.diff(k[:, [0, -1]], axis=1), -e * 2000.0 / 0.6582119569509066, rtol=1e-14)


def test_nothing_depends_on_neighbours_or_saves():
    together, few = run(made()), run(made(saves=21))
    np.testing.assert_array_equal(together.position[:, ::10], few.position)
    for n in range(len(K)):
        alone = run(made(wavevectors=K[n : n + 1]))
        np.testing.assert_array_equal(alone.position[0], together.position[n])
        for name, values in alone.diagnostics.items():
            np.testing.assert_array_equal(values[0], together.diagnostics[name][n])


def test_packets_at_a_limit_are_left_to_steps_alone():
    """One of them meets a gap below the limit; the others stay what they are."""
    hit = np.concatenate([MODELS["narrow gap hit"][1][:1], K[:2]])
    limits = {"gap": 0.05}
    mixed, steps = (
        run(made("narrow gap", method, wavevectors=hit, limits=limits)) for method in ("auto", "dop853")
    )
    assert mixed.status[0] == steps.status[0] == Status.GAP_TOO_SMALL
    np.testing.assert_array_equal(mixed.position[0], steps.position[0])
    rest = run(made("narrow gap", wavevectors=K[:2], limits=limits))
    np.testing.assert_array_equal(mixed.position[1:], rest.position)


def test_an_energy_that_is_not_conserved_is_left_to_steps():
    """Here the work is counted twice, as if the series had missed half of the path."""
    blocks = []
    for method in ("auto", "dop853"):
        of = made(method=method)
        environment = of.environment.copy()
        environment[CHARGE] *= 2
        blocks.append(run(replace(of, environment=environment)))
    same(*blocks)
    assert not np.array_equal(blocks[0].position, run(made()).position)


@pytest.mark.parametrize(
    "fields",
    [{"magnetic": [0, 0, 1.0]}, {"electric": {"kind": "ramp", "amplitude": FIELD, "duration": "10 fs"}}],
)
def test_other_fields_take_steps(fields):
    given = {"end": 50.0, "saves": 5, "fields": {"electric": FIELD} | fields}
    same(run(made(**given)), run(made(method="dop853", **given)))
    with pytest.raises(ConfigError, match=r"integrator\.method.*straight line.*auto or dop853"):
        made(method="quadrature", **given)


def test_series_are_those_of_numpy():
    """Terms of a polynomial of degree 15 from 16 and from 31 nodes."""
    rules = series_rules()
    x = rules[: series.MANY + 1] - 1.0
    exact = RNG.normal(size=series.FEW + 1)
    values = np.polynomial.chebyshev.chebval(x, exact)
    coarse = rules[series.COARSE : series.FINE].reshape(series.FEW + 1, -1)
    fine = rules[series.FINE :].reshape(series.MANY + 1, -1)
    np.testing.assert_allclose(values[::2] @ coarse, exact, atol=1e-14)
    np.testing.assert_allclose((values @ fine)[: series.FEW + 1], exact, atol=1e-14)
    assert sorted(evaluation_order()) == list(range(series.MANY + 1))
    assert len(rules) == series.RULES
