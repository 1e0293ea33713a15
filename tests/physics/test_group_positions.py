"""Elements of r for packets in a group of bands: against projectors whose derivatives are differences, and one band."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.linalg import expm

from tests.physics import test_groups
from tests.physics.test_groups import fly, problem_of
from tests.reference.kubo import band_quantities
from tests.reference.random_crystal import random_crystal
from wavepacket.bands.direct import direct_arrays
from wavepacket.hamiltonians import read_tb
from wavepacket.kernels.integrate import retire
from wavepacket.simulation import integrate
from wavepacket.simulation.group_matrices import matrices_between
from wavepacket.units import E_OVER_HBAR, HBAR

pytestmark = pytest.mark.physics


def places(crystal, k):
    """A_a (3, N, N) at k: the positions of orbitals, which H(k) has in its phase, and Σ_R r(R) e^{ik·(R + τ_j − τ_i)}."""
    between = crystal.sites[None] - crystal.sites[:, None]
    phase = np.exp(1j * (crystal.translations @ k)[:, None, None] + 1j * between @ k)
    return np.einsum("Rij,Raij->aij", phase, crystal.position_matrices)


class Reference(test_groups.TestRates):
    """The formulas with D_aO = ∂_aO − i[A_a, O] in place of ∂_aO."""

    STEP = 1e-3

    def slope(self, made, k):
        """∂_a of what is made at k, (3, N, N), by differences of the eighth order."""
        numbers = (4 / 5, -1 / 5, 4 / 105, -1 / 280)
        return np.array([
            sum(
                c * (made(k + (i + 1) * step) - made(k - (i + 1) * step)) for i, c in enumerate(numbers)
            ) / self.STEP
            for step in np.eye(3) * self.STEP
        ])  # fmt: skip

    def tilts(self, crystal, k, bands):
        p, here = self.projector(crystal, k, bands), places(crystal, k)
        slope = self.slope(lambda at: self.projector(crystal, at, bands), k)
        covariant = slope - 1j * (here @ p - p @ here)
        return p, (np.eye(len(p)) - p) @ covariant @ p

    def own(self, crystal, k):
        """F_yz, F_zx, F_xy."""
        here, slope = places(crystal, k), []
        slope = self.slope(lambda at: places(crystal, at), k)  # ∂_c A_a by [c, a]
        return np.array([
            slope[a, b] - slope[b, a] - 1j * (here[a] @ here[b] - here[b] @ here[a])
            for a, b in ((1, 2), (2, 0), (0, 1))
        ])  # fmt: skip

    def curvature(self, crystal, k, bands, u):
        _, x = self.tilts(crystal, k, bands)
        w, own = x @ u, self.own(crystal, k)
        pairs = [w[a].conj() @ w[b] for a, b in ((1, 2), (2, 0), (0, 1))]
        return -2 * np.imag(pairs) + (u.conj() @ own @ u).real

    def energy_beside(self, crystal, k, bands, u, way, magnetic):
        """𝓔 at k + way of u carried there: 1 + i way·A and the projector, right to the second order."""
        carried = expm(0.5j * np.tensordot(way, places(crystal, k) + places(crystal, k + way), axes=1)) @ u
        return self.energy(crystal, k + way, bands, carried, magnetic)

    def velocity(self, crystal, k, bands, u, magnetic):
        near, far = (
            np.array([
                self.energy_beside(crystal, k, bands, u, d, magnetic)
                - self.energy_beside(crystal, k, bands, u, -d, magnetic)
                for d in np.eye(3) * size
            ]) / (2 * size)
            for size in (0.0005, 0.001)
        )  # fmt: skip
        return (4 * near - far) / 3 / HBAR

    def expected(self, crystal, k, bands, u, electric, magnetic):
        p, x = self.tilts(crystal, k, bands)
        omega, v = self.curvature(crystal, k, bands, u), self.velocity(crystal, k, bands, u, magnetic)
        f, b = -electric / HBAR, -E_OVER_HBAR * magnetic
        factor = 1 - b @ omega
        k_rate = (f + np.cross(v, b) - (f @ b) * omega) / factor
        r_rate = (v - np.cross(f, omega) - (v @ omega) * b) / factor
        h = crystal.hamiltonian(k[None])[0] - np.tensordot(magnetic, self.moment(crystal, k, bands), axes=1)
        turned = p @ h @ u
        carried = k_rate @ (x @ u + 1j * places(crystal, k) @ u)
        return k_rate, r_rate, carried - 1j / HBAR * (turned - (u.conj() @ turned) * u)


PAIR = (6, 7)  # heavy holes
K = np.array([0.21, -0.13, 0.32])
ELECTRIC, MAGNETIC = np.array([0.01, -0.02, 0.015]), np.array([400.0, -900.0, 700.0])


def test_all_terms_follow_from_projectors():
    crystal, bands, of = random_crystal(4, size=5), [1, 2], Reference()
    short = 5e-6
    problem = problem_of(
        crystal, bands, [K], electric=ELECTRIC, magnetic=MAGNETIC, end=2 * short, saves=3,
        limits={"density_of_states_factor": 0.0},
    )  # fmt: skip
    position, wavevector, found = fly(problem)
    for packet in range(2):
        state = found.state[packet, :, 0::2] + 1j * found.state[packet, :, 1::2]
        state = state * np.exp(-1j * wavevector[packet] @ crystal.sites.T)
        middle, at = state[1], wavevector[packet, 1]
        k_rate, r_rate, u_rate = of.expected(crystal, at, bands, middle, ELECTRIC, MAGNETIC)
        measured = (state[2] - state[0]) / (2 * short)
        assert (wavevector[packet, 2] - wavevector[packet, 0]) / (2 * short) == pytest.approx(
            k_rate, rel=1e-5
        )
        assert found.velocity[packet, 1] == pytest.approx(r_rate, rel=1e-6)
        assert np.abs(measured - u_rate).max() <= 1e-5 * np.abs(u_rate).max()
    assert np.abs(position).max() > 0


def test_a_group_of_one_band_is_a_packet_in_one_band():
    crystal = random_crystal(7, size=3)
    given = {
        "electric": (0.01, -0.02, 0.015), "magnetic": (40.0, -90.0, 70.0), "end": 4.0, "saves": 5,
        "limits": {"density_of_states_factor": 0.0},
    }  # fmt: skip
    k = [[0.2, 0.1, -0.3], [0.5, -0.4, 0.1]]
    position, wavevector, _ = fly(problem_of(crystal, [1], k, **given))
    one = integrate(problem_of(crystal, 1, k, **given), 0, 2)
    assert np.abs(position - one.position).max() <= 1e-9 * np.abs(one.position).max()
    assert np.abs(wavevector - one.wavevector).max() <= 1e-10
    bare = fly(problem_of(replace(crystal, position_matrices=None), [1], k, **given))
    assert np.abs(bare[0] - position).max() > 1e-3


@pytest.fixture(scope="module")
def gaas(gaas_file):
    return read_tb(gaas_file)


def test_traces_of_a_pair_of_a_real_crystal(gaas):
    """Of the heavy holes of GaAs: Tr Ω is the sum over both bands, and odd in k as far as its Wannier functions are."""
    k = np.random.default_rng(11).uniform(-1.0, 1.0, (12, 3))
    integers, reals = direct_arrays(gaas, PAIR[0])
    integers = np.append(integers, [integers[4], PAIR[1], 1])
    integers[4] = 0

    def trace(k):
        made = matrices_between(integers, reals, k)
        return np.stack([sum(made.curvature(c)[:, i, i, 0] for i in range(2)) for c in range(3)], axis=1)

    found = trace(k)
    truth = band_quantities(gaas, k).berry_curvature[:, PAIR].sum(axis=1)
    assert np.abs(found - truth).max() < 1e-7 * np.abs(truth).max()
    assert np.abs(found + trace(-k)).max() < 0.005 * np.abs(found).max()
    without, given = (matrices_between(integers, reals, k, positions=each) for each in (False, True))
    assert np.abs(without.curvature(2) - given.curvature(2)).max() > 0.1


@pytest.mark.full
def test_heavy_holes_of_a_real_crystal_run(gaas):
    """The pair is split by less than the field mixes: no status but the end, and elements of r matter."""
    start = [[0.05, 0.02, 0.03], [-0.05, -0.02, -0.03]]
    problem = problem_of(gaas, list(PAIR), start, electric=(0, 0, 1e-3), end=30.0, saves=3)
    position, _, found = fly(problem)
    assert found.monitors[:, retire.GAP_LOW].min() > 1e-3
    assert found.marks[:, 1].max() < 1e-8
    bare = problem_of(
        replace(gaas, position_matrices=None), list(PAIR), start, electric=(0, 0, 1e-3), end=30.0, saves=3
    )
    assert np.abs(fly(bare)[0] - position).max() > 1e-5
