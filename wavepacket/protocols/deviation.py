"""Packets that stand for the deviation from equilibrium, beside filled states that no packet stands for."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from wavepacket.config import FermiDirac, FermiSurface
from wavepacket.protocols.collisional import Collisional

__all__ = ["Deviation"]

Float = npt.NDArray[np.float64]


class Deviation(Collisional):
    """Packets start at the Fermi surface, with the weight −∂f/∂𝓔, and the filled states below it are summed apart."""

    @property
    def starts(self) -> FermiSurface:
        """The states at the Fermi surface of the ensemble."""
        ensemble = self.config.ensemble
        if isinstance(ensemble, FermiSurface):
            return ensemble
        shared = set(FermiSurface.model_fields) - {"kind"}
        return FermiSurface.model_validate({name: getattr(ensemble, name) for name in shared})

    def filled_states(self, integral: Callable[[FermiSurface | FermiDirac], Float]) -> Float:
        """The integrals over them."""
        ensemble = self.config.ensemble
        assert isinstance(ensemble, FermiSurface | FermiDirac)
        return integral(ensemble)

    def shares(self, number: int, starting_rates: Callable[[], Float]) -> Float:
        """Packets count as they are."""
        return np.ones(number)

    def responses(self, waves: Float, start: Float) -> Float:
        """A force changes 𝓔 at the rate ṙ(k0) times it."""
        return np.asarray(np.einsum("nwpa,nb->nwpba", waves, start)).reshape(len(waves), 24, 3)
