"""How strongly circularly polarised light fills the states of a band."""

import numpy as np
import numpy.typing as npt

from wavepacket.bands import Band
from wavepacket.config import Optical

Float = npt.NDArray[np.float64]

_CHUNK = 4096


def absorption(light: Optical, band: Band, k: Float) -> Float:
    """|⟨n|ê·∂H/∂k|v⟩|² (eV² Å²) times the line exp(−(ε_n − ε_v − ħω)²/2w²), (n,), for n the packets' band.

    ê = (1, ±i, 0)/√2, the polarisation of a field (cos ωt, ± sin ωt). Rates of valleys differ by their circular dichroism
    (W. Yao, D. Xiao and Q. Niu, Phys. Rev. B 77, 235406 (2008)).
    """
    result = np.empty(len(k))
    for first in range(0, len(k), _CHUNK):
        part = slice(first, first + _CHUNK)
        energy, states = np.linalg.eigh(band.hamiltonian.hamiltonian(k[part]))
        gradient = band.hamiltonian.hamiltonian_gradient(k[part])
        probe = (gradient[:, 0] + 1j * light.handedness * gradient[:, 1]) / np.sqrt(2.0)
        element = np.einsum(
            "ni,nij,nj->n", states[:, :, band.index].conj(), probe, states[:, :, light.valence]
        )
        late = (energy[:, band.index] - energy[:, light.valence] - light.photon_energy) / light.width
        result[part] = np.abs(element) ** 2 * np.exp(-0.5 * np.minimum(late * late, 1400.0))
    return result
