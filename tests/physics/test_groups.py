"""Packets with an internal state in a group of bands: against projectors, exact evolution, and packets in one band."""

import numpy as np
import pytest
from scipy.linalg import expm

from tests.cases import plain
from tests.reference.random_crystal import random_crystal
from wavepacket.analysis.relaxation import relaxation
from wavepacket.errors import Status
from wavepacket.hamiltonians import KPHamiltonian, LatticeHamiltonian, kane_mele, luttinger, open_config
from wavepacket.hamiltonians.library.spin import spin_matrices
from wavepacket.simulation import build_problem, integrate
from wavepacket.simulation.batch import starting_packets
from wavepacket.simulation.group_collisions import collided
from wavepacket.simulation.group_paths import follow_group, starts_of
from wavepacket.simulation.path_buffers import new_path_buffer
from wavepacket.units import E_OVER_HBAR, HBAR

SPIN = spin_matrices(4)


def problem_of(
    crystal, bands, wavevectors, *, electric=(0, 0, 0), magnetic=(0, 0, 0), end=1.0, saves=3, **sections
):
    mapping = {
        "name": "test",
        "fields": {"electric": plain(electric), "magnetic": plain(magnetic)},
        "ensemble": {"kind": "packets", "wavevectors": plain(wavevectors)},
        "time": {"end": float(end), "saves": saves},
        "integrator": {"tolerance": 1e-11},
        **({"band": bands} if isinstance(bands, int) else {"bands": bands}),
        **plain(sections),
    }
    return build_problem(open_config(mapping, crystal), threads=1)


def fly(problem):
    packets, signs = starting_packets(problem, 0, problem.ensemble.size)
    buffer = new_path_buffer(len(signs), len(problem.times))
    found = follow_group(problem, problem.group, packets, signs, buffer)
    assert np.all(found.status == Status.OK)
    return buffer.position, buffer.wavevector, found


class TestRates:
    """Rates at the start, against projectors whose derivatives are differences."""

    STEP = 1e-4

    def projector(self, crystal, k, bands):
        _, states = np.linalg.eigh(crystal.hamiltonian(k[None])[0])
        inside = states[:, bands[0] : bands[-1] + 1]
        return inside @ inside.conj().T

    def tilts(self, crystal, k, bands):
        """(1 − P) ∂_aP P."""
        p, found = self.projector(crystal, k, bands), []
        for axis in np.eye(3) * self.STEP:
            ahead, behind = (self.projector(crystal, k + sign * axis, bands) for sign in (1, -1))
            far, near = (self.projector(crystal, k + 2 * sign * axis, bands) for sign in (1, -1))
            slope = (8 * (ahead - behind) - (far - near)) / (12 * self.STEP)
            found.append((np.eye(len(p)) - p) @ slope @ p)
        return p, np.array(found)

    def moment(self, crystal, k, bands):
        """−(i/2)(e/ħ)[X_a†HX_b − (X_a†X_bh + hX_a†X_b)/2 − (a ↔ b)] of the three pairs of axes."""
        p, x = self.tilts(crystal, k, bands)
        h = crystal.hamiltonian(k[None])[0]

        def half(a, b):
            left = x[a].conj().T
            return left @ h @ x[b] - 0.5 * (left @ x[b] @ h @ p + p @ h @ left @ x[b])

        return np.array(
            [-0.5j * E_OVER_HBAR * (half(a, b) - half(b, a)) for a, b in ((1, 2), (2, 0), (0, 1))]
        )

    def energy(self, crystal, k, bands, u, magnetic):
        p = self.projector(crystal, k, bands)
        u = p @ u / np.linalg.norm(p @ u)
        h = crystal.hamiltonian(k[None])[0] - np.tensordot(magnetic, self.moment(crystal, k, bands), axes=1)
        return (u.conj() @ h @ u).real

    def expected(self, crystal, k, bands, u, electric, magnetic):
        """k̇, ṙ and u̇ of an electron from the formulas with projectors."""
        p, x = self.tilts(crystal, k, bands)
        w = x @ u
        omega = -2 * np.imag([w[a].conj() @ w[b] for a, b in ((1, 2), (2, 0), (0, 1))])
        near, far = (
            np.array([
                self.energy(crystal, k + d, bands, u, magnetic) - self.energy(crystal, k - d, bands, u, magnetic)
                for d in np.eye(3) * size
            ]) / (2 * size)
            for size in (0.0005, 0.001)
        )  # fmt: skip
        v, f, b = (4 * near - far) / 3 / HBAR, -electric / HBAR, -E_OVER_HBAR * magnetic
        factor = 1 - b @ omega
        k_rate = (f + np.cross(v, b) - (f @ b) * omega) / factor
        r_rate = (v - np.cross(f, omega) - (v @ omega) * b) / factor
        h = crystal.hamiltonian(k[None])[0] - np.tensordot(magnetic, self.moment(crystal, k, bands), axes=1)
        turned = p @ h @ u
        return k_rate, r_rate, k_rate @ w - 1j / HBAR * (turned - (u.conj() @ turned) * u)

    def test_all_terms_follow_from_projectors(self):
        crystal, bands = random_crystal(4, size=5, with_positions=False), [1, 2]
        k = np.array([0.21, -0.13, 0.32])
        electric, magnetic = np.array([0.01, -0.02, 0.015]), np.array([400.0, -900.0, 700.0])
        short = 2e-5
        problem = problem_of(
            crystal, bands, [k], electric=electric, magnetic=magnetic, end=2 * short, saves=3,
            limits={"density_of_states_factor": 0.0},
        )  # fmt: skip
        position, wavevector, found = fly(problem)
        sites = crystal.sites
        for packet in range(2):
            state = found.state[packet, :, 0::2] + 1j * found.state[packet, :, 1::2]
            state = state * np.exp(-1j * wavevector[packet] @ sites.T)
            middle, at = state[1], wavevector[packet, 1]
            k_rate, r_rate, u_rate = self.expected(crystal, at, bands, middle, electric, magnetic)
            measured = (state[2] - state[0]) / (2 * short)
            assert (wavevector[packet, 2] - wavevector[packet, 0]) / (2 * short) == pytest.approx(
                k_rate, rel=1e-5
            )
            assert (position[packet, 2] - position[packet, 0]) / (2 * short) == pytest.approx(
                r_rate, rel=1e-5
            )
            assert found.velocity[packet, 1] == pytest.approx(r_rate, rel=1e-6)
            assert np.abs(measured - u_rate).max() <= 1e-5 * np.abs(u_rate).max()


def test_a_group_of_one_band_is_a_packet_in_one_band():
    crystal = random_crystal(7, size=3, with_positions=False)
    given = {
        "electric": (0.01, -0.02, 0.015), "magnetic": (40.0, -90.0, 70.0), "end": 4.0, "saves": 5,
        "limits": {"density_of_states_factor": 0.0},
    }  # fmt: skip
    k = [[0.2, 0.1, -0.3], [0.5, -0.4, 0.1]]
    position, wavevector, _ = fly(problem_of(crystal, [1], k, **given))
    one = integrate(problem_of(crystal, 1, k, **given), 0, 2)
    assert np.abs(position - one.position).max() <= 1e-9 * np.abs(one.position).max()
    assert np.abs(wavevector - one.wavevector).max() <= 1e-10


def exact(hamiltonian, gradient, k0, rate, end, u, steps=6000):
    """Displacement and final state of exact evolution along k0 + rate t: exponentials at the middle of steps."""
    step = end / steps
    k = k0 + np.outer((np.arange(steps) + 0.5) * step, rate)
    energy, states = np.linalg.eigh(hamiltonian(k))
    half = (states * np.exp(-0.5j * energy * step / HBAR)[:, None]) @ np.conj(np.swapaxes(states, 1, 2))
    slopes, moved = gradient(k) / HBAR, np.zeros(3)
    for i in range(steps):
        middle = half[i] @ u
        moved += step * (slopes[i] @ middle @ middle.conj()).real
        u = half[i] @ middle
    return moved, u


def flight_past(crystal, bands, height, force, **internal):
    """Packets from (1, 0, −height) to (1, 0, height) under a force along z."""
    end = 2 * height * HBAR / force
    start = [1.0, 0.0, -height]
    return problem_of(
        crystal, bands, [start], electric=(0, 0, -force), end=end, internal={"spin": "3/2", **internal}
    ), (np.array(start), np.array([0, 0, force / HBAR]), end)


class TestHolesOfSpinThreeHalves:
    """γ₁ = 1, γ₂ = γ₃ = 0.3, ħ²/m = 1 eV Å²: numbers of Murakami's monopoles and of exact evolution."""

    def crystal(self, split=0.0):
        unit = 1 / (2 * luttinger(1.0, 0.0, 0.0).hamiltonian([[1.0, 0, 0]])[0, 0, 0].real)
        holes = luttinger(1.0, 0.3, 0.3)
        terms = dict(zip(map(tuple, holes.powers.tolist()), -unit * holes.matrices, strict=True))
        if split:
            terms[0, 0, 0] = split * SPIN[0]
        return KPHamiltonian.from_terms(terms, length_scale=1.0)

    @pytest.mark.parametrize(
        ("bands", "helicity", "shift"),
        [([2, 3], 1.5, 2.9104275), ([0, 1], 0.5, 0.9567149)],
        ids=["heavy", "light"],
    )
    def test_helicities_are_pushed_apart(self, bands, helicity, shift):
        problem, way = flight_past(
            self.crystal(), bands, 4.0, 0.02, start="helicity", values=[helicity, -helicity]
        )
        position, _, found = fly(problem)
        assert np.abs(position[:, -1, 1] - [shift, -shift]).max() < 1e-7
        assert found.marks.max() < 1e-10
        u = found.state[0, 0, 0::2] + 1j * found.state[0, 0, 1::2]
        moved, _ = exact(problem.crystal.hamiltonian, problem.crystal.hamiltonian_gradient, *way, u)
        # What is left trembles between heavy and light holes.
        assert moved[1] == pytest.approx(shift, abs=3e-3)

    @pytest.mark.parametrize("split", [1e-6, 0.003, 0.01, 0.03])
    def test_a_pair_that_is_nearly_degenerate(self, split):
        """One band alone is wrong by 1.35, 1.29, 0.85 and 0.009."""
        problem, way = flight_past(self.crystal(split), [0, 1], 3.0, 0.03)
        position, _, found = fly(problem)
        u = found.state[1, :, 0::2] + 1j * found.state[1, :, 1::2]
        moved, end = exact(problem.crystal.hamiltonian, problem.crystal.hamiltonian_gradient, *way, u[0])
        assert np.abs(position[1, -1] - moved)[1] < {0.03: 0.008}.get(split, 0.002)
        assert abs(end.conj() @ u[-1]) ** 2 >= 0.9999

    def test_zero_splitting_is_continuous(self):
        chosen = {"start": "helicity", "values": [0.5]}
        with_none, _, _ = fly(flight_past(self.crystal(), [0, 1], 3.0, 0.03, **chosen)[0])
        with_little, _, _ = fly(flight_past(self.crystal(1e-11), [0, 1], 3.0, 0.03, **chosen)[0])
        assert np.abs(with_none - with_little).max() < 1e-8

    def test_frames_do_not_matter(self):
        """Another basis of the orbitals makes the solver return other states of each pair."""
        random = np.random.default_rng(3)
        turned, _ = np.linalg.qr(random.normal(size=(4, 4)) + 1j * random.normal(size=(4, 4)))
        plain_holes, spin = self.crystal(), [turned @ each @ turned.conj().T for each in SPIN]
        other = KPHamiltonian(
            powers=plain_holes.powers, matrices=turned @ plain_holes.matrices @ turned.conj().T, dimension=3,
            length_scale=1.0,
        )  # fmt: skip
        chosen = {"start": "helicity", "values": [0.5]}
        one, _, _ = fly(flight_past(plain_holes, [0, 1], 3.0, 0.03, **chosen)[0])
        matrices = [[[[z.real, z.imag] for z in row] for row in each] for each in spin]
        two, _, _ = fly(flight_past(other, [0, 1], 3.0, 0.03, **chosen | {"spin": matrices})[0])
        assert np.abs(one - two).max() < 1e-10


def test_a_closed_way_turns_the_state_by_the_wilson_loop():
    """Pairs of a lattice of Dirac electrons in three dimensions; E turns about z, so that k comes back."""
    matrices = [np.kron([[0, 1], [1, 0]], 2 * each) for each in spin_matrices(2)]
    mass = np.kron(np.diag([1.0, -1.0]), np.eye(2))
    crystal = LatticeHamiltonian.from_hoppings(
        np.eye(3),
        {
            (0, 0, 0): 2 * mass,
            **{tuple(np.eye(3, dtype=int)[a]): (matrices[a] / 1j - mass) / 2 for a in range(3)},
        },
        positions=np.zeros((4, 3)),
    )
    radius, frequency = 0.7, 0.2
    field = {
        "kind": "circular", "amplitude": radius * frequency * HBAR, "frequency": frequency, "normal": [0.3, 0.2, 1.0],
    }  # fmt: skip
    problem = problem_of(
        crystal,
        [0, 1],
        [[0.9, 0.4, 0.5]],
        electric=field,
        end=2 * np.pi / frequency,
        saves=3,
        internal={"spin": "1/2"},
    )
    _, wavevector, found = fly(problem)
    assert np.abs(wavevector[:, -1] - wavevector[:, 0]).max() < 1e-10
    states = found.state[:, :, 0::2] + 1j * found.state[:, :, 1::2]
    carried = states[:, 0].conj() @ states[:, -1].T

    (term,) = problem.config.fields.electric
    amount = 2000

    def wilson(number):
        """Product of projectors along the circle, between the two starts."""
        angle = 2 * np.pi * np.arange(1, number) / number
        k = circle(angle)
        _, frames = np.linalg.eigh(crystal.hamiltonian(k))
        product = states[:, 0].T
        for frame in frames[:, :, :2]:
            product = frame @ (frame.conj().T @ product)
        left, _, right = np.linalg.svd(states[:, 0].conj() @ product)
        return left @ right

    normal = np.array(term.normal) / np.linalg.norm(term.normal)
    centre = 0.5 * (wavevector[0, 0] + wavevector[0, 1])
    first = wavevector[0, 0] - centre
    second = np.cross(normal, first)
    assert np.linalg.norm(first) == pytest.approx(radius, rel=1e-9)

    def circle(angle):
        return centre + np.cos(angle)[:, None] * first + np.sin(angle)[:, None] * second

    coarse, fine = wilson(amount), wilson(2 * amount)
    assert np.abs(carried - (4 * fine - coarse) / 3).max() < 1e-8
    assert np.abs(carried - carried[0, 0] * np.eye(2)).max() > 0.01  # not a mere phase


class TestStarts:
    def kane(self):
        """s electrons and spin-3/2 holes of a zincblende crystal, ⟨s|p_a|X_b⟩ = δ_ab; and their spin."""
        a, b, c = 1 / np.sqrt(2), 1 / np.sqrt(6), np.sqrt(2 / 3)
        down_up = np.array([
            [[-a, 0, b, 0], [0, -b, 0, a]], [[-1j * a, 0, -1j * b, 0], [0, -1j * b, 0, -1j * a]],
            [[0, c, 0, 0], [0, 0, c, 0]],
        ])  # fmt: skip
        terms = {(0, 0, 0): np.diag([0.75, 0.75, -0.75, -0.75, -0.75, -0.75]).astype(complex)}
        spin = np.zeros((3, 6, 6), dtype=complex)
        spin[:, :2, :2], spin[:, 2:, 2:] = spin_matrices(2), spin_matrices(4) / 3
        for axis, row in enumerate(np.eye(3, dtype=int)):
            terms[tuple(row)] = np.zeros((6, 6), dtype=complex)
            terms[tuple(row)][:2, 2:], terms[tuple(row)][2:, :2] = (
                9 * down_up[axis],
                9 * down_up[axis].conj().T,
            )
        return KPHamiltonian.from_terms(terms, length_scale=10.0, cutoff=0.004), spin

    @pytest.mark.parametrize("handedness", [1, -1])
    def test_light_orients_half_of_the_electrons(self, handedness):
        """Heavy and light holes absorb as 3 to 1 into opposite spins: a polarisation of 50 %, ⟨S_z⟩ = ∓1/4."""
        crystal, spin = self.kane()
        matrices = [[[[z.real, z.imag] for z in row] for row in each] for each in spin]
        light = {
            "kind": "optical", "valence": [0, 1, 2, 3], "photon_energy": 1.5, "width": 0.05, "handedness": handedness,
            "grid": [4, 4, 4],
        }  # fmt: skip
        problem = problem_of(
            crystal, [4, 5], [[0, 0, 0]], ensemble=light, internal={"spin": matrices, "start": "optical"}
        )
        sums = integrate(problem, 0, problem.ensemble.size).sums
        mean = sums["spin"].sum(axis=(0, 1, 2))[0] / sums["population"].sum(axis=(0, 1, 2))[0]
        assert mean == pytest.approx([0, 0, -0.25 * handedness], abs=1e-4)

    def test_weights_polarise(self):
        """[0.2, 0.8] of S_z = −1/2, 1/2; a start without weight is not there."""
        k = [[0.3, 0.1, 0]]
        for weights, number, spin in (([0.2, 0.8], 2, 0.3), ([0, 1], 1, 0.5)):
            internal = {"spin": "1/2", "start": "spin", "weights": weights}
            problem = problem_of(kane_mele(rashba=0, staggered=0), [0, 1], k, internal=internal)
            assert problem.ensemble.size == number
            sums = integrate(problem, 0, number).sums
            mean = sums["spin"].sum(axis=(0, 1, 2))[0] / sums["population"].sum(axis=(0, 1, 2))[0]
            assert mean == pytest.approx([0, 0, spin], abs=1e-12)

    @pytest.mark.parametrize("value", [0.5, 0.4])
    def test_a_state_that_is_not_quite_the_one_asked_for_is_told(self, value):
        said, internal = [], {"spin": "1/2", "start": "spin", "values": [value]}
        mapping = {
            "name": "test", "bands": [0, 1], "internal": internal, "time": {"end": 1.0, "saves": 2},
            "ensemble": {"kind": "packets", "wavevectors": [[0.3, 0.1, 0]]},
        }  # fmt: skip
        build_problem(open_config(mapping, kane_mele(rashba=0, staggered=0)), report=said.append)
        far = [each for each in said if each.startswith("internal.values[0]")]
        assert far == ([] if value == 0.5 else [
            "internal.values[0]: the state nearest to the spin 0.4 has 0.5 at k = [0.3, 0.1, 0] 1/angstrom"
        ])  # fmt: skip

    def test_no_library_makes_the_states_that_light_does(self, monkeypatch):
        """Those round as the CPU allows; the weights of these states are made of the same numbers."""
        crystal, spin = self.kane()
        matrices = [[[[z.real, z.imag] for z in row] for row in each] for each in spin]
        light = {
            "kind": "optical",
            "valence": [0, 1],
            "photon_energy": 1.5,
            "width": 0.05,
            "handedness": 1,
            "grid": [4, 4, 4],
        }
        problem = problem_of(
            crystal, [4, 5], [[0, 0, 0]], ensemble=light, internal={"spin": matrices, "start": "optical"}
        )
        for name in ("eigh", "eigvalsh", "norm"):
            monkeypatch.delattr(np.linalg, name)
        packets = problem.ensemble.packets(0, 8)
        assert np.isfinite(problem.group.states(packets.wavevector, packets.internal)).all()


class TestCollisions:
    """Elastic and isotropic ones, of electrons with Rashba coupling and of heavy holes."""

    K, ALPHA, KINETIC = 0.015, 0.1, 56.866  # 1/Å, eV Å, eV Å²
    RATE = 2 * ALPHA * K / HBAR

    @pytest.fixture(autouse=True)
    def fewer_states(self, monkeypatch):
        """Enough of them here."""
        monkeypatch.setattr("wavepacket.simulation.group_collisions._POOL", 1 << 15)
        monkeypatch.setattr("wavepacket.simulation.group_collisions._NEAREST", 1 << 11)

    def problem(self, number, rate_times_tau, end, **more):
        x, y, _ = 2 * spin_matrices(2)
        terms = {
            (2, 0, 0): self.KINETIC * np.eye(2, dtype=complex),
            (1, 0, 0): -self.ALPHA * y,
            (0, 1, 0): self.ALPHA * x,
        }
        crystal = KPHamiltonian.from_terms(
            {**terms, (0, 2, 0): terms[2, 0, 0]}, length_scale=50.0, cutoff=0.1, dimension=2
        )
        angle = 2 * np.pi * (np.arange(number) + 0.3) / number
        start = self.K * np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)
        tau = rate_times_tau / self.RATE
        return problem_of(
            crystal, [0, 1], start, end=end * tau, scattering={"relaxation_time": float(tau)},
            **{"internal": {"spin": "1/2", "start": "spin", "values": [0.5]}, **more},
        )  # fmt: skip

    def test_spin_across_decays_as_a_damped_oscillator(self):
        """S'' + S'/τ + Ω²S = 0 of S_z: exact for any Ωτ, motional narrowing 1/τ_s = Ω²τ for a small one."""
        problem = self.problem(500, 0.5, 4.0, saves=5)
        sums = integrate(problem, 0, 500).sums
        spin = sums["spin"].sum(axis=(0, 1, 2))[:, 2] / 500
        t = problem.times * self.RATE
        exact = 0.5 * (1 + t) * np.exp(-t)  # Ωτ = 1/2 is the aperiodic limit
        assert np.abs(spin - exact).max() < 4 * 0.35 / np.sqrt(500)
        assert np.abs(spin - 0.5 * np.cos(t)).max() > 0.3  # what flights without collisions have

    def test_spin_along_lives_twice_as_long(self):
        """S_x against precession about random fields that are drawn anew, on its own."""
        problem = self.problem(
            500,
            0.5,
            4.0,
            saves=3,
            internal={"spin": "1/2", "start": "spin", "axis": [1, 0, 0], "values": [0.5]},
        )
        found = integrate(problem, 0, 500).sums["spin"].sum(axis=(0, 1, 2))[:, 0] / 500
        random, number = np.random.default_rng(4), 20_000
        spin, left = np.tile([0.5, 0.0, 0.0], (number, 1)), np.full(number, 4 * 0.5)  # in 1/Ω
        for _ in range(40):
            flight, angle = (
                np.minimum(random.exponential(0.5, number), left),
                random.uniform(0, 2 * np.pi, number),
            )
            axis = np.stack([np.sin(angle), -np.cos(angle), 0 * angle], axis=1)
            along = axis * np.sum(axis * spin, axis=1)[:, None]
            turn, left = flight[:, None], left - flight
            spin = along + (spin - along) * np.cos(turn) + np.cross(axis, spin) * np.sin(turn)
        assert found[-1] == pytest.approx(spin[:, 0].mean(), abs=4 * 0.35 / np.sqrt(500))
        assert found[-1] > 0.3 > 0.5 * (1 + 2) * np.exp(-2)  # S_z is below that by then

    def lifetime(self, problem, number, row):
        """Fitted lifetime and its standard error by leaving out an eighth of the packets at a time, in 1/Ω."""
        part = number // 8
        sums = [integrate(problem, i * part, part).sums["spin"].sum(axis=(0, 1, 2))[:, row] for i in range(8)]
        time = problem.times * self.RATE
        whole = np.sum(sums, axis=0) / (0.5 * number)
        less = [relaxation((whole * number - 2 * one) / (number - part), time) for one in sums]
        spread = np.array([each.lifetime for each in less])
        return relaxation(whole, time), np.sqrt(7 / 8 * np.sum((spread - spread.mean()) ** 2))

    @pytest.mark.parametrize("x", [0.2, 0.28, 0.36])  # Ωτ
    def test_motional_narrowing(self, x):
        """1/τ_z → Ω²τ, that is <Ω²>τ across S_z: both components of Rashba's field; τ_zΩ²τ = (1 + √(1 − 4x²))/2."""
        found, error = self.lifetime(self.problem(240, x, 1 / x**2, saves=11), 240, 2)
        assert found.lifetime * x == pytest.approx(0.5 + 0.5 * np.sqrt(1 - 4 * x * x), abs=4 * error * x)
        assert error * x < 0.15

    def test_spin_in_the_plane_lives_twice_as_long(self):
        """1/τ_x → Ω²τ/2: one component of the field alone acts across S_x. The same fit to the equations of its harmonics:
        S = (a cos φ e + b sin φ e', z cos φ), a' = Ωz − (a − S)/τ, b' = −(b − S)/τ, z' = −Ωa − z/τ, S = (a + b)/2.
        """
        x, axis = 0.3, {"spin": "1/2", "start": "spin", "axis": [1, 0, 0], "values": [0.5]}
        problem = self.problem(160, x, 1.5 / x**2, saves=11, internal=axis)
        rates = np.array([[-0.5 / x, 0.5 / x, 1], [0.5 / x, -0.5 / x, 0], [-1, 0, -1 / x]])
        time = problem.times * self.RATE
        exact = relaxation(np.array([(expm(rates * t) @ [1, 1, 0])[:2].mean() for t in time]), time).lifetime
        found, error = self.lifetime(problem, 160, 0)
        assert found.lifetime == pytest.approx(exact, abs=4 * error)
        assert exact * x / 2 == pytest.approx(1, abs=x * x)
        assert error * x / 2 < 0.15

    def test_slow_collisions_leave_an_oscillation(self):
        """Ωτ = 2: S_z swings at √(Ω² − 1/4τ²) and fades in 2τ."""
        found, error = self.lifetime(self.problem(160, 2.0, 4.0, saves=17), 160, 2)
        assert found.lifetime == pytest.approx(4.0, abs=4 * error)
        assert found.frequency == pytest.approx(np.sqrt(1 - 1 / 16), abs=0.05)
        assert error < 1.0

    def test_drift_is_that_of_drude(self):
        """⟨v⟩ = (qEτ/m)(1 − e^{−t/τ}), part odd in E, whatever E is; any part of a run is the same alone."""
        ensemble = {"kind": "packets", "wavevectors": [[self.K, 0, 0]] * 150, "field_reversal": True}
        problem = self.problem(150, 0.5, 2.0, saves=3, electric=(1e-4, 0, 0), ensemble=ensemble)
        whole, part = integrate(problem, 0, 300), integrate(problem, 100, 20)
        assert np.array_equal(whole.position[100:120], part.position)
        sums = whole.sums["current"].sum(axis=(1, 2)) / 150
        tau = 0.5 / self.RATE
        drift = 2 * self.KINETIC / HBAR**2 * -1e-4 * tau * (1 - np.exp(-problem.times / tau))
        assert np.abs(0.5 * (sums[0] - sums[1])[:, 0] - drift).max() < 0.15 * abs(drift[-1])

    def test_energy_is_kept_in_a_small_pocket(self):
        """Where the states next in energy reach from the bottom of the band to twice the energy."""
        problem = self.problem(2, 0.5, 1.0)
        k = np.tile(problem.ensemble.packets(0, 1).wavevector, (500, 1))
        u = np.tile([0.6, 0.0, 0.0, 0.8], (500, 1))
        there, _ = collided(problem, k, u, np.random.default_rng(2).random((500, 41)))
        energy = self.KINETIC * (there**2).sum(axis=1)
        assert energy == pytest.approx(self.KINETIC * self.K**2, abs=1e-7)

    def test_a_collision_projects_the_state(self, monkeypatch):
        """Heavy holes of J_z = 3/2 at k along z: k' as (1 − ¾ sin²θ) dΩ, so that ⟨cos²θ⟩ = 7/15 and not 1/3."""
        chosen = {"spin": "3/2", "start": "helicity", "values": [1.5]}
        problem = problem_of(
            luttinger(6.98, 2.5, 2.5, cutoff=0.1),
            [2, 3],
            [[0, 0, 0.05]],
            internal=chosen,
            scattering={"relaxation_time": 9.0},
        )
        packets, _ = starting_packets(problem, 0, 1)
        u = starts_of(problem.group, packets)[:, 6:]
        _ = problem.turns
        for name in ("eigh", "eigvalsh", "norm"):  # libraries round as the CPU allows
            monkeypatch.setattr(np.linalg, name, None)
        chances = np.random.default_rng(7).random((4000, 41))
        k, after = collided(problem, np.tile([0, 0, 0.05], (4000, 1)), np.tile(u, (4000, 1)), chances)
        monkeypatch.undo()
        after, u = after.view(np.complex128), np.ascontiguousarray(u).view(np.complex128)
        size = np.linalg.norm(k, axis=1)
        np.testing.assert_allclose(size, 0.05, rtol=1e-6)  # the energy of before
        assert np.mean((k[:, 2] / size) ** 2) == pytest.approx(7 / 15, abs=0.02)
        states = np.linalg.eigh(problem.crystal.hamiltonian(k))[1][:, :, 2:]
        inside = np.einsum("nig,ni->ng", states.conj(), after)
        np.testing.assert_allclose(np.sum(np.abs(inside) ** 2, axis=1), 1.0, atol=1e-10)
        overlap = np.abs(after @ u[0].conj()) ** 2  # of P'u/|P'u| with u it is |P'u|²
        np.testing.assert_allclose(overlap, 1 - 0.75 * (1 - (k[:, 2] / size) ** 2), atol=1e-5)
