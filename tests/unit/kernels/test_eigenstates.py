"""Eigenstates of eight matrices side by side: against LAPACK, near degeneracies, and bit for bit alone or in company.

Bounds: a backward stable method finds the exact answer for a matrix that differs by a small multiple of n ε ‖H‖. Energies
are off by as much, vectors by that over the distance to the next level, and (H - ε)⁺ v by that over its square.
"""

import hashlib

import numba
import numpy as np
import pytest
from numba.core import config

from tests.reference.random_crystal import random_crystal
from tests.unit.kernels.cpu_models import digests
from wavepacket.bands import direct
from wavepacket.kernels.bands import reflections, tridiagonal
from wavepacket.kernels.bands.reflections import PAIR
from wavepacket.kernels.simd import WIDTH, every, load, store

compiled = pytest.mark.skipif(bool(config.DISABLE_JIT), reason="compilation is switched off")
EPSILON = np.finfo(float).eps


@numba.njit
def one_state(
    n, band, matrix, beta, phase, diagonal, coupling, work, interval, levels, factors, vector, u, x
):
    """State of the band in u; x becomes (H - ε)⁺ x, times half the width of the interval."""
    reflections.tridiagonalise(n, matrix, beta, phase, diagonal, coupling, work)
    tridiagonal.normalise(n, diagonal, coupling, interval)
    tridiagonal.three_levels(n, band, diagonal, coupling, levels)
    level = load(levels, WIDTH)
    meet = tridiagonal.eigenvector(n, level, diagonal, coupling, factors[0], factors[1], vector)
    tridiagonal.factorise(n, level, meet, diagonal, coupling, factors)
    for i in range(n):
        store(u, PAIR * i, load(vector, WIDTH * i))
        store(u, PAIR * i + WIDTH, every(0.0))
    reflections.to_orbitals(n, matrix, beta, phase, u, 0)
    reflections.from_orbitals(n, matrix, beta, phase, x, 0)
    tridiagonal.solve(n, factors, vector, x, 0)
    reflections.to_orbitals(n, matrix, beta, phase, x, 0)


def solved(matrices, band, v):
    """Energies (8, 3) of the band and its neighbours, states (8, n), and (H - ε)⁺ v (8, n)."""
    n = matrices.shape[1]
    entries = matrices[:, *np.tril_indices(n)]
    packed = np.stack([entries.real, entries.imag], axis=-1).reshape(WIDTH, -1).T.ravel().copy()
    beta, phase, diagonal, coupling, work, interval, levels, vector, u = (
        np.zeros(WIDTH * size) for size in (n, 2 * n, n, n, 2 * n, 2, 3, n, 2 * n)
    )
    factors = tuple(np.zeros((5, WIDTH * n)))
    x = np.stack([v.real, v.imag], axis=-1).reshape(WIDTH, -1).T.ravel().copy()
    one_state(n, band, packed, beta, phase, diagonal, coupling, work, interval, levels, factors, vector, u, x)
    with np.errstate(all="ignore"):  # lanes may hold what is not a number
        energies = interval[:WIDTH] + interval[WIDTH:] * levels.reshape(3, WIDTH)
        solution = (x.reshape(n, 2, WIDTH) / interval[WIDTH:]).transpose(2, 0, 1) @ [1, 1j]
    states = u.reshape(n, 2, WIDTH).transpose(2, 0, 1) @ [1, 1j]
    return energies.T, states, solution


def random_matrices(n, rng):
    matrices = rng.normal(size=(WIDTH, n, n)) + 1j * rng.normal(size=(WIDTH, n, n))
    return matrices + matrices.conj().transpose(0, 2, 1)


def with_levels(levels, states):
    return (states * levels) @ states.conj().T


def unitary(n, rng):
    return np.linalg.qr(rng.normal(size=(n, n)) + 1j * rng.normal(size=(n, n)))[0]


@pytest.mark.parametrize("n", [1, 2, 3, 5, 16, 33])
@pytest.mark.parametrize("place", ["lowest", "middle", "highest"])
def test_random_matrices(n, place):
    rng = np.random.default_rng(n)
    band = {"lowest": 0, "middle": n // 2, "highest": n - 1}[place]
    matrices = random_matrices(n, rng)
    v = rng.normal(size=(WIDTH, n)) + 1j * rng.normal(size=(WIDTH, n))
    energies, states, solution = solved(matrices, band, v)
    levels, vectors = np.linalg.eigh(matrices)
    error = 4 * n * EPSILON * np.abs(levels).max()
    neighbours = [max(band - 1, 0), band, min(band + 1, n - 1)]
    np.testing.assert_allclose(energies, levels[:, neighbours], rtol=0, atol=error)
    for lane in range(WIDTH):
        rest = np.delete(np.arange(n), band)
        gaps = levels[lane, rest] - levels[lane, band]
        least = np.abs(gaps).min(initial=np.inf)
        overlaps = vectors[lane, :, rest].conj() @ states[lane]
        assert np.linalg.norm(overlaps) <= error / least
        expected = vectors[lane][:, rest] @ (vectors[lane, :, rest].conj() @ v[lane] / gaps)
        assert np.linalg.norm(solution[lane] - expected) <= 4 * error / least**2 * np.linalg.norm(v[lane])


@pytest.mark.parametrize("split", [1e-2, 1e-4, 1e-6, 1e-8, 1e-10, 1e-12])
def test_nearly_degenerate_pairs(split):
    """The truth is how the matrices were made, in the same way for pairs that are mixed and pairs in blocks of their own."""
    rng, n, band = np.random.default_rng(7), 6, 2
    levels = np.array([-3.0, -1.0, 0.5, 0.5 + split, 2.0, 4.0])
    mixed, apart = unitary(n, rng), np.zeros((n, n), dtype=complex)
    apart[:3, [0, 2, 4]], apart[3:, [1, 3, 5]] = unitary(3, rng), unitary(3, rng)
    for states in (mixed, apart):
        matrix = with_levels(levels, states)
        v = rng.normal(size=n) + 1j * rng.normal(size=n)
        energies, found, solution = solved(
            np.broadcast_to(matrix, (WIDTH, n, n)), band, np.broadcast_to(v, (WIDTH, n))
        )
        error = 4 * n * EPSILON * 4.0
        np.testing.assert_allclose(energies[0], levels[1:4], rtol=0, atol=error)
        rest = np.delete(np.arange(n), band)
        assert np.linalg.norm(states[:, rest].conj().T @ found[0]) <= error / split
        expected = states[:, rest] @ (states[:, rest].conj().T @ v / (levels[rest] - levels[band]))
        assert np.linalg.norm(solution[0] - expected) <= 4 * error / split**2 * np.linalg.norm(v)


@pytest.mark.parametrize("kind", ["zero", "diagonal", "blocks", "flat band", "equal levels beside"])
def test_matrices_with_structure(kind):
    """Pivots that vanish, couplings that are zero and other levels that coincide do no harm."""
    rng, n, band = np.random.default_rng(3), 5, 2 if kind == "flat band" else 1
    matrix = {
        "zero": np.zeros((n, n)),
        "diagonal": np.diag([3.0, -1.0, 0.0, 3.0, 7.0]),
        "blocks": np.array(
            [[0, 1, 0, 0, 0], [1, 0, 0, 0, 0], [0, 0, 2, 0, 0], [0, 0, 0, 0, 3], [0, 0, 0, 3, 0]]
        ),
        "flat band": np.array(
            [[0, 1, 2, 0, 0], [1, 0, 0, 0, 0], [2, 0, 0, 0, 0], [0, 0, 0, -4, 0], [0, 0, 0, 0, 5]]
        ),
        "equal levels beside": with_levels(np.array([-1.0, 0.0, 2.0, 2.0, 2.0]), unitary(n, rng)),
    }[kind].astype(complex)
    v = np.ones((WIDTH, n), dtype=complex)
    energies, states, solution = solved(np.broadcast_to(matrix, (WIDTH, n, n)), band, v)
    levels, vectors = np.linalg.eigh(matrix)
    error = 4 * n * EPSILON * max(np.abs(levels).max(), 1.0)
    np.testing.assert_allclose(energies[0, 1], levels[band], rtol=0, atol=error)
    np.testing.assert_allclose(matrix @ states[0], levels[band] * states[0], rtol=0, atol=error)
    np.testing.assert_allclose(np.linalg.norm(states[0]), 1.0, rtol=0, atol=n * EPSILON)
    if kind != "zero":  # there all levels coincide and nothing else is defined
        rest = np.delete(np.arange(n), band)
        expected = vectors[:, rest] @ (vectors[:, rest].conj().T @ v[0] / (levels[rest] - levels[band]))
        np.testing.assert_allclose(solution[0], expected, rtol=0, atol=10 * error)


@compiled
def test_a_matrix_has_the_same_bits_in_any_company():
    rng = np.random.default_rng(5)
    matrices, v = random_matrices(6, rng), rng.normal(size=(WIDTH, 6)) + 0j
    alone = solved(np.broadcast_to(matrices[2], matrices.shape), 3, np.broadcast_to(v[2], v.shape))
    worse = matrices.copy()
    worse[[0, 1, 5]] = [np.full((6, 6), np.nan), np.zeros((6, 6)), 1e200 * matrices[5]]
    for one, other in zip(alone, solved(worse, 3, v), strict=True):
        np.testing.assert_array_equal(one[2], other[2])


def test_where_k_is_not_a_number_nothing_else_is():
    geometry = direct(random_crystal(2, 4), 1).geometry([[np.nan, 0.0, 0.0], [0.1, 0.2, 0.0]])
    numbers = (geometry.energy, geometry.gap, geometry.berry_curvature[:, 2], geometry.orbital_moment[:, 2])
    for values in numbers:
        assert np.isnan(values[0])
        assert np.isfinite(values[1])


def digest():
    """Of the geometry of bands of crystals with position elements, ∂m/∂k and mixing included."""
    k = np.random.default_rng(0).uniform(-1.0, 1.0, (50, 3))
    geometry = [direct(random_crystal(3, 5), band).geometry(k) for band in (0, 2)]
    content = b"".join(
        each.tobytes()
        for one in geometry
        for each in (one.energy, one.berry_curvature, one.moment_gradient, one.gap, one.mixing)
    )
    return hashlib.sha256(content).hexdigest()


@compiled
@pytest.mark.full
def test_cpu_models_do_not_matter(tmp_path):
    names = ["generic", "haswell"]
    assert digests("tests.unit.kernels.test_eigenstates", names, tmp_path) == {digest()}
