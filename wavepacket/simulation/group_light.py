"""What circularly polarised light leaves in a group of bands, the same bits on every CPU."""

import math

import numpy as np

from wavepacket.arrays import Float
from wavepacket.config import Optical
from wavepacket.simulation.group_matrices import Matrices
from wavepacket.simulation.group_start import times

__all__ = ["density_matrix"]


def density_matrix(light: Optical, made: Matrices) -> Float:
    """ρ (n, G, G, 2) between the states of a group, eV² Å²: Σ_v M|v⟩⟨v|M†, M = Σ_c |c⟩⟨c|ê·V|v⟩⟨v| √line.

    c are the bands of the group and v those that light comes from; for holes those that it leads to, with (ê·V)†. ê and the
    line are those of the weights of one band, whose sum over the group is the trace. To first order in light, coherent
    within the group as a pulse of that spectrum is.
    """
    first, last = made.group
    size, holes = last - first, light.conduction is not None
    found = np.zeros((len(made.energy), size, size, 2))
    for v in light.partners:
        amplitude = np.empty((len(made.energy), size, 2))
        for c in range(first, last):
            element = (
                _probe(light, made, v, c) * np.array([1.0, -1.0]) if holes else _probe(light, made, c, v)
            )
            late = (np.abs(made.energy[:, c] - made.energy[:, v]) - light.photon_energy) / light.width
            line = np.exp(-0.25 * np.minimum(late * late, 2800.0))
            amplitude[:, c - first] = line[:, None] * element
        found += times(amplitude[:, :, None], amplitude[:, None] * np.array([1.0, -1.0]))
    return found


def _probe(light: Optical, made: Matrices, i: int, j: int) -> Float:
    """⟨i|ê·V|j⟩ (n, 2), ê = (1, ±i, 0)/√2."""
    along, across = made.velocity[:, 0, i, j], made.velocity[:, 1, i, j]
    turned = light.handedness * np.stack([-across[:, 1], across[:, 0]], axis=-1)
    return np.asarray((along + turned) / math.sqrt(2.0))
