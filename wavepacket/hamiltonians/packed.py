"""A Hamiltonian in a ``.npz`` file, bit for bit: how large crystals that a script made lie in run folders."""

import json
from dataclasses import fields
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from wavepacket.arrays import load_arrays, packed
from wavepacket.errors import InputError
from wavepacket.hamiltonians.kp import KPHamiltonian
from wavepacket.hamiltonians.lattice import LatticeHamiltonian

__all__ = ["pack", "read_npz", "write_npz"]

_KINDS: dict[str, type[LatticeHamiltonian] | type[KPHamiltonian]] = {
    "lattice": LatticeHamiltonian,
    "kp": KPHamiltonian,
}


def pack(hamiltonian: LatticeHamiltonian | KPHamiltonian) -> bytes:
    """Return the content of the file: numbers as arrays, names and notes as one text of JSON."""
    values = {field.name: getattr(hamiltonian, field.name) for field in fields(hamiltonian)}
    arrays = {name: value for name, value in values.items() if isinstance(value, np.ndarray)}
    rest = {name: value for name, value in values.items() if name not in arrays and value is not None}
    kind = next(name for name, form in _KINDS.items() if isinstance(hamiltonian, form))
    return packed({"description": np.array(json.dumps({"kind": kind, **rest})), **arrays})


def write_npz(hamiltonian: LatticeHamiltonian | KPHamiltonian, path: str | PathLike[str]) -> None:
    """Write a Hamiltonian to a file that ``model: {file: NAME.npz}`` and `read_npz` read back bit for bit."""
    if Path(path).suffix != ".npz":
        raise InputError(f"{path}: the name of such a file must end in .npz")
    Path(path).write_bytes(pack(hamiltonian))


def read_npz(path: str | PathLike[str], content: bytes | None = None) -> LatticeHamiltonian | KPHamiltonian:
    """Read a Hamiltonian that `write_npz` wrote, from its file or from the content of that.

    Raises
    ------
    InputError
        for a file that holds no Hamiltonian, or one that its class refuses
    """
    arrays = load_arrays(path, content)
    try:
        values: dict[str, Any] = {**json.loads(str(arrays.pop("description"))), **arrays}
        return _KINDS[values.pop("kind")](**values)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise InputError(
            f"{path}: holds no Hamiltonian as hamiltonians.write_npz writes it: {error!r}"
        ) from None
