"""Matrices between the states of a group of bands that their starts need: the moment and Ω; the same bits on every CPU.

Products are made number by number, as in group_start.py.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from wavepacket.arrays import Float, Integer
from wavepacket.simulation.group_start import times
from wavepacket.units import E_OVER_HBAR

__all__ = ["Matrices", "elements_between", "matrices_between"]

_LAST, _POSITIONS = -2, -3  # places in the integers of the kernels
_FIRST = 2


@dataclass(frozen=True, eq=False)
class Matrices:
    """All bands of a crystal at n wavevectors, and which of them are the group.

    Attributes
    ----------
    group : first band of the group, and the one behind its last
    energy : (n, N) by rising order, eV
    states : (n, N, N, 2), (Re, Im), of each band its orbitals, in the gauge of u
    velocity : (n, 3, N, N, 2) V_a between the states, eV Å
    own : (n, 3, N, N, 2) F of the elements of r, Å²; (0, ...) without
    """

    group: tuple[int, int]
    energy: Float
    states: Float
    velocity: Float
    own: Float

    @property
    def inside(self) -> Float:
        """States (n, G, N, 2) of the group."""
        return self.states[:, self.group[0] : self.group[1]]

    @cached_property
    def _tilts(self) -> list[Float]:
        """X_a (n, 3, G, 2) from the group to each state that is not of it."""
        first, last = self.group
        found = []
        for m in (*range(first), *range(last, self.energy.shape[1])):
            gap = self.energy[:, first:last] - self.energy[:, m : m + 1]
            found.append(self.velocity[:, :, m, first:last] / gap[:, None, :, None])
        return found

    def _pairs(self, c: int, lifted: bool) -> Float:
        """X_a†X_b (n, G, G, 2) less the same with a and b exchanged, c the axis across; ``lifted``: with H less the mean."""
        (a, b), (first, last) = ((c + 1) % 3, (c + 2) % 3), self.group
        inside, size = self.energy[:, first:last], last - first
        half = np.zeros((len(inside), size, size, 2))
        others = [self.energy[:, m] for m in (*range(first), *range(last, self.energy.shape[1]))]
        for tilt, level in zip(self._tilts, others, strict=True):
            bra = tilt[:, a, :, None] * np.array([1.0, -1.0])
            product = times(bra, tilt[:, b, None, :])
            mean = 0.5 * (inside[:, :, None] + inside[:, None, :])
            half += product * (level[:, None, None] - mean)[..., None] if lifted else product
        return np.asarray(half - np.swapaxes(half, 1, 2) * np.array([1.0, -1.0]))

    def moment(self, c: int) -> Float:
        """m̂ (n, G, G, 2) of charge −e, component c, eV/T: −(i/2)(e/ħ) of the pairs."""
        pairs = self._pairs(c, lifted=True)
        return 0.5 * E_OVER_HBAR * np.stack([pairs[..., 1], -pairs[..., 0]], axis=-1)

    def curvature(self, c: int) -> Float:
        """Ω (n, G, G, 2), component c, Å²: i of the pairs, and F of the elements of r."""
        pairs = self._pairs(c, lifted=False)
        found = np.stack([-pairs[..., 1], pairs[..., 0]], axis=-1)
        first, last = self.group
        return found + self.own[:, c, first:last, first:last] if len(self.own) else found


def matrices_between(integers: Integer, reals: Float, k: Float, *, positions: bool = True) -> Matrices:
    """All bands at k (n, 3), 1/Å.

    Parameters
    ----------
    integers, reals : arrays of ``kernels/bands/group_states.py``, which tell the group
    positions : whether elements of r enter, where there are any
    """
    whole = integers.copy()
    whole[_FIRST], whole[_LAST] = 0, integers[1] - 1
    whole[_POSITIONS] *= positions
    return Matrices((int(integers[_FIRST]), int(integers[_LAST]) + 1), *elements_between(whole, reals, k))


def elements_between(integers: Integer, reals: Float, k: Float) -> tuple[Float, Float, Float, Float]:
    """Energies, states, V_a and F of the group alone that the integers tell, as of `Matrices`."""
    from wavepacket.kernels.bands.group import scratch_size  # compiled when first needed
    from wavepacket.kernels.bands.group_start import group_elements

    number, orbitals, positions = len(k), int(integers[1]), bool(integers[_POSITIONS])
    size = int(integers[_LAST] - integers[_FIRST]) + 1
    energy, states = np.empty((number, size)), np.empty((number, size, orbitals, 2))
    velocity = np.empty((number, 3, size, size, 2))
    own = np.empty((number if positions else 0, 3, size, size, 2))
    scratch = np.zeros(scratch_size(orbitals, int(integers[3]), positions))
    group_elements(integers, reals, scratch, np.ascontiguousarray(k), energy, states, velocity, own)
    return energy, states, velocity, own
