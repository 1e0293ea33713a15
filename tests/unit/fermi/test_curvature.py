"""Curvature of Fermi surfaces against closed forms, and its integral against the Euler characteristic."""

import numpy as np
import pytest

from tests.unit.fermi.surfaces import surface
from wavepacket.bands import band
from wavepacket.fermi import Level, surface_curvature
from wavepacket.hamiltonians import cosine_band, parabolic_band, weyl_node
from wavepacket.units import ELECTRON_MASS, HBAR

pytest.importorskip("skimage")

CLOSE = {"rtol": 1e-9, "atol": 1e-12}


@pytest.mark.physics
def test_ellipsoid_at_its_vertices():
    """Both formulas of the ellipsoid x²/a² + y²/b² + z²/c² = 1, positive for electrons."""
    masses = np.array([0.3, 0.5, 1.1])
    crystal = parabolic_band(mass_x=0.3, mass_y=0.5, mass_z=1.1, dimension=3, cutoff=1.0)
    found = surface(crystal, 0.4, cells=8).vertices
    square = 2 * 0.4 * ELECTRON_MASS * masses / HBAR**2
    product, height = square.prod(), np.sum(found.k**2 / square**2, axis=1)
    mean = (square.sum() - np.sum(found.k**2, axis=1)) / (2 * product * height**1.5)
    np.testing.assert_allclose(found.curvature.gaussian, 1 / (product * height**2), **CLOSE)
    np.testing.assert_allclose(found.curvature.mean, mean, **CLOSE)
    np.testing.assert_allclose(found.velocity, HBAR * found.k / (ELECTRON_MASS * masses), **CLOSE)
    assert np.all(found.berry_curvature == 0)
    assert np.all(found.curvature.mean_uncertainty == 0)


@pytest.mark.physics
def test_simple_cubic_lattice():
    """cos x + cos y + cos z = 0: flat at (90°, 90°, 90°), a saddle on its necks; a sphere of holes near the corner."""
    a = 4.0
    level = Level(band(cosine_band(hopping=0.25, lattice_constant=a, dimension=3), 0), 0.0)
    third = np.pi / 3
    found = surface_curvature(level, np.array([[np.pi / 2] * 3, [third, third, np.pi], [0.0] * 3]) / a)
    np.testing.assert_allclose(found.mean[:2], [0, -0.25 * a / np.sqrt(1.5)], **CLOSE)
    np.testing.assert_allclose(found.gaussian[:2], [0, -(a**2) / 3], **CLOSE)
    assert np.isnan(found.mean[2])  # the slope vanishes
    assert np.isnan(found.gaussian[2])
    near = np.pi / a - 1e-3
    holes = surface_curvature(level, [[near, np.pi / a, np.pi / a]])
    np.testing.assert_allclose(holes.mean, -1e3, rtol=1e-5)
    np.testing.assert_allclose(holes.gaussian, 1e6, rtol=1e-5)


@pytest.mark.physics
def test_gauss_and_bonnet():
    """∮K dS = 2πχ: −8π of the open sheet of genus 3, 4π of a sphere; ∮κ ds = ±2π of lines."""
    for crystal, mu, exact in (
        (cosine_band(hopping=0.25, lattice_constant=4.0, dimension=3), -0.2, -8 * np.pi),
        (parabolic_band(mass_x=0.4, dimension=3, cutoff=1.0), 0.4, 4 * np.pi),
    ):
        found = surface(crystal, mu, cells=16)
        value, error = found.integral(
            lambda points, _, level=found.level: surface_curvature(level, points.k).gaussian
        )
        assert 2 * np.pi * sum(sheet.euler for sheet in found.sheets) == pytest.approx(exact)
        assert abs(value - exact) <= error
        assert error < 1e-3 * abs(exact)
    for mu, exact in ((-0.3, 2 * np.pi), (0.4, -2 * np.pi)):
        line = surface(cosine_band(hopping=0.25, lattice_constant=4.0, dimension=2), mu)
        value, error = line.integral(
            lambda points, _, level=line.level: surface_curvature(level, points.k).mean
        )
        assert abs(value - exact) <= error
        assert error < 1e-6


@pytest.mark.physics
def test_weyl_node_in_a_magnetic_field():
    """𝓔 = ħv k − m·B with m ∝ k/k²: second derivatives of the closed form, within the error that is stated."""
    crystal = weyl_node(velocity=4.0, cutoff=0.5)
    field = np.array([0.0, 6.0, 8.0])
    one = band(crystal, 1)
    k = np.array([[0.03, 0.01, 0.02], [0.0, -0.04, 0.01]])
    strength = one.geometry([[0.0, 0.0, 1.0]]).orbital_moment[0, 2]

    def level(points):
        size = np.linalg.norm(points, axis=-1)
        return 4.0 * size - strength * points @ field / size**2

    found = surface_curvature(Level(one, 0.1, field), k)
    bare = surface_curvature(Level(one, 0.1), k)
    mean, gaussian = curved(level, k)
    assert np.all(np.abs(found.mean - mean) <= found.mean_uncertainty + 1e-6 * np.abs(mean))
    assert np.all(np.abs(found.gaussian - gaussian) <= found.gaussian_uncertainty + 1e-6 * np.abs(gaussian))
    assert np.all(np.abs(bare.mean - mean) > 1e-3 * np.abs(mean))  # B matters
    assert np.all(found.mean_uncertainty < 1e-4 * np.abs(mean))


def curved(function, k, step=1e-5):
    """Mean and Gaussian curvature of level sets from differences of the function itself, by the bordered determinant."""
    moves = step * np.eye(3)
    slope = np.stack([function(k + move) - function(k - move) for move in moves], axis=1) / (2 * step)
    bent = np.zeros((len(k), 3, 3))
    for a, one in enumerate(moves):
        for b, two in enumerate(moves):
            corners = [function(k + s * one + t * two) * s * t for s in (1, -1) for t in (1, -1)]
            bent[:, a, b] = sum(corners) / (4 * step**2)
    size = np.linalg.norm(slope, axis=1)
    mean = np.trace(bent, axis1=1, axis2=2) * size**2 - np.einsum("na,nab,nb->n", slope, bent, slope)
    bordered = np.zeros((len(k), 4, 4))
    bordered[:, :3, :3], bordered[:, :3, 3], bordered[:, 3, :3] = bent, slope, slope
    return mean / (2 * size**3), -np.linalg.det(bordered) / size**4


def test_curvature_as_a_colour():
    """A rounded square is redder at its corners than along its sides; a line has no Gaussian curvature."""
    from wavepacket.errors import InputError
    from wavepacket.fermi import FermiSurfaces
    from wavepacket.plots.fermi import fermi_figure

    crystal = cosine_band(dimension=2)
    found = FermiSurfaces(crystal, -0.5, np.zeros(3), {0: surface(crystal, -0.5)})
    with pytest.raises(InputError, match="a line has no Gaussian curvature"):
        fermi_figure(found, "gaussian_curvature")
    colours = fermi_figure(found, "mean_curvature").axes[0].collections[0].get_colors()
    assert np.ptp(colours[:, 0]) > 0.01
