"""What all closed forms of a linear response ask of a config."""

import numpy as np

from wavepacket.arrays import Float
from wavepacket.config import Config, LibraryModel
from wavepacket.hamiltonians import Hamiltonian, build_hamiltonian
from wavepacket.protocols import LinearResponse, linear_response_of

__all__ = ["cross_matrix", "library_model", "linear_response"]


def linear_response(config: Config) -> tuple[LinearResponse, float]:
    """Return the protocol and the one time of all collisions (within valleys, where they conserve their number), fs.

    Raises
    ------
    ConfigError : this is no linear response, or has several times
    """
    found = linear_response_of(config)
    if found is None:
        raise config.problem(
            "ensemble.kind", f"reference {config.reference} is for kind: fermi_surface with scattering"
        )
    if found.one_time is None:
        raise config.problem("scattering", f"reference {config.reference} needs one relaxation time")
    return found, found.one_time


def library_model(config: Config, names: tuple[str, ...]) -> Hamiltonian:
    """Return the crystal where it is one of some library models, or raise a ConfigError."""
    if not isinstance(config.model, LibraryModel) or config.model.name not in names:
        raise config.problem("model", f"reference {config.reference} is for the model {' or '.join(names)}")
    return build_hamiltonian(config)


def cross_matrix(vector: Float) -> Float:
    """Matrix X (3, 3) with X v = v × vector."""
    x, y, z = vector
    return np.array([[0.0, z, -y], [-z, 0.0, x], [y, -x, 0.0]])
