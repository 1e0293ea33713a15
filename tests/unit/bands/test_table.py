"""The table: its error is measured off the grid, falls as quintic splines do, and decides on the grid."""

import re

import numpy as np
import pytest

from tests.reference.plaquette import chern_number
from tests.reference.random_crystal import random_crystal
from wavepacket.bands import direct, hybrid, table, table_plan
from wavepacket.bands.table_samples import Sampler, sample_grid
from wavepacket.errors import InputError
from wavepacket.hamiltonians import (
    LatticeHamiltonian,
    cosine_band,
    haldane,
    kagome,
    kane_mele,
    lieb,
    qi_wu_zhang,
)

MODEL = haldane(t2=0.2, staggered=0.1)


def errors(model, grid, index=0):
    facts = table(model, index, grid=grid).facts
    return np.array([facts[f"table_error_{name}"] for name in ("energy", "velocity", "curvature", "moment")])


def test_measured_errors_are_true():
    """A thousand points that the measurement did not use: none is worse than the facts say by more than half."""
    built, exact = table(MODEL, 0, grid=(48, 48)), direct(MODEL, 0)
    k = np.random.default_rng(77).uniform(0, 1, (1000, 3)) * [1, 1, 0] @ MODEL.reciprocal
    found, expected = built.geometry(k), exact.geometry(k)
    scale = np.abs(expected.berry_curvature).max()
    error = np.abs(found.berry_curvature - expected.berry_curvature).max() / scale
    assert 0.3 * built.facts["table_error_curvature"] < error < 1.5 * built.facts["table_error_curvature"]
    error = (
        np.abs(found.group_velocity - expected.group_velocity).max() / np.abs(expected.group_velocity).max()
    )
    assert 0.3 * built.facts["table_error_velocity"] < error < 1.5 * built.facts["table_error_velocity"]


def test_order_of_convergence():
    """Quintic splines: errors of values fall as h⁶ (64), of slopes as h⁵ (32), once the grid resolves the band."""
    ratios = errors(qi_wu_zhang(m=1.0), (128, 128)) / errors(qi_wu_zhang(m=1.0), (256, 256))
    np.testing.assert_allclose(ratios, [64, 32, 64, 64], rtol=0.1)


def worst(band):
    return max(value for name, value in band.facts.items() if name.startswith("table_error"))


def fresh(monkeypatch, folder):
    monkeypatch.setenv("WAVEPACKET_TABLE_DIR", str(folder))


def anisotropic():
    """Two bands that vary much faster along the first axis than along the others."""
    sx, sz = np.array([[0, 1], [1, 0]]), np.diag([1.0, -1.0])
    return LatticeHamiltonian.from_hoppings(
        np.diag([3.0, 2.5, 2.0]),
        {(0, 0, 0): 1.5 * sz + 0.3 * sx, (1, 0, 0): 0.4 * sz - 0.3j * sx, (0, 1, 0): 0.1 * sz, (0, 0, 1): 0.02 * sx},
        positions=[[0.1, 0, 0.2], [0.4, 0.3, 0]],
    )  # fmt: skip


@pytest.mark.parametrize("accuracy", [1e-3, 1e-5, 1e-7])
def test_the_grid_keeps_the_promise(accuracy):
    """At points that no measurement has used, too; a grid of half the points would not have sufficed."""
    built, exact = table(MODEL, 0, accuracy=accuracy), direct(MODEL, 0)
    assert worst(built) <= accuracy < errors(MODEL, built.integers[3:5] // 2)[:4].max()
    k = np.random.default_rng(5).uniform(0, 1, (2000, 3)) * [1, 1, 0] @ MODEL.reciprocal
    found, expected = built.geometry(k), exact.geometry(k)
    for name in ("group_velocity", "berry_curvature", "orbital_moment"):
        a, b = getattr(found, name), getattr(expected, name)
        assert np.abs(a - b).max() <= accuracy * np.abs(b).max()


def test_axes_get_different_numbers_of_points():
    points = table(anisotropic(), 0, accuracy=1e-5).integers[2:5]
    assert points[0] > 1.5 * points[1]
    assert points[1] > points[2]
    assert worst(table(anisotropic(), 0, accuracy=1e-5)) <= 1e-5


def test_the_smallest_gaps_are_found_and_looked_at():
    """Haldane's band at 0.1 eV from the other at K alone: random points in the zone hardly ever come near."""
    model = haldane(t2=0.1, phi=np.pi / 2, staggered=3 * np.sqrt(3) * 0.1 - 0.05)
    built = table(model, 0, grid=(60, 60))
    assert built.facts["table_smallest_gap_eV"] == pytest.approx(0.1, rel=1e-6)
    assert built.facts["table_error_near_gaps"] > 0.1


def test_where_a_band_has_a_gap_nowhere_every_k_is_diagonalised():
    """Both spins of a crystal with inversion and time reversal."""
    lines = []
    found = table(kane_mele(rashba=0, staggered=0), 0, accuracy=1e-4, report=lines.append)
    assert found.kind == "direct"
    assert "no table can promise an accuracy of 1.0e-04 for band 0: it comes within" in found.notes[-1]
    assert "diagonalised at every k instead" in lines[-1]


def test_a_gap_too_small_for_any_table_is_known_before_one_is_built(monkeypatch):
    """The plan alone: lines through the gap want more points than a table may have."""
    monkeypatch.setattr(table_plan, "MOST_POINTS", 20_000)
    monkeypatch.setattr(hybrid, "LARGE", 2_000)
    lines = []
    found = table(MODEL, 0, accuracy=1e-9, report=lines.append)
    assert found.kind == "direct"
    assert "20000 are the most" in found.notes[-1]
    assert not any("building" in line for line in lines)


def test_a_given_grid_that_is_too_coarse_says_so():
    lines = []
    built = table(MODEL, 0, grid=(12, 12), accuracy=1e-6, report=lines.append)
    assert built.kind == "table"
    assert worst(built) > 1e-3
    assert "cannot promise the accuracy of 1.0e-06" in built.notes[-1]
    assert lines[-1] == built.notes[-1]


def test_a_given_grid_through_a_contact_is_refused():
    with pytest.raises(InputError, match="touches another band"):
        table(haldane(t2=0.0, staggered=0.0), 0, grid=(12, 12))


def test_size_time_and_result_are_said(monkeypatch, tmp_path):
    fresh(monkeypatch, tmp_path)
    lines = []
    built = table(MODEL, 0, accuracy=1e-4, report=lines.append)
    grid = "{1} x {2}".format(*built.integers[2:5])
    assert lines[0] == "choosing the grid of a table of band 0 for an accuracy of 1.0e-04"
    assert re.fullmatch(
        rf"building a table of {grid} points for band 0: .* MB, .* MB while .*, about .* s", lines[1]
    )
    assert re.fullmatch(
        rf"table of {grid} points: largest relative error .* around the smallest gaps", lines[-1]
    )
    assert lines[-1] in built.notes


def test_threads_do_not_matter(monkeypatch, tmp_path):
    bits = []
    for threads in (1, 3):
        fresh(monkeypatch, tmp_path / str(threads))
        bits.append(table(anisotropic(), 0, grid=(9, 6, 5), threads=threads).reals)
    np.testing.assert_array_equal(*bits)


@pytest.mark.parametrize(("dimension", "elements"), [(1, False), (2, True), (3, True), (3, False)])
def test_samples_are_those_of_the_direct_source(dimension, elements):
    """Sums over cells axis by axis, and sums over all cells at once: equal to rounding."""
    source = direct(random_crystal(22, size=4, dimension=dimension, with_positions=elements), 1)
    points = (4, 3 if dimension > 1 else 1, 5 if dimension > 2 else 1)
    samples = sample_grid(Sampler(source), points, 2, lambda _: None)
    axes = [np.arange(p) / p for p in points]
    k = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 3) @ source.hamiltonian.reciprocal
    exact = source.geometry(k)
    expected = np.column_stack([exact.energy, exact.berry_curvature, exact.orbital_moment, exact.gap])
    scale = np.maximum(np.abs(expected).max(axis=0), 1e-300)  # in one dimension Ω and m are zero
    np.testing.assert_allclose(samples.fields.reshape(-1, 8) / scale, expected / scale, atol=1e-12)
    mixing = exact.mixing.reshape(-1, 9)[:, [0, 4, 8, 5, 2, 1]]
    np.testing.assert_allclose(samples.mixing.reshape(-1, 6), mixing, atol=1e-12 * np.abs(mixing).max())


@pytest.mark.parametrize(
    ("model", "index"),
    [
        (haldane(t2=0.2, staggered=0.1), 0),
        (haldane(staggered=2.0), 0),
        (qi_wu_zhang(m=1.0), 0),
        (qi_wu_zhang(m=-0.8), 1),
        *((kagome(), n) for n in range(3)),
        (lieb(), 0),
    ],
)
def test_chern_number_of_a_table(model, index):
    """(1/2π)∫Ω_z d²k: Riemann sums of a smooth periodic function converge faster than any power of the spacing."""
    built = table(model, index, accuracy=1e-5)
    assert built.kind == "table"
    n = 96
    k = np.stack(np.meshgrid(np.arange(n) / n, np.arange(n) / n, [0.0]), -1).reshape(-1, 3) @ model.reciprocal
    area = (2 * np.pi) ** 2 / model.cell_volume
    chern = built.geometry(k).berry_curvature[:, 2].mean() * area / (2 * np.pi)
    assert chern == pytest.approx(round(chern_number(model, [index])), abs=1e-4)


def test_a_single_band_has_no_other_band_near():
    built = table(cosine_band(dimension=2), 0, grid=(16, 16))
    assert np.all(np.isinf(built.geometry(np.random.default_rng(0).uniform(-3, 3, (50, 3))).gap))
    assert built.facts["table_error_curvature"] == 0.0


@pytest.mark.parametrize("grid", [(32, 20), (7, 9), (33, 1)])
def test_any_shape_of_grid_interpolates(grid):
    """Even, odd and single-point axes; the crystal does not depend on the last one."""
    flat = LatticeHamiltonian.from_hoppings(
        [[3.0, 0.0], [1.0, 2.5]], {(0, 0): [[0.5, 0.1], [0.1, -0.5]], (1, 0): [[0.1, 0.2], [-0.1j, -0.2]]}
    )
    built, exact = table(flat, 0, grid=grid), direct(flat, 0)
    nodes = np.stack(
        np.meshgrid(np.arange(grid[0]) / grid[0], np.arange(grid[1]) / grid[1], [0.0]), -1
    ).reshape(-1, 3)
    k = nodes @ flat.reciprocal
    np.testing.assert_allclose(built.geometry(k).energy, exact.geometry(k).energy, atol=1e-14)


def test_zone_borders_are_as_smooth_as_the_inside():
    """Slightly before and after a border the splines are the same function: values and slopes continue."""
    built = table(MODEL, 1, grid=(24, 24))
    border = np.array([[1.0, 0.3, 0], [0.2, 1.0, 0], [1.0, 1.0, 0], [0.0, 0.0, 0]]) @ MODEL.reciprocal
    step = np.array([1e-7, -2e-7, 0])
    before, after = built.geometry(border - step), built.geometry(border + step)
    np.testing.assert_allclose(before.energy, after.energy, atol=1e-5)
    np.testing.assert_allclose(before.group_velocity, after.group_velocity, atol=1e-4)
    np.testing.assert_allclose(before.berry_curvature, after.berry_curvature, atol=1e-3)
    on = built.geometry(border)
    np.testing.assert_allclose(on.energy, (before.energy + after.energy) / 2, atol=1e-10)
