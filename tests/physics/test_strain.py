"""Strain of graphene against hoppings in deformed lattices, Hamilton's equations, and Dirac electrons in a pseudo-field."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from tests.cases import problem, run
from wavepacket.hamiltonians import gapped_graphene
from wavepacket.hamiltonians.texture import strain_terms
from wavepacket.units import HBAR

A, T, BETA, HEIGHT, WIDTH = 2.46, 2.82, 3.0, 20.0, 100.0
D = A / np.sqrt(3)
BONDS = D * np.array([[0, 1], [np.sqrt(3) / 2, -0.5], [-np.sqrt(3) / 2, -0.5]])
K = np.array([4 * np.pi / (3 * A), 0.0])


def test_terms_are_the_slopes_of_hoppings_in_a_strained_lattice():
    """t falls as a power -β of the distance; in the phase bonds stay as they were. At K: (3/4)βt|u_xx - u_yy ± 2i u_xy|."""
    terms = strain_terms(gapped_graphene(hopping=T, gap=0.2, lattice_constant=A), BETA)
    k, h = np.array([[0.3, -0.2, 0.0], [*K, 0.0]]), 1e-4

    def hopping(strain, wavevector):
        lengths = np.linalg.norm(BONDS + BONDS @ strain, axis=1)
        return np.sum(T * (lengths / D) ** -BETA * np.exp(1j * BONDS @ wavevector[:2]))

    for term, (i, j) in zip(terms, ((0, 0), (1, 1), (0, 1)), strict=True):
        strain = np.zeros((2, 2))
        strain[i, j] = strain[j, i] = h
        found = term.hamiltonian(k)
        for matrix, wavevector in zip(found, k, strict=True):
            slope = (hopping(strain, wavevector) - hopping(-strain, wavevector)) / (2 * h)
            assert abs(abs(matrix[0, 1]) - abs(slope)) < 1e-6
            assert abs(matrix[0, 0]) < 1e-14
        assert abs(found[1][0, 1]) == pytest.approx(0.75 * BETA * T * (2 if i != j else 1), rel=1e-12)


def strained(r):
    """Energies of bonds at places in a lattice that is strained evenly."""
    h = HEIGHT * np.exp(-(r @ r) / (2 * WIDTH**2))
    slope = -r / WIDTH**2 * h
    return T * (1 - BETA * 0.5 * (BONDS @ slope) ** 2 / D**2)


def hamilton(r, k, end):
    """The end of a path by Hamilton's equations of |Σ t_n(r) exp(ik·d_n)|, with slopes by differences of fourth order."""

    def energy(r, k):
        return abs(np.sum(strained(r) * np.exp(1j * BONDS @ k)))

    def slope(function, at, h):
        return np.array(
            [
                (8 * (function(at + e) - function(at - e)) - function(at + 2 * e) + function(at - 2 * e))
                / (12 * h)
                for e in h * np.eye(2)
            ]
        )

    def rates(_, s):
        velocity = slope(lambda k: energy(s[:2], k), s[2:], 1e-4)
        force = -slope(lambda r: energy(r, s[2:]), s[:2], 1e-2)
        return np.concatenate([velocity, force]) / HBAR

    return solve_ivp(rates, (0, end), np.concatenate([r, k]), rtol=1e-9, atol=1e-9).y[:2, -1]


def dirac(r, q, valley, end):
    """The end of a path of Dirac electrons in ±B_ps = (ħ/e)(β/d)(3x²y - y³)(h/w³)²/2, their charge -e."""

    def rates(_, s):
        x, y = s[:2]
        h = HEIGHT * np.exp(-(x * x + y * y) / (2 * WIDTH**2))
        b = valley * BETA / D * (3 * x * x * y - y**3) * (h / WIDTH**3) ** 2 / 2
        v = np.sqrt(3) / 2 * A * T / HBAR * s[2:] / np.hypot(*s[2:])
        return np.concatenate([v, [v[1] * b, -v[0] * b]])

    return solve_ivp(rates, (0, end), np.concatenate([r, q]), rtol=1e-9, atol=1e-9).y[:2, -1]


def test_a_bump_sends_valleys_apart():
    """Without a gap no band has Berry curvature, and Hamilton's equations hold; B_ps keeps the first order in u and q."""
    start, q = np.array([-250.0, 60.0]), np.array([0.04, 0.0])
    texture = {"term": {"gruneisen": BETA}, "profile": {"kind": "bump", "height": HEIGHT, "width": WIDTH}}
    model = {"name": "gapped_graphene", "hopping": T, "gap": 0.0, "textures": [texture]}
    made = problem(
        model,
        band=1,
        end=60.0,
        saves=2,
        ensemble={"kind": "packets", "wavevectors": [K + q, -K + q], "positions": [start, start]},
    )
    found = run(made).position[:, -1, :2]
    for valley, end in zip((1, -1), found, strict=True):
        np.testing.assert_allclose(end, hamilton(start, valley * K + q, 60.0), rtol=0, atol=1e-4)
        linear = dirac(start, q, valley, 60.0)
        # Corrections are of the order of qa ~ 0.1, here of 7 %.
        assert end[1] - 60 == pytest.approx(linear[1] - 60, rel=0.1)
        assert valley * (end[1] - 60) < -80
