"""Packets that obey the Schrödinger equation on the lattice beside semiclassical ones, and each Berry term put to the test.

Lattice units: a = 1 Å, hoppings of about 1 eV, times in ħ/eV. ``REJECTED`` is how many times further off the centre must be
without a term than with all of them; ``CLOSE`` the distance (in lattice constants) that the full theory must keep.
"""

from pathlib import Path

import numpy as np
import pytest

from tests.physics.exact import distance, packet, solve
from tests.reference.wannier_text import tb_text
from wavepacket.config import load_config
from wavepacket.hamiltonians import LatticeHamiltonian, qi_wu_zhang
from wavepacket.quantum import error_budget, quantum, rms
from wavepacket.quantum.counterpart import counterpart, semiclassical_path
from wavepacket.simulation import build_problem
from wavepacket.units import HBAR

pytestmark = pytest.mark.physics

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
REJECTED = 5.0
CLOSE = 0.002


def test_the_orbital_moment_and_its_sign():
    """Qi–Wu–Zhang, m = −1: on a path of 10 lattice constants the centres stay within 0.002, with each term needed for it."""
    found = quantum(load_config(CONFIGS / "quantum_orbital_moment.yaml"))
    assert distance(found) < CLOSE
    assert set(found.rejections) == {
        "moment", "moment_sign", "curvature", "curvature_sign", "density_of_states",
    }  # fmt: skip
    assert min(found.rejections.values()) > REJECTED
    # Reversing a term that is small moves the centre twice as far as leaving it out.
    assert found.rejections["moment_sign"] == pytest.approx(2 * found.rejections["moment"], rel=0.1)
    spreads = [np.sqrt(each.covariance[-1].diagonal()[3:5]) for each in (found.exact, found.semiclassical)]
    np.testing.assert_allclose(spreads[1], spreads[0], rtol=1e-3)
    wavevectors = found.exact.mean[:, :3] - found.semiclassical.mean_wavevector
    assert np.abs(wavevectors).max() < 1e-4
    assert found.leakage < 1e-5


@pytest.mark.parametrize("magnetic", [pytest.param(0.0, marks=pytest.mark.full), 1e-3])
def test_the_valleys_of_graphene_drift_to_opposite_sides(magnetic):
    """E along x, packets at K and K′: the drift across is −∫k̇×Ω, the opposite in the other valley by time reversal."""
    ends, semiclassical = {}, {}
    for valley in ("K", "K'"):
        found = solve(
            {"name": "gapped_graphene", "gap": 3.0},
            electric=[0.001, 0.0], magnetic=magnetic, end=25.0, saves=13, sites=[125, 125],
            ensemble={"kind": "gaussian", "valley": valley, "width": 0.025, "number": 1024, "replicas": 4},
        )  # fmt: skip
        assert distance(found) < CLOSE * 2.46
        assert min(found.rejections.values()) > REJECTED
        ends[valley] = found.exact.centre[-1] - found.exact.centre[0]
        semiclassical[valley] = found.semiclassical.centre[-1] - found.semiclassical.centre[0]
    if magnetic == 0.0:
        # Not exactly opposite: under time reversal E does not turn, and the packets leave K along and against their warping.
        assert ends["K"][1] < 0.0 < ends["K'"][1]
        assert ends["K"][1] == pytest.approx(-ends["K'"][1], rel=0.05)
    for valley, end in ends.items():
        np.testing.assert_allclose(semiclassical[valley], end, atol=2e-3 * np.abs(end).max())


@pytest.mark.full
def test_haldane_crystal():
    found = solve(
        {"name": "haldane", "t1": 1.0, "t2": 0.2, "phi": np.pi / 2, "staggered": 0.2, "lattice_constant": 1.0},
        electric=[0.006, 0.0], magnetic=0.02, end=30.0, sites=[141, 141],
        ensemble=packet([0.3, 0.2], 0.0625, coordinates="reduced"),
    )  # fmt: skip
    assert distance(found) < CLOSE
    assert min(found.rejections.values()) > REJECTED


@pytest.mark.full
def test_three_bands():
    """Spin one in the field of the Qi–Wu–Zhang vector: the lowest of three bands, by diagonalisation at every k."""
    root = np.sqrt(0.5)
    sx = root * np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])
    sy = root * np.array([[0, -1j, 0], [1j, 0, -1j], [0, 1j, 0]])
    sz = np.diag([1.0, 0.0, -1.0])

    def entries(matrix):
        return [[[x.real, x.imag] for x in row] for row in np.array(matrix, dtype=complex)]

    model = {
        "lattice": [[1.0, 0.0], [0.0, 1.0]],
        "hoppings": [
            {"cell": [0, 0], "matrix": entries(-sz)},
            {"cell": [1, 0], "matrix": entries((sz - 1j * sx) / 2 + 0.15 * np.eye(3))},
            {"cell": [0, 1], "matrix": entries((sz - 1j * sy) / 2 + 0.15 * np.eye(3))},
        ],
    }
    found = solve(
        model, electric=[0.001, 0.0], magnetic=0.01, end=50.0, saves=11, sites=[111, 111],
        ensemble=packet([0.6, 0.4], 0.0625, number=64, replicas=2),
    )  # fmt: skip
    assert distance(found) < CLOSE
    assert min(found.rejections.values()) > REJECTED


@pytest.mark.full
def test_two_bloch_oscillations_of_a_chern_band():
    """It comes back along the field, and ∫Ω dk along the line through the zone shifts it sideways."""
    found = quantum(
        load_config(CONFIGS / "quantum_bloch_oscillation.yaml", ("time.saves=41", "ensemble.number=512"))
    )
    constant = 4.0
    assert distance(found) < 1e-2 * found.path_length
    assert min(found.rejections.values()) > REJECTED
    start, end = found.exact.centre[0], found.exact.centre[-1]
    # What is left is the shift by the field that is switched on at once: two bands of gap 2 eV, |A| ≤ a/2, F a = 0.08 eV.
    polarisation = 2 * (constant / 2) ** 2 * 0.02 / 2.0
    assert abs(end[0] - start[0]) < polarisation
    assert np.linalg.norm(found.exact.mean[-1, :3] - found.exact.mean[0, :3]) == pytest.approx(
        2 * 2 * np.pi / constant, rel=1e-5
    )


@pytest.mark.full
def test_a_bloch_oscillation_across_a_wide_gap():
    """A path of fifty cells, and as close as the others: the gap is 5 eV, so the field mixes the bands less."""
    model = {
        "lattice": [[1.0, 0.0], [0.0, 1.0]],
        "hoppings": [
            {"cell": [0, 0], "matrix": [[-4.5, 0.0], [0.0, 4.5]]},
            {"cell": [1, 0], "matrix": [[0.5, [0.0, -0.5]], [[0.0, -0.5], -0.5]]},
            {"cell": [0, 1], "matrix": [[0.5, -0.5], [0.5, -0.5]]},
        ],
    }
    found = solve(
        model, electric=[0.08, 0.0], end=2 * np.pi / 0.08, saves=9, sites=[231, 141],
        ensemble=packet([0.0, 0.0], 0.05, number=128, replicas=2),
    )  # fmt: skip
    assert found.path_length > 45
    assert distance(found) < CLOSE
    assert min(found.rejections.values()) > REJECTED


def test_a_single_band_in_an_electric_field_is_semiclassical_exactly():
    """H = ε(k) − qE·r is linear in r: the Wigner function moves by the classical equations, without any correction."""
    found = solve(
        {"lattice": [[1.0]], "hoppings": [{"cell": [1], "matrix": [[-0.5]]}]},
        electric=[0.05], end=4 * np.pi / 0.05, saves=41, sites=[301], ensemble=packet([0.3], 0.05),
    )  # fmt: skip
    # Two periods of an amplitude of 20; what is left is the error of the sample, and the tolerance of both solvers.
    sampling = np.nanmax(found.semiclassical.centre_uncertainty)
    assert distance(found) < 5 * sampling + 1e-5
    assert found.distance(found.single).max() > 1e-2


@pytest.mark.full
def test_a_field_that_changes_in_time():
    """A pulse that comes and goes moves k by (q/ħ)∫E dt; both sides read it from the same section."""
    term = {"kind": "pulse", "amplitude": [0.01, 0.0], "center": 8.0, "width": 2.0}
    found = solve(
        {"name": "qi_wu_zhang", "m": -1.0, "lattice_constant": 1.0},
        electric=term, end=16.0 / HBAR, saves=9, sites=[101, 101], ensemble=packet([0.6, 0.4], 0.0625),
    )  # fmt: skip
    impulse = -0.01 * 2.0 * np.sqrt(2 * np.pi) / HBAR
    moved = found.exact.mean[-1, 0] - found.exact.mean[0, 0]
    assert moved == pytest.approx(impulse, rel=1e-4)  # the tails beyond ±4 widths are 6e-5
    assert distance(found) < CLOSE
    assert min(found.rejections.values()) > REJECTED


@pytest.mark.parametrize(
    ("half_gap", "force"),
    [(0.1, 0.05), *(pytest.param(*each, marks=pytest.mark.full) for each in ((0.1, 0.03), (0.15, 0.05)))],
)
def test_leakage_follows_landau_and_zener(half_gap, force):
    """A chain with ε = ±√(Δ² + t² sin²ka) crossed once: exp(−π gap²/(4 ħv|qE|)), ħv = ta.

    From and to ka = ±1.2 the mixing at the ends, |qE| A/gap ≈ 0.01, and the curvature of sin ka leave some 1e-2 of it.
    """
    model = {
        "lattice": [[1.0]],
        "hoppings": [
            {"cell": [0], "matrix": [[half_gap, 0], [0, -half_gap]]},
            {"cell": [1], "matrix": [[0, "-0.5j"], ["-0.5j", 0]]},
        ],
    }
    found = solve(
        model,
        electric=[-force],
        end=2.4 / force,
        sites=[701],
        ensemble=packet([-1.2], 0.02, number=64, replicas=2),
    )
    expected = np.exp(-np.pi * (2 * half_gap) ** 2 / (4 * force))
    assert found.leakage == pytest.approx(expected, rel=0.015)
    assert found.semiclassical.interband_mixing > found.config.limits.interband_mixing
    assert any("expected to fail" in sentence for sentence in found.warnings)


def test_breakdown_is_foretold():
    """Tunnelling averaged over the packet's k across the field, of standard deviation σ_k: P/√(1 + 2πħvσ_k²/|qE|)."""
    found = quantum(load_config(CONFIGS / "quantum_breakdown.yaml", ("time.saves=21", "ensemble.number=256")))
    speed, force, gap, spread = np.sqrt(3) / 2 * 2.46 * 2.82, 0.08, 1.0, 0.03
    expected = np.exp(-np.pi * gap**2 / (4 * speed * force))
    expected /= np.sqrt(1 + 2 * np.pi * speed * spread**2 / force)
    # Start and end are 0.25/Å from the crossing, where the warping of the cone changes its slope by ka/4 ≈ 15 %.
    assert found.leakage == pytest.approx(expected, rel=0.1)
    assert found.semiclassical.interband_mixing > found.config.limits.interband_mixing
    assert distance(found) > 0.05 * found.path_length
    assert any("expected to fail" in sentence for sentence in found.warnings)


def test_weak_mixing_is_not_called_a_failure():
    found = quantum(
        load_config(CONFIGS / "quantum_orbital_moment.yaml", ("quantum.terms=[]", "time.saves=3"))
    )
    assert found.warnings == []
    assert found.leakage < 1e-4


@pytest.mark.full
def test_orders_of_the_error_budget():
    """Order 1 in the fields; 2 in the spread of k for one packet; 0 for an ensemble, which knows of the spread."""
    config = load_config(
        CONFIGS / "quantum_orbital_moment.yaml",
        ("ensemble.number=512", "time.saves=21", "quantum.sites=[115,115]"),
    )
    budget = error_budget(config, field_factors=(1.0, 0.6, 0.35), width_factors=(1.0, 0.8, 0.6))
    assert budget.fields.order == pytest.approx(1.0, abs=0.1)
    # Of next order: the spread is 0.1/a at most, and so (0.1)² times numbers of order ten.
    assert budget.spread_of_one_packet.order == pytest.approx(2.0, abs=0.25)
    assert budget.spread.order == pytest.approx(0.0, abs=0.25)


def test_position_elements_of_a_wannier90_file(tmp_path):
    """Orbitals with dipoles between them: E·r in the wave function, the full connection in the Berry curvature.

    Semiclassical packets that are told of the orbital positions alone lose their way.
    """
    bare = qi_wu_zhang(m=-1.0, lattice_constant=1.0)
    dipoles = {(0, 0): np.zeros((3, 2, 2)), (1, 0): np.zeros((3, 2, 2)), (0, 1): np.zeros((3, 2, 2))}
    dipoles[0, 0][0] = 0.15 * np.array([[0, 1], [1, 0]])
    dipoles[1, 0][1] = 0.1 * np.array([[1, 0], [0, -1]])
    hoppings = {tuple(cell[:2]): h for cell, h in zip(bare.cells.tolist(), bare.hoppings, strict=True)}
    crystal = LatticeHamiltonian.from_hoppings(
        np.eye(2), hoppings, positions=np.zeros((2, 2)), position_matrices=dipoles
    )
    (tmp_path / "dipoles_tb.dat").write_text(tb_text(crystal))
    model = {"file": str(tmp_path / "dipoles_tb.dat"), "periodic": [True, True, False]}
    found = solve(
        model, electric=[0.004, 0.002], end=40.0, saves=9, sites=[111, 111],
        ensemble=packet([0.6, 0.4], 0.0625, number=64, replicas=2),
    )  # fmt: skip
    assert distance(found) < CLOSE
    assert min(found.rejections.values()) > REJECTED
    without = found.config.model_copy(
        update={"band": found.config.band.model_copy(update={"position_elements": False})}
    )
    lost = semiclassical_path(counterpart(build_problem(without, threads=1), found.exact), 1)
    assert rms(found.distance(lost.centre)) > REJECTED * distance(found)


@pytest.mark.full
def test_three_dimensions():
    """Beside a Weyl node, E and B not parallel: Ω and m have all components, and a box of 49³ cells still fits."""
    found = solve(
        {"name": "weyl_lattice", "lattice_constant": 1.0},
        electric=[0.0, 0.004, 0.004], magnetic=0.01, end=6.0, saves=4, sites=[49, 49, 49],
        ensemble=packet([0.8, 0.5, 0.6], 0.125, number=256, replicas=2),
        quantum={"sites": [49, 49, 49], "terms": ["moment", "moment_sign"]},
    )  # fmt: skip
    assert distance(found) < 2e-3 * found.path_length
    assert min(found.rejections.values()) > REJECTED
