"""Lieb lattice with flux: a flat band between two Chern bands."""

import numpy as np

from wavepacket.hamiltonians.catalogue import model
from wavepacket.hamiltonians.lattice import LatticeHamiltonian
from wavepacket.units import Energy, Length


@model
def lieb(hopping: Energy = 1.0, chiral: Energy = 0.2, lattice_constant: Length = 4.0) -> LatticeHamiltonian:
    """H_AB = 2t cos(k_xa/2), H_AC = 2t cos(k_ya/2), H_BC = 4iλ sin(k_xa/2) sin(k_ya/2).

    Parameters
    ----------
    hopping : t, eV, from the corners A to the edge centres B (along x) and C (along y)
    chiral : λ, eV: hopping ±iλ between edge centres by the sense of the turn, as for one spin in the reference
    lattice_constant : a, Å

    Notes
    -----
    Symmetry: C₄; no time reversal for λ ≠ 0. All bands are isolated for λ ≠ 0; for λ = 0 they meet at M.
    Exact: ε = 0 (flat) and ±√(4t²(cos²(k_xa/2) + cos²(k_ya/2)) + 16λ² sin²(k_xa/2) sin²(k_ya/2)); the gap on either side of
    the flat band is 4|λ| at M for 2|λ| < |t|. C = −sign λ, 0, sign λ from the lowest band.

    References
    ----------
    C. Weeks, M. Franz, "Topological insulators on the Lieb and perovskite lattices" (2010), Phys. Rev. B 82, 085310.
    """
    a, b, c = 0, 1, 2
    table = {cell: np.zeros((3, 3), dtype=np.complex128) for cell in _CELLS}
    for edge in (b, c):
        table[0, 0][a, edge] = table[0, 0][edge, a] = hopping
    table[1, 0][b, a] = table[0, -1][a, c] = hopping
    # 4 sin x sin y = 2 cos(x − y) − 2 cos(x + y): from B to C the steps (∓½, ±½) have +iλ, the steps ±(½, ½) have −iλ.
    table[0, 0][b, c] = table[1, -1][b, c] = 1j * chiral
    table[1, 0][b, c] = table[0, -1][b, c] = -1j * chiral
    table[0, 0][c, b] = -1j * chiral
    return LatticeHamiltonian.from_hoppings(
        lattice_constant * np.eye(2),
        table,
        positions=[[0.0, 0.0], [0.5, 0.0], [0.0, 0.5]],
        special_points={"G": (0, 0), "X": (0.5, 0), "M": (0.5, 0.5)},
        path="G X M G",
        name="lieb",
        parameters={"hopping": hopping, "chiral": chiral, "lattice_constant": lattice_constant},
        reference="Weeks, Franz, Phys. Rev. B 82, 085310 (2010)",
    )


_CELLS = ((0, 0), (1, 0), (0, -1), (1, -1))
