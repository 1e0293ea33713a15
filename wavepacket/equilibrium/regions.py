"""Which wavevectors belong to a valley or to a ball in k space."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from wavepacket.ensembles import Valleys, nearest_valley, valley_centres
from wavepacket.equilibrium.columns import Selector
from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian

__all__ = ["ball", "selectors_of_valleys"]

Float = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def selectors_of_valleys(hamiltonian: Hamiltonian, chosen: Valleys = None) -> dict[str, Selector]:
    """Name → the wavevectors nearest to the valley; none where there are fewer than two valleys."""
    names, centres = valley_centres(hamiltonian, chosen)
    if len(names) < 2:
        return {}

    def selector(index: int) -> Selector:
        return lambda k: np.asarray(nearest_valley(hamiltonian, k, centres) == index)

    return {name: selector(index) for index, name in enumerate(names)}


def ball(hamiltonian: Hamiltonian, center: Sequence[float], radius: float) -> Selector:
    """Wavevectors within a radius (1/Å) of a center (reduced; Cartesian for k·p), over all reciprocal vectors."""
    if not isinstance(hamiltonian, LatticeHamiltonian):
        middle = np.array(center)
        return lambda k: np.asarray(np.linalg.norm(k - middle, axis=1) <= radius)
    steps = [(-1, 0, 1) if periodic else (0,) for periodic in hamiltonian.periodic]
    shifts = np.array(np.meshgrid(*steps)).reshape(3, -1).T @ hamiltonian.reciprocal

    def inside(k: Float) -> Flags:
        reduced = k @ hamiltonian.lattice.T / (2 * np.pi) - np.array(center)
        folded = (reduced - np.round(reduced)) @ hamiltonian.reciprocal
        near = np.linalg.norm(folded[:, None] + shifts, axis=2).min(axis=1)
        return np.asarray(near <= radius)

    return inside
