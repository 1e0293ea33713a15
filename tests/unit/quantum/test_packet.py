"""The packet at its start: moments known in closed form, one band only, the same wherever it stands."""

import numpy as np
import pytest

from tests.unit.quantum.conftest import CHAIN, SQUARE, tesla
from wavepacket.errors import ConfigError, InputError
from wavepacket.quantum.counterpart import counterpart
from wavepacket.quantum.exact import exact_path, wavevector_density
from wavepacket.quantum.moments import moments
from wavepacket.quantum.projection import energy_window, initial_state, project_by_energy, zone_projector
from wavepacket.simulation import build_problem

GRAPHENE = {"name": "gapped_graphene", "gap": 5.0}


def start(made, *, magnetic=False):
    return initial_state(made.dynamics, made.bands, made.wavevector, made.width, by_energy=magnetic)


def packet(center, width, **more):
    return {"kind": "gaussian", "center": center, "width": width, "number": 256, "replicas": 2, **more}


def test_a_gaussian_in_one_band_is_of_least_uncertainty(setting):
    """σ_k = 1/(2σ), no correlation; a sum over sites in place of an integral errs by exp(−2π²σ²), nothing here."""
    made = setting(CHAIN, [101], ensemble=packet([0.4], 0.1))
    found = moments(made.dynamics, start(made), made.wavevector)
    expected = np.zeros((6, 6))
    expected[0, 0], expected[3, 3] = 0.1**2, 5.0**2
    np.testing.assert_allclose(found.mean, [0.4, 0, 0, 0, 0, 0], atol=1e-10)
    np.testing.assert_allclose(found.covariance, expected, atol=1e-8)


def test_a_magnetic_field_widens_k_and_ties_it_to_r(setting):
    """k = p − b×r/2 of independent p and r: var k = 1/4σ² + (bσ/2)², cov(k_x, y) = bσ²/2 = −cov(k_y, x)."""
    b, sigma = 0.02, 5.0
    made = setting(
        SQUARE, [101, 101], fields={"magnetic": tesla([0, 0, b])}, ensemble=packet([0.4, -0.3], 0.1)
    )
    found = moments(made.dynamics, start(made, magnetic=True), made.wavevector)
    np.testing.assert_allclose(found.mean[:3], [0.4, -0.3, 0.0], atol=1e-8)
    variance = 1 / (4 * sigma**2) + (b * sigma / 2) ** 2
    np.testing.assert_allclose(np.diag(found.covariance)[:2], variance, atol=1e-9)
    assert found.covariance[0, 4] == pytest.approx(b * sigma**2 / 2, abs=1e-9)
    assert found.covariance[1, 3] == pytest.approx(-b * sigma**2 / 2, abs=1e-9)


def test_a_packet_is_the_same_wherever_it_stands(setting):
    """A whole lattice translation moves the mean and nothing else, with a magnetic field on."""
    found = []
    for place in ((0.0, 0.0), (4.92, 0.0)):  # two lattice constants
        made = setting(
            GRAPHENE, [61, 61], fields={"magnetic": tesla([0, 0, 1e-3])},
            ensemble=packet([1.75, 0.05], 0.06, position=place),
        )  # fmt: skip
        found.append(moments(made.dynamics, start(made, magnetic=True), made.wavevector))
    np.testing.assert_allclose(found[1].mean - found[0].mean, [0, 0, 0, 4.92, 0, 0], atol=1e-9)
    np.testing.assert_allclose(found[1].covariance, found[0].covariance, atol=1e-8)


def test_projection_is_a_projection_on_eigenstates(setting):
    """P² = P, and bands add up to the whole."""
    made = setting(GRAPHENE, [61, 61], ensemble=packet([1.75], 0.06))
    state = np.exp(1j * np.arange(made.dynamics.box.size) ** 2)
    parts = [zone_projector(made.dynamics.box, band).project(state) for band in ((0, 0), (1, 1))]
    np.testing.assert_allclose(parts[0] + parts[1], state, atol=1e-11)
    again = zone_projector(made.dynamics.box, (0, 0)).project(parts[0])
    np.testing.assert_allclose(again, parts[0], atol=1e-11)


def test_bands_told_by_energy_and_by_k_agree_without_a_magnetic_field(setting):
    made = setting(GRAPHENE, [75, 75], ensemble=packet([1.75], 0.05))
    by_k, by_energy = start(made), start(made, magnetic=True)
    # The window is one within 1e-5 over four standard deviations of the energy; beyond them there is 6e-5 of the norm.
    assert abs(np.vdot(by_k, by_energy)) == pytest.approx(1.0, abs=1e-4)


def test_the_window_keeps_one_band():
    window = energy_window(np.array([-1.0, 1.0, 4.0]), (1, 1))
    np.testing.assert_allclose(window(np.array([-1.0, 1.0, 4.0])), [0.0, 1.0, 0.0], atol=1e-10)
    lowest = energy_window(np.array([-1.0, 1.0]), (0, 0))
    np.testing.assert_allclose(lowest(np.array([-50.0, -1.0, 1.0])), [1.0, 1.0, 0.0], atol=1e-10)


def test_a_single_band_needs_no_window(setting):
    made = setting(CHAIN, [101])
    state = start(made)
    assert project_by_energy(made.dynamics, np.array([0.3]), (0, 0), state) is state


def test_wavevector_density_sums_to_one_and_sits_at_k(setting):
    b = 0.01
    made = setting(
        SQUARE, [101, 101], fields={"magnetic": tesla([0, 0, b])},
        ensemble=packet([0.5, 0.2], 0.1, position=[7.0, -3.0]),
    )  # fmt: skip
    density = wavevector_density(made.dynamics, start(made, magnetic=True), made.dynamics.centre)
    assert density.sum() == pytest.approx(1.0, abs=1e-10)
    k = 2 * np.pi * made.dynamics.box.wavevectors
    mean = np.einsum("xyz,xyza->a", density, k)
    np.testing.assert_allclose(mean[:2], [0.5, 0.2], atol=1e-6)


def test_too_narrow_a_packet_in_a_magnetic_field_is_refused(setting):
    made = setting(
        GRAPHENE | {"gap": 0.3}, [61, 61], fields={"magnetic": tesla([0, 0, 1e-4])},
        ensemble=packet([1.8], 0.06),
    )  # fmt: skip
    with pytest.raises(InputError, match="half-way to the next band"):
        start(made, magnetic=True)


def test_bands_that_touch_are_refused(setting):
    made = setting(GRAPHENE | {"gap": 0.0}, [61, 61], ensemble=packet([4 * np.pi / 3 / 2.46], 0.06))
    with pytest.raises(InputError, match="touches another one"):
        start(made)


def test_the_semiclassical_packets_have_the_moments_of_the_wave_function(quantum_config, setting):
    sections = {
        "fields": {"magnetic": tesla([0, 0, 1e-3])},
        "ensemble": packet([1.75, 0.02], 0.06),
        "time": {"end": 0.1, "saves": 2},
    }
    exact = exact_path(setting(GRAPHENE, [61, 61], **sections))
    problem = build_problem(quantum_config(GRAPHENE, [61, 61], **sections), threads=1)
    ensemble = counterpart(problem, exact).ensemble
    packets = ensemble.packets(0, ensemble.size)
    states = np.concatenate([packets.wavevector, packets.position], axis=1)
    np.testing.assert_allclose(states.mean(axis=0), exact.mean[0], atol=1e-12)
    covariance = np.cov(states.T, bias=True)
    np.testing.assert_allclose(covariance, exact.covariance[0], atol=1e-10)


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"ensemble": {"kind": "packets", "wavevectors": [[0.0]]}}, "needs 'kind: gaussian'"),
        ({"ensemble": packet([0.0], 0.1, position_width=3.0)}, "leave this out"),
        ({"ensemble": packet([0.0], 0.0)}, "a width in k above 0"),
        ({"quantum": {"sites": [40, 40]}}, "needs 1 numbers for a 1D crystal"),
        ({"quantum": {"sites": [40]}}, "needs at least 58 sites"),
        ({"model": {"name": "massive_dirac"}}, "needs a lattice"),
        ({"quantum": None}, "missing"),
        ({"fields": {"magnetic_gradient": [1.0]}}, "does nothing to a 1D crystal"),
        (
            {"fields": {"potential": {"kind": "linear", "gradient": [1], "valleys": {"K": 1}}}},
            "in no valley alone",
        ),
    ],
)
def test_what_cannot_be_run_says_why(setting, sections, message):
    model = sections.pop("model", CHAIN)
    with pytest.raises(ConfigError, match=message):
        setting(model, [101], **sections)


def test_a_packet_that_reaches_the_end_of_the_box_is_refused(setting):
    made = setting(CHAIN, [64], ensemble=packet([1.5], 0.1), time={"end": 60.0, "saves": 31})
    with pytest.raises(ConfigError, match="cells of the end of the box"):
        exact_path(made)
