"""By which lattice rule the five meshes of an integral are shifted against each other: j·rule/5 of a step, j = 0 … 4.

A mesh of N points along each axis takes the harmonics N·m of the integrand for its mean. Those with m·rule ≠ 0 mod 5
cancel in the mean of five meshes and show in their spread, the others do neither. Harmonics come from the hops of the
crystal: where all R have R·rule = 0 mod 5, every harmonic is of the second kind, and there is no spread to tell an error.
"""

from itertools import product

import numpy as np

from wavepacket.hamiltonians import Hamiltonian, LatticeHamiltonian

__all__ = ["REPLICAS", "lattice_rule"]

REPLICAS = 5
_USUAL = (1, 2, 3)


def lattice_rule(hamiltonian: Hamiltonian) -> tuple[float, ...]:
    """The usual rule (1, 2, 3) where it sees a hop as large as any that it does not see; else the rule that sees most.

    Only the first components count, as many as there are dimensions. An axis along which all hops are by multiples of 5
    cells has a fifth of its component: no whole number shows these.
    """
    usual = _USUAL[: hamiltonian.dimension]
    if not isinstance(hamiltonian, LatticeHamiltonian):
        return usual
    cells = np.array(hamiltonian.cells)[:, : hamiltonian.dimension]
    size = np.abs(hamiltonian.hoppings).max(axis=(1, 2))
    hops = np.any(cells != 0, axis=1)
    cells, size = cells[hops], size[hops]
    parts = np.ones(hamiltonian.dimension, dtype=np.int64)
    while (far := np.any(cells != 0, axis=0) & ~np.any(cells % REPLICAS, axis=0)).any():
        cells[:, far] //= REPLICAS
        parts[far] *= REPLICAS

    def hidden(rule: tuple[int, ...]) -> tuple[float, float]:
        """The largest hop that a rule does not see, and the largest that it sees with its sign turned."""
        seen = cells @ np.array(rule) % REPLICAS != 0
        return float(size[~seen].max(initial=0.0)), -float(size[seen].max(initial=0.0))

    unseen, best = hidden(usual)
    if unseen > -best:
        usual = min(product(range(1, REPLICAS), repeat=hamiltonian.dimension), key=hidden)
    return tuple(one / int(part) if part > 1 else one for one, part in zip(usual, parts, strict=True))
