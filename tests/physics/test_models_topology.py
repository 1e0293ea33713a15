"""Integers of the model library: Chern numbers, windings, pumps, Weyl charges, the Hopf number."""

import numpy as np
import pytest

from tests.reference.kubo import band_quantities
from tests.reference.plaquette import box_charge, chern_number
from wavepacket.bands import band, find_weyl_points
from wavepacket.errors import InputError
from wavepacket.hamiltonians import (
    LatticeHamiltonian,
    altermagnet,
    bernevig_hughes_zhang,
    bilayer_graphene,
    dirac_semimetal,
    haldane,
    hopf_insulator,
    kagome,
    kane_mele,
    lieb,
    qi_wu_zhang,
    rashba_ferromagnet,
    rice_mele,
    ssh,
    tmd,
    weyl_lattice,
)

pytestmark = pytest.mark.physics


def integers(crystal, bands, mesh=30):
    found = [chern_number(crystal, [index], mesh) for index in bands]
    np.testing.assert_allclose(found, np.rint(found), atol=1e-9)
    return [round(value) for value in found]


class TestSpinHall:
    @pytest.mark.parametrize("spin_orbit", [0.06, -0.06])
    @pytest.mark.parametrize("spin", [1, -1])
    def test_kane_mele_boundary(self, spin_orbit, spin):
        """C of a spin changes between s sign λ and 0 at |λ_v| = 3√3|λ|: difference of the two spins ±2, sum 0."""
        edge = 3 * np.sqrt(3) * abs(spin_orbit)
        chern = [
            integers(kane_mele(1.0, spin_orbit, 0.0, staggered, spin), [0, 1])
            for staggered in (0.8 * edge, 1.2 * edge, -1.2 * edge)
        ]
        inside = spin * int(np.sign(spin_orbit))
        assert chern == [[inside, -inside], [0, 0], [0, 0]]

    def test_one_spin_of_kane_mele_is_haldane(self):
        k = np.random.default_rng(1).uniform(-1, 1, (9, 3))
        one = kane_mele(1.0, 0.07, 0.0, 0.2, spin=1).hamiltonian(k)
        np.testing.assert_allclose(one, haldane(1.0, 0.07, np.pi / 2, 0.2).hamiltonian(k), atol=1e-15)

    def test_both_spins_are_the_two_blocks(self):
        k = np.random.default_rng(1).uniform(-1, 1, (9, 3))
        both = kane_mele(rashba=0.0).hamiltonian(k)
        np.testing.assert_allclose(both[:, :2, :2], kane_mele(rashba=0.0, spin=1).hamiltonian(k), atol=1e-15)
        np.testing.assert_allclose(both[:, 2:, 2:], kane_mele(rashba=0.0, spin=-1).hamiltonian(k), atol=1e-15)
        assert not np.any(both[:, :2, 2:])

    def test_gaps_of_kane_mele_at_the_valleys(self):
        crystal = kane_mele(spin_orbit=0.06, rashba=0.0, staggered=0.1, spin=1)
        energy = np.linalg.eigvalsh(
            crystal.hamiltonian([np.array(crystal.valleys[v]) @ crystal.reciprocal for v in ("K", "K'")])
        )
        expected = 2 * np.abs(0.1 + 3 * np.sqrt(3) * 0.06 * np.array([1, -1]))
        np.testing.assert_allclose(np.diff(energy)[:, 0], expected, rtol=1e-12)

    def test_time_reversal_with_rashba_coupling(self):
        """s_y H(k)* s_y = H(−k), and Kramers pairs at Γ and M only."""
        crystal = kane_mele()
        k = np.random.default_rng(2).uniform(-1, 1, (9, 3))
        flip = np.kron([[0, -1j], [1j, 0]], np.eye(2))
        np.testing.assert_allclose(
            flip @ crystal.hamiltonian(k).conj() @ flip, crystal.hamiltonian(-k), atol=1e-14
        )
        for point, split in (("G", False), ("M", False), ("K", True)):
            energy = np.linalg.eigvalsh(
                crystal.hamiltonian(np.array(crystal.special_points[point]) @ crystal.reciprocal)
            )[0]
            assert bool(energy[1] - energy[0] > 1e-3) is split

    def test_rashba_coupling_mixes_the_spins(self):
        with pytest.raises(InputError, match="rashba: 0"):
            kane_mele(spin=1)
        with pytest.raises(InputError, match="spin must be"):
            bernevig_hughes_zhang(spin=2)

    @pytest.mark.parametrize(
        ("ratio", "expected"), [(-1.0, 0), (1.0, -1), (3.0, -1), (5.0, 1), (7.0, 1), (9.0, 0)]
    )
    def test_bernevig_hughes_zhang_phases(self, ratio, expected):
        """M in units of B/a², which is negative; the other spin has the opposite C."""
        unit = -68.6 / 20.0**2
        assert integers(bernevig_hughes_zhang(mass=ratio * unit, spin=1), [0, 1]) == [expected, -expected]
        assert integers(bernevig_hughes_zhang(mass=ratio * unit, spin=-1), [0]) == [-expected]

    def test_masses_of_bernevig_hughes_zhang(self):
        crystal = bernevig_hughes_zhang(mass=-0.01)
        points = np.array(list(crystal.special_points.values())) @ crystal.reciprocal
        gap = np.diff(np.linalg.eigvalsh(crystal.hamiltonian(points)))[:, 0]
        np.testing.assert_allclose(gap, 2 * np.abs(-0.01 + np.array([0, 4, 8]) * 68.6 / 400), rtol=1e-12)

    def test_near_gamma_it_is_the_kp_model(self):
        """M − Bk² on the diagonal, A(s k_x, k_y) beside it, up to the fourth order in ka."""
        k = np.array([[1e-3, 2e-3, 0.0]])
        square = float(k[0] @ k[0])
        for spin in (1, -1):
            h = bernevig_hughes_zhang(spin=spin).hamiltonian(k)[0]
            assert h[0, 0].real == pytest.approx(-0.01 + (68.6 + 51.2) * square, abs=1e-6)
            assert h[1, 1].real == pytest.approx(0.01 + (-68.6 + 51.2) * square, abs=1e-6)
            assert h[0, 1] == pytest.approx(3.645 * (spin * 1e-3 - 2e-3j), abs=1e-5)


class TestFlux:
    @pytest.mark.parametrize("hopping", [1.0, -1.0])
    @pytest.mark.parametrize("flux", [0.4, np.pi / 4, 2.8, -1.0])
    def test_kagome(self, hopping, flux):
        lowest = int(np.sign(hopping) * np.sign(flux))
        assert integers(kagome(hopping, flux), [0, 1, 2]) == [lowest, 0, -lowest]

    def test_kagome_energies(self):
        """At Γ from the three-cycle; without flux one band is flat."""
        energy = np.linalg.eigvalsh(kagome(-1.0, 1.1).hamiltonian([[0.0, 0, 0]]))[0]
        expected = -4 * np.cos(1.1 / 3 + 2 * np.pi / 3 * np.arange(-1, 2))
        np.testing.assert_allclose(energy, np.sort(expected), atol=1e-13)
        k = np.random.default_rng(3).uniform(-1, 1, (20, 3)) * [1, 1, 0]
        np.testing.assert_allclose(
            np.linalg.eigvalsh(kagome(-1.0, 0.0).hamiltonian(k))[:, 2], 2.0, atol=1e-13
        )

    @pytest.mark.parametrize("chiral", [0.2, -0.3])
    def test_lieb(self, chiral):
        lowest = -int(np.sign(chiral))
        assert integers(lieb(1.0, chiral), [0, 1, 2]) == [lowest, 0, -lowest]
        k = np.random.default_rng(3).uniform(-1, 1, (20, 3)) * [1, 1, 0]
        c, s = np.cos(k[:, :2] * 2.0), np.sin(k[:, :2] * 2.0)
        top = np.sqrt(4 * (c**2).sum(1) + 16 * chiral**2 * s[:, 0] ** 2 * s[:, 1] ** 2)
        expected = np.stack([-top, 0 * top, top], axis=1)
        np.testing.assert_allclose(np.linalg.eigvalsh(lieb(1.0, chiral).hamiltonian(k)), expected, atol=1e-13)

    def test_time_reversal_sums_to_nothing(self):
        """Both spins of a dichalcogenide, both valleys of the bilayer, and the ferromagnet without a mass inversion."""
        assert chern_number(tmd(spin=0), [0, 1], 36) == pytest.approx(0.0, abs=1e-9)
        assert chern_number(bilayer_graphene(bias=0.6), [0, 1], 60) == pytest.approx(0.0, abs=1e-9)
        assert integers(rashba_ferromagnet(), [0, 1]) == [0, 0]


@pytest.mark.parametrize(
    ("crystal", "index", "grid"),
    [(haldane(t2=0.2, staggered=0.2), 0, 64), (qi_wu_zhang(m=1.2), 1, 48),
     (kane_mele(rashba=0.0, spin=-1, spin_orbit=0.15), 0, 64),
     (bernevig_hughes_zhang(mass=-0.15), 0, 64), (kagome(), 0, 48), (kagome(flux=1.5), 2, 48), (lieb(chiral=0.4), 2, 64),
     (tmd(), 0, 48), (rashba_ferromagnet(exchange=0.4), 0, 48)],
)  # fmt: skip
def test_chern_numbers_of_tables_and_plaquettes_agree(crystal, index, grid):
    """The mean of a smooth periodic function over a grid converges exponentially; a table errs by what it has measured."""
    source = band(crystal, index, source="table", grid=(grid, grid))
    steps = (np.arange(grid) + 0.37) / grid
    k = np.stack(np.meshgrid(steps, steps, [0.0], indexing="ij"), axis=-1).reshape(-1, 3) @ crystal.reciprocal
    omega = source.geometry(k).berry_curvature[:, 2]
    area = abs(np.linalg.det(crystal.reciprocal[:2, :2]))
    error = 4 * source.facts["table_error_curvature"] * np.abs(omega).max() * area / (2 * np.pi)
    (expected,) = integers(crystal, [index], 48)
    assert error < 0.1
    assert np.mean(omega) * area / (2 * np.pi) == pytest.approx(expected, abs=error + 1e-6)


def polarization(chain, index, mesh=60):
    """Zak phase over 2π of a band, with the sites where they are: i∮⟨u|∂u⟩ dk/2π modulo 1."""
    k = np.outer(np.arange(mesh) / mesh, chain.reciprocal[0])
    states = np.linalg.eigh(chain.hamiltonian(k))[1][:, :, index]
    closing = states[0] * np.exp(-2j * np.pi * chain.positions[:, 0])
    links = np.sum(states.conj() * np.concatenate([states[1:], closing[None]]), axis=1)
    return -np.angle(np.prod(links)) / (2 * np.pi)


class TestChains:
    @pytest.mark.parametrize(
        ("inside", "between", "expected"), [(0.8, 1.2, 0.5), (1.2, 0.8, 0.0), (0.8, -1.2, 0.5)]
    )
    def test_winding_of_ssh(self, inside, between, expected):
        """With both sites at the origin the phase is π times the winding number."""
        chain = ssh(inside, between)
        moved = LatticeHamiltonian.from_hoppings(
            chain.lattice[:1],
            list(zip(chain.cells.tolist(), chain.hoppings, strict=True)),
            positions=np.zeros((2, 1)),
        )
        for index in (0, 1):
            assert abs(polarization(moved, index)) % 1 == pytest.approx(expected, abs=1e-12)

    def test_spectrum_of_ssh(self):
        k = np.linspace(-1, 1, 9)[:, None] * [1, 0, 0]
        top = np.sqrt(0.8**2 + 1.2**2 + 2 * 0.8 * 1.2 * np.cos(4 * k[:, 0]))
        np.testing.assert_allclose(
            np.linalg.eigvalsh(ssh(0.8, 1.2).hamiltonian(k)), np.stack([-top, top], 1), atol=1e-14
        )

    def test_spectrum_of_rice_mele(self):
        k = np.linspace(-1, 1, 9)[:, None] * [1, 0, 0]
        top = np.sqrt(0.3**2 + 4 * np.cos(2 * k[:, 0]) ** 2 + 4 * 0.04 * np.sin(2 * k[:, 0]) ** 2)
        found = np.linalg.eigvalsh(rice_mele(1.0, 0.2, 0.3).hamiltonian(k))
        np.testing.assert_allclose(found, np.stack([-top, top], 1), atol=1e-14)

    @pytest.mark.parametrize(("centre", "expected"), [(0.0, 1), (0.9, 0)])
    def test_pump_of_rice_mele(self, centre, expected):
        """Around (δ, Δ) = 0 the polarisation of the lower band goes once through a cell, otherwise it comes back."""
        angles = np.linspace(0, 2 * np.pi, 41)
        path = [
            polarization(rice_mele(1.0, centre + 0.4 * np.cos(angle), 0.4 * np.sin(angle)), 0)
            for angle in angles
        ]
        steps = np.diff(path)
        pumped = np.sum(steps - np.round(steps))
        assert abs(pumped) == pytest.approx(expected, abs=1e-9)


class TestSemimetals:
    @pytest.mark.parametrize("tilt", [0.0, 0.6, -1.7])
    def test_tilted_weyl_points(self, tilt):
        """Places, charges, slopes and tilt follow from the formula; the charges sum to zero."""
        result = find_weyl_points(weyl_lattice(node=1.1, tilt=tilt), 0)
        assert result.complete
        assert [(one.chirality, round(float(one.wavevector[2]) * 4, 9)) for one in result.points] == [
            (1, 1.1),
            (-1, -1.1),
        ]
        assert [one.tilt for one in result.points] == pytest.approx([abs(tilt)] * 2, abs=1e-9)
        assert {one.type for one in result.points} == {"II" if abs(tilt) > 1 else "I"}

    def test_a_tilt_leaves_curvature_and_moment(self):
        k = np.random.default_rng(4).uniform(-1, 1, (9, 3))
        upright, tilted = (band_quantities(weyl_lattice(tilt=tilt), k) for tilt in (0.0, 1.5))
        np.testing.assert_allclose(tilted.berry_curvature, upright.berry_curvature, rtol=1e-9, atol=1e-10)
        np.testing.assert_allclose(tilted.orbital_moment, upright.orbital_moment, rtol=1e-9, atol=1e-14)

    def test_dirac_points_split_into_weyl_points_of_the_two_spins(self):
        crystal = dirac_semimetal(node=1.1, exchange=0.1)
        for lower, energy, sign in ((2, 0.1, 1), (0, -0.1, -1)):
            result = find_weyl_points(crystal, lower)
            places = {one.chirality: round(float(one.wavevector[2]) * 4, 9) for one in result.points}
            assert places == {sign: 1.1, -sign: -1.1}
            assert [one.energy for one in result.points] == pytest.approx([energy] * 2, abs=1e-12)
            for one in result.points:
                charge = sum(box_charge(crystal, index, one.wavevector, 0.1) for index in range(lower + 1))
                assert charge == pytest.approx(one.chirality, abs=1e-9)

    def test_dirac_semimetal_proper_is_twofold(self):
        k = np.random.default_rng(5).uniform(-1, 1, (9, 3))
        energy = np.linalg.eigvalsh(dirac_semimetal(node=1.1, exchange=0.0).hamiltonian(k))
        weyl = np.linalg.eigvalsh(weyl_lattice(node=1.1).hamiltonian(k))
        np.testing.assert_allclose(energy, weyl[:, [0, 0, 1, 1]], atol=1e-13)


def test_altermagnet_has_the_bands_of_its_docstring():
    k = np.random.default_rng(6).uniform(-1, 1, (9, 3)) * [1, 1, 0]
    x, y = 4.5 * k.T[:2]
    size = [
        np.sqrt((4 * 0.3 * np.cos(x / 2) * np.cos(y / 2)) ** 2 + (0.2 * np.sin(x) * np.sin(y) + s * 0.6) ** 2)
        for s in (1, -1)
    ]
    energy = np.linalg.eigvalsh(altermagnet(0.3, 0.2, 0.6).hamiltonian(k))
    np.testing.assert_allclose(energy, np.sort([*size, *(-each for each in size)], axis=0).T, atol=1e-13)


def hopf_number(crystal, mesh=32):
    """(1/4π²)∫A·Ω d³k of the lower band with ∇×A = Ω and ∇·A = 0, solved by Fourier series; lattice constant 1."""
    steps = np.arange(mesh) / mesh
    k = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3) @ crystal.reciprocal
    omega = band_quantities(crystal, k).berry_curvature[:, 0].reshape(mesh, mesh, mesh, 3)
    series = np.fft.fftn(omega, axes=(0, 1, 2))
    shifts = np.fft.fftfreq(mesh, 1 / mesh)
    r = np.stack(np.meshgrid(shifts, shifts, shifts, indexing="ij"), axis=-1)
    square = np.maximum((r**2).sum(-1, keepdims=True), 1.0)
    potential = np.fft.ifftn(1j * np.cross(r, series) / square, axes=(0, 1, 2)).real
    return np.sum(potential * omega) * (2 * np.pi / mesh) ** 3 / (4 * np.pi**2)


class TestHopf:
    def test_hamiltonian_is_the_one_of_the_docstring(self):
        k = np.random.default_rng(6).uniform(-1, 1, (9, 3))
        x, y, z = (4 * k).T
        up, down = np.sin(x) + 1j * np.sin(y), np.sin(z) + 1j * (np.cos(x) + np.cos(y) + np.cos(z) - 1.3)
        cross = 2 * up.conj() * down
        v = np.stack([cross.real, cross.imag, np.abs(up) ** 2 - np.abs(down) ** 2], axis=1)
        sigma = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
        np.testing.assert_allclose(
            hopf_insulator(0.7, -1.3).hamiltonian(k), 0.7 * np.tensordot(v, sigma, 1), atol=1e-14
        )

    def test_no_plane_has_a_chern_number(self):
        crystal = hopf_insulator()
        for axes in ((0, 1), (1, 2), (2, 0)):
            assert chern_number(crystal, [0], 24, axes=axes, at=0.13) == pytest.approx(0.0, abs=1e-9)

    @pytest.mark.parametrize(("offset", "expected"), [(-2.0, -1), (2.0, -1), (0.0, 2), (4.0, 0)])
    def test_hopf_number(self, offset, expected):
        """Converges exponentially with the mesh."""
        assert hopf_number(hopf_insulator(1.0, offset, lattice_constant=1.0)) == pytest.approx(
            expected, abs=1e-8
        )
