"""Hopf insulator of Moore, Ran and Wen: a gap, no Chern number, and Berry flux lines that are linked."""

from itertools import product

import numpy as np

from wavepacket.hamiltonians.catalogue import model
from wavepacket.hamiltonians.lattice import LatticeHamiltonian
from wavepacket.hamiltonians.library.pauli import SIGMA_X, SIGMA_Y, SIGMA_Z
from wavepacket.units import Energy, Length, Number

_Cell = tuple[int, int, int]
_Series = dict[_Cell, complex]


@model
def hopf_insulator(
    hopping: Energy = 1.0, offset: Number = -1.5, lattice_constant: Length = 4.0
) -> LatticeHamiltonian:
    """H = t v·σ, v = z†σz, z = (sin k_xa + i sin k_ya, sin k_za + i(cos k_xa + cos k_ya + cos k_za + h)).

    Parameters
    ----------
    hopping : t, eV
    offset : h
    lattice_constant : a, Å

    Notes
    -----
    Both orbitals sit at the origin of the cell. Symmetry: C₄ about z with a phase; no time reversal, no inversion. Both
    bands are isolated for |h| ∉ {1, 3}.
    Exact: ε = ±t|z|² with |z|² = sin² k_xa + sin² k_ya + sin² k_za + (Σ cos k_ia + h)²; no plane of the zone has a Chern
    number; the Hopf number (1/4π²)∫A·Ω d³k of the lower band is −1 for 1 < |h| < 3, 2 for |h| < 1, else 0.

    References
    ----------
    J. E. Moore, Y. Ran, X.-G. Wen, "Topological Surface States in Three-Dimensional Magnetic Insulators" (2008),
    Phys. Rev. Lett. 101, 186805.
    """
    up = _sum((_sine(0), 1), (_sine(1), 1j))
    down = _sum((_sine(2), 1), *((_cosine(axis), 1j) for axis in range(3)), ({(0, 0, 0): offset}, 1j))
    # z†σ_xz + i z†σ_yz = 2 z₁* z₂ and z†σ_zz = |z₁|² − |z₂|²
    cross = _product(_conjugate(up), down)
    x = _sum((cross, 1), (_conjugate(cross), 1))
    y = _sum((cross, -1j), (_conjugate(cross), 1j))
    z = _sum((_product(_conjugate(up), up), 1), (_product(_conjugate(down), down), -1))
    table = {
        cell: hopping * (x.get(cell, 0) * SIGMA_X + y.get(cell, 0) * SIGMA_Y + z.get(cell, 0) * SIGMA_Z)
        for cell in {*x, *y, *z}
    }
    return LatticeHamiltonian.from_hoppings(
        lattice_constant * np.eye(3),
        table,
        positions=np.zeros((2, 3)),
        special_points={"G": (0, 0, 0), "X": (0.5, 0, 0), "M": (0.5, 0.5, 0), "R": (0.5, 0.5, 0.5)},
        path="G X M G R X",
        name="hopf_insulator",
        parameters={"hopping": hopping, "offset": offset, "lattice_constant": lattice_constant},
        reference="Moore, Ran, Wen, Phys. Rev. Lett. 101, 186805 (2008)",
    )


def _step(axis: int, sign: int) -> _Cell:
    step = [0, 0, 0]
    step[axis] = sign
    return step[0], step[1], step[2]


def _sine(axis: int) -> _Series:
    """Coefficients of e^{ik·R} in sin k_a."""
    return {_step(axis, 1): -0.5j, _step(axis, -1): 0.5j}


def _cosine(axis: int) -> _Series:
    return {_step(axis, 1): 0.5, _step(axis, -1): 0.5}


def _sum(*terms: tuple[_Series, complex]) -> _Series:
    total: _Series = {}
    for series, factor in terms:
        for cell, value in series.items():
            total[cell] = total.get(cell, 0) + factor * value
    return total


def _product(first: _Series, second: _Series) -> _Series:
    total: _Series = {}
    for (p, a), (q, b) in product(first.items(), second.items()):
        cell = (p[0] + q[0], p[1] + q[1], p[2] + q[2])
        total[cell] = total.get(cell, 0) + a * b
    return total


def _conjugate(series: _Series) -> _Series:
    return {(-cell[0], -cell[1], -cell[2]): complex(value).conjugate() for cell, value in series.items()}
