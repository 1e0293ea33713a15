"""A table for most of the zone: it keeps its promise, the rest is diagonalised, and no packet sees its neighbours."""

from dataclasses import replace

import numpy as np
import pytest

from tests.cases import problem, run
from wavepacket.bands import direct, hybrid, table
from wavepacket.bands.table_samples import prefiltered
from wavepacket.hamiltonians import haldane
from wavepacket.kernels.bands.hybrid import FLAGS

ACCURACY = 1e-3
MODEL = haldane(t2=0.1, phi=0, staggered=0.0)  # touches at K and K'
NAMES = ("energy", "group_velocity", "berry_curvature", "orbital_moment", "moment_gradient", "gap", "mixing")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WAVEPACKET_TABLE_DIR", str(tmp_path_factory.mktemp("tables")))
        first, again = (table(MODEL, 0, accuracy=ACCURACY) for _ in range(2))
    np.testing.assert_array_equal(first.reals, again.reals)
    assert (first.kind, first.facts, first.notes) == (again.kind, again.facts, again.notes)
    return again


def wavevectors(number, around=None, width=1.0):
    u = np.random.default_rng(3).uniform(-width, width, (number, 3)) * [1, 1, 0]
    return (u + (np.zeros(3) if around is None else around)) @ MODEL.reciprocal


def left_out(band, k):
    """Whether the cells of wavevectors are diagonalised, from the arrays and the lattice alone."""
    shape = np.array(band.integers[3:5])
    cells = np.floor(k @ MODEL.lattice.T[:, :2] / (2 * np.pi) % 1.0 * shape).astype(int)
    return band.reals[band.integers[FLAGS] :].reshape(shape)[tuple(cells.T)] != 0


def test_the_table_keeps_its_promise_and_the_rest_is_exact(made):
    assert made.kind == "hybrid"
    k = np.concatenate([wavevectors(20_000), wavevectors(5000, [1 / 3, 2 / 3, 0], 0.05)])
    found, exact, other = made.geometry(k), direct(MODEL, 0).geometry(k), left_out(made, k)
    assert np.count_nonzero(other[20_000:]) > 200
    assert np.mean(other[:20_000]) == pytest.approx(made.facts["table_share_diagonalised"], abs=0.004)
    assert 0.005 < made.facts["table_share_diagonalised"] < 0.05
    for name in NAMES:
        np.testing.assert_array_equal(getattr(found, name)[other], getattr(exact, name)[other])
    width = np.abs(exact.energy - exact.energy[:20_000].mean()).max()
    assert 0 < np.abs(found.energy - exact.energy).max() <= ACCURACY * width
    speed = np.abs(exact.group_velocity).max()
    assert 0 < np.abs(found.group_velocity - exact.group_velocity).max() <= ACCURACY * speed


def test_no_packet_sees_what_is_beside_it(made):
    """Blocks of packets of both kinds in any order and number, with and without what only some callers need."""
    k = np.concatenate([wavevectors(150), wavevectors(150, [1 / 3, 2 / 3, 0], 0.02)])
    assert 20 < np.count_nonzero(left_out(made, k)) < 250
    for slopes in (True, False):
        together = made.geometry(k, slopes=slopes)
        order = np.random.default_rng(1).permutation(len(k))
        shuffled = made.geometry(k[order], slopes=slopes)
        alone = [made.geometry(k[i], slopes=slopes) for i in range(0, len(k), 10)]
        for name in NAMES:
            whole = getattr(together, name)
            np.testing.assert_array_equal(getattr(shuffled, name), whole[order])
            np.testing.assert_array_equal([getattr(one, name)[0] for one in alone], whole[::10])


def test_packets_pass_from_the_table_to_the_rest_and_back(made, monkeypatch):
    """Driven past a contact they end where those do that are diagonalised at every k, as near as the table allows."""
    corner = np.array([1 / 3, 2 / 3, 0]) @ MODEL.reciprocal
    k = corner + np.array([[-0.25, 0.05, 0], [-0.25, 0.1, 0], [-0.25, -0.07, 0]])
    sections = dict(model={"name": "haldane", "t2": 0.1, "phi": 0, "staggered": 0}, wavevectors=k, saves=21)
    band = {"index": 0, "source": "direct"}
    driven = problem(**sections, electric=[-0.01, 0, 0], tolerance=1e-9, end=30.0, band=band)
    exact = run(driven)
    found = run(replace(driven, band=made, moving=made))
    path = left_out(made, exact.wavevector.reshape(-1, 3)).reshape(exact.wavevector.shape[:2])
    assert np.all(path.any(axis=1) & ~path[:, 0] & ~path[:, -1])
    assert found.status.tolist() == exact.status.tolist() == [0, 0, 0]
    speed = np.abs(np.diff(exact.position, axis=1)).max() / 1.5
    assert 0 < np.abs(found.position - exact.position).max() <= 30.0 * ACCURACY * speed


def test_a_contact_reaches_no_further_than_the_nearest_points():
    """The inverse of the B-spline at grid points, and nothing beyond six of them, whatever a sample is."""
    wave = np.cos(2 * np.pi * np.arange(32) / 32)[:, None, None]
    np.testing.assert_allclose(hybrid.local_coefficients(wave), prefiltered(wave), rtol=0, atol=1e-12)
    peak = np.zeros((32, 1, 1))
    peak[16] = 1e12
    reached = np.flatnonzero(hybrid.local_coefficients(peak))
    assert (reached.min(), reached.max()) == (10, 22)
