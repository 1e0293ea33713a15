"""What all closed forms of a linear response ask of a config."""

import numpy as np
import numpy.typing as npt

from wavepacket.config import Config, FermiSurface, LibraryModel
from wavepacket.hamiltonians import Hamiltonian, build_hamiltonian

__all__ = ["cross_matrix", "library_model", "relaxation_time", "surface"]

Float = npt.NDArray[np.float64]


def surface(config: Config) -> FermiSurface:
    """Return the ensemble of a linear response, or raise a ConfigError."""
    if not isinstance(config.ensemble, FermiSurface):
        raise config.problem("ensemble.kind", f"reference {config.reference} is for kind: fermi_surface")
    return config.ensemble


def library_model(config: Config, names: tuple[str, ...]) -> Hamiltonian:
    """Return the crystal where it is one of some library models, or raise a ConfigError."""
    if not isinstance(config.model, LibraryModel) or config.model.name not in names:
        raise config.problem("model", f"reference {config.reference} is for the model {' or '.join(names)}")
    return build_hamiltonian(config)


def relaxation_time(config: Config) -> float:
    """Return the one time of all collisions (within valleys, where they conserve their number), fs."""
    scattering = config.scattering
    if scattering is None or scattering.energy is not None or isinstance(scattering.relaxation_time, dict):
        raise config.problem("scattering", f"reference {config.reference} needs one relaxation time")
    return scattering.relaxation_time


def cross_matrix(vector: Float) -> Float:
    """Matrix X (3, 3) with X v = v × vector."""
    x, y, z = vector
    return np.array([[0.0, z, -y], [-z, 0.0, x], [y, -x, 0.0]])
