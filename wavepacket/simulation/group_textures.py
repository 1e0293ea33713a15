"""Groups of bands in crystals with textures: the arrays of their right-hand side, and states where packets start."""

from dataclasses import dataclass, replace

import numpy as np

from wavepacket.arrays import Float, Integer
from wavepacket.bands.texture_bands import factors_begin, phase_arrays, phase_scratch
from wavepacket.hamiltonians.texture import TexturedCrystal

__all__ = ["GroupTexture", "group_texture"]


@dataclass(frozen=True, eq=False)
class GroupTexture:
    """A group of bands of H(k, λ(r, t)).

    Attributes
    ----------
    crystal : H_0, the terms and what λ is
    size : number of bands of the group
    integers, reals : arrays of ``kernels/bands/phase_matrices.py``

    """

    crystal: TexturedCrystal
    size: int
    integers: Integer
    reals: Float

    @property
    def scratch_size(self) -> int:
        """Numbers of scratch space that kernels need."""
        return phase_scratch(self.integers)

    def states(self, k: Float, r: Float, time: float) -> tuple[Float, Float]:
        """Energies (n, G), eV, by rising order and states (n, G, N, 2), (Re, Im), at k and r (n, 3) and one time, fs."""
        from wavepacket.kernels.bands.phase_start import texture_frames  # compiled when first needed

        size = self.crystal.base.size
        energy, frames = np.empty((len(k), self.size)), np.empty((len(k), self.size, size, 2))
        places = np.ascontiguousarray(np.concatenate([k, r], axis=1))
        texture_frames(self.integers, self.reals, np.zeros(self.scratch_size), places, time, energy, frames)
        return energy, frames

    def with_factors(self, factors: tuple[float, float, float, float]) -> "GroupTexture":
        """The same with terms of the equations scaled, as `bands.with_factors` does: Ω_rr, Ω_rk, Ω_t, gradient energy."""
        reals, place = self.reals.copy(), factors_begin(self.integers)
        reals[place : place + 4] = factors
        return replace(self, reals=reals)


def group_texture(
    crystal: TexturedCrystal, bands: tuple[int, int], behind: tuple[Integer, Float]
) -> GroupTexture:
    """The group of a first and a last band; ``behind`` are its arrays in the crystal at one place."""
    integers, reals = phase_arrays(crystal, bands, behind, internal=True)
    return GroupTexture(crystal, bands[1] - bands[0] + 1, integers, reals)
