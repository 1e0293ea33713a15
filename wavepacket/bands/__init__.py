"""Band sources: what a wavepacket feels at k, in closed form, from a table, or by diagonalisation."""

from wavepacket.bands.direct import direct
from wavepacket.bands.frozen import can_freeze, frozen
from wavepacket.bands.geometry import BandGeometry
from wavepacket.bands.select import band
from wavepacket.bands.source import Band
from wavepacket.bands.table import table
from wavepacket.bands.two_band import two_band

__all__ = ["Band", "BandGeometry", "band", "can_freeze", "direct", "frozen", "table", "two_band"]
