"""How strongly circularly polarised light fills, or empties, the states of a band."""

import math

import numpy as np

from wavepacket.arrays import Complex, Float
from wavepacket.bands import Band, Followed
from wavepacket.config import Config, Ensemble, Optical
from wavepacket.errors import InputError
from wavepacket.hamiltonians import Hamiltonian

_CHUNK = 4096
_FARTHEST = 8.5  # widths from the middle of the line: a Gaussian is rounding there, e^-36 = 2e-16


def check_light(light: Optical, band: Band, group: tuple[int, int] | None = None) -> None:
    """Refuse bands that do not exist, and light that would have to lift electrons downwards.

    Parameters
    ----------
    group : first and last band of packets with an internal state; None for packets in one band

    Raises
    ------
    InputError
        with the key that names the other band

    """
    key, partners, own = light.partner_key, light.partners, group or (band.index,)
    if partners[-1] >= band.hamiltonian.size:
        raise InputError(f"ensemble.{key}: there are bands 0 to {band.hamiltonian.size - 1}")
    if key == "valence" and partners[-1] >= own[0]:
        raise InputError(
            "ensemble.valence: light lifts electrons from a lower band, and this one is not below that of the packets; "
            "for the holes that light leaves in the band of the packets give 'conduction' in its place"
        )
    if key == "conduction" and partners[0] <= own[-1]:
        raise InputError(
            "ensemble.conduction: holes are left by electrons that light lifts to a higher band, and this one is not above "
            "that of the packets; for the electrons in the band of the packets give 'valence' in its place"
        )


def in_part(section: Ensemble, chosen: Followed, config: Config) -> Ensemble:
    """The section with the other bands of light counted as the part of the crystal counts them that the band belongs to.

    Raises
    ------
    ConfigError
        where another band belongs to another part

    """
    if not isinstance(section, Optical) or section.partners[-1] >= len(chosen.indices):
        return section
    key, places = section.partner_key, []
    for partner in section.partners:
        place = chosen.indices[partner]
        if place is None:
            raise config.problem(
                f"ensemble.{key}",
                f"band {partner} belongs to another part of the crystal: no light leads from there to band "
                f"{config.band.index}",
            )
        places.append(place)
    return section.model_copy(update={key: places[0] if len(places) == 1 else tuple(places)})


def absorption(light: Optical, band: Band, k: Float) -> Float:
    """|⟨c|ê·∂H/∂k|v⟩|² (eV² Å²) times the line exp(−(ε_c − ε_v − ħω)²/2w²), (n,), summed over the other bands.

    v is the lower and c the upper of the packets' band and its partner: light that lifts an electron to k leaves a hole at
    the same k, so that both have the same weights. ê = (1, ±i, 0)/√2, the polarisation of a field (cos ωt, ± sin ωt).
    Rates of valleys differ by their circular dichroism (W. Yao, D. Xiao and Q. Niu, Phys. Rev. B 77, 235406 (2008)).
    """
    result = np.zeros(len(k))
    for first in range(0, len(k), _CHUNK):
        part = slice(first, first + _CHUNK)
        energy, states, probe = _solved(light, band.hamiltonian, k[part])
        for partner in light.partners:
            lower, upper = sorted((band.index, partner))
            element = np.einsum("ni,nij,nj->n", states[:, :, upper].conj(), probe, states[:, :, lower])
            late = (energy[:, upper] - energy[:, lower] - light.photon_energy) / light.width
            result[part] += np.abs(element) ** 2 * np.exp(-0.5 * np.minimum(late * late, 1400.0))
    return result


def _solved(light: Optical, hamiltonian: Hamiltonian, k: Float) -> tuple[Float, Complex, Complex]:
    """Energies, states, and ê·∂H/∂k (n, N, N) at k."""
    energy, states = np.linalg.eigh(hamiltonian.hamiltonian(k))
    gradient = hamiltonian.hamiltonian_gradient(k)
    return energy, states, (gradient[:, 0] + 1j * light.handedness * gradient[:, 1]) / np.sqrt(2.0)


def refuse_off_resonance(light: Optical, band: Band, k: Float) -> None:
    """Raise InputError where the transitions at the states that light prefers, k (n, 3), are beyond its line.

    What is left of the line there is rounding, and weights relative to it would say nothing.
    """
    nearest = math.inf
    for first in range(0, len(k), _CHUNK):
        energy = np.linalg.eigvalsh(band.hamiltonian.hamiltonian(k[first : first + _CHUNK]))
        for partner in light.partners:
            apart = np.abs(energy[:, partner] - energy[:, band.index])
            best = float(apart[np.argmin(np.abs(apart - light.photon_energy))])
            nearest = min(nearest, best, key=lambda value: abs(value - light.photon_energy))
    off = abs(nearest - light.photon_energy) / light.width
    if off > _FARTHEST:
        raise InputError(
            f"ensemble.photon_energy: no state is reached by light of {light.photon_energy:g} eV: the nearest transition is "
            f"at {nearest:.4g} eV, {off:.3g} widths of the line away"
        )
