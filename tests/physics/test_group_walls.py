"""Packets in a group of bands at hard walls: against one band, and against soft walls that become steep."""

import numpy as np
import pytest

from tests.physics.test_groups import fly, problem_of
from wavepacket.errors import ConfigError
from wavepacket.hamiltonians import haldane, kane_mele
from wavepacket.kernels.integrate import retire
from wavepacket.simulation import integrate

pytestmark = pytest.mark.physics

# Slanted against the crystal, so that the reflected k is no mirror image.
SLANTED = {"walls": [{"kind": "line", "points": [[0.65e5, -1e5], [-0.65e5, 1e5]]}]}
MIXED = kane_mele(rashba=0.3, staggered=0.5)
STARTS = [[0.9, 0.3, 0], [1.3, 0.5, 0], [-0.4, 0.9, 0]]


def starts(k, r):
    return {"kind": "packets", "wavevectors": k, "positions": r}


@pytest.mark.parametrize(
    "sample", [SLANTED, {"walls": [{"kind": "circle", "radius": 8.0}]}], ids=["line", "circle"]
)
def test_a_group_of_one_band_is_a_packet_in_one_band(sample):
    """With the slide along the wall, in E, B and V."""
    given = {
        "ensemble": starts(STARTS, [[-3.0, -2.0, 0]] * 3), "sample": sample, "end": 25.0, "saves": 6,
        "fields": {
            "electric": [1e-3, 2e-3], "magnetic": [0, 0, 200.0], "potential": {"kind": "harmonic", "stiffness": 2e-4},
        },
    }  # fmt: skip
    crystal = haldane(t2=0.1, phi=1.0, staggered=0.3)
    position, wavevector, found = fly(problem_of(crystal, [0], STARTS, **given))
    one = integrate(problem_of(crystal, 0, STARTS, **given), 0, 3)
    assert one.diagnostics["reflections"].sum() >= 2
    assert found.outcome[:, 2].tolist() == one.diagnostics["reflections"].tolist()
    assert np.abs(position - one.position).max() < 1e-7
    assert np.abs(wavevector - one.wavevector).max() < 1e-8
    assert found.monitors[:, retire.DRIFT].max() < 1e-11


def test_a_pair_turns_as_at_a_soft_wall_that_becomes_steep():
    """K, r and u differ by the width of the soft wall, which is extrapolated to zero."""
    given = {
        "ensemble": starts(STARTS[:1], [[-6.0, -4.0, 0]]), "end": 12.0, "saves": 3, "internal": {"spin": "1/2"},
    }  # fmt: skip
    direction = {"direction": [1.0, 0.65, 0], "position": [0, 0, 0], "height": 20}

    def flown(**more):
        position, wavevector, found = fly(problem_of(MIXED, [0, 1], STARTS[:1], **given, **more))
        return position, wavevector, np.abs(found.state[:, :, 0::2] + 1j * found.state[:, :, 1::2]), found

    hard = flown(sample=SLANTED, fields={"magnetic": [0, 0, 100.0]})
    assert hard[3].outcome[:, 2].tolist() == [1, 1]
    assert hard[3].monitors[:, retire.DRIFT].max() < 1e-11
    assert hard[3].marks.max() < 1e-6
    wide, narrow = (
        flown(fields={"magnetic": [0, 0, 100.0], "potential": {"kind": "step", "rise": rise, **direction}})
        for rise in (0.2, 0.05)
    )
    carried = np.abs(hard[2][:, -1] - hard[2][:, 0]).max()
    for number, close in ((0, 2e-3), (1, 2e-4), (2, 2e-4)):
        limit = narrow[number] + (narrow[number] - wide[number]) / 3
        assert np.abs(limit - hard[number]).max() < close
    assert carried > 0.05


def test_a_wall_carries_the_state_in_parallel():
    """Beside products of projectors along the normal, up to where the energy of what they carry is what it was."""
    normal = -np.array([1.0, 0.65, 0]) / np.hypot(1.0, 0.65)
    sample = {"walls": [{"kind": "line", "points": [[0.65e5, -1e5], [-0.65e5, 1e5]]}]}
    problem = problem_of(
        MIXED, [0, 1], STARTS[:1], ensemble=starts(STARTS[:1], (1e-6 * normal[None]).tolist()), sample=sample, end=1e-6,
        saves=2,
    )  # fmt: skip
    _, wavevector, found = fly(problem)
    assert found.outcome[:, 2].tolist() == [1, 1]

    def carried(u, q, parts=4000):
        """The state, in the gauge of the orbitals' positions, and its energy at k + q n."""
        k = STARTS[0] + np.outer(np.linspace(0, q, parts + 1)[1:], normal)
        for frame in np.linalg.eigh(MIXED.hamiltonian(k))[1][:, :, :2]:
            u = frame @ (frame.conj().T @ u)
        u = u / np.linalg.norm(u)
        return u, (u.conj() @ MIXED.hamiltonian(k[-1:])[0] @ u).real

    for packet in range(2):
        state = found.state[packet, :, 0::2] + 1j * found.state[packet, :, 1::2]
        state = state * np.exp(-1j * wavevector[packet] @ MIXED.sites.T)
        way = wavevector[packet, 1] - wavevector[packet, 0]
        q = float(way @ normal)
        np.testing.assert_allclose(way, q * normal, atol=1e-12)
        u, energy = carried(state[0], q)
        assert energy == pytest.approx(carried(state[0], 1e-9)[1], abs=4e-6)  # falls as one over the parts
        assert 1 - abs(u.conj() @ state[1]) < 1e-10
        direct, _ = carried(state[0], q, parts=1)
        assert 1 - abs(direct.conj() @ state[1]) > 1e-6


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        ({"sample": {"contacts": {"left": [[0, 0], [0, 9]]}, **SLANTED}}, "walls without contacts"),
        (
            {"sample": {"walls": [{"kind": "circle", "radius": 60, "reflection": "diffuse"}]}},
            "like mirrors only",
        ),
        ({"sample": SLANTED, "scattering": {"relaxation_time": 10.0}}, "in the bulk only"),
    ],
)
def test_what_walls_of_a_group_cannot_have(sections, message):
    with pytest.raises(ConfigError, match=message):
        problem_of(MIXED, [0, 1], STARTS, **sections)
