"""Wilson loops: centres of Wannier functions, Chern numbers that they wind by, Z₂ invariants."""

import itertools

import numpy as np
import pytest

from wavepacket.bands.chern import chern_number
from wavepacket.bands.wilson import wannier_centres, wilson_loop, z2_invariant, z2_invariants
from wavepacket.errors import InputError
from wavepacket.hamiltonians import LatticeHamiltonian, fu_kane_mele, haldane, kane_mele, ssh


@pytest.mark.parametrize(("inside", "between", "centre"), [(1.0, 0.5, 0.25), (0.5, 1.0, 0.75)])
def test_a_chain_of_dimers_has_its_centre_on_the_stronger_bond(inside, between, centre):
    crystal = ssh(inside=inside, between=between)
    places = crystal.positions[:, 0]
    found = wannier_centres(crystal, (0, 0), [[0.0], [0.3]])[:, 0]
    middle = places.mean() if inside > between else np.mod(places.mean() + 0.5, 1.0)
    assert found == pytest.approx([middle, middle], abs=1e-9)


def test_centres_wind_by_the_chern_number():
    crystal = haldane()
    way = np.column_stack([np.zeros(41), np.linspace(0, 1, 41)])
    centres = wannier_centres(crystal, (0, 0), way)[:, 0]
    steps = np.mod(np.diff(centres) + 0.5, 1.0) - 0.5
    # 2πC = ∫(∂_xA_y − ∂_yA_x): along x the centre falls by C as k_y passes through the zone.
    assert np.linalg.det(crystal.lattice) > 0
    assert steps.sum() == pytest.approx(-chern_number(crystal, 0), abs=1e-9)


@pytest.mark.parametrize(
    ("rashba", "staggered", "expected"), [(0.0, 0.1, 1), (0.05, 0.1, 1), (0.05, 0.45, 0), (0.0, 0.4, 0)]
)
def test_z2_of_kane_and_mele(rashba, staggered, expected):
    """λ = 0.06 eV: the invariant is 1 where λ_v < 3√3 λ = 0.312 eV, less with Rashba's coupling."""
    crystal = kane_mele(rashba=rashba, staggered=staggered)
    assert z2_invariant(crystal, (0, 1)) == expected


def dirac_insulator(mass):
    """Pairs of a cubic insulator: sin k·α + (m + 3 − Σ cos k) β, β even and α odd under inversion."""
    sigma = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
    beta = np.kron(np.diag([1.0, -1.0]), np.eye(2))
    cells = {tuple(np.eye(3, dtype=int)[a]): (np.kron(sigma[0], sigma[a]) / 1j - beta) / 2 for a in range(3)}
    return LatticeHamiltonian.from_hoppings(
        np.eye(3), {(0, 0, 0): (mass + 3) * beta, **cells}, positions=np.zeros((4, 3))
    )


@pytest.mark.parametrize(("mass", "expected"), [(-1.0, (1, 0)), (-3.0, (1, 1)), (1.0, (0, 0))])
def test_planes_of_an_insulator_in_three_dimensions(mass, expected):
    """Parities of inversion: products over the invariant momenta of each plane, (−1)^ν = Π sign(m + 3 − Σ cos k)."""
    crystal = dirac_insulator(mass)
    for plane, wanted in zip((0.0, 0.5), expected, strict=True):
        signs = [
            np.sign(mass + 3 - np.cos(2 * np.pi * np.array([x, y, plane])).sum())
            for x in (0, 0.5)
            for y in (0, 0.5)
        ]
        assert (1 - np.prod(signs)) / 2 == wanted
        assert z2_invariant(crystal, (0, 1), at=(0, 0, plane)) == wanted


@pytest.mark.parametrize(
    ("dimerization", "expected"),
    [(0.4, (1, 1, 1, 1)), pytest.param(-0.4, (0, 1, 1, 1), marks=pytest.mark.full)],
)
def test_z2_of_fu_kane_and_mele(dimerization, expected):
    """Parities of the filled pair at the eight invariant momenta, about the middle of the bond in the cell."""
    crystal, exchange = fu_kane_mele(dimerization=dimerization), np.kron(np.eye(2), [[0, 1], [1, 0]])
    parity = {}
    for place in itertools.product((0, 0.5), repeat=3):
        k = np.array(place) @ crystal.reciprocal
        turn = np.exp(
            1j * crystal.sites @ k
        )  # to the gauge without positions, in which inversion is the same at all k
        ahead, behind = (
            phase[:, None] * crystal.hamiltonian([at])[0] * phase.conj()
            for phase, at in ((turn, k), (turn.conj(), -k))
        )
        assert np.abs(exchange @ ahead @ exchange - behind).max() < 1e-12
        energy, states = np.linalg.eigh(ahead)
        strength = 1.0 + dimerization + np.where(place, -1.0, 1.0).sum()
        assert energy == pytest.approx(abs(strength) * np.array([-1, -1, 1, 1]), abs=1e-12)
        parity[place] = np.trace(states[:, :2].conj().T @ exchange @ states[:, :2]).real / 2
    found = [np.prod([each for place, each in parity.items() if axis is None or place[axis]])
             for axis in (None, 0, 1, 2)]  # fmt: skip
    assert [(1 - each) / 2 for each in found] == pytest.approx(list(expected))
    assert z2_invariants(crystal, (0, 1)) == expected


def test_a_small_loop_encloses_the_flux_of_the_curvature():
    from wavepacket.bands import band

    crystal, size = haldane(), 0.01
    centre = np.array([0.4, 0.3, 0.0])
    angle = 2 * np.pi * np.arange(60) / 60
    loop = centre + size * np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)
    flux = (
        band(crystal, 0).geometry(centre).berry_curvature[0, 2] * 0.5 * 60 * np.sin(2 * np.pi / 60) * size**2
    )
    assert np.angle(wilson_loop(crystal, (0, 0), loop)[0, 0]) == pytest.approx(flux, rel=1e-3)


def test_groups_that_have_none_are_refused():
    with pytest.raises(InputError, match="even number"):
        z2_invariant(kane_mele(), (0, 0))
    for plane in ((0, 0), (0, 2)):
        with pytest.raises(InputError, match="two of the 2 reciprocal vectors"):
            z2_invariant(kane_mele(), (0, 1), plane=plane)
    with pytest.raises(InputError, match="touch"):
        wannier_centres(kane_mele(), (0, 0), [[0.0, 0.0]])
    with pytest.raises(InputError, match="time reversal"):
        z2_invariant(LatticeHamiltonian.from_hoppings(
            np.eye(2), {(0, 0): np.diag([0.0, 1, 2, 3]), (1, 0): np.full((4, 4), 0.1), (0, 1): np.full((4, 4), 0.15j)},
            positions=np.array([[0, 0], [0.1, 0.3], [0.4, 0.2], [0.3, 0.7]]),
        ), (0, 1))  # fmt: skip
