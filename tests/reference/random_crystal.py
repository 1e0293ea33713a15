"""Crystals with numbers at random, which have no symmetry that could hide an error."""

import numpy as np

from wavepacket.hamiltonians import LatticeHamiltonian


def random_crystal(
    seed: int, size: int = 3, dimension: int = 3, with_positions: bool = True
) -> LatticeHamiltonian:
    """Return a crystal of few cells with numbers of order one."""
    rng = np.random.default_rng(seed)
    lattice = np.eye(dimension) * 2.5 + rng.uniform(-0.6, 0.6, (dimension, dimension))
    cells = sorted(
        {tuple(int(x) for x in cell) for cell in rng.integers(-2, 3, (4, dimension))} | {(0,) * dimension}
    )
    chosen = [cell for cell in cells if cell >= (0,) * dimension]

    def matrices(*shape: int) -> dict[tuple[int, ...], np.ndarray]:
        table = {cell: rng.normal(size=shape) + 1j * rng.normal(size=shape) for cell in chosen}
        origin = table[(0,) * dimension]
        table[(0,) * dimension] = (origin + np.conj(np.swapaxes(origin, -1, -2))) / 2
        return table

    hoppings, positions = matrices(size, size), matrices(3, size, size)
    orbital = np.arange(size)
    positions[(0,) * dimension][:, orbital, orbital] = 0
    return LatticeHamiltonian.from_hoppings(
        lattice,
        hoppings,
        positions=rng.uniform(-0.5, 0.5, (size, dimension)),
        position_matrices=positions if with_positions else None,
        name="random",
    )
