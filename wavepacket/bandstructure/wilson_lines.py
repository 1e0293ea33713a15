"""Wilson-loop spectra of a group of bands over the zone: centres of hybrid Wannier functions, and what they count."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from wavepacket.arrays import Float
from wavepacket.bands import wannier_centres, z2_invariants
from wavepacket.bands.chern import chern_number
from wavepacket.errors import InputError
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian
from wavepacket.observables import plain

__all__ = ["WilsonLines", "wilson_lines"]

_LINES = 121


@dataclass(frozen=True, eq=False)
class WilsonLines:
    """Centres of the hybrid Wannier functions of a group of bands, localised along the first lattice vector.

    Attributes
    ----------
    bands : first and last of the group
    across : (L,) component of k along the second reciprocal vector, reduced, from 0 to 1; one 0 for a chain
    centres : for each plane of the zone, by its name, (L, G) in units of the lattice vector, in [0, 1) and rising
    chern_number : of a layer; None for others
    z2 : (ν,) of a layer, (ν₀, ν₁, ν₂, ν₃) of a solid; empty where time reversal is missing
    """

    bands: tuple[int, int]
    across: Float
    centres: Mapping[str, Float]
    chern_number: int | None = None
    z2: tuple[int, ...] = field(default=())

    def __str__(self) -> str:
        """Say what they count."""
        said = []
        if self.chern_number is not None:
            said.append(f"Chern number {self.chern_number}")
        if len(self.z2) == 1:
            said.append(f"Z2 {self.z2[0]}")
        elif self.z2:
            said.append(f"Z2 ({self.z2[0]}; {''.join(map(str, self.z2[1:]))})")
        first, last = self.bands
        which = f"band {first}" if first == last else f"bands {first} to {last}"
        return f"Wilson loops of {which}: {', '.join(said) or 'no invariant known'}"

    def as_json(self) -> dict[str, Any]:
        """Plain lists and numbers."""
        return {
            "bands": list(self.bands), "across": plain(self.across), "chern_number": self.chern_number,
            "z2": list(self.z2) or None, "centres": {name: plain(each) for name, each in self.centres.items()},
        }  # fmt: skip


def wilson_lines(hamiltonian: Hamiltonian, bands: tuple[int, int], *, lines: int = _LINES) -> WilsonLines:
    """Spectra of loops along the first reciprocal vector, over the zone of a layer, or two planes of that of a solid.

    Raises
    ------
    InputError
        for a k·p model, which has no zone, and a group that touches other bands on the way
    """
    if not isinstance(hamiltonian, LatticeHamiltonian):
        raise InputError("a k.p model has no zone that a Wilson loop could run through")
    dimension = hamiltonian.dimension
    across = np.linspace(0.0, 1.0, lines) if dimension > 1 else np.zeros(1)
    planes = {"": 0.0} if dimension < 3 else {"$k_3$ = 0": 0.0, "$k_3$ = 1/2": 0.5}
    centres = {}
    for name, height in planes.items():
        k = np.zeros((len(across), dimension))
        k[:, 1:2], k[:, 2:] = across[:, None][:, : dimension - 1], height
        centres[name] = wannier_centres(hamiltonian, bands, k)
    z2: tuple[int, ...] = ()
    if dimension > 1 and (bands[1] - bands[0]) % 2 and _reverses_time(hamiltonian):
        z2 = z2_invariants(hamiltonian, bands)
    return WilsonLines(bands, across, centres, chern_number(hamiltonian, *bands), z2)


def _reverses_time(hamiltonian: LatticeHamiltonian) -> bool:
    """Whether all bands meet in pairs at the invariant momenta, as those of spinful electrons do by time reversal."""
    d = hamiltonian.dimension
    corners = np.stack(np.meshgrid(*[(0.0, 0.5)] * d, indexing="ij"), axis=-1).reshape(-1, d)
    energy = np.linalg.eigvalsh(hamiltonian.hamiltonian(corners @ hamiltonian.reciprocal[:d]))
    if energy.shape[1] % 2:
        return False
    return bool(np.abs(energy[:, 1::2] - energy[:, 0::2]).max() < 1e-6 * np.ptp(energy))
