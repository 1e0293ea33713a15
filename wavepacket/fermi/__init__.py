"""Fermi surfaces as objects: sheets on the level itself, their areas and volumes, and integrals over them."""

from wavepacket.fermi.all_bands import FermiSurfaces, fermi_surface
from wavepacket.fermi.build import CELLS, level_surface
from wavepacket.fermi.files import write_bxsf, write_frmsf
from wavepacket.fermi.filled import filled_points, whole_points
from wavepacket.fermi.level import Level, states_of_all
from wavepacket.fermi.surface import Estimate, LevelSurface, Sheet
from wavepacket.fermi.vertices import SurfaceCurvature, Vertices, surface_curvature

__all__ = [
    "CELLS",
    "Estimate",
    "FermiSurfaces",
    "Level",
    "LevelSurface",
    "Sheet",
    "SurfaceCurvature",
    "Vertices",
    "fermi_surface",
    "filled_points",
    "level_surface",
    "states_of_all",
    "surface_curvature",
    "whole_points",
    "write_bxsf",
    "write_frmsf",
]
