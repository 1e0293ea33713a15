"""What is summed over states: named columns of weights, one number for each state."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from wavepacket.equilibrium.states import States

__all__ = ["Columns", "Selector"]

Float = npt.NDArray[np.float64]
Selector = Callable[[Float], npt.NDArray[np.bool_]]
"""Tells of wavevectors (n, 3) which ones belong to a valley or region."""


@dataclass(frozen=True)
class Columns:
    """The weights of a state, as columns in a fixed order.

    Attributes
    ----------
    dimension : of k space
    curvature, moment, dipole : whether Ω, m and ∂_aε Ω_b are wanted
    regions : name → selector; each gets columns of Ω of its own
    bands : number of bands with columns of Ω of their own; 0 for none
    """

    dimension: int
    curvature: bool = True
    moment: bool = False
    dipole: bool = False
    regions: dict[str, Selector] = field(default_factory=dict)
    bands: int = 0

    @property
    def components(self) -> tuple[int, ...]:
        """Cartesian components that a curl can have: z in two dimensions, none in one."""
        return {1: (), 2: (2,), 3: (0, 1, 2)}[self.dimension]

    @property
    def places(self) -> dict[str, slice]:
        """Name → its columns."""
        width = len(self.components)
        sizes = {"one": 1, "curvature": width * self.curvature, "moment": width * self.moment}
        sizes["dipole"] = self.dimension * width * self.dipole
        sizes |= {f"region {name}": width * self.curvature for name in self.regions}
        sizes |= {f"band {index}": width * self.curvature for index in range(self.bands)}
        ends = np.cumsum(list(sizes.values()))
        return {
            name: slice(int(end) - size, int(end))
            for (name, size), end in zip(sizes.items(), ends, strict=True)
        }

    @property
    def count(self) -> int:
        """Number of columns."""
        return max(int(place.stop) for place in self.places.values())

    def of(self, states: States, k: Float) -> Float:
        """Weights (n, N, columns) of the states at wavevectors k (n, 3)."""
        places, c = self.places, list(self.components)
        weights = np.zeros((*states.energy.shape, self.count))
        weights[..., 0] = 1.0
        curvature = states.curvature[..., c]
        if self.curvature:
            weights[..., places["curvature"]] = curvature
            for name, selector in self.regions.items():
                weights[..., places[f"region {name}"]] = curvature * selector(k)[:, None, None]
            for index in range(self.bands):
                weights[:, index, places[f"band {index}"]] = curvature[:, index]
        if self.moment:
            weights[..., places["moment"]] = states.moment[..., c]
        if self.dipole:
            product = states.slope[..., : self.dimension, None] * curvature[..., None, :]
            weights[..., places["dipole"]] = product.reshape(*product.shape[:2], -1)
        return weights
