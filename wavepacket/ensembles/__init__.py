"""Where packets start and how many states each of them stands for."""

from wavepacket.ensembles.build import build_ensemble, gaussian_centre
from wavepacket.ensembles.ensemble import Ensemble
from wavepacket.ensembles.occupation import fermi_function
from wavepacket.ensembles.packets import Packets
from wavepacket.ensembles.valleys import Valleys, locate_valleys, nearest_valley, valley_centres

__all__ = [
    "Ensemble",
    "Packets",
    "Valleys",
    "build_ensemble",
    "fermi_function",
    "gaussian_centre",
    "locate_valleys",
    "nearest_valley",
    "valley_centres",
]
