"""TBmodels: `Model`."""

from typing import Any

import numpy as np

from wavepacket.errors import InputError
from wavepacket.hamiltonians.conversion.foreign import HoppingSum, require
from wavepacket.hamiltonians.high_symmetry import with_high_symmetry
from wavepacket.hamiltonians.lattice import LatticeHamiltonian


def from_tbmodels(model: Any, *, name: str = "tbmodels") -> LatticeHamiltonian:
    """Convert a TBmodels `Model` with a unit cell, sparse or not; its energies are taken as eV and its lengths as Å.

    Raises
    ------
    InputError
        for an object that is no such model, and for one without a unit cell
    """
    require(model, "TBmodels", ("uc", "pos", "hop", "size", "dim"))
    if model.uc is None:
        raise InputError("this TBmodels model has no unit cell: give it one by its argument uc")
    sums = HoppingSum(int(model.size), int(model.dim))
    for cell, matrix in model.hop.items():
        # One of each pair ±R is listed, and half of R = 0: the adjoints complete both.
        sums.add(cell, matrix.toarray() if hasattr(matrix, "toarray") else matrix)
    crystal = LatticeHamiltonian.from_hoppings(
        np.array(model.uc, dtype=float), sums.matrices, positions=np.array(model.pos, dtype=float), name=name
    )
    return with_high_symmetry(crystal)
