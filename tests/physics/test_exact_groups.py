"""Exact packets of spinors beside packets in a group of bands: four orbitals, two pairs that are degenerate everywhere."""

import numpy as np
import pytest

from tests.cases import plain
from tests.physics.exact import distance, packet, tesla
from wavepacket.config import config_from_mapping
from wavepacket.errors import ConfigError
from wavepacket.quantum import quantum
from wavepacket.units import HBAR

pytestmark = pytest.mark.physics

PAULI = np.array([[[1, 0], [0, 1]], [[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
# Five matrices that anticommute: H(k) = Σ d_i(k) Γ_i has two levels ±|d|, each twofold. The outer index is the spin.
GAMMA = [np.kron(PAULI[i], PAULI[j]) for i, j in ((3, 1), (0, 2), (0, 3), (1, 1), (2, 1))]


def crystal(mass):
    """d = (sin k_x, sin k_y, mass + 2 − cos k_x − cos k_y, 0.2 + 0.3 cos k_x, 0.1 + 0.4 cos k_y)."""
    x, y, z, a, b = GAMMA
    hoppings = {
        (0, 0): (mass + 2) * z + 0.2 * a + 0.1 * b,
        (1, 0): x / 2j - z / 2 + 0.15 * a,
        (0, 1): y / 2j - z / 2 + 0.2 * b,
    }
    listed = [
        {"cell": list(cell), "matrix": [[[v.real, v.imag] for v in row] for row in matrix.astype(complex)]}
        for cell, matrix in hoppings.items()
    ]
    return {"lattice": [[1.0, 0.0], [0.0, 1.0]], "hoppings": listed, "positions": [[0.0, 0.0]] * 4}


def solve(
    *, electric=(0.0, 0.0), magnetic=0.0, width, end, sites, saves=5, number=256, fields=None, **sections
):
    """Packets of spin up as far as the lower pair allows, from k = (0.5, 0.3)."""
    mapping = {
        "version": 1, "name": "exact", "model": crystal(0.6), "bands": [0, 1],
        "internal": {"spin": "1/2", "start": "spin", "values": [0.5]},
        "fields": {"electric": electric, "magnetic": [0.0, 0.0, tesla(magnetic)]} | (fields or {}),
        "ensemble": packet([0.5, 0.3], width, number), "time": {"end": end * HBAR, "saves": saves},
        "quantum": {"sites": [sites, sites]},
    }  # fmt: skip
    return quantum(config_from_mapping(plain({**mapping, **sections})))


def spins_differ(found):
    return np.abs(found.exact.spin - found.semiclassical.spin).max()


def test_every_term_in_both_fields():
    found = solve(electric=(0.004, 0.006), magnetic=0.02, width=0.09, end=13.0, sites=73, saves=3)
    assert found.path_length > 8
    assert distance(found) < 0.003
    assert set(found.rejections) == {
        "moment", "moment_sign", "curvature", "curvature_sign", "density_of_states",
    }  # fmt: skip
    assert min(found.rejections.values()) > 5
    assert spins_differ(found) < 0.004
    assert np.abs(found.exact.spin[-1] - found.exact.spin[0]).max() > 0.04  # it turns
    assert found.exact.population[-1] > 0.9999


def test_populations_of_a_split_pair():
    """A Zeeman term splits the pair; E turns the state, of which each band's part is followed."""
    model = crystal(0.6)
    spin = 0.05 * np.kron(PAULI[1], PAULI[0]).real
    matrix = np.array(model["hoppings"][0]["matrix"])
    matrix[..., 0] += spin
    model["hoppings"][0]["matrix"] = matrix.tolist()
    found = solve(electric=(0.004, 0.006), width=0.08, end=12.0, sites=89, saves=3, model=model)
    exact, packets = found["exact_populations"].value, found["semiclassical_populations"].value
    assert np.abs(exact.sum(axis=1) - 1).max() < 1e-5
    assert exact[0, 0] - exact[-1, 0] > 0.015
    assert np.abs(exact - packets).max() < 3e-5
    assert spins_differ(found) < 0.001


@pytest.mark.full
@pytest.mark.parametrize(
    ("given", "near", "terms"),
    [
        ({"electric": (0.004, 0.006)}, 0.0012, 2),
        ({"magnetic": 0.02}, 0.0025, 5),
        ({"electric": (0.004, 0.006), "magnetic": 0.02}, 0.004, 5),
        (
            {
                "magnetic": 0.015,
                "fields": {
                    "magnetic_gradient": [tesla(8e-4), tesla(-4e-4)],
                    "potential": {"kind": "harmonic", "stiffness": [8e-4, 4e-4], "center": [-6.0, 3.0]},
                },
            },
            0.004,
            6,
        ),
    ],
    ids=["E", "B", "E and B", "V and B of r"],
)
def test_every_term_is_needed(given, near, terms):
    # With 256 packets the places that they start at bring as much as the theory leaves out, where fields vary in space.
    found = solve(width=0.07, end=25.0, sites=111, number=4096, **given)
    assert distance(found) < near
    assert len(found.rejections) == terms
    assert min(found.rejections.values()) > 5
    assert spins_differ(found) < 0.005


def test_an_exact_packet_has_one_internal_state():
    with pytest.raises(ConfigError, match="has one internal state"):
        solve(width=0.08, end=1.0, sites=85, internal={"spin": "1/2", "start": "spin"})


@pytest.mark.full
def test_a_smooth_wall_turns_the_state_as_a_mirror_does_and_the_end_of_a_lattice_does_not():
    """The width of the packets, and of the wall, is what a mirror lacks."""
    rise = {"kind": "step", "height": 4.0, "rise": 16.0, "direction": [-1.0, 0, 0], "position": [-26.0, 0, 0]}
    wall = {"walls": [{"kind": "line", "points": [[-32.5, -1e4], [-32.5, 1e4]]}]}
    given = {"width": 0.08, "end": 75.0, "sites": 151, "saves": 2}
    smooth, cut = solve(fields={"potential": rise}, **given), solve(sample=wall, **given)
    assert spins_differ(smooth) < 0.004
    assert np.abs(smooth.exact.spin[-1] - smooth.exact.spin[0]).max() > 0.15
    assert np.abs(smooth.exact.spin[-1] - cut.semiclassical.spin[-1]).max() < 0.015
    assert spins_differ(cut) > 0.1
