"""Band sources: what a wavepacket feels at k, in closed form, from a table, or by diagonalisation."""

from wavepacket.bands.character import Followed, each_followed, follow, followed
from wavepacket.bands.direct import direct
from wavepacket.bands.extrema import Extremum, GapMinimum, find_extrema, find_gap_minima
from wavepacket.bands.frozen import can_freeze, frozen, worth_freezing
from wavepacket.bands.group_geometry import PLANES, BandGroup, GroupGeometry, band_group
from wavepacket.bands.levels import EffectiveMass, effective_mass
from wavepacket.bands.phase_space import PhaseSpace, in_phase_space
from wavepacket.bands.select import band
from wavepacket.bands.source import Band, BandGeometry
from wavepacket.bands.table import table
from wavepacket.bands.texture import between_steps, texture_band, with_factors
from wavepacket.bands.two_band import two_band
from wavepacket.bands.valleys import Valley, find_valleys
from wavepacket.bands.weyl import WeylPoint, WeylPoints, find_weyl_points
from wavepacket.bands.wilson import wannier_centres, wilson_loop, z2_invariant, z2_invariants

__all__ = [
    "PLANES",
    "Band",
    "BandGeometry",
    "BandGroup",
    "EffectiveMass",
    "Extremum",
    "Followed",
    "GapMinimum",
    "GroupGeometry",
    "PhaseSpace",
    "Valley",
    "WeylPoint",
    "WeylPoints",
    "band",
    "band_group",
    "between_steps",
    "can_freeze",
    "direct",
    "each_followed",
    "effective_mass",
    "find_extrema",
    "find_gap_minima",
    "find_valleys",
    "find_weyl_points",
    "follow",
    "followed",
    "frozen",
    "in_phase_space",
    "table",
    "texture_band",
    "two_band",
    "wannier_centres",
    "wilson_loop",
    "with_factors",
    "worth_freezing",
    "z2_invariant",
    "z2_invariants",
]
