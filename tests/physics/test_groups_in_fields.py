"""Groups of bands in magnetic fields: B(r) with three components in crystals in space, and starts over the zone."""

from dataclasses import replace

import numpy as np
import pytest

from tests.physics import test_groups
from tests.physics.test_groups import fly, problem_of
from tests.physics.test_magnetic_space import TERMS, UNIFORM, field_of
from tests.reference.random_crystal import random_crystal
from wavepacket.bands import band_group
from wavepacket.errors import ConfigError
from wavepacket.formulas import fermi
from wavepacket.hamiltonians import haldane, weyl_lattice
from wavepacket.hamiltonians.library.spin import spin_matrices
from wavepacket.simulation import integrate
from wavepacket.units import BOLTZMANN, E_OVER_HBAR, HBAR

pytestmark = pytest.mark.physics

PLACE = np.array([5.0, -8.0, 3.0])
ELECTRIC = np.array([0.01, -0.02, 0.015])


class Reference(test_groups.TestRates):
    """Rates from projectors, with B(r) at the packet and the force that −⟨m̂⟩·B(r) exerts."""

    def expected_at(self, crystal, k, r, bands, u, electric):
        b = field_of(r)
        p, x = self.tilts(crystal, k, bands)
        w = x @ u
        omega = -2 * np.imag([w[a].conj() @ w[c] for a, c in ((1, 2), (2, 0), (0, 1))])
        near, far = (
            np.array([
                self.energy(crystal, k + d, bands, u, b) - self.energy(crystal, k - d, bands, u, b)
                for d in np.eye(3) * size
            ]) / (2 * size)
            for size in (0.0005, 0.001)
        )  # fmt: skip
        moment = np.array([(u.conj() @ m @ u).real for m in self.moment(crystal, k, bands)])
        slope = np.array([field_of(r + d) - field_of(r - d) for d in np.eye(3) * 0.05]) / 0.1
        force = -electric + slope @ moment
        v, f, reduced = (4 * near - far) / 3 / HBAR, force / HBAR, -E_OVER_HBAR * b
        factor = 1 - reduced @ omega
        k_rate = (f + np.cross(v, reduced) - (f @ reduced) * omega) / factor
        r_rate = (v - np.cross(f, omega) - (v @ omega) * reduced) / factor
        h = crystal.hamiltonian(k[None])[0] - np.tensordot(b, self.moment(crystal, k, bands), axes=1)
        turned = p @ h @ u
        return k_rate, r_rate, k_rate @ w - 1j / HBAR * (turned - (u.conj() @ turned) * u)


def test_all_terms_in_space_follow_from_projectors():
    crystal, bands, short = random_crystal(4, size=5, with_positions=False), [1, 2], 5e-6
    strong = [TERMS[0] | {"gradient": (100 * np.array(TERMS[0]["gradient"])).tolist()}, TERMS[1]]
    k = np.array([0.21, -0.13, 0.32])
    problem = problem_of(
        crystal, bands, [k], end=2 * short, saves=3, limits={"density_of_states_factor": 0.0},
        ensemble={"kind": "packets", "wavevectors": [k.tolist()], "positions": [PLACE.tolist()]},
        fields={"electric": ELECTRIC.tolist(), "magnetic": UNIFORM.tolist(), "magnetic_terms": strong},
    )  # fmt: skip
    position, wavevector, found = fly(problem)
    for packet in range(2):
        state = found.state[packet, :, 0::2] + 1j * found.state[packet, :, 1::2]
        state = state * np.exp(-1j * wavevector[packet] @ crystal.sites.T)
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(TERMS[0], "gradient", strong[0]["gradient"])
            k_rate, r_rate, u_rate = Reference().expected_at(
                crystal, wavevector[packet, 1], position[packet, 1], bands, state[1], ELECTRIC
            )
        assert (wavevector[packet, 2] - wavevector[packet, 0]) / (2 * short) == pytest.approx(
            k_rate, rel=1e-5
        )
        assert found.velocity[packet, 1] == pytest.approx(r_rate, rel=2e-6)
        measured = (state[2] - state[0]) / (2 * short)
        assert np.abs(measured - u_rate).max() <= 1e-5 * np.abs(u_rate).max()


def test_a_group_of_one_band_moves_in_space_as_one_band():
    crystal = weyl_lattice()
    k = (np.array(crystal.valleys["W+"]) @ crystal.reciprocal + [0.1, -0.08, 0.05]).tolist()
    given = {
        "ensemble": {"kind": "packets", "wavevectors": [k], "positions": [PLACE.tolist()]}, "end": 12.0,
        "fields": {"magnetic": UNIFORM.tolist(), "magnetic_terms": TERMS},
    }  # fmt: skip
    position, wavevector, _ = fly(problem_of(crystal, [0], [k], **given))
    one = integrate(problem_of(crystal, 0, [k], **given), 0, 1)
    assert np.abs(position - one.position).max() < 1e-8
    assert np.abs(wavevector - one.wavevector).max() < 1e-9


MAGNETIC, MU, TEMPERATURE = np.array([0.0, 0.0, 150.0]), 0.1, 900.0


def twofold(split=0.05):
    """Two copies of Haldane's model that a constant term, which does not commute with it, couples: bands 0, 1 and 2, 3."""
    one = haldane(t2=0.1, phi=np.pi / 2, staggered=0.1)
    hoppings = np.kron(one.hoppings, np.eye(2))
    apart = np.kron(np.diag([1.0, -0.5]), [[0.3, 1.0 - 0.4j], [1.0 + 0.4j, -0.3]])
    hoppings[len(hoppings) // 2] += split * apart  # cells are sorted, R = 0 in the middle
    return replace(one, hoppings=hoppings, positions=np.repeat(one.positions, 2, axis=0))


SPIN = np.kron(np.eye(2), spin_matrices(2))  # of the two copies


def packets_of(problem):
    return problem.ensemble.packets(0, problem.ensemble.size)


class TestStartsOverTheZone:
    def truth(self, crystal, bands, k):
        """Energies and D of eigenstates of P(H − m̂·B)P, by LAPACK."""
        geometry = band_group(crystal, bands).geometry(k)
        h = geometry.hamiltonian - np.einsum("c,ncij->nij", MAGNETIC, geometry.orbital_moment)
        energy, states = np.linalg.eigh(h)
        omega = np.einsum("nia,ncij,nja->nca", states.conj(), geometry.berry_curvature, states).real
        return energy, 1 + E_OVER_HBAR * np.einsum("c,nca->na", MAGNETIC, omega), geometry

    def test_weights_are_those_of_eigenstates_in_the_field(self):
        """f D of each; their sum over a full group is N + (e/ħ) B·Tr F whatever its states are."""
        crystal, thermal = (
            twofold(),
            {"kind": "fermi_dirac", "chemical_potential": MU, "temperature": TEMPERATURE},
        )
        problem = problem_of(crystal, [2, 3], None, magnetic=MAGNETIC, ensemble=thermal | {"grid": [6, 6]})
        found = packets_of(problem)
        one, other = (
            np.flatnonzero(found.internal == i)[np.lexsort(found.wavevector[found.internal == i].T)]
            for i in (0, 1)
        )
        np.testing.assert_array_equal(found.wavevector[one], found.wavevector[other])
        energy, factor, _ = self.truth(crystal, (2, 3), found.wavevector[one])
        expected = factor * fermi((energy - MU) / (BOLTZMANN * TEMPERATURE)) / (36 * crystal.cell_volume)
        np.testing.assert_allclose(found.weight[one], expected[:, 0], rtol=1e-9)
        np.testing.assert_allclose(found.weight[other], expected[:, 1], rtol=1e-9)
        assert np.abs(factor - 1).max() > 0.01
        assert (
            np.abs(energy - np.linalg.eigvalsh(crystal.hamiltonian(found.wavevector[one]))[:, 2:]).max()
            > 1e-3
        )

    @pytest.mark.parametrize(
        "internal", [{}, {"spin": SPIN, "start": "spin", "axis": [1, 2, 3]}], ids=["eigenstates", "spin"]
    )
    def test_a_filled_group_has_the_hall_current_of_its_trace(self, internal):
        """All terms but −f×Ω cancel in the sum over the zone, with D of each state: C e²/h for any states and B."""
        crystal, electric = twofold(), np.array([1e-4, 0.0, 0.0])
        problem = problem_of(
            crystal, [0, 1], None, magnetic=MAGNETIC, electric=electric, end=0.01, saves=2, internal=internal,
            ensemble={"kind": "filled_band", "grid": [48, 48], "field_reversal": False},
            limits={"density_of_states_factor": 0.0},
        )  # fmt: skip
        sums = integrate(problem, 0, problem.ensemble.size).sums["current"].sum(axis=(0, 1, 2))[0]
        k = packets_of(problem).wavevector[: 48 * 48]
        _, _, geometry = self.truth(crystal, (0, 1), k)
        total = geometry.total_curvature[:, 2].mean() / crystal.cell_volume
        assert abs(total * 2 * np.pi) == pytest.approx(2.0, abs=1e-3)
        # q Σ D ṙ_y of charge −e under E_x: ṙ = −f×Ω, f = −E/ħ.
        assert sums[1] == pytest.approx(-electric[0] / HBAR * total, rel=1e-3)
        assert abs(sums[0]) < 1e-3 * abs(sums[1])

    def test_eigenstates_are_those_in_the_field(self):
        """Of a degenerate pair B chooses the states: they keep ⟨u|h − m̂·B|u⟩ and do not precess."""
        crystal = twofold()
        k = [[0.4, 0.2, 0.0]]
        problem = problem_of(crystal, [2, 3], k, magnetic=MAGNETIC)
        energy, _, geometry = self.truth(crystal, (2, 3), np.array(k))
        u = problem.group.states(np.repeat(k, 2, axis=0), np.array([0, 1]))
        u = (u[:, 0::2] + 1j * u[:, 1::2]) * np.exp(-1j * np.array(k) @ crystal.sites.T)
        h = geometry.hamiltonian[0] - np.einsum("c,cij->ij", MAGNETIC, geometry.orbital_moment[0])
        inside = geometry.states[0].conj().T @ u.T
        np.testing.assert_allclose(h @ inside, inside * energy[0], atol=1e-8)

    def test_what_remains_refused(self):
        with pytest.raises(ConfigError, match="do not start as 'confined'"):
            problem_of(
                twofold(), [0, 1], None, magnetic=MAGNETIC,
                ensemble={
                    "kind": "confined", "chemical_potential": 0.0, "temperature": 300.0, "region": [[0, 10], [0, 10]],
                    "places": [2, 2], "grid": [4, 4],
                },
            )  # fmt: skip
