"""Diffuse walls: the flux law of any band, equilibrium, energy, and random numbers that belong to packets."""

import numpy as np
import pytest

from tests.cases import problem, run
from wavepacket.errors import ConfigError
from wavepacket.kernels.random import philox
from wavepacket.simulation import integrate

pytestmark = pytest.mark.physics

FREE = {"name": "parabolic_band", "mass_x": 0.1, "mass_y": 0.1, "cutoff": "0.011 1/angstrom"}
HALDANE = {"name": "haldane", "t2": "0.1 eV", "phi": "60 deg", "staggered": "0.3 eV"}
NUMBER = 1000
DISTANCE = 1.63 / np.sqrt(NUMBER)  # Kolmogorov and Smirnov: exceeded by one of a hundred samples


def floor(**more):
    return {"walls": [{"kind": "line", "points": [[-1e7, 0], [1e7, 0]], "reflection": "diffuse", **more}]}


def sent_down(model, k, sample, **more):
    r = np.stack([np.arange(NUMBER), np.full(NUMBER, 50.0)], axis=1)
    starts = {"kind": "packets", "wavevectors": np.tile(k, (NUMBER, 1)), "positions": r}
    return run(problem(model, ensemble=starts, sample=sample, saves=3, **more))


def distance(values, cumulative):
    """Largest difference of the shares below each value from those of a distribution."""
    ranks = np.arange(1, len(values) + 1) / len(values)
    return np.abs(ranks - cumulative(np.sort(values))).max()


def states_inward(crystal, energy, lines):
    """Numbers of states of the lower band with dε/dk_y > 0 on lines k_x, along the whole period of k_y."""
    ky = np.linspace(0, 2 * np.pi / abs(crystal.lattice[1, 1]), 401)
    k = np.zeros((len(lines), len(ky), 3))
    k[..., 0], k[..., 1] = lines[:, None], ky
    below = np.linalg.eigvalsh(crystal.hamiltonian(k.reshape(-1, 3)))[:, 0].reshape(k.shape[:2]) < energy
    return np.count_nonzero(below[:, :-1] & ~below[:, 1:], axis=1)


def test_random_words_are_those_of_the_article():
    zero, full = np.uint64(0), np.uint64(0xFFFFFFFF)
    plain = philox.py_func if hasattr(philox, "py_func") else philox
    assert [int(each) for each in plain((zero,) * 4, (zero,) * 2)] == [
        0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]  # fmt: skip
    assert [int(each) for each in plain((full,) * 4, (full,) * 2)] == [
        0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]  # fmt: skip


class TestFlux:
    def test_a_parabola_has_lamberts_law(self):
        """Of the angles from the normal sin θ is even: a share of cos θ dθ."""
        block = sent_down(FREE, [0.006, -0.008], floor(), end=2000)
        np.testing.assert_array_equal(block.diagnostics["reflections"], 1)
        assert block.diagnostics["energy_drift"].max() < 1e-12
        k = block.wavevector[:, -1]
        assert k[:, 1].min() > 0
        assert distance(k[:, 0] / 0.01, lambda x: 0.5 * (1 + x)) < DISTANCE

    def test_a_share_is_reflected_like_by_a_mirror(self):
        k = sent_down(FREE, [0.006, -0.008], floor(specularity=0.3), end=2000).wavevector[:, -1]
        share = np.mean(np.abs(k[:, 0] - 0.006) < 1e-15)
        assert share == pytest.approx(0.3, abs=4 * np.sqrt(0.21 / NUMBER))

    def test_a_crystal_sends_equal_shares_from_each_line_of_k(self):
        k = np.array([0.35, -0.6])
        made = problem(HALDANE, wavevectors=[[*k, 0]])
        energy = float(made.band.geometry([[*k, 0]]).energy[0])
        block = sent_down(HALDANE, k, floor(), end=300)
        assert (block.diagnostics["reflections"] == 1).all()
        assert block.diagnostics["energy_drift"].max() < 1e-12
        out = block.wavevector[:, -1]
        assert made.band.geometry(out).group_velocity[:, 1].min() > 0
        period = 2 * np.pi / abs(made.hamiltonian.lattice[0, 0])
        lines = (np.arange(300) + 0.5) / 300 * period
        counts = np.cumsum(states_inward(made.hamiltonian, energy, lines))
        assert distance(out[:, 0] % period, lambda x: np.interp(x, lines, counts / counts[-1])) < DISTANCE


def test_equilibrium_stays_and_packets_have_their_own_random_numbers():
    """A disc, evenly filled with all directions, in a magnetic field: so it is after some reflections."""
    random = np.random.default_rng(5)
    radius, angle, way = np.sqrt(random.uniform(size=NUMBER)), *random.uniform(0, 2 * np.pi, (2, NUMBER))
    r = 1000 * radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    k = 0.01 * np.stack([np.cos(way), np.sin(way)], axis=1)
    wall = {"kind": "circle", "radius": 1000, "reflection": "diffuse"}
    made = problem(
        FREE, ensemble={"kind": "packets", "wavevectors": k, "positions": r}, sample={"walls": [wall]},
        magnetic=(0, 0, 3), end=7e3, saves=2,
    )  # fmt: skip
    block = run(made)
    assert not block.status.any()
    assert block.diagnostics["reflections"].mean() > 4
    assert block.diagnostics["energy_drift"].max() < 1e-11
    there, k = block.position[:, -1, :2] / 1000, block.wavevector[:, -1]
    assert distance(np.sum(there**2, axis=1), lambda x: x) < DISTANCE
    along = np.einsum("ij,ij->i", k[:, :2], there) / np.linalg.norm(there, axis=1) / 0.01
    assert distance(np.arccos(along) / np.pi, lambda x: x) < DISTANCE
    part = integrate(made, 500, 100)
    np.testing.assert_array_equal(part.wavevector, block.wavevector[500:600])
    assert len(np.unique(block.wavevector[:, -1, 0])) == NUMBER


def test_a_model_without_a_whole_band_is_refused():
    model = {"name": "parabolic_band", "mass_x": 0.1, "mass_y": 0.1}
    with pytest.raises(ConfigError, match=r"sample\.walls.*give model\.cutoff"):
        problem(model, wavevectors=[[0, 0.01]], sample=floor())
    with pytest.raises(ConfigError, match="give 'reflection: diffuse'"):
        problem(FREE, wavevectors=[[0, 0.01]], sample=floor(reflection="specular", specularity=0.5))
