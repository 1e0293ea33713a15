"""Packets in a group of bands in V(r, t) and B(r): against one band, uniform fields, exact frequencies and energies."""

import numpy as np
import pytest

from tests.physics.test_groups import fly, problem_of
from tests.reference.random_crystal import random_crystal
from wavepacket.config import config_from_mapping
from wavepacket.errors import ConfigError
from wavepacket.hamiltonians import KPHamiltonian, haldane, kane_mele
from wavepacket.kernels.integrate import retire
from wavepacket.simulation import build_problem, integrate, with_terms
from wavepacket.simulation.group_start import eigenstates_within, group_states
from wavepacket.units import HBAR

pytestmark = pytest.mark.physics

TRAP = {"kind": "harmonic", "stiffness": [2e-4, 3e-4], "center": [3.0, -4.0]}
WAVE = {"kind": "wave", "amplitude": 0.01, "wavevector": [0.05, 0.02], "frequency": 0.02}
DIPOLE = {"kind": "dipole", "moment": [0.0, 0.0, 1e6], "position": [30.0, 10.0, 40.0]}
GRADIENT = [3.0, -2.0]


@pytest.mark.parametrize(
    "fields",
    [
        {"potential": [TRAP, WAVE]},
        {"magnetic_gradient": GRADIENT, "magnetic_terms": DIPOLE, "potential": TRAP},
    ],
    ids=["V", "B"],
)
def test_a_group_of_one_band_is_a_packet_in_one_band(fields):
    given = {
        "fields": {"electric": [1e-4, 2e-4], "magnetic": [0, 0, 100.0], **fields}, "end": 40.0, "saves": 5,
        "limits": {"density_of_states_factor": 0.0},
    }  # fmt: skip
    crystal, k = haldane(staggered=0.3), [[0.2, 0.1, 0], [0.5, -0.4, 0], [1.0, 0.3, 0]]
    position, wavevector, _ = fly(problem_of(crystal, [0], k, **given))
    one = integrate(problem_of(crystal, 0, k, **given), 0, 3)
    assert np.abs(one.position).max() > 5
    assert np.abs(position - one.position).max() <= 1e-8
    assert np.abs(wavevector - one.wavevector).max() <= 1e-9


MIXED = kane_mele(rashba=0.3, staggered=0.5)
STARTS = [[0.4, 0.2, 0], [0.9, -0.3, 0]]


def test_a_linear_potential_is_a_uniform_field():
    """V = −qE·x of an electron, beside B: the same state of two nearly degenerate bands at all saves."""
    field, rest = [0.002, -0.003], {"magnetic": [0, 0, 200.0]}
    ways = [
        fly(problem_of(MIXED, [0, 1], STARTS, fields=fields | rest, end=30.0, saves=4))
        for fields in ({"electric": field}, {"potential": {"kind": "linear", "gradient": field}})
    ]
    for one, other in zip(*(way[:2] for way in ways), strict=True):
        assert np.abs(one - other).max() < 1e-8
    assert np.abs(ways[0][2].state - ways[1][2].state).max() < 1e-8


def test_energy_is_conserved_where_fields_vary():
    """𝓔 + V with the local B and u carried along; without the force on m it drifts by 1e-3 to 0.1 eV."""
    fields = {"magnetic": [0, 0, 10.0], "magnetic_terms": DIPOLE | {"moment": [0, 0, 5e4]}, "potential": TRAP}
    problem = problem_of(MIXED, [0, 1], STARTS, fields=fields, end=30.0, saves=4)
    _, wavevector, found = fly(problem)
    assert np.abs(wavevector[:, -1] - wavevector[:, 0]).max() > 0.05
    assert found.monitors[:, retire.DRIFT].max() < 1e-11
    _, _, without = fly(with_terms(problem, moment_force=0.0))
    assert without.monitors[:, retire.DRIFT].min() > 1e-4


def test_a_degenerate_pair_swings_as_one_band():
    """Massive Dirac electrons twice, v = Δ = 1, K = 0.02 eV/Å², k = 0.4: ω² − ωKΩ(k) − Kv²/ε(k) = 0, Ω equal in both."""
    paulis = ([[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]])
    x, y, z = (np.kron(np.eye(2), each) for each in paulis)
    crystal = KPHamiltonian.from_terms({(1, 0): x, (0, 1): y, (0, 0): z}, length_scale=1.0)
    for omega in (0.1323267767, -0.1403308861):
        start = {"positions": [[0.0, 0.4 * omega / 0.02, 0.0]]}
        problem = problem_of(
            crystal, [2, 3], [[0.4, 0, 0]], fields={"potential": {"kind": "harmonic", "stiffness": 0.02}},
            ensemble={"kind": "packets", "wavevectors": [[0.4, 0.0, 0.0]], "coordinates": "cartesian", **start},
            end=2 * np.pi * HBAR / abs(omega), saves=3,
        )  # fmt: skip
        _, wavevector, _ = fly(problem)
        assert np.abs(wavevector[:, 1] + wavevector[:, 0]).max() < 1e-6
        assert np.abs(wavevector[:, 2] - wavevector[:, 0]).max() < 1e-6


class TestStates:
    """Starts from our own solver, against LAPACK."""

    def test_a_group_spans_what_lapack_finds(self):
        crystal = random_crystal(3, size=5, with_positions=False)
        k = np.random.default_rng(1).normal(size=(11, 3))
        problem = problem_of(crystal, [1, 2], k)
        energy, frames = group_states(problem.group.integers, problem.group.reals, k, 2)
        states = (frames[..., 0] + 1j * frames[..., 1]) * np.exp(-1j * k @ crystal.sites.T)[:, None]
        levels, known = np.linalg.eigh(crystal.hamiltonian(k))
        assert np.abs(energy - levels[:, 1:3]).max() < 1e-13
        overlaps = np.abs(np.einsum("nga,nab->ngb", states.conj(), known))
        assert np.abs(overlaps - np.eye(5)[1:3]).max() < 1e-12

    @pytest.mark.parametrize("size", [2, 3])
    def test_eigenstates_of_small_matrices(self, size):
        random = np.random.default_rng(size)
        made = random.normal(size=(9, size, size)) + 1j * random.normal(size=(9, size, size))
        made = made + np.conj(np.swapaxes(made, 1, 2))
        made[4] = np.eye(size)
        values, vectors = eigenstates_within(np.stack([made.real, made.imag], axis=-1))
        states = vectors[..., 0] + 1j * vectors[..., 1]
        assert np.abs(values - np.linalg.eigvalsh(made)).max() < 1e-13
        assert np.abs(np.einsum("nij,naj->nai", made, states) - values[..., None] * states).max() < 1e-13
        assert np.abs(states.conj() @ np.swapaxes(states, 1, 2) - np.eye(size)).max() < 1e-14


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"local": {"grid": [4, 4], "region": [[0, 9], [0, 9]]}}, "this is for packets in one band"),
        ({"internal": {"spin": np.kron([[[0, 1], [1, 0]]] * 3, np.eye(2)).tolist()}}, None),
        ({"internal": {"spin": [np.kron(np.eye(2), [[0, 1], [1, 0]]).tolist()] * 3}}, "which lie apart"),
    ],
)
def test_what_a_group_cannot_have(sections, message):
    mapping = {
        "name": "test", "model": {"name": "kane_mele"}, "bands": [0, 1], "time": {"end": 1.0, "saves": 2},
        "ensemble": {"kind": "packets", "wavevectors": [[0.1, 0.2, 0.0]]}, **sections,
    }  # fmt: skip
    if message is None:
        build_problem(config_from_mapping(mapping))
        return
    with pytest.raises(ConfigError, match=message):
        build_problem(config_from_mapping(mapping))


def test_gaps_within_a_group_are_not_too_small_for_a_grid():
    """Both spins coincide everywhere, which no grid resolves; the way to the bands above is what counts."""

    def step(bands, **model):
        mapping = {
            "name": "test", "model": {"name": "kane_mele", "rashba": 0.0, **model}, "bands": bands,
            "time": {"end": 1.0, "saves": 2}, "ensemble": {"kind": "filled_band", "grid": [24, 24]},
        }  # fmt: skip
        return build_problem(config_from_mapping(mapping)).ensemble.resolution.states

    assert 0.01 < step([0, 1], staggered=0.0) < 1.0
    assert step([0, 1], staggered="300 meV") > 1.0  # 12 meV from where the gap closes
