"""Matrices of a group of bands: against one band, small loops, differences, and random frames."""

import numpy as np
import pytest

from tests.reference.random_crystal import random_crystal
from wavepacket.bands import band, band_group, wilson_loop
from wavepacket.errors import InputError
from wavepacket.hamiltonians import kane_mele, read_tb
from wavepacket.hamiltonians.library.spin import spin_matrices

K = np.random.default_rng(5).uniform(-1, 1, (4, 3))
CRYSTAL = random_crystal(4, size=5, with_positions=False)


def test_one_band_is_a_group_of_one():
    one, group = band(CRYSTAL, 2).geometry(K), band_group(CRYSTAL, (2, 2)).geometry(K)
    assert group.total_curvature == pytest.approx(one.berry_curvature, rel=1e-9)
    assert group.total_moment == pytest.approx(one.orbital_moment, rel=1e-9)
    assert group.velocity[:, :, 0, 0].real == pytest.approx(one.group_velocity, rel=1e-9)


def test_traces_are_sums_over_bands():
    """Terms between two bands of a group cancel in the sum of Ω; in that of m they do not, and are left out."""
    group = band_group(CRYSTAL, (1, 2)).geometry(K)
    one, other = (band(CRYSTAL, n).geometry(K) for n in (1, 2))
    assert group.total_curvature == pytest.approx(one.berry_curvature + other.berry_curvature, abs=1e-8)
    assert not np.allclose(group.total_moment, one.orbital_moment + other.orbital_moment, rtol=0.01)


def test_matrices_turn_with_the_frame():
    random = np.random.default_rng(2)
    frames, _ = np.linalg.qr(random.normal(size=(4, 2, 2)) + 1j * random.normal(size=(4, 2, 2)))
    group, spin = band_group(CRYSTAL, (1, 2)), np.kron(np.diag([1.0, -1, 0, 0, 2]), [[1]])
    plain, turned = group.geometry(K), group.geometry(K, frames)
    back = np.conj(np.swapaxes(frames, 1, 2))
    for name in ("velocity", "berry_curvature", "orbital_moment"):
        expected = back[:, None] @ getattr(plain, name) @ frames[:, None]
        assert np.abs(getattr(turned, name) - expected).max() < 1e-10 * np.abs(expected).max()
    slope = back[:, None] @ plain.covariant_derivative(spin) @ frames[:, None]
    assert np.abs(turned.covariant_derivative(spin) - slope).max() < 1e-12 * np.abs(slope).max() + 1e-14


def test_a_small_loop_turns_the_states_by_the_field_strength():
    """W = 1 + iF dA, with the states at the start as frame; F has parts that are no multiple of one."""
    k, size = K[0], 2e-3
    geometry = band_group(CRYSTAL, (1, 2)).geometry(k)
    for plane, (a, b) in enumerate(((1, 2), (2, 0), (0, 1))):
        corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * size / 2
        way = np.repeat(k[None], 4 * 40, axis=0)
        sides = [np.linspace(0, 1, 40, endpoint=False)[:, None] * (corners[(i + 1) % 4] - corners[i]) + corners[i]
                 for i in range(4)]  # fmt: skip
        way[:, [a, b]] += np.concatenate(sides)
        _, frames = np.linalg.eigh(CRYSTAL.hamiltonian(way[:1]))
        start, field = frames[0, :, 1:3], geometry.berry_curvature[0, plane]
        # The loop begins at a corner: carry its matrix to the middle, to first order by projection.
        turn, _, other = np.linalg.svd(geometry.states[0].conj().T @ start)
        carried = (turn @ other) @ wilson_loop(CRYSTAL, (1, 2), way) @ (turn @ other).conj().T
        found = (carried - np.eye(2)) / (1j * size**2)
        assert np.abs(found - field).max() < 0.02 * np.abs(field).max()
        assert np.abs(field - np.trace(field) / 2 * np.eye(2)).max() > 0.1 * np.abs(field).max()


def test_the_connection_and_its_field_strength_in_a_smooth_gauge():
    """F = ∂_xA_y − ∂_yA_x − i[A_x, A_y] by differences of A, and D_xO = ∂_xO − i[A_x, O]."""
    trial, group, step = np.eye(5)[:, :2] + 0.1, band_group(CRYSTAL, (1, 2)), 3e-5
    spin = np.diag([1.0, -1, 0.5, 0, 2])
    k = K[1] + np.array([[0, 0, 0], *np.eye(3)[:2] * step, *-np.eye(3)[:2] * step])
    geometry = group.geometry(k)
    a, smooth = geometry.connection(trial)
    ahead, behind = (a[1] - a[3]) / (2 * step), (a[2] - a[4]) / (2 * step)
    twist = a[0, 0] @ a[0, 1] - a[0, 1] @ a[0, 0]
    field = ahead[1] - behind[0] - 1j * twist
    turn = geometry.states[0].conj().T @ smooth[0]
    expected = turn.conj().T @ geometry.berry_curvature[0, 2] @ turn
    assert np.abs(field - expected).max() < 3e-6 * np.abs(expected).max() < 1e-4 * np.abs(twist).max()
    blocks = np.conj(np.swapaxes(smooth, 1, 2)) @ spin @ smooth
    slope = (blocks[1] - blocks[3]) / (2 * step) - 1j * (a[0, 0] @ blocks[0] - blocks[0] @ a[0, 0])
    expected = turn.conj().T @ geometry.covariant_derivative(spin)[0, 0] @ turn
    assert np.abs(slope - expected).max() < 3e-6 * np.abs(expected).max()


def test_spins_of_kane_and_mele_have_opposite_curvature():
    crystal = kane_mele(rashba=0.0, staggered=0.0)
    geometry = band_group(crystal, (0, 1)).geometry([[0.3, 0.2, 0.0]])
    spin = geometry.block(np.kron(spin_matrices(2)[2], np.eye(2)))[0]
    up = (
        band(kane_mele(rashba=0.0, staggered=0.0, spin=1), 0)
        .geometry([[0.3, 0.2, 0.0]])
        .berry_curvature[0, 2]
    )
    assert np.trace(2 * spin @ geometry.berry_curvature[0, 2]).real == pytest.approx(2 * up, rel=1e-9)
    assert geometry.total_curvature[0, 2] == pytest.approx(0.0, abs=1e-9 * abs(up))


def test_traces_of_pairs_of_a_real_crystal_are_odd_in_k(gaas_file):
    """Time reversal, to the noise of the file; the pair itself is split by it."""
    group = band_group(read_tb(gaas_file, position_elements=False), (8, 9))
    ahead, behind = group.geometry(K), group.geometry(-K)
    for name in ("total_curvature", "total_moment"):
        one, other = getattr(ahead, name), getattr(behind, name)
        assert np.abs(one + other).max() < 0.01 * np.abs(one).max()
        assert np.abs(one).max() > 5e-5


def test_groups_that_touch_others_are_refused():
    with pytest.raises(InputError, match=r"bands 0 and 1 touch at k = \[0, 0, 0\]"):
        band_group(kane_mele(), (0, 0)).geometry([[0, 0, 0]])
    with pytest.raises(InputError, match="has bands 0 to 3"):
        band_group(kane_mele(), (3, 4))
