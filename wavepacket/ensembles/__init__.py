"""Where packets start and how many states each of them stands for."""

from wavepacket.ensembles.all_bands import (
    SPIN_COLUMNS,
    Window,
    spin_of_states,
    states_in_window,
    states_on_surfaces,
)
from wavepacket.ensembles.build import build_ensemble, gaussian_centre
from wavepacket.ensembles.candidates import zone_points
from wavepacket.ensembles.carriers import are_holes
from wavepacket.ensembles.cells import Cells, cells_of
from wavepacket.ensembles.confined import grid_of, itinerant_moment, reduced_energy
from wavepacket.ensembles.ensemble import Ensemble
from wavepacket.ensembles.in_group import InGroup
from wavepacket.ensembles.in_textures import InTextures, equilibrium_in_textures, sea_in_textures
from wavepacket.ensembles.local import LOCAL_SUMS, Layer
from wavepacket.ensembles.occupation import density_factor, fermi_function, wavepacket_energy
from wavepacket.ensembles.optical import in_part
from wavepacket.ensembles.other_bands import curvature_of_others, may_cross
from wavepacket.ensembles.packets import Packets
from wavepacket.ensembles.random import uniforms
from wavepacket.ensembles.resolution import FEWEST, Resolution, least_error
from wavepacket.ensembles.sea import fermi_sea
from wavepacket.ensembles.tail import INSIDE, edge_beyond, filled_at_edge, tail_beyond_cutoff
from wavepacket.ensembles.valleys import Valleys, locate_valleys, nearest_valley, valley_centres, with_signs
from wavepacket.ensembles.velocity import parts_at_rest, turning_at_rest, velocity_at_rest, velocity_on_layer
from wavepacket.ensembles.weights import weight_unit
from wavepacket.ensembles.zone import nested_levels

__all__ = [
    "FEWEST",
    "INSIDE",
    "LOCAL_SUMS",
    "SPIN_COLUMNS",
    "Cells",
    "Ensemble",
    "InGroup",
    "InTextures",
    "Layer",
    "Packets",
    "Resolution",
    "Valleys",
    "Window",
    "are_holes",
    "build_ensemble",
    "cells_of",
    "curvature_of_others",
    "density_factor",
    "edge_beyond",
    "equilibrium_in_textures",
    "fermi_function",
    "fermi_sea",
    "filled_at_edge",
    "gaussian_centre",
    "grid_of",
    "in_part",
    "itinerant_moment",
    "least_error",
    "locate_valleys",
    "may_cross",
    "nearest_valley",
    "nested_levels",
    "parts_at_rest",
    "reduced_energy",
    "sea_in_textures",
    "spin_of_states",
    "states_in_window",
    "states_on_surfaces",
    "tail_beyond_cutoff",
    "turning_at_rest",
    "uniforms",
    "valley_centres",
    "velocity_at_rest",
    "velocity_on_layer",
    "wavepacket_energy",
    "weight_unit",
    "with_signs",
    "zone_points",
]
