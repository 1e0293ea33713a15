"""Models of materials against their articles: formulas written out again, band edges, symmetry, Ω and m of valleys."""

import numpy as np
import pytest

from tests.reference.kubo import band_quantities
from wavepacket.bands import effective_mass, find_valleys
from wavepacket.errors import InputError
from wavepacket.hamiltonians import bilayer_graphene, gapped_graphene, rashba_ferromagnet, tmd, zincblende
from wavepacket.hamiltonians.library.tmd import LATTICE_CONSTANTS, PARAMETERS, SPIN_ORBIT
from wavepacket.hamiltonians.library.zincblende import PARAMETERS as ZINCBLENDE
from wavepacket.units import E_OVER_HBAR, ELECTRON_MASS, HBAR

pytestmark = pytest.mark.physics
EVERY = [(functional, material) for functional in PARAMETERS for material in SPIN_ORBIT]


def point(crystal, name):
    return np.array((crystal.special_points | crystal.valleys)[name]) @ crystal.reciprocal


def energies(crystal, name):
    return np.linalg.eigvalsh(crystal.hamiltonian(point(crystal, name)))[0]


def dichalcogenide(p, constant, k):
    """H of the article in its own form: products of sines and cosines of α = k_xa/2 and β = √3 k_ya/2."""
    a, b, root = k[:, 0] * constant / 2, np.sqrt(3) * k[:, 1] * constant / 2, np.sqrt(3)
    s, c = (lambda n: np.sin(n * a)), (lambda n: np.cos(n * a))
    sb, cb = (lambda n: np.sin(n * b)), (lambda n: np.cos(n * b))
    plus, minus = p["r1"] + p["r2"], p["r1"] - p["r2"]
    h = np.zeros((len(k), 3, 3), dtype=complex)
    h[:, 0, 0] = (
        p["e1"] + 2 * p["t0"] * (2 * c(1) * cb(1) + c(2)) + 2 * p["r0"] * (2 * c(3) * cb(1) + cb(2))
        + 2 * p["u0"] * (2 * c(2) * cb(2) + c(4))
    )  # fmt: skip
    h[:, 0, 1] = (
        -2 * root * p["t2"] * s(1) * sb(1) + 2 * plus * s(3) * sb(1) - 2 * root * p["u2"] * s(2) * sb(2)
        + 1j * (2 * p["t1"] * s(1) * (2 * c(1) + cb(1)) + 2 * minus * s(3) * cb(1) + 2 * p["u1"] * s(2) * (2 * c(2) + cb(2)))
    )  # fmt: skip
    h[:, 0, 2] = (
        2 * p["t2"] * (c(2) - c(1) * cb(1)) - 2 / root * plus * (c(3) * cb(1) - cb(2))
        + 2 * p["u2"] * (c(4) - c(2) * cb(2))
        + 1j * (2 * root * p["t1"] * c(1) * sb(1) + 2 / root * minus * sb(1) * (c(3) + 2 * cb(1))
                + 2 * root * p["u1"] * c(2) * sb(2))
    )  # fmt: skip
    h[:, 1, 1] = (
        p["e2"] + (p["t11"] + 3 * p["t22"]) * c(1) * cb(1) + 2 * p["t11"] * c(2) + 4 * p["r11"] * c(3) * cb(1)
        + 2 * (p["r11"] + root * p["r12"]) * cb(2) + (p["u11"] + 3 * p["u22"]) * c(2) * cb(2) + 2 * p["u11"] * c(4)
    )  # fmt: skip
    h[:, 1, 2] = (
        root * (p["t22"] - p["t11"]) * s(1) * sb(1) + 4 * p["r12"] * s(3) * sb(1)
        + root * (p["u22"] - p["u11"]) * s(2) * sb(2)
        + 4j * (p["t12"] * s(1) * (c(1) - cb(1)) + p["u12"] * s(2) * (c(2) - cb(2)))
    )  # fmt: skip
    h[:, 2, 2] = (
        p["e2"] + (3 * p["t11"] + p["t22"]) * c(1) * cb(1) + 2 * p["t22"] * c(2)
        + 2 * p["r11"] * (2 * c(3) * cb(1) + cb(2)) + 2 / root * p["r12"] * (4 * c(3) * cb(1) - cb(2))
        + (3 * p["u11"] + p["u22"]) * c(2) * cb(2) + 2 * p["u22"] * c(4)
    )  # fmt: skip
    lower = np.tril_indices(3, -1)
    h[:, lower[0], lower[1]] = h[:, lower[1], lower[0]].conj()
    return h


class TestDichalcogenides:
    @pytest.mark.parametrize(("functional", "material"), EVERY)
    def test_hamiltonian_is_the_one_of_the_article(self, functional, material):
        """Built from one bond of each shell and C₃; compared with the closed formulas, spin-orbit coupling on top."""
        k = np.random.default_rng(1).uniform(-2, 2, (20, 3)) * [1, 1, 0]
        p = PARAMETERS[functional][material]
        expected = dichalcogenide(p, LATTICE_CONSTANTS[functional][material], k)
        np.testing.assert_allclose(
            tmd(material, functional, spin_orbit=0.0).hamiltonian(k), expected, atol=1e-13
        )
        coupling = np.zeros((3, 3), dtype=complex)
        coupling[1, 2], coupling[2, 1] = 1j * SPIN_ORBIT[material], -1j * SPIN_ORBIT[material]
        for spin in (1, -1):
            found = tmd(material, functional, spin).hamiltonian(k)
            np.testing.assert_allclose(found, expected + spin * coupling, atol=1e-13)

    @pytest.mark.parametrize(
        ("material", "gap"),
        [
            ("MoS2", 1.663),
            ("WS2", 1.814),
            ("MoSe2", 1.433),
            ("WSe2", 1.541),
            ("MoTe2", 1.072),
            ("WTe2", 1.067),
        ],
    )
    def test_direct_gap_at_k(self, material, gap):
        """The first-principles gaps that the model was fitted to (GGA, no spin-orbit coupling): 8 meV missed at most."""
        energy = energies(tmd(material, spin_orbit=0.0), "K")
        assert energy[1] - energy[0] == pytest.approx(gap, abs=0.01)

    @pytest.mark.parametrize(("functional", "material"), EVERY)
    def test_levels_at_k_in_closed_form(self, functional, material):
        p, coupling = PARAMETERS[functional][material], SPIN_ORBIT[material]
        single = p["e1"] - 3 * p["t0"] + 6 * p["r0"] - 3 * p["u0"]
        middle = (
            p["e2"] - 1.5 * (p["t11"] + p["t22"] + p["u11"] + p["u22"]) + 6 * p["r11"] + 2 * 3**0.5 * p["r12"]
        )
        half = 3 * np.sqrt(3) * (p["t12"] - p["u12"])
        for spin in (1, -1):
            expected = np.sort([single, middle - half + spin * coupling, middle + half - spin * coupling])
            np.testing.assert_allclose(energies(tmd(material, functional, spin), "K"), expected, atol=1e-13)

    @pytest.mark.parametrize("material", SPIN_ORBIT)
    def test_valence_band_is_split_by_twice_lambda_at_k_and_not_at_gamma(self, material):
        both = tmd(material, spin=0)
        for valley in ("K", "K'"):
            energy = energies(both, valley)
            assert energy[1] - energy[0] == pytest.approx(2 * SPIN_ORBIT[material], rel=1e-12)
        assert np.diff(energies(both, "G"))[0] == pytest.approx(0.0, abs=1e-12)
        assert energies(tmd(material, spin=1), "K")[0] > energies(tmd(material, spin=-1), "K")[0]

    @pytest.mark.parametrize("material", SPIN_ORBIT)
    def test_time_reversal_turns_curvature_and_moment(self, material):
        """Spin ↑ at k against spin ↓ at −k; Ω and m of the two valleys are opposite and do not vanish."""
        up, down = tmd(material, spin=1), tmd(material, spin=-1)
        k = point(up, "K") + np.array([[0.0, 0.0, 0.0], [0.1, 0.05, 0.0]])
        here, there = band_quantities(up, k), band_quantities(down, -k)
        np.testing.assert_allclose(there.energy, here.energy, atol=1e-13)
        np.testing.assert_allclose(there.berry_curvature, -here.berry_curvature, atol=1e-11)
        np.testing.assert_allclose(there.orbital_moment, -here.orbital_moment, atol=1e-15)
        assert here.berry_curvature[0, 0, 2] > 10.0
        assert here.berry_curvature[0, 1, 2] < -10.0

    def test_curvature_at_k_is_a_sum_of_circular_transitions(self):
        """C₃ makes each transition at K circular, right or left: Ω of the valence band is 2v₀₁²/gap² less 2v₀₂²/(ε₂−ε₀)²."""
        crystal = tmd(spin_orbit=0.0)
        k = point(crystal, "K")
        energy, states = np.linalg.eigh(crystal.hamiltonian(k)[0])
        slope = np.abs(states.conj().T @ crystal.hamiltonian_gradient(k)[0, 0] @ states) ** 2
        near, far = 2 * slope[0, 1:] / (energy[1:] - energy[0]) ** 2
        omega = band_quantities(crystal, k[None]).berry_curvature[0, 0, 2]
        assert omega == pytest.approx(near - far, rel=1e-9)
        assert near > 5 * far

    def test_valleys(self):
        """Valence band of spin ↑ highest at K; conduction band with K, K' and the Q points between Γ and K."""
        valence, conduction = (find_valleys(tmd("MoS2"), index) for index in (0, 1))
        assert [valley.name for valley in valence] == ["K", "G", "K'"]
        assert [valley.name for valley in conduction] == ["K", "K'", "V1", "V2", "V3", "V4", "V5", "V6"]
        assert {valley.extremum.kind for valley in valence} == {"maximum"}
        assert {valley.extremum.kind for valley in conduction} == {"minimum"}

    def test_refusals(self):
        with pytest.raises(InputError, match="known: MoS2"):
            tmd("MoO2")
        with pytest.raises(InputError, match="GGA or LDA"):
            tmd(functional="PBE")


def zincblende_matrix(p, k):
    """10 × 10 H of the article with its functions g₀ … g₃; k in units of 2π/a."""
    bonds = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) / 4
    phases = np.exp(2j * np.pi * bonds @ k)
    g = np.array([[1, 1, 1, 1], [1, 1, -1, -1], [1, -1, 1, -1], [1, -1, -1, 1]]) @ phases / 4
    block = np.zeros((5, 5), dtype=complex)
    block[0, 0] = p["Vss"] * g[0]
    block[0, 1:4], block[1:4, 0] = p["Vsapc"] * g[1:], -p["Vscpa"] * g[1:]
    block[4, 1:4], block[1:4, 4] = p["Vtapc"] * g[1:], -p["Vpatc"] * g[1:]
    block[1:4, 1:4] = [
        [p["Vxx"] * g[0], p["Vxy"] * g[3], p["Vxy"] * g[2]],
        [p["Vxy"] * g[3], p["Vxx"] * g[0], p["Vxy"] * g[1]],
        [p["Vxy"] * g[2], p["Vxy"] * g[1], p["Vxx"] * g[0]],
    ]
    sites = [np.diag([p[f"Es{ion}"], *[p[f"Ep{ion}"]] * 3, p[f"Et{ion}"]]) for ion in "ac"]
    return np.block([[sites[0], block], [block.conj().T, sites[1]]])


class TestZincblende:
    @pytest.mark.parametrize("material", ZINCBLENDE)
    def test_hamiltonian_is_the_one_of_the_article(self, material):
        crystal = zincblende(material)
        constant = crystal.parameters["lattice_constant"]
        for k in np.random.default_rng(2).uniform(-1, 1, (5, 3)):
            expected = zincblende_matrix(ZINCBLENDE[material], k)
            np.testing.assert_allclose(crystal.hamiltonian(2 * np.pi / constant * k)[0], expected, atol=1e-12)

    @pytest.mark.parametrize("material", ZINCBLENDE)
    def test_valence_bands_end_at_zero(self, material):
        """The parameters put the threefold top at the zero of energy: a wrong digit in E_p or V_xx would show."""
        p, energy = ZINCBLENDE[material], energies(zincblende(material), "G")
        top = (p["Epa"] + p["Epc"]) / 2 - np.hypot((p["Epa"] - p["Epc"]) / 2, p["Vxx"])
        assert top == pytest.approx(0.0, abs=2e-4)
        assert np.sort(np.abs(energy - top))[:3] == pytest.approx([0.0] * 3, abs=1e-12)
        bottom = (p["Esa"] + p["Esc"]) / 2 - np.hypot((p["Esa"] - p["Esc"]) / 2, p["Vss"])
        assert energy[0] == pytest.approx(bottom, abs=1e-12)

    @pytest.mark.parametrize(
        ("material", "gamma"),
        [("GaAs", 1.55), ("InP", 1.41), ("InAs", 0.43), ("InSb", 0.23), ("GaSb", 0.78), ("Ge", 0.90)],
    )
    def test_direct_gaps(self, material, gamma):
        """Γ₁ − Γ₁₅ that the parameters were made for, to the digits printed."""
        energy = energies(zincblende(material), "G")
        assert energy[4] - energy[3] == pytest.approx(gamma, abs=0.005)

    def test_silicon_has_six_valleys_on_the_way_to_x(self):
        """Indirect gap of 1.17 eV at ¾ of Γ–X, six times; each valley has one heavy and two equal light masses."""
        crystal = zincblende("Si")
        valleys = find_valleys(crystal, 4)
        assert len(valleys) == 6
        assert [v.extremum.energy for v in valleys] == pytest.approx([1.17] * 6, abs=0.005)
        edge = 2 * np.pi / 5.431
        for v in valleys:
            k = np.sort(np.abs(v.extremum.wavevector)) / edge
            assert k[:2] == pytest.approx([0.0, 0.0], abs=1e-7)
            assert 0.7 < k[2] < 0.8
            masses = np.sort(v.extremum.mass.principal)
            near = np.abs(np.diff(masses))
            assert near.min() < 1e-6 * masses.max()

    def test_germanium_has_four_and_gallium_arsenide_one(self):
        assert [v.name for v in find_valleys(zincblende("Ge"), 4)][:4] == ["L", "L_2", "L_3", "L_4"]
        names = [v.name for v in find_valleys(zincblende("GaAs"), 4)]
        assert names[:5] == ["G", "L", "L_2", "L_3", "L_4"]
        assert find_valleys(zincblende("GaAs"), 3)[0].name == "G"

    def test_degenerate_top_has_no_mass_tensor(self):
        crystal = zincblende("GaAs")
        assert effective_mass(crystal, 3, np.zeros(3)).degeneracy == 3
        assert np.isnan(effective_mass(crystal, 3, np.zeros(3)).inverse).all()
        assert effective_mass(crystal, 4, np.zeros(3)).principal == pytest.approx([0.1] * 3, rel=0.5)

    def test_curvature_is_odd_and_vanishes_with_inversion(self):
        k = np.random.default_rng(3).uniform(-0.4, 0.4, (6, 3))
        here, there = (band_quantities(zincblende("GaAs"), s * k).berry_curvature[:, 4] for s in (1, -1))
        np.testing.assert_allclose(there, -here, atol=1e-9 * np.abs(here).max())
        assert np.abs(here).max() > 1e-3
        assert np.abs(band_quantities(zincblende("Si"), k).berry_curvature[:, 4]).max() < 1e-9


class TestBilayer:
    @pytest.mark.parametrize("bias", [0.0, 0.1, -0.3])
    def test_levels_at_the_valleys(self, bias):
        expected = np.sort([bias / 2, -bias / 2, np.hypot(0.381, bias / 2), -np.hypot(0.381, bias / 2)])
        for valley in ("K", "K'"):
            np.testing.assert_allclose(energies(bilayer_graphene(bias=bias), valley), expected, atol=1e-13)

    def test_without_coupling_it_is_two_layers(self):
        k = np.random.default_rng(4).uniform(-1, 1, (9, 3)) * [1, 1, 0]
        found = np.linalg.eigvalsh(bilayer_graphene(dimer=0.0, skew=0.0, cross=0.0, bias=0.0).hamiltonian(k))
        layer = np.linalg.eigvalsh(gapped_graphene(hopping=3.16, gap=0.0).hamiltonian(k))
        np.testing.assert_allclose(found, layer[:, [0, 0, 1, 1]], atol=1e-13)

    def test_in_plane_curvature_is_the_slope_of_the_mean_height(self):
        """A shift of k_z only turns phases: A_z = ⟨z⟩, so Ω_x = ∂⟨z⟩/∂k_y and Ω_y = −∂⟨z⟩/∂k_x."""
        crystal, h = bilayer_graphene(bias=0.3), 1e-5
        k = point(crystal, "K") + np.random.default_rng(5).uniform(-0.1, 0.1, (6, 3)) * [1, 1, 0]

        def height(k):
            states = np.linalg.eigh(crystal.hamiltonian(k))[1]
            return np.einsum("nio,i->no", np.abs(states) ** 2, crystal.sites[:, 2])

        slopes = [(height(k + h * axis) - height(k - h * axis)) / (2 * h) for axis in np.eye(3)[:2]]
        omega = band_quantities(crystal, k).berry_curvature
        scale = 1e-8 * np.abs(omega).max()
        np.testing.assert_allclose(omega[:, :, 0], slopes[1], atol=10 * scale + 1e-4, rtol=1e-6)
        np.testing.assert_allclose(omega[:, :, 1], -slopes[0], atol=10 * scale + 1e-4, rtol=1e-6)
        assert np.abs(omega[:, :, :2]).max() > 1.0

    def test_each_valley_carries_one_flux_quantum(self):
        """Two bands below the gap, no trigonal warping, small bias: ±1 within 0.2/Å of K, opposite at K'."""
        crystal = bilayer_graphene(skew=0.0, cross=0.0, bias=0.02)
        radii = 0.2 * np.linspace(0, 1, 401) ** 2
        angles = np.arange(24) * 2 * np.pi / 24
        ring = np.stack([np.cos(angles), np.sin(angles), 0 * angles], axis=1)
        flux = {}
        for valley in ("K", "K'"):
            k = point(crystal, valley) + (radii[:, None, None] * ring).reshape(-1, 3)
            omega = band_quantities(crystal, k).berry_curvature[:, :2, 2].sum(1).reshape(401, 24).mean(1)
            flux[valley] = np.trapezoid(omega * radii, radii)
        assert abs(flux["K"]) == pytest.approx(1.0, abs=0.03)
        assert flux["K'"] == pytest.approx(-flux["K"], rel=1e-6)


class TestRashbaFerromagnet:
    def test_curvature_and_moment_in_closed_form(self):
        mass, alpha, exchange, a = 0.3, 1.2, -0.15, 5.0
        crystal = rashba_ferromagnet(mass, alpha, exchange, a)
        k = np.random.default_rng(6).uniform(-0.6, 0.6, (20, 3)) * [1, 1, 0]
        x, y = k[:, 0] * a, k[:, 1] * a
        d = np.sqrt(exchange**2 + (alpha / a) ** 2 * (np.sin(x) ** 2 + np.sin(y) ** 2))
        middle = HBAR**2 / (mass * ELECTRON_MASS * a**2) * (2 - np.cos(x) - np.cos(y))
        found = band_quantities(crystal, k)
        np.testing.assert_allclose(found.energy, np.stack([middle - d, middle + d], 1), atol=1e-13)
        top = alpha**2 * exchange * np.cos(x) * np.cos(y)
        np.testing.assert_allclose(
            found.berry_curvature[:, :, 2],
            np.stack([top, -top], 1) / (2 * d**3)[:, None],
            rtol=1e-9,
            atol=1e-9,
        )
        moment = -E_OVER_HBAR * top / (2 * d**2)
        np.testing.assert_allclose(
            found.orbital_moment[:, :, 2], np.stack([moment] * 2, 1), rtol=1e-9, atol=1e-13
        )
