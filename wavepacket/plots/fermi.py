"""Fermi surfaces in the outline of the zone: lines of a layer, triangles of a crystal, coloured by what the band has."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from mpl_toolkits.mplot3d.art3d import Line3DCollection, Poly3DCollection

from wavepacket.arrays import Float
from wavepacket.bands import BandGeometry
from wavepacket.bandstructure.zone import fold, zone_outline
from wavepacket.errors import InputError
from wavepacket.fermi import FermiSurfaces, LevelSurface, surface_curvature
from wavepacket.hamiltonians import LatticeHamiltonian
from wavepacket.plots.style import COLUMN, LINE, add_axes, add_colour_bar, colour_scale, new_figure
from wavepacket.plots.zone import wavevector_label
from wavepacket.units import BOHR_MAGNETON

__all__ = ["COLOURS", "colour_of", "fermi_figure", "shade_of"]

COLOURS = ("speed", "berry_curvature", "orbital_moment", "mean_curvature", "gaussian_curvature", "none")
_LABELS = {
    "speed": ("|v|", "angstrom/fs"),
    "berry_curvature": ("$Ω_{}$", "angstrom^2"),
    "orbital_moment": ("$m_{}$", "mu_B"),
    "mean_curvature": ("mean curvature", "angstrom"),
    "gaussian_curvature": ("Gaussian curvature", "angstrom^2"),
}
_LIGHT = np.array([0.35, -0.55, 0.76])
_SHADE = 0.45
_VIEW = (22.0, -58.0)  # degrees
_FAR = 3.0  # a zone so many times as wide as the surface is left out
_PLAIN = np.array([0.48, 0.44, 0.68, 1.0])


def colour_of(colour: str, axis: int, geometry: BandGeometry) -> Float:
    """Values (n,) that a surface is coloured by: |v| in Å/fs, Ω in Å² and m in μ_B along an axis."""
    if colour == "berry_curvature":
        return np.asarray(geometry.berry_curvature[:, axis])
    if colour == "orbital_moment":
        return np.asarray(geometry.orbital_moment[:, axis] / BOHR_MAGNETON)
    return np.asarray(np.linalg.norm(geometry.group_velocity, axis=1))


def shade_of(surface: LevelSurface, colour: str, axis: int, k: Float) -> Float:
    """Values (n,) that a surface is coloured by at its points (n, 3): those of `colour_of`, or its curvature, Å or Å²."""
    if colour.endswith("curvature") and colour != "berry_curvature":
        found = surface_curvature(surface.level, k)
        return found.mean if colour == "mean_curvature" else found.gaussian
    return colour_of(colour, axis, surface.level.band.geometry(k, surface.level.threads, slopes=False))


def fermi_figure(found: FermiSurfaces, colour: str = "speed", component: str = "z") -> Figure:
    """Draw the surfaces of all bands that cross μ, folded into the first zone.

    Parameters
    ----------
    colour : ``speed``, ``berry_curvature``, ``orbital_moment``, ``mean_curvature``, ``gaussian_curvature`` or ``none``
    component : of Ω and m: x, y or z
    """
    if colour not in COLOURS or component not in "xyz":
        raise InputError(
            f"unknown colour {colour!r} or component {component!r}: {', '.join(COLOURS)}; x, y or z"
        )
    if colour == "gaussian_curvature" and found.hamiltonian.dimension == 2:
        raise InputError("a line has no Gaussian curvature: choose mean_curvature, its own")
    if not found.crossing:
        raise InputError("no band crosses the chemical potential: there is nothing to draw")
    parts = [_pieces(found, surface, colour, "xyz".index(component)) for surface in found.crossing.values()]
    corners, normals, values = (np.concatenate([part[i] for part in parts]) for i in range(3))
    scale = colour_scale(values, signed=colour not in ("speed", "none"))
    shades = np.tile(_PLAIN, (len(values), 1)) if colour == "none" else scale.colours(scale.norm(values))
    three = found.hamiltonian.dimension == 3
    figure = new_figure(COLUMN, 3.1 if three else 2.7)
    ax = add_axes(figure, projection="3d") if three else add_axes(figure)
    if three:
        _draw_triangles(ax, found, corners, shades, normals)
    else:
        _draw_lines(ax, found, corners, shades)
    if colour != "none":
        name, unit = _LABELS[colour]
        image = ScalarMappable(scale.norm, scale.colours)
        add_colour_bar(ax, image, scale, name.replace("{}", component), unit)
    ax.set_title(f"μ = {found.chemical_potential:.6g} eV".replace("-", "−"), fontsize=8)
    return figure


def _pieces(
    found: FermiSurfaces, surface: LevelSurface, colour: str, axis: int
) -> tuple[Float, Float, Float]:
    """Corners (s, d, 3) within the first zone, unit normals (s, 3), and values in the middle (s,)."""
    mesh = surface.fine
    corners = mesh.k[mesh.simplices]
    middle = corners.mean(axis=1)
    corners = corners + (fold(found.hamiltonian, middle) - middle)[:, None]
    at_corners = shade_of(surface, colour, axis, mesh.k)
    normals = mesh.direction[mesh.simplices].mean(axis=1)
    return corners, normals, at_corners[mesh.simplices].mean(axis=1)


def _draw_triangles(ax: Any, found: FermiSurfaces, corners: Float, shades: Float, normals: Float) -> None:
    light = _LIGHT / np.linalg.norm(_LIGHT)
    bright = 1.0 - _SHADE * (1.0 - np.abs(normals @ light))
    shades[:, :3] *= bright[:, None]
    triangles = Poly3DCollection(corners, facecolors=shades, edgecolors=shades, linewidths=0.1, zorder=2)
    ax.computed_zorder = False
    ax.add_collection3d(triangles)
    half = float(np.abs(corners).max())
    outline = zone_outline(found.hamiltonian) or []
    size = max((float(np.abs(face).max()) for face in outline), default=0.0)
    whole = isinstance(found.hamiltonian, LatticeHamiltonian) or size < _FAR * half
    if whole:
        half = max(half, size)
        edges = np.concatenate([np.stack([face[:-1], face[1:]], axis=1) for face in outline])
        near = edges.mean(axis=1) @ _towards_viewer() > 0
        for side, order, colour in ((~near, 1, "0.6"), (near, 3, "0.25")):
            ax.add_collection3d(Line3DCollection(edges[side], colors=colour, linewidths=LINE, zorder=order))
        ax.set_axis_off()
    for name, axis in zip("xyz", (ax.xaxis, ax.yaxis, ax.zaxis), strict=True):
        axis.set_label_text(wavevector_label(name))
        axis.set_major_locator(MaxNLocator(4))
    for limit in (ax.set_xlim, ax.set_ylim, ax.set_zlim):
        limit(-half, half)
    ax.set_box_aspect((1, 1, 1), zoom=0.95 if whole else 0.8)
    ax.view_init(*_VIEW)


def _towards_viewer() -> Float:
    up, around = np.radians(_VIEW)
    return np.array([np.cos(up) * np.cos(around), np.cos(up) * np.sin(around), np.sin(up)])


def _draw_lines(ax: Axes, found: FermiSurfaces, corners: Float, shades: Float) -> None:
    ax.add_collection(
        LineCollection(list(corners[:, :, :2]), linewidths=2.2 * LINE, capstyle="round", colors=list(shades))
    )
    outline = zone_outline(found.hamiltonian)
    half = float(np.abs(corners).max())
    if isinstance(outline, np.ndarray):
        if np.abs(outline).max() < _FAR * half:
            half = float(np.abs(outline).max())
        ax.plot(*outline.T, color="0.25", linewidth=1.2 * LINE, zorder=0.5)
    ax.set_xlim(-1.05 * half, 1.05 * half)
    ax.set_ylim(-1.05 * half, 1.05 * half)
    ax.set_aspect("equal", anchor="N")
    ax.set_xlabel(wavevector_label("x"))
    ax.set_ylabel(wavevector_label("y"))
