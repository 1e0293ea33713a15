"""Crystals as data: lattice and k·p Hamiltonians, the model library and the reader of Wannier90 files."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from wavepacket.hamiltonians import library
from wavepacket.hamiltonians.catalogue import (
    CATALOGUE,
    build_model,
    builder_of,
    defaults_of,
    model,
    parameter_dimensions,
)
from wavepacket.hamiltonians.conversion import from_pythtb, from_sisl, from_tbmodels, from_wannierberri
from wavepacket.hamiltonians.from_config import (
    base_hamiltonian,
    build_hamiltonian,
    chosen_source,
    read_npz,
    resolved,
    write_npz,
)
from wavepacket.hamiltonians.given import as_data, as_hamiltonian, as_model, open_config, own_sections
from wavepacket.hamiltonians.high_symmetry import HighSymmetry, high_symmetry
from wavepacket.hamiltonians.kp import KPHamiltonian
from wavepacket.hamiltonians.lattice import LatticeHamiltonian
from wavepacket.hamiltonians.spin import combine_spins, in_magnetic_field, spin_of_pairs, with_spin
from wavepacket.lazy import loader

__all__ = [
    "CATALOGUE",
    "Hamiltonian",
    "HighSymmetry",
    "KPHamiltonian",
    "LatticeHamiltonian",
    "as_data",
    "as_hamiltonian",
    "as_model",
    "base_hamiltonian",
    "build_hamiltonian",
    "build_model",
    "builder_of",
    "chosen_source",
    "combine_spins",
    "defaults_of",
    "emergent_fields",
    "fermi_level",
    "from_fermi_level",
    "from_pythtb",
    "from_sisl",
    "from_tbmodels",
    "from_wannierberri",
    "high_symmetry",
    "in_magnetic_field",
    "library",
    "model",
    "models",
    "open_config",
    "own_sections",
    "parameter_dimensions",
    "read_hr",
    "read_npz",
    "read_tb",
    "resolved",
    "spin_of_pairs",
    "symmetrised",
    "with_spin",
    "write_hr",
    "write_npz",
    "write_tb",
]

Hamiltonian = LatticeHamiltonian | KPHamiltonian
"""Either kind; both have the same methods."""

models = CATALOGUE
"""All models by name, those that `model` has registered among them."""

# The builders of the library under their own names: a new one is one new file.
globals().update(CATALOGUE)
__all__ += list(CATALOGUE)
if TYPE_CHECKING:
    from wavepacket.hamiltonians.emergent import emergent_fields
    from wavepacket.hamiltonians.filling import fermi_level, from_fermi_level
    from wavepacket.hamiltonians.symmetrise import symmetrised
    from wavepacket.hamiltonians.wannier90 import read_hr, read_tb, write_hr, write_tb

    def __getattr__(name: str) -> Callable[..., Hamiltonian]: ...

else:
    _WANNIER90 = "wavepacket.hamiltonians.wannier90"
    _HOMES = dict.fromkeys(("read_hr", "read_tb", "wannier90", "write_hr", "write_tb"), _WANNIER90)
    _HOMES |= dict.fromkeys(("fermi_level", "from_fermi_level"), "wavepacket.hamiltonians.filling")
    _HOMES["symmetrised"] = "wavepacket.hamiltonians.symmetrise"
    __getattr__ = loader(__name__, {**_HOMES, "emergent_fields": "wavepacket.hamiltonians.emergent"})
