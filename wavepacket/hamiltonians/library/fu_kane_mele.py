"""Fu–Kane–Mele model: spin-orbit coupling on the diamond lattice, a topological insulator in three dimensions."""

import itertools
from typing import Final

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Complex, Integer
from wavepacket.hamiltonians.catalogue import model
from wavepacket.hamiltonians.lattice import LatticeHamiltonian
from wavepacket.hamiltonians.library.pauli import IDENTITY, SIGMA_X, SIGMA_Y, SIGMA_Z, spin_of_blocks
from wavepacket.units import Energy, Length

_BONDS: Final = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) / 4
"""From A to its four neighbours B, in units of the cube edge: B of the same cell, and of the cells −a₁, −a₂, −a₃."""
_CELLS: Final = np.array([[0, 0, 0], [-1, 0, 0], [0, -1, 0], [0, 0, -1]])


@model
def fu_kane_mele(
    hopping: Energy = 1.0,
    dimerization: Energy = 0.4,
    spin_orbit: Energy = 0.125,
    lattice_constant: Length = 5.0,
) -> LatticeHamiltonian:
    """H = Σ t_b c†c + i(8λ/a²) Σ c†s·(d₁×d₂)c on the diamond lattice; basis A↑, B↑, A↓, B↓.

    Parameters
    ----------
    hopping : t, eV, on the bonds
    dimerization : δt, eV, added on the bonds along [111]
    spin_orbit : λ, eV, between second neighbours, over the bonds d₁, d₂ on the way
    lattice_constant : edge a of the cube, Å

    Notes
    -----
    Symmetry: time reversal, inversion about the middle of a bond, C₃ about [111]. Every band is twofold.
    Exact: at the invariant momenta ε = ±|t + δt + Σ ±t| with a minus for each component 1/2, so that the gap at the three X
    is 2|δt|; Z₂ of the lower pair is (1; 111), a strong insulator, for 0 < δt < 2t, and (0; 111), a weak one, for
    −2t < δt < 0.

    References
    ----------
    L. Fu, C. L. Kane, E. J. Mele, "Topological Insulators in Three Dimensions" (2007), Phys. Rev. Lett. 98, 106803.
    """
    table: dict[tuple[int, ...], Complex] = {}
    for bond, cell in enumerate(_CELLS):
        strength = hopping + (dimerization if bond == 0 else 0.0)
        forth = np.kron(IDENTITY, strength * np.array([[0, 1], [0, 0]]))
        _add(table, cell, forth)
        _add(table, -cell, forth.T)
    spin = np.stack([SIGMA_X, SIGMA_Y, SIGMA_Z])
    for p, q in itertools.permutations(range(4), 2):
        # From A at R over B to A at 0, and from B at −R over A to B at 0: in the opposite sense.
        around = 8 * np.cross(_BONDS[q], _BONDS[p])
        turn = 1j * spin_orbit * np.tensordot(around, spin, axes=1)
        _add(table, _CELLS[q] - _CELLS[p], np.kron(turn, np.diag([1.0, -1.0])))
    return LatticeHamiltonian.from_hoppings(
        lattice_constant / 2 * (1 - np.eye(3)),
        table,
        positions=np.outer([0, 1, 0, 1], [0.25, 0.25, 0.25]),
        spin=spin_of_blocks(0, 2),
        valleys={"X": (0.5, 0.5, 0.0)},
        special_points={"G": (0, 0, 0), "X": (0.5, 0.5, 0.0), "L": (0.5, 0.5, 0.5), "W": (0.5, 0.25, 0.75)},
        path="L G X W",
        name="fu_kane_mele",
        parameters={
            "hopping": hopping,
            "dimerization": dimerization,
            "spin_orbit": spin_orbit,
            "lattice_constant": lattice_constant,
        },
        reference="Fu, Kane, Mele, Phys. Rev. Lett. 98, 106803 (2007)",
    )


def _add(table: dict[tuple[int, ...], Complex], cell: Integer, matrix: npt.ArrayLike) -> None:
    key = tuple(int(each) for each in cell)
    table[key] = np.asarray(table.get(key, np.zeros((4, 4))) + np.asarray(matrix), dtype=np.complex128)
