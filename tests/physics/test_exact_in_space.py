"""Exact packets in V(r), B(r) and between walls beside semiclassical ones, in lattice units; each term put to the test."""

from pathlib import Path

import numpy as np
import pytest

from tests.physics.exact import distance, packet, solve, tesla
from wavepacket.config import load_config
from wavepacket.errors import ConfigError
from wavepacket.quantum import quantum

pytestmark = pytest.mark.physics

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
LATTICE = [[1.0, 0.0], [0.0, 1.0]]
QI_WU_ZHANG = {
    "lattice": LATTICE,
    "hoppings": [
        {"cell": [0, 0], "matrix": [[-1, 0], [0, 1]]},
        {"cell": [1, 0], "matrix": [[0.65, "-0.5j"], ["-0.5j", -0.35]]},
        {"cell": [0, 1], "matrix": [[0.65, -0.5], [0.5, -0.35]]},
    ],
}
DIRAC = {
    "lattice": LATTICE,
    "hoppings": [
        {"cell": [0, 0], "matrix": [[1, 0], [0, -1]]},
        {"cell": [1, 0], "matrix": [[0, "-0.5j"], ["-0.5j", 0]]},
        {"cell": [0, 1], "matrix": [[0, -0.5], [0.5, 0]]},
    ],
    "valleys": {"K": [0, 0], "K'": [0.5, 0]},
}
SQUARE = {
    "lattice": LATTICE,
    "hoppings": [{"cell": [1, 0], "matrix": [[-0.5]]}, {"cell": [0, 1], "matrix": [[-0.5]]}],
}


def test_every_term_in_a_trap_in_a_field_that_varies():
    """On a path of 11 lattice constants the centres stay within 0.002, and each term is needed for it."""
    found = solve(
        QI_WU_ZHANG, electric=[0.0], end=40.0, saves=5, sites=[109, 109], ensemble=packet([0.6, 0.4], 0.0625, 256),
        fields={
            "magnetic": [0, 0, tesla(0.01)], "magnetic_gradient": [tesla(2e-4), tesla(-1e-4)],
            "potential": {"kind": "harmonic", "stiffness": [4e-4, 2e-4], "center": [-12.0, 5.0]},
        },
    )  # fmt: skip
    assert found.path_length > 9
    assert distance(found) < 0.002
    assert set(found.rejections) == {
        "moment", "moment_sign", "moment_force", "curvature", "curvature_sign", "density_of_states",
    }  # fmt: skip
    assert min(found.rejections.values()) > 5
    # Terms that are small: reversed they move the centre twice as far as when they are left out.
    for term in ("moment", "curvature"):
        assert found.rejections[f"{term}_sign"] == pytest.approx(2 * found.rejections[term], rel=0.1)


@pytest.mark.parametrize(("valley", "sign"), [("K", -1), ("K'", 1)])
def test_the_moment_pulls_valleys_apart(valley, sign):
    """B_z = 5e-4 x, massive Dirac electrons: F = m ∂B/∂x = ∓½ 5e-4 on a mass of 1 at k = 0, at finite k a little less."""
    found = solve(
        DIRAC, electric=[0.0], band=1, end=60.0, saves=4, sites=[91, 91],
        ensemble={"kind": "gaussian", "valley": valley, "width": 0.0625, "number": 1024, "replicas": 4},
        fields={"magnetic_gradient": [-tesla(5e-4)]}, integrator={"tolerance": 1e-8},
        quantum={"sites": [91, 91], "terms": ["moment", "moment_force"]},
    )  # fmt: skip
    moved, packets, without = (
        float(centre[-1, 0] - centre[0, 0])
        for centre in (found.exact.centre, found.semiclassical.centre, found.switched["moment"])
    )
    assert moved == pytest.approx(sign * 0.5 * 0.5 * 5e-4 * 60**2, rel=0.05)
    assert packets == pytest.approx(moved, rel=0.01)
    assert abs(without) < 0.02 * abs(moved)
    assert min(found.rejections.values()) > 20


@pytest.mark.full
@pytest.mark.parametrize(("valley", "known"), [("K", -1.085), ("K'", 1.085)])
def test_moment_force_of_the_config(valley, known):
    found = quantum(load_config(CONFIGS / "moment_force_exact.yaml", (f"ensemble.valley={valley}",)))
    moved, packets, without, alone = (
        float(centre[-1, 0] - centre[0, 0])
        for centre in (found.exact.centre, found.semiclassical.centre, *list(found.switched.values())[::2])
    )
    assert moved == pytest.approx(known, rel=0.002)
    assert packets == pytest.approx(moved, rel=0.01)
    assert max(abs(without), abs(alone)) < 0.02
    assert abs(without - moved) > 100 * found.semiclassical.centre_uncertainty[-1, 0]


def test_a_packet_skips_along_a_wall():
    """One band, b = 0.01, reflected at the first row that is left out: both centres come back together, 31 up the wall."""
    wall = {"walls": [{"kind": "line", "points": [[-30.999, -90], [-30.999, 90]]}]}
    found = solve(
        SQUARE, electric=[0.0], magnetic=0.01, end=70.0, saves=8, sites=[101, 141],
        ensemble=packet([-1.0, 0.3], 0.0833333, 256), sample=wall, quantum={"sites": [101, 141]},
    )  # fmt: skip
    assert found.exact.centre[:, 0].min() < -24.0
    assert found.exact.centre[-1, 0] > -8.0
    assert found.exact.centre[-1, 1] > 30.0
    assert distance(found) < 0.1
    assert np.abs(found.exact.mean[-1, :3] - found.semiclassical.mean_wavevector[-1]).max() < 0.01
    assert set(found.switched) == {"curvature", "curvature_sign", "density_of_states"}


@pytest.mark.parametrize(
    ("term", "sections", "message"),
    [
        ("moment_force", {}, "no force on the moment in a uniform"),
        ("moment", {"sample": {"walls": [{"kind": "circle", "radius": 60}]}}, "cannot be left out"),
    ],
)
def test_terms_that_cannot_be_left_out(term, sections, message):
    with pytest.raises(ConfigError, match=message):
        solve(
            SQUARE, electric=[0.01], magnetic=0.01, end=1.0, sites=[121, 121], ensemble=packet([0.4, 0.1], 0.05, 64),
            quantum={"sites": [121, 121], "terms": [term]}, **sections,
        )  # fmt: skip
