"""PythTB, versions 1 and 2: `tb_model` and `TBModel`."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from wavepacket.arrays import Complex, Float
from wavepacket.errors import InputError
from wavepacket.hamiltonians.conversion.foreign import HoppingSum, require
from wavepacket.hamiltonians.high_symmetry import with_high_symmetry
from wavepacket.hamiltonians.lattice import LatticeHamiltonian


@dataclass(frozen=True)
class _Parts:
    """What both versions hold: lattice vectors as rows, orbitals in units of them, energies and hoppings."""

    lattice: Float
    orbitals: Float
    periodic: list[int]
    onsite: Complex
    hoppings: list[tuple[npt.ArrayLike, int, int, list[int]]]


def from_pythtb(model: Any, *, name: str = "pythtb") -> LatticeHamiltonian:
    """Convert a PythTB model; its energies are taken as eV and its lengths as Å.

    With spin, each orbital becomes two that follow each other, as in PythTB's own Hamiltonian.

    Parameters
    ----------
    model : `tb_model` of version 1 or `TBModel` of version 2 with numbers for all its parameters

    Raises
    ------
    InputError
        for an object that is no such model, one without a periodic direction, and one with parameters that are not set
    """
    parts = _version_two(model) if hasattr(model, "lat_vecs") else _version_one(model)
    if not parts.periodic:
        raise InputError("this PythTB model has no periodic direction, so it has no bands")
    spins = 2 if parts.onsite.ndim == 3 else 1
    dimension = len(parts.lattice)
    sums = HoppingSum(spins * len(parts.orbitals), dimension)
    for orbital, energy in enumerate(parts.onsite):
        # The adjoint is added too, so half of it is given.
        sums.add((0,) * dimension, 0.5 * np.asarray(energy), spins * orbital, spins * orbital)
    for amplitude, i, j, cell in parts.hoppings:
        sums.add(cell, amplitude, spins * i, spins * j)
    crystal = LatticeHamiltonian.from_hoppings(
        parts.lattice,
        sums.matrices,
        positions=np.repeat(parts.orbitals, spins, axis=0),
        periodic=[axis in parts.periodic for axis in range(dimension)],
        name=name,
    )
    return with_high_symmetry(crystal)


def _version_one(model: Any) -> _Parts:
    require(model, "PythTB", ("_lat", "_orb", "_per", "_site_energies", "_hoppings"))
    dimension = len(model._lat)
    hoppings = [
        # The cell is left out where there is no periodic direction.
        (hopping[0], int(hopping[1]), int(hopping[2]), [int(x) for x in hopping[3]])
        for hopping in model._hoppings
        if len(hopping) == 4
    ]
    lattice, orbitals = np.array(model._lat, dtype=float), np.array(model._orb, dtype=float)
    return _Parts(
        lattice,
        orbitals.reshape(-1, dimension),
        [int(axis) for axis in model._per],
        np.array(model._site_energies, dtype=np.complex128),
        hoppings,
    )


def _version_two(model: Any) -> _Parts:
    require(model, "PythTB", ("lat_vecs", "orb_vecs", "periodic_dirs", "onsite", "hoppings"))
    open_parameters = sorted({name for entry in getattr(model, "parameters", ()) for name in entry["names"]})
    if open_parameters:
        raise InputError(
            f"this PythTB model has parameters without values: {', '.join(open_parameters)}; "
            "give them numbers by its method with_parameters"
        )
    lattice = np.array(model.lat_vecs, dtype=float)
    return _Parts(
        lattice,
        np.array(model.orb_vecs, dtype=float).reshape(-1, len(lattice)),
        [int(axis) for axis in model.periodic_dirs],
        np.array(model.onsite, dtype=np.complex128),
        list(_hoppings_of_version_two(model, len(lattice))),
    )


def _hoppings_of_version_two(
    model: Any, dimension: int
) -> Iterator[tuple[npt.ArrayLike, int, int, list[int]]]:
    for entry in model.hoppings:
        cell = [int(x) for x in entry.get("lattice_vector", [0] * dimension)]
        yield entry["amplitude"], int(entry["from_orbital"]), int(entry["to_orbital"]), cell
