"""A ferromagnet of s, p and d orbitals with spin on a bcc lattice, from two-centre integrals: J. C. Slater and G. F. Koster.

Numbers are of the size of those of iron, and not fitted to anything.
"""

import itertools

import numpy as np

from wavepacket.hamiltonians import LatticeHamiltonian

_SPIN = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
_STARTS = {0: slice(0, 1), 1: slice(1, 4), 2: slice(4, 9)}


def _harmonics(r: np.ndarray) -> list[np.ndarray]:
    """Real harmonics (n, 1), (n, 3), (n, 5) of unit vectors, those along z first by |m| = 0, 1, 2."""
    x, y, z = r.T
    d = [
        (3 * z**2 - 1) / 2,
        np.sqrt(3) * z * x,
        np.sqrt(3) * y * z,
        np.sqrt(3) / 2 * (x**2 - y**2),
        np.sqrt(3) * x * y,
    ]
    return [np.ones((len(r), 1)), np.stack([z, x, y], axis=1), np.stack(d, axis=1)]


def rotation_of_orbitals(turn: np.ndarray) -> np.ndarray:
    """The matrix (9, 9) of a rotation or reflection on s, p and d."""
    points = np.random.default_rng(0).normal(size=(40, 3))
    points /= np.linalg.norm(points, axis=1)[:, None]
    matrix = np.zeros((9, 9))
    for degree, (here, back) in enumerate(zip(_harmonics(points), _harmonics(points @ turn), strict=True)):
        # A turned orbital is Y(turn⁻¹ r).
        matrix[_STARTS[degree], _STARTS[degree]] = np.linalg.lstsq(here, back, rcond=None)[0]
    return matrix


def _hop(direction: np.ndarray, integrals: dict[tuple[int, int], list[float]]) -> np.ndarray:
    z = direction / np.linalg.norm(direction)
    x = np.cross([0.3, 0.5, 0.8], z)
    x /= np.linalg.norm(x)
    turn = rotation_of_orbitals(np.stack([x, np.cross(z, x), z], axis=1))
    along = np.zeros((9, 9))
    for (low, high), values in integrals.items():
        block = np.zeros((2 * low + 1, 2 * high + 1))
        for m, value in enumerate(values):
            for row in [0] if m == 0 else [2 * m - 1, 2 * m]:
                block[row, row] = value
        along[_STARTS[low], _STARTS[high]] = block
        if low != high:
            along[_STARTS[high], _STARTS[low]] = (-1) ** (low + high) * block.T
    return turn @ along @ turn.T


def _angular_momentum() -> np.ndarray:
    """L (3, 9, 9), from small turns: D = 1 − iφ·L."""
    step, found = 1e-4, []
    for axis in np.eye(3):
        turn = [np.eye(3) + s * step * np.cross(np.eye(3), axis) for s in (1, -1)]
        turn = [np.linalg.svd(t)[0] @ np.linalg.svd(t)[2] for t in turn]
        found.append(1j * (rotation_of_orbitals(turn[0]) - rotation_of_orbitals(turn[1])) / (2 * step))
    return np.array([(one + one.conj().T) / 2 for one in found])


def ferromagnet(
    spin_orbit: float = 0.06, exchange: float = 2.0, noise: float = 0.0, lattice_constant: float = 2.87
) -> LatticeHamiltonian:
    """Eighteen orbitals, magnetised along z: 16 operations of which 8 with time reversal.

    Parameters
    ----------
    noise : standard deviation of random numbers that are added to all elements, eV
    """
    near = {
        (0, 0): [-1.2],
        (0, 1): [1.4],
        (1, 1): [1.8, -0.3],
        (0, 2): [-0.8],
        (1, 2): [-1.0, 0.3],
        (2, 2): [-0.6, 0.4, -0.08],
    }
    far = {
        (0, 0): [-0.4],
        (0, 1): [0.6],
        (1, 1): [1.2, 0.1],
        (0, 2): [-0.35],
        (1, 2): [-0.5, 0.05],
        (2, 2): [-0.35, 0.1, 0.0],
    }
    lattice = lattice_constant * np.array([[-0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0.5, 0.5, -0.5]])
    rng, hoppings = np.random.default_rng(11), {}
    for cell in itertools.product((-1, 0, 1), repeat=3):
        hop = np.array(cell) @ lattice
        shell = round(float(hop @ hop) / lattice_constant**2 * 4)
        if shell in (3, 4):
            hoppings[cell] = np.kron(np.eye(2), _hop(hop, near if shell == 3 else far)).astype(complex)
    onsite = np.kron(np.eye(2), np.diag([6.0, *[12.0] * 3, *[0.0] * 5])).astype(complex)
    onsite -= exchange / 2 * np.kron(_SPIN[2], np.diag([0.05, *[0.05] * 3, *[1.0] * 5]))
    moment = _angular_momentum()
    onsite += spin_orbit / 2 * sum(np.kron(s, one) for s, one in zip(_SPIN, moment, strict=True))
    hoppings[0, 0, 0] = onsite
    for cell, matrix in hoppings.items():
        matrix += noise * (rng.normal(size=matrix.shape) + 1j * rng.normal(size=matrix.shape))
        if cell == (0, 0, 0):
            hoppings[cell] = (matrix + matrix.conj().T) / 2
    if noise:
        for cell in list(hoppings):
            opposite = tuple(-step for step in cell)
            hoppings[opposite] = hoppings[cell].conj().T
    return LatticeHamiltonian.from_hoppings(lattice, hoppings, name="ferromagnet")
