"""One orbital on a chain, a square or a simple cubic lattice: Bloch oscillations in closed form."""

import numpy as np

from wavepacket.errors import InputError
from wavepacket.hamiltonians.catalogue import model
from wavepacket.hamiltonians.lattice import LatticeHamiltonian
from wavepacket.units import Energy, Length

_POINTS = (
    {"G": (0, 0, 0), "X": (0.5, 0, 0)},
    {"G": (0, 0, 0), "X": (0.5, 0, 0), "M": (0.5, 0.5, 0)},
    {"G": (0, 0, 0), "X": (0.5, 0, 0), "M": (0.5, 0.5, 0), "R": (0.5, 0.5, 0.5)},
)
_PATHS = ("G X", "G X M G", "G X M G R X")


@model
def cosine_band(
    hopping: Energy = 0.25, lattice_constant: Length = 4.0, dimension: int = 1
) -> LatticeHamiltonian:
    """ε = −2t Σ_a cos(k_a a) over the axes of the dimension.

    Parameters
    ----------
    hopping : t, eV; the bandwidth is 4t × dimension, the bottom lies at Γ for t > 0
    lattice_constant : a, Å
    dimension : 1, 2 or 3

    Notes
    -----
    Symmetry: the full cubic group and time reversal, so Ω = m = 0.
    Exact: in a uniform field E ∥ x the packet swings by 4t/eE with period 2πħ/(eEa).

    References
    ----------
    N. W. Ashcroft, N. D. Mermin, "Solid State Physics" (1976), chapters 10 and 12.
    """
    if dimension not in (1, 2, 3):
        raise InputError(f"dimension must be 1, 2 or 3, not {dimension}")
    steps = np.eye(3, dtype=int)[:dimension, :dimension].tolist()
    return LatticeHamiltonian.from_hoppings(
        lattice_constant * np.eye(dimension),
        [(tuple(step), [[-hopping]]) for step in steps],
        special_points=_POINTS[dimension - 1],
        path=_PATHS[dimension - 1],
        name="cosine_band",
        parameters={"hopping": hopping, "lattice_constant": lattice_constant, "dimension": float(dimension)},
        reference="Ashcroft, Mermin, Solid State Physics (1976)",
    )
